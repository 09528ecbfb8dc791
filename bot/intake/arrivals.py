"""From Slack to Masko: the images of one post, side by side, each step remembered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db import Store, posts
from bot.db.tables import ImageState, IntakeRow, PostRow
from bot.errors import BotError
from bot.images import ImageFacts, ImageRefused, PreparedImage, prepare
from bot.intake.fairness import FairLimit
from bot.intake.scratch import scratch
from bot.intake.seats import Seats
from bot.jobs import CRASHES, Quarantine
from bot.jobs.together import all_of
from bot.mascots.outcomes import converted, duplicate, not_an_image, not_fetched, stopped_the_bot
from bot.masko import Asset, MaskoAddressNotPublic, MaskoBadRequest, MaskoClient
from bot.slack.files import DownloadError, MissingScope, SlackFiles, files_info_error
from bot.slack.post_images import ImageSource, from_file_info, is_seen
from bot.slack.workspace import SlackError, Workspace
from bot.telemetry.logging import Stopwatch, about, step

log = logging.getLogger(__name__)

AT_ONCE = 8  # images that are fetched and prepared; a Masko that takes its time keeps none of these places
DECODED_AT_ONCE = 4  # of them; each takes a core, and up to half a gigabyte


class Unusable(BotError):
    """One image that cannot become a reference, for reasons of its own."""

    def __init__(self, reason: str, state: ImageState = ImageState.REFUSED) -> None:
        super().__init__(reason)
        self.reason = reason
        self.state = state

    @property
    def words(self) -> str:
        return self.reason


class _Dropped(Exception):
    """An image that nobody wants any more."""


@dataclass
class _Arriving:
    """What the images of one post share while they arrive.

    Attributes:
        seats: the places that are left in the mascot.
        held: sha256 → file name of what the mascot has or is about to get.
        folder: where downloads go.
        signed_out: images that came as a sign-in page.
        fetched: some image of the post was fetched, so the bot may read files here.
        post: whose images they are, and whose share of the places they take.
    """

    seats: Seats
    held: dict[str, str]
    folder: Path
    post: PostRow
    signed_out: dict[int, MissingScope] = field(default_factory=dict)
    fetched: bool = False


class Arrivals:
    """Brings images to Masko.

    Args:
        store: remembers each image's state, so that a later run goes on from there.
        workspace: asked for files that came as Slack Connect stubs.
        files: downloads from Slack.
        masko: uploads to Masko.
        bot_token: what `files` may show to Slack.
        quarantine: says when a file may be tried over which the program has died.
        gave_up: told when one is not tried any more.
    """

    def __init__(
        self,
        *,
        store: Store,
        workspace: Workspace,
        files: SlackFiles,
        masko: MaskoClient,
        bot_token: SecretStr,
        quarantine: Quarantine,
        gave_up: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._workspace = workspace
        self._files = files
        self._masko = masko
        self._bot_token = bot_token
        self._quarantine = quarantine
        self._gave_up = gave_up
        self._at_once = FairLimit(AT_ONCE, person=4, channel=6)
        self._decoding = FairLimit(DECODED_AT_ONCE, person=2, channel=3)

    # -- Slack Connect ------------------------------------------------------------------------

    async def look_up(self, post: PostRow, images: Sequence[IntakeRow]) -> None:
        """Ask Slack about files that it only hinted at (Slack Connect; docs.slack.dev: files.info).

        Afterwards those images know their name and address, and the post whether it came from outside.

        Raises:
            SlackError: Slack could not be asked for a reason that may pass.
        """
        hints = [image for image in images if image.source == ImageSource.STUB and image.file_id]
        if not hints:
            return
        files = await all_of(*map(self._file_behind, hints))
        owners = {
            str(file["user_team"]) for file in files if isinstance(file, Mapping) and file.get("user_team")
        }
        post.from_outside = post.from_outside or bool(post.among_strangers and owners - {post.team})
        async with self._store.write() as session:  # together: no later run may forget whose they are
            await posts.change(session, post.id, from_outside=post.from_outside)
            for image, file in zip(hints, files, strict=True):
                known = _known_of(post, image, file)
                _remember(image, known)
                await posts.change_image(session, image.id, **known)

    async def _file_behind(self, image: IntakeRow) -> Mapping[str, Any] | str:
        """The file object; or why there is none, in words."""
        try:
            return await self._workspace.file_info(image.file_id or "")
        except SlackError as error:
            if error.worth_retrying:
                raise
            return files_info_error(error.code).words

    # -- looking ---------------------------------------------------------------------------------

    async def look_at(self, post: PostRow, images: Sequence[IntakeRow]) -> tuple[list[ImageFacts], list[str]]:
        """What the images of a post are like, before anything is done with them; Masko hears nothing of it.

        Pictures on other hosts are not looked at: only Masko fetches those.

        Returns:
            Facts about those that can be used, and a sentence or two about each that cannot.

        Raises:
            DownloadError: one could not be fetched for a reason that may pass, or that is not its own.
            Quarantined: the program has died over one, and does not try it again yet.
        """
        facts: list[ImageFacts] = []
        problems: list[str] = []
        with scratch() as folder:
            arriving = _Arriving(Seats(0, 0), {}, folder, post)
            for at, image in enumerate(images):
                if image.source == ImageSource.EXTERNAL or not image.url:
                    continue
                try:
                    async with self._counted(image):
                        facts.append((await self._fetch(image.name, image.url, at, arriving)).facts)
                except Unusable as unusable:
                    problems.append(unusable.words)
        return facts, problems

    # -- bringing -----------------------------------------------------------------------------

    async def bring(
        self, post: PostRow, images: Sequence[IntakeRow], *, room: int, held: Mapping[str, str]
    ) -> None:
        """Download, check and upload every waiting image, concurrently.

        What is wrong with one image is written to its row, and the others go on to their end.

        Args:
            post: whose images they are.
            images: the post's open images in order; those uploaded by an earlier run only take a place.
            room: how many references the mascot can still take.
            held: sha256 → file name of what the mascot has.

        Raises:
            MaskoError, DownloadError, SlackError, DecodingFailed, Quarantined, OSError: what stopped an image
                for a reason that is not its own; the one that nobody but a person can mend first.
        """
        uploaded = {image.sha256: image.name for image in images if image.sha256 and image.asset_id}
        with scratch() as folder:
            arriving = _Arriving(
                Seats(room, len(images)),
                held={**held, **uploaded},
                folder=folder,
                post=post,
                fetched=bool(uploaded),
            )
            await all_of(*(self._bring(image, at, arriving) for at, image in enumerate(images)))
        for at, error in arriving.signed_out.items():
            if not arriving.fetched:
                raise error
            await self._set(images[at], state=ImageState.REFUSED, detail=not_an_image(images[at].name))

    async def _bring(self, image: IntakeRow, at: int, arriving: _Arriving) -> None:
        seats = arriving.seats
        try:
            if image.state is ImageState.WAITING:
                with about(image=image.id, file=image.file_id):
                    await self._take_in(image, at, arriving)
            else:
                await seats.keep(at)
        except Unusable as error:
            await seats.give_up(at)
            await self._set(image, state=error.state, detail=error.words)
        except _Dropped:
            await seats.give_up(at)
        except MissingScope as error:
            await seats.give_up(at)
            arriving.signed_out[at] = error
        except BaseException:
            await seats.keep(at)
            raise

    async def _take_in(self, image: IntakeRow, at: int, arriving: _Arriving) -> None:
        if not image.url:
            raise Unusable(f"{image.name} has no address to fetch it from. Upload the image itself.")
        if image.source == ImageSource.EXTERNAL:
            await self._by_url(image, image.url, at, arriving)
            return
        async with self._counted(image):
            await self._by_file(image, image.url, at, arriving)

    @asynccontextmanager
    async def _counted(self, image: IntakeRow) -> AsyncIterator[None]:
        """Work on a file within the block, and count that until it ends: see `bot.jobs.quarantine`.

        Raises:
            Unusable: the program has died over this file too often.
            Quarantined: it has died over it, and does not try it again yet.
        """
        if image.unended >= CRASHES:
            self._gave_up()
            raise Unusable(stopped_the_bot(image.name))
        async with self._quarantine.turn(image.unended):
            await self._set(image, unended=image.unended + 1)
            try:
                yield
            finally:
                if image.unended:  # whatever became of it
                    image.unended = 0
                    await self._store.write_at_once(
                        lambda session: posts.change_image(session, image.id, unended=0)
                    )

    async def _by_file(self, image: IntakeRow, url: str, at: int, arriving: _Arriving) -> None:
        prepared = await self._fetch(image.name, url, at, arriving)
        sha256 = prepared.facts.sha256
        if sha256 in arriving.held:
            raise Unusable(duplicate(image.name, arriving.held[sha256]), ImageState.DUPLICATE)
        arriving.held[sha256] = image.name
        if not await arriving.seats.take(at):
            await self._set(image, state=ImageState.LEFT_OUT)
            return
        try:
            await self._still_wanted(image)
            asset = await self._upload(image, prepared)
        except BaseException:
            del arriving.held[sha256]  # what is not there is nobody's original
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

    async def _by_url(self, image: IntakeRow, url: str, at: int, arriving: _Arriving) -> None:
        """An external file: Masko fetches it itself; this program's token never goes to a foreign host."""
        if not await arriving.seats.take(at):
            await self._set(image, state=ImageState.LEFT_OUT)
            return
        await self._still_wanted(image)
        try:
            watch = Stopwatch()
            asset = await self._masko.upload_url(url)
            step(log, "uploaded", asset=asset.id, ms=watch.ms)
        except MaskoAddressNotPublic as error:
            raise Unusable(f"{image.name}: {error.words}") from error
        except MaskoBadRequest as error:
            raise Unusable(not_fetched(image.name, error)) from error
        await self._set(image, state=ImageState.UPLOADED, asset_id=asset.id)

    async def _fetch(self, name: str, url: str, at: int, arriving: _Arriving) -> PreparedImage:
        folder = arriving.folder / str(at)
        await asyncio.to_thread(folder.mkdir)
        try:
            async with self._at_once.place(**_owners(arriving.post)):
                watch = Stopwatch()
                downloaded = await self._files.download(url, token=self._bot_token, into=folder)
                step(log, "downloaded", bytes=downloaded.size, ms=watch.ms)
                arriving.fetched = True
                async with self._decoding.place(**_owners(arriving.post)):
                    watch = Stopwatch()
                    prepared = await prepare(downloaded.path, name=name, folder=folder)
                step(log, "prepared", format=prepared.facts.format, ms=watch.ms)
                return prepared
        except ImageRefused as error:
            raise Unusable(error.words) from error
        except DownloadError as error:
            if error.worth_retrying or isinstance(error, MissingScope):
                raise
            raise Unusable(f"{name}: {error.words}") from error

    async def _upload(self, image: IntakeRow, prepared: PreparedImage) -> Asset:
        try:
            watch = Stopwatch()
            asset = await self._masko.upload_file(
                prepared.path, filename=prepared.filename, content_type=prepared.content_type
            )
            step(log, "uploaded", asset=asset.id, ms=watch.ms)
            return asset
        except MaskoBadRequest as error:
            raise Unusable(f"{image.name}: {error.words}") from error

    async def _still_wanted(self, image: IntakeRow) -> None:
        """Raise `_Dropped` where an image was dropped since this run began: its source was deleted."""
        async with self._store.read() as session:
            (now,) = await posts.images(session, [image.id])
        if now.state not in posts.OPEN:
            raise _Dropped

    async def _set(self, image: IntakeRow, **values: Any) -> None:
        """Write down what became of an image, unless it was dropped meanwhile."""

        async def change(session: AsyncSession) -> bool:
            return await posts.change_open_image(session, image.id, **values)

        if await self._store.write_at_once(change):
            _remember(image, values)


