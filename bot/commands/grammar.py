"""The grammar of `/masko` and of mentions of the bot.  Pure.

    /masko help · list [words] · show NAME · new URL… [name NAME] · add URL… to NAME · use NAME | use none
    /masko rename NAME to NEW · review [NAME] [@ana @ben] [by DAY] · settings · status
    /masko ignore me · notice me · forget me · export · export review NAME
    @Masko add to NAME · call it NAME · new [called NAME] · show [NAME] · help
    @Masko review [it] [@ana @ben] [by DAY] · ask @ana and @ben to review it [by DAY]

A mention may be anywhere in a message; words that are no command are `Talk`.  A name that contains the word
that ends it ("Back to Basics") needs quotes.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any

from pydantic import TypeAdapter

from bot.review.due import read_after, read_end, unknown_people, unreadable
from bot.slack.typed import as_typed, named, outside_quotes, read_links, read_people, unescaped, unquoted
from bot.text import nearest_word, visible, wrong_with

LONGEST = 13_000  # characters of a command (Choice): six of the longest links, and a name, fit
TOO_LONG = f"That is longer than the {LONGEST:,} characters that I read of a command. Try fewer words."
_MOST_SPLITS = 10  # ways to read a command to rename; each means a look at the names there are
_TO = re.compile(" to ", re.IGNORECASE)
_IT = r"(?:it|this|that|these|those|them|him|her|the (?:mascot|image|picture|images|pictures))"
_ADD = re.compile(rf"add(?: {_IT})? to (?P<name>.+)", re.IGNORECASE)
_CALL = re.compile(rf"(?:(?:call|name) {_IT}|rename(?: {_IT})? to) (?P<name>.+)", re.IGNORECASE)
_NEW = re.compile(r"new(?: mascot)?(?: (?:called|named|name) (?P<name>.+))?", re.IGNORECASE)
_SHOW = re.compile(rf"show(?: me)?(?: (?:{_IT}|(?P<name>.+)))?", re.IGNORECASE)
_REVIEW = re.compile(
    rf"(?:(?:request|start) )?(?:a )?review(?: (?:of )?{_IT})?(?: (?:from|with))?"
    rf"|ask(?: for)?(?: a)? review(?: of {_IT})?(?: from)?"
    rf"|ask to (?:review|look at)(?: {_IT})?",
    re.IGNORECASE,
)
_HELP = re.compile(r"help(?: me)?|\?", re.IGNORECASE)
_POLITE = re.compile(r"^(?:please|hey|hi|hello),? |,? please$", re.IGNORECASE)
_LINK = re.compile(r"<https?://[^<>]*>", re.IGNORECASE)
_END = ".?!,;: "


@dataclass(frozen=True)
class Command:
    """What a person asks for by a command, a mention or a button."""


class Menu(Command):
    """`/masko` alone: a few buttons."""


class Settings(Command):
    """Open the form with this channel's settings."""


class Status(Command):
    """Report the bot's status, the queue and failures."""


class ForgetMe(Command):
    """Say what is kept about the person, with a button that removes it."""


class Share(Command):
    """Post a mascot's card in the channel; only a button asks for it."""


@dataclass(frozen=True)
class Help(Command):
    """Explain the commands, perhaps after an unknown word, with the command nearest to it."""

    unknown: str | None = None
    nearest: str | None = None


@dataclass(frozen=True)
class Unfinished(Command):
    """An incomplete command; `command` is its key in `USAGE`."""

    command: str


@dataclass(frozen=True)
class Refused(Command):
    """A command that cannot be carried out; `why` is told to its author."""

    why: str


@dataclass(frozen=True)
class Talk(Command):
    """A mention whose words, if any, are no command."""

    words: str = ""


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
class Show(Command):
    """Show a mascot's card; without a name, in a thread, that of the thread's mascot."""

    name: str | None = None


@dataclass(frozen=True)
class New(Command):
    """Make a mascot from links, or from a mention's images; without a name, the name is detected."""

    links: tuple[str, ...] = ()
    name: str | None = None


@dataclass(frozen=True)
class Add(Command):
    """Add links, or a mention's images, as references of a mascot."""

    links: tuple[str, ...]
    name: str


@dataclass(frozen=True)
class Use(Command):
    """Send this channel's images to a mascot; None: to new ones again."""

    name: str | None


@dataclass(frozen=True)
class Rename(Command):
    """Rename a mascot: each reading of the command as (name, new name), the likeliest first."""

    splits: tuple[tuple[str, str], ...]

    @property
    def name(self) -> str:
        return self.splits[0][0]


@dataclass(frozen=True)
class Call(Command):
    """Name the thread's mascot, or the mascot that the images become."""

    name: str


@dataclass(frozen=True)
class Export(Command):
    """Export a mascot's review; without a name this channel's record, for an admin."""

    name: str | None = None


