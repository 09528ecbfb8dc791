"""Composition objects: text, options, confirmation dialogs, files (docs.slack.dev: composition objects)."""

from __future__ import annotations

from typing import Any

from bot.sandbox.slack.blockkit.schema import (
    Check,
    Problem,
    Problems,
    Surroundings,
    at_least_one,
    boolean,
    by_type,
    exactly_one,
    items,
    one_of,
    text,
    thing,
    url,
)

ACTION_ID = text(most=255)
BLOCK_ID = text(most=255, least=0)


def plain_text(most: int) -> Check:
    """A `plain_text` object of at most `most` characters."""
    return by_type({"plain_text": thing(required={"text": text(most=most)}, optional={"emoji": boolean})})


def any_text(most: int = 3000) -> Check:
    """A `plain_text` or `mrkdwn` object of at most `most` characters."""
    return by_type(
        {
            "plain_text": thing(required={"text": text(most=most)}, optional={"emoji": boolean}),
            "mrkdwn": thing(required={"text": text(most=most)}, optional={"verbatim": boolean}),
        }
    )


CONFIRM = thing(
    required={
        "title": plain_text(100),
        "text": any_text(300),
        "confirm": plain_text(30),
        "deny": plain_text(30),
    },
    optional={"style": one_of("primary", "danger")},
)

OPTION = thing(
    required={"text": plain_text(75), "value": text(most=150)}, optional={"description": plain_text(75)}
)
RICH_OPTION = thing(
    required={"text": any_text(75), "value": text(most=150)}, optional={"description": any_text(75)}
)
OVERFLOW_OPTION = thing(
    required={"text": plain_text(75), "value": text(most=150)},
    optional={"description": plain_text(75), "url": url()},
)
OPTION_GROUPS = items(thing(required={"label": plain_text(75), "options": items(OPTION, most=100)}), most=100)

_OFFERED = thing(
    optional={"options": items(OPTION, least=0, most=100), "option_groups": OPTION_GROUPS},
    also=[exactly_one("options", "option_groups")],
)


def check_options(answer: Any, around: Surroundings) -> list[Problem]:
    """Everything wrong with an answer to `block_suggestion`."""
    return list(_OFFERED(answer, "", around))


CONVERSATION_FILTER = thing(
    optional={
        "include": items(one_of("im", "mpim", "private", "public"), most=4),
        "exclude_external_shared_channels": boolean,
        "exclude_bot_users": boolean,
    },
    also=[at_least_one("include", "exclude_external_shared_channels", "exclude_bot_users")],
)

DISPATCH_CONFIG = thing(
    optional={"trigger_actions_on": items(one_of("on_enter_pressed", "on_character_entered"), most=2)}
)


def slack_file(value: Any, at: str, around: Surroundings) -> Problems:
    """A file of the workspace as an image's source.

    It must be a png, jpg, jpeg or gif that is processed and that the poster can see
    (docs.slack.dev: Slack file object; wording from python-slack-sdk issue 1797).
    """
    shape = thing(optional={"id": text(most=255), "url": url()}, also=[exactly_one("id", "url")])
    if problems := list(shape(value, at, around)):
        yield from problems
    elif not around.file_shown(value):
        yield Problem("invalid slack file", at, "file_not_shown", {"processed": True})


IMAGE_SOURCE = {"image_url": url(), "slack_file": slack_file}
ONE_IMAGE_SOURCE = exactly_one("image_url", "slack_file")
ALT_TEXT = text(most=2000)
