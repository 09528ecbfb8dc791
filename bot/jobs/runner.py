"""What people ask for, as jobs: written down, acknowledged, run, retried by one policy, answered in words.

A feature says what runs and with which words it fails:

    actions.add("review.ask", self._ask, failed="Nobody was asked.")
    await actions.submit("review.ask", request, lock=f"review:{mascot_id}", mascot=mascot_id)
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Store, mascots
from bot.db.tables import PostRow, ThreadRow
from bot.errors import BotError
from bot.jobs.job import Handler, Job
from bot.jobs.queue import Queue
from bot.jobs.retry import GAVE_UP, next_try, retry_later
from bot.slack.blocks import Message
from bot.slack.errors import SlackError
from bot.slack.messenger import Messenger
from bot.slack.request import Request
from bot.slack.users import Members

log = logging.getLogger(__name__)

Run = Callable[[Job, Request], Awaitable[Message | None]]


@dataclass
class Actions:
    """Run what people ask for as jobs, and answer them privately."""

    store: Store
    queue: Queue
    messenger: Messenger
    members: Members

    def add(self, kind: str, run: Run, *, failed: str = "", waiting: str = "", bulk: bool = False) -> None:
        """Register what runs the actions of a kind; before the queue is started.

        Args:
            run: does it, and returns what the person is told; None where they see it anyway.  It must bear to
                be run again at any step.  What it finds in `job.payload` is what `submit` was given.
            failed: goes before the error's own words when it ends in a `BotError`: "Nobody was asked."
            waiting: goes after them when it is tried again later, at the first time: "I answer as soon as it
                works."  Without it, nothing is said of that.
        """

        async def handle(job: Job) -> None:
            request, replace = Request(**job.payload["request"]), job.payload.get("replace", False)
            try:
                answer = await run(job, request)
            except BotError as error:
                if waiting and not job.begun and next_try(job, error):
                    await self.answer(request, Message.of(f"{error.words} {waiting}"))
                retry_later(job, error)
                answer = Message.of(f"{failed} {error.words}".strip())
                replace = False
            if answer is not None:
                await self.answer(request, answer, replace=replace, job=job)

        async def gave_up(job: Job) -> None:
            await self.answer(Request(**job.payload["request"]), Message.of(GAVE_UP))

        self.queue.handle(kind, Handler(handle, gave_up, bulk=bulk))

    async def submit(self, kind: str, request: Request, *, lock: str, **how: Any) -> None:
        """Write down what somebody asks for, in a transaction of its own; see `put`."""
        await self.store.write_at_once(lambda session: self.put(session, kind, request, lock=lock, **how))

    async def put(
        self,
        session: AsyncSession,
        kind: str,
        request: Request,
        *,
        lock: str,
        key: str | None = None,
        **payload: Any,
    ) -> None:
        """Write down what somebody asks for, as part of the caller's transaction; `lock` and `key` as in
        `Queue.put`.

        `payload` is small JSON; with `replace`, the answer takes the place of the message that was pressed,
        unless it is about an error.
        """
        payload["request"] = asdict(request)
        await self.queue.put(session, kind, lock=lock, payload=payload, key=key)

    async def answer(
        self, request: Request, message: Message, *, replace: bool = False, job: Job | None = None
    ) -> None:
        """Answer so that only the person sees it: by the response_url, else in the channel or thread,
        else in direct messages; where Slack takes none of it, it is logged.

        With a `job`, that is run again (`Again`) while Slack cannot be reached; `replace` as in `put`.
        """
        try:
            if request.response_url:
                try:
                    await self.messenger.respond(request.response_url, message, replace=replace)
                    return
                except SlackError as error:
                    if job and not error.may_have_taken_effect:
                        retry_later(job, error)
                    log.info("%s is answered in the channel: %s", request.user, error)
            if request.channel:
                try:
                    await self.messenger.post_ephemeral(
                        request.channel, request.thread_ts, request.user, message
                    )
                    return
                except SlackError as error:
                    if not error.place_is_gone:
                        raise
            direct = await self.members.conversation_with(request.user)
            mark = f"answer:{job.id}" if job else "answer"
            if not (job and job.begun and await self.messenger.find_post(direct, mark)):
                await self.messenger.post(direct, message, request=mark)
        except SlackError as error:
            log.warning("%s could not be answered: %s", request.user, error)


async def say_once(
    messenger: Messenger, job: Job, channel: str, thread_ts: str | None, message: Message
) -> tuple[str, str]:
    """Post a message or a reply unless an earlier run of the job has; return its channel and ts.

    After a SlackError, running the job again is safe.
    """
    mark, found = f"job:{job.id}", None
    if thread_ts is None:
        if job.begun and (found := await messenger.find_post(channel, mark)):
            return channel, found
        return await messenger.post(channel, message, request=mark)
    if job.begun:
        found = await messenger.find_reply(channel, thread_ts, answers=mark, since=thread_ts)
    return channel, found or (await messenger.reply(channel, thread_ts, message, answers=mark)).ts


async def say_outcome(messenger: Messenger, job: Job, request: Request, message: Message) -> None:
    """Post an outcome in the thread, or in the place of the message `message_ts` of the job's payload."""
    message_ts = job.payload.get("message_ts")
    if message_ts is None or not await replace_message(messenger, request.channel, message_ts, message):
        await say_once(messenger, job, request.channel, request.thread_ts or "", message)


