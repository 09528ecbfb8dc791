"""The services that listeners may call."""

from __future__ import annotations

from dataclasses import dataclass

from bot.channels.permissions import Permissions
from bot.commands.asked import Features
from bot.commands.dispatch import Dispatcher
from bot.home.connection import Connection
from bot.home.service import Home
from bot.references.add import Moves
from bot.references.add_forms import AddForms
from bot.references.remove import Deletions, Removals
from bot.slack.messenger import Messenger


@dataclass(frozen=True)
class Services(Features):
    """The features of one running program, and its Slack messenger."""

    messenger: Messenger
    permissions: Permissions
    connection: Connection
    commands: Dispatcher
    home: Home
    add_forms: AddForms
    removals: Removals
    moves: Moves
    deletions: Deletions
