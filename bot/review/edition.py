"""What a vote is on: the exact references of a mascot, and its prompt.  Pure."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Any

from bot.slack.blocks import Picture


@dataclass(frozen=True)
class Part:
    """One reference of an edition, as it was then: its row may be gone when somebody looks back.

    Attributes:
        key: the picture itself: the sha256 of its bytes, or Masko's id where this program never saw them.
        asset_id: Masko's id.
        by: who posted it; empty where that is not known.
    """

    key: str
    asset_id: str
    name: str
    alt: str | None = None
    file_id: str | None = None
    by: str = ""

    @property
    def picture(self) -> Picture:
        """It as it is shown."""
        return Picture(self.name, self.alt or f"Reference image {self.name}", self.file_id)


@dataclass(frozen=True)
class Edition:
    """The references of a mascot and its prompt at one time; two with the same pictures and the same prompt
    are the same, whatever their files are called and in whatever order."""

    parts: tuple[Part, ...]
    prompt: str | None

    @property
    def digest(self) -> str:
        """64 hexadecimal digits that stand for it."""
        content = {"references": sorted(part.key for part in self.parts), "prompt": self.prompt}
        canonical = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def posters(self) -> frozenset[str]:
        """Who posted its pictures."""
        return frozenset(part.by for part in self.parts if part.by)

    def named(self, asset_id: str | None) -> str | None:
        """What a reference is called; None for one that is not among these."""
        return next((part.name for part in self.parts if part.asset_id == asset_id), None)

    def as_json(self) -> list[dict[str, Any]]:
        """Its references as they are kept."""
        return [asdict(part) for part in self.parts]

    @classmethod
    def from_json(cls, parts: Iterable[Mapping[str, Any]], prompt: str | None) -> Edition:
        return cls(tuple(Part(**part) for part in parts), prompt)


@dataclass(frozen=True)
class Difference:
    """How one edition became another.

    Attributes:
        pairs: old and new picture, side by side; None on a side where one only came or went.
        prompts: the old prompt and the new one, where that changed.
    """

    pairs: tuple[tuple[Part | None, Part | None], ...]
    prompts: tuple[str | None, str | None] | None

    @property
    def is_nothing(self) -> bool:
        return not self.pairs and self.prompts is None


def difference(old: Edition, new: Edition) -> Difference:
    """What went and what came; where both happened, what went first is beside what came first."""
    pairs = zip_longest(_beyond(old, new), _beyond(new, old))
    prompts = (old.prompt, new.prompt) if old.prompt != new.prompt else None
    return Difference(tuple(pairs), prompts)


def _beyond(one: Edition, other: Edition) -> list[Part]:
    """What one has and the other has not; of a picture that is there twice, the later one goes first."""
    left, beyond = Counter(part.key for part in other.parts), list[Part]()
    for part in one.parts:
        if left[part.key]:
            left[part.key] -= 1
        else:
            beyond.append(part)
    return beyond