async def replace_message(messenger: Messenger, channel: str, ts: str, message: Message) -> bool:
    """Replace a message of the bot's own; return False if somebody deleted it."""
    try:
        await messenger.update(channel, ts, message)
    except SlackError as error:
        if not error.message_is_gone:
            raise
        return False
    return True


async def all_of(*steps: Awaitable[Any]) -> list[Any]:
    """Run steps side by side, all to their end, and return their results in order.

    Raises the worst of their errors: a fault of ours, else one that only a person can mend, else one that
    waiting may mend.  The others are logged.
    """
    ended = await asyncio.gather(*steps, return_exceptions=True)
    errors = [outcome for outcome in ended if isinstance(outcome, BaseException)]
    errors.sort(key=lambda error: 1 + error.worth_retrying if isinstance(error, BotError) else 0)
    for error in errors[1:]:
        log.warning("besides: %s: %s", type(error).__name__, error)
    if errors:
        raise errors[0]
    return ended


CARRY = "intake.carry"
REFRESH = "cards.refresh"
RETIRE = "cards.retire"
RULED = "review.ruled"
NO_CARD: Final = {"card_ts": None, "card_post_id": None}


async def refresh_card(
    session: AsyncSession, queue: Queue, thread: ThreadRow, *, delay: float = 0.0, refused: int = 0
) -> None:
    """Have the card of a thread shown again, once the caller's transaction is committed and after `delay`
    seconds.

    `refused`: how often Slack has refused the card's pictures before.
    """
    name = f"card:{thread.id}"
    payload = {"thread": thread.id, "refused": refused}
    await queue.put(session, REFRESH, lock=name, key=name, payload=payload, delay=delay)


async def refresh_cards(session: AsyncSession, queue: Queue, mascot_id: str) -> None:
    """Have every card of a mascot shown again, once the caller's transaction is committed."""
    for thread in await mascots.open_threads_of(session, mascot_id):
        await refresh_card(session, queue, thread)


async def retire_card(session: AsyncSession, queue: Queue, thread: ThreadRow, said: Message) -> None:
    """Unbind a thread from its mascot, and have a message put in the place of its card."""
    card_ts = thread.card_ts
    await mascots.change_thread(session, thread.id, **NO_CARD, mascot_id=None)
    if card_ts is not None:
        payload = {"thread": thread.id, "ts": card_ts, "said": asdict(said)}
        await queue.put(session, RETIRE, lock=f"card:{thread.id}", payload=payload)


async def carry_post(session: AsyncSession, queue: Queue, post: PostRow, post_id: int, **how: bool) -> None:
    """Have a post carried on, once the caller's transaction is committed.

    `again`: somebody pressed Retry; `in_passing`: its links were only mentioned.
    """
    lock = f"thread:{post.team}:{post.channel}:{post.thread_ts}"
    payload = {"post": post_id, **how}
    await queue.put(session, CARRY, lock=lock, payload=payload, key=f"post:{post_id}")
