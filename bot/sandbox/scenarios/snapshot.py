"""Everything there is in a sandbox, as JSON, and a sandbox as a snapshot has it.

In it are people, channels, scopes, messages, files with their bytes, and all that Masko holds. Not in it:
open modals, Home tabs, faults, conditions, the record. Ids and timestamps stay what they were; only a project
of Masko's that is there already, by its name, keeps the id that it has, since the key's holder may know it.

The bot has a store of its own, which no snapshot holds. A bot that kept it finds its threads again, since
their ids are the same; but what it did after the snapshot was taken it believes to be there still. A bot with
an empty store meets messages that it never heard of: it answers new posts, and treats old cards as strangers.
Nothing is delivered to it when a snapshot is restored.
"""

from __future__ import annotations

import base64
import time
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from bot.sandbox.masko import Asset, Collection, LocalMasko, Project
from bot.sandbox.masko.vision import Description
from bot.sandbox.slack import LocalSlack
from bot.sandbox.slack.directory import Channel, Person, Team, groups_among
from bot.sandbox.slack.files import StoredFile
from bot.sandbox.slack.messages import Message, Quote

Json = dict[str, Any]

VERSION = 1
_OF_FILES = ("id", "name", "title", "created", "alt", "mimetype", "deleted", "complete")


class SnapshotError(ValueError):
    """A snapshot that cannot be restored; the message is one line."""


def taken(slack: LocalSlack, masko: LocalMasko | None) -> Json:
    """A snapshot of what is there now."""
    directory = slack.directory
    return {
        "masko_sandbox_snapshot": VERSION,
        "team": asdict(directory.team),
        "scopes": sorted(directory.app.scopes),
        "people": [asdict(person) for person in directory.people.values()],
        "channels": [asdict(channel) for channel in directory.channels.values()],
        "files": [_file_as_json(file) for file in slack.files.all()],
        "messages": [asdict(message) for message in slack.workspace.messages.all()],
        "masko": _masko_as_json(masko) if masko else None,
    }


def restore(snapshot: Json, slack: LocalSlack, masko: LocalMasko | None) -> None:
    """Put a snapshot's things into an emptied sandbox; see the module for what that means for a bot's store.

    Raises:
        SnapshotError: it is no snapshot, or not of this version of the program. The sandbox may then hold
            a part of it: reset it.
    """
    if snapshot.get("masko_sandbox_snapshot") != VERSION:
        raise SnapshotError(f"this is no snapshot of version {VERSION}")
    try:
        _restore_directory(snapshot, slack)
        _restore_content(snapshot, slack)
        if masko is not None and snapshot["masko"] is not None:
            masko.put(_masko_things(snapshot["masko"], masko))
    except (KeyError, TypeError, ValueError) as wrong:
        raise SnapshotError(f"the snapshot cannot be read: {type(wrong).__name__}: {wrong}") from wrong


def _restore_directory(snapshot: Json, slack: LocalSlack) -> None:
    directory = slack.directory
    people = [Person(**person) for person in snapshot["people"]]
    channels = [Channel(**channel) for channel in snapshot["channels"]]
    directory.team = Team(**snapshot["team"])
    directory.app.scopes.clear()
    directory.app.scopes.update(snapshot["scopes"])
    directory.people.clear()
    directory.people.update({person.id: person for person in people})
    directory.groups = groups_among(directory.people)
    directory.channels.clear()
    directory.channels.update({channel.id: channel for channel in channels})


def _restore_content(snapshot: Json, slack: LocalSlack) -> None:
    workspace = slack.workspace
    for found in snapshot["files"]:
        workspace.files.put(_file(found, slack))
    for found in snapshot["messages"]:
        quotes = [Quote(quote["attachment"], tuple(quote["files"])) for quote in found["quotes"]]
        message = Message(**found | {"quotes": quotes})
        workspace.messages.add(message)
        workspace.times.pass_by(message.ts)


def _file_as_json(file: StoredFile) -> Json:
    return {name: getattr(file, name) for name in _OF_FILES} | {
        "owner": file.owner.id,
        "shares": [list(share) for share in file.shares],
        "content": _written(file.content),
    }


def _file(found: Json, slack: LocalSlack) -> StoredFile:
    return StoredFile(
        **{name: found[name] for name in _OF_FILES},
        content=base64.b64decode(found["content"]),
        owner=slack.directory.people[found["owner"]],
        shares=[(channel, ts) for channel, ts in found["shares"]],
        ready_at=time.monotonic(),
    )


def _masko_as_json(masko: LocalMasko) -> Json:
    return {
        "projects": [_plain(project) for project in masko.projects.values()],
        "assets": [_plain(asset) for asset in masko.assets.values()],
        "collections": [_plain(collection) for collection in masko.collections.values()],
    }


def _plain(thing: Project | Asset | Collection) -> Json:
    """A record as JSON values. The moment from which a description shows has passed once it is read again."""
    written = {each.name: getattr(thing, each.name) for each in fields(thing)}
    written.pop("detected_at", None)
    return {name: _written(value) for name, value in written.items()}


def _written(value: Any) -> Any:
    match value:
        case bytes():
            return base64.b64encode(value).decode()
        case datetime():
            return value.isoformat()
        case Description():
            return asdict(value)
        case _:
            return value


def _masko_things(found: Json, masko: LocalMasko) -> list[Project | Asset | Collection]:
    known = {project.name: project.id for project in masko.projects.values()}
    ids = {project["id"]: known.get(project["name"], project["id"]) for project in found["projects"]}
    return [
        *(Project(**_with_times(each)) for each in found["projects"] if each["name"] not in known),
        *(
            Asset(**_with_times(asset) | {"data": base64.b64decode(asset["data"])})
            for asset in found["assets"]
        ),
        *(
            Collection(
                **_with_times(each)
                | {
                    "project_id": ids[each["project_id"]],
                    "detected": Description(**each["detected"]),
                    "detected_at": 0.0,
                }
            )
            for each in found["collections"]
        ),
    ]


def _with_times(found: Json) -> Json:
    times = {name: datetime.fromisoformat(found[name]) for name in found if name.endswith("_at")}
    return found | times
