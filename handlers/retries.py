"""Somebody pressed Retry."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.slack.blocks import RETRY, Message
from handlers.opening import tell
from handlers.reading import Body, actor_of, number, value_of
from handlers.services import Services

NOT_HERE = "That post was not in this conversation, so nothing was tried again."


def register(app: AsyncApp, services: Services) -> None:
    """Listen to the Retry button of replies and cards."""

    async def retry(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        here = body["container"].get("channel_id")
        if not await services.intake.retry(number(value_of(body)), actor_of(body, context), here):
            await tell(services, body, Message.of(NOT_HERE))
        await ack()

    app.action(RETRY)(retry)
