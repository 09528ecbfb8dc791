"""Somebody reviewed a mascot: pressed a button of its card, sent a form, or put an emoji on the card."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext
from slack_sdk.models.views import View

from bot.cards.comparison import compare
from bot.channels.permission_rules import NOT_KNOWN
from bot.db.values import Did
from bot.review import view as views
from bot.review.act import Act
from bot.review.invitation import Invitation
from bot.review.service import Comparison
from bot.review.view import FormAbout
from bot.slack.blocks import OFFER, Message, Offer, Picture
from bot.slack.events import event_time
from bot.slack.form_state import identifier
from bot.slack.place import CardPlace
from handlers.opening import open_form, require_place, spot_of, tell, telling
from handlers.reading import Body, actor_of, digest, number, pair_of, reading
from handlers.services import Services

References = list[tuple[str, Picture]]

APPROVES, ASKS_FOR_CHANGES = "white_check_mark", "x"
"""The emoji that count (docs.slack.dev: reaction_added tells their names)."""

NO_CHANGE = "There is nothing to compare: these are the references and the prompt that were voted on."
MOST_AHEAD = 3600.0  # seconds between two clocks that people set a form by
NO_WORDS = "Say it in a few words."
PASSED = "That time has passed. Choose a later one, or leave it empty."


def register(app: AsyncApp, services: Services) -> None:
    """Listen to the votes on cards, to the forms of reviews, and to emoji."""
    _listen_to_votes(app, services)
    _listen_to_forms(app, services)
    _listen_to_emoji(app, services)


def _listen_to_votes(app: AsyncApp, services: Services) -> None:
    async def approve(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        mascot_id, seen = pair_of(body)
        with reading():
            identifier(mascot_id)
        await services.reviews.ask(_pressed(body, context, Did.APPROVED, mascot_id, seen=digest(seen)))
        await ack()

    async def chosen(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """What is done without a form is written down; the forms open by themselves."""
        what, mascot_id = pair_of(body)
        with reading():
            identifier(mascot_id)
            if what not in (views.ASK, views.COMPARE, views.TAKE_BACK):
                raise ValueError("no such choice")
        if what == views.TAKE_BACK:
            await services.reviews.ask(_pressed(body, context, Did.WITHDREW, mascot_id))
        await ack()

    async def open_chosen(body: Body, context: AsyncBoltContext) -> None:
        what, mascot_id = pair_of(body)
        if what == views.COMPARE:
            await _open_comparison(services, body, context, mascot_id)
        elif what == views.ASK:
            await _open_form(services, body, context, _asking, mascot_id, "")

    async def noticed(ack: AsyncAck) -> None:
        await ack()

    async def open_request(body: Body, context: AsyncBoltContext) -> None:
        await _open_form(services, body, context, views.request, *pair_of(body))

    async def commenting(body: Body, context: AsyncBoltContext) -> None:
        await _open_form(services, body, context, views.comment, *pair_of(body))

    async def open_answer(body: Body, context: AsyncBoltContext) -> None:
        await _open_form(services, body, context, views.comment, *pair_of(body), answering=True)

    async def compare_with(body: Body, context: AsyncBoltContext) -> None:
        mascot_id, was = pair_of(body)
        await _open_comparison(services, body, context, mascot_id, digest(was))

    requesting = telling(services, open_request)
    app.action(views.APPROVE)(approve)
    app.action(views.REQUEST)(ack=noticed, lazy=[requesting])
    app.action(views.COMMENT)(ack=noticed, lazy=[telling(services, commenting)])
    app.action(views.MORE)(ack=chosen, lazy=[telling(services, open_chosen)])
    app.action(f"{OFFER}.{Offer.REQUEST}")(ack=noticed, lazy=[requesting])
    app.action(f"{OFFER}.{Offer.ANSWER}")(ack=noticed, lazy=[telling(services, open_answer)])
    app.action(f"{OFFER}.{Offer.COMPARE}")(ack=noticed, lazy=[telling(services, compare_with)])


def _listen_to_forms(app: AsyncApp, services: Services) -> None:
    async def requested(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await _take(ack, body, context, Did.REQUESTED)

    async def commented(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        await _take(ack, body, context, Did.COMMENTED)

    async def _take(ack: AsyncAck, body: Body, context: AsyncBoltContext, did: Did) -> None:
        form = await _form_about(services, body, context)
        with reading():
            said, about = views.entered(body["view"], answer=form.answers is not None)
        if wrong := views.wrong_with_words(said) if said else NO_WORDS:
            await ack(response_action="errors", errors={views.WORDS: wrong})
            return
        await services.reviews.ask(_sent(body, context, form, did, said, about))
        await ack()

    async def asked(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        form = await _form_about(services, body, context)
        invitation = _invitation(body, context, form.place)
        if wrong := views.wrong_with_words(invitation.note or ""):
            await ack(response_action="errors", errors={views.WORDS: wrong})
            return
        if invitation.until is not None and services.invitations.has_passed(invitation.until):
            await ack(response_action="errors", errors={views.UNTIL: PASSED})
            return
        if wrong := views.wrong_with_words(invitation.note or ""):
            await ack(response_action="errors", errors={views.WORDS: wrong})
            return
        await services.invitations.ask(invitation)
        await ack()

    app.view(views.ASK_VIEW)(asked)
    app.view(views.REQUEST_VIEW)(requested)
    app.view(views.COMMENT_VIEW)(commented)


def _listen_to_emoji(app: AsyncApp, services: Services) -> None:
    async def put(body: Body, context: AsyncBoltContext) -> None:
        did = {APPROVES: Did.APPROVED, ASKS_FOR_CHANGES: Did.REQUESTED}.get(body["event"]["reaction"])
        await _react(body, context, did)

    async def taken_away(body: Body, context: AsyncBoltContext) -> None:
        undoes = {APPROVES: Did.APPROVED, ASKS_FOR_CHANGES: Did.REQUESTED}.get(body["event"]["reaction"])
        await _react(body, context, Did.WITHDREW if undoes else None, undoes)

    async def _react(
        body: Body, context: AsyncBoltContext, did: Did | None, undoes: Did | None = None
    ) -> None:
        event = body["event"]
        item, when = event.get("item") or {}, event.get("event_ts")
        if did is None or item.get("type") != "message" or event["user"] == context.bot_user_id:
            return
        act = Act(
            did=did,
            key=":".join(
                ("emoji", item["channel"], item["ts"], event["user"], did, when or body["event_id"])
            ),
            at=_reacted_at(body),
            team=context.team_id or "",
            channel=item["channel"],
            thread_ts="",
            user=event["user"],
            mascot_id="",
            ts=item["ts"],
            undoes=undoes,
            quietly=True,
        )
        await services.reviews.react(act, item["ts"])

    app.event("reaction_added")(put)
    app.event("reaction_removed")(taken_away)


# -- opening forms, from what is known here: a trigger_id lasts three seconds --------------------


async def open_comment(services: Services, body: Body, context: AsyncBoltContext, mascot_id: str) -> None:
    """Ask somebody for their comment on a mascot."""
    await _open_form(services, body, context, views.comment, mascot_id, "")


async def _open_form(
    services: Services,
    body: Body,
    context: AsyncBoltContext,
    draw: Callable[..., View],
    mascot_id: str,
    about: str,
    *,
    answering: bool = False,
) -> None:
    """Open the form of a request, a comment or an answer; `about` is what the mascot was, or the request."""
    actor, (channel, thread_ts) = actor_of(body, context), spot_of(body)
    with reading():
        identifier(mascot_id)
    record = await services.reviews.record(mascot_id, actor)
    if record is None:
        await tell(services, body, Message.of(NOT_KNOWN))
        return
    references = await services.removals.choices(mascot_id, actor.team)
    now = time.time()
    ahead = now - event_time(body["actions"][0].get("action_ts"), now)
    if answering:
        place = CardPlace(mascot_id, channel, thread_ts)
        form = FormAbout(place, record.edition.digest, number(about), ahead)
    else:
        seen, _, asked_in = about.partition(" ")
        with reading():
            place = CardPlace(mascot_id, channel, identifier(asked_in or thread_ts))
        form = FormAbout(place, digest(seen or record.edition.digest), ahead=ahead)
    name = record.mascot.name
    await open_form(services, body, draw(form, name, references))


async def _open_comparison(
    services: Services, body: Body, context: AsyncBoltContext, mascot_id: str, was: str | None = None
) -> None:
    found = await services.reviews.comparison(mascot_id, actor_of(body, context), was)
    if not isinstance(found, Comparison):
        await tell(services, body, Message.of(found or NO_CHANGE))
        return
    await open_form(
        services,
        body,
        compare(found.name, found.changed, found.pairs, found.prompts),
    )


# -- reading -------------------------------------------------------------------------------------


def _reacted_at(body: Body) -> float:
    """Seconds since 1970: to the end of the second that the event's envelope tells, where the event itself
    tells no time; what was seen in that second was seen before it."""
    now = time.time()
    if when := body["event"].get("event_ts"):
        return event_time(when, now)
    return min(now, event_time(body.get("event_time"), now) + 1.0)


def _pressed(
    body: Body, context: AsyncBoltContext, did: Did, mascot_id: str, *, seen: str | None = None
) -> Act:
    actor, (channel, thread_ts) = actor_of(body, context), spot_of(body)
    pressed, message_ts = body["actions"][0].get("action_ts", ""), body["container"]["message_ts"]
    return Act(
        did=did,
        key=":".join(("press", channel, message_ts, actor.user, did, pressed, body.get("trigger_id", ""))),
        at=event_time(pressed, time.time()),
        team=actor.team,
        channel=channel,
        thread_ts=thread_ts,
        user=actor.user,
        mascot_id=mascot_id,
        ts=message_ts,
        seen=seen,
    )


def _sent(
    body: Body, context: AsyncBoltContext, form: FormAbout, did: Did, said: str, about: str | None
) -> Act:
    actor = actor_of(body, context)
    return Act(
        did=did,
        key=f"form:{body['view']['id']}",
        at=time.time() - form.ahead,
        team=actor.team,
        channel=form.place.channel,
        thread_ts=form.place.thread_ts,
        user=actor.user,
        mascot_id=form.place.mascot_id,
        ts=form.place.thread_ts,
        seen=form.seen,
        words=said,
        about=about,
        answers=form.answers,
    )


async def _form_about(services: Services, body: Body, context: AsyncBoltContext) -> FormAbout:
    with reading():
        form = FormAbout.of(body["view"])
        if not abs(form.ahead) <= MOST_AHEAD:  # nor is anything that is no number
            raise ValueError("no clock is ahead like that")
        answers = None if form.answers is None else number(form.answers)
        form = replace(form, seen=digest(form.seen), answers=answers)
    await require_place(services, actor_of(body, context), form.place)
    return form


def _invitation(body: Body, context: AsyncBoltContext, place: CardPlace) -> Invitation:
    actor = actor_of(body, context)
    with reading():
        reviewers, until, note = views.invited(body["view"])
    return Invitation(
        key=f"form:{body['view']['id']}",
        team=actor.team,
        channel=place.channel,
        user=actor.user,
        mascot_id=place.mascot_id,
        reviewers=reviewers,
        until=until,
        note=note,
        thread_ts=place.thread_ts,
    )


def _asking(about: FormAbout, name: str | None, _references: References) -> View:
    """The form that asks for a review; it shows no pictures."""
    return views.ask(about, name)
