"""Somebody pressed a button on a card, or sent one of its modals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.models.views import View

from bot.cards import view as card
from bot.cards import view as modals
from bot.channels.permission_rules import NOT_KNOWN, Act
from bot.channels.permissions import Actor, Denied
from bot.mascots.descriptions import Change
from bot.slack import form_state as state
from bot.slack.place import CardPlace
from bot.slack.text import clean
from bot.text import tidy_name, wrong_with
from handlers.opening import open_form, require_place, spot_of, telling
from handlers.reading import Body, actor_of, id_of, reading
from handlers.services import Services

Form = Callable[[CardPlace, str | None, str], View]  # (place, name, prompt) -> modal

FORMS: dict[str, Form] = {
    card.RENAME: lambda place, name, _prompt: modals.rename(place, name),
    card.EDIT_PROMPT: lambda place, _name, prompt: modals.edit_prompt(place, prompt),
    card.SHOW_PROMPT: lambda _place, name, prompt: modals.full_prompt(name, prompt),
}
"""What a card opens, by button."""


def register(app: AsyncApp, services: Services) -> None:
    """Listen to the card's buttons and modals."""

    async def pressed(body: Body, context: AsyncBoltContext) -> None:
        await open_about(services, body, context, body["actions"][0]["action_id"], id_of(body))

    async def noticed(ack: AsyncAck) -> None:
        await ack()

    async def renamed(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        change = await _change(services, body, context, tidy_name)
        if wrong := wrong_with(change.value):
            await ack(response_action="errors", errors={modals.FIELD: wrong})
            return
        await services.descriptions.ask_rename(change)
        await ack()

    async def prompt_edited(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        change = await _change(services, body, context, clean)
        if wrong := modals.wrong_with_prompt(change.value):
            await ack(response_action="errors", errors={modals.FIELD: wrong})
            return
        await services.descriptions.ask_change_prompt(change)
        await ack()

    open_pressed = telling(services, pressed)
    # Acknowledged first: Slack may take its time to open a modal.
    app.action(card.RENAME)(ack=noticed, lazy=[open_pressed])
    app.action(card.EDIT_PROMPT)(ack=noticed, lazy=[open_pressed])
    app.action(card.SHOW_PROMPT)(ack=noticed, lazy=[open_pressed])
    app.action(card.OPEN_MASKO)(noticed)
    app.view(modals.RENAME_VIEW)(renamed)
    app.view(modals.PROMPT_VIEW)(prompt_edited)


async def open_about(
    services: Services, body: Body, context: AsyncBoltContext, what: str, mascot_id: str
) -> None:
    """Open a modal about a card's mascot, from what is remembered: `trigger_id` lasts three seconds.

    Args:
        body: of the press.
        what: which: one of `FORMS`.
        mascot_id: the mascot.

    Raises:
        Denied, CannotTell: it may not be opened, as far as is known.
    """
    wants = Act.SEE if what == card.SHOW_PROMPT else Act.CHANGE
    name, prompt = await seen(services, actor_of(body, context), mascot_id, wants)
    view = FORMS[what](CardPlace(mascot_id, *spot_of(body)), name, prompt)
    await open_form(services, body, view)


async def seen(services: Services, actor: Actor, mascot_id: str, wants: Act) -> tuple[str | None, str]:
    """The name and the prompt of a mascot that somebody may do something with, as last read.

    Raises:
        Denied, CannotTell: they may not, or it is gone, as far as is known.
    """
    await services.permissions.require(actor, wants, mascot=mascot_id)
    mascot = await services.mascots.known(mascot_id)
    if mascot is None or mascot.gone_at is not None:
        raise Denied(NOT_KNOWN)
    return mascot.name, mascot.prompt or ""


async def place_of(services: Services, actor: Actor, told: Mapping[str, Any]) -> CardPlace:
    """The card that a form belongs to, as its metadata tells it: what comes of the form is said there.

    Raises:
        Unreadable: no card is told.
        Denied: it is no card of that mascot.
    """
    with reading():
        place = CardPlace.from_values(told)
    await require_place(services, actor, place)
    return place


async def _change(
    services: Services, body: Body, context: AsyncBoltContext, clear: Callable[[str], str]
) -> Change:
    view, actor = body["view"], actor_of(body, context)
    with reading():
        told, entered = state.metadata(view), clear(state.text(view, modals.FIELD))
    place = await place_of(services, actor, told)
    return Change(actor.team, place.mascot_id, entered, actor.user, place.channel, place.thread_ts)
