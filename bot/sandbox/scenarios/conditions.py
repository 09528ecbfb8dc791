"""Standing conditions: what is wrong for as long as it is switched on, and the moments that pass.

A condition says what it imitates and which page or thread tells of it, as faults do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.sandbox.masko import LocalMasko
from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.deliveries import Again, Deliverer

Value = float | str | None


@dataclass(frozen=True)
class Condition:
    """One thing that can be wrong.

    Attributes:
        service: whose condition it is, `slack` or `masko`.
        usual: the value when none is given; None where it takes none. Seconds, or a word.
        unit: what the value is, in a word.
        moment: it happens once, when it is switched on, and is over.
    """

    service: str
    name: str
    title: str
    imitates: str
    source: str
    usual: Value = None
    unit: str = ""
    moment: bool = False


CONDITIONS = (
    Condition(
        "slack",
        "missing-scope",
        "A scope is missing",
        "an app that was installed before its manifest asked for this scope: methods answer missing_scope, "
        "events stay away, files come as a sign-in page",
        "docs.slack.dev/reference/scopes",
        "files:read",
        "scope",
    ),
    Condition(
        "slack",
        "sign-in-page",
        "Downloads are a sign-in page",
        "a token without files:read, or one lost on a redirect: 200 and HTML instead of the file "
        "(users report it)",
        "github.com/slackapi/bolt-js/issues/2585, github.com/slack-go/slack/issues/1284",
    ),
    Condition(
        "slack",
        "file-processing",
        "Files are processed late",
        "a busy file pipeline: no thumbnails yet, and a slack_file block is refused with invalid_blocks",
        "github.com/slackapi/python-slack-sdk/issues/1521",
        6.0,
        "seconds",
    ),
    Condition(
        "slack",
        "connect-stub",
        "Files are Connect stubs",
        "a channel shared with another organisation: events name a file by its id alone, and files.info "
        "has the rest",
        "docs.slack.dev/apis/slack-connect",
    ),
    Condition(
        "slack",
        "untold-thread",
        "Presses do not tell their thread",
        "payloads without container.thread_ts, as other imitations of Slack send them; anywhere: without "
        "message.thread_ts either",
        "docs.slack.dev/reference/interaction-payloads/block_actions-payload: it promises neither",
        "container",
        "container or anywhere",
    ),
    Condition(
        "slack",
        "duplicate-delivery",
        "Events come twice",
        "an acknowledgement that Slack did not get: the same event_id again, marked as a retry",
        "docs.slack.dev/apis/events-api: error handling",
    ),
    Condition(
        "slack",
        "duplicate-event",
        "Events come twice, with other ids",
        "one message told by two events with distinct event_ids, neither marked as a retry (users report it)",
        "github.com/slackapi/bolt-python/issues/1027",
    ),
    Condition(
        "slack",
        "late-delivery",
        "Events come late",
        "a backlog at Slack: an event may come long after its message",
        "docs.slack.dev/apis/events-api: delayed events",
        4.0,
        "seconds",
    ),
    Condition(
        "slack",
        "disconnect",
        "Sockets are refreshed",
        "what Slack does to each socket every few hours: disconnect, refresh_requested",
        "docs.slack.dev/apis/events-api/using-socket-mode",
        moment=True,
    ),
    Condition(
        "slack",
        "cut",
        "Sockets are cut",
        "a network or machine that falls over: the sockets end without a word",
        "RFC 6455, section 7.1.5: code 1006",
        moment=True,
    ),
    Condition(
        "slack",
        "deaf",
        "Sockets go deaf",
        "a network in between that forgot the connection: it stays open and nothing comes through",
        "github.com/slackapi/python-slack-sdk/pull/1966",
        moment=True,
    ),
    Condition(
        "masko",
        "slow-vision",
        "The description comes late",
        "a create answer without name and prompt, which show some seconds after it",
        "Choice: whether the answer holds them is not documented",
        5.0,
        "seconds",
    ),
    Condition(
        "masko",
        "older-answers",
        "Answers of an older generation",
        "bare objects instead of data, errors as strings, ids such as col_…",
        "Masko's older documentation pages",
    ),
)


class Conditions:
    """The conditions of one sandbox, and which are on.

    Args:
        masko: None where something else stands in its place; then Masko has no conditions.
        on_change: called after every switch.
    """

    def __init__(
        self, slack: LocalSlack, masko: LocalMasko | None, on_change: Callable[[], None] = lambda: None
    ) -> None:
        self._slack = slack
        self._masko = masko
        self._on_change = on_change
        self._on: dict[str, Value] = {}
        self._undo: dict[str, Callable[[], None]] = {}

    def listed(self) -> list[dict[str, Any]]:
        """Every condition as the control API shows it."""
        return [self._shown(condition) for condition in self._offered()]

    def on(self) -> dict[str, Value]:
        """The names and values of those that are on."""
        return dict(self._on)

    async def switch(self, name: str, on: bool = True, value: Value = None) -> None:
        """Switch a condition on (again, with another value) or off; a moment just happens.

        Raises:
            LookupError: no such condition.
            ValueError: a value that it cannot take.
        """
        condition = self._condition(name)
        given = _given(condition, value)
        if condition.moment:
            if on:
                await self._happen(name)
                self._on_change()
            return
        self._switch_off(name)
        if on:
            self._undo[name] = self._begin(name, given)
            self._on[name] = given
        self._on_change()

    def clear(self) -> None:
        """Switch everything off."""
        for name in list(self._on):
            self._switch_off(name)
        self._on_change()

    def _offered(self) -> list[Condition]:
        return [each for each in CONDITIONS if each.service == "slack" or self._masko is not None]

    def _condition(self, name: str) -> Condition:
        for condition in self._offered():
            if condition.name == name:
                return condition
        known = ", ".join(condition.name for condition in self._offered())
        raise LookupError(f"no condition is called {name!r}; there are {known}")

    def _shown(self, condition: Condition) -> dict[str, Any]:
        return vars(condition) | {
            "on": condition.name in self._on,
            "value": self._on.get(condition.name, condition.usual),
        }

    def _switch_off(self, name: str) -> None:
        self._on.pop(name, None)
        if undo := self._undo.pop(name, None):
            undo()

    async def _happen(self, name: str) -> None:
        match name:
            case "disconnect":
                await self._slack.disconnect()
            case "cut":
                self._slack.socket.cut()
            case "deaf":
                self._slack.socket.deafen()

    def _begin(self, name: str, value: Value) -> Callable[[], None]:
        """Let a condition hold; what ends it."""
        match name:
            case "missing-scope":
                return self._without_scope(str(value))
            case "file-processing":
                return _set(self._slack.files, "processing_delay", value)
            case "sign-in-page":
                return _set(self._slack.files, "sign_in_page", True)
            case "connect-stub":
                return _set(self._slack.files, "only_stubs", True)
            case "untold-thread":
                if value not in ("container", "anywhere"):
                    raise ValueError(f"untold-thread: {value!r} is neither container nor anywhere")
                return _set(self._slack.workspace, "threads_untold", value)
            case "slow-vision":
                return _set(self._masko, "describe_after", value)
            case "older-answers":
                return _set(self._masko, "envelope", "older")
            case "late-delivery":
                return self._delivering("late", value)
            case _:
                again: Again = "same id" if name == "duplicate-delivery" else "other id"
                return self._delivering("again", again)

    def _without_scope(self, scope: str) -> Callable[[], None]:
        scopes = self._slack.directory.app.scopes
        if scope not in scopes:
            raise ValueError(f"the app has no scope {scope!r} to miss; it has {', '.join(sorted(scopes))}")
        scopes.discard(scope)
        return lambda: scopes.add(scope)

    def _delivering(self, name: str, value: Any) -> Callable[[], None]:
        workspace = self._slack.workspace
        ways: list[Deliverer] = [workspace.socket, *([workspace.http] if workspace.http else [])]
        undo = [_set(way, name, value) for way in ways]

        def end() -> None:
            for back in undo:
                back()

        return end


def _given(condition: Condition, value: Value) -> Value:
    if condition.usual is None or value is None:
        return condition.usual
    if isinstance(condition.usual, str):
        return str(value)
    try:
        seconds = float(value)
    except ValueError:
        raise ValueError(f"{condition.name}: {value!r} is not a number of seconds") from None
    if not 0 <= seconds <= 3600:
        raise ValueError(f"{condition.name}: {seconds:g} is not between 0 and 3600 seconds")
    return seconds


def _set(thing: Any, name: str, value: Any) -> Callable[[], None]:
    """Set an attribute; what sets it back."""
    before = getattr(thing, name)
    setattr(thing, name, value)
    return lambda: setattr(thing, name, before)
