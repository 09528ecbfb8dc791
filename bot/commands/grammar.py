"""The grammar of `/masko` and of mentions of the bot.  Pure.

    /masko help · list [words] · show NAME · new URL… [name NAME] · add URL… to NAME · use NAME | use none
    /masko rename NAME to NEW · review [NAME] [@ana @ben] [by DAY] · settings · status · connect
    /masko ignore me · notice me · forget me · export · export review NAME
    @Masko add to NAME · call it NAME · new [called NAME] · show [NAME] · help
    @Masko review [it] [@ana @ben] [by DAY] · ask @ana and @ben to review it [by DAY]
    @Masko approve [it] · undo · thanks

A mention may be anywhere in a message; words that are no command are `Talk`.  A name that contains the word
that ends it ("Back to Basics") needs quotes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pydantic import TypeAdapter

from bot.review.due import Until, read_end, unknown_people
from bot.slack import typed
from bot.text import nearest_word, short, visible, wrong_with

LONGEST = 13_000  # characters of a command (Choice): six of the longest links, and a name, fit
TOO_LONG = f"That is longer than the {LONGEST:,} characters that I read of a command. Try fewer words."
_TO = re.compile(" to ", re.IGNORECASE)
_IT = r"(?:it|this|that|these|those|them|him|her|the (?:mascot|image|picture|images|pictures))"
_POLITE = re.compile(r"^(?:please|hey|hi|hello),? |,? please$", re.IGNORECASE)
_LINK = re.compile(r"<https?://[^<>]*>", re.IGNORECASE)
_END = ".?!,;: "
WHICH_NAME = (
    "I can't tell where the old name ends and the new one begins. Put them in quotes: "
    '/masko rename "Back to Basics" to "Felix".'
)


class Command:
    """What a person asks for by a command, a mention or a button."""


class Simple(Command, Enum):
    """A command that needs nothing else to be said."""

    MENU = "menu"  # `/masko` alone: a few buttons
    SETTINGS = "settings"  # open the form with this channel's settings
    CONNECT = "connect"  # open the form with the workspace's Masko key
    STATUS = "status"  # report the bot's status, the queue and failures
    FORGET_ME = "forget"  # say what is kept about the person, with a button that removes it
    SHARE = "share"  # post a mascot's card in the channel; only a button asks for it
    APPROVE = "approve"  # the thread's mascot as it is now
    UNDO = "undo"  # explain how images are removed again
    THANKS = "thanks"


@dataclass(frozen=True)
class Help(Command):
    """Explain one command (its key in `USAGE`), or all, perhaps after a sentence about what was typed."""

    remark: str | None = None
    about: str | None = None


@dataclass(frozen=True)
class NoticeMe(Command):
    """Whether to take in the person's images without being asked."""

    noticed: bool


@dataclass(frozen=True)
class ListMascots(Command):
    """List mascots, or those whose names contain these words, from index `start`."""

    words: str = ""
    start: int = 0


@dataclass(frozen=True)
class _Words(Command):
    words: str = ""


class Refused(_Words):
    """A command that cannot be carried out; `words` tell its author why."""


class Talk(_Words):
    """A mention whose words, if any, are no command."""


@dataclass(frozen=True)
class _Named(Command):
    name: str | None = None


class Show(_Named):
    """Show a mascot's card; without a name, in a thread, that of the thread's mascot."""


class Use(_Named):
    """Send this channel's images to a mascot; None: to new ones again."""


class Call(_Named):
    """Name the thread's mascot, or the mascot that the images become."""


class Export(_Named):
    """Export a mascot's review; without a name this channel's record, for an admin."""


@dataclass(frozen=True)
class New(_Named):
    """Make a mascot from links, or from a mention's images; without a name, the name is detected."""

    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Add(_Named):
    """Add links, or a mention's images, as references of a mascot."""

    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rename(_Named):
    """Give a mascot another name."""

    new: str = ""


@dataclass(frozen=True)
class Review(_Named):
    """Ask people to review a mascot; without any value, list what waits for a review.

    `due` may mean no moment; `whole` is the name with it, if it may be one.
    """

    reviewers: tuple[str, ...] = ()
    due: str | None = None
    groups: tuple[str, ...] = ()
    whole: str | None = None


