"""From bytes to a file that Masko takes."""

from __future__ import annotations

import hashlib
from io import BytesIO
from typing import Any

import pillow_heif
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from bot.images.formats import ImageFormat
from bot.images.pixels import MASKO_BYTES, decode
from tests.images.conftest import Preparing
from tests.images.samples import (
    RASTER,
    encoded,
    is_near,
    mascot,
    opened,
    sample,
)

AS_THEY_ARE = {
    ImageFormat.PNG: (".png", "image/png"),
    ImageFormat.JPEG: (".jpg", "image/jpeg"),
    ImageFormat.WEBP: (".webp", "image/webp"),
    ImageFormat.GIF: (".gif", "image/gif"),
}
CONVERTED = (ImageFormat.HEIC, ImageFormat.AVIF, ImageFormat.TIFF, ImageFormat.BMP)
LEFT_EAR, RIGHT_EAR = (44, 28), (116, 28)
RED, BLUE, ORANGE = (255, 0, 0), (0, 0, 255), (232, 131, 58)


@pytest.mark.parametrize("image_format", AS_THEY_ARE)
async def test_what_masko_takes_is_uploaded_as_it_is(preparing: Preparing, image_format: ImageFormat) -> None:
    data = sample(image_format)
    ready = await preparing(data, "My hero.heic")

    suffix, content_type = AS_THEY_ARE[image_format]
    assert ready.path.read_bytes() == data
    assert (ready.filename, ready.content_type) == (f"My-hero{suffix}", content_type)
    assert (ready.converted_from, ready.scaled) == (None, None)
    assert list(preparing.folder.iterdir()) == [ready.path]


@pytest.mark.parametrize("image_format", CONVERTED)
async def test_everything_else_becomes_png(preparing: Preparing, image_format: ImageFormat) -> None:
    ready = await preparing(sample(image_format), "hero.png")

    assert (ready.filename, ready.content_type, ready.converted_from) == (
        "hero.png",
        "image/png",
        image_format,
    )
    image = opened(ready.path)
    assert (image.format, image.size) == ("PNG", (160, 120))
    assert is_near(image.getpixel(LEFT_EAR), RED)
    assert is_near(image.getpixel(RIGHT_EAR), BLUE)
    assert list(preparing.folder.iterdir()) == [ready.path]


@pytest.mark.parametrize("image_format", RASTER)
async def test_facts_are_those_of_the_original(preparing: Preparing, image_format: ImageFormat) -> None:
    data = sample(image_format)
    facts = (await preparing(data, "hero.bin")).facts

    assert (facts.name, facts.format, facts.width, facts.height) == ("hero.bin", image_format, 160, 120)
    assert (facts.size, facts.sha256) == (len(data), hashlib.sha256(data).hexdigest())


