"""What a person wants done with the images of a post, where they said so."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Wish:
    """Where images go; with nothing set, where the thread's and the channel's settings say.

    Attributes:
        new: to a new mascot.
        mascot_id: to this one.
        name: what a new mascot is called; None: Masko detects it.
        asked: the person asked for it, so the channel's mode does not count.
    """

    new: bool = False
    mascot_id: str | None = None
    name: str | None = None
    asked: bool = False


NONE = Wish()
