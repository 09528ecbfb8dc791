"""Our method tables against the published method files, where those lie beside the checkout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.slack.errors import COMMON
from bot.sandbox.slack.methods import METHODS

REFERENCE = Path(__file__).parents[3] / "../shared/slack/methods"
FROM_ELSEWHERE = {
    # A maintainer's word on answering in a thread whose root is gone: bolt-js issue 2307.
    ("chat.postMessage", "thread_not_found"),
    ("chat.scheduleMessage", "thread_not_found"),
    # The reference lists it for postMessage and update; the same content is checked.
    ("chat.postEphemeral", "invalid_metadata_format"),
}
TIERS = {"t1": 1, "t2": 2, "t3": 3, "t4": 4, "t5": 5}


def published(name: str) -> dict[str, Any]:
    file = REFERENCE / f"{name}.json"
    if not file.exists():
        pytest.skip("this method's reference file is not beside this checkout")
    method: dict[str, Any] = json.loads(file.read_text())
    return method


@pytest.mark.parametrize("name", METHODS)
def test_every_error_is_one_that_the_method_documents(name: str) -> None:
    known = set(published(name)["errors"]) | COMMON
    unknown = {error for error in METHODS[name].errors if (name, error) not in FROM_ELSEWHERE} - known
    assert unknown == set()


@pytest.mark.parametrize("name", METHODS)
def test_every_argument_is_documented_and_required_where_slack_requires_it(name: str) -> None:
    reference = published(name)["args"]
    documented = set(reference["properties"])
    ours = {argument.name for argument in METHODS[name].arguments}
    unheard_of = ours - documented
    assert unheard_of <= {"channels"}, "channels of files.completeUploadExternal is documented in prose"
    required = {argument.name for argument in METHODS[name].arguments if argument.required}
    extra = {"channel", "timestamp"} if name == "reactions.remove" else set()
    assert required - extra == set(reference.get("required", [])) - {"token"}


@pytest.mark.parametrize("name", METHODS)
def test_scopes_tiers_and_json_are_the_published_ones(name: str) -> None:
    reference, method = published(name), METHODS[name]
    if method.token == "bot":
        assert set(method.scopes) == set(reference["scope"].get("bot", []))
    assert method.tier == TIERS[reference["rate_limits"]]
    assert method.json == bool(reference.get("json_input_supported", False))


def test_every_method_has_a_name_of_its_own() -> None:
    assert all(name == method.name for name, method in METHODS.items())
