"""What people do with what the bot shows: press, choose, submit, close."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.slack.asking import Asker
from bot.sandbox.slack.blockkit import check_view, elements_of, too_large
from bot.sandbox.slack.choices import as_offered
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.directory import Channel, Person
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.response_urls import Source
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

    def __init__(self, workspace: Workspace, asker: Asker) -> None:
        self._workspace = workspace
        self._asker = asker

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
            LookupError: the message or the element is not there for this person, or does not offer that.
        """
        message = self._workspace.messages.get(channel.id, message_ts)
        if message is None or message.ephemeral_to not in (None, person.id):
            raise LookupError(f"no message {message_ts} in {channel.name}")
        action = _action(message.blocks, action_id, block_id, chosen or {}, self._workspace.times.next())
        source = Source(channel.id, person.id, message.ts, message.thread_ts)
        payload = {
            **self._asker.place_of(message, channel),
            **self._asker.trigger(person),
            "response_url": self._workspace.response_urls.issue("actions", source),
            "actions": [action],
        }
        return await self._asker.ask("block_actions", person, payload)

    async def act_in_view(
        self,
        person: Person,
        view_id: str,
        action_id: str,
        block_id: str | None = None,
        chosen: Mapping[str, Any] | None = None,
        entered: Values | None = None,
    ) -> Delivery:
        """Press a button or choose from a menu inside a view.

        Args:
            entered: what stands in its fields by now; as it was when not given.

        Raises:
            LookupError: the view is not open for this person, or has no such element.
        """
        view = self.open_view(person, view_id)
        if entered is not None:
            view.entered = self._with_files(entered)
        action = _action(view.body["blocks"], action_id, block_id, chosen or {}, self._workspace.times.next())
        shown = view.as_json()
        payload = {
            **self._asker.trigger(person),
            "container": {"type": "view", "view_id": view.id},
            "view": shown,
            "actions": [action],
        }
        return await self._asker.ask("block_actions", person, payload)

    async def submit(self, person: Person, view_id: str, values: Values) -> Submitted:
        """Submit a view with these values, as a Slack client does: its own checks first.

        Raises:
            LookupError: the view is not open for this person.
        """
        view = self.open_view(person, view_id)
        view.entered = self._with_files(values)
        missing = complaints(view.body["blocks"], state_values(view.body["blocks"], view.entered))
        if missing:
            return Submitted(view, missing)
        payload = {
            **self._asker.trigger(person),
            "view": view.as_json(),
            "response_urls": [],
        }
        delivery = await self._asker.ask("view_submission", person, payload)
        if not delivery.acknowledged:
            return Submitted(view, timed_out=True)
        return self._obey(view, delivery.response or {})

    async def close(self, person: Person, view_id: str) -> OpenView | None:
        """Close a view with its close button; the bot hears of it where it asked to. Returns what lies below.

        Raises:
            LookupError: the view is not open for this person.
        """
        view = self.open_view(person, view_id)
        if view.is_home:
            raise LookupError("a Home tab cannot be closed")
        cleared = bool(view.body["clear_on_close"])
        if cleared:
            self._workspace.views.clear(person.id)
        else:
            self._workspace.views.close(view)
        if view.body["notify_on_close"]:
            await self._asker.ask("view_closed", person, {"view": view.as_json(), "is_cleared": cleared})
        return self._workspace.views.top(person.id)

    def open_view(self, person: Person, view_id: str) -> OpenView:
        """A view that this person has before their eyes, Home included.

        Raises:
            LookupError: there is none of this id.
        """
        view = self._workspace.views.find(view_id)
        if view is None or view.user != person.id:
            raise LookupError(f"{person.name} has no view {view_id} open")
        return view

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
            shown = {"acknowledged": response, "findings": error.findings} if error.findings else response
            self._asker.found("view_submission", words, shown)
            return Submitted(view, timed_out=True)
        return Submitted(views.top(view.user))

    def _with_files(self, values: Values) -> Values:
        """The same, with whole file objects where a `file_input` holds ids, as Slack sends them."""
        return {
            block_id: {action_id: self._filled(entry) for action_id, entry in block.items()}
            for block_id, block in values.items()
        }

    def _filled(self, entry: Json) -> Json:
        if entry.get("type") != "file_input":
            return entry
        ids = [each["id"] if isinstance(each, dict) else each for each in entry.get("files") or []]
        found = [file for file in map(self._workspace.files.get, ids) if file is not None]
        for file in found:
            file.handed_over = True
        return entry | {"files": [self._workspace.files.as_json(file) for file in found]}

    def _checked(self, view: Any) -> Json:
        if problems := check_view(view, self._workspace.surroundings("modal")):
            raise SlackError(
                "invalid_arguments",
                [str(problem) for problem in problems],
                findings=[problem.as_json() for problem in problems],
            )
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
                settled = as_offered(element, chosen)
                return echoed | {"block_id": block["block_id"]} | settled | {"action_ts": now}
    raise LookupError(f"nothing with action_id {action_id!r} to press")
