"""Somebody posted something, mentioned the bot, or deleted what they had posted."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext

from bot.commands.mentions import words_beside
from bot.slack.events import read_deletion, read_post
from handlers.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """Listen to messages and mentions, both of which may tell of the same post, and to deletions."""

    async def posted(body: dict[str, Any], context: AsyncBoltContext) -> None:
        post = read_post(
            body,
            team=context.team_id or "",
            bot_user_id=context.bot_user_id,
            own_origin=context.client.base_url if context.client else None,
        )
        if post is not None:
            await services.mentions.hear(post, words_beside(post.text, context.bot_user_id))
        elif deletion := read_deletion(body, team=context.team_id or ""):
            await services.deletions.notice(deletion)

    app.event("message")(posted)
    app.event("app_mention")(posted)
    app.event("file_deleted")(posted)
