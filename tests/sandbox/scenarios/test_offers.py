"""Faults by the names that people type, and every one of them striking."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from bot.sandbox.masko import LocalMasko
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.scenarios.controller import on_offer
from bot.sandbox.scenarios.offers import (
    CALLS,
    FAULTS,
    Service,
    UnknownFault,
    Wanted,
    faults_of,
    listed,
    wanted,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("masko.create=lost-answer", Wanted("masko", "collections.create", "lost-answer", 1)),
        ("masko.upload=429:3", Wanted("masko", "upload", "429", 3)),
        (" slack.post=500:always ", Wanted("slack", "chat.postMessage", "500", None)),
        ("slack.chat.update=slow", Wanted("slack", "chat.update", "slow", 1)),
        ("slack.download=502", Wanted("slack", "download", "502", 1)),
        ("masko.any=timeout", Wanted("masko", "*", "timeout", 1)),
        ("masko.*=timeout", Wanted("masko", "*", "timeout", 1)),
    ],
)
def test_a_fault_is_read(text: str, expected: Wanted) -> None:
    assert wanted(text) == expected
    assert wanted(str(expected)) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("masko.create", "is not of the form SERVICE.CALL=FAULT"),
        ("masko.create=429:0", "is not of the form"),
        ("masko.create=429:never", "is not of the form"),
        ("", "is not of the form"),
        ("jira.create=429", "jira: the services are masko and slack"),
        ("masko.post=429", "masko has no call 'post'; it has upload, create"),
        ("slack.post=402", "slack.post has no fault '402'; it has 429, 500, slow"),
        ("slack.download=lost", "slack.download has no fault 'lost'"),
    ],
)
def test_what_is_not_on_offer_is_said_in_a_line(text: str, says: str) -> None:
    with pytest.raises(UnknownFault, match=r".+") as refused:
        wanted(text)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def test_everything_on_offer_tells_what_it_imitates_and_where_it_is_from() -> None:
    offered = listed()
    assert {(each["service"], each["name"]) for each in offered} == {
        (service, name) for service, makers in FAULTS.items() for name in makers
    } | {("slack", "429"), ("slack", "500")}
    assert [each["operations"] for each in offered if each["title"] == "429 for a file"] == [["download"]]
    for each in offered:
        assert each["imitates"]
        assert each["source"]
        assert each["operations"]
    text = on_offer()
    for name in ("masko.CALL", "lost-answer", "slack.missing-scope=SCOPE", "slack.disconnect"):
        assert name in text


STRIKES = [
    pytest.param(service, name, id=f"{service} {name}")
    for service, makers in FAULTS.items()
    for name in makers
]


@pytest.mark.parametrize(("service", "name"), STRIKES)
async def test_every_fault_strikes(sandbox: Sandbox, service: Service, name: str) -> None:
    operation = {"masko": "projects", "slack": "team.info"}[service]
    if service == "slack":  # whichever call it is for
        sandbox.controller.arm(Wanted("slack", "*", name))
    else:
        await sandbox.controller.let(f"masko.{operation}={name}")
    (armed,) = sandbox.controller.armed()
    assert (armed["name"], armed["struck"], armed["left"]) == (name, 0, 1)
    url, token = {
        "masko": (f"{sandbox.masko_api_url}/projects", sandbox.masko_api_key),
        "slack": (f"{sandbox.slack_api_url}team.info", sandbox.bot_token),
    }[service]
    async with httpx.AsyncClient(trust_env=False) as http:
        try:
            async with asyncio.timeout(0.3):
                answer = await http.get(url, headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code >= 400
        except (httpx.TransportError, TimeoutError):
            pass
    (armed,) = sandbox.controller.armed()
    assert (armed["struck"], armed["left"]) == (1, 0)


@pytest.mark.parametrize("operation", ["download", "upload"])
def test_where_files_are_kept_no_json_is_spoken(operation: str) -> None:
    replies = [make().reply for make in faults_of("slack", operation).values()]
    assert "Own" not in {type(reply).__name__ for reply in replies}


async def test_every_call_is_one_that_masko_has(masko: LocalMasko) -> None:
    routes = {
        str(route.resource.canonical) for route in masko.application().router.routes() if route.resource
    }
    assert len(routes) >= 7
    assert set(CALLS["masko"].values()) <= {
        *("upload", "projects.list", "collections.create", "collections.get", "collections.list"),
        *("collections.update", "references.add", "references.remove", "credits", "*"),
    }
