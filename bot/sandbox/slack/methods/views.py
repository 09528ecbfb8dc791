"""views.*: modals and the Home tab (docs.slack.dev: views.open and its neighbours)."""

from __future__ import annotations

import re

from bot.sandbox.slack.arguments import Argument
from bot.sandbox.slack.blockkit import check_view, too_large
from bot.sandbox.slack.blockkit.schema import Surface
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.methods.declared import Call, Json, Method, refuse_problems
from bot.sandbox.slack.views import OpenView

_TRIGGER = re.compile(r"\d+\.\d+\.[0-9a-f]+")


def _checked(call: Call, surface: Surface, *, besides: OpenView | None = None) -> Json:
    """The view argument, refused as Slack refuses it."""
    view: Json = call.args["view"]
    if too_large(view):
        raise SlackError("view_too_large")
    refuse_problems(check_view(view, call.workspace.surroundings(surface)), "invalid_arguments")
    external_id = view.get("external_id")
    if external_id and call.workspace.views.external_id_taken(external_id, besides):
        raise SlackError("duplicate_external_id")
    return view


def _redeemed(call: Call) -> str:
    """The person behind trigger_id (wording of a malformed one: slack-go issue 805)."""
    trigger = call.get("trigger_id") or call.get("interactivity_pointer") or ""
    if not _TRIGGER.fullmatch(trigger):
        raise SlackError("invalid_arguments", ["invalid `trigger_id` [json-pointer:/trigger_id]"])
    return call.workspace.triggers.redeem(trigger)


def _refuse_stale(call: Call, view: OpenView) -> None:
    if call.get("hash") and call.args["hash"] != view.body["hash"]:
        raise SlackError("hash_conflict")


async def open_view(call: Call) -> Json:
    """views.open"""
    view = _checked(call, "modal")
    return {"view": call.workspace.views.open(_redeemed(call), view).body}


async def push(call: Call) -> Json:
    """views.push"""
    view = _checked(call, "modal")
    return {"view": call.workspace.views.push(_redeemed(call), view).body}


async def update(call: Call) -> Json:
    """views.update"""
    if not call.get("view_id") and not call.get("external_id"):
        words = "either `view_id` or `external_id` is required [json-pointer:/view_id]"
        raise SlackError("invalid_arguments", [words])
    found = call.workspace.views.find(call.get("view_id"), call.get("external_id"))
    if found is None:
        raise SlackError("not_found")
    _refuse_stale(call, found)
    view = _checked(call, found.body["type"], besides=found)
    return {"view": call.workspace.views.update(found, view).body}


async def publish(call: Call) -> Json:
    """views.publish"""
    directory = call.workspace.directory
    if not directory.app.home_tab:
        raise SlackError("not_enabled")
    user = call.args["user_id"]
    if user not in directory.people:
        raise SlackError("invalid_arguments", ["invalid `user_id` [json-pointer:/user_id]"])
    known = call.workspace.views.home(user)
    if known:
        _refuse_stale(call, known)
    return {"view": call.workspace.views.publish(user, _checked(call, "home", besides=known)).body}


_VIEW = Argument("view", "object", required=True)
_TRIGGERS = (Argument("trigger_id"), Argument("interactivity_pointer"))
_VIEW_ERRORS = frozenset({"duplicate_external_id", "view_too_large"})
_TRIGGER_ERRORS = _VIEW_ERRORS | {"invalid_trigger_id", "exchanged_trigger_id", "expired_trigger_id"}

METHODS = (
    Method("views.open", open_view, tier=4, arguments=(_VIEW, *_TRIGGERS), errors=_TRIGGER_ERRORS),
    Method(
        "views.push",
        push,
        tier=4,
        arguments=(_VIEW, *_TRIGGERS),
        errors=_TRIGGER_ERRORS | {"not_found", "push_limit_reached"},
    ),
    Method(
        "views.update",
        update,
        tier=4,
        arguments=(_VIEW, Argument("view_id"), Argument("external_id"), Argument("hash")),
        errors=_VIEW_ERRORS | {"not_found", "hash_conflict"},
    ),
    Method(
        "views.publish",
        publish,
        tier=4,
        arguments=(
            _VIEW,
            Argument("user_id", required=True),
            Argument("hash"),
            Argument("interactivity_pointer"),
        ),
        errors=_VIEW_ERRORS | {"not_enabled", "hash_conflict"},
    ),
)
