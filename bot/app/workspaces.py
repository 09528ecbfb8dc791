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
from dataclasses import KW_ONLY, dataclass
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
from sqlalchemy.exc import SQLAlchemyError

from bot.app.bots import Process, masko_client, masko_limiter
from bot.app.manifest import bot_scopes
from bot.db import Store, open_store, workspaces
from bot.db.scope import Scoped
from bot.db.tables import WorkspaceRow
from bot.db.workspaces import STATES_LAST, Cipher, Installations, States, check_secrets, renew_secrets
from bot.errors import Refusal
from bot.home.connection import Connecting
from bot.jobs import Handler, Queue
from bot.masko import MaskoClient
from bot.server.deliveries import kind_of
from bot.server.install import install_routes, quiet
from bot.server.process import Program
from bot.settings import MissingSettings, Settings, SettingsError, needed
from bot.slack.client import slack_client

log = logging.getLogger(__name__)

MOST_BUILT = 300  # bots that are kept: one takes some 200 kB, and 15 ms to build
ROTATED_BEFORE = 7200.0  # seconds before a token expires: longer than any work that was begun with it
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
    cipher: Cipher
    rotator: AsyncTokenRotator
    _: KW_ONLY
    build: Callable[[Workspace], Built]

    def __post_init__(self) -> None:
        self._built: OrderedDict[str, Built] = OrderedDict()

    async def async_dispatch(self, req: AsyncBoltRequest) -> BoltResponse:
        """Hand a delivery to the bot of its workspace; those that nobody installed are acknowledged."""
        body, kind = req.body, kind_of(req.body)
        if body.get("type") == "url_verification":
            return BoltResponse(status=200, body={"challenge": body.get("challenge")})
        team, enterprise = extract_team_id(body) or body.get("team_id") or "", extract_enterprise_id(body)
        where = enterprise, bool(extract_is_enterprise_install(body) or (enterprise and not team))
        try:
            if kind in (UNINSTALLED, REVOKED):
                await self._remove(team, *where, body["event"])
                return BoltResponse(status=200)
            app = (await self._bot_of(team, where)).app
        except NotInstalled as error:
            log.info("%s was left alone: %s", kind, error)
            return BoltResponse(status=200)
        except SQLAlchemyError as error:
            log.error("%s could not be received: %s", kind, getattr(error, "orig", error))
            return BoltResponse(status=500)
        return await app.async_dispatch(req)

    async def handlers_of(self, team: str) -> Mapping[str, Handler]:
        """Return what runs a workspace's jobs; nothing where it has removed the app."""
        try:
            return (await self._bot_of(team)).handlers
        except NotInstalled as error:
            log.info("a job is dropped: %s", error)
            return {}

    async def _bot_of(self, team: str, told: tuple[str | None, bool] | None = None) -> Built:
        """Return the bot of a workspace as it is installed and connected now.

        `told`: its organisation and whether that has installed the app, by a delivery.  Raises NotInstalled.
        """
        workspace = await self._find(team, told)
        if team not in self._built or self._built[team].workspace != workspace:
            self._built[team] = self.build(workspace)
            while len(self._built) > MOST_BUILT:
                self._built.popitem(last=False)
        self._built.move_to_end(team)
        return self._built[team]

    async def _find(self, team: str, told: tuple[str | None, bool] | None) -> Workspace:
        async with self.store.read() as session:
            row = await session.get(WorkspaceRow, team)
        known = (row.enterprise, row.is_org_install) if row else None
        for where in filter(None, (known, told)):
            if (found := await self._installation(team, *where)) is None or not found.bot_token:
                continue
            if where != known:
                async with self.store.write() as session:
                    await workspaces.note(session, team, where[0], is_org_install=where[1])
            key = self.cipher.decrypt(row.masko_key) if row and row.masko_key else ""
            bot, project_id = (found.bot_id or "", found.bot_user_id or ""), row.project_id if row else None
            secrets = SecretStr(found.bot_token), SecretStr(key)
            return Workspace(team, where[0], *bot, *secrets, project_id)
        raise NotInstalled(f"the app is not installed in {team or 'an unknown workspace'}")

    async def _installation(self, team: str, enterprise: str | None, is_org: bool) -> Installation | None:
        """Return how the app is installed, with a token that lasts."""
        where = {"enterprise_id": enterprise, "team_id": team, "is_enterprise_install": is_org}
        found = await self.installations.async_find_installation(**where)
        if not _expires_soon(found):
            return found
        try:
            async with self.queue.locks.of(f"rotate:{enterprise if is_org else team}"):
                found = await self.installations.async_find_installation(**where)
                if found and (rotated := await self.rotator.perform_token_rotation(installation=found)):
                    await self.installations.async_save(rotated)
                    return rotated
        except (SlackTokenRotationError, aiohttp.ClientError, TimeoutError) as error:
            log.warning("the token of %s could not be renewed: %s", team, error)
        return found

    async def _remove(
        self, team: str, enterprise: str | None, is_org: bool, event: Mapping[str, Any]
    ) -> None:
        """Forget the tokens of a workspace or organisation; when the app is removed, all that is kept."""
        if event["type"] == REVOKED and not (event.get("tokens") or {}).get("bot"):
            return  # those of people, which are not kept
        theirs = None if is_org else team
        await self.installations.async_delete_all(enterprise_id=enterprise, team_id=theirs)
        async with self.store.read() as session:
            teams = await workspaces.of_enterprise(session, enterprise or "") if is_org else [team]
        for each in teams:
            self._built.pop(each, None)
            if event["type"] == UNINSTALLED:
                await Scoped(self.store, each).erase()
        log.info("%s: %s", event["type"], ", ".join(teams))


