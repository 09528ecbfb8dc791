"""What may go wrong with the local Slack's Web API and files: the network's faults, and Slack's own refusals.

    slack.faults.add("chat.postMessage", slack_faults.rate_limited(1))
    slack.faults.add("download", network.drip())

Operations are the names of methods; `download` and `upload` for files' bytes, and `response_url`.  Switches
for states that last are elsewhere: see `FileStore` and, for sockets, `SocketMode`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bot.sandbox import faults
from bot.sandbox.faults import BY_NAME as OF_THE_NETWORK
from bot.sandbox.faults import Fault, Given
from bot.sandbox.slack.errors import SlackError

DOWNLOAD = "download"
UPLOAD = "upload"
RESPONSE_URL = "response_url"

RATE_LIMITS = "docs.slack.dev/apis/web-api/rate-limits"
ERRORS = "docs.slack.dev/reference/methods: the errors of each method"


def rate_limited(retry_after: int | None = 1) -> Fault:
    """429 `ratelimited`, with `Retry-After` in seconds, or without (docs.slack.dev: rate limits)."""
    return faults.refused(
        "429 ratelimited",
        lambda: SlackError("ratelimited", retry_after=retry_after),
        "a busy workspace",
        RATE_LIMITS,
    )


def refusal(code: str) -> Fault:
    """200 with one of Slack's error codes."""
    return faults.refused(f"refused: {code}", lambda: SlackError(code), f"the answer {code}", ERRORS)


def internal_error() -> Fault:
    """500 with Slack's JSON."""
    body = '{"ok": false, "error": "internal_error"}'
    answer = Given(500, body, "application/json")
    return Fault("500 internal_error", "a fault in Slack's own code", False, answer, ERRORS)


def busy_file_server(retry_after: int | None = 1) -> Fault:
    """429 from where files are kept, which speaks no JSON."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Fault("429 for a file", "a busy file server", False, Given(429, headers=headers), RATE_LIMITS)


BY_NAME: Mapping[str, Callable[[], Fault]] = {
    "rate_limited": rate_limited,
    "internal_error": internal_error,
    **OF_THE_NETWORK,
}
"""Every fault of a method with its usual numbers, by name: what a page can offer to switch on."""

FILES_BY_NAME: Mapping[str, Callable[[], Fault]] = {"busy_file_server": busy_file_server, **OF_THE_NETWORK}
"""The same for `download` and `upload`."""


class Faults(faults.Faults):
    """The faults of the Web API and of files, with short ways to add the most usual ones."""

    def rate_limit(self, method: str, calls: int | None = 1, retry_after: int | None = 1) -> None:
        """Answer the next `calls` calls of `method` with 429 and `Retry-After: retry_after` seconds."""
        self.add(method, rate_limited(retry_after), calls)

    def fail(self, method: str, error: str, calls: int | None = 1) -> None:
        """Answer the next `calls` calls of `method` with this error code."""
        self.add(method, refusal(error), calls)
