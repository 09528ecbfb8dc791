"""Somebody pressed Retry."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.views.lines import RETRY
from handlers.services import Services


def register(app: AsyncApp, services: Services) -> None:
    """Listen to the Retry button of replies and cards."""

    async def retry(ack: AsyncAck, action: dict[str, Any]) -> None:
        await services.intake.retry(int(action["value"]))
        await ack()

    app.action(RETRY)(retry)
