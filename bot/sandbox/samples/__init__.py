"""The sample mascots: six pictures drawn for this project, two of which break best practice on purpose.

Every picture has its SVG source beside it; `python -m bot.sandbox.samples` draws the PNGs again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources


@dataclass(frozen=True)
class Sample:
    """One sample mascot.

    Attributes:
        name: a slug to ask for it by.
        title: what a person calls it.
        file: its file's name, PNG or SVG.
        note: what there is to know about it, in a sentence.
        breaks_best_practice: whether it is here to show advice: small, in a scene, or of another style.
    """

    name: str
    title: str
    file: str
    note: str
    breaks_best_practice: bool

    def read(self) -> bytes:
        """The file's bytes."""
        return resources.files(__name__).joinpath(self.file).read_bytes()


def samples() -> tuple[Sample, ...]:
    """All samples, in the order to show them in."""
    listed = json.loads(resources.files(__name__).joinpath("samples.json").read_text("utf-8"))
    return tuple(Sample(**entry) for entry in listed)
