"""What a Web API method is to the dispatcher: its table row and the call it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from bot.sandbox.slack.arguments import Argument
from bot.sandbox.slack.blockkit import Problem
from bot.sandbox.slack.directory import Channel
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.installations import AccessToken, Installations
from bot.sandbox.slack.tokens import Tokens
from bot.sandbox.slack.workspace import Workspace

Json = dict[str, Any]
TokenKind = Literal["bot", "app", "none"]

CHANNEL = Argument("channel", required=True)


@dataclass(frozen=True)
class Call:
    """One accepted call.

    Attributes:
        workspace: to act on.
        args: the arguments, read and of the right kind.
        access: the bot token that it came with, if it came with one.
    """

    workspace: Workspace
    args: Json
    tokens: Tokens
    installations: Installations
    access: AccessToken | None = None

    def get(self, name: str) -> Any:
        """An argument's value, or None when it was not given."""
        return self.args.get(name)

    def require_scope(self, scope: str) -> None:
        """Refuse with missing_scope unless the bot token has this scope."""
        refuse_without_scope(self.workspace.directory.app.scopes, (scope,))

    def channel(self, *, error: str = "channel_not_found") -> Channel:
        """The conversation that `channel` names, by id or `#name`, as far as the bot may know of it.

        Raises:
            SlackError: there is none, or it is a private one that the bot is not in.
        """
        try:
            channel = self.workspace.directory.channel(self.args["channel"])
        except LookupError:
            raise SlackError(error) from None
        if channel.kind != "channel" and not self.in_channel(channel):
            raise SlackError(error)
        return channel

    def in_channel(self, channel: Channel) -> bool:
        """Whether the bot is a member."""
        return self.workspace.member(self.workspace.directory.app.bot_user_id, channel)


@dataclass(frozen=True)
class Method:
    """A row of the method table.

    Attributes:
        tier: Slack's rate tier, 1 to 4; 5 stands for its special tiers.
        scopes: the token needs one of these; none needed when empty.
        errors: the method's own error codes that this sandbox answers, besides the common ones.
        json: whether the method takes JSON bodies.
        gaps: what Slack does besides and this sandbox does not, in a few words.
    """

    name: str
    answer: Callable[[Call], Awaitable[Json]]
    tier: int
    arguments: tuple[Argument, ...] = ()
    scopes: tuple[str, ...] = ()
    token: TokenKind = "bot"
    errors: frozenset[str] = frozenset()
    json: bool = True
    gaps: str = ""


def refuse_without_scope(granted: set[str], needed: tuple[str, ...]) -> None:
    """Raise missing_scope unless one of the needed scopes is granted (or none is needed)."""
    if needed and not granted.intersection(needed):
        provided = ",".join(sorted(granted))
        raise SlackError("missing_scope", needed=",".join(needed), provided=provided)


def refuse_problems(problems: list[Problem], code: str) -> None:
    """Raise `code` with Slack's messages if there are any problems."""
    if problems:
        raise SlackError(
            code,
            [str(problem) for problem in problems],
            findings=[problem.as_json() for problem in problems],
        )
