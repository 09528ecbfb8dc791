"""Somebody opened the app, or used its Home tab."""

from __future__ import annotations

import logging
from dataclasses import replace

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.channels import view as settings
from bot.channels.permission_rules import NOT_KNOWN
from bot.errors import BotError
from bot.home import view as home
from bot.home.at_home import Looking
from bot.slack import form_state as state
from bot.slack.blocks import view_without_images
from bot.slack.errors import SlackError
from bot.text import tidy_name
from handlers import commands
from handlers.opening import Listener
from handlers.reading import Body, actor_of, id_of, number, reading, value_of
from handlers.services import Services

log = logging.getLogger(__name__)

TOO_LATE = "Slack did not open that in time. Please press the button again."
NOT_YOURS = "That was not your post, so nothing was tried again."
TRYING_AGAIN = "Trying again. Refresh shows what became of it."
SAVED = "Saved; it counts from now on."


def register(app: AsyncApp, services: Services) -> None:
    """Listen to the tabs of the app, and to what the Home tab offers."""

    async def opened(event: Body, context: AsyncBoltContext) -> None:
        if event.get("tab") == "messages":
            await services.home.greet(context.team_id or "", event["user"], event["channel"])

    async def welcome(event: Body, context: AsyncBoltContext) -> None:
        if event.get("tab") == "home":
            await services.home.show(context.team_id or "", event["user"])

    async def noticed(ack: AsyncAck) -> None:
        await ack()

    def at_home(listener: Listener) -> Listener:
        """What keeps a listener from its work is told in Home."""

        async def told(body: Body, context: AsyncBoltContext) -> None:
            try:
                await listener(body, context)
            except BotError as error:
                log.info("a press at home came to nothing: %s", error)
                await _show(services, body, context, Looking(), error.words)

        return told

    async def search(body: Body, context: AsyncBoltContext) -> None:
        with reading():
            typed = value_of(body) if body["actions"][0]["value"] is not None else ""
            words = tidy_name(typed)[: home.MOST_WORDS]
        await _show(services, body, context, replace(_looking(body), words=words, start=0))

    async def all_of_mine(body: Body, context: AsyncBoltContext) -> None:
        await _show(services, body, context, replace(_looking(body), words="", start=0))

    async def refresh(body: Body, context: AsyncBoltContext) -> None:
        await _show(services, body, context, _looking(body))

    async def turn_page(body: Body, context: AsyncBoltContext) -> None:
        start = number(value_of(body))
        await _show(services, body, context, replace(_looking(body), start=start))

    async def turn_failures(body: Body, context: AsyncBoltContext) -> None:
        start = number(value_of(body))
        await _show(services, body, context, replace(_looking(body), failures_start=start))

    async def retry(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """Of one's own posts alone: Home is nobody else's."""
        theirs = await services.intake.retry(number(value_of(body)), actor_of(body, context), None)
        context["retried"] = TRYING_AGAIN if theirs else NOT_YOURS
        await ack()

    async def retried(body: Body, context: AsyncBoltContext) -> None:
        if "retried" not in context:
            return  # it could not be read, which is told already
        await _show(services, body, context, _looking(body), context.get("retried"))

    async def show_mascot(body: Body, context: AsyncBoltContext) -> None:
        await _show_mascot(services, body, context)

    async def open_settings(body: Body, context: AsyncBoltContext) -> None:
        await _open_settings(services, body, context)

    app.event("app_home_opened")(ack=opened, lazy=[welcome])
    app.action(home.SEARCH)(ack=noticed, lazy=[at_home(search)])
    app.action(home.ALL_OF_MINE)(ack=noticed, lazy=[at_home(all_of_mine)])
    app.action(home.REFRESH)(ack=noticed, lazy=[at_home(refresh)])
    app.action(f"{home.TURN}.previous")(ack=noticed, lazy=[at_home(turn_page)])
    app.action(f"{home.TURN}.next")(ack=noticed, lazy=[at_home(turn_page)])
    app.action(f"{home.TURN_FAILURES}.previous")(ack=noticed, lazy=[at_home(turn_failures)])
    app.action(f"{home.TURN_FAILURES}.next")(ack=noticed, lazy=[at_home(turn_failures)])
    app.action(home.RETRY)(ack=retry, lazy=[at_home(retried)])
    app.action(home.SHOW)(ack=noticed, lazy=[at_home(show_mascot)])
    app.action(home.SETTINGS)(ack=noticed, lazy=[at_home(open_settings)])


async def show_saved(services: Services, body: Body, context: AsyncBoltContext, looking: Looking) -> None:
    """A channel's settings were saved in a form that was opened from Home: it shows them."""
    await _show(services, body, context, looking, SAVED)


def opened_from(body: Body) -> Looking | None:
    """The Home that a form with a channel's settings was opened from; None where it was opened elsewhere."""
    with reading():
        metadata = settings.opened_from_home(body["view"])
    return None if metadata is None else _read_looking(metadata)


async def _show(
    services: Services, body: Body, context: AsyncBoltContext, looking: Looking, notice: str | None = None
) -> None:
    await services.home.show(context.team_id or "", body["user"]["id"], looking, notice=notice)


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


async def _show_mascot(services: Services, body: Body, context: AsyncBoltContext) -> None:
    """Open what is known of a mascot at once, then with its pictures, then with what Masko says of it.

    Without pictures first: a form that Slack refuses for one of them may cost the `trigger_id`.
    """
    actor, mascot_id = actor_of(body, context), id_of(body)
    card = await services.home.card(actor, mascot_id)
    if card is None:
        await _show(services, body, context, _looking(body), NOT_KNOWN)
        return
    try:
        view_id = await services.messenger.open_modal(
            body["trigger_id"], view_without_images(home.closeup(card))
        )
    except SlackError as error:
        log.warning("a mascot was not shown: %s", error)
        await _show(services, body, context, _looking(body), TOO_LATE)
        return
    await services.messenger.update_modal(view_id, home.closeup(card))
    await services.home.look_close(view_id, actor, mascot_id)


async def _open_settings(services: Services, body: Body, context: AsyncBoltContext) -> None:
    channel, looking = id_of(body), _looking(body)
    form = await commands.settings_form(services, actor_of(body, context), channel, looking.as_metadata())
    try:
        await services.messenger.open_modal(body["trigger_id"], form)
    except SlackError as error:
        log.warning("the settings did not open: %s", error)
        await _show(services, body, context, looking, TOO_LATE)
