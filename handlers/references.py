"""Listeners for a card's `···`, the buttons of replies, and the forms about references."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.cards import view as card
from bot.channels.permission_rules import Act
from bot.references import view as forms
from bot.review.view import COMMENT
from bot.slack import form_state as state
from bot.slack.blocks import OFFER, Message, Offer
from bot.slack.form_state import identifier
from bot.slack.post_images import PostImage, from_form, from_link
from bot.slack.request import CardPlace, Request
from bot.slack.typed import read_links
from handlers import cards, reviews
from handlers.opening import open_form, request_of, require_place, spot_of, tell, telling
from handlers.reading import Body, actor_of, number, pair_of, reading, value_of
from handlers.services import Services

ABOUT_CARD = {card.ADD, card.TAKE_AWAY, card.UNDO, card.NO_MASCOT, card.WHY, card.OPEN_MASKO}
CHOICES = {*cards.FORMS, COMMENT, *ABOUT_CARD}
"""The choices under the card's `···`."""
NO_REFERENCES = Message.of("This mascot has no references.")
NOTHING_LEFT = "There is nothing left to do: this was done before, or the pictures are gone."
NO_ADDRESS = "Each must be the public address of a picture: https://… ending with .png, say."
NO_PICTURE = "Choose a file, or give the address of a picture."
ONLY_THERE = "This one was added in Masko, so it can only be moved there."


def register(app: AsyncApp, services: Services) -> None:
    """Register the listeners."""
    _listen_to_menu(app, services)
    _listen_to_buttons(app, services)
    _listen_to_choices(app, services)
    _listen_to_forms(app, services)


