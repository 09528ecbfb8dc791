"""Files: what was uploaded, what Slack says of it, who may see it, and when it is processed."""

from __future__ import annotations

import html
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.slack.directory import Channel, Directory, Person
from bot.sandbox.slack.filetypes import SHOWN_IN_BLOCKS, picture_size, type_of
from bot.sandbox.slack.ids import Ids

THUMBNAILS = (64, 80, 160, 360, 480)
LINES_SHOWN = 5
"""Of a snippet, in its preview (a Choice)."""


@dataclass(frozen=True)
class NewFile:
    """A file about to be posted.

    Attributes:
        alt: the description the poster gave it.
        mimetype: only to make Slack's word differ from the name's ending.
    """

    name: str
    content: bytes
    alt: str | None = None
    mimetype: str | None = None


@dataclass
class StoredFile:
    """A file of the workspace.

    Attributes:
        shares: (channel id, message ts) of every message that carries it.
        forwards: ids of the channels that a post with it was forwarded to. That everybody there may see the
            file, the bot included, is a Choice: Slack's documentation does not say.
        handed_over: given to the app in a modal's `file_input`.
    """

    id: str
    name: str
    title: str
    content: bytes
    owner: Person
    created: int
    ready_at: float
    alt: str | None = None
    mimetype: str | None = None
    shares: list[tuple[str, str]] = field(default_factory=list)
    forwards: list[str] = field(default_factory=list)
    handed_over: bool = False
    deleted: bool = False
    complete: bool = True

    def __post_init__(self) -> None:
        self.examine()

    def examine(self) -> None:
        """Work out type and picture size from name and content."""
        self.type = type_of(self.name, self.content)
        self.size = picture_size(self.content)


