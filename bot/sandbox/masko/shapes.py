"""The shape of every answer, in both generations: answers are made of these, and the OpenAPI document too.

Today: `{data, meta?}` and `{"error": {"code", "message", …}}`. Older: bare objects, `{"collections":
[…]}` without `meta`, the prompt as top-level `description`, `public_slug`, and `{"error": "words"}`
with `available` for the balance.

No field but an error's facts has a default: what is not given is left out of an answer.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from bot.sandbox.masko.records import MOST_REFERENCES
from bot.sandbox.masko.refusals import KINDS


def moment(at: datetime) -> str:
    """A time as Masko writes it: `2025-11-22T09:13:00.000Z`."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[
    datetime, PlainSerializer(moment), WithJsonSchema({"type": "string", "format": "date-time"})
]
Code = Annotated[str, WithJsonSchema({"type": "string", "enum": [kind.code for kind in KINDS]})]
References = Annotated[list[str], Field(max_length=MOST_REFERENCES)]


class Shape(BaseModel):
    """What an answer consists of, and nothing else."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def as_json(self) -> dict[str, Any]:
        """The JSON object."""
        return self.model_dump(mode="json", exclude_unset=True)


T = TypeVar("T", bound=Shape)


class Enveloped(Shape, Generic[T]):
    """One thing, today."""

    data: T


class Pagination(Shape):
    """Which part of a list this is."""

    total: int
    limit: int
    offset: int
    has_more: bool


class Meta(Shape):
    """What goes with a list."""

    pagination: Pagination


class Listed(Shape, Generic[T]):
    """One page of a list, today."""

    data: list[T]
    meta: Meta


class Uploaded(Shape):
    """An upload: only `asset_id` is documented."""

    asset_id: str


class ProjectShape(Shape):
    """A project."""

    id: str
    name: str
    organization_id: str
    created_at: Moment
    updated_at: Moment


class OlderProjects(Shape):
    """A list of projects, as older pages show it."""

    projects: list[ProjectShape]


class CreditsShape(Shape):
    """The credits. Their field is undocumented. Choice: `credits` today."""

    credits: int


class OlderCredits(Shape):
    """The credits. Choice: `balance` in older answers."""

    balance: int


class CollectionInList(Shape):
    """A collection as a list shows it: without prompt and references."""

    id: str
    project_id: str
    name: str | None
    type: Literal["mascot"]
    is_published: bool
    public_slug: str | None
    created_at: Moment


class OlderCollections(Shape):
    """A list of collections, as older pages show it."""

    collections: list[CollectionInList]


class Config(Shape):
    """What a mascot is drawn from; the style card is null until the first generation."""

    prompt: str | None
    reference_asset_ids: References
    style_card: dict[str, Any] | None


class OlderConfig(Shape):
    """Choice: an older answer keeps `config` for the references and the style card, without the prompt."""

    reference_asset_ids: References
    style_card: dict[str, Any] | None


class CollectionShape(Shape):
    """A collection in full; name and prompt are null while the vision is at work."""

    id: str
    name: str | None
    type: Literal["mascot"]
    project_id: str
    slug: str | None
    config: Config
    created_at: Moment
    updated_at: Moment


class OlderCollection(Shape):
    """A collection in full, as older pages show it."""

    id: str
    name: str | None
    type: Literal["mascot"]
    project_id: str
    public_slug: str | None
    description: str | None
    config: OlderConfig
    created_at: Moment
    updated_at: Moment


class Wrong(Shape):
    """What was wrong; `required` and `balance` only with `insufficient_credits`."""

    code: Code
    message: str
    required: int = 0
    balance: int = 0


class ErrorShape(Shape):
    """An error, today."""

    error: Wrong


class OlderError(Shape):
    """An error, as older pages show it: its words alone."""

    error: str
    required: int = 0
    available: int = 0
