"""What an answer looks like: today's envelope, and the one that older pages show. Pure.

Today: `{data, meta?}` and `{"error": {"code", "message", …}}`. Older: bare objects, `{"collections":
[…]}` without `meta`, the prompt as top-level `description`, `public_slug`, and `{"error": "words"}`
with `available` for the balance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.sandbox.masko.records import Asset, Collection, Envelope, Project
from bot.sandbox.masko.refusals import Refusal

Json = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """The part of a list that was asked for: at most `limit` entries from `offset`."""

    limit: int
    offset: int


def moment(at: datetime) -> str:
    """A time as Masko writes it: `2025-11-22T09:13:00.000Z`."""
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def one(thing: Json, envelope: Envelope) -> Json:
    """One object in its envelope."""
    return {"data": thing} if envelope == "current" else thing


def listing(things: Sequence[Json], page: Page, envelope: Envelope, key: str) -> Json:
    """One page of a list; `key` is what the older envelope calls it (`collections`, `projects`)."""
    shown = list(things[page.offset : page.offset + page.limit])
    if envelope == "older":
        return {key: shown}
    more = page.offset + len(shown) < len(things)
    pagination = {"total": len(things), "limit": page.limit, "offset": page.offset, "has_more": more}
    return {"data": shown, "meta": {"pagination": pagination}}


def refused(refusal: Refusal, envelope: Envelope) -> Json:
    """An error in its envelope."""
    if envelope == "current":
        return {"error": {"code": refusal.code, "message": refusal.message, **refusal.facts}}
    facts = {"available" if fact == "balance" else fact: value for fact, value in refusal.facts.items()}
    return {"error": refusal.message, **facts}


def uploaded(asset: Asset) -> Json:
    """The answer to an upload: only `asset_id` is documented."""
    return {"asset_id": asset.id}


def project(of: Project) -> Json:
    """A project. Choice: `updated_at` is the time it was made, for nothing changes one here."""
    made = moment(of.created_at)
    return {
        "id": of.id,
        "name": of.name,
        "organization_id": of.organization_id,
        "created_at": made,
        "updated_at": made,
    }


def credits(balance: int, envelope: Envelope) -> Json:
    """The credits. Their field is undocumented. Choice: `credits` today, `balance` in older answers."""
    return {"credits": balance} if envelope == "current" else {"balance": balance}


def collection_in_list(of: Collection, now: float) -> Json:
    """A collection as a list shows it: without prompt and references."""
    return {
        "id": of.id,
        "project_id": of.project_id,
        "name": of.name_at(now),
        "type": "mascot",
        "is_published": False,
        "public_slug": of.slug,
        "created_at": moment(of.created_at),
    }


def collection(of: Collection, now: float, envelope: Envelope) -> Json:
    """A collection in full.

    Choice: an older answer keeps `config` for the references and the style card, without the prompt.
    """
    older = envelope == "older"
    prompt = of.prompt_at(now)
    held = {"reference_asset_ids": list(of.reference_asset_ids), "style_card": of.style_card}
    return {
        "id": of.id,
        "name": of.name_at(now),
        "type": "mascot",
        "project_id": of.project_id,
        ("public_slug" if older else "slug"): of.slug,
        **({"description": prompt, "config": held} if older else {"config": {"prompt": prompt, **held}}),
        "created_at": moment(of.created_at),
        "updated_at": moment(of.updated_at),
    }
