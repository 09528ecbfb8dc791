"""Listeners for reviews: buttons of the card, forms, and emoji on the card."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.models.views import View

from bot.db.values import Did
from bot.review import view as views
from bot.review.requests import Invitation
from bot.review.view import FormAbout
from bot.review.votes import Act
from bot.slack.blocks import Offer
from bot.slack.events import event_time
from bot.slack.forms import digest, identifier, metadata, number, read
from bot.slack.request import CardPlace, Request
from handlers.payloads import (
    Body,
    actor_of,
    id_of,
    later,
    open_form,
    pair_of,
    placed,
    press_of,
    spot_of,
    value_of,
)
from handlers.services import Services

DRAW: dict[Did, Callable[..., View]] = {
    Did.REQUESTED: views.request,
    Did.COMMENTED: views.comment,
    Did.DISMISSED: views.dismiss,
    Did.ASKED: views.ask,
}
FORMS = {
    views.REQUEST_VIEW: Did.REQUESTED,
    views.COMMENT_VIEW: Did.COMMENTED,
    views.DISMISS_VIEW: Did.DISMISSED,
}
VOTES_BY_EMOJI = {"white_check_mark": Did.APPROVED, "x": Did.REQUESTED}
"""The emoji that count (docs.slack.dev: reaction_added gives their names)."""

NO_WORDS = "Say it in a few words."
PASSED = "That time has passed. Choose a later one, or leave it empty."


def register(app: AsyncApp, services: Services) -> None:
    """Register the listeners."""
    _listen_to_presses(app, services)
    _listen_to_forms(app, services)

    async def react(body: Body, context: AsyncBoltContext) -> None:
        event = body["event"]
        item, vote = event.get("item") or {}, VOTES_BY_EMOJI.get(event["reaction"])
        if vote is None or item.get("type") != "message" or event["user"] == context.bot_user_id:
            return
        did, undoes = (vote, None) if event["type"] == "reaction_added" else (Did.WITHDREW, vote)
        request = Request(context.team_id or "", item["channel"], event["user"])
        when = event.get("event_ts") or body["event_id"]
        key = ":".join(("emoji", item["channel"], item["ts"], event["user"], did, when))
        act = Act(did, key, _reacted_at(body), request, "", ts=item["ts"], undoes=undoes, quietly=True)
        await services.reviews.react(act)

    app.event("reaction_added")(react)
    app.event("reaction_removed")(react)


def _listen_to_presses(app: AsyncApp, services: Services) -> None:
    async def approved(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await approve(services, body, context, value_of(body))
        await ack()

    async def met(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        act = _pressed(body, context, Did.WITHDREW, id_of(body))
        await services.reviews.ask(replace(act, undoes=Did.REQUESTED))
        await ack()

    async def compare_with(body: Body, context: AsyncBoltContext) -> None:
        mascot_id, was = pair_of(body)
        actor = actor_of(body, context)
        name, changed = await services.reviews.comparison(mascot_id, actor, digest(was))
        await open_form(services, body, views.compare(name, changed))

    def opening(did: Did, *, answering: bool = False) -> dict[str, Any]:
        async def listener(body: Body, context: AsyncBoltContext) -> None:
            await open_form_about(services, body, context, value_of(body), did=did, answering=answering)

        return later(services, listener)

    app.action(views.APPROVE)(approved)
    app.action(Offer.REQUEST.action)(**opening(Did.REQUESTED))
    app.action(Offer.ANSWER.action)(**opening(Did.COMMENTED, answering=True))
    app.action(Offer.DISMISS.action)(**opening(Did.DISMISSED, answering=True))
    app.action(Offer.MET.action)(met)
    app.action(Offer.COMPARE.action)(**later(services, compare_with))


async def approve(services: Services, body: Body, context: AsyncBoltContext, value: str) -> None:
    """Store an approval of the mascot and the edition that a button names."""
    mascot_id, _, seen = value.partition(" ")
    act = _pressed(body, context, Did.APPROVED, identifier(mascot_id), digest(seen))
    await services.reviews.ask(act)


def _listen_to_forms(app: AsyncApp, services: Services) -> None:
    async def said(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        form, request = await _form_about(services, body, context)
        words, about = views.entered(body["view"], answer=form.answers is not None)
        if not words:
            await ack(response_action="errors", errors={views.WORDS: NO_WORDS})
            return
        did = FORMS[body["view"]["callback_id"]]
        act = act_by_form(body, did, request, form.place.mascot_id)
        act = replace(act, seen=form.seen, words=words, about=about, answers=form.answers)
        await services.reviews.ask(act)
        await ack()

    async def asked(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        form, request = await _form_about(services, body, context)
        reviewers, until, note = views.invited(body["view"])
        if until is not None and services.invitations.has_passed(until):
            await ack(response_action="errors", errors={views.UNTIL: PASSED})
        else:
            mascot_id = form.place.mascot_id
            wanted = Invitation(_key(body), request, mascot_id, reviewers, until=until, note=note)
            await services.invitations.ask(wanted)
            await ack()

    app.view(views.ASK_VIEW)(asked)
    for view in FORMS:
        app.view(view)(said)


async def open_form_about(
    services: Services,
    body: Body,
    context: AsyncBoltContext,
    value: str,
    *,
    did: Did,
    answering: bool = False,
) -> None:
    """Open the form of a button: its value is the mascot, and the edition seen or the request's id.

    Raises Denied, before anything is typed, where the person may not do it.
    """
    actor, (channel, thread_ts) = actor_of(body, context), spot_of(body)
    mascot_id, _, about = value.partition(" ")
    record = await services.reviews.record(identifier(mascot_id), actor, did)
    seen, _, asked_in = ("" if answering else about).partition(" ")
    place = CardPlace(mascot_id, channel, identifier(asked_in or thread_ts))
    answers = number(about) if answering else None
    form = FormAbout(place, digest(seen or record.edition.digest), answers)
    references = await services.removals.choices(mascot_id, actor.team)
    await open_form(services, body, DRAW[did](form, record.mascot.name, references))


def _reacted_at(body: Body) -> float:
    """Return seconds since 1970; without `event_ts`, the end of the second, after what was seen in it."""
    now = time.time()
    if when := body["event"].get("event_ts"):
        return event_time(when, now)
    return min(now, event_time(body.get("event_time"), now) + 1.0)


def _pressed(body: Body, context: AsyncBoltContext, did: Did, mascot_id: str, seen: str | None = None) -> Act:
    request, message_ts = press_of(body, context), body["container"]["message_ts"]
    pressed, trigger = body["actions"][0].get("action_ts", ""), body.get("trigger_id", "")
    key = ":".join(("press", request.channel, message_ts, request.user, did, pressed, trigger))
    return Act(did, key, event_time(pressed, time.time()), request, mascot_id, ts=message_ts, seen=seen)


def act_by_form(body: Body, did: Did, request: Request, mascot_id: str) -> Act:
    """Return what somebody did by a form, for which Slack gives no time."""
    return Act(did, _key(body), time.time(), request, mascot_id, ts=request.thread_ts or "")


def _key(body: Body) -> str:
    return f"form:{body['view']['id']}"


async def _form_about(services: Services, body: Body, context: AsyncBoltContext) -> tuple[FormAbout, Request]:
    form = read(FormAbout, metadata(body["view"]))
    request, _ = await placed(services, body, context, form.place)
    return form, request
