"""The card: the one message that shows the mascot of a thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    HeaderBlock,
    Option,
    OverflowMenuElement,
    PlainTextObject,
    SectionBlock,
)

from bot.mascots.outcomes import NOTHING, Report
from bot.masko import MAX_REFERENCES
from bot.review.view import COMMENT, Reviewed, review_lines, votes
from bot.slack.blocks import (
    Message,
    Offer,
    Picture,
    image,
    marked_up,
    message,
    offer_button,
    references,
    retry_button,
)
from bot.slack.text import escape, one_line, plain, shorten


@dataclass(frozen=True)
class Card:
    """The mascot of a thread.

    Attributes:
        mascot_id: Masko's id of the collection.
        name: None while Masko has not detected one.
        prompt: None while Masko has not described the picture.
        name_detected: Masko read the name from the image; False when a person gave it.
        prompt_detected: the same for the prompt.
        describing: Masko's description is still being waited for.
        pictures: the references, oldest first.
        count: references in Masko; may be more than the bot has seen pictures of.
        post_id: the post that the card answers; None: none.
        about_post: what came of that post's images.
        advice: what would make the references better.
        references_changed: since creation, so the style card is made anew.
        review: where its review stands; None where nobody can vote.
    """

    mascot_id: str
    name: str | None
    prompt: str | None
    name_detected: bool
    prompt_detected: bool
    describing: bool
    pictures: tuple[Picture, ...]
    count: int
    post_id: int | None = None
    about_post: Report = NOTHING
    advice: tuple[str, ...] = ()
    references_changed: bool = False
    review: Reviewed | None = None


RENAME = "mascot.rename"
EDIT_PROMPT = "mascot.edit_prompt"
SHOW_PROMPT = "mascot.show_prompt"
OPEN_MASKO = "mascot.open"
MORE = "mascot.more"
ADD, TAKE_AWAY, UNDO, NO_MASCOT, WHY = "add", "take_away", "undo", "no_mascot", "why"
"""What is under `···`, beside buttons that are not in sight: each choice is one of these, or the action of a
button, and the id that it is about, parted by a space."""

Choice = tuple[str, str]  # label, value
_LABELS = {COMMENT: "Comment", RENAME: "Rename", EDIT_PROMPT: "Edit prompt"}

MASKO_COLLECTIONS = "https://masko.ai/collections"  # no public link to one collection is documented
IN_SIGHT = 5  # buttons of a card, beside `···`
MOST_CHOICES = 5  # Block Kit: of a `···`
PROMPT_ON_CARD = 240  # characters: about three lines beside the picture
_NAME = 150  # Block Kit: header text


def card(card: Card, *, acting: bool = True) -> Message:
    """The card as classic blocks.

    Args:
        card: what is known of the mascot.
        acting: False leaves out what can be done about it, which belongs to its thread.
    """
    shown = [picture for picture in card.pictures if picture.file_id]
    blocks: list[Block] = [
        HeaderBlock(text=plain(name(card), _NAME), block_id="name"),
        SectionBlock(
            text=plain(_prompt(card)), accessory=image(shown[0]) if shown else None, block_id="prompt"
        ),
        ContextBlock(elements=[PlainTextObject(text=_origin(card), emoji=False)], block_id="origin"),
        *_references(card, shown, acting),
        *_remarks(card),
        *(review_lines(card.mascot_id, card.review, acting=acting) if card.review else ()),
        *([_actions(card)] if acting else []),
    ]
    return message(_fallback(card), blocks)


def name(card: Card) -> str:
    """The mascot's name, or what stands in for it."""
    return shorten(one_line(card.name or ""), _NAME) or "New mascot"


def _prompt(card: Card) -> str:
    if card.prompt:
        return shorten(one_line(card.prompt), PROMPT_ON_CARD)
    if card.describing:
        return "Masko is still describing the picture. Its words appear here as soon as they are there."
    return "Masko has not described the picture. Edit prompt lets you describe it yourself."


def _origin(card: Card) -> str:
    if card.describing:
        return "Name and prompt are being detected from the image"
    detected: list[str] = []
    written: list[str] = []
    if card.name:
        (detected if card.name_detected else written).append("name")
    if card.prompt:
        (detected if card.prompt_detected else written).append("prompt")
    said = [
        f"{' and '.join(what)} {how}"
        for what, how in ((detected, "detected from the image"), (written, "written by your team"))
        if what
    ]
    return ", ".join(said).capitalize() if said else "Not described yet"


