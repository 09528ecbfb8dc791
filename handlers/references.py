"""Listeners for the buttons of replies, and the forms and shortcuts about references."""

from __future__ import annotations

from collections.abc import Sequence

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.cards.service import picture
from bot.channels.permission_rules import NOT_KNOWN, Act
from bot.channels.permissions import Denied
from bot.db.tables import ReferenceRow
from bot.errors import Refusal
from bot.intake.catch import Destination
from bot.references import view as adding
from bot.slack import forms as state
from bot.slack.blocks import Message, Offer, Person, Sentence
from bot.slack.events import read_shortcut
from bot.slack.forms import identifier, number, reading
from bot.slack.request import CardPlace
from handlers.payloads import (
    Body,
    acknowledge,
    actor_of,
    answering,
    later,
    open_form,
    pair_of,
    placed,
    press_of,
    spot_of,
    tell,
    value_of,
)
from handlers.services import Services

NOT_THERE = "There's nothing left to do: this was done already, or the images are gone."
NOTHING_LEFT = Message.of(NOT_THERE)
ONLY_THERE = "This one was added in Masko, so it can only be moved there."


def register(app: AsyncApp, services: Services) -> None:
    """Register the listeners."""
    _listen_to_what_asks_first(app, services)
    _listen_to_buttons(app, services)
    _listen_to_forms(app, services)
    _listen_to_shortcuts(app, services)


async def open_change(services: Services, body: Body, context: AsyncBoltContext, mascot_id: str) -> None:
    """Open the form that adds, removes and moves references.  Raises Denied, CannotTell."""
    actor = actor_of(body, context)
    await services.permissions.require(actor, Act.SEE, mascot=mascot_id)  # everybody may remove their own
    references = await services.removals.choices(mascot_id, actor.team)
    mascot, others = await services.mascots.known(mascot_id), await services.library.choices(actor)
    others.pop(mascot_id, None)
    place = CardPlace(mascot_id, *spot_of(body))
    await open_form(services, body, adding.change(place, mascot.name if mascot else None, references, others))


def _listen_to_what_asks_first(app: AsyncApp, services: Services) -> None:
    async def undo(body: Body, context: AsyncBoltContext) -> None:
        added = await services.removals.added_by(press_of(body, context), number(value_of(body)))
        await ask_to_remove(body, context, added)

    async def remove(body: Body, context: AsyncBoltContext) -> None:
        ids = [number(each) for each in value_of(body).split(",")]
        await ask_to_remove(body, context, await services.removals.these(ids))

    async def ask_to_remove(body: Body, context: AsyncBoltContext, rows: Sequence[ReferenceRow]) -> None:
        if not rows:
            await tell(services, body, NOTHING_LEFT)
            return
        mascot_id = rows[0].mascot_id
        await services.permissions.require(actor_of(body, context), Act.SEE, mascot=mascot_id)
        mascot = await services.mascots.known(mascot_id)
        shown = {row.id: picture(row) for row in rows if row.mascot_id == mascot_id}
        await open_form(services, body, adding.remove(mascot_id, (mascot and mascot.name) or "", shown))

    async def replace(body: Body, context: AsyncBoltContext) -> None:
        post_id, actor = number(value_of(body)), actor_of(body, context)
        mascot_id, left_out = await services.removals.left_out(post_id, actor.team, spot_of(body)[0])
        references = await services.removals.choices(mascot_id, actor.team) if mascot_id else []
        if mascot_id is None or not left_out or not references:
            await tell(services, body, NOTHING_LEFT)
            return
        await services.permissions.require(actor, Act.CHANGE, mascot=mascot_id)
        place = CardPlace(mascot_id, *spot_of(body))
        await open_form(services, body, adding.replace(place, post_id, references, left_out))

    app.action(Offer.UNDO.action)(**later(services, undo))
    app.action(Offer.REMOVE.action)(**later(services, remove))
    app.action(Offer.REPLACE.action)(**later(services, replace))


