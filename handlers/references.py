"""Somebody chose under `···` of a card, pressed a button beside a line, or sent a form about references."""

from __future__ import annotations

from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.cards import view as card
from bot.channels.permission_rules import Act
from bot.references import view as forms
from bot.references.removals import Spot
from bot.review.view import COMMENT
from bot.slack import form_state as state
from bot.slack.blocks import OFFER, Message, Offer
from bot.slack.form_state import identifier
from bot.slack.place import CardPlace
from bot.slack.post_images import PostImage, from_form, from_link
from bot.slack.request import Request
from bot.slack.typed import read_links
from handlers import cards, reviews
from handlers.opening import open_form, require_place, spot_of, tell, telling
from handlers.reading import Body, actor_of, number, pair_of, reading, value_of
from handlers.services import Services

CHOICES = {
    *cards.FORMS,
    COMMENT,
    card.ADD,
    card.TAKE_AWAY,
    card.UNDO,
    card.NO_MASCOT,
    card.WHY,
    card.OPEN_MASKO,
}
"""What may be chosen under the card's `···`."""
NO_REFERENCES = "This mascot has no references."
NOTHING_LEFT = "There is nothing left to do: this was done before, or the pictures are gone."
NO_ADDRESS = "Each must be the public address of a picture: https://… ending with .png, say."
NO_PICTURE = "Choose a file, or give the address of a picture."


def register(app: AsyncApp, services: Services) -> None:
    """Listen to the card's menu, to the buttons of lines, and to the forms about references."""
    _listen_to_menu(app, services)
    _listen_to_offers(app, services)
    _listen_to_forms(app, services)


