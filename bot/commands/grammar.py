"""What `/masko …` asks for: from words to values.  Pure.

    help · list [words] · show NAME · new URL… [name NAME] · add URL… to NAME · use NAME | use none
    rename NAME to NEW · review [NAME] [@ana @ben] [by DAY] · settings · status
    ignore me · notice me · forget me · export · export review NAME

Names need no quotes; where one holds the word that ends it ("Back to Basics"), quotes make it clear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice

from bot.review.grammar import read_after, read_end, unknown_people, unreadable
from bot.slack.typed import as_typed, named, outside_quotes, read_links, read_people
from bot.text import nearest_word, visible, wrong_with

LONGEST = 13_000
"""Characters of a command (Choice): six links as long as any that is followed, and a name, fit."""
TOO_LONG = f"That is longer than the {LONGEST:,} characters that I read of a command. Try fewer words."
_TO = re.compile(" to ", re.IGNORECASE)
_MOST_SPLITS = 10  # ways to read a command to rename; each means a look at the names there are


@dataclass(frozen=True)
class Menu:
    """`/masko` alone: what one may want most."""


@dataclass(frozen=True)
class Help:
    """How it is used.

    Attributes:
        unknown: the word that is no command, where there was one.
        nearest: the command that it may have meant.
    """

    unknown: str | None = None
    nearest: str | None = None


@dataclass(frozen=True)
class Unfinished:
    """A command that lacks something; `command` tells which."""

    command: str


@dataclass(frozen=True)
class Refused:
    """A command that nothing can come of; `why` is said to whoever typed it."""

    why: str


@dataclass(frozen=True)
class ListMascots:
    """All mascots, or those whose names hold these words."""

    words: str = ""


@dataclass(frozen=True)
class Show:
    """One mascot's card."""

    name: str


@dataclass(frozen=True)
class New:
    """A new mascot from pictures on the web; named, or its name is detected."""

    links: tuple[str, ...]
    name: str | None = None


@dataclass(frozen=True)
class Add:
    """Pictures on the web as references of a mascot."""

    links: tuple[str, ...]
    name: str


@dataclass(frozen=True)
class Use:
    """Let this channel's images go to a mascot; None: to new ones again."""

    name: str | None


@dataclass(frozen=True)
class Rename:
    """Give a mascot another name.

    Attributes:
        splits: each way to read it, as (name, new name), the likeliest first.
    """

    splits: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Settings:
    """The form with this channel's settings."""


@dataclass(frozen=True)
class Status:
    """How the bot is, what waits, what failed."""


@dataclass(frozen=True)
class ForgetMe:
    """What is kept about whoever asks, and a button that removes it."""


@dataclass(frozen=True)
class NoticeMe:
    """Whether images of whoever asks are taken in without being asked for."""

    noticed: bool


@dataclass(frozen=True)
class Export:
    """This channel's record as a file, for an admin."""


@dataclass(frozen=True)
class ExportReview:
    """The record of a mascot's review as files."""

    name: str


@dataclass(frozen=True)
class Review:
    """Ask people to review a mascot; without anything, what waits for a review.

    Attributes:
        name: of the mascot.
        reviewers: ids of those who are asked, each once.
        groups: ids of user groups whose members are asked.
        due: the words for when it is due; they mean a moment, which may have passed.
        no_due: words that look like that and mean none.
        whole: the name with such words, where they may be a part of it.
    """

    name: str | None = None
    reviewers: tuple[str, ...] = ()
    due: str | None = None
    groups: tuple[str, ...] = ()
    no_due: str | None = None
    whole: str | None = None


Command = (
    ForgetMe
    | NoticeMe
    | Export
    | ExportReview
    | Review
    | Menu
    | Help
    | Unfinished
    | Refused
    | ListMascots
    | Show
    | New
    | Add
    | Use
    | Rename
    | Settings
    | Status
)