def _turned(image_format: ImageFormat, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    if image_format is not ImageFormat.HEIC:
        return encoded(mascot(), image_format, exif=exif)
    heif = pillow_heif.from_pillow(mascot())
    heif[0].info["exif"] = exif.tobytes()
    data = BytesIO()
    heif.save(data)
    return data.getvalue()


@pytest.mark.parametrize("image_format", [ImageFormat.HEIC, ImageFormat.AVIF, ImageFormat.TIFF])
@pytest.mark.parametrize(
    ("orientation", "size", "red", "blue"),
    [
        (3, (160, 120), (116, 92), (44, 92)),
        (6, (120, 160), (92, 44), (92, 116)),
        (8, (120, 160), (28, 116), (28, 44)),
    ],
)
async def test_a_turned_photo_is_written_upright(
    preparing: Preparing,
    image_format: ImageFormat,
    orientation: int,
    size: tuple[int, int],
    red: tuple[int, int],
    blue: tuple[int, int],
) -> None:
    ready = await preparing(_turned(image_format, orientation))
    image = opened(ready.path)
    assert image.size == (ready.facts.width, ready.facts.height) == size
    assert is_near(image.getpixel(red), RED)
    assert is_near(image.getpixel(blue), BLUE)


@pytest.mark.parametrize(
    ("orientation", "size"), [(1, (160, 120)), (3, (160, 120)), (6, (120, 160)), (99, (160, 120))]
)
async def test_a_turned_jpeg_is_measured_upright(
    preparing: Preparing, orientation: int, size: tuple[int, int]
) -> None:
    ready = await preparing(_turned(ImageFormat.JPEG, orientation))
    assert (ready.facts.width, ready.facts.height) == size


async def test_the_turn_does_not_change_the_looks(preparing: Preparing) -> None:
    upright = await preparing(sample(ImageFormat.PNG))
    lying = encoded(mascot().transpose(Image.Transpose.ROTATE_90), ImageFormat.JPEG, exif=_orientation(6))
    assert (await preparing(lying)).facts.resembles(upright.facts)


def _orientation(value: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = value
    return exif


@pytest.mark.parametrize(
    ("mode", "colour", "options", "expected"),
    [
        ("CMYK", (0, 200, 200, 0), {"compression": "tiff_lzw"}, ("RGB", (255, 55, 55))),
        ("I;16", 0x8000, {}, ("RGB", (128, 128, 128))),
        ("L", 77, {}, ("RGB", (77, 77, 77))),
        ("LA", (77, 128), {}, ("RGBA", (77, 77, 77, 128))),
        ("1", 255, {}, ("RGB", (255, 255, 255))),
        ("F", 0.5, {}, ("RGB", (128, 128, 128))),
        ("LAB", (255, 128, 128), {}, ("RGB", (255, 255, 255))),
        ("RGBA", (10, 20, 30, 40), {}, ("RGBA", (10, 20, 30, 40))),
    ],
)
async def test_any_colour_mode_becomes_rgb(
    preparing: Preparing,
    mode: str,
    colour: Any,
    options: dict[str, Any],
    expected: tuple[str, tuple[int, ...]],
) -> None:
    ready = await preparing(encoded(Image.new(mode, (40, 30), colour), ImageFormat.TIFF, **options))
    image = opened(ready.path)
    assert image.mode == expected[0]
    assert is_near(image.getpixel((20, 15)), expected[1], tolerance=3)


@pytest.mark.parametrize("bits", [16, 8])
async def test_deep_and_indexed_pngs_are_measured(preparing: Preparing, bits: int) -> None:
    if bits == 16:
        image = Image.new("I;16", (64, 64), 0xFFFF)
    else:
        image = Image.new("P", (64, 64), 0)
        image.info["transparency"] = 0
    facts = (await preparing(encoded(image, ImageFormat.PNG))).facts
    assert (facts.background, facts.white) == (("plain", True) if bits == 16 else ("transparent", False))


async def test_only_the_first_page_of_a_tiff_counts(preparing: Preparing) -> None:
    data = encoded(
        mascot(), ImageFormat.TIFF, save_all=True, append_images=[Image.new("RGB", (9, 9), "black")]
    )
    assert opened((await preparing(data)).path).size == (160, 120)


async def test_no_metadata_is_carried_over(preparing: Preparing) -> None:
    exif = Image.Exif()
    exif[0x010E] = "SECRET-PLACE"
    ready = await preparing(encoded(mascot(), ImageFormat.TIFF, exif=exif, description="SECRET-PLACE"))
    assert b"SECRET-PLACE" not in ready.path.read_bytes()
    assert opened(ready.path).info == {}


async def test_colours_of_another_profile_become_srgb(preparing: Preparing) -> None:
    swapped = _profile_with_red_and_blue_swapped()
    data = encoded(Image.new("RGB", (20, 20), (200, 10, 10)), ImageFormat.TIFF, icc_profile=swapped)
    image = opened((await preparing(data)).path)
    red, _, blue = image.getpixel((5, 5))  # type: ignore[misc]
    assert blue > red
    assert "icc_profile" not in image.info


def _profile_with_red_and_blue_swapped() -> bytes:
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    at = {tag: profile.index(tag, 128) for tag in (b"rXYZ", b"bXYZ")}
    red, blue = (profile[at[tag] + 4 : at[tag] + 12] for tag in (b"rXYZ", b"bXYZ"))
    profile[at[b"rXYZ"] + 4 : at[b"rXYZ"] + 12] = blue
    profile[at[b"bXYZ"] + 4 : at[b"bXYZ"] + 12] = red
    return bytes(profile)


async def test_a_broken_profile_is_passed_over(preparing: Preparing) -> None:
    data = encoded(Image.new("RGB", (20, 20), (200, 10, 10)), ImageFormat.TIFF, icc_profile=b"not a profile")
    assert is_near(opened((await preparing(data)).path).getpixel((5, 5)), (200, 10, 10), tolerance=2)


def _noise(side: int) -> Image.Image:
    return Image.merge("RGB", [Image.effect_noise((side, side), 80) for _ in range(3)])


@pytest.mark.slow
async def test_a_png_too_large_for_masko_is_scaled_to_fit(preparing: Preparing) -> None:
    data = encoded(_noise(2200), ImageFormat.PNG, compress_level=1)
    assert len(data) > MASKO_BYTES

    ready = await preparing(data, "noise.png")
    assert ready.scaled == opened(ready.path).size == (1536, 1536)
    assert ready.path.stat().st_size <= MASKO_BYTES
    assert ready.converted_from is None
    assert (ready.facts.width, ready.facts.size) == (2200, len(data))


async def test_what_fits_once_it_is_compressed_keeps_its_size(preparing: Preparing) -> None:
    ready = await preparing(encoded(mascot((2000, 1800)), ImageFormat.BMP))
    assert ready.scaled is None
    assert opened(ready.path).size == (2000, 1800)


async def test_a_large_jpeg_stays_a_jpeg(preparing: Preparing) -> None:
    ready = await preparing(encoded(_noise(2300), ImageFormat.JPEG, quality=98, subsampling=0), "photo.jpeg")
    assert (ready.filename, ready.content_type, ready.converted_from) == ("photo.jpg", "image/jpeg", None)
    assert ready.path.stat().st_size <= MASKO_BYTES


def _animation(image_format: ImageFormat, frames: int) -> bytes:
    others = [Image.new("RGB", (24, 24), (at % 256, at // 256, 0)) for at in range(1, frames)]
    return encoded(Image.new("RGB", (24, 24), "white"), image_format, save_all=True, append_images=others)


@pytest.mark.parametrize("image_format", [ImageFormat.GIF, ImageFormat.WEBP, ImageFormat.PNG])
async def test_an_animation_passes_and_its_first_frame_is_measured(
    preparing: Preparing, image_format: ImageFormat
) -> None:
    data = _animation(image_format, frames=3)
    ready = await preparing(data)
    assert ready.path.read_bytes() == data
    assert ready.facts.white


async def test_a_large_animation_is_carried_as_its_first_frame(preparing: Preparing) -> None:
    data = _animation(ImageFormat.GIF, frames=2)
    frame = data[data.rindex(b"\x21\xf9") : -1]
    ready = await preparing(data[:-1] + frame * (MASKO_BYTES // len(frame)) + b"\x3b")
    assert (ready.converted_from, ready.content_type, ready.scaled) == ("GIF", "image/png", None)


def test_thousands_of_frames_are_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def seek(image: Image.Image, frame: int) -> None:
        raise AssertionError("frames after the first are not decoded")

    data = _animation(ImageFormat.PNG, 3000)
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "seek", seek)
    assert decode(data, ImageFormat.PNG)[1] == (24, 24)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("image_format", "mode"),
    [
        (ImageFormat.PNG, "LA"),
        (ImageFormat.PNG, "I;16"),
        (ImageFormat.TIFF, "RGBA"),
        (ImageFormat.JPEG, "CMYK"),
    ],
)
async def test_forty_nine_megapixels_fit_into_the_limits(
    preparing: Preparing, image_format: ImageFormat, mode: str
) -> None:
    options = {"progressive": True, "subsampling": 0} if image_format is ImageFormat.JPEG else {}
    compressed = {"compression": "tiff_lzw"} if image_format is ImageFormat.TIFF else {}
    image = Image.new(mode, (4900, 10_000))
    ready = await preparing(encoded(image, image_format, **options, **compressed))
    assert (ready.facts.width, ready.facts.height) == (4900, 10_000)
