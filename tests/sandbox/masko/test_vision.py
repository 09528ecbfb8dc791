"""The stand-in's words are true of the pixels, the same for the same, and never about a species."""

from __future__ import annotations

import io
import time
from functools import cache

import pytest
import resvg_py
from PIL import ExifTags, Image, ImageDraw

from bot.sandbox.masko.palette import named
from bot.sandbox.masko.pixels import Facts, facts_of
from bot.sandbox.masko.vision import STAND_IN, Description, describe
from bot.sandbox.samples import samples


def png(name: str) -> bytes:
    """A sample as PNG."""
    sample = next(each for each in samples() if each.name == name)
    if sample.file.endswith(".png"):
        return sample.read()
    return bytes(resvg_py.svg_to_bytes(svg_string=sample.read().decode(), skip_system_fonts=True))


def encoded(image: Image.Image, format: str = "PNG") -> bytes:
    target = io.BytesIO()
    image.save(target, format)
    return target.getvalue()


def disc(colour: str, ground: str | None = None, line: str | None = None) -> bytes:
    """A disc on a plain or transparent background, with or without an outline."""
    image = Image.new("RGBA", (256, 256), ground or (0, 0, 0, 0))
    ImageDraw.Draw(image).ellipse((40, 40, 215, 215), fill=colour, outline=line, width=14)
    return encoded(image)


@cache
def seen(name: str) -> Description:
    """What the stand-in says of a sample."""
    return describe(png(name))


def facts(name: str) -> Facts:
    return facts_of(png(name))


@pytest.mark.parametrize(
    ("rgb", "name"),
    [
        ((255, 255, 255), "white"),
        ((0, 0, 0), "near-black"),
        ((245, 134, 52), "orange"),
        ((46, 107, 224), "royal blue"),
        ((255, 241, 220), "cream"),
        ((128, 128, 128), "grey"),
        ((0, 128, 128), "teal"),
        ((128, 64, 220), "purple"),
    ],
)
def test_colours_have_the_names_people_use(rgb: tuple[int, int, int], name: str) -> None:
    assert named(rgb).name == name


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        ("fox", ["orange character", "cream", "royal-blue parts in the lower half", "transparent", "flat"]),
        ("fox-side", ["orange", "royal-blue", "turned to one side", "transparent background"]),
        ("robot", ["teal and turquoise", "plain white background", "without a dark outline", "flat vector"]),
        ("octopus", ["light purple", "bold dark-purple outline", "golden-yellow parts at the top"]),
        ("bear-camp", ["brown", "too busy to tell its silhouette", "in a detailed scene"]),
        ("fox-shaded", ["orange", "soft gradients", "on a transparent background"]),
    ],
)
def test_samples_are_described_as_they_are(sample: str, words: list[str]) -> None:
    prompt = seen(sample).prompt
    assert [word for word in words if word not in prompt] == []


def test_a_prompt_reads_like_a_designers_note() -> None:
    assert seen("fox").prompt == (
        "A friendly orange character with large areas of cream, dark-brown parts, and royal-blue parts in "
        "the lower half. Orange is joined by peach and light orange higher up and rust orange lower down. "
        "Its sturdy silhouette is a little taller than wide, slightly asymmetrical and evenly weighted. "
        "Drawn in a flat vector style with clean, even areas of colour, without a dark outline, on a "
        "transparent background. " + STAND_IN
    )


def test_every_sample_gets_words_of_its_own() -> None:
    every = [seen(sample.name) for sample in samples()]
    assert len({each.name for each in every}) == len(every)
    assert len({each.prompt for each in every}) == len(every)


@pytest.mark.parametrize("sample", [sample.name for sample in samples()])
def test_it_says_once_what_it_is_and_never_what_it_cannot_know(sample: str) -> None:
    found = seen(sample)
    assert found.prompt.endswith(STAND_IN)
    assert found.prompt.count("stand-in") == 1
    said = f"{found.name} {found.prompt}".lower()
    assert [word for word in ("fox", "robot", "octopus", "bear", "animal", "eyes") if word in said] == []


