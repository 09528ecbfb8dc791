"""What pictures show: drawn and rendered mascots, on every background, in every encoding."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import Any

import pytest
import resvg_py
from PIL import Image, ImageChops, ImageDraw

from bot.images import ImageFacts
from bot.images.facts import Background, Shading
from bot.images.formats import ImageFormat
from bot.images.measure import see
from bot.images.pixels import decode

FLAT = ("#e8833a", "#f6e3c5", "#3a6ea5", "#222222")
LIGHTS = (("#ffc080", "#903800"), ("#ffffff", "#b09a80"), ("#80b0ff", "#102850"), ("#777777", "#000000"))

MASCOTS = {
    "fox": (
        '<path d="M60 20 L90 70 L30 70Z" fill="{0}"/><path d="M140 20 L170 70 L110 70Z" fill="{0}"/>'
        '<ellipse cx="100" cy="90" rx="60" ry="50" fill="{0}"/>'
        '<ellipse cx="100" cy="110" rx="30" ry="22" fill="{1}"/>'
        '<circle cx="80" cy="85" r="7" fill="{3}"/><circle cx="120" cy="85" r="7" fill="{3}"/>'
        '<rect x="60" y="135" width="80" height="15" rx="7" fill="{2}"/>'
    ),
    "ball": '<circle cx="100" cy="100" r="70" fill="{2}"/>',
    "robot": (
        '<g stroke="#222" stroke-width="4"><circle cx="100" cy="70" r="45" fill="{0}"/>'
        '<rect x="60" y="110" width="80" height="70" rx="20" fill="{2}"/></g>'
    ),
}
BACKGROUNDS = {
    "none": "",
    "white": '<rect width="200" height="200" fill="#ffffff"/>',
    "mint": '<rect width="200" height="200" fill="#9fd8c0"/>',
    "park": (
        '<linearGradient id="sky" x2="0" y2="1"><stop offset="0" stop-color="#4090ff"/>'
        '<stop offset="1" stop-color="#f0ffd0"/></linearGradient>'
        '<rect width="200" height="200" fill="url(#sky)"/>'
        '<rect y="150" width="200" height="50" fill="#408040"/>'
        '<circle cx="10" cy="120" r="40" fill="#225522"/>'
    ),
}


@cache
def _drawn(mascot: str, shading: Shading, background: str, side: int) -> bytes:
    lights = "".join(
        f'<radialGradient id="l{at}" cx=".35" cy=".3" r=".8"><stop offset="0" stop-color="{light}"/>'
        f'<stop offset="1" stop-color="{dark}"/></radialGradient>'
        for at, (light, dark) in enumerate(LIGHTS)
    )
    fills = FLAT if shading is Shading.FLAT else [f"url(#l{at})" for at in range(len(LIGHTS))]
    body = MASCOTS[mascot].format(*fills)
    source = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200"><defs>{lights}</defs>'
        f"{BACKGROUNDS[background]}{body}</svg>"
    )
    return resvg_py.svg_to_bytes(svg_string=source, width=side)


def drawn(mascot: str, shading: Shading, background: str, side: int = 512) -> Image.Image:
    return opened(_drawn(mascot, shading, background, side))


def opened(data: bytes) -> Image.Image:
    with Image.open(BytesIO(data)) as image:
        image.load()
        return image


def on_paper(image: Image.Image) -> Image.Image:
    paper = Image.new("RGB", image.size, "white")
    paper.paste(image, mask=image.getchannel("A"))
    return paper


def encoded(image: Image.Image, encoding: str) -> Image.Image:
    """An image after it went through an encoding: "png", "gif", "jpeg 75", "webp 70", "grain"."""
    kind, _, quality = encoding.partition(" ")
    if kind == "png":
        return image
    if kind == "grain":
        grain = Image.effect_noise(image.size, 8).convert("RGB")
        return ImageChops.add(on_paper(image), grain, offset=-128)
    data = BytesIO()
    options = {"quality": int(quality)} if quality else {}
    (image if kind == "gif" else on_paper(image)).save(data, format=kind, **options)
    return opened(data.getvalue())


def seen_in(image: Image.Image) -> dict[str, Any]:
    """What is seen in an image that was saved without loss."""
    data = BytesIO()
    image_format = ImageFormat.TIFF if image.mode == "CMYK" else ImageFormat.PNG
    image.save(data, format=image_format)
    return see(decode(data.getvalue(), image_format)[0])


ENCODINGS = ("png", "gif", "jpeg 95", "jpeg 75", "jpeg 50", "webp 70", "grain")


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("shading", Shading)
@pytest.mark.parametrize("background", ["none", "white", "mint"])
def test_shading_is_told_in_every_encoding(background: str, shading: Shading, encoding: str) -> None:
    for mascot, side in (("fox", 256), ("ball", 160), ("robot", 600)):
        seen = seen_in(encoded(drawn(mascot, shading, background, side), encoding))
        assert seen["shading"] is shading, mascot


@pytest.mark.parametrize(
    ("background", "encoding", "expected", "white"),
    [
        ("none", "png", Background.TRANSPARENT, False),
        ("none", "gif", Background.TRANSPARENT, False),
        ("none", "jpeg 75", Background.PLAIN, True),
        ("white", "png", Background.PLAIN, True),
        ("white", "jpeg 50", Background.PLAIN, True),
        ("white", "grain", Background.PLAIN, True),
        ("mint", "png", Background.PLAIN, False),
        ("mint", "jpeg 50", Background.PLAIN, False),
        ("park", "png", Background.SCENE, False),
        ("park", "jpeg 50", Background.SCENE, False),
    ],
)
def test_the_background_is_told_by_the_border(
    background: str, encoding: str, expected: Background, white: bool
) -> None:
    for mascot in MASCOTS:
        seen = seen_in(encoded(drawn(mascot, Shading.FLAT, background), encoding))
        assert (seen["background"], seen["white"]) == (expected, white), mascot


def _bust(background: str | tuple[int, ...]) -> Image.Image:
    """Touches the whole lower edge and a third of both sides."""
    image = Image.new("RGBA", (300, 300), background)
    ImageDraw.Draw(image).rectangle((0, 200, 300, 300), fill="#e8833a")
    return image


def _icon() -> Image.Image:
    image = Image.new("RGBA", (300, 300))
    ImageDraw.Draw(image).rounded_rectangle((0, 0, 299, 299), radius=60, fill="#3a6ea5")
    return image


@pytest.mark.parametrize(
    ("image", "expected", "white"),
    [
        pytest.param(_bust((0, 0, 0, 0)), Background.TRANSPARENT, False, id="bust, cut out"),
        pytest.param(_icon(), Background.PLAIN, False, id="app icon with round corners"),
        pytest.param(Image.new("RGB", (1, 1), "white"), Background.PLAIN, True, id="one pixel"),
        pytest.param(Image.new("RGB", (5000, 1), "white"), Background.PLAIN, True, id="one line"),
        pytest.param(Image.new("RGBA", (50, 50)), Background.TRANSPARENT, False, id="nothing at all"),
        pytest.param(Image.new("L", (50, 50), 250), Background.PLAIN, True, id="grey"),
        pytest.param(Image.new("CMYK", (50, 50), (0, 0, 0, 0)), Background.PLAIN, True, id="CMYK"),
        pytest.param(Image.new("I;16", (50, 50), 65535), Background.PLAIN, True, id="16 bits"),
        pytest.param(Image.new("RGB", (50, 50), "#ece8e8"), Background.PLAIN, False, id="off white"),
    ],
)
def test_odd_borders(image: Image.Image, expected: Background, white: bool) -> None:
    seen = seen_in(image)
    assert (seen["background"], seen["white"]) == (expected, white)


def test_pixel_art_and_line_art_are_flat() -> None:
    pixels = drawn("fox", Shading.FLAT, "none", 32).quantize(6).resize((640, 640), Image.Resampling.NEAREST)
    lines = Image.new("RGB", (800, 800), "white")
    ImageDraw.Draw(lines).ellipse((200, 200, 600, 600), outline="#222", width=6)
    for image in (pixels, lines):
        assert seen_in(image)["shading"] is Shading.FLAT


def facts(image: Image.Image) -> ImageFacts:
    seen = seen_in(image)
    size = {"width": image.width, "height": image.height, "size": 1}
    return ImageFacts.from_values({"name": "a.png", "format": "PNG", "sha256": "", **size, **seen})


FOX = drawn("fox", Shading.SHADED, "none", 600)


@pytest.mark.parametrize(
    "copy",
    [
        pytest.param(FOX.resize((300, 300)), id="half the size"),
        pytest.param(encoded(FOX, "jpeg 60"), id="as JPEG"),
        pytest.param(drawn("fox", Shading.SHADED, "mint"), id="on another background"),
        pytest.param(on_paper(FOX.crop((60, 40, 540, 480))), id="cropped tightly"),
        pytest.param(encoded(FOX, "grain"), id="with grain"),
    ],
)
def test_a_copy_resembles_the_original(copy: Image.Image) -> None:
    assert facts(copy).resembles(facts(FOX))


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(drawn("ball", Shading.SHADED, "none"), id="another mascot"),
        pytest.param(drawn("robot", Shading.FLAT, "white"), id="a third one"),
        pytest.param(FOX.rotate(90), id="lying"),
        pytest.param(
            FOX.resize((300, 600)).transform((600, 600), Image.Transform.AFFINE, (1, 0.6, 0, 0, 1, 0)),
            id="leaning",
        ),
    ],
)
def test_another_picture_does_not_resemble_it(other: Image.Image) -> None:
    assert not facts(other).resembles(facts(FOX))
