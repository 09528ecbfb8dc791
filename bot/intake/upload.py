"""Images from Slack to Masko: download, decode and upload those of one post concurrently."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.db import Store, posts
from bot.db.tables import ImageState, IntakeRow, PostRow
from bot.errors import Refusal
from bot.images import ImageFacts, ImageRefused
from bot.images.pool import PreparedImage, prepare
from bot.images.temporary import temporary_folder
from bot.intake.view import Over
from bot.jobs.queue import CRASHES, Quarantine
from bot.jobs.runner import all_of
from bot.mascots.outcomes import converted, duplicate, not_an_image, not_fetched, stopped_the_bot
from bot.masko import MaskoClient
from bot.masko.errors import MaskoAddressNotPublic, MaskoBadRequest
from bot.slack.errors import DownloadError, Reason, SlackError, files_info_error
from bot.slack.files import SlackFiles
from bot.slack.messenger import Messenger
from bot.slack.post_images import ImageSource, from_file_info, is_seen
from bot.telemetry.logging import Stopwatch, about, step

log = logging.getLogger(__name__)

HOUR = timedelta(hours=1)  # what the quotas are for


class Unusable(Refusal):
    """One image cannot become a reference, for reasons of its own."""

    def __init__(self, words: str, state: ImageState = ImageState.REFUSED) -> None:
        super().__init__(words)
        self.state = state


Fetched = PreparedImage | BaseException | None
"""What fetching an image came to: the image or an error; None for a link, which Masko fetches."""


@dataclass
class Uploader:
    """Uploads images and stores each one's state; `gave_up` is called for a file that crashed the process.

    `quotas`: how many images one person, and one channel, may have taken in within an hour.
    """

    store: Store
    messenger: Messenger
    files: SlackFiles
    masko: MaskoClient
    bot_token: SecretStr
    quarantine: Quarantine
    quotas: tuple[int, int]
    gave_up: Callable[[], None] = lambda: None

    async def look_up(self, post: PostRow, images: Sequence[IntakeRow]) -> None:
        """Store Slack's facts about file stubs of Slack Connect (docs.slack.dev: files.info)."""
        stubs = [image for image in images if image.source == ImageSource.STUB and image.file_id]
        if not stubs:
            return
        files = await all_of(*map(self._file_behind, stubs))
        owners = {
            str(each["user_team"]) for each in files if isinstance(each, Mapping) and each.get("user_team")
        }
        post.from_outside = post.from_outside or bool(post.among_strangers and owners - {post.team})
        async with self.store.write() as session:  # together: no later run may forget whose they are
            await posts.change(session, post.id, from_outside=post.from_outside)
            for image, file in zip(stubs, files, strict=True):
                known = _known_of(post, image, file)
                _assign(image, known)
                await posts.change_image(session, image.id, **known)

    async def _file_behind(self, image: IntakeRow) -> Mapping[str, Any] | str:
        """Return the file object; or why there is none, in words."""
        try:
            return await self.messenger.file_info(image.file_id or "")
        except SlackError as error:
            if error.worth_retrying:
                raise
            return files_info_error(error.code).words

    async def admit(self, post: PostRow, images: Sequence[IntakeRow]) -> tuple[list[IntakeRow], Over | None]:
        """Fail those of these images that are over a quota; return the others.  Each counts only once."""
        new, now = [image for image in images if image.taken_at is None], datetime.now(UTC)
        if not new:
            return [*images], None
        async with self.store.write() as session:
            theirs = await posts.taken_since(session, post.team, PostRow.user == post.user, now - HOUR)
            here = await posts.taken_since(session, post.team, PostRow.channel == post.channel, now - HOUR)
            fits, over = min(
                room(self.quotas[0], "from one person", theirs, len(new), now),
                room(self.quotas[1], "in one channel", here, len(new), now),
            )
            failed = {"state": ImageState.FAILED, "detail": f"Not taken in yet, as {over.why}."}
            for place, image in enumerate(new):
                values = {"taken_at": now} if place < fits else failed
                await posts.change_image(session, image.id, posts.OPEN, **values)
        left_out = new[fits:]
        return [image for image in images if image not in left_out], over if left_out else None

    async def look_at(self, images: Sequence[IntakeRow]) -> tuple[list[ImageFacts], list[str]]:
        """Return facts about usable images, and a sentence or two about each other one; upload nothing.

        Images on other hosts are left out, as only Masko fetches those.  Raises DownloadError, Quarantined.
        """
        facts: list[ImageFacts] = []
        problems: list[str] = []
        with temporary_folder() as folder:
            for image in images:
                try:
                    if image.url and (prepared := await self._fetch(image, Path(folder))):
                        facts.append(prepared.facts)
                except Unusable as unusable:
                    problems.append(unusable.words)
                finally:
                    await self._note_ended([image])
        return facts, problems

    async def upload(self, images: Sequence[IntakeRow], *, room: int, held: Mapping[str, str]) -> None:
        """Download and check every waiting image, concurrently; then upload the first good ones that fit.

        Args:
            images: the open ones in order; those uploaded by an earlier run only take room.
            room: how many references the mascot can still take.
            held: sha256 → file name of what the mascot has.

        Raises BotError or OSError for what is no image's own fault, first what only a person can mend.
        """
        waiting = [image for image in images if image.state is ImageState.WAITING]
        uploaded = {image.sha256: image.name for image in images if image.sha256 and image.asset_id}
        known, good = {**held, **uploaded}, list[tuple[IntakeRow, Fetched]]()
        with temporary_folder() as folder:
            fetching = (self._fetch(image, Path(folder)) for image in waiting)
            try:
                fetched = await asyncio.gather(*fetching, return_exceptions=True)
            except asyncio.CancelledError:
                await self._note_ended(waiting)
                raise
            may_read = bool(uploaded) or any(isinstance(each, PreparedImage) for each in fetched)
            for image, outcome in zip(waiting, fetched, strict=True):
                if unusable := _unusable(image, outcome, known, may_read=may_read):
                    await self._set(image, state=unusable.state, detail=unusable.words, taken_at=None)
                else:
                    good.append((image, outcome))
            coming = iter(good)
            free = room - (len(images) - len(waiting))
            await all_of(*(self._fill_place(coming) for _ in range(free)), self._note_ended(waiting))
        for image, _ in coming:
            await self._set(image, state=ImageState.LEFT_OUT, taken_at=None)

    async def _fetch(self, image: IntakeRow, folder: Path) -> PreparedImage | None:
        """Download and decode an image, counting that as in `bot.jobs.queue.Quarantine`; None for a link: the
        bot's token never goes to a foreign host.  `_note_ended` is to be called afterwards."""
        if not image.url:
            raise Unusable(f"{image.name} has no address to fetch it from. Upload the image itself.")
        if image.source == ImageSource.EXTERNAL:
            return None
        if image.unended >= CRASHES:
            self.gave_up()
            raise Unusable(stopped_the_bot(image.name))
        async with self.quarantine.turn(image.unended):
            try:
                with about(image=image.id, file=image.file_id):
                    return await self._prepare(image, image.url, folder)
            finally:
                image.unended = 0

    async def _note_ended(self, images: Sequence[IntakeRow]) -> None:
        """Store that this process did not die of these images, except of those that were not begun."""
        async with self.store.write() as session:
            for image in images:
                if not image.unended:
                    await posts.change_image(session, image.id, unended=0)

    async def _prepare(self, image: IntakeRow, url: str, folder: Path) -> PreparedImage:
        name = image.name
        try:
            async with self.quarantine.fetching:
                watch = Stopwatch()
                downloaded, _ = await all_of(
                    self.files.download(url, token=self.bot_token, into=folder),
                    self._set(image, unended=image.unended + 1),
                )
                step(log, "downloaded", bytes=downloaded.size, ms=watch.ms)
                async with self.quarantine.decoding:
                    watch = Stopwatch()
                    prepared = await prepare(downloaded.path, name=name, folder=folder)
                step(log, "prepared", format=prepared.facts.format, ms=watch.ms)
                return prepared
        except ImageRefused as error:
            raise Unusable(error.words) from error
        except DownloadError as error:
            if error.worth_retrying or error.reason is Reason.MISSING_SCOPE:
                raise
            raise Unusable(f"{name}: {error.words}") from error

    async def _fill_place(self, coming: Iterator[tuple[IntakeRow, Fetched]]) -> None:
        """Upload the first of these images that Masko takes; one that has to wait keeps the place."""
        for image, fetched in coming:
            with about(image=image.id, file=image.file_id):
                if await self._upload(image, fetched):
                    return

    async def _upload(self, image: IntakeRow, fetched: Fetched) -> bool:
        """Return False where Masko refuses an image, or its source was deleted meanwhile."""
        if isinstance(fetched, BaseException):
            raise fetched
        async with self.store.read() as session:
            (now,) = await posts.images(session, [image.id])
        if now.state is not ImageState.WAITING:
            return False
        watch, values = Stopwatch(), dict[str, Any]()
        try:
            if fetched is None:
                asset = await self.masko.upload_url(image.url or "")
            else:
                asset = await self.masko.upload_file(
                    fetched.path, filename=fetched.filename, content_type=fetched.content_type
                )
                said = converted(image.name, fetched.converted_from, fetched.scaled, fetched.missing)
                facts = fetched.facts
                values = {"sha256": facts.sha256, "facts": facts.as_json(), "detail": said}
        except MaskoBadRequest as error:
            words = f"{image.name}: {error.words}"
            if fetched is None and not isinstance(error, MaskoAddressNotPublic):
                words = not_fetched(image.name, error)
            await self._set(image, state=ImageState.REFUSED, detail=words)
            return False
        step(log, "uploaded", asset=asset.id, ms=watch.ms)
        await self._set(image, state=ImageState.UPLOADED, asset_id=asset.id, **values)
        return True

    async def _set(self, image: IntakeRow, **values: Any) -> None:
        """Set columns of an image, unless it was dropped meanwhile."""
        if await self.store.write_at_once(
            lambda session: posts.change_image(session, image.id, posts.OPEN, **values)
        ):
            _assign(image, values)


