"""usergroups.list, usergroups.users.list: who belongs to which group (docs.slack.dev: their pages)."""

from __future__ import annotations

from bot.sandbox.slack.arguments import Argument
from bot.sandbox.slack.directory import UserGroup
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.methods.declared import Call, Json, Method


async def groups_list(call: Call) -> Json:
    """usergroups.list"""
    groups = call.workspace.directory.groups.values()
    shown = [group for group in groups if not group.disabled or call.get("include_disabled")]
    return {"usergroups": [_group_object(call, group) for group in shown]}


async def members_list(call: Call) -> Json:
    """usergroups.users.list"""
    group = call.workspace.directory.groups.get(call.args["usergroup"])
    if group is None or (group.disabled and not call.get("include_disabled")):
        raise SlackError("no_such_subteam")
    return {"users": call.workspace.directory.active(group.members)}


def _group_object(call: Call, group: UserGroup) -> Json:
    """The user group object (docs.slack.dev: usergroup object)."""
    shown: Json = {
        "id": group.id,
        "team_id": call.workspace.directory.team.id,
        "is_usergroup": True,
        "is_subteam": True,
        "name": group.name,
        "description": "",
        "handle": group.handle,
        "is_external": False,
        "date_create": 1_700_000_000,
        "date_update": 1_700_000_000,
        "date_delete": 1_700_000_001 if group.disabled else 0,
        "auto_type": None,
        "auto_provision": False,
        "enterprise_subteam_id": "",
        "created_by": group.members[0],
        "updated_by": group.members[0],
        "deleted_by": group.members[0] if group.disabled else None,
        "prefs": {"channels": [], "groups": []},
    }
    users = {"users": call.workspace.directory.active(group.members)} if call.get("include_users") else {}
    count = (
        {"user_count": len(call.workspace.directory.active(group.members))}
        if call.get("include_count")
        else {}
    )
    return shown | users | count


METHODS = (
    Method(
        "usergroups.list",
        groups_list,
        2,
        (
            Argument("include_count", "boolean"),
            Argument("include_disabled", "boolean"),
            Argument("include_users", "boolean"),
        ),
        ("usergroups:read",),
        json=False,
        gaps="groups of other workspaces of the organisation",
    ),
    Method(
        "usergroups.users.list",
        members_list,
        2,
        (
            Argument("usergroup", required=True),
            Argument("include_disabled", "boolean"),
        ),
        ("usergroups:read",),
        errors=frozenset({"no_such_subteam"}),
        json=False,
    ),
)