def _listen_to_menu(app: AsyncApp, services: Services) -> None:
    async def more(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """What is done without a form is written down; the forms open by themselves."""
        what, about = pair_of(body)
        with reading():
            about = identifier(about)
            if what not in CHOICES:
                raise ValueError("no such choice")
        if what == card.UNDO:
            if not await services.removals.ask_undo(_spot(body, context), number(about), quietly=False):
                await tell(services, body, Message.of(NOTHING_LEFT))
        elif what == card.NO_MASCOT:
            place = CardPlace(about, *spot_of(body))
            await require_place(services, actor_of(body, context), place)
            await services.removals.ask_let_go(_spot(body, context))
        await ack()

    async def open_form(body: Body, context: AsyncBoltContext) -> None:
        what, mascot_id = pair_of(body)
        if what in cards.FORMS:
            await cards.open_about(services, body, context, what, mascot_id)
        elif what == COMMENT:
            await reviews.open_comment(services, body, context, mascot_id)
        elif what == card.ADD:
            await _open_add(services, body, context, mascot_id)
        elif what == card.TAKE_AWAY:
            await _open_pick(services, body, context, mascot_id)
        elif what == card.WHY:
            spot = _spot(body, context)
            await tell(services, body, await services.reasons.why(spot.team, spot.channel, spot.thread_ts))

    app.action(card.MORE)(ack=more, lazy=[telling(services, open_form)])


def _listen_to_offers(app: AsyncApp, services: Services) -> None:
    async def undo(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        if not await services.removals.ask_undo(_spot(body, context), number(value_of(body)), quietly=True):
            await tell(services, body, Message.of(NOTHING_LEFT))
        await ack()

    async def another(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        if not await services.additions.ask_another(_spot(body, context), number(value_of(body))):
            await tell(services, body, Message.of(NOTHING_LEFT))
        await ack()

    async def ask_first(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """In the channel where it was pressed, whatever the button names."""
        await services.channels.ask_first(actor_of(body, context), spot_of(body)[0])
        context["asks_first"] = True
        await ack()

    async def asks_first(body: Body, context: AsyncBoltContext) -> None:
        if context.get("asks_first"):
            words = "From now on I ask the poster first in this channel. /masko settings changes it."
            await services.messenger.respond(body["response_url"], Message.of(words), replace=True)

    async def remove(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        ids = [number(each) for each in value_of(body).split(",")]
        if not await services.removals.ask_these(_spot(body, context, in_place=True), ids):
            await tell(services, body, Message.of(NOTHING_LEFT))
        await ack()

    async def kept(body: Body) -> None:
        await services.messenger.respond(
            body["response_url"], Message.of("Kept as a reference."), replace=True
        )

    async def replace(body: Body, context: AsyncBoltContext) -> None:
        await _open_replace(services, body, context)

    async def describe(body: Body, context: AsyncBoltContext) -> None:
        await _open_describe(services, body, context)

    async def noticed(ack: AsyncAck) -> None:
        await ack()

    app.action(_action(Offer.UNDO))(undo)
    app.action(_action(Offer.ANOTHER))(another)
    app.action(_action(Offer.ASK_FIRST))(ack=ask_first, lazy=[asks_first])
    app.action(_action(Offer.REMOVE))(remove)
    app.action(_action(Offer.KEEP))(ack=noticed, lazy=[kept])
    app.action(_action(Offer.REPLACE))(ack=noticed, lazy=[telling(services, replace)])
    app.action(_action(Offer.DESCRIBE))(ack=noticed, lazy=[telling(services, describe)])
    app.action(_action(Offer.GO))(noticed)


def _listen_to_forms(app: AsyncApp, services: Services) -> None:
    async def added(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            images, errors = _images(services, body["view"])
            told = state.metadata(body["view"])
        place = await cards.place_of(services, actor_of(body, context), told)
        if errors:
            await ack(response_action="errors", errors=errors)
            return
        await services.additions.ask(_spot_of(body, context, place), place.mascot_id, images)
        await ack()

    async def picked(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            told = state.metadata(body["view"])
            asset, where = (forms.chosen(body["view"], field) for field in (forms.WHICH, forms.WHERE))
        place = await cards.place_of(services, actor_of(body, context), told)
        spot = _spot_of(body, context, place)
        if where == forms.REMOVE:
            if not await services.removals.ask(spot, place.mascot_id, asset):
                await ack(response_action="errors", errors={forms.WHICH: NOTHING_LEFT})
                return
        elif not await services.moves.ask(_request(body, context, place), place.mascot_id, asset, where):
            words = "This one was added in Masko, so it can only be moved there."
            await ack(response_action="errors", errors={forms.WHICH: words})
            return
        await ack()

    async def replaced(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            metadata = state.metadata(body["view"])
            told, post_id = metadata["place"], number(metadata["post"])
            asset, image = (forms.chosen(body["view"], field) for field in (forms.WHICH, forms.WITH))
            image_id = number(image)
        place = await cards.place_of(services, actor_of(body, context), told)
        spot = _spot_of(body, context, place)
        if not await services.removals.ask_replace(spot, place.mascot_id, asset, post_id, image_id):
            await ack(response_action="errors", errors={forms.WITH: NOTHING_LEFT})
            return
        await ack()

    async def described(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        with reading():
            post_id = number(state.metadata(body["view"])["post"])
            said = forms.said(body["view"])
        await services.hints.describe(actor_of(body, context), post_id, said)
        await ack()

    app.view(forms.ADD_VIEW)(added)
    app.view(forms.PICK_VIEW)(picked)
    app.view(forms.REPLACE_VIEW)(replaced)
    app.view(forms.DESCRIBE_VIEW)(described)


# -- opening forms, from what is known here: a trigger_id lasts three seconds --------------------


async def _open_add(services: Services, body: Body, context: AsyncBoltContext, mascot_id: str) -> None:
    name, _ = await cards.seen(services, actor_of(body, context), mascot_id, Act.ADD)
    place = CardPlace(mascot_id, *spot_of(body))
    await open_form(services, body, forms.add(place, name))


async def _open_pick(services: Services, body: Body, context: AsyncBoltContext, mascot_id: str) -> None:
    actor, place = actor_of(body, context), CardPlace(mascot_id, *spot_of(body))
    await cards.seen(services, actor, mascot_id, Act.SEE)  # one's own may go in any case
    references = await services.references.of(mascot_id, actor.team)
    if not references:
        await tell(services, body, Message.of(NO_REFERENCES))
        return
    names = await services.library.names(actor)
    others = {each: name for each, name in names.items() if each != mascot_id}
    await open_form(services, body, forms.pick(place, references, others))


async def _open_replace(services: Services, body: Body, context: AsyncBoltContext) -> None:
    post_id, actor = number(value_of(body)), actor_of(body, context)
    mascot_id, left_out = await services.references.left_out(post_id, actor.team, spot_of(body)[0])
    references = await services.references.of(mascot_id, actor.team) if mascot_id else []
    if mascot_id is None or not left_out or not references:
        await tell(services, body, Message.of(NOTHING_LEFT))
        return
    await cards.seen(services, actor, mascot_id, Act.CHANGE)
    place = CardPlace(mascot_id, *spot_of(body))
    await open_form(
        services,
        body,
        forms.replace(place, post_id, references, left_out),
    )


async def _open_describe(services: Services, body: Body, context: AsyncBoltContext) -> None:
    post_id, actor = number(value_of(body)), actor_of(body, context)
    images = [(each.id, each.name, each.alt) for each in await services.hints.images(actor, post_id)]
    if not images:
        await tell(services, body, Message.of(NOTHING_LEFT))
        return
    await open_form(services, body, forms.describe(post_id, images))


# -- reading -------------------------------------------------------------------------------------


def _images(services: Services, view: dict[str, Any]) -> tuple[list[PostImage], dict[str, str]]:
    """The pictures of the form, or what is wrong with it: field → words."""
    links, rest = read_links(forms.entered_links(view))
    if rest or services.requests.unfit(links):
        return [], {forms.LINKS: NO_ADDRESS}
    found = [from_form(file) for file in forms.entered_files(view)]
    if any(image is None for image in found):
        return [], {forms.FILES: "One of these is no image that I can use."}
    images = [*(image for image in found if image is not None), *map(from_link, links)]
    return images, {} if images else {forms.LINKS: NO_PICTURE}


def _action(does: Offer) -> str:
    return f"{OFFER}.{does}"


def _spot(body: Body, context: AsyncBoltContext, *, in_place: bool = False) -> Spot:
    """Who pressed, and in which thread; `in_place` where the message that was pressed becomes the answer."""
    actor, (channel, thread_ts) = actor_of(body, context), spot_of(body)
    message_ts = body["container"]["message_ts"] if in_place else None
    return Spot(actor.team, channel, thread_ts, actor.user, message_ts)


def _request(body: Body, context: AsyncBoltContext, place: CardPlace) -> Request:
    actor = actor_of(body, context)
    return Request(actor.team, place.channel, actor.user, place.thread_ts)


def _spot_of(body: Body, context: AsyncBoltContext, place: CardPlace) -> Spot:
    actor = actor_of(body, context)
    return Spot(actor.team, place.channel, place.thread_ts, actor.user)
