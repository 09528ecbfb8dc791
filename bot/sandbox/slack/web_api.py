"""The Web API's front: reads a call, checks token, scopes, limits and arguments, answers in Slack's form."""

from __future__ import annotations

import base64
import binascii
import time
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiohttp import web

from bot.sandbox.faults import Cut, Fault, Late
from bot.sandbox.injection import inject
from bot.sandbox.slack.arguments import read_arguments, undeclared
from bot.sandbox.slack.errors import COMMON, SlackError
from bot.sandbox.slack.installations import AccessToken
from bot.sandbox.slack.methods import METHODS, Call, Method, refuse_without_scope
from bot.sandbox.slack.platform import Platform
from bot.sandbox.slack.rate_limits import POSTING, TIERS
from bot.sandbox.slack.routing import reached
from bot.sandbox.slack.tokens import bearer, looks_real
from bot.sandbox.slack.workspace import Workspace

Json = dict[str, Any]

_LARGEST_CALL = 4 * 1024 * 1024  # bytes; files go to upload URLs

_BASIC = "basic "
_SECRET = frozenset({"client_secret", "code", "refresh_token"})
"""Arguments that the inspector does not show."""

_BY_CIRCUMSTANCE = frozenset(
    {
        "account_inactive",
        "already_reacted",
        "channel_not_found",
        "code_already_used",
        "duplicate_external_id",
        "file_deleted",
        "file_not_found",
        "hash_conflict",
        "invalid_code",
        "invalid_refresh_token",
        "message_not_found",
        "no_reaction",
        "not_found",
        "not_in_channel",
        "ratelimited",
        "team_access_not_granted",
        "thread_not_found",
        "token_expired",
        "token_revoked",
        "user_not_found",
        "user_not_in_channel",
    }
)
"""Errors that a correct bot can meet too; any other one is held against it."""


@dataclass
class Received:
    """A call as it came in.

    Attributes:
        workspace: whose counts, faults and pace it falls under: its token's, an organisation's first; the
            first of all for a call without a token, or with an unknown one.
        findings: what Slack lets pass.
    """

    method: str
    given: Json
    token: str | None
    workspace: Workspace
    findings: list[str] = field(default_factory=list)
    fault: Fault | None = None
    began: float = field(default_factory=time.monotonic)


class WebApi:
    """`/api/{method}` of the local Slack, for all workspaces."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call, as its fault has it, and write it into the inspector."""
        with suppress(RuntimeError):  # a middleware has read it, and is to be trusted
            request = request.clone(client_max_size=_LARGEST_CALL)
        authorization = request.headers.get("Authorization", "")
        token = bearer(authorization)
        workspace = self._workspace_of(self._platform.access(token))
        received = Received(request.match_info["method"], _client(authorization), token, workspace)
        workspace.calls[received.method] += 1
        fault = received.fault = workspace.faults.take(received.method)
        if fault is not None and fault.unheard:
            if not isinstance(fault.reply, Cut):  # of a connection that ends, nothing was heard
                with suppress(SlackError):
                    await _read_body(request, received)
            self._record(received, {"fault": fault.name}, ok=False)
        return await inject(fault, request, partial(self._do, request, received))

    async def _do(self, request: web.Request, received: Received) -> web.StreamResponse:
        retry_after, details = None, list[Any]()
        try:
            if received.token is not None or request.content_type == "application/json":
                self._refuse_stranger(received)  # unread: a token is in the header, or in a form
            await _read_body(request, received)
            received.workspace = self._workspace_of(self._platform.access(received.token))
            body: Json = {"ok": True} | await self._answer(received)
            received.workspace.effects[received.method] += 1
        except SlackError as error:
            retry_after = error.extra.pop("retry_after", None)
            body, details = error.as_json(), error.findings
            received.findings += _held_against(error)
        fault = received.fault
        as_usual = fault is None or isinstance(fault.reply, Late)
        shown = body if fault is None else {**body, "fault": fault.name}
        shown = {**shown, "findings": details} if details else shown
        self._record(received, shown, ok=body["ok"] and as_usual and not received.findings)
        return self._response(received, body, retry_after)

    async def _answer(self, received: Received) -> Json:
        method = _method(received)
        self._refuse_token(method, received)
        if received.fault is not None:
            received.fault.refuse()
        self._refuse_pace(method, received)
        if unknown := undeclared(method.arguments, received.given):
            received.findings.append(f"{method.name} knows no argument {', '.join(unknown)}")
        access = self._platform.access(received.token)
        call = Call(
            reached(self._platform, access, method.name, received.given),
            read_arguments(method.arguments, received.given),
            self._platform.tokens,
            self._platform.installations,
            access,
        )
        try:
            return await method.answer(call)
        except SlackError as error:
            if error.code not in method.errors | COMMON and method.name != "api.test":
                raise AssertionError(
                    f"{method.name} answered {error.code}, which it does not declare"
                ) from error
            raise

    def _refuse_stranger(self, received: Received) -> None:
        """Let nobody further who has no token of this sandbox, where the method needs one."""
        method = _method(received)
        if method.token == "none":
            return
        if received.token is None:
            raise SlackError("not_authed")
        if looks_real(received.token):
            received.findings.append("A REAL TOKEN was sent to the sandbox: take it out of the settings")
            raise SlackError("invalid_auth")
        if self._platform.kind(received.token) is None:
            raise SlackError("invalid_auth")
        access = self._platform.access(received.token)
        if access is not None and (error := self._platform.installations.refusal(access)):
            raise SlackError(error)

    def _refuse_token(self, method: Method, received: Received) -> None:
        self._refuse_stranger(received)
        if method.token == "none":
            return
        kind = self._platform.kind(received.token or "")
        if kind != method.token:
            raise SlackError("not_allowed_token_type")
        app = received.workspace.directory.app
        refuse_without_scope(app.scopes if kind == "bot" else app.app_level_scopes, method.scopes)

    def _refuse_pace(self, method: Method, received: Received) -> None:
        key, limit = method.name, TIERS[method.tier]
        if method.name == "chat.postMessage":
            key, limit = f"{key} {received.given.get('channel')}", POSTING
        if (seconds := received.workspace.rate_limits.wait_for(key, limit)) is not None:
            raise SlackError("ratelimited", retry_after=seconds)

    def _record(self, received: Received, shown: Json, *, ok: bool) -> None:
        self._platform.inspector.add(
            "web_api",
            received.method,
            ok=ok,
            ms=round((time.monotonic() - received.began) * 1000, 2),
            request=_without_secrets(received.given),
            response=_without_secrets(shown),
            finding="; ".join(received.findings) or None,
        )

    def _workspace_of(self, access: AccessToken | None) -> Workspace:
        return access.installation.workspace if access else self._platform.first

    def _response(self, received: Received, body: Json, retry_after: int | None) -> web.Response:
        headers = {
            "x-oauth-scopes": ",".join(sorted(received.workspace.directory.app.scopes)),
            "x-slack-req-id": uuid.uuid4().hex,
        }
        if retry_after is not None:
            headers["Retry-After"] = str(retry_after)
        return web.json_response(body, status=429 if _is_rate_limit(body) else 200, headers=headers)


