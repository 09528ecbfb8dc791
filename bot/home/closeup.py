"""The close-up of a mascot: as stored, then with its pictures, then with Masko's answer."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import asdict

from bot.cards.service import Cards
from bot.cards.view import Card
from bot.channels.permission_rules import NOT_KNOWN, Act
from bot.channels.permissions import Actor, CannotTell, Denied, Permissions
from bot.db import Store
from bot.errors import BotError
from bot.home.service import try_again
from bot.home.view import closeup
from bot.jobs import Handler, Job, Queue
from bot.mascots.service import MascotGone, Mascots
from bot.slack.blocks import view_without_images
from bot.slack.errors import SlackError
from bot.slack.messenger import Messenger

log = logging.getLogger(__name__)

CLOSEUP = "home.closeup"


class Closeups:
    """Open close-ups; `ask_for` is the timeout of Masko's answer in seconds."""

    def __init__(
        self,
        store: Store,
        queue: Queue,
        messenger: Messenger,
        mascots: Mascots,
        cards: Cards,
        permissions: Permissions,
        ask_for: float,
    ) -> None:
        self._store = store
        self._queue = queue
        self._messenger = messenger
        self._mascots = mascots
        self._cards = cards
        self._permissions = permissions
        self._ask_for = ask_for

    @property
    def handlers(self) -> dict[str, Handler]:
        """The kinds of job that this service runs."""
        return {CLOSEUP: Handler(self._complete)}

    async def open(self, trigger_id: str, actor: Actor, mascot_id: str) -> None:
        """Open a mascot's close-up, at first without pictures.  Raises Denied, CannotTell, SlackError.

        A modal that Slack refuses for one of its pictures may cost the `trigger_id`.
        """
        await self._permissions.require(actor, Act.SEE, mascot=mascot_id)
        mascot, card = await self._mascots.known(mascot_id), await self._cards.of_mascot(mascot_id)
        if mascot is None or mascot.gone_at is not None or card is None:
            raise Denied(NOT_KNOWN)
        modal = closeup(card)
        view_id = await self._messenger.open_modal(trigger_id, view_without_images(modal))
        await self._messenger.update_modal(view_id, modal)
        payload = {"view": view_id, "actor": asdict(actor), "mascot": mascot_id}
        await self._store.write_at_once(
            lambda session: self._queue.put(session, CLOSEUP, lock=f"closeup:{view_id}", payload=payload),
            urgent=True,
        )

    async def _complete(self, job: Job) -> None:
        actor, mascot_id = Actor(**job.payload["actor"]), job.payload["mascot"]
        try:
            hidden = await self._permissions.refusal(actor, Act.SEE, mascot=mascot_id) is not None
            shown = None if hidden else await self._newest(mascot_id)
            if shown is not None:
                await self._messenger.update_modal(job.payload["view"], closeup(shown))
        except CannotTell as error:
            log.info("a mascot is shown as it is remembered: %s", error)
        except SlackError as error:
            try_again(job, error)

    async def _newest(self, mascot_id: str) -> Card | str | None:
        try:
            async with asyncio.timeout(self._ask_for):
                await self._mascots.refresh(mascot_id)
        except MascotGone as gone:
            return gone.words_alone
        except (BotError, TimeoutError) as error:
            log.info("a mascot is shown as it is remembered: %s", error)
            return None
        return await self._cards.of_mascot(mascot_id)
