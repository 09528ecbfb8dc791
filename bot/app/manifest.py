"""The app manifest that ships with the program."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import yaml


def text() -> str:
    """Return `manifest.yml` as it is."""
    packaged = files("bot") / "manifest.yml"
    if packaged.is_file():
        return packaged.read_text("utf-8")
    return (Path(__file__).parents[2] / "manifest.yml").read_text("utf-8")  # a checkout


def manifest() -> dict[str, Any]:
    return cast(dict[str, Any], yaml.safe_load(text()))


def for_workspaces(url: str) -> dict[str, Any]:
    """Return the manifest of an app that many workspaces may install, served at `https://…`."""
    app, delivered = manifest(), {"request_url": f"{url.rstrip('/')}/slack/events"}
    app["oauth_config"]["redirect_urls"] = [f"{url.rstrip('/')}/slack/oauth_redirect"]
    for command in app["features"]["slash_commands"]:
        command["url"] = delivered["request_url"]
    settings = app["settings"]
    settings["event_subscriptions"] |= delivered
    settings["event_subscriptions"]["bot_events"] += ["app_uninstalled", "tokens_revoked"]
    settings["interactivity"] |= delivered
    return app | {"settings": settings | {"org_deploy_enabled": True, "socket_mode_enabled": False}}


def bot_scopes() -> list[str]:
    return list(manifest()["oauth_config"]["scopes"]["bot"])
