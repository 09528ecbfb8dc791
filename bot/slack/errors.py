"""Every way in which a call of Slack's Web API, or the download of a file, can fail.

BotError
├── SlackError               refused, or an answer that cannot be understood
│   ├── SlackRateLimited     Slack's 429, or no slot of this program's own limiter soon: not done
│   └── SlackUnreachable     no answer
└── DownloadError            a file could not be fetched, for one `Reason`
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.errors import BotError

DEFAULT_WAIT = 30.0  # seconds after a 429 that does not say how long (Choice)
LONGEST_WAIT = 3600.0  # seconds of a Retry-After that is believed (Choice)
SHORTEST_WAIT = 1.0  # seconds; Slack writes whole ones, and 0 would invite hammering

UNREADABLE = "unreadable"

_RATE_LIMITED = {"ratelimited", "rate_limited", "http_429"}
_PERHAPS_DONE = {"fatal_error", "internal_error", "service_unavailable", UNREADABLE}
"""docs.slack.dev on the first two: "It's possible some aspect of the operation succeeded"."""
_MIGRATING = {"external_channel_migrating", "team_added_to_org"}
_PASSING = _PERHAPS_DONE | _MIGRATING | {"request_timeout", "update_failed"}
NOT_CHANGEABLE = {"cant_delete_message", "cant_update_message", "edit_window_closed", "message_not_found"}
_NO_PLACE = {"cannot_reply_to_message", "channel_not_found", "is_archived", "is_inactive", "thread_not_found"}
_NO_ACCESS = {"account_inactive", "not_in_channel"}

_REFUSED_BLOCK = re.compile(r"json-pointer:(?:/view)?/blocks/(\d{1,3})/")  # python-slack-sdk #1797


class SlackError(BotError):
    """Slack did not do what it was asked to.

    Attributes:
        code: Slack's error code; `http_` and the status for an answer that is not Slack's (a proxy's page);
            `unreadable` for one that makes no sense.
        retry_after: seconds after which a repeat makes sense, where known.
        may_have_taken_effect: the call may have been carried out all the same.
        blocks: indices of the blocks that were refused, where Slack tells them.
    """

    blocks: frozenset[int] = frozenset()

    def __init__(
        self,
        method: str,
        code: str,
        retry_after: float | None = None,
        *,
        may_have_taken_effect: bool | None = None,
    ) -> None:
        super().__init__(f"{method}: {code}")
        self.method = method
        self.code = code
        self.retry_after = retry_after
        if may_have_taken_effect is None:
            # Behind a page with a 2xx or 5xx Slack may have been asked; with a 4xx somebody else refused.
            may_have_taken_effect = code in _PERHAPS_DONE or code.startswith(("http_2", "http_5"))
        self.may_have_taken_effect = may_have_taken_effect

    @property
    def message_is_gone(self) -> bool:
        """True when the message to change is not there, not the bot's, or closed to changes by now."""
        return self.code in NOT_CHANGEABLE

    @property
    def place_is_gone(self) -> bool:
        """True when nobody can be told anything there: the channel or the thread is gone, or the bot is."""
        return self.code in _NO_PLACE | _NO_ACCESS

    @property
    def worth_retrying(self) -> bool:  # type: ignore[override]
        # What is not Slack's answer (a proxy's page, whatever its status) does not tell Slack's mind.
        return self.code in _PASSING or self.code.startswith("http_")

    @property
    def words(self) -> str:
        if self.place_is_gone:
            return "The channel or thread is gone, or I'm no longer in the channel."
        return f"Slack didn't allow that ({self.code})."


class SlackRateLimited(SlackError):
    waits_for_turn = True
    worth_retrying = True
    words = "Slack asked me to slow down."

    def __init__(self, method: str, retry_after: float) -> None:
        super().__init__(method, "ratelimited", retry_after, may_have_taken_effect=False)
        self.retry_after: float = retry_after


class SlackUnreachable(SlackError):
    """No answer from Slack; with `may_have_taken_effect`, some of the call may have been sent."""

    worth_retrying = True
    words = "Slack didn't answer."

    def __init__(self, method: str, *, may_have_taken_effect: bool = False) -> None:
        super().__init__(method, "unreachable", may_have_taken_effect=may_have_taken_effect)


def slack_error(method: str, error: Exception) -> SlackError:
    """Translate an exception out of slack_sdk or aiohttp.

    slack_sdk (3.47) makes a `SlackApiError` of HTML, an empty body and JSON cut short; for a JSON list,
    text/plain and bytes that are no UTF-8, whatever breaks first comes out.
    """
    if isinstance(error, SlackError):
        return error
    if isinstance(error, SlackApiError):
        return _from_answer(method, error.response)
    if isinstance(error, TimeoutError | aiohttp.ClientError | OSError):
        not_sent = isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
        return SlackUnreachable(method, may_have_taken_effect=not not_sent)
    return SlackError(method, UNREADABLE)


@contextmanager
def tolerating(*codes: str) -> Iterator[None]:
    """Suppress a `SlackError` with one of these codes."""
    try:
        yield
    except SlackError as error:
        if error.code not in codes:
            raise


def slack_code(response: object) -> str:
    """Slack's error code; for an answer that is no JSON (a proxy's page), `http_` and the status."""
    data = getattr(response, "data", response)
    if isinstance(data, Mapping) and data.get("error"):
        return str(data["error"])
    status = getattr(response, "status_code", None) or getattr(response, "status", None)
    return f"http_{status}"


def read_retry_after(headers: object) -> float:
    """Seconds to wait after a 429, by its `Retry-After` (docs.slack.dev: rate limits)."""
    said = headers.get("Retry-After") if isinstance(headers, Mapping) else None
    try:
        seconds = float(said or DEFAULT_WAIT)
    except ValueError:
        seconds = DEFAULT_WAIT
    return max(SHORTEST_WAIT, min(seconds, LONGEST_WAIT))


def _from_answer(method: str, response: object) -> SlackError:
    code = slack_code(response)
    headers = getattr(response, "headers", None)
    if code in _RATE_LIMITED:
        return SlackRateLimited(method, read_retry_after(headers))
    told_to_wait = isinstance(headers, Mapping) and "Retry-After" in headers
    error = SlackError(method, code, read_retry_after(headers) if told_to_wait else None)
    error.blocks = frozenset(map(int, _REFUSED_BLOCK.findall(str(getattr(response, "data", response)))))
    return error


class Reason(StrEnum):
    """Why a file could not be fetched: what a person is told, around a detail in some."""

    MISSING_SCOPE = (
        "Slack didn't give me the file: I don't have the files:read permission here. Somebody who "
        "manages apps in this workspace should reinstall me; then post the image again."
    )
    TOO_LARGE = "The file is larger than {}. Export it smaller and post it again."
    GONE = "The file is no longer in Slack, so it wasn't added. Post it again if you still want it."
    FORBIDDEN = (
        "Slack doesn't let me see this file; it may come from a channel that I'm not in. "
        "Upload the image itself here, or ask an admin whether I'm still installed."
    )
    OUTSIDE = (
        "The file is stored outside Slack, so I couldn't fetch it: my access is for Slack alone. "
        "Save the image and upload it here."
    )
    REDIRECTED = "Slack kept redirecting the download. Upload the image again."
    UNEXPECTED = "Slack didn't give me the file ({}). Upload the image again."
    INTERRUPTED = "The connection to Slack broke before I had the whole file. Trying again usually helps."
    BUSY = "Slack is busy and asked me to wait about {}. Trying again after that usually helps."


class DownloadError(BotError):
    """A file that could not be fetched from Slack; `detail` is for the log, and for some reasons' words."""

    def __init__(self, reason: Reason, detail: str, *, retry_after: float | None = None) -> None:
        super().__init__(f"{reason.name.lower()}: {detail}")
        self.reason, self.detail, self.retry_after = reason, detail, retry_after
        self.worth_retrying = reason in (Reason.INTERRUPTED, Reason.BUSY)

    @property
    def words(self) -> str:
        return self.reason.format(self.detail)


def busy(seconds: float) -> DownloadError:
    """Return the error for a 429."""
    return DownloadError(Reason.BUSY, f"{seconds:.0f} s", retry_after=seconds)


_FILES_INFO = {
    Reason.GONE: ("file_deleted", "file_not_found"),
    Reason.FORBIDDEN: ("access_denied", "not_visible", "no_permission"),
    Reason.MISSING_SCOPE: ("missing_scope",),
    Reason.INTERRUPTED: ("internal_error", "fatal_error", "service_unavailable", "request_timeout"),
}
"""What the errors of `files.info` mean for the download (docs.slack.dev: files.info, Errors)."""


def files_info_error(code: str) -> DownloadError:
    if code == "ratelimited":
        return busy(DEFAULT_WAIT)
    reason = next((each for each, codes in _FILES_INFO.items() if code in codes), Reason.UNEXPECTED)
    return DownloadError(reason, code)
