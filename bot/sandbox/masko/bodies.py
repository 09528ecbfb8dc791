"""What a request may say: every field by name and type, nothing else. Pure.

Choice: an unknown field is refused, `null` is not a value, and no string is empty. A service that is kinder
than that hides a client's spelling mistakes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from bot.sandbox.masko.records import MOST_REFERENCES
from bot.sandbox.masko.refusals import bad_request

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Url = Annotated[Text, WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https?://"})]
_MOST = 2**31 - 1  # Choice: the documents name no bound on what a query may count to
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]


class Body(BaseModel):
    """A JSON body whose fields are all known."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Form(Body):
    """The form of an upload: one file part, read as it streams in."""

    file: bytes


class Link(Body):
    """`{"url": …}` of an upload by URL."""

    url: Url


class NewProject(Body):
    """`{"name": …}` of a new project."""

    name: Text


def _some(field: str) -> JsonValue:
    """The schema of an object whose list of this name is there and not empty."""
    return {"required": [field], "properties": {field: {"minItems": 1}}}


_BOTH_PROMPTS: JsonValue = {"required": ["prompt", "description"]}


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

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [_some("reference_asset_ids"), _some("reference_image_urls")],
            "not": _BOTH_PROMPTS,
        }
    )

    project_id: Text
    reference_asset_ids: list[Text] = Field(
        default_factory=list, json_schema_extra={"maxItems": MOST_REFERENCES, "uniqueItems": True}
    )
    reference_image_urls: list[Url] = Field(
        default_factory=list, json_schema_extra={"maxItems": MOST_REFERENCES}
    )

    @model_validator(mode="after")
    def _some_reference(self) -> Self:
        if not self.reference_asset_ids and not self.reference_image_urls:
            raise ValueError("give reference_asset_ids or reference_image_urls")
        return self


class Changes(_Prompted):
    """What to change about a collection: at least one of name, prompt, slug."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "not": _BOTH_PROMPTS})

    slug: Slug = ""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.name or self.slug or self.given_prompt):
            raise ValueError("give name, prompt or slug")
        return self


class NewReference(Body):
    """Exactly one of an asset's id and a link."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["asset_id"]}, {"required": ["url"]}]}
    )

    asset_id: Text = ""
    url: Url = ""

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if bool(self.asset_id) == bool(self.url):
            raise ValueError("give exactly one of asset_id and url")
        return self


def _digits(said: object) -> object:
    """Digits alone: pydantic would also read `1.0`, ` 1 ` and `1_0`."""
    if isinstance(said, str) and not (said.isascii() and said.removeprefix("-").isdigit()):
        raise ValueError("not a whole number in digits")
    return said


Count = Annotated[int, BeforeValidator(_digits)]


class NoQuery(BaseModel):
    """A call that takes no query."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PageQuery(NoQuery):
    """`?limit=&offset=` of a list; the documented limit is 50."""

    limit: Count = Field(default=50, ge=1, le=_MOST)
    offset: Count = Field(default=0, ge=0, le=_MOST)


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
