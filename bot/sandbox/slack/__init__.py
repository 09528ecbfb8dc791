"""A local Slack, as strict as the real one where this project meets it.

`LocalSlack` is the whole: an application to serve, and the actions of the people in it, for tests and for the
control API alike. What it imitates, how strictly, and what it does not, is on the page that
`python -m bot.sandbox.coverage` makes from the tables in here (docs/sandbox-coverage.md). What is not
imitated is refused rather than waved through.

Where Slack's documentation is silent the docstring says Choice.
"""

from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.files import NewFile
from bot.sandbox.slack.interactions import Submitted
from bot.sandbox.slack.local import LocalSlack
from bot.sandbox.slack.tokens import Tokens

__all__ = ["Delivery", "LocalSlack", "NewFile", "Submitted", "Tokens"]
