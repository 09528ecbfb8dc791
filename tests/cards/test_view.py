from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards.view import EDIT_PROMPT, MORE, RENAME
from bot.review.view import APPROVE, COMMENT, REQUEST
from bot.slack.blocks import RETRY, Offer, Person, Picture, Retry, offer_button
from bot.slack.messages import Card, Reviewed
from handlers.render import render
from tests.slack.limits import plain_words, problems, text_objects

FELIX = Card(
    mascot_id="col_1",
    name="Felix the Fox",
    prompt="A friendly orange fox with a cream belly.",
    name_detected=True,
    prompt_detected=True,
    describing=False,
    pictures=(
        Picture("felix.png", "A fox, from the front", "F1"),
        Picture("side.svg", "From the side", None),
    ),
    count=2,
)


REVIEWED = replace(
    FELIX,
    review=Reviewed(
        edition="e" * 64,
        headline=("In review · 1 of 2 · ", Person("UANA")),
        lines=((Person("UBEN"), " asks for changes of side.svg: thicker *tail* <!channel>"),),
    ),
)


def words(card: Card) -> str:
    return plain_words(render(card).blocks)


def actions(card: Card) -> list[str]:
    return [
        element["action_id"]
        for block in render(card).blocks
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def test_it_shows_name_prompt_and_count() -> None:
    said = words(FELIX)
    assert "Felix the Fox" in said
    assert "A friendly orange fox with a cream belly." in said
    assert "● ● ○ ○ ○ ○  2 of 6 references" in said
    assert "Name and prompt detected from the image" in said


def test_the_fallback_text_says_the_same_to_notifications_and_screen_readers() -> None:
    assert render(FELIX).text == (
        "Felix the Fox: 2 of 6 references. A friendly orange fox with a cream belly."
    )


def test_only_files_that_slack_can_show_are_pictures_and_each_has_alt_text() -> None:
    blocks = {block["block_id"]: block for block in render(FELIX).blocks}
    image = {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "A fox, from the front"}
    assert blocks["prompt"]["accessory"] == image
    assert [e for e in blocks["pictures"]["elements"] if e["type"] == "image"] == [image]


def test_without_pictures_only_the_pictures_go() -> None:
    blocks = render(FELIX, pictures=False).blocks
    assert "slack_file" not in str(blocks)
    assert plain_words(blocks) == words(FELIX)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": None, "prompt": None, "describing": True}, "Masko is still describing the picture."),
        ({"name": None, "prompt": None, "describing": True}, "New mascot"),
        ({"name": None, "prompt": None}, "Masko has not described the picture."),
        ({"name_detected": False}, "Prompt detected from the image"),
        ({"prompt_detected": False}, "Name detected from the image"),
        ({"name_detected": False, "prompt_detected": False}, "Name and prompt written by your team"),
        ({"references_changed": True}, "the style card is re-extracted on the next generation"),
        ({"advice": ("More angles help.", "a.png is small.")}, "More angles help. a.png is small."),
        ({"problems": ("b.png is damaged.",)}, "b.png is damaged."),
        ({"notes": ("c.svg was converted from SVG to PNG.",)}, "c.svg was converted from SVG to PNG."),
    ],
)
def test_it_says_what_is_true_of_the_mascot(change: dict[str, object], says: str) -> None:
    changed = replace(FELIX, **change)  # type: ignore[arg-type]
    assert says in words(changed)


def test_what_is_not_true_is_not_said() -> None:
    assert {block["block_id"] for block in render(FELIX).blocks} == {
        "name",
        "prompt",
        "origin",
        "references",
        "pictures",
        "actions",
    }


def test_buttons() -> None:
    assert actions(FELIX) == [RENAME, EDIT_PROMPT, MORE]
    assert actions(REVIEWED) == [APPROVE, REQUEST, COMMENT, RENAME, EDIT_PROMPT, MORE]


def test_a_long_prompt_is_cut_between_words_and_can_be_shown_in_full() -> None:
    long = replace(FELIX, prompt="A friendly orange fox. " * 40)
    assert "Show full prompt" in under_the_dots(long)
    shown = next(block for block in render(long).blocks if block["block_id"] == "prompt")["text"]["text"]
    assert len(shown) <= 240
    assert shown.endswith("…")
    assert shown.removesuffix("…").split()[-1] in {"A", "friendly", "orange", "fox"}


def test_failed_images_can_be_retried_from_the_card() -> None:
    assert actions(replace(FELIX, retry=Retry(7)))[0] == RETRY


