"""Views that stand before one person's eyes: the Home tab, and modals that change."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Protocol

from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.refusals import SlackError
from bot.slack.wire import Answer, Method, Wire

log = logging.getLogger(__name__)

_REFUSED_VIEW = frozenset({"invalid_arguments", "invalid_blocks"})


class Draw(Protocol):
    """Makes a view; with `pictures=False`, without any image."""

    def __call__(self, *, pictures: bool) -> View: ...


class Showing:
    """The part of `bot.slack.workspace.Workspace` that shows views.

    Args:
        client: carries the bot token.
        wire: sends with it.
    """

    def __init__(self, client: AsyncWebClient, wire: Wire) -> None:
        self._client = client
        self._wire = wire

    async def change_modal(self, view_id: str, draw: Draw) -> None:
        """Replace what a modal shows (docs.slack.dev: views.update); nothing, where it was closed since.

        Raises:
            SlackError: refused, or not reached.
        """
        try:
            await self._shown(self._client.views_update, {"view_id": view_id}, draw)
        except SlackError as error:
            if error.code != "not_found":
                raise

    async def publish_home(self, user: str, draw: Draw, *, instead_of: str | None = None) -> str | None:
        """Show a person their Home tab (docs.slack.dev: views.publish).

        Args:
            user: whose.
            draw: makes the view.
            instead_of: the version that it replaces, and no other; any where not given.

        Returns:
            Its version; None where another version than that stands there by now, which is left alone.

        Raises:
            SlackError: refused, or not reached.
        """
        where = {"user_id": user} | ({"hash": instead_of} if instead_of else {})
        try:
            answer = await self._shown(self._client.views_publish, where, draw)
        except SlackError as error:
            if error.code != "hash_conflict":
                raise
            return None
        return str((answer.get("view") or {}).get("hash", ""))

    async def _shown(self, method: Method, where: Mapping[str, Any], draw: Draw) -> Answer:
        """Show a view; Slack refuses one whole view for one picture that is not processed yet."""
        try:
            return await self._wire.ask(method, {**where, "view": draw(pictures=True)})
        except SlackError as error:
            plain = draw(pictures=False)
            if error.code not in _REFUSED_VIEW or plain.to_dict() == draw(pictures=True).to_dict():
                raise
            log.info("%s refused the pictures; shown without", error.method)
            return await self._wire.ask(method, {**where, "view": plain})
