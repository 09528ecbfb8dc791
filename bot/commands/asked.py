"""What somebody asks for by a command or a mention, and the features that do it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.cards.service import Cards
from bot.channels.permissions import Actor
from bot.channels.service import Channels
from bot.commands.grammar import Review
from bot.db.tables import IntakeRow, MascotRow, PostRow, ThreadRow
from bot.home.status import StatusReport
from bot.intake.catch import Intake
from bot.intake.reply import Answers
from bot.jobs import Job
from bot.mascots.edit import Descriptions
from bot.mascots.search import MascotSearch
from bot.mascots.service import Mascots
from bot.privacy import Privacy
from bot.references.add import Additions
from bot.review.lists import Waiting
from bot.review.requests import Invitation, Invitations
from bot.review.votes import Reviews
from bot.slack.request import Request


@dataclass(frozen=True)
class Features:
    """The features that carry out commands and mentions; listeners call most of them, too."""

    intake: Intake
    cards: Cards
    mascots: Mascots
    library: MascotSearch
    descriptions: Descriptions
    answers: Answers
    additions: Additions
    channels: Channels
    reviews: Reviews
    invitations: Invitations
    privacy: Privacy
    status: StatusReport
    waiting: Waiting


@dataclass(frozen=True)
class Asked:
    """A command that a job carries out, and the mascot that it names, if any."""

    job: Job
    request: Request
    mascot: MascotRow | None = None

    @property
    def actor(self) -> Actor:
        return Actor(self.request.team, self.request.user)

    def invitation(self, command: Review, mascot_id: str, ts: str = "") -> Invitation:
        """Return the request for a review by a command, or by the post `ts`; the same at each delivery."""
        request = self.request
        key = f"mention:{request.team}:{request.channel}:{ts}" if ts else f"command:{request.response_url}"
        due = command.due or ""
        return Invitation(key, request, mascot_id, command.reviewers, command.groups, due, ts=ts)


@dataclass(frozen=True, kw_only=True)
class Mention(Asked):
    """A mention that a job answers: its post, its thread, and the images beside it."""

    post: PostRow
    thread: ThreadRow
    images: Sequence[IntakeRow]
