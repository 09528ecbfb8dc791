"""The control API's calls for faults, conditions, runs, beginnings, and for reading the record."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from bot.sandbox.scenarios.controller import Controller
from bot.sandbox.scenarios.offers import CALLS, chosen, listed
from bot.sandbox.scenarios.replay import replay
from bot.sandbox.scenarios.seed import as_yaml, parsed
from bot.sandbox.slack.control import ControlError, Route
from bot.sandbox.tracing.copies import Addresses, as_curl, as_fixture
from bot.sandbox.tracing.timeline import timeline

Json = dict[str, Any]


class Troubles:
    """Faults and conditions."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller

    def routes(self) -> Iterable[Route]:
        """Looking, arming, clearing, switching."""
        return (
            Route("GET", "/_control/faults", self.look),
            Route("POST", "/_control/faults", self.arm),
            Route("POST", "/_control/faults/clear", self.clear),
            Route("POST", "/_control/conditions", self.switch),
        )

    async def look(self, request: web.Request) -> web.Response:
        """What is on offer, armed and on."""
        return web.json_response(
            {
                "available": listed(),
                "calls": CALLS,
                "armed": self._controller.armed(),
                "conditions": self._controller.conditions.listed(),
            }
        )

    async def arm(self, request: web.Request) -> web.Response:
        """Arm a fault for the next `times` calls, 1 when not given; null for every one."""
        given = await request.json()
        times = given.get("times", 1)
        if times is not None and (not isinstance(times, int) or times < 1):
            raise ValueError("times is a number from 1, or null for every call")
        self._controller.arm(chosen(given["service"], given["operation"], given["fault"], times))
        return web.json_response({"armed": self._controller.armed()})

    async def clear(self, request: web.Request) -> web.Response:
        """Clear one fault, or all."""
        self._controller.clear((await request.json()).get("id"))
        return web.json_response({"armed": self._controller.armed()})

    async def switch(self, request: web.Request) -> web.Response:
        """Switch a condition on or off."""
        given = await request.json()
        conditions = self._controller.conditions
        await conditions.switch(given["name"], given.get("on", True), given.get("value"))
        return web.json_response({"conditions": conditions.listed()})


class Runs:
    """Recordings, replays, beginnings."""

    def __init__(self, controller: Controller) -> None:
        self._controller = controller
        self._playing = asyncio.Lock()

    def routes(self) -> Iterable[Route]:
        """Recording, replaying, resetting; seed and snapshot."""
        return (
            Route("GET", "/_control/steps", self.steps),
            Route("GET", "/_control/recording", self.recording),
            Route("POST", "/_control/replay", self.replay),
            Route("POST", "/_control/reset", self.reset),
            Route("GET", "/_control/seed", self.seed),
            Route("GET", "/_control/snapshot", self.snapshot),
        )

    async def steps(self, request: web.Request) -> web.Response:
        """The steps of the run so far, without the bytes of files."""
        steps = [
            step.model_dump(include={"n", "at", "call", "given"})
            | {"files": [file.name for file in step.files]}
            for step in self._controller.recorder.steps
        ]
        return web.json_response({"steps": steps})

    async def recording(self, request: web.Request) -> web.Response:
        """The run so far, as a file."""
        return _download(self._controller.recorder.recording().model_dump(), "recording.json")

    async def replay(self, request: web.Request) -> web.Response:
        """Play a recording here, with the bot that is connected."""
        given = await request.json()
        self._refuse_while_playing()
        async with self._playing:
            played = await replay(
                self._controller,
                given["recording"],
                from_step=int(given.get("from_step") or 1),
                until_step=given.get("until_step"),
            )
        return web.json_response({"ok": not played.differences, **asdict(played)})

    async def reset(self, request: web.Request) -> web.Response:
        """Begin anew."""
        given = await request.json()
        self._refuse_while_playing()
        seed = given.get("seed")
        await self._controller.reset(
            seed=None if seed is None else parsed(str(seed)), snapshot=given.get("snapshot")
        )
        return web.json_response({"ok": True})

    async def seed(self, request: web.Request) -> web.Response:
        """The present people, channels and mascots, as YAML."""
        headers = {"Content-Disposition": 'attachment; filename="seed.yml"'}
        return web.Response(
            text=as_yaml(self._controller.seed()), content_type="application/yaml", headers=headers
        )

    async def snapshot(self, request: web.Request) -> web.Response:
        """Everything there is, as a file."""
        return _download(self._controller.snapshot(), "snapshot.json")

    def _refuse_while_playing(self) -> None:
        if self._playing.locked():
            raise ControlError("busy", "A recording is being played just now.", 409)


class Record:
    """Reading the inspector's record."""

    def __init__(self, controller: Controller, addresses: Addresses) -> None:
        self._inspector = controller.slack.workspace.inspector
        self._addresses = addresses

    def routes(self) -> Iterable[Route]:
        """Copies and timelines."""
        return (
            Route("GET", "/_control/inspector/{n}/copy", self.copy),
            Route("GET", "/_control/timeline", self.timeline),
        )

    async def copy(self, request: web.Request) -> web.Response:
        """An entry as `?as=curl` or `?as=fixture`: `{text}`; null where it is no call of the bot's."""
        entry = self._inspector.at(int(request.match_info["n"]))
        as_ = request.query.get("as", "fixture")
        if as_ not in ("curl", "fixture"):
            raise ValueError("as is curl or fixture")
        text = as_curl(entry, self._addresses) if as_ == "curl" else as_fixture(entry)
        return web.json_response({"text": text})

    async def timeline(self, request: web.Request) -> web.Response:
        """One intake of a thread; `?thread=C0…/1700….0001`, and `&number=` for another than the first."""
        thread, number = request.query["thread"], int(request.query.get("number", "1"))
        return web.json_response({"timeline": timeline(self._inspector.after(0), thread, number)})


def _download(document: Json, name: str) -> web.Response:
    return web.json_response(
        document, headers={"Content-Disposition": f'attachment; filename="masko-{name}"'}
    )
