"""What the listeners may call."""

from __future__ import annotations

from dataclasses import dataclass

from bot.adding import Adding
from bot.admission import Admission
from bot.channels import Channels
from bot.descriptions import Descriptions
from bot.desk import Desk
from bot.home import Home
from bot.intake import Intake
from bot.library import Library
from bot.mascots import Mascots
from bot.people import People
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
    library: Library
    desk: Desk
    home: Home
    adding: Adding
    admission: Admission
    welcome: Welcome
    people: People
