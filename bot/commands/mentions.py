"""What a mention of the bot asks for: from words to values.  Pure.

    @Masko add to NAME · @Masko call it NAME · @Masko new [called NAME] · @Masko show [NAME] · @Masko help
    @Masko review [it] [@ana @ben] [by DAY] · @Masko ask @ana and @ben to review it [by DAY]

The mention may stand anywhere.  Names need no quotes; what ends the sentence is no part of them, unless
quotes say so.  Words that are no command are just words: people talk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.commands.grammar import LONGEST, Refused
from bot.review.grammar import read_after, unknown_people, unreadable
from bot.slack.typed import read_people, unescaped, unquoted
from bot.text import visible, wrong_with

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
class AddTo:
    """Add the images to a mascot."""

    name: str


@dataclass(frozen=True)
class CallIt:
    """Give the thread's mascot this name, or the one that the images become."""

    name: str


@dataclass(frozen=True)
class NewOne:
    """Make a new mascot of the images; named, or its name is detected."""

    name: str | None = None


@dataclass(frozen=True)
class ShowIt:
    """Show the thread's mascot, or the one of this name."""

    name: str | None = None


@dataclass(frozen=True)
class AskReview:
    """Ask people to review the thread's mascot.

    Attributes:
        reviewers: ids of those who are asked, each once.
        due: the words for when it is due; they mean a moment, which may have passed.
        groups: ids of user groups whose members are asked.
    """

    reviewers: tuple[str, ...] = ()
    due: str | None = None
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class HelpMe:
    """Tell what can be asked."""


@dataclass(frozen=True)
class Talk:
    """No command; perhaps no words at all."""


Mention = AddTo | CallIt | NewOne | ShowIt | AskReview | HelpMe | Refused | Talk


def words_beside(text: str, bot_user_id: str | None) -> str:
    """What a message says beside the mention of the bot and its links, as it was typed.

    Args:
        text: as Slack sends it (docs.slack.dev: Formatting message text): mentions as `<@U1>` or
            `<@U1|name>`, with `&`, `<` and `>` escaped.
        bot_user_id: whom it mentions.
    """
    mention = re.compile(rf"<@{re.escape(bot_user_id)}(?:\|[^<>]*)?>[,:]?") if bot_user_id else None
    words = _LINK.sub(" ", mention.sub(" ", text) if mention else text)
    return " ".join(visible(unescaped(words)).split())


def read_mention(words: str) -> Mention:
    """Read what was said to the bot; `words` are those of `words_beside`.  Very many are no command."""
    if len(words) > LONGEST:
        return Talk()
    said = _said(words)
    if found := _ADD.fullmatch(said):
        return AddTo(unquoted(found["name"]))
    if found := _CALL.fullmatch(said):
        name = unquoted(found["name"])
        return Refused(wrong) if (wrong := wrong_with(name)) else CallIt(name)
    if found := _NEW.fullmatch(said):
        if found["name"] is None:
            return NewOne()
        name = unquoted(found["name"])
        return Refused(wrong) if (wrong := wrong_with(name)) else NewOne(name)
    if found := _SHOW.fullmatch(said):
        return ShowIt(unquoted(found["name"] or "") or None)
    if asked := _review(words):
        return asked
    if _HELP.fullmatch(said) or words.strip() == "?":
        return HelpMe()
    return Talk()


def _review(words: str) -> AskReview | Refused | None:
    """What asks for a review, once the people and the due date are taken out of it."""
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
    return AskReview(people.known, until.due, people.groups)


def _said(words: str) -> str:
    """Without politeness and what ends the sentence."""
    return " ".join(_POLITE.sub("", _without_end(words)).split())


def _without_end(words: str) -> str:
    """Without what ends the sentence; a quoted name keeps what stands inside its quotes."""
    return words.strip().rstrip(_END).lstrip(",:;- ")
