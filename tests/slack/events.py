"""Events and files as Slack sends them, each with what a case wants different."""

from __future__ import annotations

from typing import Any

TEAM = "T0HOME"
BOT = "U0BOT"
FILES = "https://files.slack.com/files-pri/T0HOME-F1"


def image_file(**changes: Any) -> dict[str, Any]:
    """A PNG on Slack; a change to None takes the field away."""
    file = {
        "id": "F1",
        "name": "felix.png",
        "title": "felix.png",
        "mimetype": "image/png",
        "filetype": "png",
        "user": "U1",
        "user_team": TEAM,
        "size": 196920,
        "mode": "hosted",
        "is_external": False,
        "file_access": "visible",
        "url_private": f"{FILES}/felix.png",
        "url_private_download": f"{FILES}/download/felix.png",
    }
    return {field: value for field, value in (file | changes).items() if value is not None}


STUB = {"id": "F9", "mode": "file_access", "file_access": "check_file_info", "created": 0, "user": ""}


def post_event(*files: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A post of Ana's in a channel, with these files; a change to None takes the field away."""
    event: dict[str, Any] = {
        "type": "message",
        "subtype": "file_share" if files else None,
        "text": "",
        "files": list(files) or None,
        "user": "U1",
        "ts": "1764000000.000100",
        "channel": "C1",
        "channel_type": "channel",
    }
    return {field: value for field, value in (event | changes).items() if value is not None}


def callback(event: Any, **changes: Any) -> dict[str, Any]:
    """The body around an event, of a workspace that is in no Enterprise Grid."""
    body = {
        "type": "event_callback",
        "team_id": TEAM,
        "event": event,
        "authorizations": [{"enterprise_id": None, "team_id": TEAM, "user_id": BOT, "is_bot": True}],
        "is_ext_shared_channel": False,
    }
    return body | changes
