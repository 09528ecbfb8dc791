"""What a file is, by its bytes; and names made fit to be shown and sent."""

from __future__ import annotations

import doctest
import zipfile
from io import BytesIO

import pytest

from bot.images import formats
from bot.images.formats import ImageFormat, measured, sniff, upload_name
from bot.text import short_name
from tests.images.samples import sample


@pytest.mark.parametrize("image_format", ImageFormat)
def test_each_format_is_told_by_its_bytes(image_format: ImageFormat) -> None:
    assert sniff(sample(image_format)) is image_format


@pytest.mark.parametrize(
    "head",
    [
        b"<svg/>",
        b'\n  <?xml version="1.0"?><svg/>',
        b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- <html> drawn by hand -->\n<svg width="10" height="10"/>',
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"><svg/>',
        b'<!DOCTYPE svg [<!ENTITY ns "http://www.w3.org/2000/svg">]><svg xmlns="&ns;"/>',
        b'<s:svg xmlns:s="http://www.w3.org/2000/svg"/>',
        '<?xml version="1.0" encoding="UTF-16"?><svg/>'.encode("utf-16"),
        b"<!--" + b"x" * 20_000 + b"--><svg/>",
        b"<svg width='10",
    ],
)
def test_an_svg_is_told_past_what_may_come_before_its_first_element(head: bytes) -> None:
    assert sniff(head) is ImageFormat.SVG


@pytest.mark.parametrize(
    ("brand", "compatible", "expected"),
    [
        (b"heic", b"mif1heic", ImageFormat.HEIC),
        (b"mif1", b"mif1heic", ImageFormat.HEIC),
        (b"mif1", b"mif1avif", ImageFormat.AVIF),
        (b"avis", b"avifmsf1", ImageFormat.AVIF),
        (b"isom", b"isomiso2avc1mp41", "a video"),
        (b"qt  ", b"qt  ", "a video"),
        (b"crx ", b"crx isom", "a camera raw file"),
    ],
)
def test_media_files_are_told_apart_by_their_brands(
    brand: bytes, compatible: bytes, expected: object
) -> None:
    box = b"ftyp" + brand + b"\0\0\0\0" + compatible
    assert sniff((len(box) + 4).to_bytes(4, "big") + box + b"\0" * 40) == expected


def _zip() -> bytes:
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.png", b"")
    return data.getvalue()


@pytest.mark.parametrize(
    ("head", "looks_like"),
    [
        (b"<!DOCTYPE html><html><body><svg/></body></html>", "a web page (HTML)"),
        (b"\n<HTML><head><title>Sign in</title>", "a web page (HTML)"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF document"),
        (_zip(), "a zip archive"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "a compressed file (gzip, or an SVGZ drawing)"),
        (b"\x1aE\xdf\xa3\x01\0\0\0", "a video"),
        (b"RIFF\x10\0\0\0AVI LIST", "a video"),
        (b"RIFF\x10\0\0\0WAVEfmt ", "a sound"),
        (b"ID3\x04\0\0", "a sound"),
        (b"8BPS\0\x01", "a Photoshop document"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "a PostScript drawing"),
        (b"\0\0\x01\0\x01\0\x10\x10", "an icon file (ICO)"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL image"),
        (b'<?xml version="1.0"?><feed/>', "an XML document"),
        (b"BMW is a car maker, and this is a text", "a text file"),
        (b"plain words, no <svg> at the start", "a text file"),
        (b"\x00\x01\x02\x03\x04\x05\x06\x07", None),
    ],
)
def test_what_is_no_image_is_named_where_it_is_known(head: bytes, looks_like: str | None) -> None:
    assert sniff(head) == looks_like


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("hero.png", "hero.png"),
        ("x" * 36 + ".png", "x" * 36 + ".png"),
        ("x" * 60 + ".png", "x" * 29 + "…" + "x" * 6 + ".png"),
        ("two\nlines\u202egnp.png", "two linesgnp.png"),
        ("", "the image"),
    ],
)
def test_names_are_shown_on_one_line_and_short(name: str, shown: str) -> None:
    assert short_name(name) == shown
    assert len(short_name(name)) <= 40


@pytest.mark.parametrize(
    ("name", "suffix", "expected"),
    [
        ("hero.png", ".png", "hero.png"),
        ("hero.JPEG", ".jpg", "hero.jpg"),
        ("C:\\Users\\ana\\fox.heic", ".png", "fox.png"),
        ("../../etc/passwd", ".png", "passwd.png"),
        ('a"b\r\nX: 1;.png', ".png", "a-b-X-1.png"),
        ("狐.webp", ".webp", "狐.webp"),
        (".png", ".png", "png.png"),
        ("", ".gif", "image.gif"),
        ("x" * 300, ".png", "x" * 60 + ".png"),
    ],
)
def test_upload_names_are_safe_and_end_right(name: str, suffix: str, expected: str) -> None:
    assert upload_name(name, suffix) == expected


def test_sizes_are_written_with_separators_from_ten_thousand() -> None:
    assert measured(1024, 60000) == "1024 \u00d7 60,000"


def test_the_examples_in_the_docstrings_are_true() -> None:
    assert doctest.testmod(formats).failed == 0
