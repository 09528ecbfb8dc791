"""What the listeners may call."""

from __future__ import annotations

from dataclasses import dataclass

from bot.adding import Adding
from bot.additions import Additions
from bot.channel_life import ChannelLife
from bot.channels import Channels
from bot.deletions import Deletions
from bot.descriptions import Descriptions
from bot.desk import Desk
from bot.hints import Hints
from bot.home import Home
from bot.intake import Intake
from bot.library import Library
from bot.mascots import Mascots
from bot.mention_desk import MentionDesk
from bot.moves import Moves
from bot.people import People
from bot.permissions import Permissions
from bot.reasons import Reasons
from bot.references import References
from bot.removals import Removals
from bot.requests import Requests
from bot.review.asking import Invitations
from bot.review.service import Reviews
from bot.slack.workspace import Workspace
from bot.welcome import Welcome


@dataclass(frozen=True)
class Services:
    """The domain services of one running program, and its voice in Slack."""

    intake: Intake
    mascots: Mascots
    descriptions: Descriptions
    workspace: Workspace
    channels: Channels
    channel_life: ChannelLife
    library: Library
    desk: Desk
    home: Home
    adding: Adding
    permissions: Permissions
    welcome: Welcome
    people: People
    mentions: MentionDesk
    removals: Removals
    moves: Moves
    additions: Additions
    references: References
    requests: Requests
    deletions: Deletions
    hints: Hints
    reasons: Reasons
    reviews: Reviews
    invitations: Invitations
