"""Lines that a job says in a thread: once, although the job may be run again at any step."""

from __future__ import annotations

from bot.errors import BotError
from bot.jobs import Again, Job, pause_after
from bot.masko import MaskoRateLimited
from bot.slack.blocks import Message
from bot.slack.workspace import SlackRateLimited, Workspace


async def say_once(workspace: Workspace, job: Job, channel: str, thread_ts: str, message: Message) -> str:
    """Say something in a thread, unless an earlier run of the job has.

    Returns:
        Its ts.

    Raises:
        SlackError: refused, or not reached; running the job again is safe.
    """
    mark = f"job:{job.id}"
    if job.begun_before:
        found = await workspace.find_reply(channel, thread_ts, answers=mark, since=thread_ts)
        if found is not None:
            return found
    return (await workspace.say(channel, thread_ts, message, answers=mark)).ts


def again_or(job: Job, error: BotError) -> None:
    """Where waiting helps and patience lasts, have the job run again; else return.

    Raises:
        Again: later.
    """
    turn = isinstance(error, MaskoRateLimited | SlackRateLimited)
    if turn or (error.worth_retrying and not job.out_of_patience):
        raise Again(pause_after(error, job.attempt, in_turn=turn), in_vain=not turn) from error
