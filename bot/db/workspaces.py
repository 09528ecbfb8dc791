"""The workspaces that have installed the app: slack_sdk's stores on our database, with tokens encrypted.

Those stores block, so they run on threads.  Only the bot's tokens are kept: nobody is asked for others.
"""

from __future__ import annotations

import asyncio
from copy import copy
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.installation_store.sqlalchemy import SQLAlchemyInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from slack_sdk.oauth.state_store.sqlalchemy import SQLAlchemyOAuthStateStore
from sqlalchemy import Column, Connection, Engine, Text, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.engine import insert
from bot.db.tables import Base, WorkspaceRow
from bot.errors import Refusal

STATES_LAST = 600  # seconds to install the app in, once its page is open
_TOKENS = ("bot_token", "bot_refresh_token")

BOTS = SQLAlchemyInstallationStore.build_bots_table(Base.metadata, "slack_bots")
INSTALLATIONS = SQLAlchemyInstallationStore.build_installations_table(Base.metadata, "slack_installations")
STATES = SQLAlchemyOAuthStateStore.build_oauth_states_table(Base.metadata, "slack_oauth_states")
for _table in (BOTS, INSTALLATIONS):
    for _token in _TOKENS:
        _table.c[_token].type = Text()  # encrypted, it is longer than slack_sdk's 200 characters


class Undecipherable(Refusal):
    """A secret in the database was encrypted with a key that ENCRYPTION_KEYS lacks."""

    def __init__(self) -> None:
        super().__init__("ENCRYPTION_KEYS: lacks the key that this database was encrypted with; add it.")


@dataclass(frozen=True)
class Cipher:
    """Encrypts with the first of some Fernet keys, and decrypts with any (cryptography.io: Fernet)."""

    fernet: MultiFernet

    @classmethod
    def of(cls, keys: str) -> Cipher:
        """Read keys, separated by commas.  Raises ValueError."""
        return cls(MultiFernet([Fernet(key.strip()) for key in keys.split(",") if key.strip()]))

    def encrypt(self, secret: str) -> str:
        return self.fernet.encrypt(secret.encode()).decode()

    def decrypt(self, encrypted: str) -> str:
        """Raises Undecipherable."""
        try:
            return self.fernet.decrypt(encrypted).decode()
        except InvalidToken:
            raise Undecipherable from None


class Installations(AsyncInstallationStore):
    """Where the app is installed, and with which token."""

    def __init__(self, engine: Engine, client_id: str, cipher: Cipher) -> None:
        self._blocking = SQLAlchemyInstallationStore(client_id, engine)
        self._cipher = cipher

    async def async_save(self, installation: Installation) -> None:
        await asyncio.to_thread(self._blocking.save, _with_tokens(installation, self._cipher.encrypt))

    async def async_find_installation(self, **where: Any) -> Installation | None:
        found = await asyncio.to_thread(self._blocking.find_installation, **where)
        return found and _with_tokens(found, self._cipher.decrypt)

    async def async_delete_installation(self, **where: Any) -> None:
        await asyncio.to_thread(self._blocking.delete_installation, **where)

    async def async_delete_bot(self, **where: Any) -> None:
        await asyncio.to_thread(self._blocking.delete_bot, **where)


def _with_tokens(installation: Installation, change: Any) -> Installation:
    changed = copy(installation)
    for token in _TOKENS:
        if value := getattr(installation, token):
            setattr(changed, token, change(value))
    changed.user_token = changed.user_refresh_token = None
    return changed


class States(AsyncOAuthStateStore):
    """The `state` of each installation that has begun; used once."""

    def __init__(self, engine: Engine) -> None:
        self._blocking = SQLAlchemyOAuthStateStore(STATES_LAST, engine)

    async def async_issue(self, *_arguments: Any, **_options: Any) -> str:
        return await asyncio.to_thread(self._issue)

    async def async_consume(self, state: str) -> bool:
        return await asyncio.to_thread(self._blocking.consume, state)

    def _issue(self) -> str:
        """Anybody can open the page, so what has expired is deleted."""
        with self._blocking.engine.begin() as connection:
            expired = STATES.c.expire_at < datetime.now(UTC).replace(tzinfo=None)
            connection.execute(delete(STATES).where(expired))
        return self._blocking.issue()


async def note(session: AsyncSession, team: str, enterprise: str | None, *, is_org_install: bool) -> None:
    """Write down how a workspace has the app."""
    how = {"enterprise": enterprise, "is_org_install": is_org_install}
    row = insert(session, WorkspaceRow).values(team=team, **how)
    await session.execute(row.on_conflict_do_update(index_elements=["team"], set_=how))


async def of_enterprise(session: AsyncSession, enterprise: str) -> list[str]:
    """Return the workspaces that have the app from their organisation."""
    where = (WorkspaceRow.enterprise == enterprise, WorkspaceRow.is_org_install)
    return list(await session.scalars(select(WorkspaceRow.team).where(*where)))


def check_secrets(engine: Engine, cipher: Cipher) -> None:
    """Raise Undecipherable if a secret cannot be decrypted."""
    with engine.begin() as connection:
        for _, secret in _secrets(connection):
            cipher.decrypt(secret)


def renew_secrets(engine: Engine, cipher: Cipher) -> int:
    """Encrypt every secret with the first key; return how many.  Raises Undecipherable; then none is."""
    with engine.begin() as connection:
        found = _secrets(connection)
        for column, secret in found:
            changed = {column.name: cipher.encrypt(cipher.decrypt(secret))}
            connection.execute(update(column.table).where(column == secret).values(changed))
    return len(found)


def _secrets(connection: Connection) -> list[tuple[Column[Any], str]]:
    columns = [table.c[token] for table in (BOTS, INSTALLATIONS) for token in _TOKENS]
    columns.append(Base.metadata.tables["workspace"].c.masko_key)
    wanted = [(column, select(column).where(column.is_not(None)).with_for_update()) for column in columns]
    return [(column, secret) for column, query in wanted for secret in connection.scalars(query).all()]
