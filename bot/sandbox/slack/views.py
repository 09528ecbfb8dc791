"""Modals and Home tabs that people have open, and the triggers that open them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.slack.directory import Directory
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.ids import Ids
from bot.sandbox.slack.normal import normal_blocks, normal_text
from bot.sandbox.slack.view_state import Values, state_values

MOST_VIEWS = 3
"""How many views a modal may stack (docs.slack.dev: Modals)."""


@dataclass
class OpenView:
    """A view before somebody's eyes; `entered` is what they typed so far."""

    user: str
    body: dict[str, Any]
    entered: Values = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Slack's view id."""
        return str(self.body["id"])

    @property
    def is_home(self) -> bool:
        """Whether it is somebody's Home tab."""
        return bool(self.body["type"] == "home")

    def as_json(self) -> dict[str, Any]:
        """The view object with its state."""
        return self.body | {"state": {"values": state_values(self.body["blocks"], self.entered)}}


@dataclass
class _Trigger:
    user: str
    expires: float
    used: bool = False


class Triggers:
    """trigger_ids: good once and for a short time (docs.slack.dev: handling user interaction).

    Attributes:
        lifetime: seconds a trigger stays good.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.lifetime = 3.0
        self._clock = clock
        self._issued: dict[str, _Trigger] = {}

    def issue(self, user: str) -> str:
        """A trigger for something this person just did."""
        trigger = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**13)}.{secrets.token_hex(16)}"
        self._issued[trigger] = _Trigger(user, self._clock() + self.lifetime)
        return trigger

    def known(self, trigger_id: str) -> bool:
        """Whether this trigger was issued here."""
        return trigger_id in self._issued

    def redeem(self, trigger_id: str) -> str:
        """The person whose trigger this is; it is used up then.

        Raises:
            SlackError: invalid_trigger_id, exchanged_trigger_id or expired_trigger_id.
        """
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if self._clock() > trigger.expires:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger.user


class ViewStore:
    """Each person's stack of modal views and their Home tab."""

    def __init__(
        self,
        directory: Directory,
        ids: Ids,
        on_change: Callable[[str], None],
        on_home_change: Callable[[str], None],
    ) -> None:
        self._directory = directory
        self._ids = ids
        self._on_change = on_change
        self._on_home_change = on_home_change
        self._stacks: dict[str, list[OpenView]] = {}
        self._homes: dict[str, OpenView] = {}
        self._revision = 0

    def top(self, user: str) -> OpenView | None:
        """The view this person sees."""
        stack = self._stacks.get(user)
        return stack[-1] if stack else None

    def home(self, user: str) -> OpenView | None:
        """This person's Home tab, if the bot published one."""
        return self._homes.get(user)

    def find(self, view_id: str | None = None, external_id: str | None = None) -> OpenView | None:
        """The open view of this id or external id."""
        for view in self._all():
            if view_id == view.id or (external_id and external_id == view.body["external_id"]):
                return view
        return None

    def open(self, user: str, view: dict[str, Any]) -> OpenView:
        """Open a modal; one that is open already gives way to it (a Choice)."""
        opened = self._made(user, view, [])
        self._stacks[user] = [opened]
        self._on_change(user)
        return opened

    def push(self, user: str, view: dict[str, Any]) -> OpenView:
        """Lay a view on the person's modal.

        Raises:
            SlackError: not_found without a modal, push_limit_reached above three views.
        """
        stack = self._stacks.get(user)
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= MOST_VIEWS:
            raise SlackError("push_limit_reached")
        stack.append(self._made(user, view, stack))
        self._on_change(user)
        return stack[-1]

    def update(self, open_view: OpenView, view: dict[str, Any]) -> OpenView:
        """Change an open view; what was entered stays where block_id and action_id stay."""
        kept = ("id", "root_view_id", "previous_view_id", "team_id")
        place = {name: open_view.body[name] for name in kept}
        open_view.body = self._body(view) | place
        changed = self._on_home_change if open_view.is_home else self._on_change
        changed(open_view.user)
        return open_view

    def publish(self, user: str, view: dict[str, Any]) -> OpenView:
        """Put a view on the person's Home tab."""
        if known := self._homes.get(user):
            return self.update(known, view)
        self._homes[user] = self._made(user, view, [])
        self._on_home_change(user)
        return self._homes[user]

    def close(self, open_view: OpenView) -> None:
        """Take one view away; what lies below is seen again."""
        stack = self._stacks.get(open_view.user, [])
        if open_view in stack:
            stack.remove(open_view)
        self._on_change(open_view.user)

    def clear(self, user: str) -> None:
        """Close the whole modal."""
        self._stacks.pop(user, None)
        self._on_change(user)

    def forget(self) -> None:
        """Close every modal and take back every Home tab."""
        users = {*self._stacks, *self._homes}
        self._stacks.clear()
        self._homes.clear()
        for user in users:
            self._on_change(user)

    def external_id_taken(self, external_id: str, besides: OpenView | None = None) -> bool:
        """Whether another open view has this external id."""
        return any(v is not besides and v.body["external_id"] == external_id for v in self._all())

    def _all(self) -> list[OpenView]:
        return [view for stack in self._stacks.values() for view in stack] + list(self._homes.values())

    def _made(self, user: str, view: dict[str, Any], below: list[OpenView]) -> OpenView:
        view_id = self._ids.new("V")
        place = {
            "id": view_id,
            "root_view_id": below[0].id if below else view_id,
            "previous_view_id": below[-1].id if below else None,
        }
        return OpenView(user, self._body(view) | place | {"team_id": self._directory.people[user].team_id})

    def _body(self, view: dict[str, Any]) -> dict[str, Any]:
        self._revision += 1
        app, team = self._directory.app, self._directory.team
        return {
            "id": "",
            "team_id": team.id,
            "type": view["type"],
            "blocks": normal_blocks(view["blocks"], self._ids),
            "private_metadata": view.get("private_metadata", ""),
            "callback_id": view.get("callback_id", ""),
            "state": {"values": {}},
            "hash": f"{int(time.time())}.{self._revision:08x}",
            "title": normal_text(view.get("title") or {"type": "plain_text", "text": "View Title"}),
            "clear_on_close": view.get("clear_on_close", False),
            "notify_on_close": view.get("notify_on_close", False),
            "close": normal_text(view.get("close")),
            "submit": normal_text(view.get("submit")),
            "previous_view_id": None,
            "root_view_id": "",
            "app_id": app.id,
            "external_id": view.get("external_id", ""),
            "app_installed_team_id": team.id,
            "bot_id": app.bot_id,
        }
