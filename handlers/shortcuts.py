"""Listeners for the shortcuts: on a message with images, or for a new mascot."""

from __future__ import annotations

import logging

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.models.views import View

from bot.channels.permission_rules import Act
from bot.intake.catch import Wish
from bot.references import view as adding
from bot.slack.blocks import Message
from bot.slack.errors import SlackError
from bot.slack.events import read_shortcut
from handlers.reading import Body, actor_of, number, reading
from handlers.services import Services

ADD_TO_MASKO = "add_to_masko"
NEW_MASCOT = "new_mascot"

log = logging.getLogger(__name__)

MOST_SEARCHED = 200  # characters
TOO_LATE = "Slack did not open the form in time. Please use the shortcut again."


def register(app: AsyncApp, services: Services) -> None:
    """Register the listeners."""

    async def noticed(ack: AsyncAck) -> None:
        await ack()

    async def ask_about_message(body: Body, context: AsyncBoltContext) -> None:
        origin = context.client.base_url if context.client else None
        message = read_shortcut(body, team=context.team_id or "", own_origin=origin)
        if message is None or not message.images:
            await _open(services, body, adding.no_images())
            return
        offer_id, names, into = await services.add_forms.offer(message, body["response_url"])
        await _open(services, body, adding.add_message(offer_id, names, into))

    async def ask_for_pictures(body: Body) -> None:
        await _open(services, body, adding.new_mascot())

    async def search(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        words = str(body.get("value") or "")[:MOST_SEARCHED]
        found = await services.library.suggest(actor_of(body, context), words, adding.MOST_SUGGESTED)
        await ack(options=adding.suggestions(found))

    async def add(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            form = adding.read_message_form(body["view"])
            number(form.offer_id)
            any(number(at) for at in form.picked)
        if form.errors:
            await ack(response_action="errors", errors=form.errors)
            return
        wish = Wish(new=form.mascot_id is None, mascot_id=form.mascot_id, name=form.name, asked=True)
        actor = actor_of(body, context)
        if form.mascot_id:
            await services.permissions.require(actor, Act.ADD, mascot=form.mascot_id)
        if await services.add_forms.take(form.offer_id, actor, form.picked, wish):
            await ack()
        else:
            await ack(response_action="update", view=adding.sent_before())

    async def make(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            form = adding.read_new_form(body["view"])
            images, wrong = services.add_forms.chosen(form.files, form.links)
        if errors := wrong | adding.wrong_name(form.name):
            await ack(response_action="errors", errors=errors)
            return
        await services.add_forms.make(actor_of(body, context), form.channel, images, form.name)
        await ack()

    # Acknowledged first: Slack may take its time to open a modal.
    app.shortcut(ADD_TO_MASKO)(ack=noticed, lazy=[ask_about_message])
    app.shortcut(NEW_MASCOT)(ack=noticed, lazy=[ask_for_pictures])
    app.options(adding.SEARCH)(search)
    app.view(adding.MESSAGE_VIEW)(add)
    app.view(adding.NEW_VIEW)(make)


async def _open(services: Services, body: Body, view: View) -> None:
    """Open a modal from stored values: a `trigger_id` lasts three seconds."""
    try:
        await services.messenger.open_modal(body["trigger_id"], view)
    except SlackError as error:
        log.warning("the form of %s did not open: %s", body["callback_id"], error)
        if "response_url" in body:
            await services.messenger.respond(body["response_url"], Message.of(TOO_LATE))
