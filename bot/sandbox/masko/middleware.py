"""What every call passes on its way in and out: limits, key, faults, and the inspector's record."""

from __future__ import annotations

import hmac
import math
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from aiohttp import hdrs, web

from bot.sandbox.faults import Cut, Fault, Faults, Late, Own
from bot.sandbox.injection import inject
from bot.sandbox.inspector import Inspector
from bot.sandbox.masko import answers, refusals
from bot.sandbox.masko.call import Call
from bot.sandbox.masko.limits import Budget, Spent
from bot.sandbox.masko.records import Envelope
from bot.sandbox.masko.refusals import Refusal
from bot.sandbox.masko.shapes import Shape

KEY = re.compile(r"masko_[0-9a-f]{64}")


@dataclass(frozen=True)
class Outcome:
    """What becomes of a call.

    Attributes:
        payload: what is answered.
        finding: what a careful client would have done otherwise.
    """

    status: int
    payload: Shape
    headers: Mapping[str, str] = field(default_factory=dict)
    finding: str | None = None


Endpoint = Callable[[Call], Awaitable[Outcome]]


@dataclass
class _Visit:
    """One request on its way, and what is known of it."""

    request: web.Request
    operation: str
    envelope: Envelope
    call: Call
    spent: Spent | None
    began: float
    fault: Fault | None = None


class Middleware:
    """Serves calls one by one, and keeps what `LocalMasko` shows of them: budget, faults, counts.

    Args:
        keys: those that are let in, as they are when a call comes.
    """

    def __init__(self, keys: Collection[str], inspector: Inspector, budget: Budget) -> None:
        self.budget = budget
        self.faults = Faults()
        self.calls: Counter[str] = Counter()
        self.effects: Counter[str] = Counter()
        self._keys = keys
        self._inspector = inspector

    async def serve(
        self, request: web.Request, operation: str, endpoint: Endpoint, envelope: Envelope
    ) -> web.StreamResponse:
        """Answer a request, count it under its operation, and write it down."""
        self.calls[operation] += 1
        call = Call(request)
        spent = self.budget.spend(call.key)
        visit = _Visit(request, operation, envelope, call, spent, time.perf_counter())
        if (refusal := self._refusal(call.key, spent)) is not None:
            return self._answer(visit, _refused(refusal, envelope))
        visit.fault = self.faults.take(operation)
        if visit.fault is not None and visit.fault.unheard:
            if not isinstance(visit.fault.reply, Cut):  # of a connection that ends, nothing was heard
                await visit.call.look()
            self._record(visit, response={"fault": visit.fault.name}, ok=False)
        return await inject(visit.fault, request, partial(self._do, visit, endpoint))

    async def _do(self, visit: _Visit, endpoint: Endpoint) -> web.StreamResponse:
        try:
            if visit.fault is not None and isinstance(visit.fault.reply, Own):
                await visit.call.look()
                visit.fault.refuse()
            outcome = await endpoint(visit.call)
        except Refusal as refusal:
            outcome = _refused(refusal, visit.envelope)
        else:
            self.effects[visit.operation] += 1
        return self._answer(visit, outcome)

    def _answer(self, visit: _Visit, outcome: Outcome) -> web.StreamResponse:
        body = outcome.payload.as_json()
        said = {"status": outcome.status, "body": body}
        fault = visit.fault
        self._record(
            visit,
            response=said if fault is None else {**said, "fault": fault.name},
            ok=outcome.status < 400 and (fault is None or isinstance(fault.reply, Late)),
            finding=outcome.finding,
        )
        headers = {**self.budget.headers(visit.spent, time.time()), **outcome.headers}
        return web.json_response(body, status=outcome.status, headers=headers)

    def _refusal(self, key: str, spent: Spent | None) -> Refusal | None:
        """Why a call gets no further, if it does not."""
        if spent is not None and not spent.allowed:
            limit = f"{spent.limit.calls} calls in {spent.limit.seconds:g} s"
            return refusals.rate_limited(math.ceil(spent.reset_in), finding=f"More than {limit}.")
        if any(hmac.compare_digest(_bytes(key), _bytes(known)) for known in self._keys):
            return None
        if not key:
            return refusals.unauthorized(finding="The call has no 'Authorization: Bearer …' header.")
        return refusals.unauthorized(finding="The key is not the sandbox's: a real one has no business here.")

    def _record(
        self, visit: _Visit, *, response: Mapping[str, Any], ok: bool, finding: str | None = None
    ) -> None:
        self._inspector.add(
            "masko",
            f"{visit.request.method} {visit.request.path}",
            ok=ok,
            ms=round((time.perf_counter() - visit.began) * 1000, 1),
            request=visit.call.shown,
            response=response,
            finding=finding,
        )


def _refused(refusal: Refusal, envelope: Envelope) -> Outcome:
    wait = refusal.retry_after
    return Outcome(
        refusal.status,
        answers.refused(refusal, envelope),
        {} if wait is None else {hdrs.RETRY_AFTER: f"{wait:g}"},
        refusal.finding,
    )


def _bytes(header: str) -> bytes:
    """A header's text as it came: aiohttp keeps bytes that are no UTF-8 as surrogates."""
    return header.encode("utf-8", "surrogateescape")
