"""Images from Slack to Masko: download, decode and upload those of one post concurrently."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from bot.db import Store, posts
from bot.db.tables import ImageState, IntakeRow, PostRow
from bot.errors import BotError
from bot.images import ImageFacts, ImageRefused, prepare
from bot.images.pool import PreparedImage
from bot.images.temporary import temporary_folder
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

AT_ONCE = 8  # images downloaded and decoded at a time; waiting for Masko does not count
DECODED_AT_ONCE = 4  # of them; each takes a core, and up to half a gigabyte


class Unusable(BotError):
    """One image cannot become a reference, for reasons of its own."""

    def __init__(self, reason: str, state: ImageState = ImageState.REFUSED) -> None:
        super().__init__(reason)
        self.reason = reason
        self.state = state

    @property
    def words(self) -> str:
        return self.reason


class _Dropped(Exception):
    """The source of an image was deleted while it was processed."""


class Capacity:
    """Gives a mascot's free references to a post's first good images, which are fetched concurrently."""

    def __init__(self, room: int, images: int) -> None:
        self._room = room
        self._taken: list[bool | None] = [None] * images
        self._changed = asyncio.Condition()

    async def take(self, position: int) -> bool:
        """Return whether there is room for an image; waits while earlier images may still need it."""
        async with self._changed:
            while True:
                before = self._taken[:position]
                if sum(taken is not False for taken in before) < self._room:
                    return True
                if sum(taken is True for taken in before) >= self._room:
                    return False
                await self._changed.wait()

    async def set(self, position: int, taken: bool) -> None:
        """Say whether an image needs a reference: it is good or may still come; or it was refused."""
        async with self._changed:
            self._taken[position] = taken
            self._changed.notify_all()


@dataclass
class _Batch:
    """State shared by the images of one post.

    Attributes:
        held: sha256 → file name of what the mascot has or is about to get.
        signed_out: images that came as a sign-in page, by position.
        fetched: some image was fetched, so the bot has `files:read` here.
    """

    capacity: Capacity
    held: dict[str, str]
    folder: Path
    signed_out: dict[int, DownloadError] = field(default_factory=dict)
    fetched: bool = False


@dataclass
class Uploader:
    """Uploads images and stores each one's state; `gave_up` is called for a file that crashed the process."""

    store: Store
    messenger: Messenger
    files: SlackFiles
    masko: MaskoClient
    bot_token: SecretStr
    quarantine: Quarantine
    gave_up: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._decoding = asyncio.Semaphore(DECODED_AT_ONCE)

    def check_limits(self) -> None:
        """Raise MaskoRateLimited or MaskoHeldBack where Masko would take nothing now."""
        self.masko.check_limits()

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

    async def look_at(self, images: Sequence[IntakeRow]) -> tuple[list[ImageFacts], list[str]]:
        """Return facts about usable images, and a sentence or two about each other one; upload nothing.

        Images on other hosts are left out, as only Masko fetches those.  Raises DownloadError, Quarantined.
        """
        facts: list[ImageFacts] = []
        problems: list[str] = []
        with temporary_folder() as folder:
            batch = _Batch(Capacity(0, 0), {}, folder)
            for at, image in enumerate(images):
                if image.source == ImageSource.EXTERNAL or not image.url:
                    continue
                try:
                    async with self._counted(image):
                        facts.append((await self._fetch(image.name, image.url, at, batch)).facts)
                except Unusable as unusable:
                    problems.append(unusable.words)
        return facts, problems

    async def upload(self, images: Sequence[IntakeRow], *, room: int, held: Mapping[str, str]) -> None:
        """Download, check and upload every waiting image, concurrently, each to its end.

        Args:
            images: the open ones in order; those uploaded by an earlier run only take room.
            room: how many references the mascot can still take.
            held: sha256 → file name of what the mascot has.

        Raises BotError or OSError for what is no image's own fault, first what only a person can mend.
        """
        uploaded = {image.sha256: image.name for image in images if image.sha256 and image.asset_id}
        with temporary_folder() as folder:
            batch = _Batch(Capacity(room, len(images)), {**held, **uploaded}, folder, fetched=bool(uploaded))
            await all_of(*(self._upload(image, at, batch) for at, image in enumerate(images)))
        for at, error in batch.signed_out.items():
            if not batch.fetched:
                raise error
            await self._set(images[at], state=ImageState.REFUSED, detail=not_an_image(images[at].name))

    async def _upload(self, image: IntakeRow, at: int, batch: _Batch) -> None:
        needs_room = True
        try:
            if image.state is ImageState.WAITING:
                with about(image=image.id, file=image.file_id):
                    await self._upload_waiting(image, at, batch)
        except Unusable as error:
            needs_room = False
            await self._set(image, state=error.state, detail=error.words)
        except _Dropped:
            needs_room = False
        except DownloadError as error:
            if error.reason is not Reason.MISSING_SCOPE:
                raise
            needs_room = False
            batch.signed_out[at] = error
        finally:
            await batch.capacity.set(at, needs_room)

    async def _upload_waiting(self, image: IntakeRow, at: int, batch: _Batch) -> None:
        if not image.url:
            raise Unusable(f"{image.name} has no address to fetch it from. Upload the image itself.")
        if image.source == ImageSource.EXTERNAL:
            await self._upload_link(image, image.url, at, batch)
            return
        async with self._counted(image):
            await self._upload_file(image, image.url, at, batch)

    @asynccontextmanager
    async def _counted(self, image: IntakeRow) -> AsyncIterator[None]:
        """Count work on a file until it ends; see `bot.jobs.queue`."""
        if image.unended >= CRASHES:
            self.gave_up()
            raise Unusable(stopped_the_bot(image.name))
        async with self.quarantine.turn(image.unended):
            await self._set(image, unended=image.unended + 1)
            try:
                yield
            finally:
                if image.unended:
                    image.unended = 0
                    await self.store.write_at_once(
                        lambda session: posts.change_image(session, image.id, unended=0)
                    )

    async def _upload_file(self, image: IntakeRow, url: str, at: int, batch: _Batch) -> None:
        prepared = await self._fetch(image.name, url, at, batch)
        sha256 = prepared.facts.sha256
        if sha256 in batch.held:
            raise Unusable(duplicate(image.name, batch.held[sha256]), ImageState.DUPLICATE)
        batch.held[sha256] = image.name
        await batch.capacity.set(at, True)
        if not await batch.capacity.take(at):
            await self._set(image, state=ImageState.LEFT_OUT)
            return
        try:
            await self._require_wanted(image)
            watch = Stopwatch()
            asset = await self.masko.upload_file(
                prepared.path, filename=prepared.filename, content_type=prepared.content_type
            )
            step(log, "uploaded", asset=asset.id, ms=watch.ms)
        except BaseException as error:
            del batch.held[sha256]  # what is not there is nobody's original
            if isinstance(error, MaskoBadRequest):
                raise Unusable(f"{image.name}: {error.words}") from error
            raise
        await self._set(
            image,
            state=ImageState.UPLOADED,
            unended=0,
            asset_id=asset.id,
            sha256=sha256,
            facts=prepared.facts.as_json(),
            detail=converted(image.name, prepared.converted_from, prepared.scaled, prepared.missing),
        )

    async def _upload_link(self, image: IntakeRow, url: str, at: int, batch: _Batch) -> None:
        """Let Masko fetch an external file; the bot's token never goes to a foreign host."""
        if not await batch.capacity.take(at):
            await self._set(image, state=ImageState.LEFT_OUT)
            return
        await self._require_wanted(image)
        try:
            watch = Stopwatch()
            asset = await self.masko.upload_url(url)
            step(log, "uploaded", asset=asset.id, ms=watch.ms)
        except MaskoAddressNotPublic as error:
            raise Unusable(f"{image.name}: {error.words}") from error
        except MaskoBadRequest as error:
            raise Unusable(not_fetched(image.name, error)) from error
        await self._set(image, state=ImageState.UPLOADED, asset_id=asset.id)

    async def _fetch(self, name: str, url: str, at: int, batch: _Batch) -> PreparedImage:
        folder = batch.folder / str(at)
        await asyncio.to_thread(folder.mkdir)
        try:
            async with self._at_once:
                watch = Stopwatch()
                downloaded = await self.files.download(url, token=self.bot_token, into=folder)
                step(log, "downloaded", bytes=downloaded.size, ms=watch.ms)
                batch.fetched = True
                async with self._decoding:
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

    async def _require_wanted(self, image: IntakeRow) -> None:
        async with self.store.read() as session:
            (now,) = await posts.images(session, [image.id])
        if now.state not in posts.OPEN:
            raise _Dropped

    async def _set(self, image: IntakeRow, **values: Any) -> None:
        """Set columns of an image, unless it was dropped meanwhile."""
        if await self.store.write_at_once(
            lambda session: posts.change_image(session, image.id, posts.OPEN, **values)
        ):
            _assign(image, values)


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
