"""What a test, or somebody at the sandbox page, may make go wrong with the local Masko.

    masko.faults.add("collections.create", faults.rate_limited(retry_after=2), times=3)

Operations are named as in `LocalMasko.calls`; `*` stands for any.  The faults of the network are those of
`bot.sandbox.faults`; here are Masko's own refusals beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.sandbox.faults import BY_NAME as OF_THE_NETWORK
from bot.sandbox.faults import (
    Fault,
    Faults,
    answer_lost,
    cut_short,
    delay,
    done_in_silence,
    drip,
    dropped,
    empty_500,
    proxy_page,
    proxy_silence,
    refused,
    reset,
    silence,
)
from bot.sandbox.masko import refusals
from bot.sandbox.masko.refusals import Refusal

__all__ = [
    "BY_NAME",
    "Fault",
    "Faults",
    "answer_lost",
    "cut_short",
    "delay",
    "done_in_silence",
    "drip",
    "dropped",
    "empty_500",
    "forbidden",
    "insufficient_credits",
    "internal_error",
    "not_found",
    "proxy_page",
    "proxy_silence",
    "rate_limited",
    "refuse",
    "reset",
    "silence",
    "unauthorized",
]


ERRORS = "Masko's API documentation: errors"
LIMITS = "Masko's API documentation: rate limits"


def refuse(refusal: Callable[[], Refusal], imitates: str, source: str = ERRORS) -> Fault:
    """Answer with such a refusal."""
    example = refusal()
    return refused(f"{example.status} {example.code}", refusal, imitates, source)


def internal_error() -> Fault:
    """500 `internal_error`."""
    return refuse(refusals.internal_error, "a fault in Masko's own code")


def unauthorized() -> Fault:
    """401 `unauthorized`."""
    return refuse(refusals.unauthorized, "a key that was just revoked")


def forbidden() -> Fault:
    """403 `forbidden`."""
    return refuse(refusals.forbidden, "a key of another organisation")


def not_found() -> Fault:
    """404 `not_found`."""
    return refuse(refusals.not_found, "something that was just deleted")


def rate_limited(retry_after: float | None = 2) -> Fault:
    """429 `rate_limited`, with `Retry-After` in seconds, or without."""
    return refuse(lambda: refusals.rate_limited(retry_after), "a key that somebody else uses as well", LIMITS)


def insufficient_credits(required: int = 21, balance: int = 5) -> Fault:
    """402 `insufficient_credits`."""
    return refuse(lambda: refusals.insufficient_credits(required, balance), "an account that ran dry")


BY_NAME: Mapping[str, Callable[[], Fault]] = {
    **{
        make.__name__: make
        for make in (
            internal_error,
            unauthorized,
            forbidden,
            not_found,
            rate_limited,
            insufficient_credits,
        )
    },
    **OF_THE_NETWORK,
}
"""Every fault with its usual numbers, by name: what a page can offer to switch on."""
