"""People at the sandbox's page, by the calls of the control API that it makes for them."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from aiohttp import ClientSession, FormData

from bot.sandbox.slack import NewFile
from bot.sandbox.slack.control import HEADER
from tests.e2e.team import Message, Team


class Page:
    """What the page of one team's sandbox does."""

    def __init__(self, team: Team) -> None:
        self._team = team
        self._http = ClientSession(base_url=team.sandbox.page_url, headers={HEADER: "1"})

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._http.close()

    async def get(self, call: str, **query: str) -> Any:
        """A call that looks."""
        async with self._http.get(f"/_control/{call}", params=query) as response:
            assert response.status == 200, await response.text()
            return await (response.json() if "json" in response.content_type else response.text())

    async def do(self, call: str, **given: Any) -> Any:
        """A call that does something."""
        async with self._http.post(f"/_control/{call}", json=given) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def post(
        self, *files: NewFile, user: str = "ana", channel: str = "mascots", **fields: str
    ) -> Message:
        """Post as a person, and wait until the bot is done with it."""
        directory = self._team.slack.directory
        form = FormData()
        fields |= {"as": directory.person(user).id, "channel": directory.channel(channel).id}
        for name, value in fields.items():
            form.add_field(name, value)
        for file in files:
            form.add_field("file", file.content, filename=file.name)
        async with self._http.post("/_control/post", data=form) as response:
            assert response.status == 200, await response.text()
            message: Message = (await response.json())["message"]
        await self.done(message)
        return message

    async def done(self, message: Message) -> None:
        """Wait until the bot is done with a post and everything that it shows."""
        await self._team.slack.wait_until(lambda: self._heard(message) or None)
        await self._team.all_done()

    async def press(self, message: Message, action_id: str, *, user: str = "ana") -> None:
        """Press a button."""
        ana = self._team.slack.directory.person(user).id
        channel = self._team.slack.directory.channel("mascots").id
        await self.do("action", **{"as": ana}, channel=channel, message_ts=message["ts"], action_id=action_id)

    def _heard(self, message: Message) -> bool:
        return any(
            delivery.acknowledged and delivery.payload.get("event", {}).get("ts") == message["ts"]
            for delivery in self._team.slack.deliveries
        )
