"""The tokens of one sandbox, and how a call is told apart that carries a real one."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from typing import Literal

_REAL = re.compile(r"xox[a-z]-\d{6,}|xoxe\.xox[bp]-\d|xoxe-\d|xapp-\d-A[A-Z0-9]{6,}")


@dataclass(frozen=True)
class Tokens:
    """Tokens and credentials of the app that work here and nowhere else.

    Raises:
        ValueError: one has the shape of a real one.
    """

    bot: str = field(default_factory=lambda: f"xoxb-sandbox-{secrets.token_hex(12)}", repr=False)
    app: str = field(default_factory=lambda: f"xapp-sandbox-{secrets.token_hex(12)}", repr=False)
    signing_secret: str = field(default_factory=lambda: f"sandbox{secrets.token_hex(12)}", repr=False)
    client_id: str = field(default_factory=lambda: f"sandbox.{secrets.token_hex(6)}")
    client_secret: str = field(default_factory=lambda: f"sandbox{secrets.token_hex(12)}", repr=False)

    def __post_init__(self) -> None:
        if looks_real(self.bot) or looks_real(self.app):
            raise ValueError("the sandbox takes no token that looks like a real one")

    def kind(self, token: str) -> Literal["bot", "app"] | None:
        """Whose token this is, or None for one that the sandbox did not hand out."""
        given = token.encode("utf-8", "surrogateescape")  # as aiohttp reads a header that is no UTF-8
        if secrets.compare_digest(given, self.bot.encode()):
            return "bot"
        return "app" if secrets.compare_digest(given, self.app.encode()) else None


def new_access_token(*, expires: bool) -> str:
    """A bot token as OAuth hands it out: `xoxb-…`, or `xoxe.xoxb-…` for one that expires."""
    return f"{'xoxe.' if expires else ''}xoxb-sandbox-{secrets.token_hex(12)}"


def new_refresh_token() -> str:
    """A refresh token, good once."""
    return f"xoxe-sandbox-{secrets.token_hex(12)}"


def looks_real(token: str) -> bool:
    """Whether a token has the shape of one that Slack hands out."""
    return _REAL.match(token) is not None


def bearer(authorization: str) -> str | None:
    """The token of an Authorization header."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.casefold() == "bearer" and token.strip() else None
