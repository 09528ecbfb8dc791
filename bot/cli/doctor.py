"""`masko-slack doctor`: whether everything is set up, and how to mend what is not."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import masko_client, masko_limiter
from bot.cli import manifest
from bot.db import DatabaseInUse, open_store
from bot.errors import BotError
from bot.mascots.create import NoProject, SeveralProjects, only
from bot.masko import MaskoError
from bot.settings import Settings, needed
from bot.slack.client import slack_client
from bot.slack.errors import slack_code
from bot.slack.network import Network

_TIMEOUT = 30.0  # seconds for one call of Slack


@dataclass(frozen=True)
class Finding:
    """The outcome of one check, such as of `SLACK_BOT_TOKEN`; `mend` says what to do."""

    check: str
    ok: bool
    says: str
    mend: str = ""


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Check settings, Slack, Masko and the database, in that order; yield each finding when it is known."""
    for error in needed(settings):
        says, _, where = error.reason.removesuffix(")").partition(" (")
        yield Finding(error.variable, False, says, f"Set it in .env. Where to find it: {where}.")
    async with Network.of(settings).session(_TIMEOUT) as session:
        if settings.slack_bot_token is not None:
            bot_token = settings.slack_bot_token.get_secret_value()
            client = slack_client(session, settings.slack_api_url, bot_token)
            mend = "Install the app again (OAuth & Permissions) and copy the Bot User OAuth Token."
            yield await _told_by_slack("SLACK_BOT_TOKEN", _bot_token(client), mend)
        if settings.slack_app_token is not None:
            client, token = slack_client(session, settings.slack_api_url), settings.slack_app_token
            mend = (
                "Basic Information, App-Level Tokens: make one with connections:write; turn Socket Mode on."
            )
            yield await _told_by_slack("SLACK_APP_TOKEN", _app_token(client, token), mend)
    if settings.masko_api_key is not None:
        yield await _masko(settings)
    yield await _database(settings)


async def _told_by_slack(check: str, asking: Awaitable[Finding], mend: str) -> Finding:
    try:
        return await asking
    except SlackApiError as error:
        return Finding(check, False, f"Slack says {slack_code(error.response)}", mend)
    except (aiohttp.ClientError, OSError):
        return Finding(check, False, "Slack was not reached", "Check the network and SLACK_API_URL.")


async def _bot_token(client: AsyncWebClient) -> Finding:
    answer = await client.auth_test()
    who = f"{answer.get('user')} in {answer.get('team')}"
    granted = {scope for scope in str(answer.headers.get("x-oauth-scopes", "")).split(",") if scope}
    if granted and (lacking := sorted(set(manifest.bot_scopes()) - granted)):
        mend = "Update the app from manifest.yml (masko-slack manifest) and reinstall it."
        return Finding("SLACK_BOT_TOKEN", False, f"{who}; lacks {', '.join(lacking)}", mend)
    return Finding("SLACK_BOT_TOKEN", True, who)


async def _app_token(client: AsyncWebClient, token: SecretStr) -> Finding:
    await client.apps_connections_open(app_token=token.get_secret_value())
    return Finding("SLACK_APP_TOKEN", True, "Socket Mode can be opened")


async def _masko(settings: Settings) -> Finding:
    async with Network.of(settings).http() as http:
        masko = masko_client(settings, http, masko_limiter(settings))
        try:
            projects = await masko.projects()
            if settings.masko_project_id is None:
                return Finding("MASKO_API_KEY", True, f"new mascots go to {only(projects).name}")
        except SeveralProjects as error:
            names = "; ".join(f"{project.id} ({project.name})" for project in error.projects)
            says, mend = f"several projects: {names}", "Set it to one of these ids."
            return Finding("MASKO_PROJECT_ID", False, says, mend)
        except NoProject:
            mend = "Create a project in Masko: new mascots need one."
            return Finding("MASKO_PROJECT_ID", False, "the key sees no project", mend)
        except MaskoError as error:
            if error.status in (401, 403):
                mend = "Make a key at https://app.masko.ai/settings/developer."
                return Finding("MASKO_API_KEY", False, error.words, mend)
            return Finding("MASKO_API_URL", False, error.words, "Check the network and MASKO_API_URL.")
    if settings.masko_project_id not in {project.id for project in projects}:
        mend = "Set it to the id of a project that the key can see, or leave it out."
        return Finding("MASKO_PROJECT_ID", False, "the key does not see this project", mend)
    return Finding("MASKO_API_KEY", True, f"new mascots go to project {settings.masko_project_id}")


async def _database(settings: Settings) -> Finding:
    """Check the database, without making a file that is not there yet."""
    if await asyncio.to_thread(_can_be_made, settings.database_url):
        return Finding("DATABASE_URL", True, "not there yet; the first start makes it")
    try:
        store = await open_store(settings.database_url)
    except DatabaseInUse as error:
        return Finding("DATABASE_URL", True, f"in use by the running bot (process {error.pid})")
    except BotError as error:
        return Finding("DATABASE_URL", False, error.words, "Choose a file in a folder that can be written.")
    await store.close()
    return Finding("DATABASE_URL", True, "ready")


def _can_be_made(database_url: str) -> bool:
    """Return whether it is a SQLite file that does not exist, in a folder that can be written."""
    path = Path(database_url.removeprefix("sqlite:///")).absolute()
    folder = next(each for each in path.parents if each.exists())
    can_write = folder.is_dir() and os.access(folder, os.W_OK)
    return database_url.startswith("sqlite:") and not path.exists() and can_write
