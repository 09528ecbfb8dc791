"""Every setting, read in one place from the environment and `.env`; timeouts, which are no settings.

A value that cannot be used is one line that names the variable.  Secrets are never shown.
"""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    DirectoryPath,
    Field,
    HttpUrl,
    SecretStr,
    ValidationError,
)

from bot.errors import Refusal

_EXAMPLES = ("xoxb-", "xapp-", "masko_")  # values of .env.example
_LOWER_CASE_TOO = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")  # as most programs read them
ANY_NUMBER = dict.fromkeys(("none", "0"), sys.maxsize)


class SettingsError(Refusal):
    """An environment variable, or an option, that is missing or cannot be used."""

    def __init__(self, variable: str, reason: str) -> None:
        super().__init__(f"{variable}: {reason}")
        self.variable = variable
        self.reason = reason


class MissingSettings(SettingsError):
    """Variables that are needed and not set, all of them."""

    def __init__(self, missing: Sequence[SettingsError]) -> None:
        super().__init__(missing[0].variable, missing[0].reason)
        self.missing = missing

    @property
    def words(self) -> str:
        return "\n".join(map(str, self.missing))


def _token(secret: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]+", secret.get_secret_value()):
        raise ValueError("has a space, a line break or a letter that no token has")
    return secret


def _beginning(*prefixes: str) -> AfterValidator:
    def check(secret: SecretStr) -> SecretStr:
        if not secret.get_secret_value().startswith(prefixes):
            raise ValueError(f"should begin with {prefixes[0]}")
        return secret

    return AfterValidator(check)


def _service_url(url: str) -> str:
    """Check that secrets may travel to `url`: https, or http inside this machine or a private network."""
    parts = urlsplit(url)
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("should be an address such as https://example.com/api")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_private(parts.hostname)):
        return url.rstrip("/")
    raise ValueError("should begin with https:// (http:// is for this machine or a private network)")


def _is_private(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host


def _database_url(url: str) -> str:
    if url.startswith(("postgresql://", "postgres://")):
        return "postgresql://" + url.partition("://")[2]
    path = url.removeprefix("sqlite:///")
    if path == url or not path.strip("/") or path.startswith(":") or "?" in path:
        raise ValueError("should look like sqlite:///.masko/masko.db or postgresql://user@host/database")
    return url


def _certificates(path: str) -> str:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
    except ssl.SSLError:
        raise ValueError(f"{path} holds no certificates that can be read") from None
    except OSError as error:
        raise ValueError(f"{path} cannot be read ({error.strerror})") from None
    return path


def _fernet_keys(keys: SecretStr) -> SecretStr:
    for key in keys.get_secret_value().split(","):
        if not re.fullmatch(r"[\w-]{43}=", key.strip(), re.ASCII):
            raise ValueError("should be Fernet keys, separated by commas; see docs/workspaces.md")
    return keys


Token = Annotated[SecretStr, AfterValidator(_token)]
Url = Annotated[str, AfterValidator(_service_url)]
DatabaseUrl = Annotated[str, AfterValidator(_database_url)]
Proxy = Annotated[HttpUrl, BeforeValidator(lambda url: url if "://" in url else f"http://{url}")]
Quota = Annotated[int, Field(ge=1), BeforeValidator(lambda most: ANY_NUMBER.get(str(most).lower(), most))]
LogLevel = Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)]
LogFormat = Annotated[Literal["auto", "human", "json"], BeforeValidator(str.lower)]


