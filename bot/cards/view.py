"""The card: the one message that shows the mascot of a thread; and its modals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from slack_sdk.models.blocks import (
    Block,
    ButtonElement,
    ImageBlock,
    MarkdownTextObject,
    Option,
    OverflowMenuElement,
)
from slack_sdk.models.blocks.basic_components import SlackFile
from slack_sdk.models.views import View

from bot.db.values import State
from bot.mascots.outcomes import NOTHING, Report
from bot.masko import MAX_REFERENCES
from bot.review.model import Difference
from bot.review.text import Reviewed
from bot.review.view import APPROVE, ASK, COMMENT, REQUEST, differences
from bot.slack import forms
from bot.slack.blocks import (
    RETRY,
    Message,
    Offer,
    Picture,
    Sentence,
    actions,
    context,
    header,
    image,
    marked_up,
    message,
    references,
    rich_text,
    section,
    thumbnails,
)
from bot.slack.forms import field, modal, text_input
from bot.slack.request import CardPlace
from bot.slack.text import clean, escape, length, one_line, pieces, plain, shorten
from bot.text import MOST_NAME, tidy_name, wrong_with

EDIT, REFERENCES, DETAILS, UNLINK = "card.edit", "card.references", "card.details", "card.unlink"
OPEN_MASKO, MORE = "card.open", "card.more"
"""Actions of a card.  The value of a choice under `···` is the action and the value of its button."""
EDIT_VIEW, DETAILS_VIEW, UNLINK_VIEW = EDIT, DETAILS, UNLINK
NAME, PROMPT, ALT = "name", "prompt", "alt"

MASKO_COLLECTIONS = "https://masko.ai/collections"  # no public link to one collection is documented
IN_SIGHT = 3  # buttons of a card, beside `···`
MOST_CHOICES = 5  # Block Kit: options of an overflow menu
PROMPT_ON_CARD = 100  # characters: two lines on a phone
MOST_PROMPT = 3000  # characters (Block Kit: plain-text input)
MOST_ALT = 1000  # characters (Choice): alt text is a sentence or two
_PROMPT_SECTIONS = 30  # of the 100 blocks that a modal may have
_NAME = 150  # characters (Block Kit: header text)
_ALT = 2000  # characters (Block Kit: alt text of an image)


class Choice(NamedTuple):
    """A button of a card, or a choice under its `···`."""

    label: str
    action: str
    value: str
    style: str | None = None


@dataclass(frozen=True)
class Card:
    """What the card of a thread shows of its mascot.

    Attributes:
        name, prompt: None until Masko has detected them.
        describing: Masko's description is still awaited.
        pictures: the references that the bot has added, oldest first.
        count: references in Masko.
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
    review: Reviewed | None = None

    @property
    def reviewed(self) -> Reviewed | None:
        """The review, once there is more of it than a draft."""
        return self.review if self.review and self.review.state is not State.DRAFT else None


def card(card: Card, *, acting: bool = True, sheet: bool = True) -> Message:
    """Return the card as a message.

    `acting`: with the buttons that belong to its thread; `sheet`: Slack has not refused the contact sheet.
    """
    shown = [image(picture) for picture in card.pictures if picture.file_id]
    review = card.reviewed
    first = shown[0] if shown and not review else None
    blocks: list[Block] = [header(name(card), "name")]
    if review:
        blocks += _review(review)
    blocks.append(section(_prompt(card), "prompt", first))
    if sheet and review and (picture := review.sheet):
        file, alt = SlackFile(id=picture.file_id), shorten(picture.alt, _ALT)
        blocks.append(ImageBlock(slack_file=file, alt_text=alt, block_id="pictures"))
    elif review or len(shown) > 1:
        blocks += [context(*shown, block_id="pictures")] if shown else []
    blocks += _remarks(card)
    blocks += [actions(_actions(card), "actions")] if acting else []
    return message(_fallback(card), blocks)


def name(card: Card) -> str:
    """Return the mascot's name, or a stand-in."""
    return shorten(one_line(card.name or ""), _NAME) or "New mascot"


def _prompt(card: Card) -> str:
    if card.prompt:
        return shorten(one_line(card.prompt), PROMPT_ON_CARD)
    if card.describing:
        return "Masko is still describing the image. The prompt shows up here when it's ready."
    return "Masko hasn't described the image. Press Edit to describe it yourself."


