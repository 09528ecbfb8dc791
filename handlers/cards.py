"""Listeners for the buttons of a card, for its `···`, and for its modals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.cards import view as card
from bot.channels.permission_rules import NOT_KNOWN, Act
from bot.channels.permissions import Denied
from bot.db.values import Did
from bot.errors import Refusal
from bot.review import text as words
from bot.review import view as review
from bot.slack import forms
from bot.slack.forms import Unreadable, identifier
from bot.slack.request import CardPlace
from handlers import references, reviews
from handlers.payloads import (
    Body,
    acknowledge,
    actor_of,
    later,
    open_form,
    pair_of,
    placed,
    require_place,
    spot_of,
    telling,
    value_of,
)
from handlers.services import Services


async def open_edit(services: Services, body: Body, context: AsyncBoltContext, mascot_id: str) -> None:
    """Open the form for a mascot's name, prompt and alt texts.  Raises Denied, CannotTell."""
    shown, rows = await services.descriptions.editable(actor_of(body, context), mascot_id)
    alts = [(row.id, row.name, row.alt) for row in rows]
    place = CardPlace(mascot_id, *spot_of(body))
    await open_form(services, body, card.edit(place, shown.name, shown.prompt, alts))


async def open_details(services: Services, body: Body, context: AsyncBoltContext, mascot_id: str) -> None:
    """Open what one person reads about a mascot.  Raises Denied, CannotTell."""
    actor, place = actor_of(body, context), CardPlace(mascot_id, *spot_of(body))
    record = await services.reviews.record(mascot_id, actor)
    try:
        _, changed = await services.reviews.comparison(mascot_id, actor)
    except Refusal:
        changed = None
    why = await services.mascots.why(actor.team, place.channel, place.thread_ts)
    voted = actor.user in record.review.standing
    shown = await _shown(services, mascot_id)
    story = [*words.story(record, place.channel)]
    await open_form(services, body, card.details(place, shown, why, changed, story, voted=voted))


async def open_unlink(services: Services, body: Body, context: AsyncBoltContext, mascot_id: str) -> None:
    """Open the form that asks whether to unlink a thread.  Raises Denied, CannotTell."""
    actor, place = actor_of(body, context), CardPlace(mascot_id, *spot_of(body))
    await require_place(services, actor, place)
    await services.permissions.require(actor, Act.SEE, mascot=mascot_id)  # everybody may undo their own
    await open_form(services, body, card.unlink(place, await _shown(services, mascot_id)))


async def _shown(services: Services, mascot_id: str) -> card.Card:
    shown = await services.cards.of_mascot(mascot_id)
    if shown is None:
        raise Denied(NOT_KNOWN)
    return shown


OPENINGS: dict[str, Callable[[Services, Body, AsyncBoltContext, str], Awaitable[None]]] = {
    card.EDIT: open_edit,
    card.DETAILS: open_details,
    card.UNLINK: open_unlink,
    card.REFERENCES: references.open_change,
    review.REQUEST: partial(reviews.open_form_about, did=Did.REQUESTED),
    review.COMMENT: partial(reviews.open_form_about, did=Did.COMMENTED),
    review.ASK: partial(reviews.open_form_about, did=Did.ASKED),
}
"""What opens a modal, by the action of its button; the last argument is the button's value."""
IN_SIGHT = (card.EDIT, review.REQUEST, review.COMMENT, review.ASK)  # the others are under `···` alone


def register(app: AsyncApp, services: Services) -> None:
    async def pressed(body: Body, context: AsyncBoltContext) -> None:
        await OPENINGS[body["actions"][0]["action_id"]](services, body, context, _about(value_of(body)))

    async def chosen(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """Store a choice without a form; `open_chosen` opens the forms."""
        action, about = pair_of(body)
        if action == review.APPROVE:
            await reviews.approve(services, body, context, about)
        elif action in OPENINGS:
            _about(about)
        elif action != card.OPEN_MASKO:
            raise Unreadable("no such choice")
        await ack()

    async def open_chosen(body: Body, context: AsyncBoltContext) -> None:
        action, about = pair_of(body)
        if action in OPENINGS:
            await OPENINGS[action](services, body, context, about)

    async def edited(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        told, entered = forms.metadata(body["view"]), card.read_edit(body["view"])
        request, mascot_id = await placed(services, body, context, told)
        mascot, _ = await services.descriptions.editable(actor_of(body, context), mascot_id)
        if errors := entered.errors(mascot.name, mascot.prompt):
            await ack(response_action="errors", errors=errors)
            return
        await services.descriptions.edit(request, mascot_id, entered.name, entered.prompt, entered.alts)
        await ack()

    async def withdrawn(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        request, mascot_id = await placed(services, body, context, forms.metadata(body["view"]))
        await services.reviews.ask(reviews.act_by_form(body, Did.WITHDREW, request, mascot_id))
        await ack()

    async def unlinked(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        request, _ = await placed(services, body, context, forms.metadata(body["view"]))
        await services.removals.unlink(request)
        await ack()

    for action in IN_SIGHT:
        app.action(action)(**later(services, pressed))
    app.action(card.MORE)(ack=chosen, lazy=[telling(services, open_chosen)])
    app.action(card.OPEN_MASKO)(acknowledge)
    app.view(card.EDIT_VIEW)(edited)
    app.view(card.DETAILS_VIEW)(withdrawn)
    app.view(card.UNLINK_VIEW)(unlinked)


def _about(value: str) -> str:
    """Return a button's value: a mascot's id, perhaps with more behind it."""
    identifier(value.partition(" ")[0])
    return value
