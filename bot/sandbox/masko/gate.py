"""What every call passes on its way in and out: limits, key, faults, and the inspector's record."""

from __future__ import annotations

import asyncio
import hmac
import math
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import hdrs, web

from bot.sandbox.inspector import Inspector
from bot.sandbox.masko import answers, refusals
from bot.sandbox.masko.call import Call
from bot.sandbox.masko.faults import Fault, Faults
from bot.sandbox.masko.limits import Budget, Spent
from bot.sandbox.masko.records import Envelope
from bot.sandbox.masko.refusals import Refusal

KEY = re.compile(r"masko_[0-9a-f]{64}")
_BEARER = "Bearer "
_PROXY_PAGE = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass(frozen=True)
class Outcome:
    """What becomes of a call.

    Attributes:
        payload: a JSON object, a page of HTML, or None for an empty body.
        own: False for what a proxy says, which carries none of Masko's headers.
        lost: the connection is dropped instead of answering.
    """

    status: int
    payload: dict[str, Any] | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    finding: str | None = None
    own: bool = True
    lost: bool = False


Endpoint = Callable[[Call], Awaitable[Outcome]]


class Gate:
    """Serves calls one by one, and keeps what `LocalMasko` shows of them: budget, faults, counts."""

    def __init__(self, api_key: str, inspector: Inspector, budget: Budget) -> None:
        self.budget = budget
        self.faults = Faults()
        self.calls: Counter[str] = Counter()
        self._key = api_key
        self._inspector = inspector

    async def serve(
        self, request: web.Request, operation: str, endpoint: Endpoint, envelope: Envelope
    ) -> web.StreamResponse:
        """Answer a request, count it under its operation, and write it down."""
        started = time.perf_counter()
        self.calls[operation] += 1
        call = Call(request)
        spent = self.budget.spend(_presented(request))
        fault = None
        try:
            self._check(request, spent)
            fault = self.faults.take(operation)
            outcome = await _through(fault, call, endpoint)
        except Refusal as refusal:
            outcome = _refused(refusal, envelope)
        if outcome.own:
            own_headers = self.budget.headers(spent, time.time())
            outcome = replace(outcome, headers={**own_headers, **outcome.headers})
        self._record(request, call, outcome, fault, (time.perf_counter() - started) * 1000)
        return _response(request, outcome)

    def _check(self, request: web.Request, spent: Spent | None) -> None:
        if spent is not None and not spent.allowed:
            limit = f"{spent.limit.calls} calls in {spent.limit.seconds:g} s"
            raise refusals.rate_limited(math.ceil(spent.reset_in), finding=f"More than {limit}.")
        key = _presented(request)
        if hmac.compare_digest(key.encode(), self._key.encode()):
            return
        if not key:
            raise refusals.unauthorized(finding="The call has no 'Authorization: Bearer …' header.")
        raise refusals.unauthorized(finding="The key is not the sandbox's: a real one has no business here.")

    def _record(
        self, request: web.Request, call: Call, outcome: Outcome, fault: Fault | None, ms: float
    ) -> None:
        response: dict[str, Any] = {"status": outcome.status, "body": outcome.payload}
        if fault is not None:
            response["fault"] = fault.name
        self._inspector.add(
            "masko",
            f"{request.method} {request.path}",
            ok=outcome.status < 400 and not outcome.lost,
            ms=round(ms, 1),
            request=call.shown,
            response=response,
            finding=outcome.finding,
        )


async def _through(fault: Fault | None, call: Call, endpoint: Endpoint) -> Outcome:
    """The call, as its fault lets it through."""
    if fault is None:
        return await endpoint(call)
    match fault.happening:
        case "proxy_page":
            return Outcome(502, _PROXY_PAGE, own=False)
        case "proxy_silence":
            return Outcome(503, own=False)
        case "dropped":
            return Outcome(503, lost=True)
        case "answer_lost":
            return replace(await endpoint(call), lost=True)
        case "delay":
            await asyncio.sleep(fault.seconds)
    if fault.refusal is not None:
        raise fault.refusal()
    return await endpoint(call)


def _refused(refusal: Refusal, envelope: Envelope) -> Outcome:
    wait = refusal.retry_after
    return Outcome(
        refusal.status,
        answers.refused(refusal, envelope),
        {} if wait is None else {hdrs.RETRY_AFTER: f"{wait:g}"},
        refusal.finding,
    )


def _presented(request: web.Request) -> str:
    said = request.headers.get(hdrs.AUTHORIZATION, "")
    return said.removeprefix(_BEARER) if said.startswith(_BEARER) else ""


def _response(request: web.Request, outcome: Outcome) -> web.StreamResponse:
    if outcome.lost and request.transport is not None:
        request.transport.abort()
    if isinstance(outcome.payload, dict):
        return web.json_response(outcome.payload, status=outcome.status, headers=outcome.headers)
    kind = None if outcome.payload is None else "text/html"
    return web.Response(
        text=outcome.payload, content_type=kind, status=outcome.status, headers=outcome.headers
    )
