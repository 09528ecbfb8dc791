"""The page that says what the sandbox imitates."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import get_args

import pytest

import bot.sandbox.slack
from bot.sandbox import coverage
from bot.sandbox.slack.interaction_kinds import KINDS, InteractionType
from bot.sandbox.slack.methods import METHODS

CHECKOUT = Path(__file__).parents[2]


def test_the_committed_page_is_what_the_code_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CHECKOUT)
    assert coverage.main(["--check"]) == 0


def test_a_page_out_of_date_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert coverage.main(["--check"]) == 1
    (tmp_path / "docs").mkdir()
    assert coverage.main(["--write"]) == 0
    assert coverage.main(["--check"]) == 0
    coverage.PAGE.write_text("old")
    assert coverage.main(["--check"]) == 1
    assert "out of date" in capsys.readouterr().err


def test_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert coverage.main([]) == 0
    printed = capsys.readouterr().out
    assert printed == coverage.page()
    assert all(f"`{name}`" in printed for name in METHODS)


def test_every_kind_of_interaction_is_told_and_sent() -> None:
    """Each type is passed to an `ask` somewhere in the local Slack, and nothing else is."""
    asked = {
        node.args[0].value
        for file in Path(bot.sandbox.slack.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "ask"
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert asked - {"interactive"} == set(get_args(InteractionType)) == set(KINDS)
