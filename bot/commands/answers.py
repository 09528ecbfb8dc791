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
from bot.commands.help_view import how_to, menu
from bot.commands.view import choice
from bot.mascots.search import Found, options
from bot.slack.blocks import Message
from bot.text import folded, short

AboutOne = Show | Add | Use | Rename | ExportReview | Review
"""What is asked about one mascot, by its name."""

MOST_REPEATED = 1800  # characters of a command, as JSON, that a button can carry (Block Kit: 2,000)


def unfinished(command: str) -> Message:
    """What is said to a command that lacks something."""
    return how_to(f"/masko {command} needs a little more.", command)


def unknown(asked: commands.Help) -> Message:
    """What is said to help, and to a word that is no command."""
    if asked.unknown is None:
        return how_to()
    if asked.nearest is None:
        return how_to(f"There is no command “{short(asked.unknown)}”. These are all:")
    return how_to(f"There is no command “{asked.unknown}”. Did you mean {asked.nearest}?", asked.nearest)


def answered_at_once(command: Command) -> Message | None:
    """The answer to a command that needs to look at nothing; None for all others."""
    match command:
        case commands.Menu():
            return menu()
        case commands.Help():
            return unknown(command)
        case commands.Unfinished(name):
            return unfinished(name)
        case commands.Refused(why):
            return Message.of(why)
    return None


def which(found: Found, name: str, text: str) -> Message:
    """The question which of several mascots is meant; or that there is none of that name."""
    name = short(name)
    if len(json.dumps(text)) > MOST_REPEATED and (found.mascots or found.near):
        return Message.of(
            f"“{name}” may mean several mascots. Please write the whole name: /masko list has them."
        )
    if found.mascots:
        return choice(f"Several mascots may be meant by “{name}”. Which one?", options(found.mascots), text)
    if found.near:
        return choice(f"No mascot is called “{name}”. Did you mean one of these?", options(found.near), text)
    return Message.of(f"No mascot is called “{name}”.", (USAGE["list"][2] + ": /masko list",))


def name_in(command: AboutOne) -> str:
    """The name by which a command means a mascot."""
    if isinstance(command, Rename):
        return command.splits[0][0]
    return command.name or ""


def means(written: str, name: str) -> bool:
    """Whether what was written is the beginning of a name."""
    return folded(name).startswith(folded(written))
