"""One call as its endpoint reads it: the body, the upload, the query; and what the inspector shows of it."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from aiohttp import BodyPartReader, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError
from pydantic import BaseModel

from bot.sandbox.masko.bodies import Form, understood
from bot.sandbox.masko.pictures import MOST_BYTES
from bot.sandbox.masko.refusals import Refusal, bad_request
from bot.sandbox.tracing.handles import fingerprint

Said = TypeVar("Said", bound=BaseModel)
_BEARER = "Bearer "
_CHUNK = 64 * 1024
_LET_GO = 32 * 1024 * 1024  # bytes that are read so that the caller hears why they are not taken
_BROKEN = (ValueError, HttpProcessingError, web.RequestPayloadError)
"""What aiohttp raises, where it is documented and where it is not, for bodies that are not what they say."""


class _Anything(BaseModel):
    """Whatever a body says."""


@dataclass(frozen=True)
class Upload:
    """The file of a multipart form: its bytes (at most one more than Masko accepts) and its name."""

    data: bytes
    filename: str | None


class Call:
    """A request, read strictly.

    Attributes:
        shown: what it said, for the inspector; None until something was read.
    """

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self.shown: Any = dict(request.query) or None

    def part(self, name: str) -> str:
        """A part of the path, such as `collection_id`."""
        return self._request.match_info[name]

    @property
    def key(self) -> str:
        """The key that it came with; nothing when it came with none."""
        said = self._request.headers.get(hdrs.AUTHORIZATION, "")
        return said.removeprefix(_BEARER) if said.startswith(_BEARER) else ""

    @property
    def is_multipart(self) -> bool:
        """Whether the body is a form."""
        return self._request.content_type == "multipart/form-data"

    def query(self, model: type[Said]) -> Said:
        """The query string as `model`.

        Raises:
            Refusal: 400, also for a name that comes twice (Choice).
        """
        said = self._request.query
        if twice := [name for name in dict.fromkeys(said) if len(said.getall(name)) > 1]:
            raise bad_request(f"{twice[0]}: given more than once")
        return understood(model, dict(said))

    async def body(self, model: type[Said]) -> Said:
        """The JSON body as `model`.

        Raises:
            Refusal: 400, also when its content type is not JSON.
        """
        if self._request.content_type != "application/json":
            said = self._request.headers.get(hdrs.CONTENT_TYPE, "none")
            raise bad_request(f"Content-Type must be application/json, not {said}.")
        self.shown = await self._json()
        if not isinstance(self.shown, dict):
            raise bad_request("The body must be a JSON object.")
        return understood(model, self.shown)

    async def _json(self) -> Any:
        try:
            return json.loads(await self._request.read(), parse_constant=_no_number)
        except _BROKEN as broken:
            raise bad_request(f"The body is not JSON: {broken}.") from None
        except RecursionError:
            raise bad_request("The body is nested too deeply.") from None
        except web.HTTPRequestEntityTooLarge:
            raise bad_request("The body is larger than 1 MB.") from None

    async def look(self) -> None:
        """Read what was said for the inspector alone; the call itself goes wrong in another way."""
        with suppress(Refusal):
            if self.is_multipart:
                await self.upload()
            elif self._request.can_read_body:
                await self.body(_Anything)

    async def upload(self) -> Upload:
        """The form's only field, `file`, read as it streams in.

        Raises:
            Refusal: 400 for a missing file, one without bytes in a file part, or further fields.
        """
        try:
            return await self._form()
        except _BROKEN as broken:
            raise bad_request(f"The form could not be read: {broken}.") from None

    async def _form(self) -> Upload:
        upload: Upload | None = None
        strangers = []
        async for part in await self._request.multipart():
            if not isinstance(part, BodyPartReader):
                raise bad_request("A form within the form.")
            data = await _bounded(part)
            if part.name in Form.model_fields and upload is None:
                upload = Upload(data, part.filename)
            else:
                strangers.append(part.name)
        self.shown = _form_shown(upload, strangers)
        return _only_file(upload, strangers)


def _no_number(name: str) -> NoReturn:
    """JSON has no `NaN` and no `Infinity` (RFC 8259, section 6), though Python reads them."""
    raise ValueError(f"{name} is no number")


def _form_shown(upload: Upload | None, strangers: list[str | None]) -> dict[str, Any]:
    file = (
        {
            "filename": upload.filename,
            "bytes": len(upload.data),
            "fingerprint": fingerprint(upload.data),
        }
        if upload
        else None
    )
    return {"file": file, **({"more": strangers} if strangers else {})}


def _only_file(upload: Upload | None, strangers: list[str | None]) -> Upload:
    if strangers:
        raise bad_request(f"Unknown form field {strangers[0]!r}: the only one is 'file', once.")
    if upload is None:
        raise bad_request("The form has no field 'file'.")
    return upload


async def _bounded(part: BodyPartReader) -> bytes:
    """The part's bytes up to one more than Masko accepts; some of the rest is read and let go.

    Raises:
        Refusal: 400 when it does not end soon.
    """
    data, let_go = bytearray(), 0
    while chunk := await part.read_chunk(_CHUNK):
        if len(data) <= MOST_BYTES:
            data += chunk
        elif (let_go := let_go + len(chunk)) > _LET_GO:
            raise bad_request(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.")
    return bytes(data[: MOST_BYTES + 1])
