"""An entry of the inspector to take away: as a curl command, or as a fixture for a test. Pure.

Secrets are not in it: commands name the variables `$SLACK_BOT_TOKEN`, `$SLACK_APP_TOKEN`, `$MASKO_API_KEY`,
and what looks like a token within a payload is masked.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pprint import pformat
from typing import Any

from bot.sandbox.inspector import Entry, without_secrets

_WIDTH = 100
_WITH_APP_TOKEN = "apps.connections.open"
_GOOD_ONCE = "oauth.v2.access"


@dataclass(frozen=True)
class Addresses:
    """Where the two services are: `http://127.0.0.1:8765/api/` and `http://127.0.0.1:8766/v1`."""

    slack_api: str
    masko_api: str

    @property
    def slack_origin(self) -> str:
        """Where files are."""
        return self.slack_api.removesuffix("/api/")

    @property
    def masko_origin(self) -> str:
        """What the paths of Masko's calls are added to."""
        return self.masko_api.removesuffix("/v1")


def as_curl(entry: Entry, addresses: Addresses) -> str | None:
    """The call once more, for a shell; None for what is no call of the bot's, or works only once.

    Web API calls are written as forms, which every method takes (docs.slack.dev: Slack Web API).
    """
    request = without_secrets(entry.request)
    match entry.kind:
        case "web_api" if "." in entry.title and entry.title != _GOOD_ONCE:
            return _command(_method_call(entry.title, request, addresses))
        case "file" if entry.title.startswith("GET "):
            return _command(_download(entry.title, addresses))
        case "masko":
            return _command(_masko_call(entry.title, request, addresses))
        case _:
            return None


def as_fixture(entry: Entry) -> str:
    """A Python assignment: an event's payload; or what was asked, and what was answered."""
    request, response = without_secrets(entry.request), without_secrets(entry.response)
    if entry.kind == "envelope" and isinstance(request, dict) and "payload" in request:
        return _assignment(entry.title, request["payload"])
    if entry.kind == "ack":
        return _assignment("acknowledgement", response)
    return _assignment(entry.title, {"request": request, "response": response})


def _method_call(method: str, request: Any, addresses: Addresses) -> Iterator[str]:
    variable = "SLACK_APP_TOKEN" if method == _WITH_APP_TOKEN else "SLACK_BOT_TOKEN"
    yield f"curl -sS -X POST {shlex.quote(addresses.slack_api + method)}"
    yield _authorization(variable)
    for name, value in _items(request):
        yield f"--data-urlencode {shlex.quote(f'{name}={_written(value)}')}"


def _download(title: str, addresses: Addresses) -> Iterator[str]:
    path = title.removeprefix("GET ")
    yield f"curl -sS {shlex.quote(addresses.slack_origin + path)}"
    yield _authorization("SLACK_BOT_TOKEN")
    yield f"-o {shlex.quote(path.rpartition('/')[2])}"


def _masko_call(title: str, request: Any, addresses: Addresses) -> Iterator[str]:
    method, _, path = title.partition(" ")
    query = method == "GET" and bool(request)
    yield f"curl -sS {'-G' if query else f'-X {method}'} {shlex.quote(addresses.masko_origin + path)}"
    yield _authorization("MASKO_API_KEY")
    if query:
        for name, value in _items(request):
            yield f"--data-urlencode {shlex.quote(f'{name}={_written(value)}')}"
    elif isinstance(request, dict) and isinstance(request.get("file"), dict):
        yield f"-F {shlex.quote('file=@' + str(request['file'].get('filename') or 'image.png'))}"
    elif request is not None:
        yield "-H 'Content-Type: application/json'"
        yield f"--data {shlex.quote(json.dumps(request, ensure_ascii=False))}"


def _authorization(variable: str) -> str:
    return f'-H "Authorization: Bearer ${variable}"'


def _items(request: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(request, Mapping):
        yield from request.items()


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _command(lines: Iterator[str]) -> str:
    return " \\\n  ".join(lines)


def _assignment(title: str, value: Any) -> str:
    name = re.sub(r"\W+", "_", title).strip("_").upper() or "PAYLOAD"
    name = f"_{name}" if name[0].isdigit() else name
    return f"{name} = {pformat(value, width=_WIDTH, sort_dicts=False)}\n"
