"""The connection of a workspace to Masko, where one program serves many: a key and a project of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr
from slack_sdk.models.views import View
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from bot.cards.view import notice
from bot.channels.permissions import Actor, Denied, Permissions
from bot.db import Store
from bot.db.tables import WorkspaceRow
from bot.errors import BotError, Refusal
from bot.masko import MaskoClient
from bot.slack import forms
from bot.slack.messenger import Messenger

if TYPE_CHECKING:
    from bot.db.workspaces import Cipher  # needs an extra that one workspace alone does not

CONNECT_VIEW = "home.connect"
KEY, PROJECT = "key", "project"
CHECKING = "I'm asking Masko whether it accepts this key. This takes a few seconds."
_MOST_KEY = 300  # characters

BY_SETTINGS = "The Masko key of this workspace is set where I run. Ask whoever installed me to change it."
ONLY_ADMINS = "Only admins and owners of this workspace can connect it to Masko."
NO_PROJECT = "This key has no project. Make one in Masko, then use /masko connect again."
NOT_ITS_PROJECT = "This key has no project with that id. Its projects: "
SEVERAL = "This key has several projects. Use /masko connect again, with the id of one: "
TAKEN = "Another workspace uses this Masko project already. Choose another project."


@dataclass(frozen=True)
class Connecting:
    """How keys are kept and tried."""

    cipher: Cipher
    masko: Callable[[SecretStr], MaskoClient]


@dataclass
class Connection:
    """Connects a workspace to Masko; without `connecting` its key is set by the environment."""

    store: Store
    permissions: Permissions
    messenger: Messenger
    connecting: Connecting | None

    async def form(self, actor: Actor) -> View:
        """Return the form for a key.  Raises Refusal, CannotTell."""
        if self.connecting is None:
            raise Refusal(BY_SETTINGS)
        await self._require_admin(actor)
        key = forms.text_input(KEY, most=_MOST_KEY, least=1, example="masko_…")
        project = forms.text_input(PROJECT, most=forms.MOST_ID)
        where = "From https://app.masko.ai/settings/developer. It is kept encrypted and never shown again."
        fields = [
            forms.field("Masko API key", key, hint=where),
            forms.field("Project id", project, optional=True, hint="Only for a key with several projects."),
        ]
        return forms.modal("Connect to Masko", fields, submit="Connect", callback_id=CONNECT_VIEW)

    async def connect(self, actor: Actor, view_id: str, filled: Mapping[str, Any]) -> None:
        """Check a filled form's key, keep it, and say in the form how that went."""
        key, project = SecretStr(forms.text(filled, KEY).strip()), forms.text(filled, PROJECT)
        try:
            words = await self._connect(actor, key, project)
        except BotError as error:
            words = error.words
        await self.messenger.update_modal(view_id, notice(words, "Connect to Masko"))

    async def _connect(self, actor: Actor, key: SecretStr, wanted: str) -> str:
        if self.connecting is None:
            raise Refusal(BY_SETTINGS)
        await self._require_admin(actor)
        projects = {each.id: each.name or each.id for each in await self.connecting.masko(key).projects()}
        named = ", ".join(f"{name} ({project})" for project, name in projects.items())
        chosen = wanted.strip() or (next(iter(projects)) if len(projects) == 1 else "")
        if chosen not in projects:
            raise Refusal(NO_PROJECT if not projects else (NOT_ITS_PROJECT if wanted else SEVERAL) + named)
        kept = {"masko_key": self.connecting.cipher.encrypt(key.get_secret_value()), "project_id": chosen}
        who = {"connected_by": actor.user, "connected_at": datetime.now(UTC)}
        try:
            async with self.store.write() as session:
                its = update(WorkspaceRow).where(WorkspaceRow.team == actor.team)
                await session.execute(its.values(**kept, **who))
        except IntegrityError:
            raise Refusal(TAKEN) from None
        return f"This workspace is connected to Masko. New mascots go to {projects[chosen]}."

    async def _require_admin(self, actor: Actor) -> None:
        if not (await self.permissions.person(actor.user)).admin:
            raise Denied(ONLY_ADMINS)
