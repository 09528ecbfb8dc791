"""Both local services as one: what can be made to go wrong with them, and how they begin anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.sandbox.faults import Armed, Faults
from bot.sandbox.masko import LocalMasko
from bot.sandbox.scenarios.conditions import CONDITIONS, Conditions
from bot.sandbox.scenarios.offers import (
    Service,
    UnknownFault,
    Wanted,
    as_text,
    name_of,
    told,
    wanted,
)
from bot.sandbox.scenarios.recorder import Recorder
from bot.sandbox.scenarios.seed import Seed, as_json, understood
from bot.sandbox.scenarios.setup import add_mascots, present, set_up
from bot.sandbox.scenarios.snapshot import restore, taken
from bot.sandbox.slack import LocalSlack


@dataclass(frozen=True)
class Lasting:
    """A condition that somebody asked for; `value` as it was typed."""

    name: str
    value: str | None


def asked_for(text: str) -> Wanted | Lasting:
    """The fault or the condition that a text asks for: `masko.create=429:2`, `slack.late-delivery=3`.

    Raises:
        UnknownFault: there is none such; the message tells what is.
    """
    name, _, value = text.partition("=")
    service, _, condition = name.strip().partition(".")
    if any((each.service, each.name) == (service, condition) for each in CONDITIONS):
        return Lasting(condition, value.strip() or None)
    return wanted(text)


def on_offer() -> str:
    """Every fault and condition, for a terminal."""
    lasting = [
        f"  {condition.service}.{condition.name}{'=' + condition.unit.upper() if condition.unit else ''}: "
        f"{condition.title[0].lower()}{condition.title[1:]}"
        for condition in CONDITIONS
    ]
    return "\n".join([as_text(), "", "--fault CONDITION, for as long as the sandbox runs", *lasting])


class Controller:
    """The local Slack and the local Masko of one sandbox.

    Args:
        masko: None where something else stands in the local Masko's place.

    Attributes:
        conditions: what lasts, such as a missing scope.
        recorder: writes down what people do.
    """

    def __init__(self, slack: LocalSlack, masko: LocalMasko | None) -> None:
        self.slack = slack
        self.masko = masko
        self.conditions = Conditions(slack, masko, self._changed)
        for _, faults in self._faults():
            faults.on_change = self._changed
        self.recorder = Recorder(slack, masko)
        self.recorder.begin({"seed": as_json(self.seed())})

    def seed(self) -> Seed:
        """The people, channels and mascots of now."""
        return present(self.slack.directory, self.masko)

    def snapshot(self) -> dict[str, Any]:
        """Everything there is now, as JSON; see `bot.sandbox.scenarios.snapshot`."""
        return taken(self.slack, self.masko)

    async def reset(self, *, seed: Seed | None = None, snapshot: dict[str, Any] | None = None) -> None:
        """Begin anew: empty, or as a seed or a snapshot has it. The bot stays connected, and hears nothing.

        Without either, people, channels and mascots are what they were at the last beginning. New ids and
        timestamps are unlike all earlier ones, so that a bot with a store of its own takes nothing for what
        it knew (what it knows of a channel, such as its settings, it keeps). What a snapshot holds keeps its
        ids; what that means for the bot's store is said in `bot.sandbox.scenarios.snapshot`.

        Raises:
            SeedError, SnapshotError: it cannot be used. The sandbox is emptied, and may hold a part of it.
        """
        start = self.recorder.start
        if snapshot is not None:
            start = {"snapshot": snapshot}
        elif seed is not None:
            start = {"seed": as_json(seed)}
        self._empty()
        try:
            await self._set_up(start)
        finally:
            self.recorder.begin(start)
            self.slack.workspace.changes.publish("reset")

    def _empty(self) -> None:
        self.conditions.clear()
        self.slack.workspace.forget()
        for _, faults in self._faults():
            faults.clear()
            faults.struck.clear()
        if self.masko is not None:
            self.masko.reset()
        self.slack.workspace.inspector.clear()

    async def _set_up(self, start: dict[str, Any]) -> None:
        if "snapshot" in start:
            restore(start["snapshot"], self.slack, self.masko)
            return
        seed = understood(start["seed"])
        set_up(seed, self.slack.directory)
        if self.masko is not None:
            await add_mascots(seed, self.masko)

    async def let(self, text: str) -> None:
        """Let go wrong what a text asks for: `masko.create=429:2`, or a condition, `slack.late-delivery=3`.

        Raises:
            UnknownFault: it asks for nothing that is on offer; the message tells what is.
            ValueError: a value that the condition cannot take.
        """
        asked = asked_for(text)
        if isinstance(asked, Lasting):
            await self.conditions.switch(asked.name, value=asked.value)
            self.recorder.add("conditions", {"name": asked.name, "on": True, "value": asked.value})
        else:
            self.arm(asked)
            self.recorder.add("faults", asked.as_json())

    def arm(self, fault: Wanted) -> None:
        """Let the next calls go wrong that a fault is for.

        Raises:
            UnknownFault: a fault of Masko where there is no local Masko.
        """
        for service, faults in self._faults():
            if service == fault.service:
                faults.add(fault.operation, fault.make(), fault.times)
                return
        raise UnknownFault(f"{fault.service}: this sandbox has none")

    def armed(self) -> list[dict[str, Any]]:
        """Every fault since the last clearing, and how often it struck."""
        return [
            {
                "id": f"{service}-{armed.id}",
                "service": service,
                "operation": armed.operation,
                "name": name_of(service, armed.fault),
                **told(armed.fault),
                "left": armed.left,
                "struck": armed.struck,
            }
            for service, armed in self._armed()
        ]

    def struck(self, text: str) -> int | None:
        """How often the faults of this service, call and name struck; None for a condition, which lasts.

        Raises:
            UnknownFault: there is none such.
        """
        asked = asked_for(text)
        if isinstance(asked, Lasting):
            return None
        return sum(
            armed.struck
            for service, armed in self._armed()
            if (service, armed.operation) == (asked.service, asked.operation)
            and armed.fault.name == asked.make().name
        )

    def clear(self, id: str | None = None) -> None:
        """Let everything go well again, or what one of `armed` is for.

        Raises:
            LookupError: none has this id.
        """
        known = {f"{service}-{armed.id}" for service, armed in self._armed()}
        if id is not None and id not in known:
            raise LookupError(f"no fault {id} is armed")
        for service, faults in self._faults():
            if id is None:
                faults.clear()
            elif id.startswith(f"{service}-"):
                faults.clear(id=int(id.rpartition("-")[2]))

    def _faults(self) -> Iterator[tuple[Service, Faults]]:
        yield "slack", self.slack.faults
        if self.masko is not None:
            yield "masko", self.masko.faults

    def _armed(self) -> list[tuple[Service, Armed]]:
        return [(service, armed) for service, faults in self._faults() for armed in faults.armed]

    def _changed(self) -> None:
        self.slack.workspace.changes.publish("faults")
