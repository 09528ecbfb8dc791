"""Views that stand before one person's eyes: the Home tab, and modals that change."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.slack.blocks import view_without_images
from bot.slack.refusals import SlackError
from bot.slack.wire import Answer, Method, Wire

log = logging.getLogger(__name__)

_REFUSED_VIEW = frozenset({"invalid_arguments", "invalid_blocks"})


class Showing:
    """The part of `bot.slack.workspace.Workspace` that shows views.

    Args:
        client: carries the bot token.
        wire: sends with it.
    """

    def __init__(self, client: AsyncWebClient, wire: Wire) -> None:
        self._client = client
        self._wire = wire

    async def change_modal(self, view_id: str, view: View) -> None:
        """Replace what a modal shows (docs.slack.dev: views.update); nothing, where it was closed since.

        Raises:
            SlackError: refused, or not reached.
        """
        try:
            await self._shown(self._client.views_update, {"view_id": view_id}, view)
        except SlackError as error:
            if error.code != "not_found":
                raise

    async def publish_home(self, user: str, view: View, *, instead_of: str | None = None) -> str | None:
        """Show a person their Home tab (docs.slack.dev: views.publish).

        Args:
            user: whose.
            view: the Home.
            instead_of: the version that it replaces, and no other; any where not given.

        Returns:
            Its version; None where another version than that stands there by now, which is left alone.

        Raises:
            SlackError: refused, or not reached.
        """
        where = {"user_id": user} | ({"hash": instead_of} if instead_of else {})
        try:
            answer = await self._shown(self._client.views_publish, where, view)
        except SlackError as error:
            if error.code != "hash_conflict":
                raise
            return None
        return str((answer.get("view") or {}).get("hash", ""))

    async def _shown(self, method: Method, where: Mapping[str, Any], view: View) -> Answer:
        """Show a view; Slack refuses one whole view for one picture that is not processed yet."""
        try:
            return await self._wire.ask(method, {**where, "view": view})
        except SlackError as error:
            plain = view_without_images(view)
            if error.code not in _REFUSED_VIEW or plain.to_dict() == view.to_dict():
                raise
            log.info("%s refused the pictures; shown without", error.method)
            return await self._wire.ask(method, {**where, "view": plain})
