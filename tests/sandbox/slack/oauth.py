"""The app's side of OAuth by plain HTTP: ask, let somebody decide, exchange the code."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import ClientSession

from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import LocalSlack
from tests.sandbox.slack.conftest import manifest

BACK = "http://127.0.0.1:3000/slack/oauth_redirect"
SCOPES = "channels:read,chat:write,files:read,files:write,usergroups:read,users:read"


def distributed(**settings: Any) -> dict[str, Any]:
    """A manifest of an app that may be installed anywhere; `settings` go into its settings."""
    whole = manifest()
    whole["oauth_config"]["redirect_urls"] = [BACK]
    whole["settings"]["event_subscriptions"]["bot_events"] += ["app_uninstalled", "tokens_revoked"]
    whole["settings"] |= settings
    return whole


class Installer:
    """Calls a sandbox as the app, and as the person who installs it."""

    def __init__(self, sandbox: Sandbox, http: ClientSession) -> None:
        self.sandbox = sandbox
        self.http = http

    def asked(self, **query: str) -> dict[str, str]:
        """The query of an authorize URL; an empty value leaves one out."""
        usual = {"client_id": self.sandbox.client_id, "scope": SCOPES, "state": "st&te", "redirect_uri": BACK}
        return {name: value for name, value in (usual | query).items() if value}

    async def page(self, **query: str) -> tuple[int, str]:
        """Status and text of the page that asks."""
        async with self.http.get("/oauth/v2/authorize", params=self.asked(**query)) as answer:
            return answer.status, await answer.text()

    async def decide(self, choice: str, place: str = "", user: str = "", **query: str) -> tuple[int, str]:
        """Status, and where it leads or what it says, once somebody decided."""
        form = {"choice": choice, "place": place, "user": user}
        async with self.http.post(
            "/oauth/v2/authorize", params=self.asked(**query), data=form, allow_redirects=False
        ) as answer:
            return answer.status, answer.headers.get("Location") or await answer.text()

    async def code(self, place: str, user: str = "", **query: str) -> str:
        """The code that comes back when somebody allows it."""
        status, location = await self.decide("allow", place, user, **query)
        assert status == 302, location
        [code] = parse_qs(urlsplit(location).query)["code"]
        return code

    async def access(self, **given: str) -> dict[str, Any]:
        """oauth.v2.access with HTTP Basic."""
        client = f"{self.sandbox.client_id}:{self.sandbox.client_secret}"
        headers = {"Authorization": f"Basic {b64encode(client.encode()).decode()}"}
        async with self.http.post("/api/oauth.v2.access", data=given, headers=headers) as answer:
            found: dict[str, Any] = await answer.json()
            return found

    async def refresh(self, token: str) -> dict[str, Any]:
        """A fresh token for a refresh token."""
        return await self.access(grant_type="refresh_token", refresh_token=token)

    async def install(self, place: str, user: str = "", **query: str) -> dict[str, Any]:
        """Install the app; the answer of oauth.v2.access."""
        code = await self.code(place, user, **query)
        return await self.access(code=code, redirect_uri=query.get("redirect_uri", BACK))

    async def into(self, slack: LocalSlack) -> str:
        """Install the app in a workspace, and bring its bot into #mascots; the token."""
        answer = await self.install(slack.directory.team.id)
        slack.invite("ana", "mascots", slack.directory.bot.id)
        token: str = answer["access_token"]
        return token

    async def call(self, method: str, token: str, **given: str) -> dict[str, Any]:
        """Any method with this token."""
        headers = {"Authorization": f"Bearer {token}"}
        async with self.http.post(f"/api/{method}", data=given, headers=headers) as answer:
            found: dict[str, Any] = await answer.json()
            return found
