"""What commands are answered with, as far as nothing has to be looked up for it.  Pure."""

from __future__ import annotations

import json

from bot.commands import grammar as commands
from bot.commands.grammar import (
    USAGE,
    Add,
    Command,
    ExportReview,
    Rename,
    Review,
    Show,
    Use,
)
from bot.mascots.library import Found, options
from bot.slack import messages
from bot.slack.messages import Choice, HowTo, Line, Message
from bot.text import folded, short

AboutOne = Show | Add | Use | Rename | ExportReview | Review
"""What is asked about one mascot, by its name."""

MOST_REPEATED = 1800  # characters of a command, as JSON, that a button can carry (Block Kit: 2,000)


def unfinished(command: str) -> HowTo:
    """What is said to a command that lacks something."""
    return HowTo(f"/masko {command} needs a little more.", command)


def unknown(asked: commands.Help) -> HowTo:
    """What is said to help, and to a word that is no command."""
    if asked.unknown is None:
        return HowTo()
    if asked.nearest is None:
        return HowTo(f"There is no command “{short(asked.unknown)}”. These are all:")
    return HowTo(f"There is no command “{asked.unknown}”. Did you mean {asked.nearest}?", asked.nearest)


def answered_at_once(command: Command) -> Message | None:
    """The answer to a command that needs to look at nothing; None for all others."""
    match command:
        case commands.Menu():
            return messages.Menu()
        case commands.Help():
            return unknown(command)
        case commands.Unfinished(name):
            return unfinished(name)
        case commands.Refused(why):
            return Line(why)
    return None


def which(found: Found, name: str, text: str) -> Message:
    """The question which of several mascots is meant; or that there is none of that name."""
    name = short(name)
    if len(json.dumps(text)) > MOST_REPEATED and (found.mascots or found.near):
        return Line(f"“{name}” may mean several mascots. Please write the whole name: /masko list has them.")
    if found.mascots:
        return Choice(f"Several mascots may be meant by “{name}”. Which one?", options(found.mascots), text)
    if found.near:
        return Choice(f"No mascot is called “{name}”. Did you mean one of these?", options(found.near), text)
    return Line(f"No mascot is called “{name}”.", (USAGE["list"][2] + ": /masko list",))


def name_in(command: AboutOne) -> str:
    """The name by which a command means a mascot."""
    if isinstance(command, Rename):
        return command.splits[0][0]
    return command.name or ""


def means(written: str, name: str) -> bool:
    """Whether what was written is the beginning of a name."""
    return folded(name).startswith(folded(written))
