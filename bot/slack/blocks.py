"""Messages as Slack takes them, and the blocks that features share (docs.slack.dev: Block Kit).

Text from images, models and people is shown letter by letter: as `plain_text`, as rich text, or escaped.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    HeaderBlock,
    ImageElement,
    RichTextBlock,
    RichTextElementParts,
    RichTextSectionElement,
    SectionBlock,
)
from slack_sdk.models.blocks.basic_components import SlackFile, TextObject
from slack_sdk.models.blocks.block_elements import InteractiveElement, RichTextElement
from slack_sdk.models.views import View

from bot.masko import MAX_REFERENCES
from bot.slack.text import escape, one_line, plain, shorten, shorten_markup
from bot.text import visible

MOST_TEXT: Final = 3000
"""Characters of a message's fallback text: chat.update refuses more than 4,000 (docs.slack.dev)."""
MOST_PICTURES: Final = 8  # Block Kit: ten elements of a context block
MOST_THUMBNAILS: Final = 10
SOMEBODY: Final = "somebody who was forgotten"
MENU: Final = "commands.menu"
RETRY: Final = "intake.retry"
OFFER: Final = "offer"

_USER = re.compile(r"[UW][A-Z0-9]+")
_DATE = "{date_short_pretty} at {time}"
_MOST_WORDS = 700  # characters of words in one piece: more than anybody reads in a reply
_Parts = RichTextElementParts


@dataclass(frozen=True)
class Message:
    """A message: fallback text (mrkdwn, escaped) and Block Kit blocks as JSON."""

    text: str
    blocks: list[dict[str, Any]]

    @classmethod
    def of(
        cls,
        text: str | Sentence,
        details: Sequence[str | Sentence] = (),
        *,
        buttons: Sequence[ButtonElement] = (),
        pictures: Sequence[Picture] = (),
    ) -> Message:
        """Build a sentence with `details` (a sentence each), pictures and buttons below it."""
        if isinstance(text, str):
            below = "\n".join(each for each in details if isinstance(each, str))
            blocks: list[Block] = [section(text), *([context(below)] if below else ())]
            fallback = escape("\n".join(filter(None, (text, below))))
        else:
            sentences = [(each,) if isinstance(each, str) else each for each in (text, *details)]
            blocks = [rich_text(sentences, "note")]
            fallback = "\n".join(map(marked_up, sentences))
        if shown := [image(picture) for picture in pictures if picture.file_id][:MOST_PICTURES]:
            blocks.append(context(*shown, block_id="pictures"))
        if buttons:
            blocks.append(actions(buttons, "actions"))
        return message(fallback, blocks)

    def without_images(self, only: Collection[int] = ()) -> Message:
        """The same with words in the place of images; arguments as for `without_images`."""
        return Message(self.text, without_images(self.blocks, only))


@dataclass(frozen=True)
class Picture:
    """An image with its alt text; `file_id` is None where Slack's image blocks do not take the file."""

    name: str
    alt: str
    file_id: str | None = None


@dataclass(frozen=True)
class Person:
    """A person by their Slack id; Slack shows the name.  Empty: nobody who is known."""

    user: str


@dataclass(frozen=True)
class When:
    """A time, which Slack shows in the time zone of each reader."""

    at: datetime


@dataclass(frozen=True)
class Link:
    url: str
    label: str


Sentence = tuple[str | Person | When | Link, ...]
"""A sentence with people, times and addresses in it; all else is plain text."""


def section(
    text: str | TextObject,
    block_id: str | None = None,
    accessory: InteractiveElement | ImageElement | None = None,
    *,
    most: int = 3000,
) -> SectionBlock:
    """Text of at most so many characters, perhaps with a button, a menu or a picture beside it."""
    shown = plain(text, most) if isinstance(text, str) else text
    return SectionBlock(text=shown, accessory=accessory, block_id=block_id)


def context(*elements: str | TextObject | ImageElement, block_id: str | None = None) -> ContextBlock:
    shown = [plain(each, 2000) if isinstance(each, str) else each for each in elements]
    return ContextBlock(elements=shown, block_id=block_id)


def header(text: str, block_id: str | None = None) -> HeaderBlock:
    return HeaderBlock(text=plain(text, 150), block_id=block_id)


def actions(elements: Iterable[InteractiveElement], block_id: str | None = None) -> ActionsBlock:
    return ActionsBlock(elements=list(elements), block_id=block_id)


def message(text: str, blocks: Iterable[Block]) -> Message:
    """A message from escaped fallback text and blocks."""
    return Message(shorten_markup(text, MOST_TEXT), [block.to_dict() for block in blocks])


def without_images(blocks: Iterable[Mapping[str, Any]], only: Collection[int] = ()) -> list[dict[str, Any]]:
    """Put words in the place of images: of those in `only` the blocks with these indices, if any is named."""
    kept: list[dict[str, Any]] = []
    for place, block in enumerate(blocks):
        kept += [dict(block)] if only and place not in only else _without_image(block)
    return kept


