"""What kind of file a name, or the bytes behind it, make: Slack's filetype, mimetype and pretty_type.

Like Slack, the name's ending decides where it is known, whatever the bytes are; the bytes decide only
for names without one. (A Choice: Slack documents the list of types, not how it picks one.)
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import PurePath

from PIL import Image, UnidentifiedImageError


@dataclass(frozen=True)
class FileType:
    """A type as file objects name it (docs.slack.dev: file object)."""

    filetype: str
    mimetype: str
    pretty_type: str
    mode: str = "hosted"


_PNG = FileType("png", "image/png", "PNG")
_JPG = FileType("jpg", "image/jpeg", "JPEG")
_GIF = FileType("gif", "image/gif", "GIF")
_WEBP = FileType("webp", "image/webp", "WebP")
_TIFF = FileType("tiff", "image/tiff", "TIFF")
_PDF = FileType("pdf", "application/pdf", "PDF")
_TEXT = FileType("text", "text/plain", "Plain Text", "snippet")
_BINARY = FileType("binary", "application/octet-stream", "Binary")

_BY_ENDING = {
    "png": _PNG,
    "jpg": _JPG,
    "jpeg": _JPG,
    "gif": _GIF,
    "webp": _WEBP,
    "tif": _TIFF,
    "tiff": _TIFF,
    "heic": FileType("heic", "image/heic", "HEIC"),
    "heif": FileType("heic", "image/heic", "HEIC"),
    "avif": FileType("avif", "image/avif", "AVIF"),
    "bmp": FileType("bmp", "image/bmp", "Bitmap"),
    "svg": FileType("svg", "image/svg+xml", "SVG"),
    "psd": FileType("psd", "image/vnd.adobe.photoshop", "Photoshop"),
    "pdf": _PDF,
    "mp4": FileType("mp4", "video/mp4", "MPEG 4 Video"),
    "mov": FileType("mov", "video/quicktime", "QuickTime Movie"),
    "zip": FileType("zip", "application/zip", "Zip"),
    "txt": _TEXT,
    "md": FileType("markdown", "text/plain", "Markdown (raw)", "snippet"),
    "json": FileType("json", "text/plain", "JSON", "snippet"),
    "html": FileType("html", "text/html", "HTML", "snippet"),
}
_BY_HEAD = (
    (b"\x89PNG\r\n\x1a\n", _PNG),
    (b"\xff\xd8\xff", _JPG),
    (b"GIF8", _GIF),
    (b"RIFF", _WEBP),
    (b"II*\x00", _TIFF),
    (b"MM\x00*", _TIFF),
    (b"%PDF", _PDF),
)

SHOWN_IN_BLOCKS = frozenset({"png", "jpg", "jpeg", "gif"})
"""The types a `slack_file` may have (docs.slack.dev: Slack file object)."""


def type_of(name: str, content: bytes) -> FileType:
    """The type Slack gives a file of this name and content."""
    ending = PurePath(name).suffix.removeprefix(".").casefold()
    if known := _BY_ENDING.get(ending):
        return known
    for head, known in _BY_HEAD:
        if content.startswith(head):
            return known
    return _TEXT if _is_text(content) else _BINARY


HEADER_BYTES = 256 * 1024
"""Of a file that are looked at for its size: its author may have made the rest cost minutes."""


def picture_size(content: bytes) -> tuple[int, int] | None:
    """Width and height in pixels, or None where the beginning of the file does not tell them."""
    if content[:4] == b"RIFF":
        return _webp_size(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            head = io.BytesIO(content[:HEADER_BYTES])
            with Image.open(head, formats=("PNG", "JPEG", "GIF", "BMP")) as picture:
                return picture.size
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return None


def _webp_size(content: bytes) -> tuple[int, int] | None:
    """By its first chunk (WebP container specification): its decoder would make room for all pixels."""
    match content[12:16]:
        case b"VP8X":
            sides = content[24:27], content[27:30]
            return int.from_bytes(sides[0], "little") + 1, int.from_bytes(sides[1], "little") + 1
        case b"VP8L":
            bits = int.from_bytes(content[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8 ":
            sides = content[26:28], content[28:30]
            return int.from_bytes(sides[0], "little") & 0x3FFF, int.from_bytes(sides[1], "little") & 0x3FFF
    return None


def _is_text(content: bytes) -> bool:
    try:
        return "\x00" not in content.decode("utf-8")
    except UnicodeDecodeError:
        return False
