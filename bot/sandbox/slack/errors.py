"""Refusals in Slack's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

COMMON = frozenset(
    {
        "account_inactive",
        "invalid_arguments",
        "invalid_auth",
        "invalid_json",
        "json_not_object",
        "missing_argument",
        "missing_scope",
        "not_allowed_token_type",
        "not_authed",
        "ratelimited",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
        "unknown_method",
    }
)
"""Errors that any method may answer (docs.slack.dev: the common list of every method's page)."""


class SlackError(Exception):
    """An answer `{"ok": false, "error": code}`.

    Attributes:
        code: Slack's error code.
        messages: lines for `response_metadata.messages`, without the `[ERROR] ` that Slack puts before each.
        findings: what a check found, as `{code, message, pointer, constraint}`; the inspector shows them, and
            the answer does not.
        extra: further members of the answer, such as `needed` and `provided`.
    """

    def __init__(
        self, code: str, messages: Sequence[str] = (), findings: Sequence[Any] = (), **extra: Any
    ) -> None:
        super().__init__(code, *messages)
        self.findings = list(findings)
        self.code = code
        self.messages = list(messages)
        self.extra = extra

    def as_json(self) -> dict[str, Any]:
        """The answer's body."""
        body: dict[str, Any] = {"ok": False, "error": self.code, **self.extra}
        if self.messages:
            if self.code == "invalid_blocks":
                body["errors"] = self.messages
            body["response_metadata"] = {"messages": [f"[ERROR] {line}" for line in self.messages]}
        return body