AboutOne = Show | Add | Use | Rename | Export | Review  # commands that may name a mascot
_PLAIN: dict[str, Command] = {
    **{"": Simple.MENU, "help": Help(), "?": Help(), "settings": Simple.SETTINGS, "status": Simple.STATUS},
    **{"connect": Simple.CONNECT},
    **{"forget me": Simple.FORGET_ME, "ignore me": NoticeMe(False), "notice me": NoticeMe(True)},
}
_SAID: dict[str, Command] = {
    **dict.fromkeys(("approve", "approve it", "approve this", "approved"), Simple.APPROVE),
    **dict.fromkeys(("undo", "undo it", "undo this", "undo that"), Simple.UNDO),
    **dict.fromkeys(("thanks", "thank you", "thx"), Simple.THANKS),
    **dict.fromkeys(("help", "help me"), Help()),
}
_KINDS = {each.__name__: each for base in (Command, _Words, _Named) for each in base.__subclasses__()}
_WITH_NAME: dict[type[Show | Add | Call | New], re.Pattern[str]] = {
    Add: re.compile(rf"add(?: {_IT})? to (?P<name>.+)", re.IGNORECASE),
    Call: re.compile(rf"(?:(?:call|name) {_IT}|rename(?: {_IT})? to) (?P<name>.+)", re.IGNORECASE),
    New: re.compile(r"new(?: mascot)?(?: (?:called|named|name) (?P<name>.+))?", re.IGNORECASE),
    Show: re.compile(rf"show(?: me)?(?: (?:{_IT}|(?P<name>.+)))?", re.IGNORECASE),
}
_REVIEW = re.compile(
    rf"(?:(?:(?:request|start) )?(?:a )?review(?: (?:of )?{_IT})?(?: (?:from|with))?"
    rf"|ask(?: for)?(?: a)? review(?: of {_IT})?(?: from)?"
    rf"|ask to (?:review|look at)(?: {_IT})?)(?: (?P<due>.+))?",
    re.IGNORECASE,
)

USAGE = {
    "list": ("list [words]", "list fox", "The mascots you can see, or those with these words in their names"),
    "show": ("show NAME", "show Felix", "A mascot's card; share it to the channel from there"),
    "new": (
        "new URL… [name NAME]",
        "new https://example.com/fox.png name Felix",
        "A new mascot from images on the web",
    ),
    "add": ("add URL… to NAME", "add https://example.com/side.png to Felix", "References for a mascot"),
    "use": ("use NAME", "use Felix", "This channel's images go to that mascot; `use none` ends it"),
    "rename": ("rename NAME to NEW", "rename Felix to Felix the Fox", "Another name for a mascot"),
    "review": (
        "review [NAME @ana @ben by DAY]",
        "review Felix @ana @ben by friday 15:00",
        "Ask people to review a mascot; alone, what waits for a review",
    ),
    "settings": ("settings", "settings", "What I do with images in this channel"),
    "status": ("status", "status", "Connection, queue, Masko's budget, what failed lately"),
    "ignore": ("ignore me", "ignore me", "Leave your images alone unless you ask; `notice me` undoes it"),
    "notice": ("notice me", "notice me", "Take in your images again"),
    "forget": ("forget me", "forget me", "What is kept about you, and a button that removes it"),
    "export": ("export", "export", "What happened to this channel's images and settings, as CSV; for admins"),
    "export review": (
        "export review NAME",
        "export review Felix",
        "Who decided what about a mascot, and when, as CSV and JSON",
    ),
    "help": ("help", "help", "This list"),
}
"""Command → its form, an example, its effect; in the order of `/masko help`."""


def as_json(command: Command) -> dict[str, Any]:
    kind = type(command)
    return {"kind": kind.__name__, "value": TypeAdapter(kind).dump_python(command, mode="json")}


def from_json(payload: dict[str, Any]) -> Command:
    found: Command = TypeAdapter(_KINDS[payload["kind"]]).validate_python(payload["value"])
    return found