def _references(card: Card, shown: Sequence[Picture], acting: bool) -> Iterator[Block]:
    filled = min(card.count, MAX_REFERENCES)
    dots = " ".join("●" * filled + "○" * (MAX_REFERENCES - filled))
    menu = _menu(MORE, _about_references(card)) if acting else None
    yield SectionBlock(text=plain(f"{dots}  {references(card.count)}"), accessory=menu, block_id="references")
    if shown:
        yield ContextBlock(elements=[*map(image, shown)], block_id="pictures")


def _remarks(card: Card) -> Iterator[ContextBlock]:
    changed = ("References changed: the style card is re-extracted on the next generation.",)
    groups = {
        "problems": card.about_post.problems,
        "notes": card.about_post.notes,
        "advice": (" ".join(card.advice),) if card.advice else (),
        "style": changed if card.references_changed else (),
    }
    for block_id, sentences in groups.items():
        if sentences:
            yield ContextBlock(elements=[plain("\n".join(sentences), 2000)], block_id=block_id)


def _actions(card: Card) -> ActionsBlock:
    """Five buttons in sight, what waits for somebody before what can always be done; the rest under `···`."""
    buttons = [*_urgent(card), *_usual(card)]
    hidden = [_as_choice(each, card) for each in buttons[IN_SIGHT:]]
    more = _menu(MORE, [*filter(None, hidden), *_about_all(card)][:MOST_CHOICES])
    return ActionsBlock(elements=[*buttons[:IN_SIGHT], *([more] if more else [])], block_id="actions")


def _urgent(card: Card) -> Iterator[ButtonElement]:
    if card.post_id is not None and card.about_post.failed:
        yield retry_button(card.post_id)
    if card.post_id is not None and card.about_post.left_out:
        yield offer_button(Offer.REPLACE, str(card.post_id))
        yield offer_button(Offer.ANOTHER, str(card.post_id))


def _usual(card: Card) -> Iterator[ButtonElement]:
    if card.review:
        yield from votes(card.mascot_id, card.review)
    yield _button(_LABELS[RENAME], RENAME, card)
    yield _button(_LABELS[EDIT_PROMPT], EDIT_PROMPT, card)


def _as_choice(button: ButtonElement, card: Card) -> Choice | None:
    """A button that is not in sight, as a choice under `···`."""
    action = button.action_id
    return (_LABELS[action], f"{action} {card.mascot_id}") if action in _LABELS else None


def _about_references(card: Card) -> Iterator[Choice]:
    yield "Add a reference", f"{ADD} {card.mascot_id}"
    if card.count:
        yield "Remove or move a reference", f"{TAKE_AWAY} {card.mascot_id}"
    if card.post_id is not None and card.about_post.added:
        yield "Undo what this post added", f"{UNDO} {card.post_id}"


def _about_all(card: Card) -> Iterator[Choice]:
    if card.prompt and len(one_line(card.prompt)) > PROMPT_ON_CARD:
        yield "Show full prompt", f"{SHOW_PROMPT} {card.mascot_id}"
    yield "Not a mascot", f"{NO_MASCOT} {card.mascot_id}"
    yield "Why was this caught?", f"{WHY} {card.mascot_id}"
    yield "Open Masko", f"{OPEN_MASKO} {card.mascot_id}"


def _menu(action_id: str, choices: Iterable[Choice]) -> OverflowMenuElement | None:
    options = [Option(value=value, text=_label(label), url=_leads_to(value)) for label, value in choices]
    return OverflowMenuElement(action_id=action_id, options=options) if options else None


def _leads_to(value: str) -> str | None:
    """The address that a choice opens (docs.slack.dev: option object, `url`)."""
    return MASKO_COLLECTIONS if value.startswith(OPEN_MASKO) else None


def _button(text: str, action_id: str, card: Card) -> ButtonElement:
    return ButtonElement(text=_label(text), action_id=action_id, value=card.mascot_id)


def _label(text: str) -> PlainTextObject:
    return PlainTextObject(text=text, emoji=False)


def _fallback(card: Card) -> str:
    """What notifications and screen readers say."""
    said = escape(
        " ".join([f"{name(card)}: {references(card.count)}.", _prompt(card), *card.about_post.problems])
    )
    return f"{said} {marked_up(card.review.headline)}" if card.review else said
