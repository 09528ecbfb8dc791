"""Block Kit, checked as strictly as Slack checks it."""

from bot.sandbox.slack.blockkit.blocks import check_blocks, elements_of
from bot.sandbox.slack.blockkit.composition import check_options
from bot.sandbox.slack.blockkit.schema import Problem, Surroundings
from bot.sandbox.slack.blockkit.view_checks import check_view, too_large

__all__ = [
    "Problem",
    "Surroundings",
    "check_blocks",
    "check_options",
    "check_view",
    "elements_of",
    "too_large",
]
