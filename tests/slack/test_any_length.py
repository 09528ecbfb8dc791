"""Whatever is stored, however long, is shown: Slack refuses a message or a form for one text that is too
long."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from slack_sdk.models.views import View

from bot.cards import view as modals
from bot.cards.view import Card
from bot.cards.view import card as card_message
from bot.channels import view as settings
from bot.channels.settings import ChannelSettings
from bot.commands.dispatch import at_once
from bot.commands.grammar import Help
from bot.commands.view import choice, how_to, listing, shown, which
from bot.db.posts import Failure
from bot.db.tables import MascotRow
from bot.db.values import State
from bot.home import view as home
from bot.home.status import status
from bot.home.view import AtHome, Looking
from bot.intake.view import announcement, question, working
from bot.mascots.outcomes import Report
from bot.mascots.search import Found, Listed, Listing, Option
from bot.references import view as adding
from bot.references import view as reference_forms
from bot.review import view as comparison
from bot.review import view as reviews
from bot.review.lists import Awaited, Awaiting, waits
from bot.review.model import Difference, Part
from bot.review.text import MOST_TOLD, Reviewed
from bot.review.view import FormAbout
from bot.sandbox.slack.blockkit import Surroundings, check_blocks, check_view
from bot.slack.blocks import Link, Message, Offer, Person, Picture, When, offer_button, retry_button
from bot.slack.request import CardPlace
from bot.slack.text import length, pieces, shorten_markup

MOST_IN_UPDATE = 4000  # docs.slack.dev: chat.update, msg_too_long
LONG = {
    "letters": "x" * 100_000,
    "words": "fox & <bear> " * 1_000,
    "emoji": "👩\u200d👩\u200d👧" * 2_000,
    "expanding": "\ufdfa" * 5_000,
    "nothing": "\u200b" * 10_000,
    "quotes": '"\\' * 5_000,
}
NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def card(text: str) -> Card:
    picture = Picture(text, text, "F1")
    lines = ((text, When(NOW), Link("https://a.org", text)),)
    review = Reviewed("e1", State.IN_REVIEW, (text, Person("U1"), text), lines)
    report = Report((text,), (text,) * 9, (text,) * 9, True, (), (text,))
    return Card("m1", text, text, False, (picture,) * 6, 6, 1, report, text, review)


def messages(text: str) -> list[Message]:
    picture = Picture(text, text, "F1")
    options = tuple(Option(text, f"m{n}") for n in range(30))
    awaiting = Awaiting((Awaited("m1", text, (text, Person("U1"))),), 1)
    found = Found((MascotRow(id="m1", name=text, reference_ids=[], read_at=None),) * 2)
    return [
        card_message(card(text)),
        shown(card(text), (text,)),
        working((text,) * 9, text, text),
        Message.of(
            text,
            (text,) * 9,
            buttons=(retry_button(1), offer_button(Offer.UNDO, "1")),
            pictures=(picture,) * 9,
        ),
        Message.of((text, Person("U1"), text), ((text,),) * 9, pictures=(picture,)),
        listing(Listing(text, tuple(Listed(f"m{n}", text, 1, picture, text) for n in range(6)), 6, 20, 6)),
        listing(Listing(text, (), 0, 0, 6)),
        choice(text, [Listed(f"m{n}", text, 1, picture, text, "C1") for n in range(30)], "show Felix"),
        which(found, [Listed("m1", text, None)] * 2, text, f"show {text}"),
        which(Found(), (), text, f"show {text}"),
        at_once(Help(text)) or how_to(),
        how_to(text, "show"),
        status((text,) * 9, (Failure("C1", (text,) * 9, text, 1),)),
        announcement("U1", (text,) * 9, text),
        announcement("U1", (text,), None, text),
        question(1, (text,) * 9, options[0], options, hints=(text,) * 9, remark=text),
        waits(awaiting, awaiting),
    ]


def forms(text: str) -> list[View]:
    place, picture = CardPlace("m1", "C1", "1.000001"), Picture(text, text, "F1")
    part = Part("key", "a1", text, text, "F1")
    about, references = FormAbout(place, "e1", None), [(f"a{n}", picture) for n in range(6)]
    changed = Difference(((part, part),), (text, text))
    looking = Looking(text[: home.MOST_WORDS])
    page = AtHome(
        Listing(looking.words, (Listed("m1", text, 1, picture, text),), 0, 1, 6),
        health=text,
        channels={"C1": ChannelSettings(mascot_id="m1")},
        names={"m1": text},
        failures=[Failure("C1", (text,), text, 1)],
        notice=text,
    )
    return [
        modals.edit(place, text, text, [(1, text, text)]),
        modals.details(place, card(text), (text,), changed, [(text,)] * MOST_TOLD, voted=True),
        modals.unlink(place, card(text)),
        reviews.request(about, text, references),
        reviews.comment(about, text, references),
        reviews.ask(about, text),
        adding.add_message(1, [text] * 10, Option(text, "m1")),
        reference_forms.change(place, text, references, {"m1": text}),
        reference_forms.remove("m1", text, {1: picture}),
        comparison.compare(text, changed),
        settings.settings("C1", ChannelSettings(), {"m1": text}, {"S1": text}, home=looking.as_metadata()),
        home.home(page),
        home.mascot_modal(card(text)),
    ]


def wrong(problems: Any) -> list[str]:
    return [str(each) for each in problems]


@pytest.mark.parametrize("kind", LONG)
def test_a_message_fits(kind: str) -> None:
    for message in messages(LONG[kind]):
        assert wrong(check_blocks(message.blocks, Surroundings("message"))) == [], message.blocks
        assert length(message.text) <= MOST_IN_UPDATE, message.text


@pytest.mark.parametrize("kind", LONG)
def test_a_form_fits(kind: str) -> None:
    for form in forms(LONG[kind]):
        sent = json.loads(json.dumps(form.to_dict()))
        assert wrong(check_view(sent, Surroundings("home" if form.type == "home" else "modal"))) == []


@pytest.mark.parametrize(
    ("markup", "cut"),
    [
        ("Felix", "Felix"),
        ("Felix &amp; Co", "Felix…"),
        ("Felix <@U1> is", "Felix…"),
        ("<@U1> Felix is in review", "<@U1> Feli…"),
    ],
)
def test_markup_is_not_cut_in_two(markup: str, cut: str) -> None:
    assert shorten_markup(markup, 11) == cut


@pytest.mark.parametrize("kind", LONG)
def test_pieces_are_the_whole(kind: str) -> None:
    parts = pieces(LONG[kind], 2900)
    assert "".join(parts) == LONG[kind]
    assert max(map(length, parts)) <= 2900
