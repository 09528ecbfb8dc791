"""Every setting, read in one place from the environment and `.env`.

A value that cannot be used is one line that names the variable; nothing here ever shows a secret.
"""

from __future__ import annotations

import ipaddress
import os
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, ValidationInfo, field_validator

from bot.errors import BotError

_HEADER_VALUE = re.compile(r"[!-~]+")

_ALSO_SMALL = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")  # as most programs read them

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
LogFormat = Literal["auto", "human", "json"]


class SettingsError(BotError):
    """An environment variable that is missing or cannot be used."""

    def __init__(self, variable: str, reason: str) -> None:
        super().__init__(f"{variable}: {reason}")
        self.variable = variable
        self.reason = reason

    @property
    def words(self) -> str:
        return f"{self.variable}: {self.reason}"


class Settings(BaseModel):
    """What the program was told; each field is the environment variable of the same name in capitals."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    slack_bot_token: SecretStr | None = Field(
        default=None, description="Bot token (`xoxb-…`) of the installed app."
    )
    slack_app_token: SecretStr | None = Field(
        default=None, description="App-level token (`xapp-…`, `connections:write`); needed for Socket Mode."
    )
    slack_signing_secret: SecretStr | None = Field(
        default=None, description="Signing secret; needed for HTTP, when `PORT` is set."
    )
    slack_api_url: str = Field(
        default="https://slack.com/api/",
        description="Slack's Web API; another server that keeps its contract works.",
    )
    masko_api_key: SecretStr | None = Field(default=None, description="Masko API key (`masko_…`).")
    masko_api_url: str = Field(default="https://api.masko.ai/v1", description="The Masko API.")
    masko_project_id: str | None = Field(
        default=None,
        description="Project for new mascots; may be left out when the key has exactly one project.",
    )
    masko_limits: str = Field(
        default="60/minute,1000/hour",
        description="Requests the key may make; `none` obeys the response headers alone.",
    )
    database_url: str = Field(
        default="sqlite:///.masko/masko.db",
        repr=False,  # PostgreSQL's holds a password
        description="Where the work and the mascots of threads are written down: `sqlite:///path`, or "
        "`postgresql://user:password@host/database` for any number of machines.",
    )
    port: int | None = Field(
        default=None, ge=1, le=65535, description="Listen for HTTP here instead of Socket Mode."
    )
    health_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Serve `/healthz`, `/readyz` and `/metrics` here; on `PORT` there is `/healthz` alone.",
    )
    log_level: LogLevel = Field(default="INFO", description="`DEBUG`, `INFO`, `WARNING` or `ERROR`.")
    log_format: LogFormat = Field(
        default="auto", description="`human`, `json`, or `auto`: human on a terminal, JSON elsewhere."
    )

    http_proxy: str | None = Field(
        default=None,
        repr=False,  # it may hold a password
        description="HTTP proxy for `http://` addresses; this machine itself is reached without.",
    )
    https_proxy: str | None = Field(
        default=None, repr=False, description="HTTP proxy for `https://` addresses: Slack and Masko."
    )
    all_proxy: str | None = Field(
        default=None, repr=False, description="HTTP proxy where neither of the two is set."
    )
    no_proxy: str | None = Field(
        default=None,
        description="Hosts, domains, addresses and ranges that are reached without a proxy; `*`: all.",
    )
    ssl_cert_file: str | None = Field(
        default=None, description="Certificates (PEM) to trust in place of the system's."
    )
    ssl_cert_dir: str | None = Field(
        default=None, description="The same as a folder, with the names that `openssl rehash` gives."
    )

    @field_validator("http_proxy", "https_proxy", "all_proxy")
    @classmethod
    def _is_a_proxy(cls, address: str | None) -> str | None:
        return None if address is None else proxy_address(address)

    @field_validator("no_proxy")
    @classmethod
    def _can_be_read(cls, told: str | None) -> str | None:
        Exceptions.read(told or "")
        return told

    @field_validator("ssl_cert_file")
    @classmethod
    def _holds_certificates(cls, path: str | None) -> str | None:
        if path is not None:
            try:
                ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
            except ssl.SSLError:
                raise ValueError(f"{path} holds no certificates that can be read") from None
            except OSError as error:
                raise ValueError(f"{path} cannot be read ({error.strerror})") from None
        return path

    @field_validator("ssl_cert_dir")
    @classmethod
    def _is_a_folder(cls, path: str | None) -> str | None:
        if path is not None and not Path(path).is_dir():
            raise ValueError(f"{path} is no folder")
        return path

    @field_validator("slack_bot_token", "slack_app_token", "slack_signing_secret", "masko_api_key")
    @classmethod
    def _fits_into_a_header(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None and not _HEADER_VALUE.fullmatch(secret.get_secret_value()):
            raise ValueError("has a space, a line break or a letter that no token has")
        return secret

    @field_validator("slack_api_url")
    @classmethod
    def _slack_api_url_ends_with_slash(cls, url: str) -> str:
        return _service_url(url).rstrip("/") + "/"

    @field_validator("masko_api_url")
    @classmethod
    def _masko_api_url_has_no_slash(cls, url: str) -> str:
        return _service_url(url).rstrip("/")

    @field_validator("slack_bot_token")
    @classmethod
    def _is_a_bot_token(cls, token: SecretStr | None) -> SecretStr | None:
        return _starting(("xoxb-", "xoxe.xoxb-"), token)

    @field_validator("slack_app_token")
    @classmethod
    def _is_an_app_token(cls, token: SecretStr | None) -> SecretStr | None:
        return _starting(("xapp-",), token)

    @field_validator("health_port")
    @classmethod
    def _is_another_port(cls, health_port: int | None, given: ValidationInfo) -> int | None:
        if health_port is not None and health_port == given.data.get("port"):
            raise ValueError("should be another port than PORT")
        return health_port

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_capitals(cls, level: str) -> str:
        return level.upper()

    @field_validator("log_format", mode="before")
    @classmethod
    def _in_small_letters(cls, log_format: str) -> str:
        return log_format.lower()

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        if url.startswith(("postgresql://", "postgres://")):
            return "postgresql://" + url.partition("://")[2]
        path = url.removeprefix("sqlite:///")
        if path == url or not path.strip("/") or path.startswith(":") or "?" in path:
            raise ValueError("should look like sqlite:///.masko/masko.db or postgresql://user@host/database")
        return url


def load(environ: Mapping[str, str] | None = None, dotenv: Path | None = Path(".env")) -> Settings:
    """The settings from `environ` (default: the process's), then `.env`; empty values count as unset.

    Raises:
        SettingsError: naming the first variable that cannot be used.
    """
    written = dotenv_values(dotenv) if dotenv is not None and dotenv.is_file() else {}
    merged = {**written, **(os.environ if environ is None else environ)}
    small = {name: merged.get(name.lower()) for name in _ALSO_SMALL}
    both = {**small, **{name: value for name, value in merged.items() if value and value.strip()}}
    given = {name: value.strip() for name in variables() if (value := both.get(name)) and value.strip()}
    try:
        return Settings.model_validate({name.lower(): value for name, value in given.items()})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        reason = first["msg"].removeprefix("Value error, ")
        raise SettingsError(str(first["loc"][0]).upper(), reason) from None


def variables() -> dict[str, str]:
    """Name → description of every environment variable that is read."""
    return {name.upper(): field.description or "" for name, field in Settings.model_fields.items()}


def needed(settings: Settings) -> list[SettingsError]:
    """What `run` cannot start without and does not have: the tokens of the chosen way to Slack, the key."""
    missing = []
    if settings.slack_bot_token is None:
        missing.append(SettingsError("SLACK_BOT_TOKEN", "is not set (Slack: OAuth & Permissions, `xoxb-…`)"))
    if settings.port is None and settings.slack_app_token is None:
        reason = "is not set (Slack: Basic Information, App-Level Tokens, `connections:write`)"
        missing.append(SettingsError("SLACK_APP_TOKEN", reason))
    if settings.port is not None and settings.slack_signing_secret is None:
        missing.append(SettingsError("SLACK_SIGNING_SECRET", "is not set (Slack: Basic Information)"))
    if settings.masko_api_key is None:
        missing.append(SettingsError("MASKO_API_KEY", "is not set (https://app.masko.ai/settings/developer)"))
    return missing


def _service_url(url: str) -> str:
    """`url` when secrets may travel to it: https, or plain http inside this machine or private network."""
    parts = urlsplit(url)
    if not parts.hostname or parts.username or parts.query or parts.fragment:
        raise ValueError("should be an address such as https://example.com/api")
    if parts.scheme == "https" or (parts.scheme == "http" and _is_private(parts.hostname)):
        return url
    raise ValueError("should begin with https:// (http:// is for this machine or a private network)")


def _is_private(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or "." not in host


def _starting(prefixes: tuple[str, ...], token: SecretStr | None) -> SecretStr | None:
    if token is not None and not token.get_secret_value().startswith(prefixes):
        raise ValueError(f"should begin with {prefixes[0]}")
    return token


Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Range = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAME = re.compile(r"(?:\*?\.)?(?P<name>[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)\.?", re.ASCII)
_WITH_PORT = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>\d{1,5}))?")


def proxy_address(told: str) -> str:
    """The address of an HTTP proxy; `proxy:3128` counts as `http://proxy:3128`.

    Raises:
        ValueError: it is none; the words hold nothing of what was told, a password perhaps.
    """
    wrong = ValueError("should be the address of an HTTP proxy, such as http://proxy:3128")
    try:
        parts = urlsplit(told if "://" in told else f"http://{told}")
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # a bracket that is no IPv6 address, a port that is no number
        raise wrong from None
    if parts.scheme.startswith("socks"):
        raise ValueError("SOCKS is not supported: give an HTTP proxy, such as http://proxy:3128, or unset it")
    if not known or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise wrong
    return parts.geturl()


@dataclass(frozen=True)
class Exceptions:
    """What `NO_PROXY` says.

    Attributes:
        everything: nothing goes through a proxy.
        ranges: of addresses, a single one being the smallest range; each with its port, None for any.
        names: hosts, which their subdomains go with; each with its port, None for any.
    """

    everything: bool = False
    ranges: tuple[tuple[Range, int | None], ...] = ()
    names: tuple[tuple[str, int | None], ...] = ()

    @classmethod
    def read(cls, told: str) -> Exceptions:
        """Read a list of hosts, domains, addresses and ranges, with commas or spaces between them.

        Raises:
            ValueError: naming the first that is none of those.
        """
        entries = list(filter(None, re.split(r"[,\s]+", told.lower())))
        if "*" in entries:
            return cls(everything=True)
        ranges: list[tuple[Range, int | None]] = []
        names: list[tuple[str, int | None]] = []
        for entry in entries:
            host, port = _split(entry)
            if (found := _range(host)) is not None:
                ranges.append((found, port))
            elif name := _NAME.fullmatch(host):
                names.append((name["name"], port))
            else:
                raise ValueError(f"{entry[:60]} is no host, address or range such as 10.0.0.0/8 or fd00::/8")
        return cls(False, tuple(ranges), tuple(names))

    def match(self, host: str, port: int) -> bool:
        """Whether a host is reached without a proxy; this machine itself always is.

        Args:
            host: a name, or an address without brackets; lower case.
            port: of the service there.
        """
        address = _address(host)
        if address is not None:
            mapped = getattr(address, "ipv4_mapped", None) or address
            within = any(mapped in each and wanted in (None, port) for each, wanted in self.ranges)
            return self.everything or mapped.is_loopback or within
        host = host.rstrip(".")
        if self.everything or f".{host}".endswith(".localhost"):
            return True
        return any(f".{host}".endswith(f".{name}") and wanted in (None, port) for name, wanted in self.names)


def _address(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _split(entry: str) -> tuple[str, int | None]:
    """An entry without its port, and the port; an IPv6 address has one only after brackets."""
    found = _WITH_PORT.fullmatch(entry)
    if found is None:
        return entry, None
    return found["host"].strip("[]"), int(found["port"]) if found["port"] else None


def _range(entry: str) -> Range | None:
    try:
        return ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return None
