from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import Settings, SettingsError, load, needed

COMPLETE = {
    "SLACK_BOT_TOKEN": "xoxb-sandbox-secret",
    "SLACK_APP_TOKEN": "xapp-sandbox-secret",
    "SLACK_SIGNING_SECRET": "signing-secret",
    "MASKO_API_KEY": "masko_secret",
}


def loaded(**environ: str) -> Settings:
    return load(environ, dotenv=None)


def test_defaults_are_the_real_services() -> None:
    settings = loaded()
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.masko_api_url == "https://api.masko.ai/v1"
    assert settings.masko_limits == "60/minute,1000/hour"
    assert (settings.images_per_person, settings.images_per_channel) == (120, 300)
    assert settings.database_url == "sqlite:///.masko/masko.db"
    assert settings.port is None


@pytest.mark.parametrize(
    ("variable", "value", "reason"),
    [
        ("SLACK_BOT_TOKEN", "xapp-wrong-way-round", "should begin with xoxb-"),
        ("SLACK_APP_TOKEN", "xoxb-wrong-way-round", "should begin with xapp-"),
        ("SLACK_API_URL", "slack.com", "should be an address"),
        ("SLACK_API_URL", "http://example.com/api/", "should begin with https://"),
        ("MASKO_API_URL", "ftp://api.masko.ai", "should begin with https://"),
        ("MASKO_API_URL", "https://user:pass@api.masko.ai", "should be an address"),
        ("SLACK_BOT_TOKEN", "xoxb-two words", "has a space"),
        ("MASKO_API_KEY", "masko_ü", "has a space"),
        ("DATABASE_URL", "sqlite:///", "should look like sqlite"),
        ("DATABASE_URL", "sqlite:///:memory:", "should look like sqlite"),
        ("DATABASE_URL", "mysql://localhost/x", "should look like sqlite"),
        ("PORT", "eighty", "valid integer"),
        ("RETENTION_DAYS", "1", "greater than or equal to 2"),
        ("RETENTION_DAYS", "a month", "valid integer"),
        ("RETENTION_DAYS", "1000000", "less than or equal to 36500"),
        ("PORT", "70000", "less than or equal to 65535"),
        ("HEALTH_PORT", "0", "greater than or equal to 1"),
        ("IMAGES_PER_PERSON", "many", "valid integer"),
        ("IMAGES_PER_CHANNEL", "-1", "greater than or equal to 1"),
        ("LOG_LEVEL", "loud", "Input should be"),
        ("LOG_FORMAT", "xml", "Input should be"),
    ],
)
def test_a_bad_value_is_one_line_that_names_the_variable(variable: str, value: str, reason: str) -> None:
    with pytest.raises(SettingsError) as caught:
        loaded(**{variable: value})
    assert caught.value.variable == variable
    assert reason in caught.value.words
    assert "\n" not in caught.value.words


@pytest.mark.parametrize("value", ["none", "None", "0"])
def test_a_quota_can_be_switched_off(value: str) -> None:
    assert loaded(IMAGES_PER_PERSON=value).images_per_person > 10**9
    assert loaded(IMAGES_PER_CHANNEL="20").images_per_channel == 20


def test_a_bad_secret_is_not_shown() -> None:
    with pytest.raises(SettingsError) as caught:
        loaded(SLACK_BOT_TOKEN="hunter2")
    assert "hunter2" not in caught.value.words + repr(caught.value)


def test_secrets_do_not_show_in_reprs() -> None:
    shown = repr(loaded(**COMPLETE)) + str(loaded(**COMPLETE))
    assert "secret" not in shown.replace("slack_signing_secret", "").replace(
        "slack_client_secret", ""
    ).replace("SecretStr", "")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://slack.com/api", "https://slack.com/api/"),
        ("http://127.0.0.1:8765/api/", "http://127.0.0.1:8765/api/"),
        ("http://localhost:1/api", "http://localhost:1/api/"),
        ("http://10.1.2.3/api", "http://10.1.2.3/api/"),
    ],
)
def test_slack_api_url_ends_with_one_slash(url: str, expected: str) -> None:
    assert loaded(SLACK_API_URL=url).slack_api_url == expected


def test_empty_values_count_as_unset_and_space_is_trimmed() -> None:
    settings = loaded(SLACK_BOT_TOKEN="  ", MASKO_PROJECT_ID=" p1\n")
    assert settings.slack_bot_token is None
    assert settings.masko_project_id == "p1"


def test_the_environment_wins_over_dotenv(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("MASKO_PROJECT_ID=from-file\nLOG_LEVEL=debug\n")
    settings = load({"MASKO_PROJECT_ID": "from-environment"}, dotenv)
    assert settings.masko_project_id == "from-environment"
    assert settings.log_level == "DEBUG"


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({}, ["SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "MASKO_API_KEY"]),
        ({"PORT": "3000"}, ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "MASKO_API_KEY"]),
        (COMPLETE, []),
    ],
)
def test_what_run_needs(given: dict[str, str], missing: list[str]) -> None:
    assert [error.variable for error in needed(loaded(**given))] == missing
