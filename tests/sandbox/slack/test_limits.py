"""Our limits are the published ones, where the reference files lie beside the checkout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.slack.blockkit import Surroundings, check_blocks, check_view
from tests.sandbox.slack.conftest import actions, button, modal, section, text_input

REFERENCE = Path(__file__).parents[3] / "../shared/slack/blockkit-limits.json"

PLAIN = "plain_text"


def sized(length: int) -> str:
    return "x" * length


def plain(length: int) -> dict[str, str]:
    return {"type": PLAIN, "text": sized(length)}


def option(**more: Any) -> dict[str, Any]:
    return {"text": plain(1), "value": "v", **more}


def overflow(options: list[dict[str, Any]]) -> dict[str, Any]:
    return section(accessory={"type": "overflow", "options": options})


def confirmed(**more: Any) -> dict[str, Any]:
    words = {name: plain(1) for name in ("title", "text", "confirm", "deny")}
    return actions(button(confirm={**words, **more}))


def menu(**more: Any) -> dict[str, Any]:
    return actions({"type": "static_select", "options": [option()], **more})


def image(**more: Any) -> dict[str, Any]:
    return {"type": "image", "image_url": "https://example.com/", "alt_text": "a", **more}


def video(**more: Any) -> dict[str, Any]:
    urls = {"thumbnail_url": "https://example.com/t", "video_url": "https://example.com/v"}
    return {"type": "video", "alt_text": "a", "title": plain(1), **urls, **more}


def group(**more: Any) -> dict[str, Any]:
    return actions(
        {"type": "static_select", "option_groups": [{"label": plain(1), "options": [option()], **more}]}
    )


def file_input(**more: Any) -> dict[str, Any]:
    return {**text_input(), "element": {"type": "file_input", **more}}


BLOCKS = [
    ("text/max_length", lambda n: section(sized(n))),
    ("action_id/max_length", lambda n: actions(button(sized(n)))),
    ("block_id/max_length", lambda n: section(block_id=sized(n))),
    ("button/text/max_length", lambda n: actions(button(text=plain(n)))),
    ("button/value/max_length", lambda n: actions(button(value=sized(n)))),
    ("button/url/max_length", lambda n: actions(button(url="https://x/".ljust(n, "x")))),
    ("button/accessibility_label/max_length", lambda n: actions(button(accessibility_label=sized(n)))),
    ("confirmation/title/max_length", lambda n: confirmed(title=plain(n))),
    ("confirmation/text/max_length", lambda n: confirmed(text=plain(n))),
    ("confirmation/confirm/max_length", lambda n: confirmed(confirm=plain(n))),
    ("confirmation/deny/max_length", lambda n: confirmed(deny=plain(n))),
    ("option/text/max_length", lambda n: overflow([option(text=plain(n))])),
    ("option/value/max_length", lambda n: overflow([option(value=sized(n))])),
    ("option/description/max_length", lambda n: overflow([option(description=plain(n))])),
    ("option/url/max_length", lambda n: overflow([option(url="https://x/".ljust(n, "x"))])),
    ("option_group/label/max_length", lambda n: group(label=plain(n))),
    ("option_group/options/max_items", lambda n: group(options=[option()] * n)),
    ("select/placeholder/max_length", lambda n: menu(placeholder=plain(n))),
    ("select/options/max_items", lambda n: menu(options=[option()] * n)),
    (
        "select/option_groups/max_items",
        lambda n: actions(
            {
                "type": "static_select",
                "option_groups": [{"label": plain(1), "options": [option(value=str(i))]} for i in range(n)],
            }
        ),
    ),
    ("file_input/max_files/max", lambda n: file_input(max_files=n)),
    ("overflow/options/max_items", lambda n: overflow([option()] * n)),
    ("checkboxes/options/max_items", lambda n: actions({"type": "checkboxes", "options": [option()] * n})),
    (
        "radio_buttons/options/max_items",
        lambda n: actions({"type": "radio_buttons", "options": [option()] * n}),
    ),
    ("plain_text_input/max_length/max", lambda n: text_input(max_length=n)),
    ("actions/elements/max_items", lambda n: actions(*(button(str(i)) for i in range(n)))),
    ("context/elements/max_items", lambda n: {"type": "context", "elements": [plain(1)] * n}),
    ("header/text/max_length", lambda n: {"type": "header", "text": plain(n)}),
    ("image/image_url/max_length", lambda n: image(image_url="https://x/".ljust(n, "x"))),
    ("image/alt_text/max_length", lambda n: image(alt_text=sized(n))),
    ("input/label/max_length", lambda n: {**text_input(), "label": plain(n)}),
    ("input/hint/max_length", lambda n: {**text_input(), "hint": plain(n)}),
    ("markdown/text/max_length", lambda n: {"type": "markdown", "text": sized(n)}),
    ("section/text/max_length", lambda n: section(sized(n))),
    ("section/fields/max_items", lambda n: {"type": "section", "fields": [plain(1)] * n}),
    ("section/fields/item_max_length", lambda n: {"type": "section", "fields": [plain(n)]}),
    ("video/alt_text/max_length", lambda n: video(alt_text=sized(n))),
    ("video/title/max_length", lambda n: video(title=plain(n))),
    ("video/author_name/max_length", lambda n: video(author_name=sized(n))),
    ("video/description/max_length", lambda n: video(description=plain(n))),
    ("video/provider_name/max_length", lambda n: video(provider_name=sized(n))),
]
VIEWS = [
    ("view/blocks/max_items", lambda n: modal(*[section()] * n)),
    ("view/private_metadata/max_length", lambda n: modal(private_metadata=sized(n))),
    ("view/callback_id/max_length", lambda n: modal(callback_id=sized(n))),
    ("view/title/max_length", lambda n: modal(title=plain(n))),
    ("view/close/max_length", lambda n: modal(close=plain(n))),
    ("view/submit/max_length", lambda n: modal(submit=plain(n))),
]
LEAST = [
    ("text/min_length", lambda n: section(sized(n))),
    ("option_group/options/min_items", lambda n: group(options=[option()] * n)),
    ("overflow/options/min_items", lambda n: overflow([option()] * n)),
    ("checkboxes/options/min_items", lambda n: actions({"type": "checkboxes", "options": [option()] * n})),
    (
        "radio_buttons/options/min_items",
        lambda n: actions({"type": "radio_buttons", "options": [option()] * n}),
    ),
    ("file_input/max_files/min", lambda n: file_input(max_files=n)),
    ("markdown/text/min_length", lambda n: {"type": "markdown", "text": sized(n)}),
    ("video/alt_text/min_length", lambda n: video(alt_text=sized(n))),
]
COVERED_OTHERWISE = {
    "url_source/url/min_length": "an empty URL is none: test_urls_are_urls",
    "url_source/url/max_length": "image/image_url/max_length",
    "view/blocks/min_items": "test_a_view_without_blocks",
}
REFUSED_ALTOGETHER = (
    *("alert", "card", "carousel", "container", "context_actions", "data_table", "data_visualization"),
)
OF_REFUSED_BLOCKS = {*REFUSED_ALTOGETHER, "feedback_button", "icon_button"}


def limits() -> dict[str, Any]:
    if not REFERENCE.exists():
        pytest.skip("the reference files are not beside this checkout")
    found: dict[str, Any] = json.loads(REFERENCE.read_text())
    return found


def published(path: str) -> int:
    limit: Any = limits()
    for step in path.split("/"):
        limit = limit[step]
    assert isinstance(limit, int)
    return limit


def paths(limit: Any, at: str = "") -> set[str]:
    if not isinstance(limit, dict):
        return {at}
    return {path for name, member in limit.items() for path in paths(member, f"{at}/{name}".lstrip("/"))}


def test_every_published_limit_is_tried() -> None:
    tried = {path for path, _ in [*BLOCKS, *VIEWS, *LEAST]} | COVERED_OTHERWISE.keys()
    applying = {path for path in paths(limits()) if path.split("/")[0] not in OF_REFUSED_BLOCKS}
    assert tried == applying


@pytest.mark.parametrize(("path", "block"), BLOCKS, ids=[path for path, _ in BLOCKS])
def test_no_more_than_the_limit(path: str, block: Any) -> None:
    limit, around = published(path), Surroundings("message")
    assert check_blocks([block(limit)], around) == []
    problems = check_blocks([block(limit + 1)], around)
    assert any(limit in problem.constraint.values() for problem in problems)
    assert {problem.code for problem in problems} <= {"too_long", "too_many", "too_large"}


@pytest.mark.parametrize(("path", "block"), LEAST, ids=[path for path, _ in LEAST])
def test_no_less_than_the_limit(path: str, block: Any) -> None:
    limit, around = published(path), Surroundings("message")
    assert check_blocks([block(limit)], around) == []
    problems = check_blocks([block(limit - 1)], around)
    assert any(limit in problem.constraint.values() for problem in problems)
    assert {problem.code for problem in problems} <= {"too_short", "too_few", "too_small"}


@pytest.mark.parametrize(("path", "view"), VIEWS, ids=[path for path, _ in VIEWS])
def test_view_limits(path: str, view: Any) -> None:
    limit, around = published(path), Surroundings("modal")
    assert check_view(view(limit), around) == []
    [problem] = check_view(view(limit + 1), around)
    assert limit in problem.constraint.values()


def test_urls_are_urls() -> None:
    for wrong in ("", "x", "ftp://example.com/x", "https://"):
        [problem] = check_blocks([image(image_url=wrong)], Surroundings("message"))
        assert problem.pointer == "/blocks/0/image_url"
        assert problem.code in ("invalid_url", "too_short")


def test_a_view_without_blocks() -> None:
    view = modal() | {"blocks": []}
    [problem] = check_view(view, Surroundings("modal"))
    assert problem.as_json() == {
        "code": "too_few",
        "message": "no less than 1 items allowed",
        "pointer": "/view/blocks",
        "constraint": {"min_items": 1},
    }


@pytest.mark.parametrize("type_", REFUSED_ALTOGETHER)
def test_blocks_that_are_not_imitated_are_refused(type_: str) -> None:
    [problem] = check_blocks([{"type": type_}], Surroundings("message"))
    assert (problem.code, problem.message) == ("unsupported_type", f"unsupported type: {type_}")
