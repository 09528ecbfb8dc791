"""What the local Masko holds: projects, assets, collections."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from bot.sandbox.masko.vision import Description

Envelope = Literal["current", "older"]
MOST_REFERENCES = 6
"""References of a collection at most, as documented."""

_PREFIXES = {"asset": "ast", "collection": "col", "project": "prj"}


def new_id(thing: Literal["asset", "collection", "project"], envelope: Envelope) -> str:
    """A UUID, or `col_…`, `ast_…` as older pages show them: ids are opaque."""
    fresh = uuid.uuid4()
    return str(fresh) if envelope == "current" else f"{_PREFIXES[thing]}_{fresh.hex[:20]}"


@dataclass(frozen=True)
class Project:
    """A project of one organisation."""

    id: str
    name: str
    organization_id: str
    created_at: datetime


@dataclass(frozen=True)
class Asset:
    """One uploaded picture, decoded once to know that it is one.

    Attributes:
        data: the bytes exactly as they came.
        format: `PNG`, `JPEG`, `WEBP` or `GIF`, found by decoding, whatever the name says.
        filename: what the uploader called it; None for one fetched by URL.
        source_url: where it was fetched; None for an upload.
    """

    id: str
    data: bytes = field(repr=False)
    format: str
    width: int
    height: int
    created_at: datetime
    filename: str | None = None
    source_url: str | None = None


@dataclass
class Collection:
    """One mascot.

    Attributes:
        name, prompt: as somebody gave them; None where the vision's words stand.
        detected: what the vision saw in the first reference.
        detected_at: the moment (the server's clock, seconds) from which the vision's words show.
        style_card: made by the first generation (which the local Masko does not do: a test may set
            it), cleared whenever the references change.
    """

    id: str
    project_id: str
    reference_asset_ids: list[str]
    detected: Description
    detected_at: float
    created_at: datetime
    updated_at: datetime
    name: str | None = None
    prompt: str | None = None
    slug: str | None = None
    style_card: dict[str, Any] | None = None

    def name_at(self, now: float) -> str | None:
        """The name as it shows at `now`: None while the vision is still at work."""
        if self.name is not None:
            return self.name
        return self.detected.name if now >= self.detected_at else None

    def prompt_at(self, now: float) -> str | None:
        """The prompt as it shows at `now`: None while the vision is still at work."""
        if self.prompt is not None:
            return self.prompt
        return self.detected.prompt if now >= self.detected_at else None
