"""What the Masko API speaks of, as frozen values.

A project holds collections; a collection is one mascot (a name, a prompt, up to six references, a
style card) and holds its poses; an asset is one file.  This program says "mascot" for a collection.
Ids are opaque text: `col_…`, `ast_…` and UUIDs all occur.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

MAX_REFERENCES = 6
"""References one mascot can hold (masko.ai, "Create from Image")."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One uploaded file, which can become a reference of any number of mascots."""

    id: str


@dataclass(frozen=True, slots=True)
class Mascot:
    """One mascot as Masko told it.

    Attributes:
        id: the collection's id.
        name: given or detected; None while Masko has not told one.
        prompt: the character's visual traits; None while Masko has not told it.
        project_id: the project that it belongs to, where the answer tells.
        reference_asset_ids: its references in Masko's order; None when the answer does not tell,
            which is not the same as none.
        slug: the public slug, where there is one.
        style_card: as Masko sent it; None until the first generation and after references changed.
        created_at: where the answer tells; always with a time zone.
    """

    id: str
    name: str | None = None
    prompt: str | None = None
    project_id: str | None = None
    reference_asset_ids: tuple[str, ...] | None = None
    slug: str | None = None
    style_card: object = field(default=None, hash=False)
    created_at: datetime | None = None

    @property
    def described(self) -> bool:
        """True when both name and prompt are there: the vision analysis needs no further wait."""
        return bool(self.name and self.prompt)


@dataclass(frozen=True, slots=True)
class MascotSummary:
    """One line of a project's list of mascots: neither prompt nor references are told there."""

    id: str
    name: str | None = None
    project_id: str | None = None
    slug: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """What mascots are filed under."""

    id: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Credits:
    """What the key's organisation can still spend on generations; everything here is free of it."""

    balance: int | float
