from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards.view import EDIT, MORE, OPEN_MASKO, Card, card
from bot.db.values import State
from bot.mascots.outcomes import NOTHING
from bot.review.text import Reviewed
from bot.review.view import APPROVE, ASK, COMMENT, REQUEST
from bot.slack.blocks import RETRY, Person, Picture
from tests.slack.limits import plain_words, problems, text_objects

FELIX = Card(
    mascot_id="col_1",
    name="Felix the Fox",
    prompt="A friendly orange fox with a cream belly.",
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
        state=State.IN_REVIEW,
        headline=(" · 1 of 2 approvals · ", Person("UANA")),
        lines=((Person("UBEN"), " asks for changes on 2 (side.svg): thicker *tail* <!channel>"),),
    ),
)


def words(shown: Card) -> str:
    return plain_words(card(shown).blocks)


def actions(shown: Card) -> list[str]:
    return [
        element["action_id"]
        for block in card(shown).blocks
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def test_it_shows_name_prompt_and_count() -> None:
    said = words(FELIX)
    assert "Felix the Fox" in said
    assert "A friendly orange fox with a cream belly." in said
    assert "2 of 6 references" in said


def test_the_fallback_text_says_the_same_to_notifications_and_screen_readers() -> None:
    assert card(FELIX).text == ("Felix the Fox: 2 of 6 references. A friendly orange fox with a cream belly.")


def test_only_files_that_slack_can_show_are_pictures_and_each_has_alt_text() -> None:
    blocks = {block["block_id"]: block for block in card(FELIX).blocks}
    image = {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "A fox, from the front"}
    assert blocks["prompt"]["accessory"] == image
    assert "pictures" not in blocks
    blocks = {block["block_id"]: block for block in card(REVIEWED).blocks}
    assert "accessory" not in blocks["prompt"]
    assert blocks["pictures"]["elements"] == [image]


def test_without_pictures_only_the_pictures_go() -> None:
    blocks = card(FELIX).without_images().blocks
    assert "slack_file" not in str(blocks)
    assert plain_words(blocks) == words(FELIX)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": None, "prompt": None, "describing": True}, "Masko is still describing the image."),
        ({"name": None, "prompt": None, "describing": True}, "New mascot"),
        ({"name": None, "prompt": None}, "Masko hasn't described the image."),
        ({"tip": "Tip: reply with a side and a back view."}, "Tip: reply with a side and a back view."),
        ({"about_post": replace(NOTHING, problems=("b.png is damaged.",))}, "⚠️ b.png is damaged."),
        ({"about_post": replace(NOTHING, notes=("c.svg was converted.",))}, "c.svg was converted."),
    ],
)
def test_it_says_what_is_true_of_the_mascot(change: dict[str, object], says: str) -> None:
    changed = replace(FELIX, **change)  # type: ignore[arg-type]
    assert says in words(changed)


def test_what_is_not_true_is_not_said() -> None:
    assert {block["block_id"] for block in card(FELIX).blocks} == {
        "name",
        "prompt",
        "references",
        "actions",
    }


def in_state(state: State | None) -> Card:
    assert REVIEWED.review is not None
    return replace(REVIEWED, review=replace(REVIEWED.review, state=state, lines=()) if state else None)


@pytest.mark.parametrize(
    ("state", "buttons", "choices"),
    [
        (None, [EDIT], ["Details", "Unlink this thread"]),
        (State.DRAFT, [ASK, EDIT], ["Approve", "Request changes", "Details", "Unlink this thread"]),
        (
            State.IN_REVIEW,
            [APPROVE, REQUEST, COMMENT],
            ["Edit", "Ask for review", "Details", "Unlink this thread"],
        ),
        (
            State.CHANGES_REQUESTED,
            [APPROVE, REQUEST, COMMENT],
            ["Edit", "Ask for review", "Details", "Unlink this thread"],
        ),
        (State.APPROVED, [OPEN_MASKO], ["Edit", "Request changes", "Details", "Unlink this thread"]),
    ],
)
def test_at_most_three_buttons_and_one_menu_are_in_sight(
    state: State | None, buttons: list[str], choices: list[str]
) -> None:
    assert actions(in_state(state)) == [*buttons, MORE]
    assert under_the_dots(in_state(state)) == ["Add or remove references", *choices]
    assert str(card(in_state(state)).blocks).count("overflow") == 1


def test_a_long_prompt_is_cut_between_words() -> None:
    long = replace(FELIX, prompt="A friendly orange fox. " * 40)
    shown = next(block for block in card(long).blocks if block["block_id"] == "prompt")["text"]["text"]
    assert len(shown) <= 100
    assert shown.endswith("…")
    assert shown.removesuffix("…").split()[-1] in {"A", "friendly", "orange", "fox"}


def test_failed_images_can_be_retried_from_the_card() -> None:
    assert actions(replace(FELIX, post_id=7, about_post=replace(NOTHING, failed=True)))[0] == RETRY


HOSTILE = "<!channel> <@U1> *bold* http://evil.example &amp; :tada: \u202egnp.xof\u0000"


def test_words_from_outside_are_plain_text_and_never_markup() -> None:
    hostile = replace(
        FELIX,
        name=HOSTILE,
        prompt=HOSTILE,
        about_post=replace(NOTHING, problems=(HOSTILE,)),
        pictures=(Picture(HOSTILE, HOSTILE, "F1"),),
    )
    rendered = card(hostile)
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
    shown = replace(
        FELIX,
        name=name,
        prompt=prompt,
        count=count,
        pictures=pictures,
        tip=" ".join(said) or None,
        post_id=1,
        about_post=replace(NOTHING, problems=said, notes=said, failed=True),
    )
    rendered = card(shown)
    assert problems(rendered.blocks) == []
    assert len(actions(shown)) <= 6
    assert rendered.text.strip()


def under_the_dots(shown: Card) -> list[str]:
    """What is under each `···`, one after the other."""
    return [
        option["text"]["text"]
        for block in card(shown).blocks
        for element in (block.get("accessory", {}), *block.get("elements", ()))
        if element.get("type") == "overflow"
        for option in element["options"]
    ]


def test_what_waits_for_somebody_goes_first() -> None:
    outcome = replace(NOTHING, failed=True, left_out=("a.png",))
    busy = replace(FELIX, prompt="x" * 10_000, post_id=1, about_post=outcome)
    assert actions(busy) == [RETRY, "offer.replace", "offer.another", MORE]
    assert under_the_dots(busy)[0] == "Edit"
    busy = replace(busy, review=REVIEWED.review)
    assert actions(busy) == [RETRY, "offer.replace", "offer.another", MORE]
    assert under_the_dots(busy)[:3] == ["Approve", "Request changes", "Comment"]
    assert problems(card(busy).blocks) == []


def test_the_review_names_people_and_knows_no_other_markup() -> None:
    blocks = {block["block_id"]: block for block in card(REVIEWED).blocks}
    assert blocks["review"]["text"]["text"] == "*In review* · 1 of 2 approvals · <@UANA>"
    (section,) = blocks["review_lines"]["elements"]
    assert section["elements"] == [
        {"type": "user", "user_id": "UBEN"},
        {"type": "text", "text": " asks for changes on 2 (side.svg): thicker *tail* <!channel>"},
    ]
    assert card(REVIEWED).text.endswith("In review · 1 of 2 approvals · <@UANA>")
