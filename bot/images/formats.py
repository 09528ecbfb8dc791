"""What a file is, told by its first bytes alone: never by its name or by what somebody says it is."""

from __future__ import annotations

import re
from contextlib import suppress
from enum import StrEnum
from typing import Final
from xml.parsers import expat

from bot.text import tidy_name

HEAD_BYTES: Final = 64 * 1024  # that `sniff` wants to see: an SVG may begin with a long comment or a DOCTYPE


class ImageFormat(StrEnum):
    """A format that can become a reference, by the name people know it by."""

    PNG = "PNG"
    JPEG = "JPEG"
    WEBP = "WebP"
    GIF = "GIF"
    HEIC = "HEIC"
    AVIF = "AVIF"
    TIFF = "TIFF"
    BMP = "BMP"
    SVG = "SVG"

    @property
    def upload(self) -> tuple[str, str] | None:
        """Suffix and content type if Masko takes the format as it is (its page on image imports)."""
        return _UPLOADS.get(self)


_UPLOADS: Final = {
    ImageFormat.PNG: (".png", "image/png"),
    ImageFormat.JPEG: (".jpg", "image/jpeg"),
    ImageFormat.WEBP: (".webp", "image/webp"),
    ImageFormat.GIF: (".gif", "image/gif"),
}

_IMAGE_HEADS: Final = (
    (re.compile(rb"\x89PNG\r\n\x1a\n"), ImageFormat.PNG),
    (re.compile(rb"\xff\xd8\xff"), ImageFormat.JPEG),
    (re.compile(rb"GIF8[79]a"), ImageFormat.GIF),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), ImageFormat.WEBP),
    (re.compile(rb"II[*+]\0|MM\0[*+]"), ImageFormat.TIFF),
    # "BM" alone also begins many a text: the header's own length, in its 15th byte, is one of a few.
    (re.compile(rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", re.DOTALL), ImageFormat.BMP),
)

_OTHER_HEADS: Final = (
    (re.compile(rb"%PDF-"), "a PDF document"),
    (re.compile(rb"%!PS|\xc5\xd0\xd3\xc6"), "a PostScript drawing"),
    (re.compile(rb"8BPS"), "a Photoshop document"),
    (re.compile(rb"fig-kiwi"), "a Figma document"),
    (re.compile(rb"PK(\x03\x04|\x05\x06)"), "a zip archive"),
    (re.compile(rb"\x1f\x8b"), "a compressed file (gzip, or an SVGZ drawing)"),
    (re.compile(rb"Rar!|7z\xbc\xaf\x27\x1c|\xfd7zXZ|BZh|\x28\xb5\x2f\xfd"), "a compressed archive"),
    (re.compile(rb"\x1aE\xdf\xa3|FLV\x01|\0\0\x01\xba|RIFF....AVI ", re.DOTALL), "a video"),
    (re.compile(rb"ID3|\xff[\xfb\xf3\xf2]|OggS|fLaC|RIFF....WAVE", re.DOTALL), "a sound"),
    (re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51"), "a JPEG 2000 image"),
    (re.compile(rb"\0\0\0\x0cJXL |\xff\x0a"), "a JPEG XL image"),
    (re.compile(rb"\0\0[\x01\x02]\0[^\0]\0"), "an icon file (ICO)"),
    (re.compile(rb"\x7fELF|MZ|\xcf\xfa\xed\xfe"), "a program"),
)

_HTML: Final = re.compile(rb"<(!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_SVG_ROOT: Final = re.compile(rb"<(\w+:)?svg\b", re.IGNORECASE)


def sniff(head: bytes) -> ImageFormat | str | None:
    """Return a file's format by its first `HEAD_BYTES`, words ("a PDF document") if unfit, or None."""
    for pattern, image_format in _IMAGE_HEADS:
        if pattern.match(head):
            return image_format
    if head[4:8] == b"ftyp":
        return _from_brands(head)
    for pattern, words in _OTHER_HEADS:
        if pattern.match(head):
            return words
    return _from_markup(head.lstrip())


def _from_brands(head: bytes) -> ImageFormat | str:
    """Tell the ISO media files apart by their brands (ISO/IEC 14496-12, 23008-12; AV1 image file format)."""
    end = min(max(int.from_bytes(head[:4], "big"), 12), 256)
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, end, 4))}
    if brands & {b"avif", b"avis"}:
        return ImageFormat.AVIF
    # `mif1` and `msf1` only say "an image file": with no AVIF brand beside them the coding is HEVC.
    if brands & {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}:
        return ImageFormat.HEIC
    return "a camera raw file" if head[8:12] == b"crx " else "a video"


def _from_markup(head: bytes) -> ImageFormat | str | None:
    root = _root_element(head)
    if root == "svg":
        return ImageFormat.SVG
    if _HTML.search(head[:1024]):
        return "a web page (HTML)"
    if root is not None:
        return "an XML document"
    text = head[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"<") and _SVG_ROOT.search(text):
        return ImageFormat.SVG  # broken before its first element ends: to be refused as a broken SVG
    sample = head[:512]
    return "a text file" if sample and all(each >= 32 or each in b"\t\r\n\f" for each in sample) else None


def _root_element(head: bytes) -> str | None:
    """The local name of the first element, past declarations, comments and DOCTYPE, in any encoding."""
    tags: list[str] = []
    parser = expat.ParserCreate(namespace_separator="}")
    parser.StartElementHandler = lambda tag, _: tags.append(tag)
    # What follows the first element may well be broken, or cut off.
    with suppress(expat.ExpatError, ValueError, LookupError):
        parser.Parse(head, False)
    return tags[0].rpartition("}")[2] if tags else None


def measured(width: int, height: int) -> str:
    """Width and height as people write them, with a multiplication sign between."""
    return " × ".join(f"{side:,}" if side >= 10_000 else f"{side}" for side in (width, height))


def upload_name(name: str, suffix: str) -> str:
    """A file name that is safe in a multipart header and on any disk, ending in `suffix` (".png").

    >>> upload_name("../../My hero (1).HEIC", ".png")
    'My-hero-1.png'
    """
    base = re.split(r"[/\\]", tidy_name(name))[-1]
    stem = base.rpartition(".")[0] or base
    safe = re.sub(r"[^\w-]+", "-", stem).strip("-_")[:60]
    return f"{safe or 'image'}{suffix}"
