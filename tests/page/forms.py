"""The views and blocks of the demonstration app."""

from __future__ import annotations

from typing import Any

from tests.sandbox.slack.conftest import actions, button, section

Json = dict[str, Any]


def words(text: str) -> Json:
    """A plain_text object."""
    return {"type": "plain_text", "text": text}


def option(text: str, value: str = "", description: str = "") -> Json:
    """An option object; its value is its first word in small letters where none is given."""
    made: Json = {"text": words(text), "value": value or text.split()[0].lower()}
    return made | ({"description": words(description)} if description else {})


def field(label: str, element: Json, **more: Any) -> Json:
    """An input block named after its element's action."""
    return {
        "type": "input",
        "block_id": element["action_id"],
        "label": words(label),
        "element": element,
        **more,
    }


STYLES = [option("Flat vector"), option("Soft shading"), option("Pixel art"), option("Line drawing")]


def everything() -> Json:
    """A form with each kind of field that Block Kit has for forms."""
    return {
        "type": "modal",
        "callback_id": "everything",
        "title": words("New mascot"),
        "submit": words("Create"),
        "close": words("Cancel"),
        "notify_on_close": False,
        "blocks": [*_about(), *_choices(), *_rest()],
    }


def _about() -> list[Json]:
    typed = "plain_text_input"
    line = {"type": typed, "action_id": "name", "placeholder": words("Felix the Fox"), "max_length": 40}
    prompt = {"type": typed, "action_id": "prompt", "multiline": True, "max_length": 400}
    live = {"type": typed, "action_id": "slug", "placeholder": words("felix")}
    return [
        field("Name", line, hint=words("As your team calls it.")),
        field("Prompt", prompt, optional=True),
        field("Short name", live, optional=True, dispatch_action=True),
        {
            "type": "actions",
            "block_id": "more",
            "elements": [button("deeper", text=words("Rename in a form"))],
        },
    ]


def _choices() -> list[Json]:
    return [
        field("Style", {"type": "static_select", "action_id": "style", "options": STYLES}),
        field("Colours", {"type": "multi_static_select", "action_id": "colours", "options": COLOURS}),
        field("Like this one", {"type": "external_select", "action_id": "mascot", "min_query_length": 1}),
        field("Reviewer", {"type": "users_select", "action_id": "reviewer"}, optional=True),
        field("Informed", {"type": "multi_users_select", "action_id": "informed"}),
        field("Channel", {"type": "conversations_select", "action_id": "channel"}, optional=True),
        field("Used for", {"type": "checkboxes", "action_id": "uses", "options": USES}),
        field("Review", {"type": "radio_buttons", "action_id": "review", "options": REVIEWS}),
    ]


def _rest() -> list[Json]:
    number = {
        "type": "number_input",
        "action_id": "count",
        "is_decimal_allowed": False,
        "min_value": "1",
        "max_value": "6",
    }
    return [
        field("Due", {"type": "datepicker", "action_id": "due"}, optional=True),
        field("At", {"type": "timepicker", "action_id": "at"}, optional=True),
        field("References", number, optional=True),
        field("Website", {"type": "url_text_input", "action_id": "site"}, optional=True),
        field("Write to", {"type": "email_text_input", "action_id": "mail"}, optional=True),
        field(
            "Image", {"type": "file_input", "action_id": "image", "filetypes": ["png", "jpg"], "max_files": 2}
        ),
    ]


COLOURS = [option("Orange"), option("Cream"), option("Blue"), option("Black")]
USES = [option("Website", description="Hero and footer"), option("Stickers"), option("Presentations")]
REVIEWS = [option("One person", "one"), option("Two people", "two")]


def deeper() -> Json:
    """A form to lay on another; it refuses the name `taken`."""
    return {
        "type": "modal",
        "callback_id": "deeper",
        "title": words("Rename"),
        "submit": words("Save"),
        "blocks": [
            {
                "type": "input",
                "block_id": "name",
                "label": words("Name"),
                "element": {"type": "plain_text_input", "action_id": "value"},
            }
        ],
    }


def short() -> Json:
    """A form with one field."""
    return deeper() | {"title": words("New mascot"), "submit": words("Create")}


def home(visits: int) -> Json:
    """The Home tab, which counts how often its button was pressed."""
    waiting = section("*Otto the Octopus*\nWaits for your review since yesterday, 3 of 6 references")
    return {
        "type": "home",
        "blocks": [
            {"type": "header", "text": words("Your mascots")},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": f"Looked at {visits} times"}]},
            {"type": "actions", "elements": [button("visit", text=words("Look again"), style="primary")]},
            {"type": "divider"},
            waiting | {"accessory": button("review", text=words("Review"))},
            section("*Felix the Fox*\nApproved by Ana and Chris, 4 of 6 references")
            | {"accessory": {"type": "overflow", "action_id": "more", "options": STYLES[:3]}},
            {"type": "divider"},
            section("Where should new mascots go?")
            | {"accessory": {"type": "static_select", "action_id": "place", "options": STYLES}},
        ],
    }


def card() -> list[Json]:
    """The card that answers an image."""
    sure = {
        "title": words("Approve this mascot?"),
        "text": words("Ana and Chris are told."),
        "confirm": words("Approve"),
        "deny": words("Not yet"),
    }
    return [
        {"type": "header", "block_id": "name", "text": words("Felix the Fox")},
        section("A friendly orange fox with a cream belly and a blue scarf, *flat vector* style."),
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "References ● ○ ○ ○ ○ ○ 1 of 6"}]},
        actions(
            button("approve", text=words("Approve"), style="primary", confirm=sure),
            button("change", text=words("Request changes")),
            {"type": "overflow", "action_id": "more", "options": STYLES[:3]},
        ),
    ]


def zoo() -> list[Json]:
    """Every kind of block that a message may have, and pictures from elsewhere."""
    fields = [{"type": "mrkdwn", "text": f"*{name}*\n{value}"} for name, value in FACTS.items()]
    elsewhere = "https://images.example.com/fox.png"
    return [
        {"type": "header", "text": words("Every block")},
        section("A section with *bold*, _italic_, ~struck~ and `code`, and <https://example.com|a link>."),
        {"type": "section", "fields": fields},
        {"type": "divider"},
        {"type": "image", "image_url": elsewhere, "alt_text": "An orange fox", "title": words("Felix")},
        {
            "type": "context",
            "elements": [{"type": "image", "image_url": elsewhere, "alt_text": "Fox"}, *fields[:1]],
        },
        {"type": "rich_text", "elements": [_rich_list()]},
        {"type": "markdown", "text": "## A heading\n- one **bold** point\n- [a link](https://example.com)"},
        actions(
            {"type": "static_select", "action_id": "style", "options": STYLES, "placeholder": words("Style")},
            {"type": "multi_static_select", "action_id": "colours", "options": COLOURS},
            {"type": "datepicker", "action_id": "due"},
        ),
    ]


FACTS = {"Style": "Flat vector", "References": "2 of 6", "Review": "1 of 2", "Owner": "Ana Lima"}


def _rich_list() -> Json:
    items = ["round ears", "cream belly", "blue scarf"]
    texts = [{"type": "rich_text_section", "elements": [{"type": "text", "text": text}]} for text in items]
    return {"type": "rich_text_list", "style": "bullet", "elements": texts}
