"""views.* through the SDK, and what people do in views, over a real socket."""

from __future__ import annotations

from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.sandbox.slack import LocalSlack
from tests.sandbox.slack.conftest import actions, button, entered, modal, section, text_input

ANA = "U0ANA000001"


async def refused(client: AsyncWebClient, method: str, **arguments: Any) -> dict[str, Any]:
    with pytest.raises(SlackApiError) as caught:
        await client.api_call(method, json=arguments)
    answer = caught.value.response.data
    assert isinstance(answer, dict)
    return answer


def trigger(slack: LocalSlack) -> str:
    return slack.workspace.triggers.issue(ANA)


async def test_open_answers_the_view_and_shows_it(client: AsyncWebClient, slack: LocalSlack) -> None:
    answer = await client.views_open(trigger_id=trigger(slack), view=modal(text_input(initial_value="Felix")))
    view = answer["view"]
    assert view["root_view_id"] == view["id"]
    assert view["state"] == {"values": {}}
    shown = slack.view("ana")
    assert shown is not None
    assert shown["state"]["values"]["name"]["value"] == {"type": "plain_text_input", "value": "Felix"}
    assert slack.view("ben") is None


async def test_triggers_are_good_once_and_for_three_seconds(
    client: AsyncWebClient, slack: LocalSlack
) -> None:
    used = trigger(slack)
    await client.views_open(trigger_id=used, view=modal())
    assert (await refused(client, "views.open", trigger_id=used, view=modal()))[
        "error"
    ] == "exchanged_trigger_id"
    slack.workspace.triggers.lifetime = -1
    late = trigger(slack)
    assert (await refused(client, "views.open", trigger_id=late, view=modal()))[
        "error"
    ] == "expired_trigger_id"
    unknown = "1.2.abc"
    assert (await refused(client, "views.open", trigger_id=unknown, view=modal()))[
        "error"
    ] == "invalid_trigger_id"
    answer = await refused(client, "views.open", trigger_id="nonsense", view=modal())
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] invalid `trigger_id` [json-pointer:/trigger_id]"
    ]


@pytest.mark.parametrize(
    ("view", "error"),
    [
        (modal(section("")), "invalid_arguments"),
        ({"type": "modal"}, "invalid_arguments"),
        (modal(*[section("x" * 3000)] * 90), "view_too_large"),
        (modal(external_id="taken"), "duplicate_external_id"),
        ({"type": "home", "blocks": [section()]}, "invalid_arguments"),
    ],
)
async def test_bad_views_are_refused(
    client: AsyncWebClient, slack: LocalSlack, view: dict[str, Any], error: str
) -> None:
    await client.views_open(trigger_id=trigger(slack), view=modal(external_id="taken"))
    assert (await refused(client, "views.open", trigger_id=trigger(slack), view=view))["error"] == error


async def test_a_refused_view_does_not_use_the_trigger_up(client: AsyncWebClient, slack: LocalSlack) -> None:
    again = trigger(slack)
    await refused(client, "views.open", trigger_id=again, view=modal(section("")))
    assert (await client.views_open(trigger_id=again, view=modal()))["ok"]


async def test_at_most_three_views_are_stacked(client: AsyncWebClient, slack: LocalSlack) -> None:
    assert (await refused(client, "views.push", trigger_id=trigger(slack), view=modal()))[
        "error"
    ] == "not_found"
    root = (await client.views_open(trigger_id=trigger(slack), view=modal()))["view"]
    second = (await client.views_push(trigger_id=trigger(slack), view=modal()))["view"]
    assert (second["root_view_id"], second["previous_view_id"]) == (root["id"], root["id"])
    await client.views_push(trigger_id=trigger(slack), view=modal())
    answer = await refused(client, "views.push", trigger_id=trigger(slack), view=modal())
    assert answer["error"] == "push_limit_reached"


async def test_update_by_id_or_external_id_with_hash(client: AsyncWebClient, slack: LocalSlack) -> None:
    view = (await client.views_open(trigger_id=trigger(slack), view=modal(external_id="mine")))["view"]
    changed = (await client.views_update(view_id=view["id"], hash=view["hash"], view=modal(section("new"))))[
        "view"
    ]
    assert changed["id"] == view["id"]
    assert changed["hash"] != view["hash"]
    stale = await refused(client, "views.update", view_id=view["id"], hash=view["hash"], view=modal())
    assert stale["error"] == "hash_conflict"
    assert (await refused(client, "views.update", external_id="mine", view=modal()))["error"] == "not_found"
    assert (await refused(client, "views.update", view=modal()))["error"] == "invalid_arguments"


async def test_an_update_keeps_what_was_typed(client: AsyncWebClient, slack: LocalSlack) -> None:
    view = (await client.views_open(trigger_id=trigger(slack), view=modal()))["view"]
    open_view = slack.workspace.views.find(view["id"])
    assert open_view is not None
    open_view.entered = entered("Felix")
    await client.views_update(view_id=view["id"], view=modal(section(), text_input()))
    shown = slack.view("ana")
    assert shown is not None
    assert shown["state"]["values"]["name"]["value"]["value"] == "Felix"


async def test_home_is_published_where_the_app_has_one(client: AsyncWebClient, slack: LocalSlack) -> None:
    home = {"type": "home", "blocks": [section(), actions(button())]}
    first = (await client.views_publish(user_id=ANA, view=home))["view"]
    again = (await client.views_publish(user_id=ANA, view=home, hash=first["hash"]))["view"]
    assert again["id"] == first["id"]
    stale = await refused(client, "views.publish", user_id=ANA, view=home, hash=first["hash"])
    assert stale["error"] == "hash_conflict"
    nobody = await refused(client, "views.publish", user_id="U0NOBODY001", view=home)
    assert nobody["error"] == "invalid_arguments"
    slack.directory.app.home_tab = False
    assert (await refused(client, "views.publish", user_id=ANA, view=home))["error"] == "not_enabled"
