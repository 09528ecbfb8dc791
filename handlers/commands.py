"""Somebody typed `/masko`, or pressed a button of an answer to it."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.models.views import View

from bot.channels import view as settings
from bot.channels.permissions import Actor
from bot.commands import view as answers
from bot.commands.answers import answered_at_once
from bot.commands.desk import Asker
from bot.commands.grammar import Settings, read_command
from bot.mascots.search import SHOW
from bot.privacy.view import FORGET
from bot.slack.blocks import MENU, Message
from bot.slack.errors import SlackError
from bot.slack.form_state import identifier
from handlers import home
from handlers.opening import telling
from handlers.reading import (
    Body,
    actor_of,
    id_of,
    number,
    reading,
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
    """Listen to the command, to the buttons of its answers, and to the form with a channel's settings."""
    _listen_to_the_command(app, services)
    _listen_to_answers(app, services)
    _listen_to_settings(app, services)


def _listen_to_the_command(app: AsyncApp, services: Services) -> None:
    async def asked(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        if answer := answered_at_once(read_command(_wanted(body))):
            await ack(**_privately(answer))
            return
        await take(ack, body, context)

    async def take(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """Written down, but for the form, which opens by itself."""
        if not isinstance(read_command(_wanted(body)), Settings):
            await services.desk.ask(_asker(body, context), _wanted(body))
        await ack()

    async def open_settings(body: Body, context: AsyncBoltContext) -> None:
        """Only for `/masko settings` and its button."""
        if isinstance(read_command(_wanted(body)), Settings):
            await _open_settings(services, body, context)

    app.command(COMMAND)(ack=asked, lazy=[telling(services, open_settings)])
    app.action(_any_of(MENU))(ack=take, lazy=[telling(services, open_settings)])


def _listen_to_answers(app: AsyncApp, services: Services) -> None:
    async def chosen(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            value = values(value_of(body))
            request, mascot_id = words(value["request"]), identifier(value["mascot"])
        await services.desk.ask(_asker(body, context), request, mascot_id=mascot_id, again=True)
        await ack()

    async def show(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await services.desk.ask(_asker(body, context), "show it", mascot_id=id_of(body))
        await ack()

    async def share(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await services.desk.share(_asker(body, context), id_of(body))
        await ack()

    async def forget(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        actor = actor_of(body, context)
        await services.people.forget(actor.team, actor.user)
        context["forgotten"] = FORGOTTEN
        await ack()

    async def forgotten(body: Body, context: AsyncBoltContext) -> None:
        if said := context.get("forgotten"):  # else it was not done, and Slack shows that
            await services.messenger.respond(body["response_url"], Message.of(said), replace=True)

    async def turn_page(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            value = values(value_of(body))
            sought, start = words(value["words"]), number(value["start"])
        await services.desk.turn(_asker(body, context), sought, start)
        await ack()

    app.action(_any_of(answers.CHOOSE))(chosen)
    app.action(SHOW)(show)
    app.action(answers.SHARE)(share)
    app.action(FORGET)(ack=forget, lazy=[forgotten])
    app.action(_any_of(answers.TURN))(turn_page)


def _listen_to_settings(app: AsyncApp, services: Services) -> None:
    async def saved(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            channel, filled = settings.read_settings(body["view"])
        looking = home.opened_from(body)
        if errors := settings.mistakes(filled):
            await ack(response_action="errors", errors=errors)
            return
        await services.channels.save(actor_of(body, context), channel, filled)
        context["saved"] = looking
        await ack()

    async def saved_at_home(body: Body, context: AsyncBoltContext) -> None:
        if looking := context.get("saved"):  # else something was wrong with it, or it is not from Home
            await home.show_saved(services, body, context, looking)

    app.view(settings.SETTINGS_VIEW)(ack=saved, lazy=[saved_at_home])


async def _open_settings(services: Services, body: Body, context: AsyncBoltContext) -> None:
    """Open the form at once, from what is known here: a `trigger_id` lasts three seconds."""
    asker = _asker(body, context)
    form = await settings_form(services, asker.actor, asker.channel)
    try:
        await services.messenger.open_modal(body["trigger_id"], form)
    except SlackError as error:
        log.warning("the settings did not open: %s", error)
        await services.messenger.respond(asker.response_url, Message.of(TOO_LATE))


async def settings_form(services: Services, actor: Actor, channel: str, looking: str | None = None) -> View:
    """The form with a channel's settings, for somebody who may change them.

    Args:
        looking: the metadata of the Home that it is opened from.

    Raises:
        Denied, CannotTell: they may not, as far as is known.
    """
    now, names, groups = await asyncio.gather(
        services.channels.settings(actor, channel),
        services.library.names(actor),
        services.permissions.groups(),
    )
    return settings.settings(channel, now, names, groups, home=looking)


def _asker(body: Body, context: AsyncBoltContext) -> Asker:
    """Who typed a command, or pressed a button of an answer."""
    actor = actor_of(body, context)
    channel = body["channel_id"] if "command" in body else body["channel"]["id"]
    return Asker(actor.team, channel, actor.user, body["response_url"])


def _wanted(body: Body) -> str:
    """What was typed after the command, or what a button of the menu stands for."""
    return (body.get("text") or "") if "command" in body else value_of(body)


def _privately(answer: Message) -> dict[str, Any]:
    return {"text": answer.text, "blocks": answer.blocks, "response_type": "ephemeral"}


def _any_of(action: str) -> re.Pattern[str]:
    """The buttons of one message need different ids, so a number or a word follows."""
    return re.compile(rf"{re.escape(action)}\.\w+")
