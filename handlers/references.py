"""Somebody chose under `···` of a card, pressed a button beside a line, or sent a form about references."""

from __future__ import annotations

import json
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.messages import Does, Line
from bot.removals import Removal, Spot
from bot.slack.post_images import PostImage, from_file_info, from_link
from bot.typed import read_links
from bot.views import card, lines
from bot.views import reference_forms as forms
from bot.views.modals import CardPlace
from bot.views.reviews import COMMENT
from handlers import cards, reviews
from handlers.opening import open_form, spot_of, tell
from handlers.services import Services

Body = dict[str, Any]

NOT_KNOWN = "This mascot is not known here any more. It may have been deleted in Masko."
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
    async def more(ack: AsyncAck, body: Body) -> None:
        """What is done without a form is written down; the forms open by themselves."""
        what, about = _choice(body)
        if what == card.UNDO:
            await services.removals.ask_undo(_spot(body), int(about), quietly=False)
        elif what == card.NO_MASCOT:
            await services.removals.ask_let_go(_spot(body))
        await ack()

    async def open_form(body: Body) -> None:
        what, mascot_id = _choice(body)
        if what in cards.FORMS:
            await cards.open_about(services, body, what, mascot_id)
        elif what == COMMENT:
            await reviews.open_comment(services, body, mascot_id)
        elif what == card.ADD:
            await _open_add(services, body, mascot_id)
        elif what == card.TAKE_AWAY:
            await _open_pick(services, body, mascot_id)
        elif what == card.WHY:
            spot = _spot(body)
            await tell(services, body, await services.reasons.why(spot.team, spot.channel, spot.thread_ts))

    app.action(card.MORE)(ack=more, lazy=[open_form])


def _listen_to_offers(app: AsyncApp, services: Services) -> None:
    async def undo(ack: AsyncAck, body: Body) -> None:
        await services.removals.ask_undo(_spot(body), int(_about(body)), quietly=True)
        await ack()

    async def another(ack: AsyncAck, body: Body) -> None:
        spot = _spot(body)
        await services.additions.ask_another(int(_about(body)), spot.team, spot.user)
        await ack()

    async def ask_first(ack: AsyncAck, body: Body) -> None:
        spot = _spot(body)
        await services.channels.ask_first(spot.team, _about(body), by=spot.user)
        await ack()

    async def asks_first(body: Body) -> None:
        words = "From now on I ask the poster first in this channel. /masko settings changes it."
        await services.workspace.respond(body["response_url"], Line(words), replace=True)

    async def remove(ack: AsyncAck, body: Body) -> None:
        ids = [int(each) for each in _about(body).split(",")]
        await services.removals.ask_these(_spot(body, in_place=True), ids)
        await ack()

    async def kept(body: Body) -> None:
        await services.workspace.respond(body["response_url"], Line("Kept as a reference."), replace=True)

    async def replace(body: Body) -> None:
        await _open_replace(services, body)

    async def describe(body: Body) -> None:
        await _open_describe(services, body)

    async def noticed(ack: AsyncAck) -> None:
        await ack()

    app.action(_action(Does.UNDO))(undo)
    app.action(_action(Does.ANOTHER))(another)
    app.action(_action(Does.ASK_FIRST))(ack=ask_first, lazy=[asks_first])
    app.action(_action(Does.REMOVE))(remove)
    app.action(_action(Does.KEEP))(ack=noticed, lazy=[kept])
    app.action(_action(Does.REPLACE))(ack=noticed, lazy=[replace])
    app.action(_action(Does.DESCRIBE))(ack=noticed, lazy=[describe])
    app.action(_action(Does.GO))(noticed)


