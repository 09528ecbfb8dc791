"""The main job: an image in a post becomes a mascot, or a reference of the thread's mascot."""

from bot.intake.answers import Answers
from bot.intake.arrivals import Arrivals
from bot.intake.asking import Asking
from bot.intake.door import Door
from bot.intake.order import Order
from bot.intake.rows import ANOTHER
from bot.intake.service import Intake
from bot.jobs.followups import CARRY

__all__ = ["ANOTHER", "CARRY", "Answers", "Arrivals", "Asking", "Door", "Intake", "Order"]
