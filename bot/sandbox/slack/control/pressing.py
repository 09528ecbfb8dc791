"""Control calls of somebody who uses what the bot shows: buttons, menus, modals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aiohttp import web

from bot.sandbox.slack.control.guard import ControlError, Route

if TYPE_CHECKING:
    from bot.sandbox.slack.local import LocalSlack


class Pressing:
    """Elements of messages and views."""

    def __init__(self, slack: LocalSlack) -> None:
        self._slack = slack

    def routes(self) -> Iterable[Route]:
        """Pressing, submitting, closing."""
        return (
            Route("POST", "/_control/action", self.action),
            Route("POST", "/_control/view/submit", self.submit),
            Route("POST", "/_control/view/close", self.close),
        )

    async def action(self, request: web.Request) -> web.Response:
        """Press or choose something, in a message or a view."""
        given = await request.json()
        chosen = {name: given[name] for name in given if name.startswith("selected_")}
        person = self._slack.directory.person(given["as"])
        interactions = self._slack.interactions
        if "view_id" in given:
            delivery = await interactions.act_in_view(
                person, given["view_id"], given["action_id"], given.get("block_id"), chosen
            )
        else:
            delivery = await self._slack.press(
                given["as"],
                given["channel"],
                given["message_ts"],
                given["action_id"],
                given.get("block_id"),
                chosen,
            )
        if not delivery.acknowledged:
            raise _trouble()
        return web.json_response({"ok": True})

    async def submit(self, request: web.Request) -> web.Response:
        """Submit a view."""
        given = await request.json()
        result = await self._slack.submit(given["as"], given["view_id"], given["values"])
        if result.timed_out:
            raise _trouble()
        if result.errors:
            return web.json_response({"ok": False, "errors": result.errors})
        return web.json_response({"ok": True, "view": result.view.as_json() if result.view else None})

    async def close(self, request: web.Request) -> web.Response:
        """Close a view."""
        given = await request.json()
        below = await self._slack.close_view(given["as"], given["view_id"])
        return web.json_response({"ok": True, "view": below})


def _trouble() -> ControlError:
    return ControlError("timeout", "We had some trouble connecting. Try again?", 504)
