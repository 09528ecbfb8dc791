"""Views: what passes and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.slack.blockkit import Surroundings, check_view, too_large
from tests.sandbox.slack.conftest import modal, section, text_input

MODAL = Surroundings("modal")


def plain(words: str) -> dict[str, str]:
    return {"type": "plain_text", "text": words}


@pytest.mark.parametrize(
    "view",
    [
        modal(),
        modal(section(), close=plain("x" * 24), clear_on_close=True, notify_on_close=True),
        modal(private_metadata="x" * 3000, external_id="one"),
        {"type": "modal", "title": plain("Prompt"), "blocks": [section()]},
    ],
)
def test_good_modals_pass(view: dict[str, Any]) -> None:
    assert check_view(view, MODAL) == []


@pytest.mark.parametrize(
    ("view", "words"),
    [
        (modal(title=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
        (modal(submit=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/submit/text]"),
        (modal(close=plain("x" * 25)), "must be less than 25 characters [json-pointer:/view/close/text]"),
        (
            modal(private_metadata="x" * 3001),
            "must be less than 3001 characters [json-pointer:/view/private_metadata]",
        ),
        (
            modal(callback_id="x" * 256),
            "must be less than 256 characters [json-pointer:/view/callback_id]",
        ),
        (modal(submit_disabled=True), "invalid additional property: submit_disabled [json-pointer:/view]"),
        ({"type": "modal", "blocks": [section()]}, "missing required field: title [json-pointer:/view]"),
        ({"type": "modal", "title": plain("x")}, "missing required field: blocks [json-pointer:/view]"),
        ({"title": plain("x"), "blocks": []}, "missing required field: type [json-pointer:/view]"),
        (
            {"type": "modal", "title": plain("x"), "blocks": [section(), text_input()]},
            "must define `submit` to use `input` block [json-pointer:/view/blocks/1/input]",
        ),
        ({"type": "home", "blocks": [section()]}, "unsupported type: home [json-pointer:/view/type]"),
        (modal(section("")), "must be more than 0 characters [json-pointer:/view/blocks/0/text/text]"),
        (modal() | {"blocks": []}, "no less than 1 items allowed [json-pointer:/view/blocks]"),
        ("view", "must provide an object [json-pointer:/view]"),
    ],
)
def test_bad_modals_are_refused(view: Any, words: str) -> None:
    assert words in [str(problem) for problem in check_view(view, MODAL)]


def test_home_takes_inputs_without_submit_but_no_title() -> None:
    home = Surroundings("home")
    assert check_view({"type": "home", "blocks": [text_input()]}, home) == []
    [problem] = check_view({"type": "home", "blocks": [section()], "title": plain("x")}, home)
    assert problem.message == "invalid additional property: title"


def test_a_view_has_a_largest_size() -> None:
    assert not too_large(modal())
    assert too_large(modal(*[section("x" * 3000)] * 90))
