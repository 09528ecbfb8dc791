"""The contact sheet of a mascot in review: what is approved, as one numbered picture on the card."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Store, mascots
from bot.errors import BotError
from bot.images.pool import contact_sheet, prepare
from bot.images.temporary import temporary_folder
from bot.jobs import Handler, Job, Queue, retry_later
from bot.jobs.runner import refresh_cards
from bot.review.record import Record, keep_sheet, load, sheet_of
from bot.slack.files import SlackFiles
from bot.slack.messenger import Messenger
from bot.slack.text import text_of

log = logging.getLogger(__name__)

SHEET = "cards.sheet"


async def put_sheet(session: AsyncSession, queue: Queue, record: Record) -> None:
    """Have the contact sheet of the present edition made and shown, as part of the caller's transaction."""
    mascot_id, edition = record.mascot.id, record.edition.digest
    key = f"sheet:{mascot_id}:{edition}"
    payload = {"mascot": mascot_id, "edition": edition}
    await queue.put(session, SHEET, lock=f"sheet:{mascot_id}", key=key, payload=payload)


@dataclass
class ContactSheets:
    """Compose contact sheets and upload them to Slack, once for each edition."""

    store: Store
    queue: Queue
    messenger: Messenger
    files: SlackFiles
    bot_token: SecretStr

    def __post_init__(self) -> None:
        self.queue.handle(SHEET, Handler(self._make, bulk=True))

    async def _make(self, job: Job) -> None:
        """Where it cannot be made, the card goes on with thumbnails."""
        mascot_id = job.payload["mascot"]
        async with self.store.read() as session:
            record = await load(session, mascot_id)
            rows = {row.asset_id: row for row in await mascots.references(session, mascot_id)}
            made = await sheet_of(session, record) if record else None
        if record is None or made is not None or record.edition.digest != job.payload["edition"]:
            return  # a newer edition has a job of its own
        known = [rows.get(part.asset_id) for part in record.edition.parts]
        files = [row.file_id if row else None for row in known]
        try:
            file_id = await self._uploaded(files) if any(files) else ""
        except BotError as error:
            retry_later(job, error)
            log.warning("no contact sheet of %s: %s", mascot_id, error)
            file_id = ""
        async with self.store.write() as session:
            await keep_sheet(session, record, file_id)
            await refresh_cards(session, self.queue, mascot_id)

    async def _uploaded(self, files: list[str | None]) -> str:
        with temporary_folder() as folder:
            images = [await self._fetched(each, Path(folder)) if each else None for each in files]
            sheet = await contact_sheet(images, Path(folder, "sheet"))
        return await self.messenger.upload_image("references.png", sheet)

    async def _fetched(self, file_id: str, folder: Path) -> Path | None:
        """Return a file as Masko got it; None where Slack no longer has it."""
        try:
            told = await self.messenger.file_info(file_id)
            url = text_of(told, "url_private_download") or text_of(told, "url_private")
            downloaded = await self.files.download(url, token=self.bot_token, into=folder)
            return (await prepare(downloaded.path, name=file_id, folder=folder)).path
        except BotError as error:
            if error.worth_retrying:
                raise
            log.info("a place of a contact sheet stays empty: %s", error)
            return None
