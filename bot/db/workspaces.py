"""The workspaces and organisations that have installed the app, by the interfaces of slack_sdk's stores.

The tables are our own: slack_sdk's stores block, so they would need a thread and a second writer, which on
SQLite holds up the event loop; they find nothing where a payload leaves out the organisation, and keep tokens
as they are.  Here an installation is found by the id of the workspace or organisation, and encrypted whole.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.installation_store.async_installation_store import AsyncInstallationStore
from slack_sdk.oauth.state_store.async_state_store import AsyncOAuthStateStore
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.db.engine import Store, insert
from bot.db.tables import InstallationRow, InstallingRow, WorkspaceRow
from bot.errors import Refusal

STATES_LAST = timedelta(minutes=10)  # to install the app in, once its page is open


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
        return cls(MultiFernet([Fernet(key.strip()) for key in keys.split(",")]))

    def encrypt(self, secret: str) -> str:
        return self.fernet.encrypt(secret.encode()).decode()

    def decrypt(self, encrypted: str) -> str:
        """Raises Undecipherable."""
        try:
            return self.fernet.decrypt(encrypted).decode()
        except InvalidToken:
            raise Undecipherable from None


@dataclass
class Installations(AsyncInstallationStore):
    """Where the app is installed, and with which token."""

    store: Store
    cipher: Cipher

    async def async_save(self, installation: Installation) -> None:
        """Store an installation in the place of an earlier one; only the bot's tokens are kept."""
        installation.user_token = installation.user_refresh_token = None
        sealed = self.cipher.encrypt(json.dumps(installation.to_dict_for_copying(), default=str))
        place = place_of(installation)
        what = {"sealed": sealed, "installed_at": datetime.fromtimestamp(installation.installed_at, UTC)}
        async with self.store.write() as session:
            row = insert(session, InstallationRow).values(place=place, **what)
            await session.execute(row.on_conflict_do_update(index_elements=["place"], set_=what))

    async def latest(self, *places: str | None) -> Installation | None:
        """Return the latest installation in these workspaces and organisations (ids)."""
        query = select(InstallationRow.sealed).where(InstallationRow.place.in_(filter(None, places)))
        async with self.store.read() as session:
            sealed = await session.scalar(query.order_by(InstallationRow.installed_at.desc()).limit(1))
        return Installation(**json.loads(self.cipher.decrypt(sealed))) if sealed else None

    async def remove(self, place: str, before: datetime) -> bool:
        """Delete an installation made before a time; return False for one that was made since."""
        mine = InstallationRow.place == place
        async with self.store.write() as session:
            await session.execute(delete(InstallationRow).where(mine, InstallationRow.installed_at <= before))
            return await session.scalar(select(InstallationRow.place).where(mine)) is None


def place_of(installation: Installation) -> str:
    """Return the id of the workspace, or of the organisation, that has the app."""
    organisation = installation.enterprise_id if installation.is_enterprise_install else None
    return organisation or installation.team_id or ""


@dataclass
class States(AsyncOAuthStateStore):
    """The `state` of each installation that has begun; used once."""

    store: Store

    async def async_issue(self, *_arguments: Any, **_options: Any) -> str:
        """Return a new state; delete those that have expired, since anybody can open the page."""
        state, now = token_urlsafe(), datetime.now(UTC)
        async with self.store.write() as session:
            await session.execute(delete(InstallingRow).where(InstallingRow.until < now))
            await session.execute(insert(session, InstallingRow).values(state=state, until=now + STATES_LAST))
        return state

    async def async_consume(self, state: str) -> bool:
        mine = delete(InstallingRow).where(InstallingRow.state == state)
        async with self.store.write() as session:
            until = await session.scalar(mine.returning(InstallingRow.until))
        return until is not None and until > datetime.now(UTC)


async def note_enterprise(store: Store, team: str, enterprise: str | None) -> None:
    """Write down the organisation that a workspace belongs to; jobs are found to be installed by it."""
    async with store.write() as session:
        row = insert(session, WorkspaceRow).values(team=team, enterprise=enterprise)
        told = {"enterprise": enterprise}
        await session.execute(row.on_conflict_do_update(index_elements=["team"], set_=told))


async def renew_secrets(session: AsyncSession, cipher: Cipher) -> int:
    """Encrypt every secret with the first key; return how many.  Raises Undecipherable."""
    renewed = 0
    for secret in (InstallationRow.sealed, WorkspaceRow.masko_key):
        for encrypted in [*await session.scalars(select(secret).where(secret.is_not(None)))]:
            changed = {secret.key: cipher.encrypt(cipher.decrypt(encrypted or ""))}
            await session.execute(update(secret.class_).where(secret == encrypted).values(changed))
            renewed += 1
    return renewed


async def check_secrets(session: AsyncSession, cipher: Cipher) -> None:
    """Raise Undecipherable if a secret cannot be decrypted."""
    for secret in (InstallationRow.sealed, WorkspaceRow.masko_key):
        for encrypted in await session.scalars(select(secret).where(secret.is_not(None))):
            cipher.decrypt(encrypted or "")
