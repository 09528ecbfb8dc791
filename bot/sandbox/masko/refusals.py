"""Every way the local Masko says no.

The kinds are those of Masko's public pages. 405 and 413 are not among them: a path with another method is an
unknown path, and a body that is too large a bad request (Choices).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kind:
    """One documented kind of refusal: HTTP status, Masko's word for it, and when it comes."""

    status: int
    code: str
    means: str


BAD_REQUEST = Kind(400, "bad_request", "The request is not as documented, or cannot be met.")
UNAUTHORIZED = Kind(401, "unauthorized", "There is no key, or it is not this one.")
INSUFFICIENT_CREDITS = Kind(402, "insufficient_credits", "The call costs more credits than there are.")
FORBIDDEN = Kind(403, "forbidden", "It exists, and belongs to another organisation.")
NOT_FOUND = Kind(404, "not_found", "There is no such thing, or no such path.")
RATE_LIMITED = Kind(429, "rate_limited", "More calls than a key may make in a minute or an hour.")
INTERNAL_ERROR = Kind(500, "internal_error", "A fault in Masko's own code.")

KINDS = (
    BAD_REQUEST,
    UNAUTHORIZED,
    INSUFFICIENT_CREDITS,
    FORBIDDEN,
    NOT_FOUND,
    RATE_LIMITED,
    INTERNAL_ERROR,
)
"""All that are documented. Nothing here costs credits and nothing breaks: 402 and 500 come by fault only."""


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
        kind: Kind,
        message: str,
        *,
        facts: Mapping[str, Any] | None = None,
        retry_after: float | None = None,
        finding: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = kind.status
        self.code = kind.code
        self.message = message
        self.facts = dict(facts or {})
        self.retry_after = retry_after
        self.finding = finding


def bad_request(message: str) -> Refusal:
    """400 for what no documented request looks like: always a finding."""
    return Refusal(BAD_REQUEST, message, finding=message)


def unusable(message: str) -> Refusal:
    """400 for a request that was well made but cannot be met, such as a link that leads nowhere."""
    return Refusal(BAD_REQUEST, message)


def unauthorized(message: str = "Missing or invalid API key.", *, finding: str | None = None) -> Refusal:
    """401: no key, or not this one."""
    return Refusal(UNAUTHORIZED, message, finding=finding)


def insufficient_credits(required: int = 1, balance: int = 0) -> Refusal:
    """402 with what the call costs and what there is."""
    facts = {"required": required, "balance": balance}
    return Refusal(INSUFFICIENT_CREDITS, "Insufficient credits", facts=facts)


def forbidden(message: str = "This API key may not do that.") -> Refusal:
    """403: it exists, and belongs to somebody else."""
    return Refusal(FORBIDDEN, message)


def not_found(message: str = "Not found.", *, finding: str | None = None) -> Refusal:
    """404: unknown id or unknown path."""
    return Refusal(NOT_FOUND, message, finding=finding)


def rate_limited(retry_after: float | None, *, finding: str | None = None) -> Refusal:
    """429 with the seconds to wait, where they are told."""
    when = "later" if retry_after is None else f"in {retry_after:g} s"
    message = f"Rate limit exceeded. Try again {when}."
    return Refusal(RATE_LIMITED, message, retry_after=retry_after, finding=finding)


def internal_error(message: str = "Something went wrong.") -> Refusal:
    """500."""
    return Refusal(INTERNAL_ERROR, message)
