"""The card: the one message that shows the mascot of a thread; and its modals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    InputBlock,
    Option,
    OverflowMenuElement,
)
from slack_sdk.models.views import View

from bot.mascots.outcomes import NOTHING, Report
from bot.masko import MAX_REFERENCES
from bot.review.text import Reviewed
from bot.review.view import COMMENT, review_lines, votes
from bot.slack.blocks import (
    Message,
    Offer,
    Picture,
    actions,
    button,
    context,
    header,
    image,
    marked_up,
    message,
    offer_button,
    references,
    retry_button,
    section,
)
from bot.slack.forms import field, modal, text_input
from bot.slack.request import CardPlace
from bot.slack.text import clean, escape, length, one_line, pieces, plain, shorten
from bot.text import MOST_NAME

RENAME, EDIT_PROMPT, SHOW_PROMPT = "mascot.rename", "mascot.edit_prompt", "mascot.show_prompt"
OPEN_MASKO, MORE = "mascot.open", "mascot.more"
ADD, TAKE_AWAY, DESCRIBE, UNDO, NO_MASCOT = "add", "take_away", "describe", "undo", "no_mascot"
WHY = "why"
"""Choices under `···`.  The value of a choice is one of these, or the action of a hidden button, then a space
and the id that it is about."""
RENAME_VIEW, PROMPT_VIEW, FIELD = "mascot.rename", "mascot.edit_prompt", "value"

MASKO_COLLECTIONS = "https://masko.ai/collections"  # no public link to one collection is documented
IN_SIGHT = 5  # buttons of a card, beside `···`
MOST_CHOICES = 5  # Block Kit: options of an overflow menu
PROMPT_ON_CARD = 240  # characters: about three lines beside the picture
MOST_PROMPT = 3000  # characters (Block Kit: plain-text input)
_PROMPT_SECTIONS = 90  # of the 100 blocks that a modal may have
_NAME = 150  # characters (Block Kit: header text)
_LABELS = {COMMENT: "Comment", RENAME: "Rename", EDIT_PROMPT: "Edit prompt"}

Choice = tuple[str, str]  # label, value


@dataclass(frozen=True)
class Card:
    """What the card of a thread shows of its mascot.

    Attributes:
        name, prompt: None until Masko has detected them.
        describing: Masko's description is still awaited.
        pictures: the references that the bot has added, oldest first.
        count: references in Masko.
        references_changed: since creation, so Masko extracts the style card again.
        about_post: outcome of the images of the post that the card answers, `post_id`.
        review: None where nobody can vote.
    """

    mascot_id: str
    name: str | None
    prompt: str | None
    describing: bool
    pictures: tuple[Picture, ...]
    count: int
    post_id: int | None = None
    about_post: Report = NOTHING
    tip: str | None = None
    references_changed: bool = False
    review: Reviewed | None = None


def card(card: Card, *, acting: bool = True) -> Message:
    """Return the card as a message; `acting`: with the buttons that belong to its thread."""
    shown = [picture for picture in card.pictures if picture.file_id]
    blocks: list[Block] = [
        header(name(card), "name"),
        section(_prompt(card), "prompt", image(shown[0]) if shown else None),
        *_references(card, shown, acting),
        *_remarks(card),
        *(review_lines(card.mascot_id, card.review, acting=acting) if card.review else ()),
        *([_actions(card)] if acting else []),
    ]
    return message(_fallback(card), blocks)


def name(card: Card) -> str:
    """Return the mascot's name, or a stand-in."""
    return shorten(one_line(card.name or ""), _NAME) or "New mascot"


def _prompt(card: Card) -> str:
    if card.prompt:
        return shorten(one_line(card.prompt), PROMPT_ON_CARD)
    if card.describing:
        return "Masko is still describing the picture. Its words appear here as soon as they are there."
    return "Masko has not described the picture. Edit prompt lets you describe it yourself."


def _references(card: Card, shown: Sequence[Picture], acting: bool) -> Iterator[Block]:
    filled = min(card.count, MAX_REFERENCES)
    dots = " ".join("●" * filled + "○" * (MAX_REFERENCES - filled))
    menu = _menu(_about_references(card)) if acting else None
    yield section(f"{dots}  {references(card.count)}", "references", menu)
    if shown:
        yield context(*map(image, shown), block_id="pictures")


def _remarks(card: Card) -> Iterator[ContextBlock]:
    changed = ("References changed: the style card is re-extracted on the next generation.",)
    groups = {
        "problems": card.about_post.problems,
        "notes": card.about_post.notes,
        "tip": (card.tip,) if card.tip else (),
        "style": changed if card.references_changed else (),
    }
    for block_id, sentences in groups.items():
        if sentences:
            yield context("\n".join(sentences), block_id=block_id)


