from __future__ import annotations

from dataclasses import replace

import pytest

from bot.errors import BotError
from bot.jobs import Again, Job, retry_later
from bot.jobs.retry import backoff, next_try

JOB = Job(1, "work", "lock", {}, attempt=0, faults=0)


class Passing(BotError):
    worth_retrying = True


class Busy(Passing):
    waits_for_turn = True


def told_to_wait(error: BotError, seconds: float) -> BotError:
    error.retry_after = seconds
    return error


def test_failed_tries_wait_for_an_hour_in_all() -> None:
    job, waited = JOB, 0.0
    while next_try(job, Passing()):
        waited += backoff(job.attempt)
        job = replace(job, attempt=job.attempt + 1)
    assert 3600 <= waited < 3600 + 300


@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_a_wait_is_never_shorter_than_told_and_not_the_same_for_all(chance: float) -> None:
    again = next_try(JOB, told_to_wait(Passing(), 100.0), jitter=lambda: chance)
    assert again is not None
    assert again.failed
    assert again.seconds == 100.0 * (1 + chance / 4)


def test_a_turn_is_waited_for_however_often_and_as_long_as_told() -> None:
    again = next_try(replace(JOB, attempt=1000), told_to_wait(Busy(), 40.0), jitter=lambda: 1.0)
    assert again is not None
    assert not again.failed
    assert again.seconds == 40.0


def test_what_waiting_does_not_help_is_not_tried_again() -> None:
    retry_later(JOB, BotError())
    with pytest.raises(Again):
        retry_later(JOB, Passing())


@pytest.mark.parametrize(("attempt", "seconds"), [(0, 2), (1, 4), (2, 8), (7, 256), (8, 300), (5000, 300)])
def test_backoff_doubles_up_to_five_minutes(attempt: int, seconds: float) -> None:
    assert backoff(attempt) == seconds
