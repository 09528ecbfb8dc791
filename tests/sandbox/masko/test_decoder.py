"""A picture that costs too much is refused, and the next one is taken."""

from __future__ import annotations

import pytest

from bot.images.formats import ImageFormat
from bot.sandbox.masko import decoder, pictures, vision
from bot.sandbox.masko.refusals import Refusal
from tests.images.hostile_files import jpeg_of_scans
from tests.images.samples import sample


def test_another_process_finds_the_same() -> None:
    data = sample(ImageFormat.PNG)
    assert decoder.decode(data) == pictures.decode(data)
    assert decoder.describe(data) == vision.describe(data)


def test_what_is_refused_here_is_refused_there_in_the_same_words() -> None:
    with pytest.raises(Refusal) as here:
        pictures.decode(b"%PDF-1.7")
    with pytest.raises(Refusal) as there:
        decoder.decode(b"%PDF-1.7")
    assert str(there.value) == str(here.value)


def test_a_picture_that_never_ends_is_refused_and_the_next_one_taken() -> None:
    endless = jpeg_of_scans(6000, 40_000)
    with pytest.raises(Refusal, match="too much time or memory"):
        decoder.decode(endless, seconds=1)
    assert decoder.decode(sample(ImageFormat.PNG)).width == 160
