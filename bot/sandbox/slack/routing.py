"""Which workspace a call of the Web API reaches.

A workspace's token reaches that workspace, whatever `team_id` says: it is accepted and ignored. An
organisation's token reaches the workspace of `team_id`, else the one that knows what the call names
(docs.slack.dev: Developing apps for Enterprise orgs, using APIs with organization-ready apps). Choices: a
call that names nothing reaches the organisation's first workspace; a file that was uploaded with an
organisation's token belongs to the organisation until it is shared: a call may use it in any workspace of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.installations import AccessToken
from bot.sandbox.slack.platform import Platform, holder, within
from bot.sandbox.slack.workspace import Workspace

NEED_TEAM = frozenset({"bots.info", "usergroups.list", "usergroups.users.list"})
"""Methods that refuse an organisation's token without `team_id`, as that page lists them."""

_NAMING = (
    "channel",
    "channel_id",
    "channels",
    "file",
    "files",
    "trigger_id",
    "view_id",
    "user",
    "user_id",
    "users",
)
"""Arguments that say where a call goes, the most telling first."""
_FILE_ID = re.compile(r"\bF0[0-9A-Z]{5,}\b")


def reached(
    platform: Platform, access: AccessToken | None, method: str, given: Mapping[str, Any]
) -> Workspace:
    """The workspace that a call acts on.

    Raises:
        SlackError: with an organisation's token: missing_argument without a `team_id` that the method needs;
            team_access_not_granted for a workspace of the organisation that the app is not in;
            channel_not_found for a channel by its name (docs.slack.dev: Migrating existing apps).
    """
    if access is None:
        return platform.first
    place = access.installation.place
    if place.enterprise is None:
        return access.installation.workspace
    if team_id := given.get("team_id"):
        workspace = platform.workspace_of_team(str(team_id))
    elif method in NEED_TEAM:
        raise SlackError("missing_argument", ["missing required field: team_id [json-pointer:/team_id]"])
    else:
        organisation = [each for each in platform.workspaces if within(each, place.enterprise)]
        found = (holder(organisation, id) for id in _named(given))
        workspace = next(filter(None, found), access.installation.workspace)
    if workspace not in place.workspaces:
        raise SlackError("team_access_not_granted")
    if str(given.get("channel", "")).startswith("#"):
        raise SlackError("channel_not_found")
    _bring_files(place.workspaces, workspace, given)
    return workspace


def _named(given: Mapping[str, Any]) -> Iterator[str]:
    for name in _NAMING:
        if value := given.get(name):
            text = value if isinstance(value, str) else json.dumps(value)
            yield from re.findall(r"[\w.-]+", text)


def _bring_files(workspaces: tuple[Workspace, ...], workspace: Workspace, given: Mapping[str, Any]) -> None:
    """Move what the bot uploaded and nobody sees yet to the workspace where a call uses it."""
    for file_id in set(_FILE_ID.findall(json.dumps(dict(given)))):
        for other in workspaces:
            file = other.files.get(file_id)
            mine = file is not None and file.owner.id == other.directory.app.bot_user_id
            if file is not None and other is not workspace and mine and not file.shares:
                other.files.give_to(workspace.files, file)
