"""Every call of `/v1`: its path, what it may be told, what it answers. The server and the document read this.

Choices, where no page says: 201 for what was made (asset, collection, reference, project) and 200
otherwise; a call that changes a collection answers with it in full.
"""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel

from bot.sandbox.masko.bodies import (
    Body,
    Changes,
    CollectionsQuery,
    Form,
    Link,
    NewCollection,
    NewProject,
    NewReference,
    NoQuery,
    PageQuery,
)
from bot.sandbox.masko.records import Envelope
from bot.sandbox.masko.refusals import BAD_REQUEST, FORBIDDEN, NOT_FOUND, RATE_LIMITED, UNAUTHORIZED, Kind
from bot.sandbox.masko.shapes import (
    CollectionInList,
    CollectionShape,
    CreditsShape,
    Enveloped,
    Listed,
    OlderCollection,
    OlderCollections,
    OlderCredits,
    OlderProjects,
    ProjectShape,
    Shape,
    Uploaded,
)


@dataclass(frozen=True)
class Promise:
    """What a call that goes well answers: the HTTP status, and the shape in each generation."""

    status: int
    current: type[Shape]
    older: type[Shape]

    def shape(self, envelope: Envelope) -> type[Shape]:
        """The shape in this generation."""
        return self.current if envelope == "current" else self.older


@dataclass(frozen=True)
class Operation:
    """One documented call.

    Attributes:
        name: what faults and counts call it.
        method, path: `{id}` and `{asset_id}` in the path stand for one part each.
        summary: what it does, in a few words.
        promise: what it answers.
        query: what may follow the path.
        body: the JSON it takes; None for nothing.
        form: the form that it takes as well; None for none.
        refusals: what it may refuse, beside a bad request, a wrong key and a spent limit.
    """

    name: str
    method: str
    path: str
    summary: str
    promise: Promise
    query: type[BaseModel] = NoQuery
    body: type[Body] | None = None
    form: type[Body] | None = None
    refusals: tuple[Kind, ...] = ()

    @property
    def every_refusal(self) -> tuple[Kind, ...]:
        """All that it may refuse on its own, faults apart."""
        return (BAD_REQUEST, UNAUTHORIZED, *self.refusals, RATE_LIMITED)


_MADE = Promise(201, Enveloped[CollectionShape], OlderCollection)
_CHANGED = Promise(200, Enveloped[CollectionShape], OlderCollection)
_FOREIGN_OR_UNKNOWN = (FORBIDDEN, NOT_FOUND)
_COLLECTION = "/v1/collections/{id}"

OPERATIONS = (
    Operation(
        "upload",
        "POST",
        "/v1/upload",
        "Upload a picture: PNG, JPEG, WebP or GIF up to 10 MB",
        Promise(201, Enveloped[Uploaded], Uploaded),
        body=Link,
        form=Form,
    ),
    Operation(
        "projects.list",
        "GET",
        "/v1/projects",
        "The projects of the key's organisation",
        Promise(200, Listed[ProjectShape], OlderProjects),
        query=PageQuery,
    ),
    Operation(
        "projects.create",
        "POST",
        "/v1/projects",
        "A new project",
        Promise(201, Enveloped[ProjectShape], ProjectShape),
        body=NewProject,
    ),
    Operation(
        "collections.list",
        "GET",
        "/v1/collections",
        "The mascots of a project, or of all; newest first",
        Promise(200, Listed[CollectionInList], OlderCollections),
        query=CollectionsQuery,
        refusals=_FOREIGN_OR_UNKNOWN,
    ),
    Operation(
        "collections.create",
        "POST",
        "/v1/collections",
        "A new mascot from pictures; name and prompt are detected where none are given",
        _MADE,
        body=NewCollection,
        refusals=_FOREIGN_OR_UNKNOWN,
    ),
    Operation(
        "collections.get",
        "GET",
        _COLLECTION,
        "One mascot",
        _CHANGED,
        refusals=_FOREIGN_OR_UNKNOWN,
    ),
    Operation(
        "collections.update",
        "PATCH",
        _COLLECTION,
        "Another name, prompt or slug",
        _CHANGED,
        body=Changes,
        refusals=_FOREIGN_OR_UNKNOWN,
    ),
    Operation(
        "references.add",
        "POST",
        f"{_COLLECTION}/references",
        "One more reference, which clears the style card",
        _MADE,
        body=NewReference,
        refusals=_FOREIGN_OR_UNKNOWN,
    ),
    Operation(
        "references.remove",
        "DELETE",
        f"{_COLLECTION}/references/{{asset_id}}",
        "One reference less, which clears the style card",
        _CHANGED,
        refusals=_FOREIGN_OR_UNKNOWN,
    ),
    Operation(
        "credits",
        "GET",
        "/v1/credits",
        "What the account has left",
        Promise(200, Enveloped[CreditsShape], OlderCredits),
    ),
)