def _listen_to_buttons(app: AsyncApp, services: Services) -> None:
    async def another(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        done = services.add_forms.start_another(press_of(body, context), number(value_of(body)))
        await _conclude(ack, body, await done)

    async def put_back(body: Body, context: AsyncBoltContext) -> str | Sentence:
        mascot_id, assets = pair_of(body)
        ids = [identifier(each) for each in assets.split(",")]
        names = await services.removals.put_back(press_of(body, context), identifier(mascot_id), ids)
        return (Person(body["user"]["id"]), f" put {names} back.") if names else NOT_THERE

    async def move_back(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        there, about = pair_of(body)
        here, _, asset = about.partition(" ")
        ids = (identifier(there), identifier(asset), identifier(here))
        request, message_ts = press_of(body, context), body["container"]["message_ts"]
        await _conclude(ack, body, await services.moves.move(request, *ids, message_ts=message_ts))

    async def link(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        mascot_id, post_id = pair_of(body)
        request, message_ts = press_of(body, context), body["container"]["message_ts"]
        done = services.removals.link(request, mascot_id, number(post_id), message_ts)
        await _conclude(ack, body, await done)

    async def _conclude(ack: AsyncAck, body: Body, done: bool) -> None:
        if not done:
            await tell(services, body, NOTHING_LEFT)
        await ack()

    async def keep(body: Body, context: AsyncBoltContext) -> str:
        await services.removals.keep(actor_of(body, context), body["container"]["message_ts"])
        return "Kept as a reference."

    app.action(Offer.ANOTHER.action)(another)
    app.action(Offer.PUT_BACK.action)(**answering(services, put_back))
    app.action(Offer.MOVE_BACK.action)(move_back)
    app.action(Offer.LINK.action)(link)
    app.action(Offer.KEEP.action)(**answering(services, keep))
    app.action(Offer.GO.action)(acknowledge)


def _listen_to_forms(app: AsyncApp, services: Services) -> None:
    async def changed(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        told, form = state.metadata(body["view"]), adding.read_change(body["view"])
        request, mascot_id = await placed(services, body, context, told)
        if form.where not in {adding.REMOVE, *await services.library.choices(actor_of(body, context))}:
            raise Denied(NOT_KNOWN)
        errors: dict[str, str] = {}
        if form.files or form.links or form.asset is None:
            images, errors = services.add_forms.chosen(form.files, form.links)
        if form.asset is not None and not errors:
            if form.where == adding.REMOVE:
                done, words = await services.removals.remove(request, mascot_id, form.asset), NOT_THERE
            else:
                done = await services.moves.move(request, mascot_id, form.asset, form.where)
                words = ONLY_THERE
            errors = {} if done else {adding.WHICH: words}
        if (form.files or form.links) and not errors:
            await services.add_forms.add(request, mascot_id, images)
        await _close(ack, errors)

    async def removed(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            metadata = state.metadata(body["view"])
            mascot_id = identifier(metadata["mascot"])
            ids = [number(each) for each in metadata["references"]]
        if not await services.removals.remove_all(actor_of(body, context), mascot_id, ids):
            raise Refusal(NOT_THERE)
        await ack()

    async def replaced(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            metadata = state.metadata(body["view"])
            told, post_id = metadata["place"], number(metadata["post"])
            asset, image = (state.option(body["view"], field) for field in (adding.WHICH, adding.WITH))
            image_id = number(image)
        request, mascot_id = await placed(services, body, context, told)
        done = await services.removals.replace(request, mascot_id, asset, post_id, image_id)
        await _close(ack, {} if done else {adding.WITH: NOT_THERE})

    app.view(adding.CHANGE_VIEW)(changed)
    app.view(adding.REMOVE_VIEW)(removed)
    app.view(adding.REPLACE_VIEW)(replaced)


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
        found = await services.library.choices(actor_of(body, context), words)
        await ack(options=adding.suggestions(found))

    async def add(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        form = adding.read_message_form(body["view"])
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
