"""Every sample is what its note says, and is drawn from the source beside it."""

from __future__ import annotations

import io
from importlib import resources

import pytest
import resvg_py
from PIL import Image, ImageChops, ImageStat

from bot.sandbox.samples import Sample, samples
from bot.sandbox.samples.__main__ import SHADES, drawn

EVERY = pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.name)


def picture(sample: Sample) -> Image.Image:
    data = sample.read()
    if sample.file.endswith(".svg"):
        data = bytes(resvg_py.svg_to_bytes(svg_string=data.decode(), skip_system_fonts=True))
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def background(image: Image.Image) -> str:
    """What the edges show: `transparent`, `white`, or `scene`."""
    rgba = image.convert("RGBA")
    width, height = rgba.size
    across, down = range(0, width, 8), range(0, height, 8)
    edge = [(x, y) for x in across for y in (0, height - 1)] + [(x, y) for y in down for x in (0, width - 1)]
    colours = {rgba.getpixel(at) for at in edge}
    if {colour[3] for colour in colours if isinstance(colour, tuple)} == {0}:
        return "transparent"
    return "white" if colours == {(255, 255, 255, 255)} else "scene"


def test_there_are_six_of_which_two_break_best_practice() -> None:
    assert len({sample.name for sample in samples()}) == len(samples()) == 6
    assert sum(sample.breaks_best_practice for sample in samples()) == 2
    assert {sample.file.rpartition(".")[2] for sample in samples()} == {"png", "svg"}


@EVERY
def test_size_and_background_are_as_noted(sample: Sample) -> None:
    image = picture(sample)
    assert f"{image.width} × {image.height}" in sample.note
    assert background(image) in sample.note


@EVERY
def test_best_practice_is_kept_or_broken_as_it_says(sample: Sample) -> None:
    image = picture(sample)
    large_and_plain = min(image.size) >= 1024 and background(image) != "scene"
    assert large_and_plain or sample.breaks_best_practice
    if large_and_plain and sample.breaks_best_practice:
        assert "mixes styles" in sample.note


@EVERY
def test_files_are_modest(sample: Sample) -> None:
    assert len(sample.read()) < 150 * 1024


@EVERY
def test_pictures_are_drawn_from_their_sources(sample: Sample) -> None:
    source = resources.files("bot.sandbox.samples").joinpath(f"{sample.name}.svg").read_text("utf-8")
    again = Image.open(io.BytesIO(drawn(source, SHADES.get(sample.name, 256)))).convert("RGBA")
    difference = ImageChops.difference(picture(sample).convert("RGBA"), again)
    assert max(ImageStat.Stat(difference).mean) < 0.5
