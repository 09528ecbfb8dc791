"""oauth.v2.access: a code, or a refresh token, for a bot token (docs.slack.dev: its page)."""

from __future__ import annotations

import secrets

from bot.sandbox.slack.arguments import Argument
from bot.sandbox.slack.errors import SlackError
from bot.sandbox.slack.installations import Issued
from bot.sandbox.slack.methods.declared import Call, Json, Method


async def access(call: Call) -> Json:
    """oauth.v2.access"""
    _refuse_other_app(call)
    match call.get("grant_type"):
        case None | "" | "authorization_code":
            issued = call.installations.exchange(call.get("code") or "", call.get("redirect_uri") or None)
            return _answer(call, issued, {"id": issued.access.installation.user})
        case "refresh_token":
            value = call.get("refresh_token") or ""
            if call.installations.was_refreshed(value):
                words = "a refresh token was used a second time: each is good once"
                call.workspace.inspector.add("finding", "oauth.v2.access", ok=False, finding=words)
            return _answer(call, call.installations.refresh(value), None)
        case _:
            raise SlackError("invalid_grant_type")


def _refuse_other_app(call: Call) -> None:
    for name, own, error in (
        ("client_id", call.tokens.client_id, "invalid_client_id"),
        ("client_secret", call.tokens.client_secret, "bad_client_secret"),
    ):
        if not secrets.compare_digest(str(call.get(name) or "").encode(), own.encode()):
            raise SlackError(error)


def _answer(call: Call, issued: Issued, authed_user: Json | None) -> Json:
    installation = issued.access.installation
    directory = installation.workspace.directory
    organisation = installation.place.enterprise
    above = organisation or directory.team.enterprise
    lifetime = call.installations.lifetime(issued.access)
    expiry = {"expires_in": lifetime, "refresh_token": issued.refresh} if lifetime is not None else {}
    return {
        "app_id": directory.app.id,
        **({"authed_user": authed_user} if authed_user else {}),
        "scope": ",".join(sorted(installation.scopes)),
        "token_type": "bot",
        "access_token": issued.access.value,
        "bot_user_id": directory.app.bot_user_id,
        **expiry,
        "team": None if organisation else {"id": directory.team.id, "name": directory.team.name},
        "enterprise": {"id": above.id, "name": above.name} if above else None,
        "is_enterprise_install": organisation is not None,
    }


METHODS = (
    Method(
        "oauth.v2.access",
        access,
        5,
        (
            Argument("client_id"),
            Argument("client_secret"),
            Argument("code"),
            Argument("redirect_uri"),
            Argument("grant_type"),
            Argument("refresh_token"),
        ),
        token="none",
        errors=frozenset(
            {
                "bad_client_secret",
                "bad_redirect_uri",
                "cannot_install_an_org_installed_app",
                "code_already_used",
                "invalid_client_id",
                "invalid_code",
                "invalid_grant_type",
                "invalid_refresh_token",
            }
        ),
        json=False,
        gaps="user tokens, incoming webhooks, PKCE",
    ),
)
