"""The connection of a workspace to Masko, where one program serves many: a key and a project of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr
from slack_sdk.models.views import View
from sqlalchemy.exc import IntegrityError

from bot.channels.permissions import Actor, Denied, Permissions
from bot.db import Store
from bot.db.engine import insert
from bot.db.tables import WorkspaceRow
from bot.errors import Refusal
from bot.masko import MaskoClient, MaskoError
from bot.masko.errors import MaskoKeyRefused
from bot.slack import forms
from bot.slack.text import shorten

if TYPE_CHECKING:
    from bot.db.workspaces import Cipher  # needs an extra that one workspace alone does not

CONNECT_VIEW = "home.connect"
KEY, PROJECT = "key", "project"
CHECKED_WITHIN = 2.0  # seconds of the three that Slack waits for
_MOST_KEY = 300  # characters

BY_SETTINGS = "The Masko key of this workspace is set where I run. Ask whoever installed me to change it."
ONLY_ADMINS = "Only admins and owners of this workspace can connect it to Masko."
REFUSED = "Masko doesn't accept this key. Please check it."
NO_ANSWER = "Masko doesn't answer right now, so nothing was changed. Please send this again."
NO_PROJECT = "This key has no project. Make one in Masko, then send this again."
NOT_ITS_PROJECT = "This key has no project with that id. Its projects: "
SEVERAL = "This key has several projects. Write the id of one: "
OTHER_PROJECT = "This workspace's mascots are in another project. Use a key that has the project"
TAKEN = "Another workspace uses this Masko project already. Choose another project."


class WrongField(Refusal):
    """What was filled in can't be used; `field` is the block to be corrected."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


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
    connecting: Connecting | None

    async def form(self, actor: Actor) -> View:
        """Return the form for a key.  Raises Refusal, CannotTell."""
        if self.connecting is None:
            raise Refusal(BY_SETTINGS)
        await self._require_admin(actor)
        return connect_form()

    async def connect(self, actor: Actor, filled: Mapping[str, Any]) -> str:
        """Check a filled form's key and keep it; say what the workspace is connected to now.

        Raises WrongField for a field to be corrected; Refusal, CannotTell.
        """
        if self.connecting is None:
            raise Refusal(BY_SETTINGS)
        await self._require_admin(actor)
        key, wanted = forms.text(filled, KEY).strip(), forms.text(filled, PROJECT).strip()
        projects = await self._projects(SecretStr(key))
        named = ", ".join(f"{name} ({project})" for project, name in projects.items())
        chosen = wanted or (next(iter(projects)) if len(projects) == 1 else "")
        if not projects:
            raise WrongField(KEY, NO_PROJECT)
        if chosen not in projects:
            raise WrongField(PROJECT, (NOT_ITS_PROJECT if wanted else SEVERAL) + shorten(named, 500))
        kept: dict[str, Any] = {"masko_key": self.connecting.cipher.encrypt(key), "project_id": chosen}
        kept |= {"connected_by": actor.user, "connected_at": datetime.now(UTC)}
        try:
            async with self.store.write() as session:
                row = await session.get(WorkspaceRow, actor.team)
                if row and row.project_id not in (None, chosen):
                    raise WrongField(PROJECT, f"{OTHER_PROJECT} {row.project_id}.")
                new = insert(session, WorkspaceRow).values(team=actor.team, **kept)
                await session.execute(new.on_conflict_do_update(index_elements=["team"], set_=kept))
        except IntegrityError:
            raise WrongField(PROJECT, TAKEN) from None
        return f"This workspace is connected to Masko. New mascots go to {projects[chosen]}."

    async def _projects(self, key: SecretStr) -> dict[str, str]:
        """Return the projects of a key, id → name.  Raises WrongField."""
        assert self.connecting is not None
        try:
            async with asyncio.timeout(CHECKED_WITHIN):
                return {each.id: each.name or each.id for each in await self.connecting.masko(key).projects()}
        except MaskoKeyRefused as error:
            raise WrongField(KEY, REFUSED) from error
        except MaskoError as error:
            raise WrongField(KEY, error.words) from error
        except TimeoutError as error:
            raise WrongField(KEY, NO_ANSWER) from error

    async def _require_admin(self, actor: Actor) -> None:
        if not (await self.permissions.person(actor.user)).admin:
            raise Denied(ONLY_ADMINS)


def connect_form() -> View:
    """Return the form for a key and, where it has several, its project."""
    key = forms.text_input(KEY, most=_MOST_KEY, least=1, example="masko_…")
    project = forms.text_input(PROJECT, most=forms.MOST_ID)
    where = "From https://app.masko.ai/settings/developer. It is kept encrypted and never shown again."
    fields = [
        forms.field("Masko API key", key, hint=where),
        forms.field("Project id", project, optional=True, hint="Only for a key with several projects."),
    ]
    return forms.modal("Connect to Masko", fields, submit="Connect", callback_id=CONNECT_VIEW)
