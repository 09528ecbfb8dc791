"""Control calls of somebody who uses the app: buttons, menus, modals, commands, shortcuts, Home."""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web

from bot.sandbox.slack.commands import failure_words
from bot.sandbox.slack.control.guard import ControlError, Route, given_in
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.local import LocalSlack
from bot.sandbox.slack.suggestions import NoOptions


class Pressing:
    """Elements of messages and views, and the other ways into the app."""

    def __init__(self, slack: LocalSlack) -> None:
        self._slack = slack

    def routes(self) -> Iterable[Route]:
        """One call for each way to reach the bot."""
        return (
            Route("POST", "/_control/action", self.action),
            Route("POST", "/_control/view/submit", self.submit),
            Route("POST", "/_control/view/close", self.close),
            Route("POST", "/_control/options", self.options),
            Route("POST", "/_control/command", self.command),
            Route("POST", "/_control/shortcut", self.shortcut),
            Route("POST", "/_control/home", self.home),
        )

    async def action(self, request: web.Request) -> web.Response:
        """Press or choose something, in a message or a view.

        In a view, `values` may tell what stands in its fields by now, as in `view/submit`.
        """
        given = await given_in(request)
        chosen = {name: given[name] for name in given if name.startswith(("selected_", "value"))}
        entered = chosen.pop("values", None)
        what = (given["action_id"], given.get("block_id"), chosen)
        if "view_id" in given:
            delivery = await self._slack.press_in_view(given["as"], given["view_id"], *what, entered)
        else:
            delivery = await self._slack.press(given["as"], given["channel"], given["message_ts"], *what)
        return _heard(delivery)

    async def submit(self, request: web.Request) -> web.Response:
        """Submit a view."""
        given = await given_in(request)
        result = await self._slack.submit(given["as"], given["view_id"], given["values"])
        if result.timed_out:
            raise _trouble()
        if result.errors:
            return web.json_response({"ok": False, "errors": result.errors})
        return web.json_response({"ok": True, "view": result.view.as_json() if result.view else None})

    async def close(self, request: web.Request) -> web.Response:
        """Close a view."""
        given = await given_in(request)
        below = await self._slack.close_view(given["as"], given["view_id"])
        return web.json_response({"ok": True, "view": below})

    async def options(self, request: web.Request) -> web.Response:
        """What a menu offers that asks the bot for its options."""
        given = await given_in(request)
        what = (given["action_id"], given["value"], given.get("block_id") or "")
        try:
            if "view_id" in given:
                found = await self._slack.options(given["as"], given["view_id"], *what)
            else:
                place = (given["channel"], given["message_ts"])
                found = await self._slack.options_in_message(given["as"], *place, *what)
        except NoOptions as error:
            raise _trouble() from error
        return web.json_response(found)

    async def command(self, request: web.Request) -> web.Response:
        """Type a slash command; there are none in threads."""
        given = await given_in(request)
        name = given["command"]
        if given.get("thread_ts"):
            raise ControlError("not_in_threads", f"{name} is not supported in threads. Sorry!", 400)
        delivery = await self._slack.command(given["as"], given["channel"], name, given.get("text") or "")
        if not delivery.acknowledged:
            raise ControlError("timeout", failure_words(name, delivery), 504)
        return web.json_response({"ok": True})

    async def shortcut(self, request: web.Request) -> web.Response:
        """Use a global shortcut, or one of a message's menu."""
        given = await given_in(request)
        return _heard(
            await self._slack.shortcut(
                given["as"], given["callback_id"], given.get("channel"), given.get("message_ts")
            )
        )

    async def home(self, request: web.Request) -> web.Response:
        """Open the app at its tab `home` or `messages`."""
        given = await given_in(request)
        if given["tab"] not in ("home", "messages"):
            raise ValueError("tab must be home or messages")
        self._slack.open_home(given["as"], given["tab"])
        return web.json_response({"ok": True})


def _heard(delivery: Delivery) -> web.Response:
    if not delivery.acknowledged:
        raise _trouble()
    return web.json_response({"ok": True})


def _trouble() -> ControlError:
    return ControlError("timeout", "We had some trouble connecting. Try again?", 504)