def _review(review: Reviewed) -> Iterator[Block]:
    said = f"{'✅ ' if review.state is State.APPROVED else ''}*{review.state.capitalize()}*"
    yield section(MarkdownTextObject(text=said + marked_up(review.headline), verbatim=True), "review")
    if review.lines:
        yield rich_text(review.lines, "review_lines")


def _remarks(card: Card) -> Iterator[Block]:
    tip = f" · {card.tip}" if card.tip and not card.reviewed else ""
    yield context(f"{references(card.count)}{tip}", block_id="references")
    if card.about_post.problems:
        yield context("\n".join(f"⚠️ {each}" for each in card.about_post.problems), block_id="problems")
    if card.about_post.notes:
        yield context("\n".join(card.about_post.notes), block_id="notes")


def _actions(card: Card) -> list[ButtonElement | OverflowMenuElement]:
    """Return the buttons, the urgent ones first, and `···` with the rest."""
    buttons = [*_urgent(card), *_usual(card)]
    hidden = [*buttons[IN_SIGHT:], *_hidden(card)][:MOST_CHOICES]
    options = [Option(value=f"{each.action} {each.value}", text=plain(each.label)) for each in hidden]
    more = OverflowMenuElement(action_id=MORE, options=options)
    return [*map(_button, buttons[:IN_SIGHT]), more]


def _button(choice: Choice) -> ButtonElement:
    label, action, value, style = choice
    url = MASKO_COLLECTIONS if action == OPEN_MASKO else None
    return ButtonElement(text=plain(label, 75), action_id=action, value=value, style=style, url=url)


def _urgent(card: Card) -> Iterator[Choice]:
    if card.post_id is not None and card.about_post.failed:
        yield Choice("Retry", RETRY, str(card.post_id), "primary")
    if card.post_id is not None and card.about_post.left_out:
        for offer in (Offer.REPLACE, Offer.ANOTHER):
            yield Choice(offer.label, offer.action, str(card.post_id))


def _usual(card: Card) -> Iterator[Choice]:
    state = card.review.state if card.review else None
    match state:
        case State.IN_REVIEW | State.CHANGES_REQUESTED:
            yield from _votes(card)
            yield Choice("Comment", COMMENT, card.mascot_id)
        case State.APPROVED:
            yield Choice("Open in Masko", OPEN_MASKO, card.mascot_id)
        case _:
            if card.review:
                yield Choice("Ask for review", ASK, card.mascot_id)
            yield Choice("Edit", EDIT, card.mascot_id)


def _hidden(card: Card) -> Iterator[Choice]:
    state = card.review.state if card.review else None
    yield Choice("Add or remove references", REFERENCES, card.mascot_id)
    if state is not None and state is not State.DRAFT:
        yield Choice("Edit", EDIT, card.mascot_id)
    match state:
        case State.DRAFT:
            yield from _votes(card)
        case State.IN_REVIEW | State.CHANGES_REQUESTED:
            yield Choice("Ask for review", ASK, card.mascot_id)
        case State.APPROVED:
            yield list(_votes(card))[1]
    yield Choice("Details", DETAILS, card.mascot_id)
    yield Choice("Unlink this thread", UNLINK, card.mascot_id)


def _votes(card: Card) -> Iterator[Choice]:
    """Yield the votes on exactly what the card shows."""
    value = f"{card.mascot_id} {card.review.edition if card.review else ''}"
    yield Choice("Approve", APPROVE, value, "primary")
    yield Choice("Request changes", REQUEST, value)


def _fallback(card: Card) -> str:
    """Return what notifications and screen readers say."""
    count = f"{name(card)}: {references(card.count)}."
    said = escape(" ".join([count, _prompt(card), *card.about_post.problems]))
    if (review := card.reviewed) is None:
        return said
    return f"{said} {review.state.capitalize()}{marked_up(review.headline)}"


def notice(words: str, title: str = "Masko") -> View:
    """Return a modal without fields."""
    return modal(title, [section(words)])


