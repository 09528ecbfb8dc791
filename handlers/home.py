"""Listeners for the app's tabs and what the Home tab offers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.channels import view as settings
from bot.channels.permissions import Actor
from bot.errors import BotError
from bot.home import view as home
from bot.home.view import Looking
from bot.slack import forms as state
from bot.slack.errors import SlackError
from bot.text import tidy_name
from handlers.payloads import (
    Body,
    Listener,
    Unreadable,
    actor_of,
    id_of,
    number,
    reading,
    settings_form,
    value_of,
)
from handlers.services import Services

log = logging.getLogger(__name__)

TOO_LATE = "Slack did not open that in time. Please press the button again."
NOT_YOURS = "That was not your post, so nothing was tried again."
TRYING_AGAIN = "Trying again. Refresh shows what became of it."
SAVED = "Saved; it counts from now on."


def register(app: AsyncApp, services: Services) -> None:
    """Register the listeners."""

    async def opened(event: Body, context: AsyncBoltContext) -> None:
        if event.get("tab") == "messages":
            await services.home.greet(Actor(context.team_id or "", event["user"]), event["channel"])

    async def welcome(event: Body, context: AsyncBoltContext) -> None:
        if event.get("tab") == "home":
            await services.home.show(Actor(context.team_id or "", event["user"]))

    async def retry(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """Retry only the person's own posts."""
        theirs = await services.intake.retry(number(value_of(body)), actor_of(body, context), None)
        context["retried"] = TRYING_AGAIN if theirs else NOT_YOURS
        await ack()

    async def retried(body: Body, context: AsyncBoltContext) -> None:
        if notice := context.get("retried"):  # else it could not be read, which is told already
            await services.home.show(actor_of(body, context), _looking(body), notice=notice)

    async def show_mascot(body: Body, context: AsyncBoltContext) -> None:
        await services.mascot_modals.open(body["trigger_id"], actor_of(body, context), id_of(body))

    async def open_settings(body: Body, context: AsyncBoltContext) -> None:
        actor, looking = actor_of(body, context), _looking(body).as_metadata()
        form = await settings_form(services, actor, id_of(body), looking)
        await services.messenger.open_modal(body["trigger_id"], form)

    app.event("app_home_opened")(ack=opened, lazy=[welcome])
    app.action(home.RETRY)(ack=retry, lazy=[_telling(services, retried)])
    for action, listener in ((home.SHOW, show_mascot), (home.SETTINGS, open_settings)):
        app.action(action)(ack=_acknowledge, lazy=[_telling(services, listener)])
    _listen_to_lists(app, services)
    _listen_to_settings(app, services)


def _listen_to_settings(app: AsyncApp, services: Services) -> None:
    async def saved(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            channel, filled = settings.read_settings(body["view"])
        looking = opened_from(body)
        if errors := settings.mistakes(filled):
            await ack(response_action="errors", errors=errors)
            return
        await services.channels.save(actor_of(body, context), channel, filled)
        context["saved"] = looking
        await ack()

    async def saved_at_home(body: Body, context: AsyncBoltContext) -> None:
        if looking := context.get("saved"):  # else something was wrong with it, or it is not from Home
            await services.home.show(actor_of(body, context), looking, notice=SAVED)

    app.view(settings.SETTINGS_VIEW)(ack=saved, lazy=[saved_at_home])


def _listen_to_lists(app: AsyncApp, services: Services) -> None:
    """Register what shows Home again with other parts of its lists."""

    def looking_at(change: Callable[[Body], dict[str, Any]]) -> Listener:
        async def listener(body: Body, context: AsyncBoltContext) -> None:
            looking = replace(_looking(body), **change(body))
            await services.home.show(actor_of(body, context), looking)

        return _telling(services, listener)

    def searched(body: Body) -> dict[str, Any]:
        with reading():
            typed = value_of(body) if body["actions"][0]["value"] is not None else ""
            return {"words": tidy_name(typed)[: home.MOST_WORDS], "start": 0}

    for action, change in (
        (home.SEARCH, searched),
        (home.ALL_OF_MINE, lambda _: {"words": "", "start": 0}),
        (home.REFRESH, lambda _: {}),
        (f"{home.TURN}.previous", lambda body: {"start": number(value_of(body))}),
        (f"{home.TURN}.next", lambda body: {"start": number(value_of(body))}),
        (f"{home.TURN_FAILURES}.previous", lambda body: {"failures_start": number(value_of(body))}),
        (f"{home.TURN_FAILURES}.next", lambda body: {"failures_start": number(value_of(body))}),
    ):
        app.action(action)(ack=_acknowledge, lazy=[looking_at(change)])


async def _acknowledge(ack: AsyncAck) -> None:
    await ack()


def _telling(services: Services, listener: Listener) -> Listener:
    """Return a listener whose errors are shown in Home."""

    async def told(body: Body, context: AsyncBoltContext) -> None:
        try:
            await listener(body, context)
        except BotError as error:
            log.info("a press at home came to nothing: %s", error)
            notice = TOO_LATE if isinstance(error, SlackError) else error.words
            try:
                looking = _looking(body)
            except Unreadable:
                looking = Looking()
            await services.home.show(actor_of(body, context), looking, notice=notice)

    return told


def opened_from(body: Body) -> Looking | None:
    """Return the Home that a settings form was opened from, if any.  Raises Unreadable."""
    with reading():
        metadata = settings.opened_from_home(body["view"])
    return None if metadata is None else _read_looking(metadata)


def _looking(body: Body) -> Looking:
    return _read_looking(body["view"].get("private_metadata"))


def _read_looking(metadata: object) -> Looking:
    with reading():
        if not isinstance(metadata, str) or not 0 < len(metadata) <= state.MOST_METADATA:
            raise ValueError("no metadata")
        found = Looking.from_metadata(metadata)
        starts = number(found.start), number(found.failures_start)
        if not isinstance(found.words, str):
            raise ValueError("no words")
        return Looking(found.words[: home.MOST_WORDS], *starts)
