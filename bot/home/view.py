"""The Home tab, and the close-up of a mascot that it opens.  Strings of the values are plain text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple
from zlib import crc32

from slack_sdk.models.blocks import Block, DividerBlock, MarkdownTextObject, SectionBlock
from slack_sdk.models.views import View

from bot.cards import view as cards
from bot.channels.settings import ChannelSettings, ReviewRules
from bot.channels.view import MODES, rules_words
from bot.db.posts import Failure
from bot.db.values import Mode
from bot.home.status import MOST_FAILURES
from bot.mascots.search import Listing, heading, mascot_blocks, pager
from bot.review import lists
from bot.slack.blocks import button, context, header, section
from bot.slack.forms import field, modal, text_input
from bot.slack.text import one_line, plain, shorten
from bot.text import listed, short_name

SEARCH, ALL_OF_MINE, REFRESH = "home.search", "home.all_of_mine", "home.refresh"
SHOW, RETRY, SETTINGS, TURN = "home.show", "home.retry", "home.settings", "home.turn_page"

MOST_WORDS = 80  # characters to search for; no name that a card shows is longer
MOST_CHANNELS = 15
NONE_YET = "None yet. Post an image in a channel where I am, and it becomes one."
_LINE = 2000  # characters: Block Kit's most for a field, and more than anybody reads in a list

_USUAL_REVIEW = rules_words(ReviewRules())


class Looking(NamedTuple):
    """What a person looks at in their Home, as the view's private metadata and as the value of buttons.

    Empty `words` mean the person's own mascots; `start` is the offset of the page.
    """

    words: str = ""
    start: int = 0

    def as_metadata(self) -> str:
        return json.dumps(self._asdict())


OWN = Looking()


class AtHome(NamedTuple):
    """A person's Home; `asked` are other reviews that they asked for, `channels` where they are active,
    `names` (by id) those of mascots that these are set to.
    """

    mascots: Listing
    health: str
    to_review: lists.Awaiting = lists.Awaiting()
    asked: lists.Awaiting = lists.Awaiting()
    channels: Mapping[str, ChannelSettings] = {}
    names: Mapping[str, str] = {}
    failures: Sequence[Failure] = ()
    notice: str | None = None


def home(page: AtHome) -> View:
    """Return a person's Home: the parts that have content, and whether all is well.

    What has a button has a `block_id` of its own, so that a press meets it while a newer view comes.
    """
    blocks: list[Block] = [section(page.notice, "notice")] if page.notice else []
    for part in (
        lists.part("to_review", lists.FOR_YOU, page.to_review, SHOW),
        lists.part("asked", lists.ASKED, page.asked, SHOW),
        _mascots(page.mascots),
        _channels(page.channels, page.names),
        _failures(page.failures),
    ):
        if shown := list(part):
            blocks += [*shown, DividerBlock()]
    blocks.append(context(one_line(page.health), block_id="health"))
    metadata = Looking(page.mascots.words, page.mascots.start).as_metadata()
    return View(type="home", private_metadata=metadata, blocks=blocks)


def mascot_modal(shown: cards.Card | str) -> View:
    """Return a modal with a mascot's card, without the actions of its thread, or with words instead."""
    if isinstance(shown, str):
        return modal("Mascot", [section(shown)])
    return modal(cards.name(shown), Block.parse_all(cards.card(shown, acting=False).blocks))


def _mascots(found: Listing) -> Iterator[Block]:
    yield header("Mascots" if found.words else "Your mascots", "mascots")
    words = shorten(one_line(found.words), MOST_WORDS)
    typed = text_input(SEARCH, words, most=MOST_WORDS, example="A name, or a part of one")
    # Another id for other words, else Slack keeps what was typed (docs.slack.dev: Home tab views).
    search = field("Find any mascot of your team", typed, block_id=f"search.{crc32(words.encode()):x}")
    search.dispatch_action = True
    yield search
    if found.words:
        beside = button("Only mine", ALL_OF_MINE, OWN.as_metadata())
    else:
        beside = button("Refresh", REFRESH, Looking(start=found.start).as_metadata())
    found_any = found.total or found.words
    yield section(heading(found, "that you made or added to") if found_any else NONE_YET, "head", beside)
    for mascot in found.mascots:
        yield from mascot_blocks(mascot, button("Show", SHOW, mascot.mascot_id))
    yield from pager(TURN, found, lambda start: Looking(found.words, start).as_metadata())


def _channels(channels: Mapping[str, ChannelSettings], names: Mapping[str, str]) -> Iterator[Block]:
    if channels:
        yield header("Your channels", "channels")
    for channel, settings in list(channels.items())[:MOST_CHANNELS]:
        words = f"Images: {MODES[settings.mode].label}"
        if (mascot := names.get(settings.mascot_id or "")) and settings.mode is not Mode.OFF:
            words += f" · for {shorten(one_line(mascot), 150)}"
        if (review := rules_words(settings.review)) != _USUAL_REVIEW:
            words += f"\nReview: {review}"
        fields = [_where(channel), plain(words, _LINE)]
        beside = button("Settings", SETTINGS, channel)
        yield SectionBlock(fields=fields, accessory=beside, block_id=f"channel.{channel}")
    if (more := len(channels) - MOST_CHANNELS) > 0:
        yield context(f"And {more} more: /masko settings there.")


def _failures(failures: Sequence[Failure]) -> Iterator[Block]:
    if failures:
        yield header("Did not work", "failures")
    for channel, names, reason, post_id in failures[:MOST_FAILURES]:
        words = f"{listed(short_name(one_line(name)) for name in names)}: {one_line(reason)}"
        retry = button("Retry", RETRY, str(post_id))
        yield section(words, f"failure.{post_id}", retry, most=_LINE)
        yield context("Our direct messages" if channel.startswith("D") else _where(channel))
    if (more := len(failures) - MOST_FAILURES) > 0:
        yield context(f"and {more} more")


def _where(channel: str) -> MarkdownTextObject:
    """Return a link to the channel; Slack shows a private channel's name to its members alone."""
    return MarkdownTextObject(text=f"<#{channel}>")
