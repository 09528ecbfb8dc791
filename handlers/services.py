"""The services that listeners may call."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cards.service import Cards
from bot.channels.permissions import Permissions
from bot.channels.service import Channels
from bot.commands.dispatch import Dispatcher
from bot.home.service import Home
from bot.intake.catch import Intake
from bot.mascots.edit import Descriptions
from bot.mascots.search import MascotSearch
from bot.mascots.service import Mascots
from bot.privacy import Privacy
from bot.references.add import Additions, Moves
from bot.references.add_forms import AddForms
from bot.references.remove import Deletions, Removals
from bot.review.requests import Invitations
from bot.review.votes import Reviews
from bot.slack.messenger import Messenger


@dataclass(frozen=True)
class Services:
    """The domain services of one running program, and its Slack messenger."""

    intake: Intake
    cards: Cards
    mascots: Mascots
    descriptions: Descriptions
    messenger: Messenger
    channels: Channels
    library: MascotSearch
    commands: Dispatcher
    home: Home
    add_forms: AddForms
    permissions: Permissions
    privacy: Privacy
    removals: Removals
    moves: Moves
    additions: Additions
    deletions: Deletions
    reviews: Reviews
    invitations: Invitations
