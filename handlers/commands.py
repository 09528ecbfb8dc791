"""Listeners for `/masko` and the buttons of its answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.cards.view import notice
from bot.commands import view
from bot.commands.dispatch import at_once
from bot.commands.grammar import Command, ListMascots, Show, Simple, read_command
from bot.home.connection import CONNECT_VIEW, WrongField
from bot.mascots.search import SHOW
from bot.privacy import FORGET
from bot.slack.blocks import MENU
from bot.slack.forms import identifier, members, number, reading
from handlers.payloads import (
    Body,
    actor_of,
    answering,
    id_of,
    open_form,
    request_of,
    settings_form,
    telling,
    value_of,
    words,
)
from handlers.services import Services

COMMAND = "/masko"
FORGOTTEN = "Your name is removed from everything kept here."


def register(app: AsyncApp, services: Services) -> None:
    async def take(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            typed = body.get("text") or ""
            command = read_command(typed) if "command" in body else view.OFFERED[value_of(body)][1]
        reply = at_once(command)
        if reply and "command" in body:
            await ack(text=reply.text, blocks=reply.blocks, response_type="ephemeral")
            return
        context["command"] = command
        if not reply and command not in (Simple.SETTINGS, Simple.CONNECT):
            await services.commands.request(request_of(body, context), command, text=typed)
        await ack()

    async def finish(body: Body, context: AsyncBoltContext) -> None:
        """Do what needs no job: the form, which must open within three seconds, and help for a press."""
        command, request = context.get("command"), request_of(body, context)
        if command is Simple.SETTINGS:
            form = await settings_form(services, actor_of(body, context), request.channel)
            await open_form(services, body, form)
        elif command is Simple.CONNECT:
            await open_form(services, body, await services.connection.form(actor_of(body, context)))
        elif command and (reply := at_once(command)):
            await services.messenger.respond(body["response_url"], reply)

    def requesting(read: Callable[[Body], tuple[Command, dict[str, Any]]]) -> Callable[..., Any]:
        """Return a listener that stores the command in a button."""

        async def listener(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
            with reading():
                command, about = read(body)
            await services.commands.request(request_of(body, context), command, **about)
            await ack()

        return listener

    async def forget(body: Body, context: AsyncBoltContext) -> str:
        await services.privacy.forget(actor_of(body, context))
        return FORGOTTEN

    async def connect(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        try:
            words = await services.connection.connect(actor_of(body, context), body["view"])
        except WrongField as error:
            await ack(response_action="errors", errors={error.field: error.words})
        else:
            await ack(response_action="update", view=notice(words, "Connect to Masko"))

    app.view(CONNECT_VIEW)(connect)
    app.command(COMMAND)(ack=take, lazy=[telling(services, finish)])
    app.action(_any_of(MENU))(ack=take, lazy=[telling(services, finish)])
    app.action(_any_of(view.CHOOSE))(requesting(_chosen))
    app.action(_any_of(view.TURN))(requesting(_page))
    app.action(SHOW)(requesting(lambda body: (Show(), {"mascot_id": id_of(body)})))
    app.action(view.SHARE)(requesting(lambda body: (Simple.SHARE, {"mascot_id": id_of(body)})))
    app.action(FORGET)(**answering(services, forget))


def _chosen(body: Body) -> tuple[Command, dict[str, Any]]:
    value = members(value_of(body))
    text, mascot_id = words(value["request"]), identifier(value["mascot"])
    return read_command(text), {"text": text, "mascot_id": mascot_id, "replace": True}


def _page(body: Body) -> tuple[Command, dict[str, Any]]:
    value = members(value_of(body))
    return ListMascots(words(value["words"]), number(value["start"])), {"replace": True}


def _any_of(action: str) -> re.Pattern[str]:
    """Match the buttons of one message: ids must differ, so a number or a word follows."""
    return re.compile(rf"{re.escape(action)}\.\w+")
