"""What every route of the page has before it: the loopback checks, errors as JSON, and a policy.

Loopback pages only: the Host header must name this origin (against DNS rebinding), and calls that change
something need a header that a foreign page cannot set without asking first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Json = dict[str, Any]

HEADER = "X-Masko-Sandbox"
NO_PAGE = "default-src 'none'; frame-ancestors 'none'"
"""The policy of answers that are no page."""
_FILE_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'"


@dataclass(frozen=True)
class Route:
    """One call of the control API: `GET` or `POST`, its path, and who answers it."""

    method: str
    path: str
    handler: Handler


class Topic(Protocol):
    """The calls about one thing. Handlers may raise what `Guard` turns into answers."""

    def routes(self) -> Iterable[Route]:
        """The calls that it answers."""


class ControlError(Exception):
    """An answer `{"error": code, "message": words}` with an HTTP status."""

    def __init__(self, code: str, words: str, status: int) -> None:
        super().__init__(code, words)
        self.code = code
        self.words = words
        self.status = status


def add_topics(app: web.Application, topics: Iterable[Topic]) -> None:
    """Add the routes of these topics to an application, each behind the header check."""
    for topic in topics:
        for route in topic.routes():
            app.router.add_route(route.method, route.path, guarded(route.handler))


def guarded(handler: Handler) -> Handler:
    """The handler behind the header check, with its errors as JSON.

    `ControlError` becomes what it says; `PermissionError` 403 `not_in_channel`, `KeyError` 400
    `missing_argument`, any other `LookupError` 404 `not_found`, `ValueError` 400 `invalid_arguments`, and so
    does JSON that is nested too deeply to be read.
    """

    async def guarded(request: web.Request) -> web.StreamResponse:
        try:
            if request.method != "GET" and not from_page(request):
                raise ControlError("header_missing", f"the header {HEADER}: 1 is missing", 403)
            return await handler(request)
        except (ControlError, PermissionError, LookupError, ValueError, RecursionError) as error:
            return _answer(error)

    return guarded


def from_page(request: web.Request) -> bool:
    """Whether a request has the header that no foreign page can set unasked."""
    return request.headers.get(HEADER) == "1"


def loopback_only(origin: str) -> Middleware:
    """Refuses every request, the bot's too, whose Host header names anything but this origin or its port
    on another loopback name: what a foreign page would send whose name was bound to 127.0.0.1."""
    host = urlsplit(origin).netloc
    _, _, port = host.rpartition(":")
    hosts = frozenset({host, *(f"{name}:{port}" for name in ("localhost", "127.0.0.1", "[::1]"))})

    @web.middleware
    async def refuse_strangers(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.host not in hosts:
            return _as_json("wrong_host", "open the sandbox by its loopback address", 403)
        return await handler(request)

    return refuse_strangers


async def given_in(request: web.Request) -> Json:
    """The JSON object that a request carries.

    Raises:
        ValueError: it carries no JSON, or no object.
    """
    given = await request.json()
    if not isinstance(given, dict):
        raise ValueError("an object is expected")
    return given


async def under_a_policy(request: web.Request, response: web.StreamResponse) -> None:
    """Before any answer goes out: what is no page may load and run nothing, whatever its bytes say."""
    response.headers.setdefault("Content-Security-Policy", NO_PAGE)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")


def inert(content: bytes, mimetype: str) -> web.Response:
    """A file's bytes under a policy that lets nothing in them run."""
    headers = {
        "Content-Type": mimetype,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": _FILE_POLICY,
    }
    return web.Response(body=content, headers=headers)


def _answer(error: Exception) -> web.Response:
    match error:
        case ControlError():
            return _as_json(error.code, error.words, error.status)
        case PermissionError():
            return _as_json("not_in_channel", str(error), 403)
        case KeyError():
            return _as_json("missing_argument", f"{error.args[0]} is missing", 400)
        case LookupError():
            return _as_json("not_found", str(error), 404)
        case _:
            return _as_json("invalid_arguments", str(error), 400)


def _as_json(code: str, words: str, status: int) -> web.Response:
    return web.json_response({"error": code, "message": words}, status=status)