@pytest.mark.parametrize("name", ["fox", "robot", "bear-camp"])
def test_the_same_picture_in_another_file_gets_the_same_words(name: str) -> None:
    original = Image.open(io.BytesIO(png(name)))
    again = encoded(original.convert("RGBA"))
    assert again != png(name)
    assert describe(again) == seen(name)
    lossless = io.BytesIO()
    original.save(lossless, "WEBP", lossless=True, exact=True)
    assert describe(lossless.getvalue()) == seen(name)


def test_the_name_survives_a_jpeg() -> None:
    jpeg = io.BytesIO()
    Image.open(io.BytesIO(png("robot"))).convert("RGB").save(jpeg, "JPEG", quality=85)
    assert describe(jpeg.getvalue()).name == seen("robot").name


@pytest.mark.parametrize(
    ("picture", "background", "outline"),
    [
        (disc("orange"), ("transparent", None), None),
        (disc("orange", "white"), ("plain", "white"), None),
        (disc("orange", "#3d88e8"), ("plain", "blue"), None),
        (disc("orange", "#fcf8f0"), ("plain", "warm white"), None),
        (disc("orange", "white", "#14121a"), ("plain", "white"), "near-black"),
        (disc("#14121a", "white"), ("plain", "white"), None),
    ],
)
def test_background_and_outline(
    picture: bytes, background: tuple[str, str | None], outline: str | None
) -> None:
    found = facts_of(picture)
    ground = found.background_colour.name if found.background_colour else None
    assert (found.background, ground) == background
    assert (found.outline.name if found.outline else None) == outline


def test_a_disc_is_round_symmetrical_and_even() -> None:
    found = facts_of(disc("orange", "white"))
    assert found.aspect == pytest.approx(1, abs=0.03)
    assert found.fullness == pytest.approx(0.785, abs=0.03)
    assert found.symmetry > 0.97
    assert found.top_heaviness == pytest.approx(0.5, abs=0.03)
    assert found.softness < 0.2


def test_shading_tells_the_two_foxes_apart() -> None:
    assert facts("fox").softness < 0.2
    assert facts("fox-shaded").softness > 0.5


@pytest.mark.parametrize(
    "image",
    [
        Image.new("RGB", (1, 1), "red"),
        Image.new("RGBA", (64, 64), (0, 0, 0, 0)),
        Image.new("L", (64, 64), 255),
        Image.new("P", (3, 200)),
        Image.new("I;16", (16, 16), 900),
        Image.new("LA", (400, 2), (9, 200)),
    ],
    ids=lambda image: f"{image.mode} {image.size}",
)
def test_odd_pictures_get_words_too(image: Image.Image) -> None:
    found = describe(encoded(image))
    assert " the " in found.name
    assert found.prompt.endswith(STAND_IN)


def test_a_broken_exif_is_no_obstacle() -> None:
    target = io.BytesIO()
    Image.new("RGB", (64, 64), "orange").save(target, "WEBP", exif=b"Exif\0\0no such thing")
    assert describe(target.getvalue()).prompt.endswith(STAND_IN)


def test_a_picture_is_seen_as_it_is_held() -> None:
    upright = Image.open(io.BytesIO(png("octopus")))
    lying, told = upright.transpose(Image.Transpose.ROTATE_90), Image.Exif()
    told[ExifTags.Base.Orientation] = 6
    target = io.BytesIO()
    lying.save(target, "PNG", exif=told)
    assert describe(target.getvalue()) == seen("octopus")


def test_a_large_picture_is_quick() -> None:
    data = png("fox-shaded")
    took = []
    for _ in range(3):
        started = time.process_time()
        describe(data)
        took.append(time.process_time() - started)
    assert min(took) < 0.15
