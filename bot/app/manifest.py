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


def bot_scopes() -> list[str]:
    return list(manifest()["oauth_config"]["scopes"]["bot"])
