"""From Slack to Masko: the images of one post, side by side, each step remembered."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pydantic import SecretStr

from bot.errors import BotError
from bot.images import ImageRefused, PreparedImage, prepare
from bot.intake.seats import Seats
from bot.intake.together import all_of
from bot.masko import Asset, MaskoBadRequest, MaskoClient
from bot.outcomes import converted, duplicate
from bot.slack.files import DownloadError, MissingScope, SlackFiles, files_info_error
from bot.slack.post import ImageSource, from_file_info
from bot.slack.workspace import SlackError, Workspace
from bot.store import Store, posts
from bot.store.tables import ImageState, IntakeRow


class Unusable(BotError):
    """One image that cannot become a reference, for reasons of its own."""

    def __init__(self, reason: str, state: ImageState = ImageState.REFUSED) -> None:
        super().__init__(reason)
        self.reason = reason
        self.state = state

    @property
    def words(self) -> str:
        return self.reason


class Arrivals:
    """Brings images to Masko.

    Args:
        store: remembers each image's state, so that a later run goes on from there.
        workspace: asked for files that came as Slack Connect stubs.
        files: downloads from Slack.
        masko: uploads to Masko.
        bot_token: what `files` may show to Slack.
    """

    def __init__(
        self,
        store: Store,
        workspace: Workspace,
        files: SlackFiles,
        masko: MaskoClient,
        bot_token: SecretStr,
    ) -> None:
        self._store = store
        self._workspace = workspace
        self._files = files
        self._masko = masko
        self._bot_token = bot_token

    def check_budget(self) -> None:
        """Nothing is fetched while Masko would not take it.

        Raises:
            MaskoRateLimited: saying for how long.
        """
        self._masko.check_budget()

    async def look_up(self, images: Sequence[IntakeRow]) -> set[str]:
        """Ask Slack about files that it only hinted at (Slack Connect; docs.slack.dev: files.info).

        Args:
            images: the post's open images; those that were hints know their name and address afterwards.

        Returns:
            The workspaces whose members own those files, where Slack tells.

        Raises:
            SlackError: Slack could not be asked for a reason that may pass.
        """
        hints = [image for image in images if image.source == ImageSource.STUB and image.file_id]
        return {team for team in await all_of(*map(self._look_up, hints)) if team}

    async def _look_up(self, image: IntakeRow) -> str | None:
        try:
            file = await self._workspace.file_info(image.file_id or "")
        except SlackError as error:
            if error.worth_retrying:
                raise
            detail = _own_fault(image.name, files_info_error(error.code)).words
            await self._set(image, state=ImageState.REFUSED, detail=detail)
            return None
        if (found := from_file_info(file)) is None:
            await self._set(image, state=ImageState.REFUSED, detail=f"{image.name} is no image.")
        else:
            shown = {"name": found.name, "alt": found.alt, "showable": found.usable_in_blocks}
            await self._set(image, source=found.source, url=found.url, **shown)
        return str(file.get("user_team") or "") or None

    async def bring(self, images: Sequence[IntakeRow], *, room: int, held: dict[str, str]) -> None:
        """Download, check and upload every waiting image, concurrently.

        What is wrong with one image is written to its row, and the others go on.

        Args:
            images: the post's open images in order; those uploaded by an earlier run only take a place.
            room: how many references the mascot can still take.
            held: sha256 → file name of what the mascot has; grows by what is uploaded here.

        Raises:
            MaskoError, DownloadError, SlackError: what stopped an image for a reason that is not its
                own; the one that nobody but a person can mend first.
        """
        seats = Seats(room, len(images))
        with tempfile.TemporaryDirectory(prefix="masko-") as folder:
            steps = [
                self._bring(image, position, seats, held, Path(folder) / str(position))
                for position, image in enumerate(images)
            ]
            await all_of(*steps)

    async def _bring(
        self, image: IntakeRow, position: int, seats: Seats, held: dict[str, str], folder: Path
    ) -> None:
        try:
            if image.state is ImageState.WAITING:
                await self._take_in(image, position, seats, held, folder)
            else:
                await seats.keep(position)
        except Unusable as error:
            await seats.give_up(position)
            await self._set(image, state=error.state, detail=error.words)
        except BaseException:
            await seats.keep(position)
            raise

    async def _take_in(
        self, image: IntakeRow, position: int, seats: Seats, held: dict[str, str], folder: Path
    ) -> None:
        if not image.url:
            raise Unusable(f"{image.name} has no address to fetch it from. Upload the image itself.")
        if image.source == ImageSource.EXTERNAL:
            await self._by_url(image, image.url, position, seats)
            return
        await asyncio.to_thread(folder.mkdir)
        prepared = await self._fetch(image.name, image.url, folder)
        sha256 = prepared.facts.sha256
        if sha256 in held:
            raise Unusable(duplicate(image.name, held[sha256]), ImageState.DUPLICATE)
        held[sha256] = image.name
        if not await seats.take(position):
            await self._set(image, state=ImageState.LEFT_OUT)
            return
        asset = await self._upload(image, prepared)
        await self._set(
            image,
            state=ImageState.UPLOADED,
            asset_id=asset.id,
            sha256=sha256,
            facts=prepared.facts.as_json(),
            detail=converted(image.name, prepared.converted_from, prepared.scaled),
        )

    async def _by_url(self, image: IntakeRow, url: str, position: int, seats: Seats) -> None:
        """An external file: Masko fetches it itself; this program's token never goes to a foreign host."""
        if not await seats.take(position):
            await self._set(image, state=ImageState.LEFT_OUT)
            return
        try:
            asset = await self._masko.upload_url(url)
        except MaskoBadRequest as error:
            raise Unusable(
                f"{image.name}: Masko could not fetch it from its address. {error.words}"
            ) from error
        await self._set(image, state=ImageState.UPLOADED, asset_id=asset.id)

    async def _fetch(self, name: str, url: str, folder: Path) -> PreparedImage:
        try:
            downloaded = await self._files.download(url, token=self._bot_token, into=folder)
            return await prepare(downloaded.path, name=name, folder=folder)
        except ImageRefused as error:
            raise Unusable(error.words) from error
        except DownloadError as error:
            raise _own_fault(name, error) from error

    async def _upload(self, image: IntakeRow, prepared: PreparedImage) -> Asset:
        try:
            return await self._masko.upload_file(
                prepared.path, filename=prepared.filename, content_type=prepared.content_type
            )
        except MaskoBadRequest as error:
            raise Unusable(f"{image.name}: {error.words}") from error

    async def _set(self, image: IntakeRow, **values: object) -> None:
        """Write to the store what is now known of an image, and to the row that the caller holds."""
        for column, value in values.items():
            setattr(image, column, value)
        async with self._store.write() as session:
            await posts.change_image(session, image.id, **values)


def _own_fault(name: str, error: DownloadError) -> BotError:
    """The error to raise: about this image alone, unless waiting or an admin may mend it for all."""
    if error.worth_retrying or isinstance(error, MissingScope):
        return error
    return Unusable(f"{name}: {error.words}")
