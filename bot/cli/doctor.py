"""`masko-slack doctor`: whether everything is set up, and how to mend what is not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from shutil import disk_usage
from tempfile import gettempdir

import aiohttp
import httpx
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import manifest, masko_client, masko_limiter
from bot.db import DatabaseUnusable, postgres, sqlite
from bot.db.engine import newest_revision
from bot.mascots.create import NoProject, SeveralProjects, only
from bot.masko import MaskoError
from bot.settings import Settings, needed
from bot.slack.client import slack_client
from bot.slack.errors import slack_code
from bot.slack.network import Network

NOT_REACHED = "Slack was not reached", "Check the network and SLACK_API_URL."
_TIMEOUT = 30.0  # seconds for one call of Slack
_CLOCK = 60.0  # seconds that the clock may be wrong; Slack's signatures count for five minutes
_ROOM = 200  # megabytes: four decoders at work keep less in the temporary folder


@dataclass(frozen=True)
class Finding:
    """The outcome of one check, such as of `SLACK_BOT_TOKEN`; `mend` says what to do."""

    check: str
    ok: bool
    says: str
    mend: str = ""


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Check settings, Slack, Masko and this machine, in that order; yield each finding when it is known."""
    heard: dict[str, Mapping[str, str]] = {}  # the headers of a service's last answer
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
        try:
            heard["Slack"] = (await slack_client(session, settings.slack_api_url).api_test()).headers
        except (SlackApiError, aiohttp.ClientError, OSError):
            if settings.slack_client_id is not None:  # else another check has failed
                yield Finding("SLACK_API_URL", False, *NOT_REACHED)
    if settings.masko_api_key is not None:
        yield await _masko(settings, heard)
    if left := heard.get("Masko", {}).get("x-ratelimit-remaining"):
        says = f"{settings.masko_limits}; Masko says that {left} requests are left"
        yield _judged("MASKO_LIMITS", left != "0", says, "Wait a minute: the key has made all that it may.")
    if dates := {name: headers["date"] for name, headers in heard.items() if "date" in headers}:
        with suppress(ValueError):  # no date, which says nothing of the clock
            yield _clock(dates)
    database = await _database(settings.database_url)
    yield database
    days = settings.retention_days
    says = f"what is finished is kept for {days} days" if days else "not set: everything is kept"
    yield Finding("RETENTION_DAYS", True, says)
    yield await asyncio.to_thread(_disk, settings.database_url if database.ok else "")


async def _told_by_slack(check: str, asking: Awaitable[Finding], mend: str) -> Finding:
    try:
        return await asking
    except SlackApiError as error:
        return Finding(check, False, f"Slack says {slack_code(error.response)}", mend)
    except (aiohttp.ClientError, OSError):
        return Finding(check, False, *NOT_REACHED)


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


async def _masko(settings: Settings, heard: dict[str, Mapping[str, str]]) -> Finding:
    async def hear(answer: httpx.Response) -> None:
        heard["Masko"] = answer.headers

    async with Network.of(settings).http() as http:
        http.event_hooks = {"response": [hear]}
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


def _judged(check: str, ok: bool, says: str, mend: str) -> Finding:
    return Finding(check, ok, says, "" if ok else mend)


def _clock(dates: Mapping[str, str]) -> Finding:
    """Compare this machine's clock with the `Date` of services, by name."""
    off = {name: abs(parsedate_to_datetime(date).timestamp() - time.time()) for name, date in dates.items()}
    says = ", ".join(f"{seconds:.0f} s off {name}'s" for name, seconds in off.items())
    return _judged("clock", max(off.values()) <= _CLOCK, says, "Set this machine's clock, best by NTP.")


async def _database(url: str) -> Finding:
    """Check the database, and change nothing."""
    local, newest = url.startswith("sqlite:"), newest_revision()
    mend = "Choose another file that can be written." if local else "Mend that, or correct DATABASE_URL."
    try:
        stored = await asyncio.to_thread(sqlite.look if local else postgres.look, url)
    except DatabaseUnusable as error:
        mend = "Start PostgreSQL, or correct host and port." if error.worth_retrying else mend
        return Finding("DATABASE_URL", False, error.words, mend)
    says = f"at revision {stored or 'none yet'}, this program at {newest}"
    mend = "A newer program has used it: run that one, or restore a backup from before the upgrade."
    return _judged("DATABASE_URL", (stored or "") <= newest, says, mend)


def _disk(database_url: str) -> Finding:
    """Check the room where temporary files are, and a SQLite file."""
    folders = [Path(gettempdir())]
    if database_url.startswith("sqlite:"):
        path = Path(database_url.removeprefix("sqlite:///")).absolute()
        folders.append(next(each for each in path.parents if each.exists()))
    free = {folder: disk_usage(folder).free // 2**20 for folder in folders}
    says = ", ".join(f"{megabytes} MB free in {folder}" for folder, megabytes in free.items())
    return _judged("disk", min(free.values()) >= _ROOM, says, f"Make room: {_ROOM} MB are needed.")
