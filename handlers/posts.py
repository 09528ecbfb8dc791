"""Somebody posted something, or mentioned the bot."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext

from bot.slack.post import read_post
from handlers.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """Listen to messages and mentions; both may tell of the same post."""

    async def posted(body: dict[str, Any], context: AsyncBoltContext) -> None:
        post = read_post(
            body,
            team=context.team_id or "",
            bot_user_id=context.bot_user_id,
            own_origin=context.client.base_url if context.client else None,
        )
        if post is not None:
            await services.intake.catch(post)

    app.event("message")(posted)
    app.event("app_mention")(posted)