def _method(received: Received) -> Method:
    method = METHODS.get(received.method)
    if method is None:
        raise SlackError("unknown_method", req_method=received.method)
    return method


def _client(authorization: str) -> Json:
    """Client id and secret of an Authorization header by HTTP Basic (RFC 7617)."""
    if not authorization.casefold().startswith(_BASIC):
        return {}
    try:
        name, _, secret = (
            base64.b64decode(authorization[len(_BASIC) :], validate=True).decode().partition(":")
        )
    except (binascii.Error, ValueError):
        return {}
    return {"client_id": name, "client_secret": secret}


def _without_secrets(said: Json) -> Json:
    return {name: "…" if name in _SECRET else value for name, value in said.items()}


def _is_rate_limit(body: Json) -> bool:
    return body.get("error") == "ratelimited"


async def _read_body(request: web.Request, received: Received) -> None:
    """Gather the arguments from query, form or JSON (docs.slack.dev: Slack Web API)."""
    received.given |= dict(request.query)
    if received.given.pop("token", None) is not None:
        received.findings.append("tokens cannot be sent in the query: Slack ignores them there")
    if request.content_type == "application/json":
        received.given |= await _read_json(request, received)
    elif request.method == "POST":
        received.given |= {
            name: value for name, value in (await request.post()).items() if isinstance(value, str)
        }
        in_form = received.given.pop("token", None)
        received.token = received.token or in_form


async def _read_json(request: web.Request, received: Received) -> Mapping[str, Any]:
    method = METHODS.get(received.method)
    if not await request.read():
        return {}
    if method is not None and not method.json:
        received.findings.append(f"{method.name} takes no JSON body: Slack ignores it")
        return {}
    if received.given:
        received.findings.append("arguments in the query and in a JSON body must not be mixed")
    try:
        given = await request.json()
    except (ValueError, RecursionError):
        raise SlackError("invalid_json") from None
    if not isinstance(given, dict):
        raise SlackError("json_not_object")
    if given.pop("token", None) is not None:
        received.findings.append("a token in a JSON body is ignored: it belongs in the Authorization header")
    return given


def _held_against(error: SlackError) -> list[str]:
    too_early = error.code == "invalid_blocks" and all(
        "invalid slack file" in line for line in error.messages
    )
    if error.code in _BY_CIRCUMSTANCE or (too_early and error.messages):
        return []
    return [": ".join([error.code, *error.messages[:1]])]
