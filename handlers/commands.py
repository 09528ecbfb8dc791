"""Listeners for `/masko` and the buttons of its answers."""

from __future__ import annotations

import logging
import re

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.commands import view
from bot.commands.dispatch import at_once
from bot.commands.grammar import Command, ListMascots, Settings, Share, Show, read_command
from bot.mascots.search import SHOW
from bot.privacy import FORGET
from bot.slack.blocks import MENU, Message
from bot.slack.errors import SlackError
from bot.slack.forms import identifier
from handlers.payloads import (
    Body,
    actor_of,
    id_of,
    number,
    reading,
    request_of,
    settings_form,
    telling,
    value_of,
    values,
    words,
)
from handlers.services import Services

log = logging.getLogger(__name__)

COMMAND = "/masko"
FORGOTTEN = "Your name is off everything that is kept here."
TOO_LATE = "Slack did not open the form in time. Please try it again."


def register(app: AsyncApp, services: Services) -> None:
    """Register the listeners."""

    async def typed(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await take(ack, body, context, read_command(body.get("text") or ""))

    async def chosen_from_menu(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            _, command = view.OFFERED[value_of(body)]
        await take(ack, body, context, command)

    async def take(ack: AsyncAck, body: Body, context: AsyncBoltContext, command: Command) -> None:
        reply = at_once(command)
        if reply and "command" in body:
            await ack(text=reply.text, blocks=reply.blocks, response_type="ephemeral")
            return
        context["command"] = command
        if not reply and not isinstance(command, Settings):
            await services.commands.request(request_of(body, context), command, text=body.get("text") or "")
        await ack()

    async def finish(body: Body, context: AsyncBoltContext) -> None:
        """Do what needs no job: the form, which must open within three seconds, and help for a press."""
        command = context.get("command")
        if isinstance(command, Settings):
            await _open_settings(services, body, context)
        elif command and (reply := at_once(command)):
            await services.messenger.respond(body["response_url"], reply)

    app.command(COMMAND)(ack=typed, lazy=[telling(services, finish)])
    app.action(_any_of(MENU))(ack=chosen_from_menu, lazy=[telling(services, finish)])
    _listen_to_answers(app, services)


def _listen_to_answers(app: AsyncApp, services: Services) -> None:
    async def chosen(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            value = values(value_of(body))
            text, mascot_id = words(value["request"]), identifier(value["mascot"])
        request = request_of(body, context)
        await services.commands.request(
            request, read_command(text), text=text, mascot_id=mascot_id, replace=True
        )
        await ack()

    async def show(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await services.commands.request(request_of(body, context), Show(), mascot_id=id_of(body))
        await ack()

    async def share(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await services.commands.request(request_of(body, context), Share(), mascot_id=id_of(body))
        await ack()

    async def turn_page(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            value = values(value_of(body))
            page = ListMascots(words(value["words"]), number(value["start"]))
        await services.commands.request(request_of(body, context), page, replace=True)
        await ack()

    async def forget(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await services.privacy.forget(actor_of(body, context))
        context["forgotten"] = FORGOTTEN
        await ack()

    async def forgotten(body: Body, context: AsyncBoltContext) -> None:
        if said := context.get("forgotten"):  # else it was not done, and Slack shows that
            await services.messenger.respond(body["response_url"], Message.of(said), replace=True)

    app.action(_any_of(view.CHOOSE))(chosen)
    app.action(SHOW)(show)
    app.action(view.SHARE)(share)
    app.action(_any_of(view.TURN))(turn_page)
    app.action(FORGET)(ack=forget, lazy=[forgotten])


async def _open_settings(services: Services, body: Body, context: AsyncBoltContext) -> None:
    request = request_of(body, context)
    form = await settings_form(services, actor_of(body, context), request.channel)
    try:
        await services.messenger.open_modal(body["trigger_id"], form)
    except SlackError as error:
        log.warning("the settings did not open: %s", error)
        await services.messenger.respond(body["response_url"], Message.of(TOO_LATE))


def _any_of(action: str) -> re.Pattern[str]:
    """Match the buttons of one message: ids must differ, so a number or a word follows."""
    return re.compile(rf"{re.escape(action)}\.\w+")
