"""What administrators do with the app as a whole: uninstall it, revoke its tokens."""

from __future__ import annotations

from collections.abc import Sequence

from bot.sandbox.slack import events
from bot.sandbox.slack.actions import Json
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.installations import Installation
from bot.sandbox.slack.platform import Platform
from bot.sandbox.slack.workspace import Workspace

UNINSTALLED = ("tokens_revoked", "app_uninstalled")


class Installing:
    """Actions about the installation that a workspace has the app from: its own, or its organisation's.

    To install it, open `/oauth/v2/authorize` (see `bot.sandbox.slack.authorize`).
    """

    platform: Platform
    workspace: Workspace

    @property
    def installed(self) -> bool:
        """Whether the app is installed here."""
        return self.workspace.directory.app.installed

    async def uninstall(self, events: Sequence[str] = UNINSTALLED) -> list[Delivery]:
        """Uninstall the app: its tokens are `account_inactive` from then on, and its bot is gone.

        Args:
            events: what the bot hears, in this order, one after the other, as far as its manifest subscribes
                to it. Slack promises no order. Empty to begin with a workspace that has no app.

        Raises:
            LookupError: it is not installed here.
        """
        installation = self._installation()
        payloads = [payload for each in events if (payload := self._told(each, installation))]
        self.platform.installations.uninstall(installation)
        self.platform.inspector.add("control", f"the app is uninstalled from {installation.place.name}")
        return [await self._deliver(payload) for payload in payloads]

    async def revoke_tokens(self) -> list[Delivery]:
        """Revoke the app's tokens, which are `token_revoked` from then on; it stays installed.

        Raises:
            LookupError: it is not installed here.
        """
        installation = self._installation()
        self.platform.installations.revoke(installation)
        self.platform.inspector.add("control", f"the app's tokens in {installation.place.name} are revoked")
        payload = self._told("tokens_revoked", installation)
        return [await self._deliver(payload)] if payload else []

    def expire_tokens(self) -> None:
        """Let every token of the app here that expires be expired: calls get `token_expired`.

        Raises:
            LookupError: it is not installed here.
        """
        self.platform.installations.expire(self._installation())

    def _installation(self) -> Installation:
        found = self.platform.installations.of(self.workspace)
        if found is None:
            raise LookupError(f"the app is not installed in {self.workspace.directory.team.name}")
        return found

    def _told(self, name: str, installation: Installation) -> Json | None:
        """The payload of one event, if the manifest subscribes to it."""
        directory = self.workspace.directory
        if name not in directory.app.events:
            return None
        revoked = {"tokens": {"oauth": [], "bot": [directory.app.bot_user_id]}}
        return events.of_installation(
            {"type": name, **(revoked if name == "tokens_revoked" else {})},
            app=directory.app,
            team=directory.team,
            ids=self.workspace.ids,
            is_enterprise_install=installation.place.enterprise is not None,
        )

    async def _deliver(self, payload: Json) -> Delivery:
        delivery, task = self.workspace.way.send_event(payload)
        await task
        return delivery
