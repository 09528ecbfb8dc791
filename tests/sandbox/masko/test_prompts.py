"""Whatever is drawn, the prompt is true, well made, its own, and the same for the same pixels."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from bot.sandbox.masko.palette import named
from bot.sandbox.masko.vision import STAND_IN, describe

pytestmark = pytest.mark.slow

SIDE = 192
COLOURS = {
    "orange": (245, 134, 52),
    "teal": (21, 144, 138),
    "purple": (133, 82, 208),
    "pink": (255, 143, 192),
    "green": (58, 168, 69),
    "brown": (138, 84, 51),
}
GROUNDS = {"transparent": None, "white": (255, 255, 255), "pale-yellow": (255, 243, 174)}
Draw = Callable[[ImageDraw.ImageDraw, str, str | None], None]


def disc(draw: ImageDraw.ImageDraw, fill: str, line: str | None) -> None:
    draw.ellipse((30, 30, 162, 162), fill=fill, outline=line, width=8)


def tower(draw: ImageDraw.ImageDraw, fill: str, line: str | None) -> None:
    draw.rectangle((70, 10, 122, 182), fill=fill, outline=line, width=8)


def boat(draw: ImageDraw.ImageDraw, fill: str, line: str | None) -> None:
    draw.ellipse((8, 70, 184, 122), fill=fill, outline=line, width=8)


def star(draw: ImageDraw.ImageDraw, fill: str, line: str | None) -> None:
    turns = [(point * math.pi / 5, 84 if point % 2 == 0 else 32) for point in range(10)]
    corners = [(96 + far * math.sin(turn), 96 - far * math.cos(turn)) for turn, far in turns]
    draw.polygon(corners, fill=fill, outline=line, width=8)


SHAPES: dict[str, Draw] = {shape.__name__: shape for shape in (disc, tower, boat, star)}
TRAITS = {
    "disc": "rounded silhouette is as wide as it is tall",
    "tower": "clearly taller than wide",
    "boat": "clearly wider than tall",
    "star": "airy silhouette",
}


@dataclass(frozen=True)
class Drawing:
    """A figure of one colour, with or without a line around it, on a ground."""

    shape: str
    colour: str
    ground: str
    line: bool

    def image(self) -> Image.Image:
        ground = GROUNDS[self.ground]
        image = Image.new("RGBA", (SIDE, SIDE), (*ground, 255) if ground else (0, 0, 0, 0))
        fill = "#{:02x}{:02x}{:02x}".format(*COLOURS[self.colour])
        SHAPES[self.shape](ImageDraw.Draw(image), fill, "#14121a" if self.line else None)
        return image

    def prompt(self) -> str:
        return describe(encoded(self.image())).prompt


EVERY = [Drawing(*each) for each in product(SHAPES, COLOURS, GROUNDS, (False, True))]
drawings = st.sampled_from(EVERY)
few = settings(max_examples=25, deadline=None, derandomize=True)


def encoded(image: Image.Image, format: str = "PNG", **options: int) -> bytes:
    target = io.BytesIO()
    image.save(target, format, **options)
    return target.getvalue()


@given(drawings)
@few
def test_it_says_what_was_drawn(drawing: Drawing) -> None:
    prompt = drawing.prompt()
    assert f"A friendly {named(COLOURS[drawing.colour]).name} character" in prompt
    assert TRAITS[drawing.shape] in prompt
    assert f"{drawing.ground} background" in prompt
    assert ("near-black outline" in prompt) == drawing.line
    assert ("without a dark outline" in prompt) != drawing.line
    assert "flat vector style" in prompt


@given(drawings, st.sampled_from(["PNG", "WEBP", "GIF"]), st.integers(0, 4))
@few
def test_the_same_pixels_get_the_same_words(drawing: Drawing, format: str, level: int) -> None:
    image = drawing.image()
    options: dict[str, int] = {
        "PNG": {"compress_level": level},
        "WEBP": {"lossless": True, "exact": True, "method": level},
        "GIF": {},
    }[format]
    again = encoded(image, format, **options)
    assert again != encoded(image)
    assert describe(again) == describe(encoded(image))


@given(drawings, st.sampled_from(["shape", "colour", "ground", "line"]), st.data())
@few
def test_one_clear_difference_is_enough_for_other_words(
    drawing: Drawing, trait: str, data: st.DataObject
) -> None:
    values: dict[str, list[Any]] = {
        "shape": list(SHAPES),
        "colour": list(COLOURS),
        "ground": list(GROUNDS),
        "line": [False, True],
    }
    other = data.draw(st.sampled_from([v for v in values[trait] if v != getattr(drawing, trait)]))
    assert replace(drawing, **{trait: other}).prompt() != drawing.prompt()


patches = st.lists(
    st.tuples(st.integers(0, 150), st.integers(0, 150), st.integers(8, 90), st.sampled_from(list(COLOURS))),
    max_size=12,
)


@given(drawings, patches)
@few
def test_every_prompt_is_well_made(drawing: Drawing, patched: list[tuple[int, int, int, str]]) -> None:
    image = drawing.image()
    for x, y, size, colour in patched:
        ImageDraw.Draw(image).ellipse((x, y, x + size, y + size), fill=COLOURS[colour])
    prompt = describe(encoded(image)).prompt
    assert prompt.endswith(f" {STAND_IN}")
    assert 40 <= len(prompt.split()) <= 80
    assert not re.search(r"\d|%|  | ,|,,|\.\.|\ba [aeiou]", prompt)
    for sentence in re.split(r"(?<=\.) ", prompt.removesuffix(STAND_IN).strip()):
        assert re.fullmatch(r"[A-Z].*[a-z]\.", sentence)


@pytest.mark.parametrize(
    "height", [0.05, 0.3, 0.5, 0.7, 0.93], ids=["top", "upper", "middle", "lower", "bottom"]
)
def test_a_band_is_found_where_it_is(height: float) -> None:
    image = Image.new("RGB", (SIDE, SIDE), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((60, 10, 132, 182), fill=COLOURS["orange"])
    middle = 10 + 172 * height
    draw.rectangle((60, middle - 8, 132, middle + 8), fill=COLOURS["purple"])
    place = {
        0.05: "at the top",
        0.3: "in the upper half",
        0.5: "around the middle",
        0.7: "in the lower half",
        0.93: "at the bottom",
    }
    assert f"purple parts {place[height]}" in describe(encoded(image)).prompt


def test_texture_is_no_flat_colour() -> None:
    texture = Image.effect_noise((SIDE, SIDE), 90)
    image = Image.new("RGB", (SIDE, SIDE), "white")
    image.paste(Image.merge("RGB", (texture, texture, texture)), (0, 0), disc_mask())
    prompt = describe(encoded(image)).prompt
    assert "much fine detail" in prompt
    assert "flat" not in prompt


def disc_mask() -> Image.Image:
    mask = Image.new("L", (SIDE, SIDE), 0)
    ImageDraw.Draw(mask).ellipse((20, 20, 172, 172), fill=255)
    return mask


def test_all_these_drawings_are_told_apart() -> None:
    some = [each for each in EVERY if each.colour in {"orange", "teal"} and each.ground != "pale-yellow"]
    prompts = [each.prompt() for each in some]
    assert all(one != other for one, other in combinations(prompts, 2))
