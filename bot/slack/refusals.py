"""Every way in which a call of the Web API can fail, as this program's errors.  Pure.

    BotError
    └── SlackError              refused, or an answer that cannot be understood
        ├── SlackRateLimited    too fast: Slack's 429, or a line here that is too long
        └── SlackUnreachable    no answer

What slack_sdk makes of odd answers (3.47): a page of HTML and an empty body become `SlackApiError` with no
data, JSON cut short becomes one with aiohttp's own response, and a JSON list, text/plain or bytes that are
no UTF-8 become whatever breaks first, an AttributeError say.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import aiohttp
from slack_sdk.errors import SlackApiError

from bot.errors import BotError

DEFAULT_WAIT = 30.0  # seconds after a 429 that does not say how long (Choice)
LONGEST_WAIT = 3600.0  # seconds of a Retry-After that is believed (Choice)
SHORTEST_WAIT = 1.0  # seconds; Slack writes whole ones, and 0 would invite hammering

UNREADABLE = "unreadable"

_TOO_FAST = frozenset({"ratelimited", "rate_limited", "http_429"})
_PASSING = frozenset(
    {
        "external_channel_migrating",
        "fatal_error",
        "internal_error",
        "request_timeout",
        "service_unavailable",
        "team_added_to_org",
        "update_failed",
        UNREADABLE,
    }
)
_PERHAPS_DONE = frozenset({"fatal_error", "internal_error", "service_unavailable", UNREADABLE})
"""docs.slack.dev on the first two: "It's possible some aspect of the operation succeeded"."""

_POINTER = re.compile(r"json-pointer:(?:/view)?/blocks/(\d{1,3})/")

_NO_LONGER_CHANGEABLE = frozenset(
    {"cant_delete_message", "cant_update_message", "edit_window_closed", "message_not_found"}
)
_PLACE_IS_GONE = frozenset(
    {
        "account_inactive",
        "cannot_reply_to_message",
        "channel_not_found",
        "is_archived",
        "is_inactive",
        "not_in_channel",
        "thread_not_found",
    }
)


class SlackError(BotError):
    """Slack did not do what it was asked to.

    Attributes:
        method: the Web API method.
        code: Slack's error code, such as `channel_not_found`; `http_` and the status for an answer that is
            not Slack's (a proxy's page); `unreadable` for one that makes no sense.
        retry_after: seconds after which a repeat makes sense, where somebody said so.
        may_have_taken_effect: the call may have been carried out all the same.
        blocks: the places, from 0, of the blocks that were refused, where Slack tells them.
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
        self.may_have_taken_effect = (
            _may_be_done(code) if may_have_taken_effect is None else may_have_taken_effect
        )

    @property
    def message_is_gone(self) -> bool:
        """True when the message to change is not there, not the bot's, or closed to changes by now."""
        return self.code in _NO_LONGER_CHANGEABLE

    @property
    def place_is_gone(self) -> bool:
        """True when nobody can be told anything there: the channel or the thread is gone, or the bot is."""
        return self.code in _PLACE_IS_GONE

    @property
    def worth_retrying(self) -> bool:  # type: ignore[override]
        # What is not Slack's answer (a proxy's page, whatever its status) does not tell Slack's mind.
        return self.code in _PASSING or self.code.startswith("http_")

    @property
    def words(self) -> str:
        if self.place_is_gone:
            return "The channel or thread is gone, or I am not in the channel any more."
        return f"Slack did not allow that ({self.code})."


class SlackRateLimited(SlackError):
    """Too many calls: by Slack's word (`ratelimited`), or by this program's own count (`own_pace`).

    Nothing was done.  `retry_after` is always known.
    """

    waits_for_turn = True

    def __init__(self, method: str, retry_after: float, code: str = "ratelimited") -> None:
        super().__init__(method, code, retry_after, may_have_taken_effect=False)
        self.retry_after: float = retry_after

    @property
    def worth_retrying(self) -> bool:  # type: ignore[override]
        return True

    @property
    def words(self) -> str:
        return "Slack asked to go slower."


class SlackUnreachable(SlackError):
    """No answer from Slack.

    Args:
        may_have_taken_effect: some of the call had been sent.
    """

    def __init__(self, method: str, *, may_have_taken_effect: bool = False) -> None:
        super().__init__(method, "unreachable", may_have_taken_effect=may_have_taken_effect)

    @property
    def worth_retrying(self) -> bool:  # type: ignore[override]
        return True

    @property
    def words(self) -> str:
        return "Slack did not answer."


def refusal(method: str, error: Exception, *, sent: bool) -> SlackError | None:
    """What an exception out of slack_sdk or aiohttp means.

    Args:
        method: what was called.
        error: what was raised.
        sent: whether any of the call was put on the wire.

    Returns:
        None for a fault of this program: what fails before anything is sent, other than for the network,
        has nothing to do with Slack.
    """
    if isinstance(error, SlackError):
        return error
    if isinstance(error, SlackApiError):
        return _from_answer(method, error.response)
    if isinstance(error, TimeoutError | aiohttp.ClientError | OSError):
        return SlackUnreachable(method, may_have_taken_effect=sent)
    return SlackError(method, UNREADABLE) if sent else None


def slack_code(response: object) -> str:
    """Slack's error code; for an answer that is no JSON (a proxy's page), `http_` and the status."""
    data = getattr(response, "data", response)
    if isinstance(data, Mapping) and data.get("error"):
        return str(data["error"])
    status = getattr(response, "status_code", None) or getattr(response, "status", None)
    return f"http_{status}"


def _from_answer(method: str, response: object) -> SlackError:
    code, seconds = slack_code(response), _retry_after(response)
    if code in _TOO_FAST:
        return SlackRateLimited(method, DEFAULT_WAIT if seconds is None else max(SHORTEST_WAIT, seconds))
    error = SlackError(method, code, seconds)
    error.blocks = _refused_blocks(response)
    return error


def _refused_blocks(response: object) -> frozenset[int]:
    """The blocks that Slack's messages point at (python-slack-sdk issue 1797): `invalid slack file
    [json-pointer:/view/blocks/1/slack_file]`."""
    data = getattr(response, "data", response)
    told = data.get("response_metadata") if isinstance(data, Mapping) else None
    messages = told.get("messages") if isinstance(told, Mapping) else None
    found = map(_POINTER.search, map(str, messages if isinstance(messages, list) else ()))
    return frozenset(int(each[1]) for each in found if each)


def _may_be_done(code: str) -> bool:
    """Behind a page with a 2xx or 5xx Slack may have been asked; with a 4xx somebody else refused."""
    return code in _PERHAPS_DONE or code.startswith(("http_2", "http_5"))


def _retry_after(response: object) -> float | None:
    """Slack's `Retry-After` in seconds (docs.slack.dev: rate limits)."""
    headers = getattr(response, "headers", None)
    said = headers.get("Retry-After") if isinstance(headers, Mapping) else None
    try:
        seconds = float(said)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return min(seconds, LONGEST_WAIT) if math.isfinite(seconds) and seconds >= 0 else None
