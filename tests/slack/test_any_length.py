"""Whatever is stored, however long, is shown: Slack refuses a message or a form for one text that is too
long."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from slack_sdk.models.views import View

from bot.cards import comparison, modals
from bot.channels import view as settings
from bot.channels.settings import ChannelSettings
from bot.commands.answers import unknown, which
from bot.commands.grammar import Help
from bot.db.tables import MascotRow
from bot.home import view as home
from bot.home.at_home import AtHome, Check, Failures, Looking, OwnChannel, Recent
from bot.mascots.library import Found
from bot.references import adding_view as adding
from bot.references import view as reference_forms
from bot.review import view as reviews
from bot.review.view import FormAbout
from bot.sandbox.slack.blockkit import Surroundings, check_blocks, check_view
from bot.slack.blocks import Link, Message, Offer, Person, Picture, Retry, When, offer_button
from bot.slack.messages import (
    Announcement,
    Awaited,
    Awaiting,
    Card,
    Choice,
    Failure,
    HowTo,
    Listed,
    Listing,
    Option,
    Question,
    Reviewed,
    Shown,
    Status,
    Waits,
    Working,
)
from bot.slack.place import CardPlace
from bot.slack.text import length, pieces, shorten_markup
from handlers.render import render

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
    review = Reviewed("e1", (text, Person("U1"), text), ((text, When(NOW), Link("https://a.org", text)),))
    pictures, said = (picture,) * 6, (text,) * 9
    return Card(
        "m1", text, text, True, True, False, pictures, 6, said, said, said, True, Retry(1), review=review
    )


def messages(text: str) -> list[Message]:
    picture = Picture(text, text, "F1")
    options = tuple(Option(text, f"m{n}") for n in range(30))
    awaiting = Awaiting((Awaited("m1", text, (text, Person("U1"))),), 1)
    found = Found((MascotRow(id="m1", name=text, reference_ids=[], read_at=None),) * 2)
    return [
        card(text),
        Shown(card(text), ((text,),)),
        Working((text,) * 9, text, text),
        Message.of(text, (text,) * 9, Retry(1), (offer_button(Offer.UNDO, "1"),), (picture,) * 9),
        Message.of((text, Person("U1"), text), ((text,),) * 9, (), (picture,)),
        Listing(text, tuple(Listed(f"m{n}", text, 1, picture, text) for n in range(6)), 6, 20, 6),
        Listing(text, (), 0, 0, 6),
        Choice(text, options, "show Felix"),
        which(found, text, f"show {text}"),
        which(Found(), text, f"show {text}"),
        unknown(Help(text)),
        HowTo(text, "show"),
        Status((text,) * 9, (Failure("C1", (text,) * 9, text, Retry(1)),)),
        Announcement("U1", (text,) * 9, text),
        Announcement("U1", (text,), None, text),
        Question(1, (text,) * 9, False, options[0], options, (text,) * 9, text),
        Waits(awaiting, awaiting, awaiting),
    ]


def forms(text: str) -> list[View]:
    place, picture = CardPlace("m1", "C1", "1.000001"), Picture(text, text, "F1")
    about, references = FormAbout(place, "e1"), [(f"a{n}", picture) for n in range(6)]
    looking = Looking(text[: home.MOST_WORDS])
    page = AtHome(
        looking,
        Listing(text, (Listed("m1", text, 1, picture, text),), 0, 1, 6),
        failures=Failures((Failure("C1", (text,), text, Retry(1)),), 0, 1),
        recent=(Recent("C1", (text,), text),),
        channels=(OwnChannel("C1", ChannelSettings(), text),),
        checks=(Check(True, text),),
        notice=text,
    )
    return [
        modals.rename(place, text),
        modals.edit_prompt(place, text),
        modals.full_prompt(text, text),
        reviews.request(about, text, references),
        reviews.comment(about, text, references),
        reviews.ask(about, text),
        adding.add(1, [text] * 30, Option(text, "m1")),
        reference_forms.add(place, text),
        reference_forms.describe(1, [(1, text, text)]),
        comparison.compare(text, text, [(picture, picture)], (text, text)),
        settings.settings("C1", ChannelSettings(), {"m1": text}, {"S1": text}, home=looking.as_metadata()),
        home.home(page),
        home.closeup(card(text)),
    ]


def wrong(problems: Any) -> list[str]:
    return [str(each) for each in problems]


@pytest.mark.parametrize("kind", LONG)
def test_a_message_fits(kind: str) -> None:
    for message in messages(LONG[kind]):
        rendered = render(message)
        assert wrong(check_blocks(rendered.blocks, Surroundings("message"))) == [], type(message)
        assert length(rendered.text) <= MOST_IN_UPDATE, type(message)


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
