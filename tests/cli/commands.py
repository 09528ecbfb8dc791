"""`masko-slack` as a process of its own, beside a sandbox."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import aiohttp
import pytest
from pydantic import SecretStr
from sqlalchemy import create_engine, text

from bot.cli.doctor import Finding, examine
from bot.sandbox.sandbox import Sandbox
from bot.settings import Settings

ROOT = Path(__file__).parents[2]

STARTED: list[asyncio.subprocess.Process] = []


def environment(sandbox: Sandbox, folder: Path, **other: str) -> dict[str, str]:
    """What `masko-slack run` is told to work with the sandbox."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "SLACK_BOT_TOKEN": sandbox.bot_token,
        "SLACK_APP_TOKEN": sandbox.app_token,
        "SLACK_API_URL": sandbox.slack_api_url,
        "MASKO_API_KEY": sandbox.masko_api_key,
        "MASKO_API_URL": sandbox.masko_api_url,
        "DATABASE_URL": f"sqlite:///{folder}/masko.db",
        **other,
    }


async def start(folder: Path, environ: dict[str, str], *arguments: str) -> asyncio.subprocess.Process:
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "bot", *arguments)
    process = await asyncio.create_subprocess_exec(
        *command, cwd=folder, env=environ, stdout=pipe, stderr=pipe
    )
    STARTED.append(process)
    return process


def settings(sandbox: Sandbox, folder: Path, **other: object) -> Settings:
    given = {
        "slack_bot_token": SecretStr(sandbox.bot_token),
        "slack_app_token": SecretStr(sandbox.app_token),
        "slack_api_url": sandbox.slack_api_url,
        "masko_api_key": SecretStr(sandbox.masko_api_key),
        "masko_api_url": sandbox.masko_api_url,
        "database_url": f"sqlite:///{folder}/masko.db",
    }
    return Settings.model_validate({**given, **other})


async def findings(told: Settings) -> dict[str, Finding]:
    return {finding.check: finding async for finding in examine(told)}


def set_revision(url: str, revision: str) -> None:
    """Have a database say that it was brought up to date by a program with this newest migration."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :it"), {"it": revision})
    engine.dispose()


async def ready(http: aiohttp.ClientSession) -> dict[str, object]:
    """What `/readyz` says, once it is ready or has not become so for long."""
    report: dict[str, object] = {}
    for _ in range(200):
        async with http.get("/readyz") as answer:
            report = await answer.json()
            assert (answer.status == 200) is report["ready"]
        if report["ready"]:
            break
        await asyncio.sleep(0.1)
    return report


async def alive(http: aiohttp.ClientSession) -> None:
    for _ in range(400):
        try:
            async with http.get("/healthz") as answer:
                assert answer.status == 200
                return
        except aiohttp.ClientConnectionError:
            await asyncio.sleep(0.1)
    pytest.fail("the bot does not listen")