def _listen_to_menu(app: AsyncApp, services: Services) -> None:
    async def more(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        what, about = pair_of(body)
        with reading():
            about = identifier(about)
            if what not in CHOICES:
                raise ValueError("no such choice")
        request = request_of(body, context)
        if what == card.UNDO:
            if not await services.removals.undo(request, number(about), quietly=False):
                await tell(services, body, Message.of(NOTHING_LEFT))
        elif what == card.NO_MASCOT:
            place = CardPlace(about, *spot_of(body))
            await require_place(services, actor_of(body, context), place)
            await services.removals.unbind(request)
        await ack()

    async def open_chosen(body: Body, context: AsyncBoltContext) -> None:
        what, mascot_id = pair_of(body)
        actor, place = actor_of(body, context), CardPlace(mascot_id, *spot_of(body))
        if what in cards.FORMS:
            await cards.open_about(services, body, context, what, mascot_id)
        elif what == COMMENT:
            await reviews.open_comment(services, body, context, mascot_id)
        elif what == card.ADD:
            name, _ = await cards.seen(services, actor, mascot_id, Act.ADD)
            await open_form(services, body, forms.add(place, name))
        elif what == card.TAKE_AWAY:
            await cards.seen(services, actor, mascot_id, Act.SEE)  # everybody may remove their own
            if references := await services.removals.choices(mascot_id, actor.team):
                names = await services.library.names(actor)
                others = {each: name for each, name in names.items() if each != mascot_id}
                await open_form(services, body, forms.pick(place, references, others))
            else:
                await tell(services, body, NO_REFERENCES)
        elif what == card.WHY:
            await tell(services, body, await services.mascots.why(actor.team, place.channel, place.thread_ts))

    app.action(card.MORE)(ack=more, lazy=[telling(services, open_chosen)])


def _listen_to_buttons(app: AsyncApp, services: Services) -> None:
    async def undo(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        done = services.removals.undo(request_of(body, context), number(value_of(body)), quietly=True)
        await _tell_unless(await done, body)
        await ack()

    async def another(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        done = services.add_forms.start_another(request_of(body, context), number(value_of(body)))
        await _tell_unless(await done, body)
        await ack()

    async def remove(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        ids = [number(each) for each in value_of(body).split(",")]
        message_ts = body["container"]["message_ts"]
        await _tell_unless(
            await services.removals.remove_all(request_of(body, context), ids, message_ts), body
        )
        await ack()

    async def _tell_unless(done: bool, body: Body) -> None:
        if not done:
            await tell(services, body, Message.of(NOTHING_LEFT))

    async def replace(body: Body, context: AsyncBoltContext) -> None:
        post_id, actor = number(value_of(body)), actor_of(body, context)
        mascot_id, left_out = await services.removals.left_out(post_id, actor.team, spot_of(body)[0])
        references = await services.removals.choices(mascot_id, actor.team) if mascot_id else []
        if mascot_id is None or not left_out or not references:
            await tell(services, body, Message.of(NOTHING_LEFT))
            return
        await cards.seen(services, actor, mascot_id, Act.CHANGE)
        place = CardPlace(mascot_id, *spot_of(body))
        await open_form(services, body, forms.replace(place, post_id, references, left_out))

    async def describe(body: Body, context: AsyncBoltContext) -> None:
        post_id, actor = number(value_of(body)), actor_of(body, context)
        if images := [(each.id, each.name, each.alt) for each in await services.hints.images(actor, post_id)]:
            await open_form(services, body, forms.describe(post_id, images))
        else:
            await tell(services, body, Message.of(NOTHING_LEFT))

    async def noticed(ack: AsyncAck) -> None:
        await ack()

    app.action(f"{OFFER}.{Offer.UNDO}")(undo)
    app.action(f"{OFFER}.{Offer.ANOTHER}")(another)
    app.action(f"{OFFER}.{Offer.REMOVE}")(remove)
    app.action(f"{OFFER}.{Offer.REPLACE}")(ack=noticed, lazy=[telling(services, replace)])
    app.action(f"{OFFER}.{Offer.DESCRIBE}")(ack=noticed, lazy=[telling(services, describe)])


def _listen_to_choices(app: AsyncApp, services: Services) -> None:
    async def kept(body: Body) -> None:
        words = Message.of("Kept as a reference.")
        await services.messenger.respond(body["response_url"], words, replace=True)

    async def ask_first(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """Change the channel where it was pressed, whatever the button names."""
        await services.channels.ask_first(actor_of(body, context), spot_of(body)[0])
        context["asks_first"] = True
        await ack()

    async def asks_first(body: Body, context: AsyncBoltContext) -> None:
        if context.get("asks_first"):
            words = "From now on I ask the poster first in this channel. /masko settings changes it."
            await services.messenger.respond(body["response_url"], Message.of(words), replace=True)

    async def noticed(ack: AsyncAck) -> None:
        await ack()

    app.action(f"{OFFER}.{Offer.ASK_FIRST}")(ack=ask_first, lazy=[asks_first])
    app.action(f"{OFFER}.{Offer.KEEP}")(ack=noticed, lazy=[kept])
    app.action(f"{OFFER}.{Offer.GO}")(noticed)


def _listen_to_forms(app: AsyncApp, services: Services) -> None:
    async def placed(body: Body, context: AsyncBoltContext, told: Any) -> tuple[Request, str]:
        actor = actor_of(body, context)
        place = await cards.place_of(services, actor, told)
        return Request(actor.team, place.channel, actor.user, place.thread_ts), place.mascot_id

    async def added(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            images, errors = _images(services, body["view"])
            told = state.metadata(body["view"])
        request, mascot_id = await placed(body, context, told)
        if not errors:
            await services.add_forms.add(request, mascot_id, images)
        await _close(ack, errors)

    async def picked(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            told = state.metadata(body["view"])
            asset, where = (state.option(body["view"], field) for field in (forms.WHICH, forms.WHERE))
        request, mascot_id = await placed(body, context, told)
        if where == forms.REMOVE:
            done, words = await services.removals.remove(request, mascot_id, asset), NOTHING_LEFT
        else:
            done, words = await services.moves.move(request, mascot_id, asset, where), ONLY_THERE
        await _close(ack, {} if done else {forms.WHICH: words})

    async def replaced(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            metadata = state.metadata(body["view"])
            told, post_id = metadata["place"], number(metadata["post"])
            asset, image = (state.option(body["view"], field) for field in (forms.WHICH, forms.WITH))
            image_id = number(image)
        request, mascot_id = await placed(body, context, told)
        done = await services.removals.replace(request, mascot_id, asset, post_id, image_id)
        await _close(ack, {} if done else {forms.WITH: NOTHING_LEFT})

    async def described(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            post_id = number(state.metadata(body["view"])["post"])
            said = forms.read_descriptions(body["view"])
        await services.hints.describe(actor_of(body, context), post_id, said)
        await ack()

    app.view(forms.ADD_VIEW)(added)
    app.view(forms.PICK_VIEW)(picked)
    app.view(forms.REPLACE_VIEW)(replaced)
    app.view(forms.DESCRIBE_VIEW)(described)


async def _close(ack: AsyncAck, errors: dict[str, str]) -> None:
    """Acknowledge a form; with errors it stays open."""
    await (ack(response_action="errors", errors=errors) if errors else ack())


def _images(services: Services, view: dict[str, Any]) -> tuple[list[PostImage], dict[str, str]]:
    """Return the images of the form, and its errors: field → words."""
    links, rest = read_links(state.text(view, forms.LINKS))
    if rest or services.additions.unfit(links):
        return [], {forms.LINKS: NO_ADDRESS}
    found = [from_form(file) for file in state.files(view, forms.FILES, forms.MOST_FILES)]
    if any(image is None for image in found):
        return [], {forms.FILES: "One of these is no image that I can use."}
    images = [*(image for image in found if image is not None), *map(from_link, links)]
    return images, {} if images else {forms.LINKS: NO_PICTURE}
