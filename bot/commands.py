"""What `/masko …` asks for: from words to values.  Pure.

    help · list [words] · show NAME · new URL… [name NAME] · add URL… to NAME · use NAME | use none
    rename NAME to NEW · settings · status · ignore me · notice me · forget me · export

Names need no quotes; where one holds the word that ends it ("Back to Basics"), quotes make it clear.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.naming import nearest_word

_QUOTES = {'"': '"', "“": "”", "„": "“", "«": "»", "'": "'", "‘": "’"}  # noqa: RUF001
_LINK = re.compile(r"<?(https?://[^\s<>|]+)(?:\|[^>]*)?>?", re.IGNORECASE)
_ESCAPED = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}  # in this order: `&amp;lt;` is `&lt;`


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


Command = (
    ForgetMe
    | NoticeMe
    | Export
    | Menu
    | Help
    | Unfinished
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
    "settings": ("settings", "settings", "What the bot does with images in this channel"),
    "status": ("status", "status", "Connection, queue, Masko's budget, what failed lately"),
    "ignore": ("ignore me", "ignore me", "Your pictures are left alone, unless you ask; `notice me` ends it"),
    "notice": ("notice me", "notice me", "Your pictures are taken in again"),
    "forget": ("forget me", "forget me", "What is kept about you, and a button that removes it"),
    "export": ("export", "export", "What became of this channel's pictures, as a CSV file; for admins"),
    "help": ("help", "help", "This list"),
}
"""command → its form, an example, what it does; in the order of `/masko help`."""


def read_command(text: str) -> Command:
    """Read what was typed after `/masko`.

    Args:
        text: as Slack sends it, with `&`, `<` and `>` escaped (docs.slack.dev: Implementing slash commands).
    """
    word, _, rest = unescaped(text).strip().partition(" ")
    rest = rest.strip()
    match word.casefold():
        case "":
            return Menu()
        case "help" | "?":
            return Help()
        case "list" | "ls":
            return ListMascots(unquoted(rest))
        case "show":
            return Show(unquoted(rest)) if rest else Unfinished("show")
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
        case "export":
            return Export()
        case "forget" | "ignore" | "notice":
            return _about_me(word.casefold(), rest)
    return Help(unknown=word, nearest=nearest_word(word, USAGE))


def read_links(text: str) -> tuple[tuple[str, ...], str]:
    """The links at the beginning of a text, each once, and what follows them."""
    links: list[str] = []
    rest = text.strip()
    while found := _LINK.match(rest):
        links.append(found[1].rstrip(","))
        rest = rest[found.end() :].lstrip(" ,\n")
    return tuple(dict.fromkeys(links)), rest


def _new(rest: str) -> Command:
    links, rest = read_links(rest)
    word, _, name = rest.partition(" ")
    if not links or (rest and (word.casefold() not in ("name", "named", "called") or not name.strip())):
        return Unfinished("new")
    return New(links, unquoted(name) or None)


def _add(rest: str) -> Command:
    links, rest = read_links(rest)
    word, _, name = rest.partition(" ")
    if not links or word.casefold() != "to" or not name.strip():
        return Unfinished("add")
    return Add(links, unquoted(name))


def _use(rest: str) -> Command:
    if not rest:
        return Unfinished("use")
    return Use(None if rest.casefold() == "none" else unquoted(rest))


def _about_me(word: str, rest: str) -> Command:
    if rest.casefold() != "me":
        return Unfinished(word)
    return ForgetMe() if word == "forget" else NoticeMe(word == "notice")


def _rename(rest: str) -> Command:
    splits = [
        (unquoted(rest[: found.start()]), unquoted(rest[found.end() :]))
        for found in re.finditer(r"\s+to\s+", rest, re.IGNORECASE)
        if not _within_quotes(rest, found.start())
    ]
    whole = tuple(split for split in splits if all(split))
    return Rename(whole) if whole else Unfinished("rename")


def _within_quotes(text: str, at: int) -> bool:
    """Whether a place lies inside a quoted name; a quote that is never closed quotes nothing."""
    end = -1
    for start, character in enumerate(text[:at]):
        if start <= end or character not in _QUOTES or (start and not text[start - 1].isspace()):
            continue
        end = text.find(_QUOTES[character], start + 1)
        if start < at < end:
            return True
    return False


def unquoted(text: str) -> str:
    """A name as it was meant: without its quotes, and without more than one space anywhere."""
    text = " ".join(text.split())
    if len(text) > 1 and _QUOTES.get(text[0]) == text[-1]:
        return text[1:-1].strip()
    return text


def unescaped(text: str) -> str:
    """Text as it was typed, from how Slack sends it (docs.slack.dev: Escaping text)."""
    for escaped, character in _ESCAPED.items():
        text = text.replace(escaped, character)
    return text
