"""Listeners for the app's tabs and what the Home tab offers."""

from __future__ import annotations

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.channels import view as settings
from bot.channels.permissions import Actor
from bot.errors import Refusal
from bot.home import view as home
from bot.home.view import Looking
from bot.slack.forms import Unreadable, metadata, number, reading
from bot.text import tidy_name
from handlers.payloads import (
    Body,
    actor_of,
    id_of,
    later,
    looking_at,
    looking_of,
    settings_form,
    telling,
    value_of,
)
from handlers.services import Services

NOT_YOURS = "That wasn't your post, so nothing was tried again."
TRYING_AGAIN = "Trying again. Press Refresh to see the result."
SAVED = "Saved. It applies from now on."


def register(app: AsyncApp, services: Services) -> None:
    async def opened(event: Body, context: AsyncBoltContext) -> None:
        if event.get("tab") == "messages":
            await services.home.greet(Actor(context.team_id or "", event["user"]), event["channel"])

    async def welcome(event: Body, context: AsyncBoltContext) -> None:
        if event.get("tab") == "home":
            await services.home.show(Actor(context.team_id or "", event["user"]))

    async def retry(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """Retry only the person's own posts."""
        try:
            theirs = await services.intake.retry(number(value_of(body)), actor_of(body, context), None)
            context["notice"] = TRYING_AGAIN if theirs else NOT_YOURS
        except (Unreadable, Refusal) as error:
            context["notice"] = error.words
        await ack()

    async def retried(body: Body, context: AsyncBoltContext) -> None:
        if notice := context.get("notice"):  # else it could not be written down
            await services.home.show(actor_of(body, context), looking_at(body), notice=notice)

    async def look(body: Body, context: AsyncBoltContext) -> None:
        await services.home.show(actor_of(body, context), looking_of(value_of(body)))

    async def search(body: Body, context: AsyncBoltContext) -> None:
        with reading():
            typed = value_of(body) if body["actions"][0]["value"] is not None else ""
        await services.home.show(actor_of(body, context), Looking(tidy_name(typed)[: home.MOST_WORDS]))

    async def show_mascot(body: Body, context: AsyncBoltContext) -> None:
        await services.home.show_mascot(body["trigger_id"], actor_of(body, context), id_of(body))

    async def open_settings(body: Body, context: AsyncBoltContext) -> None:
        looking = looking_at(body).as_metadata()
        form = await settings_form(services, actor_of(body, context), id_of(body), looking)
        await services.messenger.open_modal(body["trigger_id"], form)

    app.event("app_home_opened")(ack=opened, lazy=[welcome])
    app.action(home.RETRY)(ack=retry, lazy=[telling(services, retried)])
    looks = (home.ALL_OF_MINE, home.REFRESH, f"{home.TURN}.previous", f"{home.TURN}.next")
    listeners = {home.SEARCH: search, home.SHOW: show_mascot, home.SETTINGS: open_settings}
    for action, listener in {**listeners, **dict.fromkeys(looks, look)}.items():
        app.action(action)(**later(services, listener))
    _listen_to_settings(app, services)


def _listen_to_settings(app: AsyncApp, services: Services) -> None:
    async def saved(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        channel, filled = settings.read_settings(body["view"])
        with reading():
            home_metadata = metadata(body["view"])["home"]
        looking = None if home_metadata is None else looking_of(home_metadata)
        if errors := settings.mistakes(filled):
            await ack(response_action="errors", errors=errors)
            return
        await services.channels.save(actor_of(body, context), channel, filled)
        context["saved"] = looking
        await ack()

    async def saved_at_home(body: Body, context: AsyncBoltContext) -> None:
        looking = context.get("saved")
        if looking is not None:  # else something was wrong with it, or it is not from Home
            await services.home.show(actor_of(body, context), looking, notice=SAVED)

    app.view(settings.SETTINGS_VIEW)(ack=saved, lazy=[saved_at_home])
