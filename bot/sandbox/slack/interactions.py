"""What people do with what the bot shows: press, choose, submit, close."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.slack.blockkit import check_view, elements_of, too_large
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.directory import Channel, Person
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.events import VERIFICATION_TOKEN
from bot.sandbox.slack.messages import Message
from bot.sandbox.slack.view_state import Values, complaints, state_values
from bot.sandbox.slack.views import OpenView
from bot.sandbox.slack.workspace import Workspace

Json = dict[str, Any]

_ACTIONABLE = frozenset({"actions", "section", "input"})
_ECHOED = (
    "action_id",
    "text",
    "value",
    "style",
    "type",
    "placeholder",
    "confirm",
    "accessibility_label",
    "url",
)


@dataclass(frozen=True)
class Submitted:
    """How a submission ended.

    Attributes:
        errors: block_id → words to show beside the field; the view stays open.
        timed_out: the bot did not acknowledge in time, or not sensibly.
        view: what the person sees now.
    """

    view: OpenView | None
    errors: dict[str, str] = field(default_factory=dict)
    timed_out: bool = False


class Interactions:
    """Sends interaction payloads to the bot and does what its acknowledgements say."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    async def press(
        self,
        person: Person,
        channel: Channel,
        message_ts: str,
        action_id: str,
        block_id: str | None = None,
        chosen: Mapping[str, Any] | None = None,
    ) -> Delivery:
        """Press a button or choose from a menu of a message; `chosen` is, say, `{"selected_option": …}`.

        Raises:
            LookupError: the message or the element is not there for this person.
        """
        message = self._workspace.messages.get(channel.id, message_ts)
        if message is None or message.ephemeral_to not in (None, person.id):
            raise LookupError(f"no message {message_ts} in {channel.name}")
        action = _action(message.blocks, action_id, block_id, chosen or {}, self._workspace.times.next())
        return await self._ask("block_actions", person, self._from_message(message, channel, person, action))

    async def act_in_view(
        self,
        person: Person,
        view_id: str,
        action_id: str,
        block_id: str | None = None,
        chosen: Mapping[str, Any] | None = None,
    ) -> Delivery:
        """Press a button or choose from a menu inside a view.

        Raises:
            LookupError: the view is not open for this person, or has no such element.
        """
        view = self._open_view(person, view_id)
        action = _action(view.body["blocks"], action_id, block_id, chosen or {}, self._workspace.times.next())
        shown = view.as_json()
        payload = {
            "trigger_id": self._workspace.triggers.issue(person.id),
            "container": {"type": "view", "view_id": view.id},
            "view": shown,
            "state": shown["state"],
            "actions": [action],
        }
        return await self._ask("block_actions", person, payload)

    async def submit(self, person: Person, view_id: str, values: Values) -> Submitted:
        """Submit a view with these values, as a Slack client does: its own checks first.

        Raises:
            LookupError: the view is not open for this person.
        """
        view = self._open_view(person, view_id)
        view.entered = values
        missing = complaints(view.body["blocks"], state_values(view.body["blocks"], values))
        if missing:
            return Submitted(view, missing)
        payload = {
            "trigger_id": self._workspace.triggers.issue(person.id),
            "view": view.as_json(),
            "response_urls": [],
        }
        delivery = await self._ask("view_submission", person, payload)
        if not delivery.acknowledged:
            return Submitted(view, timed_out=True)
        return self._obey(view, delivery.response or {})

    async def close(self, person: Person, view_id: str) -> OpenView | None:
        """Close a view with its close button; the bot hears of it where it asked to. Returns what lies below.

        Raises:
            LookupError: the view is not open for this person.
        """
        view = self._open_view(person, view_id)
        cleared = bool(view.body["clear_on_close"])
        if cleared:
            self._workspace.views.clear(person.id)
        else:
            self._workspace.views.close(view)
        if view.body["notify_on_close"]:
            await self._ask("view_closed", person, {"view": view.as_json(), "is_cleared": cleared})
        return self._workspace.views.top(person.id)

    def _open_view(self, person: Person, view_id: str) -> OpenView:
        view = self._workspace.views.find(view_id)
        if view is None or view.user != person.id:
            raise LookupError(f"{person.name} has no view {view_id} open")
        return view

    async def _ask(self, type_: str, person: Person, payload: Json) -> Delivery:
        if not self._workspace.directory.app.interactivity:
            words = "the app shows something to press, but its manifest does not enable interactivity"
            self._workspace.inspector.add("finding", type_, ok=False, finding=words)
        delivery = await self._workspace.way.ask(
            "interactive", {"type": type_, **self._common(person), **payload}
        )
        if not delivery.acknowledged:
            words = f"{type_} was not acknowledged within {self._workspace.way.ack_timeout:g} s"
            about = [f"envelope:{attempt.envelope_id}" for attempt in delivery.attempts]
            self._workspace.inspector.add("finding", type_, ok=False, finding=words, about=about)
        return delivery

    def _common(self, person: Person) -> Json:
        directory = self._workspace.directory
        return {
            "team": {"id": directory.team.id, "domain": directory.team.domain},
            "user": {
                "id": person.id,
                "username": person.name,
                "name": person.name,
                "team_id": person.team_id,
            },
            "api_app_id": directory.app.id,
            "token": VERIFICATION_TOKEN,
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _from_message(self, message: Message, channel: Channel, person: Person, action: Json) -> Json:
        workspace = self._workspace
        ephemeral = message.ephemeral_to is not None
        thread = {"thread_ts": message.thread_ts} if message.thread_ts else {}
        name = "directmessage" if channel.kind == "im" else channel.name
        return {
            "container": {
                "type": "message",
                "message_ts": message.ts,
                "channel_id": channel.id,
                "is_ephemeral": ephemeral,
                **thread,
            },
            "trigger_id": workspace.triggers.issue(person.id),
            "channel": {"id": channel.id, "name": name},
            **({} if ephemeral else {"message": workspace.messages.as_json(message)}),
            "state": {"values": state_values(message.blocks, {})},
            "response_url": workspace.response_urls.issue(
                channel.id, person.id, message.ts, message.thread_ts
            ),
            "actions": [action],
        }

    def _obey(self, view: OpenView, response: Any) -> Submitted:
        """Do what the acknowledgement of a submission says (docs.slack.dev: Modals)."""
        views = self._workspace.views
        try:
            match response.get("response_action") if isinstance(response, dict) else "nonsense":
                case None:
                    views.close(view)
                case "clear":
                    views.clear(view.user)
                case "update":
                    views.update(view, self._checked(response.get("view")))
                case "push":
                    views.push(view.user, self._checked(response.get("view")))
                case "errors":
                    return Submitted(view, _named_errors(view, response.get("errors")))
                case other:
                    raise SlackError("invalid_arguments", [f"unknown response_action: {other}"])
        except SlackError as error:
            words = "; ".join([f"the answer to view_submission is refused: {error.code}", *error.messages])
            self._workspace.inspector.add(
                "finding", "view_submission", ok=False, response=response, finding=words
            )
            return Submitted(view, timed_out=True)
        return Submitted(views.top(view.user))

    def _checked(self, view: Any) -> Json:
        if problems := check_view(view, self._workspace.surroundings("modal")):
            raise SlackError("invalid_arguments", [str(problem) for problem in problems])
        if too_large(view):
            raise SlackError("view_too_large")
        checked: Json = view
        return checked


def _named_errors(view: OpenView, errors: Any) -> dict[str, str]:
    """The errors of an acknowledgement; each must name an input block of the view."""
    inputs = {block["block_id"] for block in view.body["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise SlackError("invalid_arguments", ["`errors` must name input blocks of the view"])
    return {str(block_id): str(words) for block_id, words in errors.items()}


def _action(
    blocks: list[Json], action_id: str, block_id: str | None, chosen: Mapping[str, Any], now: str
) -> Json:
    """The entry of `actions` for the element that was used."""
    for block in blocks:
        if block["type"] not in _ACTIONABLE or block_id not in (None, block["block_id"]):
            continue
        for _, element in elements_of(block):
            if element.get("action_id") == action_id:
                echoed = {name: element[name] for name in _ECHOED if name in element}
                return echoed | {"block_id": block["block_id"]} | dict(chosen) | {"action_ts": now}
    raise LookupError(f"nothing with action_id {action_id!r} to press")
