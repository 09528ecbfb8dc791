"""Listeners, registered last, for buttons, forms and shortcuts of other versions of this program."""

from __future__ import annotations

import logging
import re

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.cards.view import notice
from bot.slack.blocks import Message
from bot.slack.errors import SlackError
from handlers.opening import tell
from handlers.reading import Body, actor_of
from handlers.services import Services

log = logging.getLogger(__name__)

ANYTHING = re.compile("")
OLD_BUTTON = (
    "That button is from an older message, and does nothing any more. "
    "Please use the newest card: @Masko show in its thread brings it up."
)
OLD_FORM = "This form is out of date, so nothing was saved. Please open it again from the newest card."
OLD_SHORTCUT = "This shortcut is out of date. Please reload Slack, or use the newest card instead."


def register(app: AsyncApp, services: Services) -> None:
    """Register listeners for everything that no other one handles."""

    async def noticed(ack: AsyncAck) -> None:
        await ack()

    async def pressed(body: Body, context: AsyncBoltContext) -> None:
        log.warning("nobody listens to %s", body["actions"][0].get("action_id"))
        view = body.get("view")
        if view is None:
            try:  # which works where the bot is no member
                await services.messenger.respond(body["response_url"], Message.of(OLD_BUTTON))
            except SlackError as error:
                log.info("told in the thread: %s", error)
                await tell(services, body, Message.of(OLD_BUTTON))
        elif view.get("type") == "home":
            await services.home.show(actor_of(body, context), notice=OLD_BUTTON)
        else:
            await services.messenger.update_modal(view["id"], notice(OLD_FORM))

    async def sent(ack: AsyncAck, body: Body) -> None:
        log.warning("nobody listens to the form %s", body["view"].get("callback_id"))
        await ack(response_action="update", view=notice(OLD_FORM))

    async def used(body: Body) -> None:
        log.warning("nobody listens to the shortcut %s", body.get("callback_id"))
        try:
            await services.messenger.open_modal(body["trigger_id"], notice(OLD_SHORTCUT))
        except SlackError as error:
            log.warning("that could not be told: %s", error)

    async def searched(ack: AsyncAck) -> None:
        await ack(options=[])

    app.action(ANYTHING)(ack=noticed, lazy=[pressed])
    app.shortcut(ANYTHING)(ack=noticed, lazy=[used])
    app.options(ANYTHING)(searched)
    app.view(ANYTHING)(sent)
    app.view_closed(ANYTHING)(noticed)
