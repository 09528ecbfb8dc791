"""The retry policy: what a failed job waits for, and when it is given up.

| what happened                          | counts as    | next try after     | given up         | told     |
|----------------------------------------|--------------|--------------------|------------------|----------|
| `BotError.waits_for_turn` (rate limit) | nothing      | as the server said | never            | feature  |
| `BotError.worth_retrying`              | a failed try | 2, 4, 8 … 300 s    | after an hour    | `.words` |
| any other `BotError`                   |              |                    | at once          | `.words` |
| unexpected exception                   | a fault      | 2, 4, 8, 16 s      | UNEXPECTED_TRIES | GAVE_UP  |
| the database is away                   | nothing      | 2 s                | never            | nobody   |

Failed tries wait no less than the server said, and up to a quarter longer; the hour counts 2, 4, 8 … s alone.
`told`: what the person hears.  The first three rows are decided here, the others by the queue.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from bot.errors import BotError
from bot.jobs.job import Again, Job

FIRST_WAIT, LONGEST_WAIT = 2.0, 300.0  # seconds
PATIENCE = 3600.0  # seconds of waits after failed tries, all in all
UNEXPECTED_TRIES = 5
GAVE_UP = "Something went wrong on our side and it's in the log. Please try again."


def backoff(attempt: int) -> float:
    """Return the seconds to wait after failed try number `attempt`, from 0: 2, 4, 8 … at most 300."""
    return min(LONGEST_WAIT, FIRST_WAIT * 2.0 ** min(attempt, 30))


def next_try(job: Job, error: BotError, *, jitter: Callable[[], float] = random.random) -> Again | None:
    """Return what to raise for the job to be run again; None where waiting does not help, or not any more.

    `jitter` returns a random number from 0 to 1: what failed together must not come back together.
    """
    turn, waited = error.waits_for_turn, sum(map(backoff, range(job.attempt)))
    if not turn and (not error.worth_retrying or waited >= PATIENCE):
        return None
    if turn and error.retry_after:
        return Again(error.retry_after, failed=False)
    seconds = max(error.retry_after or 0.0, backoff(job.attempt)) * (1 + jitter() / 4)
    return Again(seconds, failed=not turn)


def retry_later(job: Job, error: BotError) -> None:
    """Raise `Again` where waiting helps; else return."""
    if again := next_try(job, error):
        raise again from error
