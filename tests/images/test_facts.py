"""Facts as values."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.images import ImageFacts
from bot.images.facts import Background, Shading
from bot.images.formats import ImageFormat

FACTS = ImageFacts(
    name="狐 \u00d7.png",
    format=ImageFormat.WEBP,
    width=1024,
    height=900,
    size=123_456,
    background=Background.PLAIN,
    white=True,
    shading=Shading.FLAT,
    sha256="ab" * 32,
    looks="00ff00ff00ff00ff",
)


def test_facts_survive_json() -> None:
    again = ImageFacts.from_json(FACTS.as_json())
    assert again == FACTS
    assert isinstance(again.format, ImageFormat)
    assert isinstance(again.background, Background)
    assert isinstance(again.shading, Shading)
    assert json.loads(FACTS.as_json())["background"] == "plain"


@pytest.mark.parametrize(
    "text", ["{}", "[]", '{"format": "PSD"}', "nonsense", FACTS.as_json().replace("flat", "round")]
)
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        ImageFacts.from_json(text)


@pytest.mark.parametrize(
    ("one", "other", "resembles"),
    [
        ("00ff00ff00ff00ff", "00ff00ff00ff00ff", True),
        ("00ff00ff00ff00ff", "00ff00ff00ff00e0", True),
        ("00ff00ff00ff00ff", "00ff00ff00ff0080", False),
        ("00ff00ff00ff00ff", "ff00ff00ff00ff00", False),
        ("0000000000000000", "0000000000000000", False),
    ],
)
def test_nearly_the_same_picture_differs_in_few_bits(one: str, other: str, resembles: bool) -> None:
    first, second = replace(FACTS, looks=one), replace(FACTS, looks=other)
    assert first.resembles(second) is resembles
    assert second.resembles(first) is resembles