def _expires_soon(installation: Installation | None) -> bool:
    at = installation and installation.bot_token_expires_at
    return bool(at) and float(at or 0) < time.time() + ROTATED_BEFORE


@asynccontextmanager
async def serving_all(process: Process) -> AsyncIterator[Program]:
    """Serve every workspace that installs the app.  Raises Undecipherable."""
    settings, store, queue = process.settings, process.store, process.queue
    keys, client_id, secret = settings.encryption_keys, settings.slack_client_id, settings.slack_client_secret
    if client_id is None or keys is None or secret is None:
        raise MissingSettings(needed(settings))
    cipher, client_secret = Cipher.of(keys.get_secret_value()), secret.get_secret_value()
    client = slack_client(process.session, settings.slack_api_url)
    engine = store.blocking_engine()
    await asyncio.to_thread(check_secrets, engine, cipher)
    installations = Installations(engine, client_id, cipher)

    def masko_of(key: SecretStr) -> MaskoClient:
        its = settings.model_copy(update={"masko_api_key": key})
        return masko_client(its, process.http, masko_limiter(its, store), process.timing)

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
    workspaces = Workspaces(store, queue, installations, cipher, rotator, build=build)
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
            state_store=States(engine),
            state_expiration_seconds=STATES_LAST,
            authorization_url=settings.slack_api_url.removesuffix("api/") + "oauth/v2/authorize",
            logger=quiet,
        ),
    )
    try:
        yield Program(settings, workspaces, store, queue, process.health, routes=install_routes(flow))
    finally:
        engine.dispose()


async def renew(settings: Settings) -> int:
    """Encrypt all secrets with the first of ENCRYPTION_KEYS; return how many.

    Raises SettingsError, Undecipherable, DatabaseInUse or DatabaseUnusable.
    """
    if settings.encryption_keys is None:
        raise SettingsError("ENCRYPTION_KEYS", "is not set")
    cipher = Cipher.of(settings.encryption_keys.get_secret_value())
    store = await open_store(settings.database_url)
    engine = store.blocking_engine()
    try:
        return await asyncio.to_thread(renew_secrets, engine, cipher)
    finally:
        engine.dispose()
        await store.close()
