"""Somebody typed `/masko`, or pressed a button of an answer to it."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.command_answers import answered_at_once
from bot.commands import Settings, read_command
from bot.desk import Asker
from bot.messages import Line, Message
from bot.slack.workspace import SlackError
from bot.views import answers, render, settings
from bot.views import help as help_view
from handlers import home
from handlers.services import Services

Body = dict[str, Any]

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
    async def asked(ack: AsyncAck, body: Body) -> None:
        if answer := answered_at_once(read_command(_wanted(body))):
            await ack(**_privately(answer))
            return
        await take(ack, body)

    async def take(ack: AsyncAck, body: Body) -> None:
        """Written down, but for the form, which opens by itself."""
        if not isinstance(read_command(_wanted(body)), Settings):
            await services.desk.ask(_asker(body), _wanted(body))
        await ack()

    async def open_settings(body: Body) -> None:
        """Only for `/masko settings` and its button."""
        if isinstance(read_command(_wanted(body)), Settings):
            await _open_settings(services, body)

    app.command(COMMAND)(ack=asked, lazy=[open_settings])
    app.action(_any_of(help_view.MENU))(ack=take, lazy=[open_settings])


def _listen_to_answers(app: AsyncApp, services: Services) -> None:
    async def chosen(ack: AsyncAck, body: Body) -> None:
        value = json.loads(body["actions"][0]["value"])
        await services.desk.ask(_asker(body), value["request"], mascot_id=value["mascot"], again=True)
        await ack()

    async def show(ack: AsyncAck, body: Body) -> None:
        await services.desk.ask(_asker(body), "show it", mascot_id=body["actions"][0]["value"])
        await ack()

    async def share(ack: AsyncAck, body: Body) -> None:
        await services.desk.share(_asker(body), body["actions"][0]["value"])
        await ack()

    async def forget(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        asker = _asker(body)
        await services.people.forget(asker.team, asker.user)
        context["forgotten"] = FORGOTTEN
        await ack()

    async def forgotten(body: Body, context: AsyncBoltContext) -> None:
        if words := context.get("forgotten"):  # else it was not done, and Slack shows that
            await services.workspace.respond(body["response_url"], Line(words), replace=True)

    async def turn_page(ack: AsyncAck, body: Body) -> None:
        value = json.loads(body["actions"][0]["value"])
        await services.desk.turn(_asker(body), value["words"], value["start"])
        await ack()

    app.action(_any_of(answers.CHOOSE))(chosen)
    app.action(answers.SHOW)(show)
    app.action(answers.SHARE)(share)
    app.action(answers.FORGET)(ack=forget, lazy=[forgotten])
    app.action(_any_of(answers.TURN))(turn_page)


def _listen_to_settings(app: AsyncApp, services: Services) -> None:
    async def saved(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        channel, filled = settings.read_settings(body["view"])
        if errors := settings.mistakes(filled):
            await ack(response_action="errors", errors=errors)
            return
        await services.channels.save(body["team"]["id"], channel, filled, by=body["user"]["id"])
        context["saved"] = True
        await ack()

    async def saved_at_home(body: Body, context: AsyncBoltContext) -> None:
        if context.get("saved"):  # else there was something wrong with it, and the form shows that
            await home.show_saved(services, body, context)

    app.view(settings.SETTINGS_VIEW)(ack=saved, lazy=[saved_at_home])


async def _open_settings(services: Services, body: Body) -> None:
    """Open the form at once, from what is known here: a `trigger_id` lasts three seconds."""
    asker = _asker(body)
    now = await services.channels.settings(asker.team, asker.channel)
    names, groups = await services.library.names(asker.team), await services.admission.groups()
    form = settings.settings(asker.channel, now, names, groups)
    try:
        await services.workspace.open_modal(body["trigger_id"], form)
    except SlackError as error:
        log.warning("the settings did not open: %s", error)
        await services.workspace.respond(asker.response_url, Line(TOO_LATE))


def _asker(body: Body) -> Asker:
    """Who typed a command, or pressed a button of an answer."""
    if "command" in body:
        return Asker(body["team_id"], body["channel_id"], body["user_id"], body["response_url"])
    return Asker(body["team"]["id"], body["channel"]["id"], body["user"]["id"], body["response_url"])


def _wanted(body: Body) -> str:
    """What was typed after the command, or what a button of the menu stands for."""
    text = body.get("text") if "command" in body else body["actions"][0]["value"]
    return text or ""


def _privately(answer: Message) -> dict[str, Any]:
    rendered = render(answer)
    return {"text": rendered.text, "blocks": rendered.blocks, "response_type": "ephemeral"}


def _any_of(action: str) -> re.Pattern[str]:
    """The buttons of one message need different ids, so a number or a word follows."""
    return re.compile(rf"{re.escape(action)}\.\w+")
