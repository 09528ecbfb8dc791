"""Every way the local Masko says no.

The codes are those of Masko's public pages: `bad_request`, `unauthorized`, `insufficient_credits`,
`forbidden`, `not_found`, `rate_limited`, `internal_error`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """An error answer.

    Attributes:
        status: the HTTP status.
        code: Masko's word for it.
        message: Masko's sentence about it.
        facts: further members of the error, such as `required` and `balance`.
        retry_after: seconds for the `Retry-After` header.
        finding: what the inspector should hold against the caller, where a careful client would
            not have asked; None where anybody may run into it.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        facts: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
        finding: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.facts = dict(facts or {})
        self.retry_after = retry_after
        self.finding = finding


def bad_request(message: str) -> Refusal:
    """400 for what no documented request looks like: always a finding."""
    return Refusal(400, "bad_request", message, finding=message)


def unusable(message: str) -> Refusal:
    """400 for a request that was well made but cannot be met, such as a link that leads nowhere."""
    return Refusal(400, "bad_request", message)


def unauthorized(message: str = "Missing or invalid API key.", *, finding: str | None = None) -> Refusal:
    """401: no key, or not this one."""
    return Refusal(401, "unauthorized", message, finding=finding)


def insufficient_credits(required: int = 1, balance: int = 0) -> Refusal:
    """402 with what the call costs and what there is."""
    facts = {"required": required, "balance": balance}
    return Refusal(402, "insufficient_credits", "Insufficient credits", facts=facts)


def forbidden(message: str = "This API key may not do that.") -> Refusal:
    """403: it exists, and belongs to somebody else."""
    return Refusal(403, "forbidden", message)


def not_found(message: str = "Not found.", *, finding: str | None = None) -> Refusal:
    """404: unknown id or unknown path."""
    return Refusal(404, "not_found", message, finding=finding)


def rate_limited(retry_after: float | None, *, finding: str | None = None) -> Refusal:
    """429 with the seconds to wait, where they are told."""
    when = "later" if retry_after is None else f"in {retry_after:g} s"
    message = f"Rate limit exceeded. Try again {when}."
    return Refusal(429, "rate_limited", message, retry_after=retry_after, finding=finding)


def internal_error(message: str = "Something went wrong.") -> Refusal:
    """500."""
    return Refusal(500, "internal_error", message)
