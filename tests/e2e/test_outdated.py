"""Buttons, forms, menus and shortcuts that another version of the program made."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack.directory import Shortcut
from handlers.middleware import OLD_BUTTON, OLD_FORM, OLD_SHORTCUT
from tests.e2e.team import Team, picture

pytestmark = pytest.mark.slow

BUTTON = {"type": "button", "action_id": "card.of_long_ago", "text": {"type": "plain_text", "text": "Go"}}
ROW = {"type": "actions", "block_id": "row", "elements": [BUTTON]}
WORDS = {"type": "section", "text": {"type": "plain_text", "text": "Hello"}}
MENU = {"type": "external_select", "action_id": "search.of_long_ago", "min_query_length": 0}


@pytest.fixture
def client(team: Team) -> AsyncWebClient:
    """Slack as an earlier version of the bot called it."""
    sandbox = team.sandbox
    return AsyncWebClient(sandbox.bot_token, base_url=sandbox.slack_api_url, retry_handlers=[])


def modal(*blocks: dict[str, Any]) -> dict[str, Any]:
    titles = {name: {"type": "plain_text", "text": name} for name in ("title", "submit")}
    return {"type": "modal", "callback_id": "form.of_long_ago", "blocks": list(blocks), **titles}


async def opened(team: Team, client: AsyncWebClient, *blocks: dict[str, Any]) -> str:
    ana = team.slack.directory.person("ana").id
    trigger = team.slack.workspace.triggers.issue(ana)
    answer = await client.views_open(trigger_id=trigger, view=modal(WORDS, *blocks))
    return str(answer["view"]["id"])


async def test_a_button_of_a_message_is_answered_to_whoever_pressed(
    team: Team, client: AsyncWebClient
) -> None:
    post = await team.post([picture()])
    await client.chat_postMessage(
        channel=team.slack.directory.channel("mascots").id,
        thread_ts=post["ts"],
        text="An old card",
        blocks=[ROW],
    )
    await team.press(team.replies(post)[-1], "card.of_long_ago", user="ben")
    await team.slack.wait_until(lambda: OLD_BUTTON in "".join(team.words(post, viewer="ben")) or None)
    assert OLD_BUTTON not in "".join(team.words(post, viewer="ana"))
    assert team.findings() == []


async def test_a_button_of_home_brings_the_newest_home(team: Team, client: AsyncWebClient) -> None:
    ana = team.slack.directory.person("ana").id
    await client.views_publish(user_id=ana, view={"type": "home", "blocks": [ROW]})
    view = team.slack.home("ana")
    assert view is not None
    assert (await team.slack.press_in_view("ana", view["id"], "card.of_long_ago")).acknowledged
    await team.slack.wait_until(lambda: OLD_BUTTON in str(team.slack.home("ana")) or None)
    assert "card.of_long_ago" not in str(team.slack.home("ana"))
    assert team.findings() == []


async def test_a_button_of_a_form_shows_that_the_form_is_old(team: Team, client: AsyncWebClient) -> None:
    view_id = await opened(team, client, ROW)
    assert (await team.slack.press_in_view("ana", view_id, "card.of_long_ago")).acknowledged
    await team.slack.wait_until(lambda: OLD_FORM in str(team.slack.view("ana")) or None)
    assert team.findings() == []


async def test_a_form_that_is_sent_says_so(team: Team, client: AsyncWebClient) -> None:
    view_id = await opened(team, client)
    submitted = await team.slack.submit("ana", view_id, {})
    assert not submitted.timed_out
    assert OLD_FORM in str(team.slack.view("ana"))
    assert team.findings() == []


async def test_a_menu_offers_nothing(team: Team, client: AsyncWebClient) -> None:
    label = {"type": "plain_text", "text": "Which"}
    view_id = await opened(team, client, {"type": "input", "label": label, "element": MENU})
    assert await team.slack.options("ana", view_id, "search.of_long_ago", "fox") == {"options": []}
    assert team.findings() == []


@pytest.mark.parametrize("kind", ["global", "message"])
async def test_a_shortcut_says_so(team: Team, kind: Any) -> None:
    app = team.slack.directory.app
    app.shortcuts = (*app.shortcuts, Shortcut("shortcut_of_long_ago", "Old", kind))
    post = await team.slack.post(user="ana", channel="mascots", text="look")
    where = ("mascots", post["ts"]) if kind == "message" else ()
    assert (await team.slack.shortcut("ana", "shortcut_of_long_ago", *where)).acknowledged
    await team.slack.wait_until(lambda: OLD_SHORTCUT in str(team.slack.view("ana")) or None)
    assert team.findings() == []
