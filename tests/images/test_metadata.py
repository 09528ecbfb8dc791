"""What files carry beside their pictures is not uploaded; their turn, colours and frames are."""

from __future__ import annotations

import pytest
from PIL import Image

from bot.images.formats import ImageFormat
from tests.images.conftest import Preparing
from tests.images.samples import encoded, mascot, opened
from tests.images.test_cases import (
    GIF,
    JPEG,
    PNG,
    SECRET,
    WEBP,
    animated,
    chunk,
    exif,
    gif_block,
    jpeg_with,
    png_with,
    segment,
    webp_with,
)

CARRIES = {
    "exif.jpg": lambda: encoded(mascot(), ImageFormat.JPEG, exif=exif()),
    "xmp.jpg": lambda: jpeg_with(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET)),
    "comment.jpg": lambda: jpeg_with(segment(0xFE, SECRET)),
    "photoshop.jpg": lambda: jpeg_with(segment(0xED, b"Photoshop 3.0\0" + SECRET)),
    "thumbnail.jpg": lambda: jpeg_with(segment(0xE0, b"JFXX\0\x10" + SECRET)),
    "mpf.jpg": lambda: jpeg_with(segment(0xE2, b"MPF\0" + SECRET)),
    "between-scans.jpg": lambda: _between_scans(segment(0xFE, SECRET)),
    "behind.jpg": lambda: JPEG + SECRET,
    "text.png": lambda: png_with(chunk(b"tEXt", b"a\0" + SECRET)),
    "itxt.png": lambda: png_with(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + SECRET)),
    "exif.png": lambda: encoded(mascot(), ImageFormat.PNG, exif=exif()),
    "c2pa.png": lambda: png_with(chunk(b"caBX", SECRET)),
    "behind.png": lambda: PNG + SECRET,
    "comment.gif": lambda: GIF[:-1] + gif_block(0xFE, SECRET) + b"\x3b",
    "xmp.gif": lambda: GIF[:-1] + gif_block(0xFF, b"XMP DataXMP", SECRET) + b"\x3b",
    "behind.gif": lambda: GIF + SECRET,
    "exif.webp": lambda: webp_with(),
    "xmp.webp": lambda: webp_with((b"XMP ", SECRET)),
    "behind.webp": lambda: WEBP + SECRET,
    "inside.webp": lambda: webp_with((b"juNK", SECRET)),
}


def _between_scans(more: bytes) -> bytes:
    picture = encoded(mascot(), ImageFormat.JPEG, progressive=True)
    last = picture.rindex(b"\xff\xda")
    return picture[:last] + more + picture[last:]


@pytest.mark.parametrize("name", CARRIES)
async def test_what_a_file_carries_beside_its_picture_is_not_uploaded(
    preparing: Preparing, name: str
) -> None:
    data = CARRIES[name]()
    assert SECRET in data
    ready = await preparing(data, name)
    uploaded = ready.path.read_bytes()
    assert SECRET not in uploaded
    assert opened(ready.path).size == (160, 120)
    assert (ready.converted_from, ready.scaled, ready.facts.size) == (None, None, len(data))
    assert (await preparing(uploaded, name)).path.read_bytes() == uploaded


TURNABLE = (ImageFormat.JPEG, ImageFormat.PNG, ImageFormat.WEBP)


@pytest.mark.parametrize("image_format", TURNABLE)
async def test_turn_and_colours_stay_with_the_picture(
    preparing: Preparing, image_format: ImageFormat
) -> None:
    profile = b"\0" * 36 + b"acsp" + b"\0" * 200
    data = encoded(mascot(), image_format, exif=exif(turn=6), icc_profile=profile)
    ready = await preparing(data)
    image = opened(ready.path)
    assert SECRET not in ready.path.read_bytes()
    assert dict(image.getexif()) == {0x0112: 6}
    assert image.info["icc_profile"] == profile
    assert (ready.facts.width, ready.facts.height) == (120, 160)


@pytest.mark.parametrize("image_format", [ImageFormat.GIF, ImageFormat.PNG, ImageFormat.WEBP])
async def test_an_animation_keeps_its_frames(preparing: Preparing, image_format: ImageFormat) -> None:
    data = animated(image_format)
    ready = await preparing(data + SECRET)
    with Image.open(ready.path) as image:
        assert (getattr(image, "n_frames", 1), image.info["loop"]) == (4, 3)
    assert ready.path.read_bytes() == data


async def test_the_same_file_has_the_same_hash_whatever_is_cut(preparing: Preparing) -> None:
    data = CARRIES["exif.jpg"]()
    assert (await preparing(data)).facts.sha256 == (await preparing(data)).facts.sha256
    assert (await preparing(data)).facts.sha256 != (await preparing(JPEG)).facts.sha256