def _owners(post: PostRow) -> dict[str, str]:
    return {"person": f"{post.team} {post.user}", "channel": f"{post.team} {post.channel}"}


def _known_of(post: PostRow, image: IntakeRow, file: Mapping[str, Any] | str) -> dict[str, Any]:
    """What Slack's answer about a hinted file says of an image, as columns."""
    if image.url is not None and (isinstance(file, str) or not is_seen(file, post.channel, post.user)):
        return {"state": ImageState.REFUSED, "detail": None}  # a link to what the poster may not see
    if isinstance(file, str):
        return {"state": ImageState.REFUSED, "detail": f"{image.name}: {file}"}
    found = from_file_info(file)
    if found is None:  # a video, say: among people that is none of the bot's business
        name = str(file.get("name") or image.name)
        return {"state": ImageState.REFUSED, "detail": not_an_image(name) if post.is_direct else None}
    if found.url is None:
        hidden = files_info_error("access_denied")
        return {"state": ImageState.REFUSED, "detail": f"{found.name}: {hidden.words}"}
    return {
        "source": found.source,
        "url": found.url,
        "name": found.name,
        "alt": found.alt,
        "showable": found.usable_in_blocks,
    }


def _remember(image: IntakeRow, values: Mapping[str, Any]) -> None:
    """Set columns on the caller's snapshot as well, which the rest of this run reads."""
    for column, value in values.items():
        setattr(image, column, value)