def _actions(card: Card) -> ActionsBlock:
    """Return five buttons, the urgent ones first; the rest is under `···`."""
    buttons = [*_urgent(card), *_usual(card)]
    hidden = [
        (_LABELS[action], f"{action} {card.mascot_id}")
        for action in (each.action_id for each in buttons[IN_SIGHT:])
        if action in _LABELS
    ]
    more = _menu([*hidden, *_about_all(card)][:MOST_CHOICES])
    return actions([*buttons[:IN_SIGHT], *([more] if more else [])], "actions")


def _urgent(card: Card) -> Iterator[ButtonElement]:
    if card.post_id is not None and card.about_post.failed:
        yield retry_button(card.post_id)
    if card.post_id is not None and card.about_post.left_out:
        yield offer_button(Offer.REPLACE, str(card.post_id))
        yield offer_button(Offer.ANOTHER, str(card.post_id))


def _usual(card: Card) -> Iterator[ButtonElement]:
    if card.review:
        yield from votes(card.mascot_id, card.review)
    yield button(_LABELS[RENAME], RENAME, card.mascot_id)
    yield button(_LABELS[EDIT_PROMPT], EDIT_PROMPT, card.mascot_id)


def _about_references(card: Card) -> Iterator[Choice]:
    yield "Add a reference", f"{ADD} {card.mascot_id}"
    if card.count:
        yield "Remove or move a reference", f"{TAKE_AWAY} {card.mascot_id}"
        yield "Edit alt texts", f"{DESCRIBE} {card.mascot_id}"
    if card.post_id is not None and card.about_post.added:
        yield "Remove this post's images", f"{UNDO} {card.post_id}"


def _about_all(card: Card) -> Iterator[Choice]:
    if card.prompt and len(one_line(card.prompt)) > PROMPT_ON_CARD:
        yield "Show full prompt", f"{SHOW_PROMPT} {card.mascot_id}"
    yield "Not a mascot", f"{NO_MASCOT} {card.mascot_id}"
    yield "Why was this caught?", f"{WHY} {card.mascot_id}"
    yield "Open Masko", f"{OPEN_MASKO} {card.mascot_id}"


def _menu(choices: Iterable[Choice]) -> OverflowMenuElement | None:
    options = [
        Option(
            value=value, text=plain(label), url=MASKO_COLLECTIONS if value.startswith(OPEN_MASKO) else None
        )
        for label, value in choices
    ]
    return OverflowMenuElement(action_id=MORE, options=options) if options else None


def _fallback(card: Card) -> str:
    """Return what notifications and screen readers say."""
    count = f"{name(card)}: {references(card.count)}."
    said = escape(" ".join([count, _prompt(card), *card.about_post.problems]))
    return f"{said} {marked_up(card.review.headline)}" if card.review else said


def notice(words: str, title: str = "Masko") -> View:
    """Return a modal without fields."""
    return modal(title, [section(words)])


def rename(place: CardPlace, name: str | None) -> View:
    """Return the form for the mascot's name."""
    so_far = shorten(one_line(name or ""), MOST_NAME)
    return _form(
        RENAME_VIEW, "Rename mascot", place, field("Name", text_input(FIELD, so_far, least=1, most=MOST_NAME))
    )


def edit_prompt(place: CardPlace, prompt: str) -> View:
    """Return the form for the mascot's prompt; one that is too long for a form has to be changed in Masko."""
    if length(clean(prompt)) > MOST_PROMPT:
        return notice(
            f"This prompt is longer than the {MOST_PROMPT:,} characters that a form in Slack takes. "
            "Open Masko to change it; nothing was cut."
        )
    typed = text_input(FIELD, clean(prompt), least=1, most=MOST_PROMPT, multiline=True)
    hint = "What should stay the same in every pose: shape, colours, outfit, style."
    return _form(PROMPT_VIEW, "Edit prompt", place, field("Prompt", typed, hint=hint))


def wrong_with_prompt(prompt: str) -> str | None:
    """Return why a prompt is refused; None where it is taken."""
    if not prompt:
        return "A mascot needs a prompt."
    if length(prompt) > MOST_PROMPT:
        return f"A prompt has at most {MOST_PROMPT:,} characters, and this one has {length(prompt):,}."
    return None


def full_prompt(name: str | None, prompt: str) -> View:
    """Return a modal with the whole prompt, in as many sections as it takes."""
    text = clean(prompt) or "Masko has not described the picture yet."
    parts = pieces(text, 2900)[:_PROMPT_SECTIONS]
    return modal(name or "Prompt", [section(piece) for piece in parts if piece.strip()])


def _form(callback_id: str, title: str, place: CardPlace, block: InputBlock) -> View:
    return modal(title, [block], submit="Save", callback_id=callback_id, metadata=place.as_metadata())
