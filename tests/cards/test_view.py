from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cards.view import EDIT_PROMPT, MORE, RENAME, Card, card
from bot.mascots.outcomes import NOTHING
from bot.review.text import Reviewed
from bot.review.view import APPROVE, COMMENT, REQUEST
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
        headline=("In review · 1 of 2 · ", Person("UANA")),
        lines=((Person("UBEN"), " asks for changes of side.svg: thicker *tail* <!channel>"),),
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
    assert "● ● ○ ○ ○ ○  2 of 6 references" in said


def test_the_fallback_text_says_the_same_to_notifications_and_screen_readers() -> None:
    assert card(FELIX).text == ("Felix the Fox: 2 of 6 references. A friendly orange fox with a cream belly.")


def test_only_files_that_slack_can_show_are_pictures_and_each_has_alt_text() -> None:
    blocks = {block["block_id"]: block for block in card(FELIX).blocks}
    image = {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "A fox, from the front"}
    assert blocks["prompt"]["accessory"] == image
    assert [e for e in blocks["pictures"]["elements"] if e["type"] == "image"] == [image]


def test_without_pictures_only_the_pictures_go() -> None:
    blocks = card(FELIX).without_images().blocks
    assert "slack_file" not in str(blocks)
    assert plain_words(blocks) == words(FELIX)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"name": None, "prompt": None, "describing": True}, "Masko is still describing the picture."),
        ({"name": None, "prompt": None, "describing": True}, "New mascot"),
        ({"name": None, "prompt": None}, "Masko has not described the picture."),
        ({"tip": "Tip: reply with a side and a back view."}, "Tip: reply with a side and a back view."),
        ({"about_post": replace(NOTHING, problems=("b.png is damaged.",))}, "b.png is damaged."),
        ({"references_changed": True}, "the style card is re-extracted on the next generation"),
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
        "pictures",
        "actions",
    }


def test_buttons() -> None:
    assert actions(FELIX) == [RENAME, EDIT_PROMPT, MORE]
    assert actions(REVIEWED) == [APPROVE, REQUEST, COMMENT, RENAME, EDIT_PROMPT, MORE]


def test_a_long_prompt_is_cut_between_words_and_can_be_shown_in_full() -> None:
    long = replace(FELIX, prompt="A friendly orange fox. " * 40)
    assert "Show full prompt" in under_the_dots(long)
    shown = next(block for block in card(long).blocks if block["block_id"] == "prompt")["text"]["text"]
    assert len(shown) <= 240
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
        references_changed=True,
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


def test_what_is_needed_less_often_is_under_the_dots() -> None:
    references = ["Add a reference", "Remove or move a reference", "Edit alt texts"]
    rest = ["Not a mascot", "Why was this caught?", "Open Masko"]
    assert under_the_dots(FELIX) == [*references, *rest]
    undo = replace(FELIX, post_id=12, about_post=replace(NOTHING, added=("a.png",)))
    assert under_the_dots(undo) == [*references, "Remove this post's images", *rest]
    assert under_the_dots(replace(FELIX, count=0)) == ["Add a reference", *rest]
    review = ["Ask for a review", "Take my vote back"]
    assert under_the_dots(REVIEWED) == [*references, *review, *rest]


def test_at_most_five_buttons_are_in_sight_and_those_that_wait_for_somebody_go_first() -> None:
    outcome = replace(NOTHING, failed=True, left_out=("a.png",))
    busy = replace(FELIX, prompt="x" * 10_000, post_id=1, about_post=outcome)
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
    assert problems(card(busy).blocks) == []


def test_the_review_names_people_and_knows_no_other_markup() -> None:
    blocks = {block["block_id"]: block for block in card(REVIEWED).blocks}
    assert blocks["review"]["text"]["text"] == "In review · 1 of 2 · <@UANA>"
    (section,) = blocks["review_lines"]["elements"]
    assert section["elements"] == [
        {"type": "user", "user_id": "UBEN"},
        {"type": "text", "text": " asks for changes of side.svg: thicker *tail* <!channel>"},
    ]
    assert card(REVIEWED).text.endswith("In review · 1 of 2 · <@UANA>")


def test_what_is_approved_is_not_approved_again() -> None:
    assert REVIEWED.review is not None
    approved = replace(REVIEWED, review=replace(REVIEWED.review, approved=True))
    assert actions(approved) == [REQUEST, COMMENT, RENAME, EDIT_PROMPT, MORE]