class FileStore:
    """All files of the workspace.

    Attributes:
        processing_delay: seconds until thumbnails exist and a `slack_file` may name the file.
        sign_in_page: answer every download with the sign-in page, as Slack does for a token without
            `files:read`.
        only_stubs: tell the app of no file more than its id, as Slack does in shared channels.
        refuse_in_blocks: treat every file as not yet processed in `slack_file`.
        unavailable: names of files whose download answers 503.
    """

    def __init__(
        self, directory: Directory, ids: Ids, origin: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.processing_delay = 0.3
        self.sign_in_page = False
        self.only_stubs = False
        self.refuse_in_blocks = False
        self.unavailable: set[str] = set()
        self._directory = directory
        self._ids = ids
        self._origin = origin
        self._clock = clock
        self._files: dict[str, StoredFile] = {}

    def add(
        self, new: NewFile, owner: Person, *, title: str | None = None, complete: bool = True
    ) -> StoredFile:
        """Store a file; it is processed `processing_delay` seconds from now."""
        file = StoredFile(
            id=self._ids.new("F"),
            name=new.name,
            title=title or new.name,
            content=new.content,
            owner=owner,
            created=int(time.time()),
            ready_at=self._clock() + self.processing_delay,
            alt=new.alt,
            mimetype=new.mimetype,
            complete=complete,
        )
        self._files[file.id] = file
        return file

    def fill(self, file_id: str, content: bytes) -> None:
        """Put the uploaded bytes into a file whose upload URL was asked for."""
        file = self._files[file_id]
        file.content = content
        file.examine()

    def complete(self, file: StoredFile, title: str | None) -> None:
        """End an upload: processing starts now."""
        file.title, file.complete = title or file.title, True
        file.ready_at = self._clock() + self.processing_delay

    def get(self, file_id: str) -> StoredFile | None:
        """The file of this id, unless it was never there or is deleted."""
        file = self._files.get(file_id)
        return None if file is None or file.deleted else file

    def all(self) -> list[StoredFile]:
        """Every file that is there, oldest first."""
        return [file for file in self._files.values() if not file.deleted]

    def put(self, file: StoredFile) -> None:
        """Keep a file under the id that it has."""
        self._files[file.id] = file

    def forget(self) -> None:
        """Forget every file; the switches stay."""
        self._files.clear()

    def known(self, file_id: str) -> bool:
        """Whether a file of this id is there, or was."""
        return file_id in self._files

    def give_to(self, other: FileStore, file: StoredFile) -> None:
        """Move a file of the bot's to another workspace, where it is that workspace's bot's."""
        del self._files[file.id]
        file.owner = other._directory.bot
        other.put(file)

    def was_deleted(self, file_id: str) -> bool:
        """Whether a file of this id existed once."""
        return file_id in self._files and self._files[file_id].deleted

    def by_url(self, url: str) -> StoredFile | None:
        """The file whose `url_private` or `permalink` this is."""
        return next((f for f in self._files.values() if url in (self._private(f), self._permalink(f))), None)

    def processed(self, file: StoredFile) -> bool:
        """Whether Slack has made thumbnails of it."""
        return self._clock() >= file.ready_at

    def shown_in_blocks(self, file: StoredFile) -> bool:
        """Whether an image block may name it: a processed, readable png, jpg or gif that the bot can see."""
        return (
            not self.refuse_in_blocks
            and self.processed(file)
            and file.type.filetype in SHOWN_IN_BLOCKS
            and file.size is not None
            and self.visible_to_bot(file)
        )

    def visible_to_bot(self, file: StoredFile) -> bool:
        """Whether the bot uploaded it, was handed it, or is in a channel that it was shared in."""
        bot = self._directory.app.bot_user_id
        if file.handed_over or file.owner.id == bot:
            return True
        places = [*dict(file.shares), *file.forwards]
        return any(bot in self._directory.channels[place].members for place in places)

    def as_json(self, file: StoredFile) -> dict[str, Any]:
        """The file object (docs.slack.dev: file object)."""
        public = any(channel.kind == "channel" for channel in self._channels(file))
        described = {
            "id": file.id,
            "created": file.created,
            "timestamp": file.created,
            "name": file.name,
            "title": file.title,
            "mimetype": self._mimetype(file),
            "filetype": file.type.filetype,
            "pretty_type": file.type.pretty_type,
            "user": file.owner.id,
            "user_team": file.owner.team_id,
            "editable": file.type.mode == "snippet",
            "size": len(file.content),
            "mode": file.type.mode,
            "is_external": False,
            "external_type": "",
            "is_public": public,
            "public_url_shared": False,
            "display_as_bot": False,
            "username": "",
            "url_private": self._private(file),
            "url_private_download": self._private(file, "download/"),
            "permalink": self._permalink(file),
            "permalink_public": f"{self._origin}/public/{self._team}-{file.id}-0123456789",
            "has_rich_preview": False,
            "file_access": "visible",
        }
        alt = {"alt_txt": file.alt} if file.alt else {}
        return described | alt | self._snippet(file) | self._picture(file)

    def move(self, old: str, new: str | None) -> None:
        """Let what was shared in a channel be shared under its new id; None: nowhere any more."""
        for file in self._files.values():
            shares = [(new if at == old else at, ts) for at, ts in file.shares]
            file.shares = [(at, ts) for at, ts in shares if at is not None]
            forwards = [new if at == old else at for at in file.forwards]
            file.forwards = [at for at in forwards if at is not None]

    def info(self, file: StoredFile) -> dict[str, Any]:
        """The file object with its shares, as files.info answers it."""
        channels = self._channels(file)

        def ids(*kinds: str) -> list[str]:
            return [channel.id for channel in channels if channel.kind in kinds]

        def shares(public: bool) -> dict[str, list[dict[str, str]]]:
            found: dict[str, list[dict[str, str]]] = {}
            for channel_id, ts in file.shares:
                if (self._directory.channels[channel_id].kind == "channel") is public:
                    found.setdefault(channel_id, []).append({"ts": ts})
            return found

        both = {"public": shares(True), "private": shares(False)}
        return self.as_json(file) | {
            "channels": ids("channel"),
            "groups": ids("private", "mpim"),
            "ims": ids("im"),
            "shares": {name: found for name, found in both.items() if found},
            "comments_count": 0,
        }

    def in_message(self, file_ids: Iterable[str], *, to_app: bool = False) -> list[dict[str, Any]]:
        """The `files` of a message; with `to_app`, files from another organisation are stubs."""
        return [
            _stub(file.id)
            if to_app and (self.only_stubs or file.owner.team_id != self._directory.team.id)
            else _tombstone(file.id)
            if file.deleted
            else self.as_json(file)
            for file in map(self._files.__getitem__, file_ids)
        ]

    def _mimetype(self, file: StoredFile) -> str:
        """The bot's own file has none before it is processed (java-slack-sdk #1349)."""
        if file.owner.id == self._directory.app.bot_user_id and not self.processed(file):
            return ""
        return file.mimetype or file.type.mimetype

    def _snippet(self, file: StoredFile) -> dict[str, Any]:
        if file.type.mode != "snippet":
            return {}
        lines = file.content.decode("utf-8", "replace").splitlines()
        preview = "\n".join(lines[:LINES_SHOWN])
        return {
            "edit_link": f"{self._permalink(file)}/edit",
            "preview": preview,
            "preview_highlight": f'<div class="CodeMirror"><pre>{html.escape(preview)}</pre></div>',
            "lines": len(lines),
            "lines_more": max(0, len(lines) - LINES_SHOWN),
            "preview_is_truncated": len(lines) > LINES_SHOWN,
        }

    def _picture(self, file: StoredFile) -> dict[str, Any]:
        if file.size is None or not self.processed(file):
            return {}
        width, height = file.size
        thumbs = {f"thumb_{edge}": self._thumbnail(file, edge) for edge in THUMBNAILS}
        scale = min(1.0, 360 / max(width, height, 1))
        return thumbs | {
            "media_display_type": "unknown",
            "thumb_360_w": max(1, round(width * scale)),
            "thumb_360_h": max(1, round(height * scale)),
            "original_w": width,
            "original_h": height,
        }

    def _channels(self, file: StoredFile) -> list[Channel]:
        return [self._directory.channels[channel_id] for channel_id in dict(file.shares)]

    @property
    def _team(self) -> str:
        return self._directory.team.id

    def _private(self, file: StoredFile, folder: str = "") -> str:
        return f"{self._origin}/files-pri/{self._team}-{file.id}/{folder}{_in_url(file.name)}"

    def _thumbnail(self, file: StoredFile, edge: int) -> str:
        return f"{self._origin}/files-tmb/{self._team}-{file.id}-{edge}/{_in_url(file.name)}"

    def _permalink(self, file: StoredFile) -> str:
        return f"{self._origin}/files/{file.owner.id}/{file.id}/{_in_url(file.name)}"


def _in_url(name: str) -> str:
    """A file's name as Slack writes it into URLs: lower case, everything unusual an underscore."""
    return (
        "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name.casefold()) or "file"
    )


def _stub(file_id: str) -> dict[str, Any]:
    return {
        "id": file_id,
        "mode": "file_access",
        "file_access": "check_file_info",
        "created": 0,
        "timestamp": 0,
        "user": "",
    }


def _tombstone(file_id: str) -> dict[str, Any]:
    return {"id": file_id, "mode": "tombstone"}
