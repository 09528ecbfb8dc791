"""Listeners for the buttons of a card and for its modals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.models.views import View

from bot.cards import view as card
from bot.channels.permission_rules import NOT_KNOWN, Act
from bot.channels.permissions import Actor, Denied
from bot.mascots.edit import CHANGE_PROMPT, RENAME
from bot.slack import forms as state
from bot.slack.request import CardPlace, Request
from bot.slack.text import clean
from bot.text import tidy_name, wrong_with
from handlers.payloads import (
    Body,
    acknowledge,
    actor_of,
    id_of,
    later,
    open_form,
    reading,
    require_place,
    spot_of,
)
from handlers.services import Services

FORMS: dict[str, Callable[[CardPlace, str | None, str], View]] = {
    card.RENAME: lambda place, name, _prompt: card.rename(place, name),
    card.EDIT_PROMPT: lambda place, _name, prompt: card.edit_prompt(place, prompt),
    card.SHOW_PROMPT: lambda _place, name, prompt: card.full_prompt(name, prompt),
}
"""Modals by button."""


def register(app: AsyncApp, services: Services) -> None:
    """Register the listeners."""

    async def pressed(body: Body, context: AsyncBoltContext) -> None:
        await open_about(services, body, context, body["actions"][0]["action_id"], id_of(body))

    async def renamed(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        request, mascot_id, name = await _change(services, body, context, tidy_name)
        if wrong := wrong_with(name):
            await ack(response_action="errors", errors={card.FIELD: wrong})
            return
        await services.descriptions.ask_change(RENAME, request, mascot_id, name)
        await ack()

    async def prompt_edited(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        request, mascot_id, prompt = await _change(services, body, context, clean)
        if wrong := card.wrong_with_prompt(prompt):
            await ack(response_action="errors", errors={card.FIELD: wrong})
            return
        await services.descriptions.ask_change(CHANGE_PROMPT, request, mascot_id, prompt)
        await ack()

    for action in FORMS:
        app.action(action)(**later(services, pressed))
    app.action(card.OPEN_MASKO)(acknowledge)
    app.view(card.RENAME_VIEW)(renamed)
    app.view(card.PROMPT_VIEW)(prompt_edited)


async def open_about(
    services: Services, body: Body, context: AsyncBoltContext, what: str, mascot_id: str
) -> None:
    """Open one of `FORMS` from stored values: triggers last three seconds.  Raises Denied, CannotTell."""
    wants = Act.SEE if what == card.SHOW_PROMPT else Act.CHANGE
    name, prompt = await seen(services, actor_of(body, context), mascot_id, wants)
    await open_form(services, body, FORMS[what](CardPlace(mascot_id, *spot_of(body)), name, prompt))


async def seen(services: Services, actor: Actor, mascot_id: str, wants: Act) -> tuple[str | None, str]:
    """Return a mascot's stored name and prompt.  Raises Denied (also if it is gone), CannotTell."""
    await services.permissions.require(actor, wants, mascot=mascot_id)
    mascot = await services.mascots.known(mascot_id)
    if mascot is None or mascot.gone_at is not None:
        raise Denied(NOT_KNOWN)
    return mascot.name, mascot.prompt or ""


async def place_of(services: Services, actor: Actor, told: Mapping[str, Any]) -> CardPlace:
    """Return the card that a form belongs to.  Raises Unreadable; Denied if the mascot is not shown there."""
    with reading():
        place = CardPlace.from_values(told)
    await require_place(services, actor, place)
    return place


async def _change(
    services: Services, body: Body, context: AsyncBoltContext, clear: Callable[[str], str]
) -> tuple[Request, str, str]:
    """Return who changes which mascot, and what was entered."""
    view, actor = body["view"], actor_of(body, context)
    with reading():
        told, entered = state.metadata(view), clear(state.text(view, card.FIELD))
    place = await place_of(services, actor, told)
    return Request(actor.team, place.channel, actor.user, place.thread_ts), place.mascot_id, entered