HOSTILE = "<!channel> <@U1> *bold* http://evil.example &amp; :tada: \u202egnp.xof\u0000"


def test_words_from_outside_are_plain_text_and_never_markup() -> None:
    hostile = replace(
        FELIX,
        name=HOSTILE,
        prompt=HOSTILE,
        problems=(HOSTILE,),
        pictures=(Picture(HOSTILE, HOSTILE, "F1"),),
    )
    rendered = render(hostile)
    assert {text["type"] for text in text_objects(rendered.blocks)} == {"plain_text"}
    assert all(text["emoji"] is False for text in text_objects(rendered.blocks))
    assert "<" not in rendered.text
    assert "&lt;!channel&gt;" in rendered.text
    assert "\u202e" not in str(rendered)
    assert "\x00" not in str(rendered)


anything = st.text(max_size=400) | st.text(alphabet="<>&*_~`:@!#|\u202e\u200d🦊é ", max_size=4000)


@settings(max_examples=100, deadline=None, database=None)
@given(
    name=st.none() | anything,
    prompt=st.none() | anything,
    sentences=st.lists(anything, max_size=8),
    count=st.integers(0, 9),
)
def test_whatever_is_known_slack_takes_it(
    name: str | None, prompt: str | None, sentences: list[str], count: int
) -> None:
    pictures = tuple(Picture(text, text, f"F{n}") for n, text in enumerate(sentences[:6]))
    said = tuple(sentences)
    card = replace(
        FELIX,
        name=name,
        prompt=prompt,
        count=count,
        pictures=pictures,
        problems=said,
        notes=said,
        advice=said,
        references_changed=True,
        retry=Retry(1),
    )
    rendered = render(card)
    assert problems(rendered.blocks) == []
    assert len(actions(card)) <= 6
    assert rendered.text.strip()


def under_the_dots(card: Card) -> list[str]:
    """What is under each `···`, one after the other."""
    return [
        option["text"]["text"]
        for block in render(card).blocks
        for element in (block.get("accessory", {}), *block.get("elements", ()))
        if element.get("type") == "overflow"
        for option in element["options"]
    ]


def test_what_is_needed_less_often_is_under_the_dots() -> None:
    references = ["Add a reference", "Remove or move a reference"]
    rest = ["Not a mascot", "Why was this caught?", "Open Masko"]
    assert under_the_dots(FELIX) == [*references, *rest]
    undo = replace(FELIX, undo=offer_button(Offer.UNDO, "12"))
    assert under_the_dots(undo) == [*references, "Undo what this post added", *rest]
    assert under_the_dots(replace(FELIX, count=0)) == ["Add a reference", *rest]
    review = ["Ask for a review", "Take my vote back"]
    assert under_the_dots(REVIEWED) == [*references, *review, *rest]


def test_at_most_five_buttons_are_in_sight_and_those_that_wait_for_somebody_go_first() -> None:
    left_out = (offer_button(Offer.REPLACE, "1"), offer_button(Offer.ANOTHER, "1"))
    busy = replace(FELIX, prompt="x" * 10_000, retry=Retry(1), left_out=left_out)
    assert actions(busy) == [RETRY, "offer.replace", "offer.another", RENAME, EDIT_PROMPT, MORE]
    busy = replace(busy, review=REVIEWED.review)
    assert actions(busy) == [RETRY, "offer.replace", "offer.another", APPROVE, REQUEST, MORE]
    assert under_the_dots(busy)[-5:] == [
        "Comment",
        "Rename",
        "Edit prompt",
        "Show full prompt",
        "Not a mascot",
    ]
    assert problems(render(busy).blocks) == []


def test_the_review_names_people_and_knows_no_other_markup() -> None:
    blocks = {block["block_id"]: block for block in render(REVIEWED).blocks}
    assert blocks["review"]["text"]["text"] == "In review · 1 of 2 · <@UANA>"
    (section,) = blocks["review_lines"]["elements"]
    assert section["elements"] == [
        {"type": "user", "user_id": "UBEN"},
        {"type": "text", "text": " asks for changes of side.svg: thicker *tail* <!channel>"},
    ]
    assert render(REVIEWED).text.endswith("In review · 1 of 2 · <@UANA>")
    assert "✅ counts as Approve" in words(REVIEWED)


def test_what_is_approved_is_not_approved_again() -> None:
    assert REVIEWED.review is not None
    approved = replace(REVIEWED, review=replace(REVIEWED.review, approved=True))
    assert actions(approved) == [REQUEST, COMMENT, RENAME, EDIT_PROMPT, MORE]
