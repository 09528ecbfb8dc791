"""What is answered: records in their shape, today's or yesterday's. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.sandbox.masko.records import Collection, Envelope, Project
from bot.sandbox.masko.refusals import Refusal
from bot.sandbox.masko.shapes import (
    CollectionInList,
    CollectionShape,
    Config,
    CreditsShape,
    Enveloped,
    ErrorShape,
    Listed,
    Meta,
    OlderCollection,
    OlderCollections,
    OlderConfig,
    OlderCredits,
    OlderError,
    OlderProjects,
    Pagination,
    ProjectShape,
    Shape,
    Wrong,
)


@dataclass(frozen=True)
class Page:
    """The part of a list that was asked for: at most `limit` entries from `offset`."""

    limit: int
    offset: int


def one(thing: Shape, envelope: Envelope) -> Shape:
    """One thing in its envelope."""
    return Enveloped(data=thing) if envelope == "current" else thing


def projects(things: Sequence[ProjectShape], page: Page, envelope: Envelope) -> Shape:
    """One page of projects."""
    shown = things[page.offset : page.offset + page.limit]
    if envelope == "older":
        return OlderProjects(projects=list(shown))
    return Listed(data=list(shown), meta=_meta(len(things), len(shown), page))


def collections(things: Sequence[CollectionInList], page: Page, envelope: Envelope) -> Shape:
    """One page of collections."""
    shown = things[page.offset : page.offset + page.limit]
    if envelope == "older":
        return OlderCollections(collections=list(shown))
    return Listed(data=list(shown), meta=_meta(len(things), len(shown), page))


def _meta(total: int, shown: int, page: Page) -> Meta:
    more = page.offset + shown < total
    return Meta(pagination=Pagination(total=total, limit=page.limit, offset=page.offset, has_more=more))


def refused(refusal: Refusal, envelope: Envelope) -> Shape:
    """An error in its envelope."""
    facts: dict[str, Any] = dict(refusal.facts)
    if envelope == "current":
        return ErrorShape(error=Wrong(code=refusal.code, message=refusal.message, **facts))
    if "balance" in facts:
        facts["available"] = facts.pop("balance")
    return OlderError(error=refusal.message, **facts)


def project(of: Project) -> ProjectShape:
    """A project. Choice: `updated_at` is the time it was made, for nothing changes one here."""
    return ProjectShape(
        id=of.id,
        name=of.name,
        organization_id=of.organization_id,
        created_at=of.created_at,
        updated_at=of.created_at,
    )


def credits(balance: int, envelope: Envelope) -> Shape:
    """The credits."""
    return CreditsShape(credits=balance) if envelope == "current" else OlderCredits(balance=balance)


def collection_in_list(of: Collection, now: float) -> CollectionInList:
    """A collection as a list shows it."""
    return CollectionInList(
        id=of.id,
        project_id=of.project_id,
        name=of.name_at(now),
        type="mascot",
        is_published=False,
        public_slug=of.slug,
        created_at=of.created_at,
    )


def collection(of: Collection, now: float, envelope: Envelope) -> Shape:
    """A collection in full."""
    held: dict[str, Any] = {
        "reference_asset_ids": list(of.reference_asset_ids),
        "style_card": of.style_card,
    }
    common: dict[str, Any] = {
        "id": of.id,
        "name": of.name_at(now),
        "type": "mascot",
        "project_id": of.project_id,
        "created_at": of.created_at,
        "updated_at": of.updated_at,
    }
    prompt = of.prompt_at(now)
    if envelope == "older":
        return OlderCollection(**common, public_slug=of.slug, description=prompt, config=OlderConfig(**held))
    return CollectionShape(**common, slug=of.slug, config=Config(prompt=prompt, **held))
