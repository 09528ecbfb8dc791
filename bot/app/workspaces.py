"""Many workspaces in one program: each is a bot of its own, built when something comes for it.

So no listener and no feature learns of teams: each gets a store that is limited to its workspace, and the
workspace's own Slack token and Masko key.  A bot never changes: after a new token or key there is a new one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
from pydantic import SecretStr
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.request.internals import (
    extract_enterprise_id,
    extract_is_enterprise_install,
    extract_team_id,
)
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackTokenRotationError
from slack_sdk.oauth.installation_store import Installation
from slack_sdk.oauth.token_rotation.async_rotator import AsyncTokenRotator
from sqlalchemy import or_, select
from sqlalchemy.exc import SQLAlchemyError

from bot.app.bots import Process, masko_client
from bot.app.manifest import bot_scopes
from bot.db import Store, open_store
from bot.db.scope import Scoped
from bot.db.tables import WorkspaceRow
from bot.db.workspaces import (
    STATES_LAST,
    Cipher,
    Installations,
    States,
    Undecipherable,
    check_secrets,
    note_enterprise,
    place_of,
    renew_secrets,
)
from bot.errors import Refusal
from bot.home.connection import Connecting
from bot.jobs import Again, Handler, Queue
from bot.masko import MaskoClient
from bot.server.deliveries import kind_of
from bot.server.install import install_routes, quiet
from bot.server.process import Program
from bot.settings import MissingSettings, Settings, SettingsError, needed
from bot.slack.client import slack_client
from bot.slack.text import mapping

log = logging.getLogger(__name__)

MOST_BUILT = 300  # bots that are kept: one takes some 200 kB, and 15 ms to build
RENEWED_BEFORE = 7200.0  # seconds before a token expires: longer than any work that was begun with it
RENEWED_AGAIN = 60.0  # seconds until it is tried again
UNDECIPHERABLE_FOR = 60.0  # seconds that a job waits for a key of the operator's
UNINSTALLED, REVOKED = "app_uninstalled", "tokens_revoked"


class NotInstalled(Refusal):
    """A workspace has not installed the app, or has removed it."""


@dataclass(frozen=True)
class Workspace:
    """What the bot of a workspace is built from; `enterprise`: the id of its Enterprise organisation."""

    team: str
    enterprise: str | None
    bot_id: str
    bot_user_id: str
    token: SecretStr
    masko_key: SecretStr  # empty until somebody has connected the workspace to Masko
    project_id: str | None


NOBODY = Workspace("", None, "", "", SecretStr(""), SecretStr(""), None)


@dataclass(frozen=True)
class Built:
    workspace: Workspace
    app: AsyncApp
    handlers: Mapping[str, Handler]


@dataclass
class Workspaces:
    """The bots of all workspaces; receives in the place of one bot's `AsyncApp`."""

    store: Store
    queue: Queue
    installations: Installations
    rotator: AsyncTokenRotator
    build: Callable[[Workspace], Built]

    def __post_init__(self) -> None:
        self._built: OrderedDict[str, Built] = OrderedDict()
        self._renewals: dict[str, tuple[float, asyncio.Task[None]]] = {}

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Hand a delivery to the bot of its workspace; those that nobody installed are acknowledged."""
        body, event = req.body, mapping(req.body.get("event"))
        if body.get("type") == "url_verification":
            return BoltResponse(status=200, body={"challenge": body.get("challenge")})
        team = extract_team_id(body) or body.get("context_team_id") or body.get("team_id") or ""
        enterprise = extract_enterprise_id(body)
        try:
            if event.get("type") in (UNINSTALLED, REVOKED):
                by_organisation = extract_is_enterprise_install(body) or not team
                place = enterprise if enterprise and by_organisation else team
                await self._remove(place, body["event_time"], event)
                return BoltResponse(status=200)
            app = (await self._bot_of(team, enterprise)).app
        except NotInstalled as error:
            log.info("%s was left alone: %s", kind_of(body), error)
            return BoltResponse(status=200)
        except (SQLAlchemyError, Undecipherable) as error:
            log.error("%s could not be received: %s", kind_of(body), getattr(error, "orig", error))
            return BoltResponse(status=500)
        return await app.async_dispatch(req)

    async def handlers_of(self, team: str) -> Mapping[str, Handler]:
        """Return what runs a workspace's jobs; nothing where it has removed the app."""
        try:
            return (await self._bot_of(team)).handlers
        except NotInstalled as error:
            log.info("a job is dropped: %s", error)
            return {}
        except Undecipherable as error:
            log.error("a job waits: %s", error)
            raise Again(UNDECIPHERABLE_FOR, failed=False) from error

    async def stop(self) -> None:
        """Finish the renewals of tokens: Slack gives each out once."""
        await asyncio.gather(*(task for _, task in self._renewals.values()))

    async def _bot_of(self, team: str, enterprise: str | None = None) -> Built:
        """Return the bot of a workspace as it is installed and connected now.

        `enterprise`: the organisation that a delivery names, which may be that of whoever acts; so it counts
        where the workspace is not known to have the app.  Raises NotInstalled, Undecipherable.
        """
        async with self.store.read() as session:
            row = await session.get(WorkspaceRow, team)
        found = await self.installations.latest(team, row.enterprise if row else None)
        if found is None and (found := await self.installations.latest(enterprise)):
            await note_enterprise(self.store, team, enterprise)
        if found is not None and (renewal := self._renewal(found)) and _left(found) <= 0:
            await asyncio.shield(renewal)
            found = await self.installations.latest(place_of(found))
        if found is None or not found.bot_token:
            raise NotInstalled(f"the app is not installed in {team or 'an unknown workspace'}")
        key = self.installations.cipher.decrypt(row.masko_key) if row and row.masko_key else ""
        workspace = Workspace(
            team,
            found.enterprise_id,
            found.bot_id or "",
            found.bot_user_id or "",
            SecretStr(found.bot_token),
            SecretStr(key),
            row.project_id if row else None,
        )
        if team not in self._built or self._built[team].workspace != workspace:
            self._built[team] = self.build(workspace)
            while len(self._built) > MOST_BUILT:
                self._built.popitem(last=False)
        self._built.move_to_end(team)
        return self._built[team]

    def _renewal(self, installation: Installation) -> asyncio.Task[None] | None:
        """Begin to renew a token that expires soon, beside what it is still good for; None for the others."""
        if _left(installation) > RENEWED_BEFORE:
            return None
        place, now = place_of(installation), time.monotonic()
        since, task = self._renewals.get(place, (float("-inf"), None))
        if task is None or (task.done() and now - since > RENEWED_AGAIN):
            task = asyncio.create_task(self._renew(place))
            self._renewals[place] = now, task
        return task

    async def _renew(self, place: str) -> None:
        """Renew a token, one machine at a time; Slack gives the next one out once, so it must be stored."""
        try:
            async with self.queue.locks.of(f"renew:{place}"):
                found = await self.installations.latest(place)
                minutes = int(RENEWED_BEFORE // 60)
                renewed = found and await self.rotator.perform_token_rotation(
                    installation=found, minutes_before_expiration=minutes
                )
                while renewed:
                    try:
                        return await self.installations.async_save(renewed)
                    except SQLAlchemyError as error:
                        log.error("the new token of %s is not stored yet: %s", place, error)
                        await asyncio.sleep(1.0)
        except (SlackTokenRotationError, aiohttp.ClientError, SQLAlchemyError, TimeoutError) as error:
            log.warning("the token of %s could not be renewed: %s", place, error)

    async def _remove(self, place: str, at: float, event: Mapping[str, Any]) -> None:
        """Forget the tokens of a workspace or organisation; when the app was removed, all that is kept.

        Slack repeats deliveries, so what was installed after the event (told in whole seconds) is left alone.
        """
        if event["type"] == REVOKED and not mapping(event.get("tokens")).get("bot"):
            return  # those of people, which are not kept
        if not await self.installations.remove(place, datetime.fromtimestamp(at + 1, UTC)):
            log.info("%s of %s came after a new installation", event["type"], place)
            return
        log.info("%s: %s", event["type"], place)
        async with self.store.read() as session:
            here = or_(WorkspaceRow.team == place, WorkspaceRow.enterprise == place)
            rows = [*await session.scalars(select(WorkspaceRow).where(here))]
        for team, enterprise in {place: None, **{row.team: row.enterprise for row in rows}}.items():
            if event["type"] == UNINSTALLED and not await self.installations.latest(team, enterprise):
                self._built.pop(team, None)
                await self.queue.drop(team)
                await Scoped(self.store, team).erase()


def _left(installation: Installation) -> float:
    """Return the seconds until a token expires."""
    return (installation.bot_token_expires_at or float("inf")) - time.time()


@asynccontextmanager
async def serving_all(process: Process) -> AsyncIterator[Program]:
    """Serve every workspace that installs the app.  Raises Undecipherable."""
    settings, store, queue = process.settings, process.store, process.queue
    keys, client_id, secret = settings.encryption_keys, settings.slack_client_id, settings.slack_client_secret
    if client_id is None or keys is None or secret is None:
        raise MissingSettings(needed(settings))
    cipher, client_secret = Cipher.of(keys.get_secret_value()), secret.get_secret_value()
    client = slack_client(process.session, settings.slack_api_url)
    installations = Installations(store, cipher)
    async with store.read() as session:
        await check_secrets(session, cipher)

    def masko_of(key: SecretStr) -> MaskoClient:
        its = settings.model_copy(update={"masko_api_key": key})
        return masko_client(its, process.http, process.limiter(its), process.timing)

    def build(workspace: Workspace) -> Built:
        its = settings.model_copy(
            update={
                "slack_bot_token": workspace.token,
                "masko_api_key": workspace.masko_key,
                "masko_project_id": workspace.project_id,
            }
        )
        identity = AuthorizeResult(
            enterprise_id=workspace.enterprise,
            team_id=workspace.team,
            bot_id=workspace.bot_id,
            bot_user_id=workspace.bot_user_id,
            bot_token=workspace.token.get_secret_value(),
        )
        scoped = Scoped(store, workspace.team)
        with queue.collecting() as handlers:
            bot = process.bot(its, identity, store=scoped, connecting=Connecting(cipher, masko_of))
        return Built(workspace, bot.app, handlers)

    rotator = AsyncTokenRotator(client_id=client_id, client_secret=client_secret, client=client)
    workspaces = Workspaces(store, queue, installations, rotator, build)
    queue.handlers_of = workspaces.handlers_of
    queue.handlers |= build(NOBODY).handlers  # for their kinds: the queue has to know those before it starts
    flow = AsyncOAuthFlow(
        client=client,
        logger=quiet,
        settings=AsyncOAuthSettings(
            client_id=client_id,
            client_secret=client_secret,
            scopes=bot_scopes(),
            installation_store=installations,
            state_store=States(store),
            state_expiration_seconds=int(STATES_LAST.total_seconds()),
            authorization_url=settings.slack_api_url.removesuffix("api/") + "oauth/v2/authorize",
            logger=quiet,
        ),
    )
    try:
        yield Program(settings, workspaces, store, queue, process.health, routes=install_routes(flow))
    finally:
        await workspaces.stop()


async def renew(settings: Settings) -> int:
    """Encrypt all secrets with the first of ENCRYPTION_KEYS; return how many.

    Raises SettingsError, Undecipherable, DatabaseInUse or DatabaseUnusable.
    """
    if settings.encryption_keys is None:
        raise SettingsError("ENCRYPTION_KEYS", "is not set")
    cipher = Cipher.of(settings.encryption_keys.get_secret_value())
    store = await open_store(settings.database_url)
    try:
        return await store.write_at_once(lambda session: renew_secrets(session, cipher))
    finally:
        await store.close()
