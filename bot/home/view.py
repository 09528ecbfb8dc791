"""The Home tab, and the close-up of a mascot that it opens.  Strings of the values are plain text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import NamedTuple
from zlib import crc32

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    DividerBlock,
    HeaderBlock,
    InputBlock,
    MarkdownTextObject,
    PlainTextInputElement,
    PlainTextObject,
    SectionBlock,
)
from slack_sdk.models.views import View

from bot.cards import view as cards
from bot.cards.view import Card
from bot.channels.settings import ChannelSettings, ReviewRules
from bot.channels.view import MODES, rules_words
from bot.db.values import Mode
from bot.home.status import Check, Failure
from bot.mascots.search import Listing, mascot_blocks
from bot.review.lists import ASKED, FOR_YOU, Awaiting
from bot.review.lists import part as waiting_part
from bot.slack.blocks import button
from bot.slack.text import one_line, plain, shorten
from bot.text import listed, short_name

SEARCH, ALL_OF_MINE, REFRESH = "home.search", "home.all_of_mine", "home.refresh"
SHOW, RETRY, SETTINGS = "home.show", "home.retry", "home.settings"
TURN, TURN_FAILURES = "home.turn_page", "home.turn_failures"

MOST_WORDS = 80  # characters to search for; no name that a card shows is longer
MOST_CHANNELS = 15
_LINE = 2000  # characters: Block Kit's most for a field, and more than anybody reads in a list

_USUAL_REVIEW = rules_words(ReviewRules())
_MARKS = {True: "✓", False: "✗", None: "…"}


@dataclass(frozen=True)
class Looking:
    """What a person looks at in their Home; the view's private metadata in Slack.

    `start` and `failures_start` are offsets of pages; empty `words` mean the person's own mascots.
    """

    words: str = ""
    start: int = 0
    failures_start: int = 0

    def as_metadata(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_metadata(cls, metadata: str) -> Looking:
        """Read a view's metadata, also of an older version of this program."""
        return cls(**json.loads(metadata)) if metadata else cls()


class Failures(NamedTuple):
    """A page of a person's failed posts, the newest first: `start` come before it, of `total`."""

    shown: tuple[Failure, ...] = ()
    start: int = 0
    total: int = 0
    page: int = 5


class Recent(NamedTuple):
    """A post with images: its channel, their names, and the outcome in words."""

    channel: str
    names: tuple[str, ...]
    outcome: str


class OwnChannel(NamedTuple):
    """A person's channel, and the name of the mascot that its images go to, if one is set."""

    channel: str
    settings: ChannelSettings
    mascot: str | None = None


class AtHome(NamedTuple):
    """A person's Home; `asked` are other reviews that they asked for, `channels` where they are active."""

    looking: Looking
    mascots: Listing
    to_review: Awaiting = Awaiting()
    asked: Awaiting = Awaiting()
    failures: Failures = Failures()
    recent: tuple[Recent, ...] = ()
    channels: tuple[OwnChannel, ...] = ()
    checks: tuple[Check, ...] = ()
    notice: str | None = None


def home(page: AtHome) -> View:
    """Return a person's Home: the mascots, then the parts of `_PARTS` that have content."""
    blocks: list[Block] = [SectionBlock(text=plain(page.notice), block_id="notice")] if page.notice else []
    blocks += _mascots(page)
    for part in _PARTS:
        if shown := list(part(page)):
            blocks += [DividerBlock(), *shown]
    return View(type="home", private_metadata=page.looking.as_metadata(), blocks=blocks)


def mascot_modal(shown: Card | str) -> View:
    """Return a modal with a mascot's card, without the actions of its thread, or with words instead."""
    if isinstance(shown, str):
        title, blocks = "Mascot", [SectionBlock(text=plain(shown)).to_dict()]
    else:
        title, blocks = cards.name(shown), cards.card(shown, acting=False).blocks
    return View(type="modal", title=plain(title, 24), close=plain("Close"), blocks=blocks)


def _mascots(page: AtHome) -> Iterator[Block]:
    found = page.mascots
    yield HeaderBlock(text=plain("Mascots" if found.words else "Your mascots"), block_id="mascots")
    yield _search(page.looking)
    label, action_id = ("Only mine", ALL_OF_MINE) if found.words else ("Refresh", REFRESH)
    beside = ButtonElement(text=plain(label), action_id=action_id)
    yield SectionBlock(text=plain(_about(found)), accessory=beside, block_id="head")
    for mascot in found.mascots:
        yield from mascot_blocks(mascot, SHOW)
    if turns := list(_turns(TURN, found)):
        yield ActionsBlock(elements=turns, block_id="pages")