def room(most: int, where: str, taken: Sequence[datetime], wanted: int, now: datetime) -> tuple[int, Over]:
    """Return how many of the images that are wanted may be taken in, and what keeps out the others.

    `taken`: when images were, ascending, within the last hour.
    """
    fits = max(0, min(wanted, most - len(taken)))
    counting = [*taken, *[now] * fits]
    ending = len(counting) - most + min(wanted - fits, most)  # so many of them make room for the others
    until = counting[ending - 1] + HOUR if ending > 0 else now
    return fits, Over(until, f"I take in at most {most} images an hour {where}")


def _unusable(
    image: IntakeRow, fetched: Fetched, known: dict[str, str], *, may_read: bool
) -> Unusable | None:
    """Return why an image becomes no reference; note its hash in `known` (sha256 → file name) otherwise.

    `may_read`: some image came, so a sign-in page does not mean that the bot lacks `files:read`.
    """
    if isinstance(fetched, Unusable):
        return fetched
    if isinstance(fetched, DownloadError) and fetched.reason is Reason.MISSING_SCOPE and may_read:
        return Unusable(not_an_image(image.name))
    if isinstance(fetched, PreparedImage):
        sha256 = fetched.facts.sha256
        if sha256 in known:
            return Unusable(duplicate(image.name, known[sha256]), ImageState.DUPLICATE)
        known[sha256] = image.name
    return None


def _known_of(post: PostRow, image: IntakeRow, file: Mapping[str, Any] | str) -> dict[str, Any]:
    """Return what Slack's answer about a stub says of an image, as columns."""
    refused = {"state": ImageState.REFUSED, "detail": None}
    if image.url is not None and (isinstance(file, str) or not is_seen(file, post.channel, post.user)):
        return refused  # a link to what the poster may not see
    if isinstance(file, str):
        return refused | {"detail": f"{image.name}: {file}"}
    found = from_file_info(file)
    if found is None:  # a video, say: among people that is none of the bot's business
        name = str(file.get("name") or image.name)
        return refused | {"detail": not_an_image(name) if post.is_direct else None}
    if found.url is None:
        return refused | {"detail": f"{found.name}: {files_info_error('access_denied').words}"}
    return {
        "source": found.source,
        "url": found.url,
        "name": found.name,
        "alt": found.alt,
        "showable": found.usable_in_blocks,
    }


def _assign(image: IntakeRow, values: Mapping[str, Any]) -> None:
    """Set columns on the caller's snapshot as well."""
    for column, value in values.items():
        setattr(image, column, value)
