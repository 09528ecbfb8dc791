"""What a request may say: every field by name and type, nothing else. Pure.

Choice: an unknown field is refused, `null` is not a value, and no string is empty. A service that is kinder
than that hides a client's spelling mistakes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from bot.sandbox.masko.refusals import bad_request

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]


class Body(BaseModel):
    """A JSON body whose fields are all known."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Link(Body):
    """`{"url": …}` of an upload by URL."""

    url: Text


class NewProject(Body):
    """`{"name": …}` of a new project."""

    name: Text


class _Prompted(Body):
    """A prompt, which older pages call `description`."""

    name: Text = ""
    prompt: Text = ""
    description: Text = ""

    @model_validator(mode="after")
    def _one_prompt(self) -> Self:
        if self.prompt and self.description:
            raise ValueError("give prompt or description, not both")
        return self

    @property
    def given_prompt(self) -> str | None:
        """The prompt under either of its names."""
        return self.prompt or self.description or None


class NewCollection(_Prompted):
    """A new collection: a project, references by asset and by URL, and what is not to be detected."""

    project_id: Text
    reference_asset_ids: list[Text] = Field(default_factory=list)
    reference_image_urls: list[Text] = Field(default_factory=list)

    @model_validator(mode="after")
    def _some_reference(self) -> Self:
        if not self.reference_asset_ids and not self.reference_image_urls:
            raise ValueError("give reference_asset_ids or reference_image_urls")
        return self


class Changes(_Prompted):
    """What to change about a collection: at least one of name, prompt, slug."""

    slug: Slug = ""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.name or self.slug or self.given_prompt):
            raise ValueError("give name, prompt or slug")
        return self


class NewReference(Body):
    """Exactly one of an asset's id and a link."""

    asset_id: Text = ""
    url: Text = ""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if bool(self.asset_id) == bool(self.url):
            raise ValueError("give exactly one of asset_id and url")
        return self


class PageQuery(BaseModel):
    """`?limit=&offset=` of a list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit: int | None = Field(default=None, ge=1)
    offset: int = Field(default=0, ge=0)


class CollectionsQuery(PageQuery):
    """`?project_id=&limit=&offset=` of the collections."""

    project_id: Text = ""


Said = TypeVar("Said", bound=BaseModel)


def understood(model: type[Said], said: Mapping[str, Any]) -> Said:
    """`said` as the values of `model`.

    Raises:
        Refusal: 400 naming every field that is unknown, missing or of the wrong kind.
    """
    try:
        return model.model_validate(said)
    except ValidationError as wrong:
        raise bad_request("; ".join(map(_words, wrong.errors()))) from None


def _words(error: Mapping[str, Any]) -> str:
    field = ".".join(str(part) for part in error["loc"])
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"{field}: {message}" if field else message
