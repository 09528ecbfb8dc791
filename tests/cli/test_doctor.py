from __future__ import annotations

import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.sandbox.masko import LocalMasko
from bot.sandbox.sandbox import Sandbox
from bot.settings import Settings
from tests.cli.commands import findings, settings


async def test_doctor_finds_nothing_wrong_where_nothing_is(sandbox: Sandbox, tmp_path: Path) -> None:
    found = await findings(settings(sandbox, tmp_path))
    assert list(found) == ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "MASKO_API_KEY", "DATABASE_URL"]
    assert all(finding.ok for finding in found.values())
    assert found["MASKO_API_KEY"].says == "new mascots go to Sandbox"
    assert os.listdir(tmp_path) == []


async def test_doctor_names_what_is_missing(tmp_path: Path) -> None:
    found = await findings(Settings.model_validate({"database_url": f"sqlite:///{tmp_path}/masko.db"}))
    wrong = {check for check, finding in found.items() if not finding.ok}
    assert wrong == {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "MASKO_API_KEY"}
    assert all(finding.mend for check, finding in found.items() if check in wrong)


async def test_doctor_finds_lacking_scopes(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.slack.directory.app.scopes.discard("files:read")
    found = await findings(settings(sandbox, tmp_path))
    assert not found["SLACK_BOT_TOKEN"].ok
    assert found["SLACK_BOT_TOKEN"].says.endswith("lacks files:read")


@pytest.mark.parametrize(
    ("wrong", "check"),
    [
        ({"slack_bot_token": SecretStr("xoxb-sandbox-x")}, "SLACK_BOT_TOKEN"),
        ({"slack_app_token": SecretStr("xapp-sandbox-x")}, "SLACK_APP_TOKEN"),
        ({"masko_api_key": SecretStr("masko_" + "1" * 64)}, "MASKO_API_KEY"),
        ({"masko_api_url": "http://127.0.0.1:9/v1"}, "MASKO_API_URL"),
        ({"masko_project_id": "nobody"}, "MASKO_PROJECT_ID"),
        ({"database_url": "sqlite:////dev/null/masko.db"}, "DATABASE_URL"),
    ],
    ids=["bot token", "app token", "key", "Masko away", "project", "database"],
)
async def test_doctor_finds_each_wrong_setting_and_says_how_to_mend_it(
    sandbox: Sandbox, tmp_path: Path, wrong: dict[str, object], check: str
) -> None:
    found = await findings(settings(sandbox, tmp_path, **wrong))
    assert [name for name, finding in found.items() if not finding.ok] == [check]
    assert found[check].mend


async def test_doctor_lists_the_projects_to_choose_from(sandbox: Sandbox, tmp_path: Path) -> None:
    assert isinstance(sandbox.masko, LocalMasko)
    second = sandbox.masko.add_project("Second")
    found = await findings(settings(sandbox, tmp_path))
    assert f"{second.id} (Second)" in found["MASKO_PROJECT_ID"].says
