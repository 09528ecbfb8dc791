"""A small Masko with state, to be given to `httpx.MockTransport`, and a client that talks to it."""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

import httpx
from pydantic import SecretStr

from bot.masko import MaskoClient, Timeouts
from bot.masko.rate_limit import RateLimiter

KEY = "masko_" + "0123456789abcdef" * 4
BASE = "https://api.masko.test/v1"

Reply = Callable[[httpx.Request], httpx.Response]
Handler = Callable[[httpx.Request], Coroutine[None, None, httpx.Response]]


def reply(status: int, body: object = None, **headers: str) -> Reply:
    """A reply prepared beforehand; header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    return lambda request: httpx.Response(status, content=content, headers=named)


def raises(error: type[httpx.RequestError]) -> Reply:
    """The connection fails before anything is sent, or so it looks by the error."""

    def fail(request: httpx.Request) -> httpx.Response:
        raise error("by test", request=request)

    return fail


@dataclass
class FakeMasko:
    """Masko as documented; `instead` holds replies given in place of its own, first come first.

    Attributes:
        instead: replies used up before any of its own; the request has no effect.
        lost: how many of the next requests take effect although their answer is lost.
        changes_answer_with: replaces the answer to every change of a collection.
    """

    instead: list[Reply] = field(default_factory=list)
    lost: int = 0
    changes_answer_with: Reply | None = None
    page_size: int = 50
    collections: dict[str, dict[str, object]] = field(default_factory=dict)
    uploads: list[tuple[str | None, bytes]] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        if self.instead:
            return self.instead.pop(0)(request)
        answer = self._answer(request)
        if self.lost:
            self.lost -= 1
            raise httpx.ReadTimeout("by test", request=request)
        return answer

    @property
    def seen(self) -> list[str]:
        """What was asked for so far, such as `GET /collections/col_1`."""
        return [f"{r.method} {r.url.raw_path.decode().removeprefix('/v1')}" for r in self.requests]

    def references(self, mascot_id: str) -> list[str]:
        config = self.collections[mascot_id]["config"]
        assert isinstance(config, dict)
        references: list[str] = config["reference_asset_ids"]
        return references

    def _answer(self, request: httpx.Request) -> httpx.Response:
        match [request.method, *request.url.path.removeprefix("/v1/").split("/")]:
            case ["POST", "upload"]:
                return self._upload(request)
            case ["GET", "credits"]:
                return _data({"balance": 120})
            case ["GET", "projects"]:
                return _data([{"id": "prj_1", "name": "Mascots"}])
            case ["GET", "collections"]:
                return self._list(request)
            case ["POST", "collections"]:
                return self._create(json.loads(request.content))
            case [method, "collections", mascot_id, *rest] if mascot_id in self.collections:
                return self._on_collection(method, mascot_id, rest, request)
        return _error(404, "not_found", "No such thing")

    def _on_collection(
        self, method: str, mascot_id: str, rest: list[str], request: httpx.Request
    ) -> httpx.Response:
        match [method, *rest]:
            case ["GET"]:
                return _data(self.collections[mascot_id])
            case ["PATCH"]:
                self._patch(mascot_id, json.loads(request.content))
            case ["POST", "references"]:
                told = json.loads(request.content)
                self.references(mascot_id).append(told["asset_id"])
            case ["DELETE", "references", asset_id]:
                if asset_id not in self.references(mascot_id):
                    return _error(404, "not_found", "No such reference")
                self.references(mascot_id).remove(asset_id)
        return (
            self.changes_answer_with(request)
            if self.changes_answer_with
            else _data(self.collections[mascot_id])
        )

    def _patch(self, mascot_id: str, changes: dict[str, str]) -> None:
        config = self.collections[mascot_id]["config"]
        assert isinstance(config, dict)
        self.collections[mascot_id] |= {k: v for k, v in changes.items() if k == "name"}
        config |= {k: v for k, v in changes.items() if k == "prompt"}

    def _create(self, body: dict[str, object]) -> httpx.Response:
        mascot_id = f"col_{len(self.collections) + 1}"
        self.collections[mascot_id] = {
            "id": mascot_id,
            "type": "mascot",
            "name": body.get("name", "Felix"),
            "project_id": body["project_id"],
            "config": {
                "prompt": body.get("prompt", "A friendly orange fox"),
                "reference_asset_ids": body.get("reference_asset_ids", []),
            },
            "created_at": "2026-01-02T03:04:05Z",
        }
        return _data(self.collections[mascot_id], 201)

    def _list(self, request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params.get("offset", 0))
        rows = list(self.collections.values())
        page = rows[offset : offset + self.page_size]
        more = offset + len(page) < len(rows)
        pagination = {"total": len(rows), "limit": self.page_size, "offset": offset, "has_more": more}
        body = {"data": page, "meta": {"pagination": pagination}}
        return httpx.Response(200, json=body)

    def _upload(self, request: httpx.Request) -> httpx.Response:
        if request.headers["content-type"] == "application/json":
            self.uploads.append((json.loads(request.content)["url"], b""))
        else:
            part = parse_form(request.headers["content-type"], request.content)
            self.uploads.append((part.get_filename(), _payload(part)))
        return _data({"asset_id": f"ast_{len(self.uploads)}"}, 201)


AT_ONCE = Timeouts(faster=1e6)
"""Whoever waits before a retry waits no time."""


def masko(fake: Handler, **options: Any) -> MaskoClient:
    """A client whose requests end in `fake`."""
    http = httpx.AsyncClient(transport=httpx.MockTransport(fake))
    usual: dict[str, Any] = {
        "api_key": SecretStr(KEY),
        "base_url": BASE,
        "http": http,
        "limiter": RateLimiter(),
        "timeouts": AT_ONCE,
    }
    return MaskoClient(**(usual | options))


def parse_form(content_type: str, body: bytes) -> Message:
    """The one part of a multipart form, as Python's own parser understands it."""
    whole = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body
    )
    parts: Iterator[Message] = whole.iter_parts()
    (part,) = parts
    assert part.get_param("name", header="content-disposition") == "file"
    return part


def _payload(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload


def _data(data: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json={"data": data}, headers={"X-Request-Id": "req_7"})


def _error(status: int, code: str, message: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": message}})