def _listen_to_forms(app: AsyncApp, services: Services) -> None:
    async def added(ack: AsyncAck, body: Body) -> None:
        images, errors = _images(services, body["view"])
        if errors:
            await ack(response_action="errors", errors=errors)
            return
        place = CardPlace.from_metadata(body["view"]["private_metadata"])
        await services.additions.ask(_spot_of(body, place), place.mascot_id, images)
        await ack()

    async def picked(ack: AsyncAck, body: Body) -> None:
        place = CardPlace.from_metadata(body["view"]["private_metadata"])
        asset, where = forms.chosen(body["view"], forms.WHICH), forms.chosen(body["view"], forms.WHERE)
        if where == forms.REMOVE:
            await services.removals.ask(_spot_of(body, place), Removal(place.mascot_id, (asset,)))
        elif not await services.moves.ask(_spot_of(body, place), place.mascot_id, asset, where):
            words = "This one was added in Masko, so it can only be moved there."
            await ack(response_action="errors", errors={forms.WHICH: words})
            return
        await ack()

    async def replaced(ack: AsyncAck, body: Body) -> None:
        metadata = json.loads(body["view"]["private_metadata"])
        place = CardPlace(**metadata["place"])
        asset, image = forms.chosen(body["view"], forms.WHICH), forms.chosen(body["view"], forms.WITH)
        removal = Removal(place.mascot_id, (asset,), post_id=metadata["post"], image_id=int(image))
        await services.removals.ask(_spot_of(body, place), removal)
        await ack()

    async def described(ack: AsyncAck, body: Body) -> None:
        post_id = json.loads(body["view"]["private_metadata"])["post"]
        await services.hints.describe(body["team"]["id"], post_id, forms.said(body["view"]))
        await ack()

    app.view(forms.ADD_VIEW)(added)
    app.view(forms.PICK_VIEW)(picked)
    app.view(forms.REPLACE_VIEW)(replaced)
    app.view(forms.DESCRIBE_VIEW)(described)


# -- opening forms, from what is known here: a trigger_id lasts three seconds --------------------


async def _open_add(services: Services, body: Body, mascot_id: str) -> None:
    mascot = await services.mascots.known(mascot_id)
    if mascot is None or mascot.gone_at is not None or mascot.team != body["team"]["id"]:
        await tell(services, body, Line(NOT_KNOWN))
        return
    place, name = _place(body, mascot_id), mascot.name
    await open_form(services, body, lambda _pictures: forms.add(place, name))


async def _open_pick(services: Services, body: Body, mascot_id: str) -> None:
    team, place = body["team"]["id"], _place(body, mascot_id)
    references = await services.references.of(mascot_id, team)
    if not references:
        await tell(services, body, Line(NO_REFERENCES))
        return
    names = await services.library.names(team)
    others = {each: name for each, name in names.items() if each != mascot_id}
    await open_form(services, body, lambda pictures: forms.pick(place, references, others, pictures=pictures))


async def _open_replace(services: Services, body: Body) -> None:
    post_id, team = int(_about(body)), body["team"]["id"]
    mascot_id, left_out = await services.references.left_out(post_id, team)
    references = await services.references.of(mascot_id, team) if mascot_id else []
    if mascot_id is None or not left_out or not references:
        await tell(services, body, Line(NOTHING_LEFT))
        return
    place = _place(body, mascot_id)
    await open_form(
        services,
        body,
        lambda pictures: forms.replace(place, post_id, references, left_out, pictures=pictures),
    )


async def _open_describe(services: Services, body: Body) -> None:
    post_id, spot = int(_about(body)), _spot(body)
    images = [(each.id, each.name, each.alt) for each in await services.hints.images(post_id, spot.team)]
    if not images:
        await tell(services, body, Line(NOTHING_LEFT))
        return
    await open_form(services, body, lambda _pictures: forms.describe(post_id, images))


# -- reading -------------------------------------------------------------------------------------


def _images(services: Services, view: dict[str, Any]) -> tuple[list[PostImage], dict[str, str]]:
    """The pictures of the form, or what is wrong with it: field → words."""
    links, rest = read_links(forms.entered_links(view))
    if rest or services.requests.unfit(links):
        return [], {
            forms.LINKS: "Each must be the public address of a picture: https://… ending with .png, say."
        }
    found = [from_file_info(file) for file in forms.entered_files(view)]
    if any(image is None for image in found):
        return [], {forms.FILES: "One of these is no image that I can use."}
    images = [*(image for image in found if image is not None), *map(from_link, links)]
    return images, {} if images else {forms.LINKS: NO_PICTURE}


def _action(does: Does) -> str:
    return f"{lines.OFFER}.{does}"


def _about(body: Body) -> str:
    return str(body["actions"][0]["value"])


def _choice(body: Body) -> tuple[str, str]:
    what, _, about = body["actions"][0]["selected_option"]["value"].partition(" ")
    return what, about


def _spot(body: Body, *, in_place: bool = False) -> Spot:
    """Who pressed, and in which thread; `in_place` where the message that was pressed becomes the answer."""
    channel, thread_ts = spot_of(body)
    message_ts = body["container"]["message_ts"] if in_place else None
    return Spot(body["team"]["id"], channel, thread_ts, body["user"]["id"], message_ts)


def _place(body: Body, mascot_id: str) -> CardPlace:
    spot = _spot(body)
    return CardPlace(mascot_id, spot.channel, spot.thread_ts)


def _spot_of(body: Body, place: CardPlace) -> Spot:
    return Spot(body["team"]["id"], place.channel, place.thread_ts, body["user"]["id"])