def _without_image(block: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if block["type"] == "image":
        title = (block.get("title") or {}).get("text") or "An image"
        yield section(f"{title} (Slack doesn't show it now)").to_dict()
    elif block["type"] == "context":
        if elements := [each for each in block["elements"] if each["type"] != "image"]:
            yield {**block, "elements": elements}
    else:
        pictured = (block.get("accessory") or {}).get("type") == "image"
        yield {name: value for name, value in block.items() if not (pictured and name == "accessory")}


def view_without_images(view: View, only: Collection[int] = ()) -> View:
    """A view with words in the place of images; arguments as for `without_images`."""
    plainer = copy(view)
    plainer.blocks = Block.parse_all(without_images([each.to_dict() for each in view.blocks or ()], only))
    return plainer


def image(picture: Picture) -> ImageElement:
    alt = one_line(picture.alt) or one_line(picture.name) or "Reference image"
    return ImageElement(slack_file=SlackFile(id=picture.file_id), alt_text=shorten(alt, 300))


def thumbnails(pictures: Sequence[Picture]) -> list[Block]:
    """The references with their numbers, each that Slack can show beside its picture."""
    blocks: list[Block] = []
    for number, picture in enumerate(pictures[:MOST_THUMBNAILS], 1):
        label = f"{number}. {shorten(one_line(picture.name), 150)}"
        blocks.append(section(label, accessory=image(picture)) if picture.file_id else context(label))
    return blocks


def button(label: str, action_id: str, value: str, style: str | None = None) -> ButtonElement:
    """A button whose label is shown letter by letter."""
    return ButtonElement(text=plain(label, 75), action_id=action_id, value=value, style=style)


class Offer(StrEnum):
    """What a button beside a message does, with its label."""

    label: str

    def __new__(cls, value: str, label: str) -> Offer:
        offer = str.__new__(cls, value)
        offer._value_, offer.label = value, label
        return offer

    @property
    def action(self) -> str:
        return f"{OFFER}.{self.value}"

    UNDO = "undo", "Undo"  # removes what a post added; about the post
    PUT_BACK = "put_back", "Put back"  # about the mascot and the assets that were removed
    MOVE_BACK = "move_back", "Move back"  # about where it is, where it was, and the asset
    LINK = "link", "Link again"  # about the mascot and the post that its card answered
    REPLACE = "replace", "Replace one"  # by an image that did not fit; about the post
    ANOTHER = "another", "New mascot with these"  # images that did not fit; about the post
    REMOVE = "remove", "Remove…"  # references whose source is gone; about the references
    KEEP = "keep", "Keep"  # them
    GO = "go", "Go to the card"  # leads elsewhere; about an address
    REQUEST = "request", "Say what should change"  # about a mascot and its edition
    COMPARE = "compare", "Compare"  # what a mascot was with what it is; about the mascot and the edition
    DISMISS = "dismiss", "Dismiss…"  # a request for changes, with a reason; about the mascot and the request
    MET = "met", "Yes, that's it"  # takes a request for changes back; about the mascot
    ANSWER = "answer", "Answer"  # a request for changes; about the mascot and the request


def offer_button(offer: Offer, about: str) -> ButtonElement:
    """The button of an offer; listeners hear of it as `offer.<value>`."""
    if offer is Offer.GO:
        return ButtonElement(text=plain(offer.label), action_id=offer.action, url=about)
    return button(offer.label, offer.action, about)


def go_to(link: str | None) -> tuple[ButtonElement, ...]:
    """Return the button that leads to a card, if its address is known."""
    return (offer_button(Offer.GO, link),) if link else ()


def retry_button(post_id: int) -> ButtonElement:
    """The button that tries the failed images of a post again."""
    return button("Retry", RETRY, str(post_id), "primary")


def rich_text(sentences: Sequence[Sentence], block_id: str) -> RichTextBlock:
    """Sentences as a block, one below the other (docs.slack.dev: rich text block)."""
    parts: list[RichTextElement] = []
    for number, sentence in enumerate(sentences):
        parts += [_Parts.Text(text="\n")] if number else []
        parts += [_rendered(part)[0] for part in sentence if not isinstance(part, str) or _words(part)]
    return RichTextBlock(elements=[RichTextSectionElement(elements=parts)], block_id=block_id)


def marked_up(sentence: Sentence) -> str:
    """A sentence for notifications and screen readers (docs.slack.dev: formatting message text)."""
    return "".join(_rendered(part)[1] for part in sentence)


def _rendered(part: str | Person | When | Link) -> tuple[RichTextElement, str]:
    """Return a part of a sentence as rich text and as mrkdwn."""
    match part:
        case Person(user) if _USER.fullmatch(user):
            return _Parts.User(user_id=user), f"<@{user}>"
        case When(at):
            seconds, fallback = int(at.timestamp()), f"{at:%a} {at.day} {at:%b %Y, %H:%M} UTC"
            date = _Parts.Date(timestamp=seconds, format=_DATE, fallback=fallback)
            return date, f"<!date^{seconds}^{_DATE}|{fallback}>"
        case Link(url, label):
            return _Parts.Link(url=url, text=_words(label)), html.escape(_words(label), quote=False)
    words = part if isinstance(part, str) else SOMEBODY
    return _Parts.Text(text=_words(words)), html.escape(_words(words), quote=False)


def _words(text: str) -> str:
    """Clean text in one line, with the spaces that part it from what stands beside it."""
    return shorten(re.sub(r"\s+", " ", visible(text)), _MOST_WORDS)


def references(count: int) -> str:
    """`2 of 6 references`."""
    return f"{count} of {MAX_REFERENCES} references"
