"""What the Masko API answered instead of what was asked, or that it did not answer.

    MaskoError
    ├── MaskoUnreachable      never got there: anything may be repeated
    ├── MaskoAnswerLost       sent, and no answer came: it may have taken effect
    ├── MaskoUnintelligible   2xx that cannot be read: it has probably taken effect
    ├── MaskoJobFailed        Masko took it as a job, and the job failed
    ├── MaskoRedirected       3xx, which is not followed with the key
    ├── MaskoBadRequest       400 and every 4xx without a branch of its own
    │   └── MaskoAddressNotPublic  not sent: only public addresses are fetched from
    ├── MaskoKeyRefused       401, and no usable key
    ├── InsufficientCredits   402
    ├── MaskoForbidden        403
    ├── MaskoNotFound         404 and 410
    ├── MaskoRateLimited      429, and our own budget for the key being spent
    ├── MaskoHeldBack         not sent, because Masko is in trouble
    └── MaskoBroken           5xx, and a 408 or 425 from a proxy on the way

Who repeats a call asks two questions: `worth_retrying` (could the same call succeed later?) and
`may_have_taken_effect` (must the outcome be looked up first?).
"""

from __future__ import annotations

from typing import TypedDict, Unpack

from bot.errors import BotError
from bot.text import about

BILLING = "https://masko.ai/billing"


class Facts(TypedDict, total=False):
    """What every MaskoError can be told besides its message."""

    request: str
    status: int | None
    code: str | None
    request_id: str | None
    retry_after: float | None


class MaskoError(BotError):
    """A call to Masko that did not end well.

    Args:
        message: the server's own message, already shortened and cleaned (see `protocol.quotable`),
            or ours where the server sent none.  For logs; people read `words`.
        request: what was asked, such as `POST /collections`.
        status: the HTTP status; None when there was no answer.
        code: Masko's error code, such as `bad_request`; None where none was sent.
        request_id: the server's name for this request, for a support case.
        retry_after: seconds after which a repeat makes sense; None where nobody said.

    Attributes:
        may_have_taken_effect: True when the change may be there although the call failed.
    """

    may_have_taken_effect: bool = False

    def __init__(
        self,
        message: str = "",
        *,
        request: str = "",
        status: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        self.message = message
        self.request = request
        self.status = status
        self.code = code
        self.request_id = request_id
        self.retry_after = retry_after
        super().__init__(message)

    def __str__(self) -> str:
        facts = (
            self.request,
            type(self).__name__,
            "" if self.status is None else str(self.status),
            self.code or "",
            self.message and f"“{self.message}”",
            self.request_id and f"(request {self.request_id})",
        )
        return " ".join(fact for fact in facts if fact)

    @property
    def words(self) -> str:
        return "Masko could not do that."

    def _with_quote(self, sentence: str) -> str:
        """`sentence` followed by the server's own message, where it sent one."""
        return f"{sentence} It says: “{self.message}”" if self.message else sentence


class MaskoUnreachable(MaskoError):
    """The request provably never reached the server, so even a creation may be repeated."""

    worth_retrying = True

    @property
    def words(self) -> str:
        return "Masko could not be reached. Nothing was changed there."


class MaskoAnswerLost(MaskoError):
    """The request was sent and its outcome is unknown: look it up before repeating a creation."""

    worth_retrying = True
    may_have_taken_effect = True

    @property
    def words(self) -> str:
        return "Masko did not answer in time, so it is not yet known whether this was done."


class MaskoUnintelligible(MaskoError):
    """A success by its status, and an answer that cannot be read."""

    may_have_taken_effect = True

    @property
    def words(self) -> str:
        return "Masko answered with something that this bot does not understand."


class MaskoJobFailed(MaskoError):
    """Masko accepted the request as a job, and later reported the job as failed."""

    @property
    def words(self) -> str:
        return self._with_quote("Masko started on this and gave up.")


class MaskoRedirected(MaskoError):
    """A redirect.  The key never follows one: it would hand the key to whoever is named there."""

    @property
    def words(self) -> str:
        return (
            "Masko's address points somewhere else now. "
            "Whoever installed this bot can mend that: check MASKO_API_URL."
        )


class MaskoBadRequest(MaskoError):
    """400 `bad_request`, or another 4xx: repeating the same request is pointless."""

    @property
    def words(self) -> str:
        return self._with_quote("Masko did not accept this.")


class MaskoAddressNotPublic(MaskoBadRequest):
    """An address that Masko is not asked to fetch, since it may lead into its network or into ours."""

    @property
    def words(self) -> str:
        return "The address is not public. Save the image and upload it here."


class MaskoKeyRefused(MaskoError):
    """401 `unauthorized`, or no key to send at all (then `status` is None)."""

    @property
    def words(self) -> str:
        return (
            "Masko refused the key that this bot uses. "
            "Whoever installed this bot can mend that: check MASKO_API_KEY."
        )


class InsufficientCredits(MaskoError):
    """402 `insufficient_credits`.

    Args:
        message: as for every MaskoError, like the other keywords.
        required: credits that the call costs; None where the answer does not tell.
        balance: credits that are left; None where the answer does not tell.
    """

    def __init__(
        self,
        message: str = "",
        *,
        required: int | float | None = None,
        balance: int | float | None = None,
        **facts: Unpack[Facts],
    ) -> None:
        super().__init__(message, **facts)
        self.required = required
        self.balance = balance

    @property
    def words(self) -> str:
        needed = "" if self.required is None else f" This takes {self.required:g}."
        left = "" if self.balance is None else f" There are {self.balance:g} left."
        return f"There are not enough Masko credits for this.{needed}{left} More are at {BILLING}."


class MaskoForbidden(MaskoError):
    """403 `forbidden`: the key is good, and may not do this."""

    @property
    def words(self) -> str:
        return (
            "The Masko key that this bot uses is not allowed to do this. "
            "Whoever installed this bot can look at the key's project and rights."
        )


class MaskoNotFound(MaskoError):
    """404 `not_found`: the mascot, the reference or the project is not there (any more)."""

    @property
    def words(self) -> str:
        return "Masko cannot find that. It may have been deleted there."


class MaskoRateLimited(MaskoError):
    """429 `rate_limited`, or the key's budget is spent by our own count.  Nothing was done.

    Args:
        message: as for every MaskoError, like the other keywords; `retry_after` above all.
        own_budget: True when the request was held back here, before Masko saw it.
    """

    worth_retrying = True
    waits_for_turn = True

    def __init__(self, message: str = "", *, own_budget: bool = False, **facts: Unpack[Facts]) -> None:
        super().__init__(message, **facts)
        self.own_budget = own_budget

    @property
    def words(self) -> str:
        when = "shortly" if self.retry_after is None else f"in {about(self.retry_after)}"
        return f"Masko takes only so many requests a minute. There is room again {when}."


class MaskoHeldBack(MaskoError):
    """Masko has failed again and again, so nothing is sent until one request has shown that it is back.

    Args:
        message: as for every MaskoError, like the other keywords; `retry_after` is when one will try.
    """

    worth_retrying = True

    @property
    def words(self) -> str:
        return "Masko is having trouble at the moment."


class MaskoBroken(MaskoError):
    """5xx: Masko, or something on the way to it, is in trouble.  A change may have been made."""

    worth_retrying = True
    may_have_taken_effect = True

    @property
    def words(self) -> str:
        return "Masko is having trouble at the moment."
