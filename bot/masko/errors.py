"""Errors of the Masko API.

MaskoError
├── MaskoUnreachable      provably not sent: even a creation may be repeated
├── MaskoAnswerLost       sent, and no answer, or a 202: may have taken effect
├── MaskoUnintelligible   2xx that cannot be read: has probably taken effect
├── MaskoRedirected       3xx, not followed with the key
├── MaskoBadRequest       400 and other 4xx
│   └── MaskoAddressNotPublic  not sent: only public addresses are fetched from
├── MaskoKeyRefused       401, and no usable key (then `status` is None)
│   └── MaskoNotConnected no key
├── InsufficientCredits   402
├── MaskoForbidden        403
├── MaskoNotFound         404 and 410
├── MaskoRateLimited      429, and held back by our own rate limiter (then `status` is None): not done
├── MaskoHeldBack         not sent: the circuit breaker is open
└── MaskoBroken           5xx, and a 408 or 425 from a proxy
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from bot.errors import BotError
from bot.text import about

BILLING = "https://masko.ai/billing"


@dataclass(eq=False, repr=False)
class MaskoError(BotError):
    """A failed call to Masko.

    Args:
        message: the server's, shortened and without secrets, else ours; for logs (people read `words`).
        request: the call, such as `POST /collections`.
        status: None when there was no answer.
        retry_after: seconds.
    """

    may_have_taken_effect: ClassVar[bool] = False  # the outcome must be looked up before the call is repeated
    says: ClassVar[str] = "Masko couldn't do that."
    quotes: ClassVar[bool] = False  # the server's own message, where it sent one

    message: str = ""
    _: KW_ONLY
    request: str = ""
    status: int | None = None
    code: str | None = None
    request_id: str | None = None
    retry_after: float | None = None

    def __str__(self) -> str:
        quote, request = f"“{self.message}”", f"(request {self.request_id})"
        facts = [self.request, type(self).__name__, self.status, self.code]
        facts += [quote if self.message else None, request if self.request_id else None]
        return " ".join(str(fact) for fact in facts if fact)

    @property
    def words(self) -> str:
        return f"{self.says} It says: “{self.message}”" if self.quotes and self.message else self.says


class MaskoUnreachable(MaskoError):
    worth_retrying = True
    says = "Masko couldn't be reached. Nothing was changed there."


class MaskoAnswerLost(MaskoError):
    worth_retrying = True
    may_have_taken_effect = True
    says = "Masko didn't answer in time, so I don't know yet whether this was done."


class MaskoUnintelligible(MaskoError):
    may_have_taken_effect = True
    says = "Masko sent an answer that I don't understand."


class MaskoRedirected(MaskoError):
    """A redirect.  The key never follows one: it would hand the key to whoever is named there."""

    says = "Masko's address has moved. Ask whoever installed this bot to check MASKO_API_URL."


class MaskoBadRequest(MaskoError):
    says, quotes = "Masko didn't accept this.", True


class MaskoAddressNotPublic(MaskoBadRequest):
    """An address that Masko is not asked to fetch, since it may lead into its network or into ours."""

    says, quotes = "The address isn't public. Save the image and upload it here.", False


class MaskoKeyRefused(MaskoError):
    says = "Masko rejected the API key. Ask whoever installed this bot to check it."


class MaskoNotConnected(MaskoKeyRefused):
    """There is no key: where many workspaces are served, each has to give one."""

    says = "This workspace isn't connected to Masko yet. An admin can connect it with /masko connect."


@dataclass(eq=False, repr=False, kw_only=True)
class InsufficientCredits(MaskoError):
    """402 `insufficient_credits`; `required` and `balance` are None where the answer does not tell."""

    required: float | None = None
    balance: float | None = None

    @property
    def words(self) -> str:
        needed = "" if self.required is None else f" This takes {self.required:g}."
        left = "" if self.balance is None else f" There are {self.balance:g} left."
        return f"There are not enough Masko credits for this.{needed}{left} More are at {BILLING}."


class MaskoForbidden(MaskoError):
    says = "Masko doesn't allow this API key to do that. Ask whoever installed this bot to check its rights."


class MaskoNotFound(MaskoError):
    says = "Masko can't find that. It may have been deleted there."


class MaskoRateLimited(MaskoError):
    worth_retrying = True
    waits_for_turn = True

    @property
    def words(self) -> str:
        when = "shortly" if self.retry_after is None else f"in {about(self.retry_after)}"
        return f"Masko takes only so many requests a minute. There is room again {when}."


class MaskoHeldBack(MaskoError):
    """Nothing is sent until one request, due in `retry_after` seconds, has shown that Masko is back."""

    worth_retrying = True
    says = "Masko is having trouble at the moment."


class MaskoBroken(MaskoError):
    worth_retrying = True
    may_have_taken_effect = True
    says = "Masko is having trouble at the moment."
