"""Blocks: what passes, what is refused, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from bot.sandbox.slack.blockkit import Surroundings, check_blocks
from bot.sandbox.slack.blockkit.schema import Surface
from tests.sandbox.slack.conftest import actions, button, section, text_input

MESSAGE = Surroundings("message")
IMAGE = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a fox"}
PLAIN = {"type": "plain_text", "text": "words"}
OPTION = {"text": PLAIN, "value": "one"}
RICH = {
    "type": "rich_text",
    "elements": [
        {
            "type": "rich_text_section",
            "elements": [
                {"type": "text", "text": "hi", "style": {"bold": True}},
                {"type": "user", "user_id": "U1"},
                {"type": "link", "url": "https://example.com"},
            ],
        },
        {
            "type": "rich_text_list",
            "style": "bullet",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "emoji", "name": "fox"}]}],
        },
    ],
}


def element(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "action_id": "it", **more}


ACCEPTED: dict[str, dict[str, Any]] = {
    "header": {"type": "header", "text": PLAIN},
    "divider": {"type": "divider", "block_id": "line"},
    "section": section("x" * 3000),
    "section fields": {"type": "section", "fields": [PLAIN] * 10},
    "section image": section(accessory=IMAGE),
    "section button": section(accessory=button(style="danger", value="v" * 2000)),
    "section overflow": section(accessory=element("overflow", options=[OPTION] * 5)),
    "context": {"type": "context", "elements": [PLAIN, {"type": "mrkdwn", "text": "*x*"}, IMAGE]},
    "actions": actions(*(button(str(n)) for n in range(25))),
    "actions link": actions(button(url="https://example.com", accessibility_label="go")),
    "actions confirm": actions(
        button(confirm={"title": PLAIN, "text": PLAIN, "confirm": PLAIN, "deny": PLAIN, "style": "danger"})
    ),
    "static select": actions(element("static_select", options=[OPTION], initial_option=OPTION)),
    "grouped select": actions(
        element("static_select", option_groups=[{"label": PLAIN, "options": [OPTION]}], placeholder=PLAIN)
    ),
    "users select": actions(element("users_select", initial_user="U1")),
    "conversations select": actions(element("conversations_select", filter={"include": ["private"]})),
    "multi select": section(accessory=element("multi_static_select", options=[OPTION])),
    "checkboxes": actions(element("checkboxes", options=[OPTION] * 10, initial_options=[OPTION])),
    "radio": actions(element("radio_buttons", options=[OPTION])),
    "datepicker": actions(element("datepicker", initial_date="2026-11-22")),
    "timepicker": actions(element("timepicker", initial_time="23:59", timezone="Europe/Lisbon")),
    "datetimepicker": actions(element("datetimepicker", initial_date_time=1_700_000_000)),
    "image": {**IMAGE, "title": PLAIN},
    "image of a file": {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "a fox"},
    "input": text_input(min_length=1, max_length=80, initial_value="Felix", multiline=True),
    "email": {"type": "input", "label": PLAIN, "element": element("email_text_input")},
    "number": {"type": "input", "label": PLAIN, "element": element("number_input", is_decimal_allowed=False)},
    "file input": {"type": "input", "label": PLAIN, "element": element("file_input", max_files=6)},
    "rich text": RICH,
    "rich text input": {"type": "input", "label": PLAIN, "element": element("rich_text_input")},
    "markdown": {"type": "markdown", "text": "**x**"},
    "video": {
        "type": "video",
        "alt_text": "a",
        "title": PLAIN,
        "thumbnail_url": "https://example.com/t.png",
        "video_url": "https://example.com/v",
    },
}

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "long section": (
        section("x" * 3001),
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    "empty section": (section(""), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    "no text": ({"type": "section"}, "must define one of: text, fields [json-pointer:/blocks/0]"),
    "text not text": (section(7), "must provide a string [json-pointer:/blocks/0/text/text]"),  # type: ignore[arg-type]
    "text as string": (
        {"type": "section", "text": "x"},
        "must provide an object [json-pointer:/blocks/0/text]",
    ),
    "emoji in mrkdwn": (
        {"type": "section", "text": {"type": "mrkdwn", "text": "x", "emoji": True}},
        "invalid additional property: emoji [json-pointer:/blocks/0/text]",
    ),
    "eleven fields": (
        {"type": "section", "fields": [PLAIN] * 11},
        "no more than 10 items allowed [json-pointer:/blocks/0/fields]",
    ),
    "mrkdwn header": (
        {"type": "header", "text": {"type": "mrkdwn", "text": "x"}},
        "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
    ),
    "long header": (
        {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}},
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    "too many buttons": (
        actions(*(button(str(n)) for n in range(26))),
        "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
    ),
    "no buttons": (actions(), "no less than 1 items allowed [json-pointer:/blocks/0/elements]"),
    "disabled button": (
        actions(button(disabled=True)),
        "invalid additional property: disabled [json-pointer:/blocks/0/elements/0]",
    ),
    "loud button": (
        actions(button(style="loud")),
        "must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]",
    ),
    "long value": (
        actions(button(value="v" * 2001)),
        "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    ),
    "no url": (actions(button(url="here")), "invalid url [json-pointer:/blocks/0/elements/0/url]"),
    "same action twice": (
        actions(button(), button()),
        '`action_id` "go" already exists [json-pointer:/blocks/0/elements/1/action_id]',
    ),
    "text input in actions": (
        actions(element("plain_text_input")),
        "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]",
    ),
    "six in overflow": (
        section(accessory=element("overflow", options=[OPTION] * 6)),
        "no more than 5 items allowed [json-pointer:/blocks/0/accessory/options]",
    ),
    "foreign initial option": (
        actions(element("static_select", options=[OPTION], initial_option={"text": PLAIN, "value": "two"})),
        "initial option(s) must be among the options [json-pointer:/blocks/0/elements/0]",
    ),
    "select without options": (
        actions(element("static_select")),
        "must define exactly one of: options, option_groups [json-pointer:/blocks/0/elements/0]",
    ),
    "no alt text": (
        {"type": "image", "image_url": "https://example.com/a.png"},
        "missing required field: alt_text [json-pointer:/blocks/0]",
    ),
    "two sources": (
        {**IMAGE, "slack_file": {"id": "F1"}},
        "must define exactly one of: image_url, slack_file [json-pointer:/blocks/0]",
    ),
    "id and url": (
        {"type": "image", "alt_text": "a", "slack_file": {"id": "F1", "url": "https://x.y/z"}},
        "must define exactly one of: id, url [json-pointer:/blocks/0/slack_file]",
    ),
    "long action_id": (
        actions(button("x" * 256)),
        "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
    ),
    "lengths crossed": (
        text_input(min_length=5, max_length=2),
        "`min_length` must not be greater than `max_length` [json-pointer:/blocks/0/element]",
    ),
    "max_length": (
        text_input(max_length=3001),
        "must be less than 3001 [json-pointer:/blocks/0/element/max_length]",
    ),
    "date": (
        actions(element("datepicker", initial_date="22.11.2026")),
        "must be a date in the format YYYY-MM-DD [json-pointer:/blocks/0/elements/0/initial_date]",
    ),
    "button in input": (
        {"type": "input", "label": PLAIN, "element": button()},
        "unsupported type: button [json-pointer:/blocks/0/element/type]",
    ),
    "button in context": (
        {"type": "context", "elements": [button()]},
        "unsupported type: button [json-pointer:/blocks/0/elements/0/type]",
    ),
    "remote file": (
        {"type": "file", "external_id": "x", "source": "remote"},
        "unsupported type: file [json-pointer:/blocks/0/type]",
    ),
    "card": ({"type": "card", "title": PLAIN}, "unsupported type: card [json-pointer:/blocks/0/type]"),
    "table": ({"type": "table", "rows": []}, "unsupported type: table [json-pointer:/blocks/0/type]"),
    "no type": ({"text": PLAIN}, "missing required field: type [json-pointer:/blocks/0]"),
    "rich text style": (
        {**RICH, "elements": [{"type": "rich_text_section", "elements": [{"type": "shout", "text": "x"}]}]},
        "unsupported type: shout [json-pointer:/blocks/0/elements/0/elements/0/type]",
    ),
    "http video": (
        {**ACCEPTED["video"], "video_url": "http://example.com/v"},
        "invalid url [json-pointer:/blocks/0/video_url]",
    ),
}


@pytest.mark.parametrize("block", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_good_blocks_pass(block: dict[str, Any]) -> None:
    assert check_blocks([block], MESSAGE) == []


@pytest.mark.parametrize(("block", "words"), REFUSED.values(), ids=REFUSED.keys())
def test_bad_blocks_are_refused_in_slacks_words(block: dict[str, Any], words: str) -> None:
    assert words in [str(problem) for problem in check_blocks([block], MESSAGE)]


@pytest.mark.parametrize(("surface", "most"), [("message", 50), ("modal", 100), ("home", 100)])
def test_a_surface_holds_so_many_blocks(surface: Surface, most: int) -> None:
    around = Surroundings(surface)
    assert check_blocks([section()] * most, around) == []
    [problem] = check_blocks([section()] * (most + 1), around)
    assert str(problem) == f"no more than {most} items allowed [json-pointer:/blocks]"


def test_block_ids_are_unique() -> None:
    [problem] = check_blocks([section(block_id="a"), section(block_id="b"), section(block_id="a")], MESSAGE)
    assert str(problem) == '`block_id` "a" already exists [json-pointer:/blocks/2/block_id]'


def test_blocks_without_ids_do_not_clash() -> None:
    assert check_blocks([section(), section(block_id=""), section(block_id="")], MESSAGE) == []


def test_the_same_action_may_stand_in_two_blocks() -> None:
    assert check_blocks([actions(button()), actions(button())], MESSAGE) == []


def test_markdown_stands_in_messages_only_and_has_a_limit_together() -> None:
    block = {"type": "markdown", "text": "x" * 7000}
    assert check_blocks([block], Surroundings("modal"))[0].message == "unsupported type: markdown"
    assert check_blocks([block], MESSAGE) == []
    assert "together" in check_blocks([block, block], MESSAGE)[0].message


def test_a_slack_file_must_be_one_that_can_be_shown() -> None:
    block = {"type": "image", "slack_file": {"id": "F1"}, "alt_text": "a fox"}
    refusing = Surroundings("message", lambda file: False)
    assert [str(problem) for problem in check_blocks([block], refusing)] == [
        "invalid slack file [json-pointer:/blocks/0/slack_file]"
    ]


@pytest.mark.parametrize("blocks", [None, "[]", {"type": "section"}])
def test_blocks_are_an_array(blocks: Any) -> None:
    assert str(check_blocks(blocks, MESSAGE)[0]) == "must provide an array [json-pointer:/blocks]"


@pytest.mark.parametrize(
    "block",
    [
        *(5, "x", None, [], {}, {"type": []}, {"type": {}}, {"type": "section", "text": {"type": []}}),
        {"type": "divider", "block_id": []},
        actions({"type": "static_select", "options": 7, "initial_option": []}),
        actions({"type": "static_select", "option_groups": 5, "initial_option": []}),
        actions({"type": "static_select", "option_groups": [1]}),
        actions(button(style=[])),
        {"type": "image", "alt_text": "x", "slack_file": {"id": []}},
        {"type": "context", "elements": [5]},
        {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": []}]}]},
    ],
    ids=str,
)
def test_nonsense_of_any_type_is_refused(block: Any) -> None:
    assert check_blocks([block], Surroundings("message")) != []
