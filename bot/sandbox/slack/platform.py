"""Everything behind one origin: the app as it is registered, the workspaces, and where it is installed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from bot.sandbox.inspector import Inspector
from bot.sandbox.slack.directory import (
    HOME_TEAM,
    MOST_WORKSPACES,
    Directory,
    Enterprise,
    Team,
    further_studio,
    numbered,
    sandbox_studio,
)
from bot.sandbox.slack.http_delivery import HttpDelivery, is_loopback
from bot.sandbox.slack.installations import AccessToken, Installations, Place
from bot.sandbox.slack.manifest_checks import manifest_findings
from bot.sandbox.slack.tokens import Tokens
from bot.sandbox.slack.workspace import Workspace


class Platform:
    """One app, and the workspaces that it is or may be installed in.

    The app is installed in the first workspace from the start, with `tokens.bot`, which lasts.

    Args:
        manifest: the app manifest, parsed.
        inspector: where everything that happens in any workspace is written.
        origin: scheme, host and port of them all.
        tokens: the first workspace's bot token, and the app's own token and credentials.

    Attributes:
        workspaces: oldest first.
        installations: with the clock that codes and tokens go by.
        redirect_urls: where OAuth may lead back to; the manifest's at first.
    """

    def __init__(
        self, manifest: Mapping[str, Any], inspector: Inspector, origin: str, tokens: Tokens
    ) -> None:
        self.origin = origin
        self.inspector = inspector
        self.tokens = tokens
        self.workspaces: list[Workspace] = []
        settings, oauth = manifest.get("settings", {}), manifest.get("oauth_config", {})
        self.installations = Installations(rotation=bool(settings.get("token_rotation_enabled", False)))
        self.redirect_urls = list[str](oauth.get("redirect_urls", ()))
        self._org_deploy = bool(settings.get("org_deploy_enabled", False))
        self._manifest = manifest
        self._request_url: tuple[str, float] | None = None
        self._open(sandbox_studio(manifest))
        self.installations.adopt(self.first, tokens.bot)
        for name, words in manifest_findings(self.first.directory.app):
            inspector.add("finding", name, ok=False, finding=words)

    @property
    def first(self) -> Workspace:
        """The workspace that the page shows."""
        return self.workspaces[0]

    @property
    def name(self) -> str:
        """The app's."""
        return self.first.directory.app.name

    @property
    def declared_scopes(self) -> frozenset[str]:
        """The bot scopes of the manifest."""
        return frozenset(self._manifest.get("oauth_config", {}).get("scopes", {}).get("bot", ()))

    def add_workspace(self, name: str, enterprise: Enterprise | None = None) -> Workspace:
        """One more workspace, which the app is not installed in.

        Raises:
            ValueError: there are too many.
        """
        number = len(self.workspaces)
        if number >= MOST_WORKSPACES:
            raise ValueError(f"the sandbox has at most {MOST_WORKSPACES} workspaces")
        domain = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or f"workspace-{number}"
        team = Team(numbered(HOME_TEAM.id, number), name, domain, enterprise)
        siblings = [n for n, each in enumerate(self.workspaces) if enterprise and within(each, enterprise)]
        return self._open(further_studio(self._manifest, team, number, min(siblings, default=number)))

    def places(self) -> list[Place]:
        """Where the app can be installed: each workspace, and, if the manifest enables `org_deploy_enabled`,
        each organisation."""
        places = [Place((workspace,)) for workspace in self.workspaces]
        teams = [workspace.directory.team for workspace in self.workspaces if self._org_deploy]
        for enterprise in dict.fromkeys(team.enterprise for team in teams if team.enterprise):
            members = (each for each in self.workspaces if within(each, enterprise))
            places.append(Place(tuple(members), enterprise))
        return places

    def kind(self, token: str) -> Literal["bot", "app"] | None:
        """What kind of token this is, or None for one that the sandbox did not hand out."""
        if self.installations.find(token):
            return "bot"
        return "app" if self.tokens.kind(token) == "app" else None

    def access(self, token: str | None) -> AccessToken | None:
        """The bot token of this value, whether or not it still works."""
        return self.installations.find(token) if token else None

    def workspace_of_team(self, team_id: str) -> Workspace | None:
        """The workspace of this id."""
        return next((each for each in self.workspaces if each.directory.team.id == team_id), None)

    def workspace_of_file(self, file_id: str) -> Workspace | None:
        """The workspace that has, or had, the file of this id."""
        return holder(self.workspaces, file_id)

    def use_request_url(self, url: str, faster: float) -> None:
        """Deliver what happens in any workspace over HTTP from now on.

        Raises:
            ValueError: the URL is not on loopback.
        """
        if not is_loopback(url):
            raise ValueError(f"the sandbox calls loopback addresses only, not {url}")
        self._request_url = (url, faster)
        for workspace in self.workspaces:
            self._deliver_over_http(workspace)

    async def stop(self) -> None:
        """Close sockets and streams."""
        for workspace in self.workspaces:
            await workspace.stop()

    def _open(self, directory: Directory) -> Workspace:
        beside = self.first if self.workspaces else None
        workspace = Workspace(directory, self.inspector, self.origin, beside)
        self.workspaces.append(workspace)
        self._deliver_over_http(workspace)
        return workspace

    def _deliver_over_http(self, workspace: Workspace) -> None:
        if self._request_url is None:
            return
        url, faster = self._request_url
        secret, changed = self.tokens.signing_secret, workspace.connection_changed
        workspace.http = HttpDelivery(url, secret, self.inspector, changed, faster=faster)


def within(workspace: Workspace, enterprise: Enterprise) -> bool:
    """Whether a workspace belongs to an organisation."""
    return workspace.directory.team.enterprise == enterprise


def holder(workspaces: Iterable[Workspace], id: str) -> Workspace | None:
    """The workspace that knows somebody or something of this id: a person, channel, file, trigger or view."""
    for workspace in workspaces:
        if id in workspace.directory.people or id in workspace.directory.channels:
            return workspace
        if workspace.files.known(id) or workspace.triggers.known(id) or workspace.views.find(id):
            return workspace
    return None
