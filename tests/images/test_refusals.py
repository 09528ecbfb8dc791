"""Files that cannot become a reference, and what people are told."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from bot.errors import BotError
from bot.images import MAX_BYTES, ImageRefused, pool
from bot.images.errors import (
    MAX_PIXELS,
    DecodingFailed,
    damaged_svg,
    not_an_image,
    too_complex,
    too_many_bytes,
    too_many_pixels,
    truncated,
)
from bot.images.formats import ImageFormat
from bot.images.pixels import decode
from bot.images.pool import prepare
from tests.images.conftest import Preparing
from tests.images.hostile_files import endless_bmp
from tests.images.samples import ENDLESS, RASTER, Write, encoded, mascot, sample


async def test_an_empty_file_is_refused(preparing: Preparing) -> None:
    with pytest.raises(ImageRefused, match=r"hero\.png is empty \(0 bytes\)"):
        await preparing(b"", "hero.png")


def _until(keep: Callable[[int], int], image_format: ImageFormat) -> bytes:
    data = sample(image_format)
    return data[: keep(len(data))]


CUTS: dict[str, Callable[[int], int]] = {
    "a tenth": lambda size: size * 9 // 10,
    "half": lambda size: size // 2,
    "three quarters": lambda size: size // 4,
    "all but 40 bytes": lambda size: 40,
    "all but 30 bytes": lambda size: 30,
}


@pytest.mark.parametrize("image_format", RASTER)
@pytest.mark.parametrize("cut", CUTS)
async def test_a_truncated_file_is_refused(preparing: Preparing, image_format: ImageFormat, cut: str) -> None:
    with pytest.raises(ImageRefused) as refused:
        await preparing(_until(CUTS[cut], image_format), "hero.png")
    assert f"hero.png is damaged or cut off: it begins as {image_format} but" in refused.value.words


@pytest.mark.parametrize("image_format", [ImageFormat.GIF, ImageFormat.WEBP, ImageFormat.PNG])
@pytest.mark.parametrize("share", [0.5, 0.8, 0.99])
async def test_an_animation_cut_after_its_first_frame_is_refused(
    preparing: Preparing, image_format: ImageFormat, share: float
) -> None:
    frames = [mascot().rotate(turn) for turn in (90, 180, 270)]
    data = encoded(mascot(), image_format, save_all=True, append_images=frames)
    with pytest.raises(ImageRefused, match="damaged or cut off"):
        await preparing(data[: int(len(data) * share)])


@pytest.mark.parametrize("image_format", RASTER)
async def test_a_head_with_nonsense_behind_it_is_refused(
    preparing: Preparing, image_format: ImageFormat
) -> None:
    with pytest.raises(ImageRefused, match="damaged or cut off"):
        await preparing(sample(image_format)[:32] + bytes(range(256)) * 8)


async def test_a_damaged_webp_is_refused(preparing: Preparing) -> None:
    data = bytearray(sample(ImageFormat.WEBP))
    data[24:] = bytes(len(data) - 24)
    with pytest.raises(ImageRefused, match="damaged or cut off"):
        await preparing(bytes(data))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<!DOCTYPE html><title>Sign in to Slack</title>", "it looks like a web page (HTML)"),
        (b"%PDF-1.7\n", "it looks like a PDF document"),
        (b"PK\x03\x04" + b"\0" * 30, "it looks like a zip archive"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "it looks like a video"),
        (b"\x1f\x8b\x08\0", "it looks like a compressed file (gzip, or an SVGZ drawing)"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "is a JPEG XL image, a format that can't be used"),
        (b"\0\1\2\3\4\5\6\7", "isn't in an image format that I know"),
    ],
)
async def test_what_is_no_image_is_refused_whatever_it_is_called(
    preparing: Preparing, data: bytes, words: str
) -> None:
    with pytest.raises(ImageRefused) as refused:
        await preparing(data, "hero.png")
    assert words in refused.value.words
    assert refused.value.words.startswith("hero.png ")
    assert "PNG, JPEG" in refused.value.words


async def test_a_file_over_20_mb_is_refused_unread(write: Write) -> None:
    path = write(sample(ImageFormat.PNG))
    with path.open("r+b") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(ImageRefused, match=r"hero\.png is 20\.1 MB; at most 20 MB"):
        await prepare(path, name="hero.png", folder=path.parent)


async def test_a_file_of_just_20_mb_is_not_too_large(preparing: Preparing) -> None:
    data = sample(ImageFormat.PNG)
    ready = await preparing(data.ljust(MAX_BYTES, b"\0"))
    assert ready.facts.size == MAX_BYTES


def _png_claiming(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b"")


def _claiming(image_format: ImageFormat, width: int, height: int) -> bytes:
    """A small file whose header claims a large picture."""
    small = encoded(Image.new("RGB", (251, 241)), image_format)
    if image_format is ImageFormat.GIF:
        return small[:6] + struct.pack("<HH", width, height) + small[10:]
    if image_format is ImageFormat.BMP:
        return small[:18] + struct.pack("<ii", width, height) + small[26:]
    return small.replace(struct.pack(">HH", 241, 251), struct.pack(">HH", height, width), 1)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(_png_claiming(60_000, 60_000), id="PNG"),
        *(
            pytest.param(_claiming(image_format, 60_000, 60_000), id=image_format)
            for image_format in (ImageFormat.GIF, ImageFormat.BMP, ImageFormat.JPEG)
        ),
    ],
)
async def test_a_bomb_is_refused_by_its_header(preparing: Preparing, data: bytes) -> None:
    with pytest.raises(ImageRefused) as refused:
        await preparing(data, "bomb.png")
    assert "60,000 \u00d7 60,000 pixels (3,600 megapixels); at most 50" in refused.value.words


@pytest.mark.parametrize(("height", "refusal"), [(50_000, "cut off"), (50_001, "at most 50 megapixels")])
def test_the_limit_is_50_megapixels_and_asked_before_decoding(height: int, refusal: str) -> None:
    with pytest.raises(ImageRefused, match=refusal):
        decode(_png_claiming(1_000, height), ImageFormat.PNG)


@pytest.mark.parametrize(
    ("image_format", "data", "words"),
    [
        pytest.param(ImageFormat.BMP, endless_bmp(), "too much time", id="a BMP of one row that never ends"),
        pytest.param(ImageFormat.SVG, ENDLESS, "too complex", id="an SVG that never ends"),
    ],
)
async def test_what_takes_too_long_is_refused(
    write: Write, tmp_path: Path, image_format: ImageFormat, data: bytes, words: str
) -> None:
    path = write(data)
    with pytest.raises(ImageRefused, match=words):
        await pool.decode(tmp_path / "target", image_format, seconds=1, source=str(path))


REFUSALS = [
    too_many_bytes(23_400_000),
    not_an_image("a PDF document"),
    not_an_image(None),
    truncated(ImageFormat.PNG),
    too_many_pixels(10_000, 5_001, MAX_PIXELS),
    too_complex(ImageFormat.PNG),
    too_complex(ImageFormat.SVG),
    damaged_svg(),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda each: each.reason)
def test_every_refusal_names_the_file_and_says_what_would_work(refusal: ImageRefused) -> None:
    refusal.name = "hero.png"
    assert refusal.words.startswith("hero.png ")
    assert refusal.words.count(". ") >= 1
    assert refusal.words.endswith(".")
    assert str(refusal) == refusal.words
    assert not refusal.worth_retrying


def test_a_long_name_is_shortened_in_words_and_kept_in_the_error() -> None:
    refusal = ImageRefused("is empty.", name="x" * 200 + ".png")
    assert "x" * 41 not in refusal.words
    assert refusal.name == "x" * 200 + ".png"


def test_the_file_is_not_blamed_when_the_process_fails() -> None:
    error = DecodingFailed("no space left on device")
    assert isinstance(error, BotError)
    assert not isinstance(error, ImageRefused)
    assert error.worth_retrying
    assert "device" not in error.words
