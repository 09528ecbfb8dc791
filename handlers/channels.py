"""Listeners for channels: somebody joined or left, it was archived, deleted, or got another id.

Slack reports that the bot itself left by `channel_left` and `group_left` (github.com/slackapi/bolt-js issue
1847); `member_left_channel` is handled too, in case it is sent for the bot.
"""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncApp, AsyncBoltContext

from handlers.services import Services

Event = dict[str, Any]


def register(app: AsyncApp, services: Services) -> None:
    """Register the listeners."""

    async def joined(event: Event, context: AsyncBoltContext) -> None:
        if event["user"] == context.bot_user_id:
            await reopened(event, context)
            await services.channels.invited(context.team_id or "", event["channel"], event.get("inviter"))

    async def left(event: Event, context: AsyncBoltContext) -> None:
        if event["user"] == context.bot_user_id:
            await closed(event, context)

    async def closed(event: Event, context: AsyncBoltContext) -> None:
        await services.channels.closed(context.team_id or "", event["channel"])

    async def reopened(event: Event, context: AsyncBoltContext) -> None:
        await services.channels.reopened(context.team_id or "", event["channel"])

    async def moved(event: Event, context: AsyncBoltContext) -> None:
        old, new = event["old_channel_id"], event["new_channel_id"]
        await services.channels.moved(context.team_id or "", old, new)

    app.event("member_joined_channel")(joined)
    app.event("member_left_channel")(left)
    app.event("channel_left")(closed)
    app.event("group_left")(closed)
    app.event("channel_archive")(closed)
    app.event("group_archive")(closed)
    app.event("channel_deleted")(closed)
    app.event("group_deleted")(closed)
    app.event("channel_unarchive")(reopened)
    app.event("group_unarchive")(reopened)
    app.event("channel_id_changed")(moved)