def read_command(text: str) -> Command:
    """Read the text after `/masko`, as Slack sends it: with tokens, and `&`, `<` and `>` escaped."""
    if len(text) > LONGEST:
        return Refused(TOO_LONG)
    text = " ".join(visible(text).split())
    word, _, rest = typed.as_typed(text).partition(" ")
    if plain := _PLAIN.get(word.casefold()) or _PLAIN.get(f"{word} {rest}".casefold()):
        return plain
    match word.casefold(), rest:
        case "list" | "ls" | "find" | "search", _:
            return ListMascots(typed.named(rest))
        case "new", _:
            return _new(rest)
        case "add", _:
            return _add(rest)
        case "rename", _:
            return _rename(rest)
        case "review", _:
            return _review(text.partition(" ")[2])
        case "export", _:
            return _export(rest)
        case ("forget" | "ignore" | "notice", _) | ("show" | "use", ""):
            return unfinished(word.casefold())
        case "show", _:
            return Show(typed.named(rest.removeprefix("me ")))
        case "use", _:
            return Use(None if rest.casefold() == "none" else typed.named(rest))
    if nearest := nearest_word(word, USAGE):
        return Help(f"There is no command “{word}”. Did you mean {nearest}?", nearest)
    return Help(f"There is no command “{short(word)}”. These are all:")


def unfinished(command: str) -> Help:
    return Help(f"/masko {command} needs a little more.", command)


def _new(rest: str) -> Command:
    links, rest = typed.read_links(rest)
    word, _, name = rest.partition(" ")
    if not links or (rest and (word.casefold() not in ("name", "named", "called") or not name)):
        return unfinished("new")
    return _unless_wrong(New(typed.named(name), links)) if rest else New(links=links)


def _add(rest: str) -> Command:
    links, rest = typed.read_links(rest)
    word, _, name = rest.partition(" ")
    return Add(typed.named(name), links) if links and word.casefold() == "to" and name else unfinished("add")


def _export(rest: str) -> Command:
    word, _, name = rest.partition(" ")
    if word.casefold() != "review":
        return Export()
    return Export(typed.named(name)) if name else unfinished("export review")


def _review(asked: str) -> Command:
    people, left, after = typed.read_people(asked)
    return _review_by(people, read_end(typed.as_typed(f"{left} {after}").strip()))


def _rename(rest: str) -> Command:
    between = list(typed.outside_quotes(rest, _TO.finditer(rest)))
    if len(between) > 1:
        return Refused(WHICH_NAME)
    if not between or not (name := typed.named(rest[: between[0].start()])):
        return unfinished("rename")
    new = typed.named(rest[between[0].end() :])
    wrong = wrong_with(new)
    return Refused(wrong) if wrong else Rename(name, new)


def words_beside(text: str, bot_user_id: str | None) -> str:
    """Return a message's words without links and the mention (docs.slack.dev: Formatting message text)."""
    mention = re.compile(rf"<@{re.escape(bot_user_id)}(?:\|[^<>]*)?>[,:]?") if bot_user_id else None
    words = _LINK.sub(" ", mention.sub(" ", text) if mention else text)
    return " ".join(visible(typed.unescaped(words)).split())


def read_mention(words: str) -> Command:
    """Read the words (of `words_beside`) said to the bot; more than `LONGEST` characters are no command."""
    if len(words) > LONGEST:
        return Talk(words)
    said = _said(words)
    if simple := _SAID.get(said.casefold()):
        return simple
    for kind, pattern in _WITH_NAME.items():
        if found := pattern.fullmatch(said):
            command = kind(None if found["name"] is None else typed.unquoted(found["name"]))
            return _unless_wrong(command) if isinstance(command, Call | New) else command
    people, left, after = typed.read_people(words)
    if found := _REVIEW.fullmatch(_said(f"{_said(left)} {_said(after)}")):
        until = read_end(found["due"] or "")
        if not until.left:
            return _review_by(people, Until(due=until.due))
    return Help() if words.strip() == "?" else Talk(words)


def _review_by(people: typed.People, until: Until) -> Command:
    if people.unknown:
        return Refused(unknown_people(people.unknown))
    name, whole = (typed.named((text or "").strip(" ,")) or None for text in (until.left, until.whole))
    return Review(name, people.known, until.due, people.groups, whole)


def _unless_wrong(command: Call | New) -> Command:
    wrong = None if command.name is None else wrong_with(command.name)
    return Refused(wrong) if wrong else command


def _said(words: str) -> str:
    """Remove politeness and the punctuation at both ends, but nothing inside quotes."""
    return " ".join(_POLITE.sub("", words.strip().rstrip(_END).lstrip(",:;- ")).split())