@dataclass(frozen=True)
class Review(Command):
    """Ask people to review a mascot; without any value, list what waits for a review.

    `no_due` looks like a due date and means no moment; `whole` is the name with the date, if it may be one.
    """

    name: str | None = None
    reviewers: tuple[str, ...] = ()
    due: str | None = None
    groups: tuple[str, ...] = ()
    no_due: str | None = None
    whole: str | None = None


AboutOne = Show | Add | Use | Rename | Export | Review  # commands that may name a mascot
_PLAIN = {"": Menu(), "help": Help(), "?": Help(), "settings": Settings(), "status": Status()}
_KINDS = {each.__name__: each for each in Command.__subclasses__()}

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
"""Command → its form, an example, its effect; in the order of `/masko help`."""


def as_json(command: Command) -> dict[str, Any]:
    """Return a command as the payload of a job."""
    return {"kind": type(command).__name__, **asdict(command)}


def from_json(payload: dict[str, Any]) -> Command:
    """Return the command that was given to `as_json`."""
    fields = dict(payload)
    found: Command = TypeAdapter(_KINDS[fields.pop("kind")]).validate_python(fields)
    return found


def read_command(text: str) -> Command:
    """Read the text after `/masko`, as Slack sends it: with tokens, and `&`, `<` and `>` escaped."""
    if len(text) > LONGEST:
        return Refused(TOO_LONG)
    text = " ".join(visible(text).split())
    word, _, rest = as_typed(text).partition(" ")
    if word.casefold() in _PLAIN:
        return _PLAIN[word.casefold()]
    match word.casefold():
        case "list" | "ls":
            return ListMascots(named(rest))
        case "show":
            return Show(named(rest)) if rest else Unfinished("show")
        case "new":
            return _new(rest)
        case "add":
            return _add(rest)
        case "use":
            return Use(None if rest.casefold() == "none" else named(rest)) if rest else Unfinished("use")
        case "rename":
            return _rename(rest)
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
    return _unless_wrong(named(name), New(links, named(name))) if rest else New(links)


def _add(rest: str) -> Command:
    links, rest = read_links(rest)
    word, _, name = rest.partition(" ")
    if not links or word.casefold() != "to" or not name:
        return Unfinished("add")
    return Add(links, named(name))


def _about_me(word: str, rest: str) -> Command:
    if rest.casefold() != "me":
        return Unfinished(word)
    return ForgetMe() if word == "forget" else NoticeMe(word == "notice")


def _export(rest: str) -> Command:
    word, _, name = rest.partition(" ")
    if word.casefold() != "review":
        return Export()
    return Export(named(name)) if name else Unfinished("export review")


def _review(asked: str) -> Command:
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


def words_beside(text: str, bot_user_id: str | None) -> str:
    """Return a message's words without links and the mention (docs.slack.dev: Formatting message text)."""
    mention = re.compile(rf"<@{re.escape(bot_user_id)}(?:\|[^<>]*)?>[,:]?") if bot_user_id else None
    words = _LINK.sub(" ", mention.sub(" ", text) if mention else text)
    return " ".join(visible(unescaped(words)).split())


def read_mention(words: str) -> Command:
    """Read the words (of `words_beside`) said to the bot; more than `LONGEST` characters are no command."""
    if len(words) > LONGEST:
        return Talk(words)
    said = _said(words)
    if found := _ADD.fullmatch(said):
        return Add((), unquoted(found["name"]))
    if found := _CALL.fullmatch(said):
        name = unquoted(found["name"])
        return _unless_wrong(name, Call(name))
    if found := _NEW.fullmatch(said):
        name = unquoted(found["name"] or "")
        return New() if found["name"] is None else _unless_wrong(name, New(name=name))
    if found := _SHOW.fullmatch(said):
        return Show(unquoted(found["name"] or "") or None)
    if asked := _review_of_thread(words):
        return asked
    return Help() if _HELP.fullmatch(said) or words.strip() == "?" else Talk(words)


def _review_of_thread(words: str) -> Command | None:
    people, left, after = read_people(words)
    left, after = _said(left), _said(after)
    until = read_after(after)
    if not until.told:
        left = _said(f"{left} {after}")
        if (begins := _REVIEW.match(left)) and left[begins.end() : begins.end() + 1] == " ":
            until = read_after(left[begins.end() :])
            left = begins[0] if until.told else left
    if not _REVIEW.fullmatch(left):
        return None
    if people.unknown:
        return Refused(unknown_people(people.unknown))
    if until.no_due is not None:
        return Refused(unreadable(until.no_due))
    return Review(None, people.known, until.due, people.groups)


def _unless_wrong(name: str, command: Command) -> Command:
    return Refused(wrong) if (wrong := wrong_with(name)) else command


def _said(words: str) -> str:
    """Remove politeness and the punctuation at both ends, but nothing inside quotes."""
    return " ".join(_POLITE.sub("", words.strip().rstrip(_END).lstrip(",:;- ")).split())
