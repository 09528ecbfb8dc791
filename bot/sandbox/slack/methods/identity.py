"""Who is who: api.test, auth.test, apps.connections.open, bots.info, team.info, users.info."""

from __future__ import annotations

from bot.sandbox.slack.arguments import Argument
from bot.sandbox.slack.directory import Person
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.methods.declared import Call, Json, Method
from bot.sandbox.slack.time_zones import offset_now


async def api_test(call: Call) -> Json:
    """api.test: answers its own arguments."""
    if call.get("error"):
        raise SlackError(call.args["error"], args=call.args)
    return {"args": call.args}


async def auth_test(call: Call) -> Json:
    """auth.test. Choice: of an organisation's token it names the organisation where it else names a team."""
    directory = call.workspace.directory
    organisation = call.access.installation.place.enterprise if call.access else None
    above = directory.team.enterprise
    place = organisation or directory.team
    lifetime = call.installations.lifetime(call.access) if call.access else None
    return {
        "url": f"{call.workspace.origin}/",
        "team": place.name,
        "user": directory.bot.name,
        "team_id": place.id,
        "user_id": directory.app.bot_user_id,
        "bot_id": directory.app.bot_id,
        **({"enterprise_id": above.id} if above else {}),
        **({"expires_in": lifetime} if lifetime is not None else {}),
        "is_enterprise_install": organisation is not None,
    }


async def connections_open(call: Call) -> Json:
    """apps.connections.open"""
    websocket = call.workspace.origin.replace("http", "ws", 1)
    app = call.workspace.directory.app.id
    return {"url": f"{websocket}/link/?ticket={call.workspace.socket.ticket()}&app_id={app}"}


async def bots_info(call: Call) -> Json:
    """bots.info"""
    app = call.workspace.directory.app
    if call.get("bot") not in (None, app.bot_id):
        raise SlackError("bot_not_found")
    return {
        "bot": {
            "id": app.bot_id,
            "deleted": False,
            "name": call.workspace.directory.bot.real_name,
            "updated": 1_700_000_000,
            "app_id": app.id,
            "user_id": app.bot_user_id,
            "icons": {},
        }
    }


async def team_info(call: Call) -> Json:
    """team.info"""
    team = call.workspace.directory.team
    if call.get("team") not in (None, team.id):
        raise SlackError("team_not_found")
    return {
        "team": {
            "id": team.id,
            "name": team.name,
            "domain": team.domain,
            "url": f"{call.workspace.origin}/",
            "email_domain": "",
            "icon": {"image_default": True},
            **(
                {"enterprise_id": team.enterprise.id, "enterprise_name": team.enterprise.name}
                if team.enterprise
                else {}
            ),
        }
    }


async def users_info(call: Call) -> Json:
    """users.info"""
    person = call.workspace.directory.people.get(call.args["user"])
    if person is None:
        raise SlackError("user_not_found")
    directory = call.workspace.directory
    known = any(
        {person.id, directory.bot.id} <= set(channel.members) for channel in directory.channels.values()
    )
    return {"user": _user_object(person, stranger=directory.is_external(person) and not known)}


def _user_object(person: Person, *, stranger: bool) -> Json:
    """The user object (docs.slack.dev: user object)."""
    return {
        "id": person.id,
        "team_id": person.team_id,
        "name": person.name,
        "deleted": person.deactivated,
        "color": person.color.removeprefix("#"),
        "real_name": person.real_name,
        "tz": person.time_zone,
        "tz_label": person.time_zone.rpartition("/")[2].replace("_", " ") + " Time",
        "tz_offset": offset_now(person.time_zone),
        "profile": {
            "title": person.title,
            "real_name": person.real_name,
            "real_name_normalized": person.real_name,
            "display_name": person.name,
            "display_name_normalized": person.name,
            "team": person.team_id,
        },
        "is_admin": person.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": person.is_restricted,
        "is_ultra_restricted": False,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "is_stranger": stranger,
        "updated": 1_700_000_000,
    }


METHODS = (
    Method("api.test", api_test, 4, (Argument("error"), Argument("foo")), token="none"),
    Method("auth.test", auth_test, 5),
    Method("apps.connections.open", connections_open, 3, token="app", scopes=("connections:write",)),
    Method(
        "bots.info",
        bots_info,
        3,
        (Argument("bot"), Argument("team_id")),
        ("users:read",),
        errors=frozenset({"bot_not_found"}),
        json=False,
    ),
    Method(
        "team.info",
        team_info,
        3,
        (Argument("team"), Argument("domain")),
        ("team:read",),
        errors=frozenset({"team_not_found"}),
    ),
    Method(
        "users.info",
        users_info,
        4,
        (Argument("user", required=True, missing="user_not_found"), Argument("include_locale", "boolean")),
        ("users:read",),
        errors=frozenset({"user_not_found"}),
        json=False,
        gaps="locale, presence, custom profile fields",
    ),
)
