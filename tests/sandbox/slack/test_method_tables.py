"""Our method tables against the published method files, where those lie beside the checkout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.slack.arguments import Argument, read_arguments
from bot.sandbox.slack.errors import COMMON, SlackError
from bot.sandbox.slack.methods import METHODS, NOT_IMITATED

REFERENCE = Path(__file__).parents[3] / "../shared/slack/methods"
FROM_ELSEWHERE = {
    # Users report it of a code that is exchanged a second time.
    ("oauth.v2.access", "code_already_used"),
    # A maintainer's word on answering in a thread whose root is gone: bolt-js issue 2307.
    ("chat.postMessage", "thread_not_found"),
    ("chat.scheduleMessage", "thread_not_found"),
    # The reference lists it for postMessage and update; the same content is checked.
    ("chat.postEphemeral", "invalid_metadata_format"),
}
NO_FILE_BESIDE = {"api.test", "usergroups.list", "usergroups.users.list"}
"""Methods by their pages on docs.slack.dev alone."""
KINDS_OF_TYPES = {
    "string": {"string", "timestamp", "moment", "array", "object"},
    "integer": {"integer", "moment"},
    "number": {"integer"},
    "boolean": {"boolean"},
    "array": {"array", "ids"},
}
"""What a published type may be here: blocks, views and their like are JSON in a string, or JSON itself."""
WRONG: dict[str, list[Any]] = {
    "string": [],
    "boolean": ["perhaps", 7],
    "integer": ["x", 1.5, True],
    "moment": ["x", True],
    "timestamp": ["x", "1700000000", ""],
    "array": ["x", "{}", {"a": 1}],
    "object": ["x", "[]", [1]],
    "ids": [7, [7]],
}
RIGHT: dict[str, Any] = {
    "string": "x",
    "boolean": True,
    "integer": 7,
    "moment": "1700000000",
    "timestamp": "1700000000.000001",
    "array": [],
    "object": {},
    "ids": ["F1"],
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


@pytest.mark.parametrize("name", METHODS)
def test_every_argument_is_of_the_published_type(name: str) -> None:
    properties = published(name)["args"]["properties"]
    for argument in METHODS[name].arguments:
        types = published_types(properties.get(argument.name, {}))
        allowed = set().union(*(KINDS_OF_TYPES.get(each, set()) for each in types))
        assert not types or argument.kind in allowed, argument


def published_types(schema: dict[str, Any]) -> set[str]:
    options = schema.get("anyOf") or schema.get("oneOf") or [schema]
    types = {option.get("type") for option in options}
    return {each for found in types for each in (found if isinstance(found, list) else [found]) if each}


def arguments_of_kinds() -> list[tuple[str, Argument]]:
    return [(method.name, argument) for method in METHODS.values() for argument in method.arguments]


@pytest.mark.parametrize(
    ("name", "argument"),
    arguments_of_kinds(),
    ids=[f"{name} {argument.name}" for name, argument in arguments_of_kinds()],
)
def test_arguments_are_taken_by_kind_and_refused_in_documented_words(name: str, argument: Argument) -> None:
    method = METHODS[name]
    given = {each.name: RIGHT[each.kind] for each in method.arguments if each.required}
    taken = read_arguments(method.arguments, {**given, argument.name: RIGHT[argument.kind]})
    assert taken[argument.name] == RIGHT[argument.kind]
    for wrong in WRONG[argument.kind]:
        with pytest.raises(SlackError) as refusal:
            read_arguments(method.arguments, {**given, argument.name: wrong})
        assert refusal.value.code == argument.malformed
        assert refusal.value.code in method.errors | COMMON
    if argument.required:
        with pytest.raises(SlackError) as missing:
            read_arguments(method.arguments, {**given, argument.name: None})
        assert missing.value.code == argument.missing
        assert missing.value.code in method.errors | COMMON


def test_each_published_method_is_imitated_or_told_not_to_be() -> None:
    files = sorted(REFERENCE.glob("*.json"))
    if not files:
        pytest.skip("the reference files are not beside this checkout")
    assert {file.stem for file in files} == set(METHODS) - NO_FILE_BESIDE | set(NOT_IMITATED)


def test_every_method_has_a_name_of_its_own() -> None:
    assert all(name == method.name for name, method in METHODS.items())
