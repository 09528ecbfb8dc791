"""Values of the Masko API; pydantic reads both generations of answers into them, by the aliases here.

A project holds collections; a collection ("mascot" in this program) has a name, a prompt, up to six
references and a style card; an asset is one file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AliasChoices, AliasPath, BeforeValidator, Field

from bot.text import tidy_name

MAX_REFERENCES = 6
"""References that one mascot can hold (masko.ai, "Create from Image")."""

_LONGEST_NAME = 1000  # characters (Choice)
_LARGEST = 1 << 63


def text(value: object) -> str | None:
    """Return non-empty text that every database and JSON encoder takes; None for anything else."""
    if not isinstance(value, str):
        return None
    return value.encode("utf-8", "replace").decode("utf-8").replace("\x00", "").strip() or None


def number(value: object) -> int | float | None:
    """Return a finite number, also one written as text; None for anything else."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not abs(value) < _LARGEST:  # also sorts out NaN
        return None
    return int(value) if value == int(value) else value


def identifier(value: object) -> str | None:
    """Return an id as text; a number is taken for one too."""
    return str(number(value)) if isinstance(value, int) and number(value) is not None else text(value)


def _name(value: object) -> str | None:
    told = text(value)
    return tidy_name(told[:_LONGEST_NAME]) or None if told else None


def _time(value: object) -> datetime | None:
    """ISO 8601; a time without a zone is UTC."""
    try:
        told = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return told.replace(tzinfo=UTC) if told and told.tzinfo is None else told


def _reference_ids(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list):
        return None
    ids = ((item.get("asset_id") or item.get("id")) if isinstance(item, dict) else item for item in value)
    return tuple(dict.fromkeys(told for told in map(identifier, ids) if told))


Text = Annotated[str | None, BeforeValidator(text)]
Name = Annotated[str | None, BeforeValidator(_name)]
Id = Annotated[str, BeforeValidator(identifier)]
OptionalId = Annotated[str | None, BeforeValidator(identifier)]
Time = Annotated[datetime | None, BeforeValidator(_time)]
Prompt = Annotated[
    Text, Field(validation_alias=AliasChoices(AliasPath("config", "prompt"), "prompt", "description"))
]
Slug = Annotated[Text, Field(validation_alias=AliasChoices("slug", "public_slug"))]
ReferenceIds = Annotated[
    tuple[str, ...] | None,
    BeforeValidator(_reference_ids),
    Field(
        validation_alias=AliasChoices(
            AliasPath("config", "reference_asset_ids"), "reference_asset_ids", "references"
        )
    ),
]
Status = Annotated[str | None, BeforeValidator(lambda value: (text(value) or "").lower() or None)]
StyleCard = Annotated[
    object, Field(validation_alias=AliasChoices(AliasPath("config", "style_card"), "style_card"))
]


@dataclass(frozen=True, slots=True)
class Asset:
    """One uploaded file, which can become a reference of any number of mascots."""

    id: Annotated[Id, Field(validation_alias=AliasChoices("asset_id", "id"))]


@dataclass(frozen=True, slots=True)
class Mascot:
    """One mascot.

    Attributes:
        name, prompt: given or detected; None until Masko tells them.
        reference_asset_ids: in Masko's order; None when the answer does not tell.
        style_card: None until the first generation and after references changed.
    """

    id: Id
    name: Name = None
    prompt: Prompt = None
    project_id: OptionalId = None
    reference_asset_ids: ReferenceIds = None
    slug: Slug = None
    style_card: StyleCard = field(default=None, hash=False)
    created_at: Time = None

    @property
    def described(self) -> bool:
        """True when both name and prompt are there."""
        return bool(self.name and self.prompt)


@dataclass(frozen=True, slots=True)
class MascotSummary:
    """One row of a project's list of mascots, which tells neither prompt nor references."""

    id: Id
    name: Name = None
    project_id: OptionalId = None
    slug: Slug = None
    created_at: Time = None


@dataclass(frozen=True, slots=True)
class Project:
    """A project that mascots are filed under."""

    id: Id
    name: Text = None


@dataclass(frozen=True, slots=True)
class Credits:
    """What the key's organisation can still spend on generations; everything here is free."""

    balance: int | float


@dataclass(frozen=True, slots=True)
class Job:
    """State of a job behind a 202: pending, processing, completed or failed; None if not told."""

    id: Annotated[OptionalId, Field(validation_alias="job_id")] = None
    poll_url: Text = None
    status: Status = None
    mascot_id: Annotated[
        OptionalId, Field(validation_alias=AliasChoices("collection_id", AliasPath("collection", "id")))
    ] = None
    message: Annotated[
        Text, Field(validation_alias=AliasChoices(AliasPath("error", "message"), "error", "error_message"))
    ] = None

    @property
    def running(self) -> bool:
        return self.status in {"pending", "processing", "queued", "running"}

    @property
    def failed(self) -> bool:
        return self.status in {"failed", "error", "cancelled", "canceled"}
