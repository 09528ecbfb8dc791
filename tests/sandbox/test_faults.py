"""Faults happen as they say: the effect is there or not, and the caller gets what it should."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import httpx
import pytest

from bot.sandbox import faults
from bot.sandbox.faults import Fault, Faults
from bot.sandbox.masko import LocalMasko
from bot.sandbox.masko import faults as masko_faults
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.slack import faults as slack_faults
from tests.sandbox.slack.conftest import manifest, picture

PATIENCE = 0.3  # seconds that the caller waits for an answer

UNDONE_AND_CUT = (faults.dropped, faults.reset)
DONE_AND_CUT = (faults.answer_lost, faults.cut_short)
SILENT = ((faults.silence, 0), (faults.done_in_silence, 1))


@dataclass
class Caller:
    """Somebody who posts to the local Slack and makes projects in the local Masko."""

    sandbox: Sandbox
    http: httpx.AsyncClient

    @property
    def masko(self) -> LocalMasko:
        assert isinstance(self.sandbox.masko, LocalMasko)
        return self.sandbox.masko

    async def post(self) -> httpx.Response:
        url = f"{self.sandbox.slack_api_url}chat.postMessage"
        return await self.http.post(
            url, json={"channel": "C0MASCOTS01", "text": "hi"}, headers=_bearer(self.sandbox.bot_token)
        )

    async def make_project(self) -> httpx.Response:
        url = f"{self.sandbox.masko_api_url}/projects"
        return await self.http.post(url, json={"name": "New"}, headers=_bearer(self.sandbox.masko_api_key))

    def fault(self, service: str, fault: Fault, times: int | None = 1) -> None:
        if service == "slack":
            self.sandbox.slack.faults.add("chat.postMessage", fault, times)
        else:
            self.masko.faults.add("projects.create", fault, times)

    async def call(self, service: str) -> httpx.Response:
        return await (self.post() if service == "slack" else self.make_project())

    def done(self, service: str) -> int:
        if service == "slack":
            told = self.sandbox.slack.effects["chat.postMessage"]
            seen = len(self.sandbox.slack.channel_messages("mascots"))
        else:
            told, seen = self.masko.effects["projects.create"], len(self.masko.projects) - 1
        assert told == seen
        return seen


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    async with (
        Sandbox(manifest()) as sandbox,
        httpx.AsyncClient(timeout=httpx.Timeout(5, read=PATIENCE), trust_env=False) as http,
    ):
        yield Caller(sandbox, http)


both = pytest.mark.parametrize("service", ["slack", "masko"])


@both
@pytest.mark.parametrize("make", UNDONE_AND_CUT, ids=lambda make: make.__name__)
async def test_a_connection_that_ends_before_any_effect(
    caller: Caller, service: str, make: Callable[[], Fault]
) -> None:
    caller.fault(service, make())
    with pytest.raises(httpx.TransportError):
        await caller.call(service)
    assert caller.done(service) == 0
    await caller.call(service)
    assert caller.done(service) == 1


@both
@pytest.mark.parametrize("make", DONE_AND_CUT, ids=lambda make: make.__name__)
async def test_a_connection_that_ends_after_the_effect(
    caller: Caller, service: str, make: Callable[[], Fault]
) -> None:
    caller.fault(service, make())
    with pytest.raises(httpx.TransportError):
        await caller.call(service)
    assert caller.done(service) == 1


@both
@pytest.mark.parametrize(("make", "effects"), SILENT, ids=["not done", "done"])
async def test_no_answer_for_as_long_as_the_caller_waits(
    caller: Caller, service: str, make: Callable[[], Fault], effects: int
) -> None:
    caller.fault(service, make())
    with pytest.raises(httpx.ReadTimeout):
        await caller.call(service)
    assert caller.done(service) == effects


@both
async def test_a_drip_keeps_the_caller_hoping(caller: Caller, service: str) -> None:
    caller.fault(service, faults.drip(0.05))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(3 * PATIENCE):
            await caller.call(service)
    assert caller.done(service) == 1


@both
@pytest.mark.parametrize(
    ("make", "status", "kind"),
    [
        (faults.empty_500, 500, None),
        (faults.proxy_page, 502, "text/html"),
        (faults.proxy_silence, 503, None),
    ],
    ids=["500", "502", "503"],
)
async def test_answers_of_whoever_stands_in_front(
    caller: Caller, service: str, make: Callable[[], Fault], status: int, kind: str | None
) -> None:
    caller.fault(service, make())
    answer = await caller.call(service)
    assert answer.status_code == status
    assert bool(answer.text) is (kind is not None)
    assert kind is None or answer.headers["Content-Type"].startswith(kind)
    assert caller.done(service) == 0


@both
@pytest.mark.parametrize("retry_after", [3, None])
async def test_rate_limits_with_and_without_a_time(
    caller: Caller, service: str, retry_after: int | None
) -> None:
    make = slack_faults.rate_limited if service == "slack" else masko_faults.rate_limited
    caller.fault(service, make(retry_after))
    answer = await caller.call(service)
    assert answer.status_code == 429
    assert answer.headers.get("Retry-After") == (None if retry_after is None else str(retry_after))
    assert caller.done(service) == 0


@both
async def test_an_error_in_its_own_form(caller: Caller, service: str) -> None:
    make = slack_faults.internal_error if service == "slack" else masko_faults.internal_error
    caller.fault(service, make())
    answer = await caller.call(service)
    assert answer.status_code == 500
    assert "internal_error" in str(answer.json()["error"])
    assert caller.done(service) == 0


@both
async def test_a_fault_is_in_the_record_and_not_held_against_the_bot(caller: Caller, service: str) -> None:
    for make in (faults.dropped, faults.answer_lost):
        caller.fault(service, make())
        with pytest.raises(httpx.TransportError):
            await caller.call(service)
    told = [entry for entry in caller.sandbox.inspector.after(0) if "fault" in (entry.response or {})]
    assert [entry.response["fault"] for entry in told] == [
        "connection dropped before any effect",
        "done, but the answer was lost",
    ]
    assert not any(entry.ok for entry in told)
    assert caller.sandbox.inspector.findings() == []


@both
async def test_a_fault_without_end_ends_when_it_is_cleared(caller: Caller, service: str) -> None:
    caller.fault(service, faults.proxy_page(), times=None)
    assert [(await caller.call(service)).status_code for _ in range(3)] == [502] * 3
    caller.sandbox.slack.faults.clear()
    caller.masko.faults.clear()
    assert (await caller.call(service)).is_success


async def test_a_files_bytes_may_not_come_either(caller: Caller) -> None:
    slack = caller.sandbox.slack
    message = await slack.post(user="ana", channel="mascots", files=[picture("fox.png")])
    url, token = message["files"][0]["url_private"], _bearer(caller.sandbox.bot_token)
    slack.faults.add("download", faults.cut_short())
    slack.faults.add("download", slack_faults.busy_file_server(7))
    with pytest.raises(httpx.TransportError):
        await caller.http.get(url, headers=token)
    assert (await caller.http.get(url, headers=token)).headers["Retry-After"] == "7"
    assert (await caller.http.get(url, headers=token)).content == picture("fox.png").content


def test_faults_wait_their_turn_and_are_counted() -> None:
    waiting = Faults()
    waiting.add("upload", faults.dropped(), times=2)
    waiting.add("upload", faults.delay(3), times=None)
    waiting.add("*", faults.silence())
    assert waiting.waiting() == {
        "upload": ["connection dropped before any effect"] * 2 + ["3 s late, always"],
        "*": ["nothing done, and no answer ever"],
    }
    taken = [waiting.take("upload") for _ in range(4)]
    assert [fault.name[:3] if fault else None for fault in taken] == ["con", "con", "3 s", "3 s"]
    waiting.clear("upload")
    assert waiting.take("upload") == faults.silence()
    assert waiting.take("upload") is None
    assert waiting.struck == {"upload": 5}


@pytest.mark.parametrize("make", slack_faults.BY_NAME.values(), ids=slack_faults.BY_NAME)
def test_every_fault_says_what_it_is_and_what_it_imitates(make: Callable[[], Fault]) -> None:
    assert 4 <= len(make().name) <= 40
    assert make().imitates


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