USAGE = {
    "list": ("list [words]", "list fox", "Your mascots, or those with these words in their names"),
    "show": ("show NAME", "show Felix", "A mascot's card; share it to the channel from there"),
    "new": (
        "new URL… [name NAME]",
        "new https://example.com/fox.png name Felix",
        "A new mascot from pictures on the web",
    ),
    "add": ("add URL… to NAME", "add https://example.com/side.png to Felix", "References for a mascot"),
    "use": ("use NAME", "use Felix", "This channel's images go to that mascot; `use none` ends it"),
    "rename": ("rename NAME to NEW", "rename Felix to Felix the Fox", "Another name for a mascot"),
    "review": (
        "review [NAME @ana @ben by DAY]",
        "review Felix @ana @ben by friday 15:00",
        "Ask people to review a mascot; alone, what waits for a review",
    ),
    "settings": ("settings", "settings", "What the bot does with images in this channel"),
    "status": ("status", "status", "Connection, queue, Masko's budget, what failed lately"),
    "ignore": ("ignore me", "ignore me", "Your pictures are left alone, unless you ask; `notice me` ends it"),
    "notice": ("notice me", "notice me", "Your pictures are taken in again"),
    "forget": ("forget me", "forget me", "What is kept about you, and a button that removes it"),
    "export": ("export", "export", "What became of this channel's pictures, as a CSV file; for admins"),
    "export review": (
        "export review NAME",
        "export review Felix",
        "Who decided what about a mascot, and when, as CSV and JSON",
    ),
    "help": ("help", "help", "This list"),
}
"""command → its form, an example, what it does; in the order of `/masko help`."""


def read_command(text: str) -> Command:
    """Read what was typed after `/masko`.

    Args:
        text: as Slack sends it, with tokens, and with `&`, `<` and `>` escaped.
    """
    if len(text) > LONGEST:
        return Refused(TOO_LONG)
    text = " ".join(visible(text).split())
    word, _, rest = as_typed(text).partition(" ")
    match word.casefold():
        case "":
            return Menu()
        case "help" | "?":
            return Help()
        case "list" | "ls":
            return ListMascots(named(rest))
        case "show":
            return Show(named(rest)) if rest else Unfinished("show")
        case "new":
            return _new(rest)
        case "add":
            return _add(rest)
        case "use":
            return _use(rest)
        case "rename":
            return _rename(rest)
        case "settings":
            return Settings()
        case "status":
            return Status()
        case "review":
            return _review(text.partition(" ")[2])
        case "export":
            return _export(rest)
        case "forget" | "ignore" | "notice":
            return _about_me(word.casefold(), rest)
    return Help(unknown=word, nearest=nearest_word(word, USAGE))


def _new(rest: str) -> Command:
    links, rest = read_links(rest)
    word, _, name = rest.partition(" ")
    if not links or (rest and (word.casefold() not in ("name", "named", "called") or not name)):
        return Unfinished("new")
    if rest and (wrong := wrong_with(named(name))):
        return Refused(wrong)
    return New(links, named(name) or None)


def _add(rest: str) -> Command:
    links, rest = read_links(rest)
    word, _, name = rest.partition(" ")
    if not links or word.casefold() != "to" or not name:
        return Unfinished("add")
    return Add(links, named(name))


def _use(rest: str) -> Command:
    if not rest:
        return Unfinished("use")
    return Use(None if rest.casefold() == "none" else named(rest))


def _about_me(word: str, rest: str) -> Command:
    if rest.casefold() != "me":
        return Unfinished(word)
    return ForgetMe() if word == "forget" else NoticeMe(word == "notice")


def _export(rest: str) -> Command:
    word, _, name = rest.partition(" ")
    if word.casefold() != "review":
        return Export()
    return ExportReview(named(name)) if name else Unfinished("export review")


def _review(asked: str) -> Command:
    """Read what follows `review`, with its tokens: a name, people, and when it is due, people anywhere."""
    people, left, after = read_people(asked)
    if people.unknown:
        return Refused(unknown_people(people.unknown))
    left, after = as_typed(left), as_typed(after)
    until = read_after(after)
    if until.no_due is not None:
        return Refused(unreadable(until.no_due))
    if until.due is None:
        until = read_end(f"{left} {after}".strip())
        left = until.left
    name, whole = (named((text or "").strip(" ,")) or None for text in (left, until.whole))
    return Review(name, people.known, until.due, people.groups, until.no_due, whole)


def _rename(rest: str) -> Command:
    splits = [
        (named(rest[: found.start()]), named(rest[found.end() :]))
        for found in islice(outside_quotes(rest, _TO.finditer(rest)), _MOST_SPLITS)
    ]
    wrong = [wrong_with(new) for old, new in splits if old]
    fit = tuple((old, new) for old, new in splits if old and not wrong_with(new))
    if fit:
        return Rename(fit)
    return Refused(wrong[0] or "") if wrong else Unfinished("rename")