class Settings(BaseModel):
    """Settings; each field is the environment variable of the same name in capitals."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    slack_bot_token: Annotated[Token, _beginning("xoxb-", "xoxe.xoxb-")] | None = None  # of the installed app
    slack_app_token: Annotated[Token, _beginning("xapp-")] | None = None  # for Socket Mode
    slack_signing_secret: Token | None = None  # for HTTP, when `PORT` is set
    slack_client_id: str | None = None  # for many workspaces, which install the app by OAuth
    slack_client_secret: Token | None = None
    encryption_keys: Annotated[SecretStr, AfterValidator(_fernet_keys)] | None = None  # the first encrypts
    slack_api_url: Annotated[Url, AfterValidator("{}/".format)] = "https://slack.com/api/"
    masko_api_key: Token | None = None
    masko_api_url: Url = "https://api.masko.ai/v1"
    masko_project_id: str | None = None  # for new mascots; not needed if the key has exactly one project
    masko_limits: str = "60/minute,1000/hour"  # of requests; `none` obeys the response headers alone
    images_per_person: Quota = 120  # taken in within an hour; `none`: any number
    images_per_channel: Quota = 300
    database_url: DatabaseUrl = Field(default="sqlite:///.masko/masko.db", repr=False)  # may hold a password
    retention_days: int | None = Field(default=None, ge=2, le=36500)  # Slack repeats events for a day
    port: int | None = Field(default=None, ge=1, le=65535)  # for HTTP instead of Socket Mode
    health_port: int | None = Field(default=None, ge=1, le=65535)  # for `/healthz`, `/readyz`, `/metrics`
    log_level: LogLevel = "INFO"
    log_format: LogFormat = "auto"  # text on a terminal, JSON elsewhere
    http_proxy: Proxy | None = Field(default=None, repr=False)  # for http://; it may hold a password
    https_proxy: Proxy | None = Field(default=None, repr=False)  # for https://: Slack and Masko
    all_proxy: Proxy | None = Field(default=None, repr=False)  # where neither of the two is set
    no_proxy: str = ""  # hosts and domains that need none of these, by commas; `*`: all
    ssl_cert_file: Annotated[str, AfterValidator(_certificates)] | None = None  # PEM, not the system's
    ssl_cert_dir: DirectoryPath | None = None  # named as by `openssl rehash`


def load(environ: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env")) -> Settings:
    """Read settings from `environ` (default: the process's), then `.env`; empty values count as unset.

    Raises SettingsError, naming the first variable that cannot be used.
    """
    written = dotenv_values(dotenv) if dotenv is not None and dotenv.is_file() else {}
    merged = {**written, **(os.environ if environ is None else environ)}
    given = {}
    for name in variables():
        names = (name, name.lower()) if name in _LOWER_CASE_TOO else (name,)
        if values := [value.strip() for each in names if (value := merged.get(each)) and value.strip()]:
            given[name.lower()] = values[0]
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        reason = first["msg"].removeprefix("Value error, ")
        raise SettingsError(str(first["loc"][0]).upper(), reason) from None


def variables() -> list[str]:
    """Return the name of every environment variable that is read; docs/configuration.md describes them."""
    return [name.upper() for name in Settings.model_fields]


def needed(settings: Settings) -> list[SettingsError]:
    """Return an error for each variable that `run` needs and that is not set, or as in `.env.example`."""
    secret = {"slack_signing_secret": "Slack: Basic Information"}
    if settings.slack_client_id is not None:
        wanted = {"slack_client_secret": "Slack: Basic Information", **secret}
        wanted |= {"encryption_keys": "docs/workspaces.md", "port": "many workspaces are served over HTTP"}
    else:
        socket = {"slack_app_token": "Slack: Basic Information, App-Level Tokens, `connections:write`"}
        receives = socket if settings.port is None else secret
        wanted = {"slack_bot_token": "Slack: OAuth & Permissions, `xoxb-…`", **receives}
        wanted["masko_api_key"] = "https://app.masko.ai/settings/developer"
    missing = []
    for name, where in wanted.items():
        value: SecretStr | int | None = getattr(settings, name)
        if value is None:
            missing.append(SettingsError(name.upper(), f"is not set ({where})"))
        elif isinstance(value, SecretStr) and value.get_secret_value() in _EXAMPLES:
            missing.append(SettingsError(name.upper(), f"is still as in .env.example ({where})"))
    return missing