def _search(looking: Looking) -> InputBlock:
    """The id depends on the words, else Slack keeps what was typed (docs.slack.dev: Home tab views)."""
    words = shorten(one_line(looking.words), MOST_WORDS)
    field = PlainTextInputElement(
        action_id=SEARCH,
        initial_value=words or None,
        max_length=MOST_WORDS,
        placeholder=plain("A name, or a part of one"),
        dispatch_action_config={"trigger_actions_on": ["on_enter_pressed"]},
    )
    return InputBlock(
        label=plain("Find any mascot of your team"),
        element=field,
        block_id=f"search.{crc32(words.encode()):x}",
        dispatch_action=True,
    )


def _about(found: Listing) -> str:
    if not found.total:
        if found.words:
            return f"No mascot's name has “{one_line(found.words)}” in it."
        return "None yet. Post a picture in a channel where I am, and it becomes one."
    count = "1 mascot" if found.total == 1 else f"{found.total} mascots"
    head = f"{count} with “{one_line(found.words)}”" if found.words else f"{count} that you made or added to"
    return head + _which(found, len(found.mascots))


def _which(pages: Listing | Failures, shown: int) -> str:
    return f": {pages.start + 1}-{pages.start + shown} of {pages.total}" if pages.total > pages.page else ""


def _turns(action_id: str, pages: Listing | Failures) -> Iterator[ButtonElement]:
    for label, start in (("Previous", pages.start - pages.page), ("Next", pages.start + pages.page)):
        if 0 <= start < pages.total:
            yield button(label, f"{action_id}.{label.lower()}", str(start))


def _failures(page: AtHome) -> Iterator[Block]:
    failures = page.failures
    if not failures.shown:
        return
    yield HeaderBlock(text=plain(f"Did not work{_which(failures, len(failures.shown))}"), block_id="failures")
    for channel, names, reason, post_id in failures.shown:
        words = plain(f"{_names(names)}: {one_line(reason)}", _LINE)
        yield SectionBlock(text=words, accessory=button("Retry", RETRY, str(post_id)))
        yield ContextBlock(elements=[_where(channel)])
    if turns := list(_turns(TURN_FAILURES, failures)):
        yield ActionsBlock(elements=turns, block_id="failures.pages")


def _recent(page: AtHome) -> Iterator[Block]:
    if page.recent:
        yield HeaderBlock(text=plain("Your latest pictures"), block_id="recent")
        for channel, names, outcome in page.recent:
            words = plain(f"{_names(names)}: {one_line(outcome)}", _LINE)
            yield ContextBlock(elements=[_where(channel), words])


def _names(names: Sequence[str]) -> str:
    return listed(short_name(one_line(name)) for name in names)


def _where(channel: str) -> MarkdownTextObject | PlainTextObject:
    """Return a link to the channel; Slack shows a private channel's name to its members alone."""
    if channel.startswith("D"):
        return plain("Our direct messages")
    return MarkdownTextObject(text=f"<#{channel}>")


def _channels(page: AtHome) -> Iterator[Block]:
    if not page.channels:
        return
    yield HeaderBlock(text=plain("Your channels"), block_id="channels")
    yield from map(_channel, page.channels[:MOST_CHANNELS])
    if len(page.channels) > MOST_CHANNELS:
        more = f"And {len(page.channels) - MOST_CHANNELS} more: /masko settings there."
        yield ContextBlock(elements=[plain(more)])


def _channel(own: OwnChannel) -> Block:
    words = f"Images: {MODES[own.settings.mode].label}"
    if own.mascot and own.settings.mode is not Mode.OFF:
        words += f" · for {shorten(one_line(own.mascot), 150)}"
    if (review := rules_words(own.settings.review)) != _USUAL_REVIEW:
        words += f"\nReview: {review}"
    return SectionBlock(
        fields=[_where(own.channel), plain(words, _LINE)], accessory=button("Settings", SETTINGS, own.channel)
    )


def _checks(page: AtHome) -> Iterator[Block]:
    yield HeaderBlock(text=plain("Is all set up?"), block_id="checks")
    lines = [f"{_MARKS[check.good]} {one_line(check.words)}" for check in page.checks]
    yield ContextBlock(elements=[plain("\n".join(lines))])


_PARTS = (
    lambda page: waiting_part("to_review", FOR_YOU, page.to_review, SHOW),
    lambda page: waiting_part("asked", ASKED, page.asked, SHOW),
    _failures,
    _recent,
    _channels,
    _checks,
)
