"""Somebody joined a channel; it may have been the bot."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext

from handlers.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """Listen to people joining channels."""

    async def joined(event: dict[str, Any], context: AsyncBoltContext) -> None:
        if event["user"] == context.bot_user_id:
            await services.welcome.invited(context.team_id or "", event["channel"], event.get("inviter"))

    app.event("member_joined_channel")(joined)
