"""A recording played again: the same calls of the control API, in the same order, and what came of them.

Before each step the replay waits until the bot has done as much as it had done when the step was recorded,
and until what the step is about is there. It does not wait out the pauses that people made.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, FormData

from bot.sandbox.scenarios.controller import Controller
from bot.sandbox.scenarios.names import UnknownName
from bot.sandbox.scenarios.outcome import differences, effects, outcome
from bot.sandbox.scenarios.recorder import CONTROL, Recording, RecordingError, Step
from bot.sandbox.scenarios.seed import understood
from bot.sandbox.slack.control import HEADER

Json = dict[str, Any]

PATIENCE = 15.0
"""Seconds that a step, and the outcome, are waited for."""
SETTLED = 0.3
"""Seconds for which the outcome must stay the same."""
_LOOK_AGAIN = 0.05


@dataclass(frozen=True)
class Replayed:
    """How a replay went.

    Attributes:
        steps: how many were played.
        differences: where it went another way than the recording, a line each; none when the same.
        complete: whether all steps were played, so that the outcomes were compared.
    """

    steps: int
    complete: bool
    differences: list[str] = field(default_factory=list)


async def replay(
    controller: Controller,
    recording: Recording | Mapping[str, Any],
    *,
    from_step: int = 1,
    until_step: int | None = None,
    patience: float = PATIENCE,
) -> Replayed:
    """Play a recording with the bot that is connected.

    Args:
        recording: one, or its JSON.
        from_step: 1 begins anew, as the recording began. A later one goes on from where an earlier replay
            with `until_step` ended: `until_step=3`, a look around, `from_step=4`.
        until_step: the last step to be played; all when not given. 0 only sets up the beginning.
        patience: seconds that a step, and the outcome, are waited for.

    Raises:
        RecordingError: it is none, or has no such step.
        SeedError, SnapshotError: what it begins with cannot be set up.
    """
    given = recording if isinstance(recording, Recording) else Recording.read(recording)
    last = len(given.steps) if until_step is None else until_step
    if not (1 <= from_step <= len(given.steps) + 1 and 0 <= last <= len(given.steps)):
        raise RecordingError(f"the recording has steps 1 to {len(given.steps)}")
    if from_step == 1:
        await _begin(controller, given.start)
    return await _Play(controller, given, patience).play(given.steps[from_step - 1 : last], last)


class _Play:
    def __init__(self, controller: Controller, recording: Recording, patience: float) -> None:
        self._controller = controller
        self._recording = recording
        self._patience = patience
        self._found: list[str] = []

    async def play(self, steps: list[Step], last: int) -> Replayed:
        origin = self._controller.slack.workspace.origin
        async with ClientSession(base_url=origin, headers={HEADER: "1"}) as http:
            for number, step in enumerate(steps):
                if not await self._step(http, step):
                    return Replayed(number, False, self._found)
        complete = last == len(self._recording.steps)
        if complete:
            self._found += await self._compared()
        return Replayed(len(steps), complete, self._found)

    async def _step(self, http: ClientSession, step: Step) -> bool:
        """Make one call once its time has come; False when what it is about never appears."""
        if not await self._until(lambda: self._caught_up(step)):
            self._found.append(f"step {step.n} ({step.call}): recorded {step.before}, now {self._effects()}")
        if not await self._until(lambda: self._given(step) is not None and self._offered(step)):
            self._found.append(f"step {step.n} ({step.call}): what it is about is not there")
            return False
        given = self._given(step) or {}
        body: Any = {"data": _form(step, given)} if step.form else {"json": given}
        async with http.post(f"{CONTROL}{step.call}", **body) as response:
            if response.status >= 400 and response.status != 504:
                words = (await response.json()).get("message")
                self._found.append(f"step {step.n} ({step.call}): {response.status} {words}")
        return True

    async def _compared(self) -> list[str]:
        """The differences once there are none and it stays so, or once patience is at its end."""
        deadline = asyncio.get_running_loop().time() + self._patience
        same = False
        while asyncio.get_running_loop().time() < deadline:
            began = asyncio.get_running_loop().time()
            found = self._differences()
            took = asyncio.get_running_loop().time() - began
            if same and not found:
                return []
            same = not found
            # A long run takes a while to compare; most of the time belongs to the bot.
            await asyncio.sleep(SETTLED if same else max(_LOOK_AGAIN, 4 * took))
        return self._differences()

    def _differences(self) -> list[str]:
        controller = self._controller
        now = outcome(controller.slack, controller.masko, controller.recorder.names)
        return differences(self._recording.outcome, now)

    def _effects(self) -> dict[str, int]:
        return effects(self._controller.slack, self._controller.masko)

    def _caught_up(self, step: Step) -> bool:
        now = self._effects()
        return all(now.get(call, 0) >= times for call, times in step.before.items())

    def _given(self, step: Step) -> Json | None:
        """The step's arguments with this run's ids; None while one is not there yet."""
        try:
            read: Json = self._controller.recorder.names.read(step.given)
        except UnknownName:
            return None
        return read

    def _offered(self, step: Step) -> bool:
        """Whether what is to be pressed is to be seen."""
        given = self._given(step) or {}
        if step.call != "action" or "message_ts" not in given:
            return True
        message = self._controller.slack.workspace.messages.get(given["channel"], given["message_ts"])
        return message is not None and f"'{given['action_id']}'" in repr(message.blocks)

    async def _until(self, predicate: Callable[[], bool]) -> bool:
        changes = self._controller.slack.workspace.changes
        try:
            async with asyncio.timeout(self._patience):
                await changes.until(lambda: predicate() or None)
        except TimeoutError:
            return False
        return True


async def _begin(controller: Controller, start: Json) -> None:
    if "snapshot" in start:
        await controller.reset(snapshot=start["snapshot"])
    else:
        await controller.reset(seed=understood(start.get("seed")))


def _form(step: Step, given: Json) -> FormData:
    form = FormData()
    for name, values in given.items():
        for value in values:
            form.add_field(name, str(value))
    for file in step.files:
        form.add_field(file.field, base64.b64decode(file.content), filename=file.name)
    return form
