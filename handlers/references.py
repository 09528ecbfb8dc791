"""Listeners for a card's `···`, the buttons of replies, and the forms and shortcuts about references."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.models.views import View

from bot.cards import view as card
from bot.channels.permission_rules import Act
from bot.channels.permissions import Actor
from bot.intake.catch import Destination
from bot.references import view as adding
from bot.review.view import COMMENT
from bot.slack import forms as state
from bot.slack.blocks import OFFER, Message, Offer
from bot.slack.events import read_shortcut
from bot.slack.forms import identifier
from bot.slack.request import CardPlace, Request
from handlers import cards, reviews
from handlers.payloads import (
    Body,
    acknowledge,
    actor_of,
    answering,
    later,
    number,
    open_form,
    pair_of,
    press_of,
    reading,
    require_place,
    spot_of,
    tell,
    telling,
    value_of,
)
from handlers.services import Services

ABOUT_CARD = {card.ADD, card.TAKE_AWAY, card.DESCRIBE, card.UNDO, card.NO_MASCOT, card.WHY, card.OPEN_MASKO}
CHOICES = {*cards.FORMS, COMMENT, *ABOUT_CARD}  # the choices under the card's `···`
NO_REFERENCES = Message.of("This mascot has no references.")
NOT_THERE = "There is nothing left to do: this was done before, or the pictures are gone."
NOTHING_LEFT = Message.of(NOT_THERE)
ONLY_THERE = "This one was added in Masko, so it can only be moved there."


def register(app: AsyncApp, services: Services) -> None:
    """Register the listeners."""
    _listen_to_menu(app, services)
    _listen_to_buttons(app, services)
    _listen_to_forms(app, services)
    _listen_to_shortcuts(app, services)


def _listen_to_menu(app: AsyncApp, services: Services) -> None:
    async def more(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        what, about = pair_of(body)
        with reading():
            about = identifier(about)
            if what not in CHOICES:
                raise ValueError("no such choice")
        request = press_of(body, context)
        if what == card.UNDO:
            await _tell_unless(await services.removals.undo(request, number(about), quietly=False), body)
        elif what == card.NO_MASCOT:
            await require_place(services, actor_of(body, context), CardPlace(about, *spot_of(body)))
            await services.removals.unbind(request)
        await ack()

    async def _tell_unless(done: bool, body: Body) -> None:
        if not done:
            await tell(services, body, NOTHING_LEFT)

    async def open_chosen(body: Body, context: AsyncBoltContext) -> None:
        what, mascot_id = pair_of(body)
        if what in cards.FORMS:
            await cards.open_about(services, body, context, what, mascot_id)
        elif what == COMMENT:
            await reviews.open_comment(services, body, context, mascot_id)
        elif what == card.WHY:
            channel, thread_ts = spot_of(body)
            why = await services.mascots.why(actor_of(body, context).team, channel, thread_ts)
            await tell(services, body, why)
        elif what in (card.ADD, card.TAKE_AWAY, card.DESCRIBE):
            form = await _form(actor_of(body, context), what, CardPlace(mascot_id, *spot_of(body)))
            await (open_form(services, body, form) if form else tell(services, body, NO_REFERENCES))

    async def _form(actor: Actor, what: str, place: CardPlace) -> View | None:
        """Return the form of a choice; None where the mascot has no references."""
        mascot_id = place.mascot_id
        if what == card.ADD:
            name, _ = await cards.seen(services, actor, mascot_id, Act.ADD)
            return adding.add(place, name)
        if what == card.DESCRIBE:
            rows = await services.descriptions.references(actor, mascot_id)
            return adding.describe(place, [(row.id, row.name, row.alt) for row in rows]) if rows else None
        await cards.seen(services, actor, mascot_id, Act.SEE)  # everybody may remove their own
        references = await services.removals.choices(mascot_id, actor.team)
        names = await services.library.names(actor)
        others = {each: name for each, name in names.items() if each != mascot_id}
        return adding.pick(place, references, others) if references else None

    app.action(card.MORE)(ack=more, lazy=[telling(services, open_chosen)])


def _listen_to_buttons(app: AsyncApp, services: Services) -> None:
    async def undo(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        done = services.removals.undo(press_of(body, context), number(value_of(body)), quietly=True)
        await _conclude(ack, body, await done)

    async def another(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        done = services.add_forms.start_another(press_of(body, context), number(value_of(body)))
        await _conclude(ack, body, await done)

    async def remove(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        ids, message_ts = (
            [number(each) for each in value_of(body).split(",")],
            body["container"]["message_ts"],
        )
        done = services.removals.remove_all(press_of(body, context), ids, message_ts)
        await _conclude(ack, body, await done)

    async def _conclude(ack: AsyncAck, body: Body, done: bool) -> None:
        if not done:
            await tell(services, body, NOTHING_LEFT)
        await ack()

    async def replace(body: Body, context: AsyncBoltContext) -> None:
        post_id, actor = number(value_of(body)), actor_of(body, context)
        mascot_id, left_out = await services.removals.left_out(post_id, actor.team, spot_of(body)[0])
        references = await services.removals.choices(mascot_id, actor.team) if mascot_id else []
        if mascot_id is None or not left_out or not references:
            await tell(services, body, NOTHING_LEFT)
            return
        await cards.seen(services, actor, mascot_id, Act.CHANGE)
        place = CardPlace(mascot_id, *spot_of(body))
        await open_form(services, body, adding.replace(place, post_id, references, left_out))

    async def keep(_body: Body, _context: AsyncBoltContext) -> str:
        return "Kept as a reference."

    app.action(f"{OFFER}.{Offer.UNDO}")(undo)
    app.action(f"{OFFER}.{Offer.ANOTHER}")(another)
    app.action(f"{OFFER}.{Offer.REMOVE}")(remove)
    app.action(f"{OFFER}.{Offer.REPLACE}")(**later(services, replace))
    app.action(f"{OFFER}.{Offer.KEEP}")(**answering(services, keep))
    app.action(f"{OFFER}.{Offer.GO}")(acknowledge)


def _listen_to_forms(app: AsyncApp, services: Services) -> None:
    async def placed(body: Body, context: AsyncBoltContext, told: Any) -> tuple[Request, str]:
        actor = actor_of(body, context)
        place = await cards.place_of(services, actor, told)
        return Request(actor.team, place.channel, actor.user, place.thread_ts), place.mascot_id

    async def added(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            told, view = state.metadata(body["view"]), body["view"]
            files = state.files(view, adding.FILES, adding.MOST_FILES)
            images, errors = services.add_forms.chosen(files, state.text(view, adding.LINKS))
        request, mascot_id = await placed(body, context, told)
        if not errors:
            await services.add_forms.add(request, mascot_id, images)
        await _close(ack, errors)

    async def picked(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            told = state.metadata(body["view"])
            asset, where = (state.option(body["view"], field) for field in (adding.WHICH, adding.WHERE))
        request, mascot_id = await placed(body, context, told)
        if where == adding.REMOVE:
            done, words = await services.removals.remove(request, mascot_id, asset), NOT_THERE
        else:
            done, words = await services.moves.move(request, mascot_id, asset, where), ONLY_THERE
        await _close(ack, {} if done else {adding.WHICH: words})

    async def replaced(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            metadata = state.metadata(body["view"])
            told, post_id = metadata["place"], number(metadata["post"])
            asset, image = (state.option(body["view"], field) for field in (adding.WHICH, adding.WITH))
            image_id = number(image)
        request, mascot_id = await placed(body, context, told)
        done = await services.removals.replace(request, mascot_id, asset, post_id, image_id)
        await _close(ack, {} if done else {adding.WITH: NOT_THERE})

    async def described(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            told, said = state.metadata(body["view"]), adding.read_descriptions(body["view"])
        _, mascot_id = await placed(body, context, told)
        await services.descriptions.describe(actor_of(body, context), mascot_id, said)
        await ack()

    app.view(adding.ADD_VIEW)(added)
    app.view(adding.PICK_VIEW)(picked)
    app.view(adding.REPLACE_VIEW)(replaced)
    app.view(adding.DESCRIBE_VIEW)(described)


async def _close(ack: AsyncAck, errors: dict[str, str]) -> None:
    """Acknowledge a form; with errors it stays open."""
    await (ack(response_action="errors", errors=errors) if errors else ack())


ADD_TO_MASKO = "add_to_masko"
NEW_MASCOT = "new_mascot"
MOST_SEARCHED = 200  # characters


def _listen_to_shortcuts(app: AsyncApp, services: Services) -> None:
    async def ask_about_message(body: Body, context: AsyncBoltContext) -> None:
        origin = context.client.base_url if context.client else None
        message = read_shortcut(body, team=context.team_id or "", own_origin=origin)
        if message is None or not message.images:
            await open_form(services, body, adding.no_images())
            return
        offer_id, names, into = await services.add_forms.offer(message, body["response_url"])
        await open_form(services, body, adding.add_message(offer_id, names, into))

    async def ask_for_pictures(body: Body, _context: AsyncBoltContext) -> None:
        await open_form(services, body, adding.new_mascot())

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
        destination = Destination(
            new=form.mascot_id is None, mascot_id=form.mascot_id, name=form.name, asked=True
        )
        actor = actor_of(body, context)
        if form.mascot_id:
            await services.permissions.require(actor, Act.ADD, mascot=form.mascot_id)
        if await services.add_forms.take(form.offer_id, actor, form.picked, destination):
            await ack()
        else:
            await ack(response_action="update", view=adding.sent_before())

    async def make(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            files, links, name, channel = adding.read_new_form(body["view"])
            images, wrong = services.add_forms.chosen(files, links)
        if errors := wrong | adding.wrong_name(name):
            await ack(response_action="errors", errors=errors)
            return
        await services.add_forms.make(actor_of(body, context), channel, images, name)
        await ack()

    app.shortcut(ADD_TO_MASKO)(**later(services, ask_about_message))
    app.shortcut(NEW_MASCOT)(**later(services, ask_for_pictures))
    app.options(adding.SEARCH)(search)
    app.view(adding.MESSAGE_VIEW)(add)
    app.view(adding.NEW_VIEW)(make)