@dataclass(frozen=True)
class Edited:
    """What was entered: None for a field that was left empty; alt texts by reference."""

    name: str | None
    prompt: str | None
    alts: Mapping[int, str]

    def errors(self, name: str | None, prompt: str | None) -> dict[str, str]:
        """Return what is wrong with it: block → words; `name` and `prompt` are what the mascot has."""
        found = {}
        if (self.name is not None or name) and (wrong := wrong_with(self.name or "")):
            found[NAME] = wrong
        if self.prompt == "" or (self.prompt is None and 0 < length(clean(prompt or "")) <= MOST_PROMPT):
            found[PROMPT] = "A mascot needs a prompt."
        elif self.prompt and length(self.prompt) > MOST_PROMPT:
            most = f"A prompt has at most {MOST_PROMPT:,} characters"
            found[PROMPT] = f"{most}, and this one has {length(self.prompt):,}."
        return found


def edit(
    place: CardPlace, name: str | None, prompt: str | None, alts: Sequence[tuple[int, str, str | None]]
) -> View:
    """Return the form for a mascot's name, its prompt, and the alt texts of references (id, name, text).

    A prompt that is too long for a form has to be changed in Masko.
    """
    called, described = shorten(one_line(name or ""), MOST_NAME), clean(prompt or "")
    named = text_input(NAME, called, least=1 if called else None, most=MOST_NAME)
    blocks: list[Block] = [field("Name", named, optional=not called)]
    if length(described) <= MOST_PROMPT:
        typed = text_input(PROMPT, described, most=MOST_PROMPT, multiline=True)
        hint = "What stays the same in every pose: shape, colours, outfit, style."
        blocks.append(field("Prompt", typed, hint=hint, optional=not described))
    else:
        blocks.append(context(f"The prompt has more than {MOST_PROMPT:,} characters. Edit it in Masko."))
    for reference, file, alt in alts[:MAX_REFERENCES]:
        words = text_input(f"{ALT}_{reference}", shorten(clean(alt or ""), MOST_ALT), most=MOST_ALT)
        blocks.append(field(f"Alt text of {shorten(one_line(file), 100)}", words, optional=True))
    return modal("Edit mascot", blocks, submit="Save", callback_id=EDIT_VIEW, metadata=place.as_metadata())


def read_edit(view: Mapping[str, Any]) -> Edited:
    """Return what was entered.  Raises Unreadable for an unknown reference."""
    values = view["state"]["values"]
    alts = {block: one_line(forms.text(view, block)) for block in values if block.startswith(f"{ALT}_")}
    name, prompt = forms.text(view, NAME), forms.text(view, PROMPT) if PROMPT in values else ""
    return Edited(
        tidy_name(name) if name else None,
        clean(prompt) if prompt else None,
        {forms.number(block.removeprefix(f"{ALT}_")): words[:MOST_ALT] for block, words in alts.items()},
    )


def details(
    place: CardPlace,
    shown: Card,
    why: Sequence[str],
    changed: Difference | None,
    story: Sequence[Sentence],
    *,
    voted: bool,
) -> View:
    """Return what one person reads about a mascot: its prompt, its review, why its post was taken in.

    `voted`: they may take their vote back.
    """
    prompt = pieces(clean(shown.prompt or "") or _prompt(shown), 2900)[:_PROMPT_SECTIONS]
    blocks: list[Block] = [section(piece) for piece in prompt if piece.strip()]
    blocks.append(context("\n".join(why)))
    blocks += [header("Review"), rich_text(story, "story")] if story else []
    blocks += [header("Changed since the vote"), *differences(changed)] if changed else []
    blocks.append(actions([_button(Choice("Open in Masko", OPEN_MASKO, shown.mascot_id))]))
    withdraw = "Take my vote back" if voted else None
    metadata = place.as_metadata()
    return modal(name(shown), blocks, submit=withdraw, callback_id=DETAILS_VIEW, metadata=metadata)


def unlink(place: CardPlace, shown: Card) -> View:
    """Return the form that asks whether a thread is to be unlinked from its mascot."""
    called = name(shown)
    blocks = [
        section(f"Not a mascot, or not {called}? The next image posted here starts a new one."),
        *thumbnails(shown.pictures),
        context(
            f"{called} stays in Masko. If other threads have added images to it too, "
            "those of this thread's first post are removed from it."
        ),
    ]
    title, metadata = "Unlink this thread", place.as_metadata()
    return modal(title, blocks, submit="Unlink", callback_id=UNLINK_VIEW, metadata=metadata)
