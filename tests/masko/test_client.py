"""The client against a Masko with state: what it asks for, what it repeats, and what it never does."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from bot.masko import MaskoClient, Timeouts
from bot.masko.errors import (
    InsufficientCredits,
    MaskoAddressNotPublic,
    MaskoAnswerLost,
    MaskoBadRequest,
    MaskoBroken,
    MaskoError,
    MaskoKeyRefused,
    MaskoNotFound,
    MaskoRateLimited,
    MaskoRedirected,
    MaskoUnreachable,
)
from bot.masko.rate_limit import RateLimiter, parse_limits
from bot.masko.responses import Asset, Mascot, Project
from tests.masko.fake import BASE, KEY, FakeMasko, Reply, masko, raises, reply


async def felix(fake: FakeMasko, *references: str) -> str:
    """A mascot to change, made without a trace in `fake.requests`."""
    mascot = await masko(fake).create_mascot(project_id="prj_1", reference_asset_ids=references)
    fake.requests.clear()
    return mascot.id


@pytest.fixture
def fake() -> FakeMasko:
    return FakeMasko()


# The calls


async def test_from_a_file_to_a_mascot(fake: FakeMasko, tmp_path: Path) -> None:
    path = tmp_path / "fox"
    path.write_bytes(b"\x89PNG fox")
    client = masko(fake)
    asset = await client.upload_file(path, filename="fox.png", content_type="image/png")
    mascot = await client.create_mascot(project_id="prj_1", reference_asset_ids=[asset.id])
    assert fake.uploads == [("fox.png", b"\x89PNG fox")]
    assert (mascot.name, mascot.prompt) == ("Felix", "A friendly orange fox")
    assert mascot.reference_asset_ids == ("ast_1",)
    assert mascot.described
    assert fake.seen == ["POST /upload", "POST /collections"]
    assert json.loads(fake.requests[1].content) == {"project_id": "prj_1", "reference_asset_ids": ["ast_1"]}
    assert {request.headers["authorization"] for request in fake.requests} == {f"Bearer {KEY}"}


@pytest.mark.parametrize(
    "act",
    [
        lambda client: client.upload_url("http://secret.internal/fox.png"),
        lambda client: client.create_mascot(
            project_id="prj_1",
            reference_image_urls=["https://example.com/fox.png", "http://secret.internal/fox.png"],
        ),
    ],
)
async def test_no_address_leaves_that_masko_may_not_fetch(
    fake: FakeMasko, act: Callable[[MaskoClient], Awaitable[object]]
) -> None:
    client = masko(fake, may_fetch=lambda url: "internal" not in url)
    with pytest.raises(MaskoAddressNotPublic) as caught:
        await act(client)
    assert fake.requests == []
    assert not caught.value.may_have_taken_effect
    assert "isn't public" in caught.value.words


async def test_from_a_link_to_a_mascot(fake: FakeMasko) -> None:
    client = masko(fake)
    assert await client.upload_url("https://example.com/fox.png") == Asset("ast_1")
    mascot = await client.create_mascot(
        project_id="prj_1",
        reference_image_urls=["https://example.com/fox.png"],
        name="Rex",
    )
    assert (mascot.name, mascot.prompt) == ("Rex", "A friendly orange fox")
    assert json.loads(fake.requests[1].content)["reference_image_urls"] == ["https://example.com/fox.png"]


async def test_changing_a_mascot(fake: FakeMasko) -> None:
    client, mascot_id = masko(fake), await felix(fake, "ast_1")
    assert (await client.add_reference(mascot_id, "ast_2")).reference_asset_ids == ("ast_1", "ast_2")
    assert (await client.remove_reference(mascot_id, "ast_1")).reference_asset_ids == ("ast_2",)
    assert (await client.edit(mascot_id, name="Rex")).name == "Rex"
    assert (await client.edit(mascot_id, prompt="A red fox")).prompt == "A red fox"
    assert await client.mascot(mascot_id) == Mascot(
        id="col_1",
        name="Rex",
        prompt="A red fox",
        project_id="prj_1",
        reference_asset_ids=("ast_2",),
        created_at=(await client.mascot(mascot_id)).created_at,
    )
    bodies = [json.loads(request.content) for request in fake.requests if request.content]
    assert bodies == [
        {"asset_id": "ast_2"},
        {"name": "Rex"},
        {"prompt": "A red fox"},
    ]


async def test_projects_and_credits(fake: FakeMasko) -> None:
    client = masko(fake)
    assert await client.projects() == [Project("prj_1", "Mascots")]
    assert await client.credits() == 120


async def test_ids_are_encoded_in_paths(fake: FakeMasko) -> None:
    with pytest.raises(MaskoNotFound):
        await masko(fake).mascot("../projects?x")
    assert fake.seen == ["GET /collections/..%2Fprojects%3Fx"]


# Lists


async def test_all_pages_of_mascots(fake: FakeMasko) -> None:
    for _ in range(7):
        await felix(fake)
    fake.page_size = 3
    mascots = [mascot.id async for mascot in masko(fake).mascots("prj 1")]
    assert mascots == [f"col_{n}" for n in range(1, 8)]
    assert [dict(request.url.params) for request in fake.requests] == [
        {"project_id": "prj 1"},
        {"project_id": "prj 1", "offset": "3"},
        {"project_id": "prj 1", "offset": "6"},
    ]


async def test_a_server_that_does_not_know_offset_is_asked_twice(fake: FakeMasko) -> None:
    page = {"collections": [{"id": f"col_{n}"} for n in range(50)], "has_more": True}
    fake.instead = [reply(200, page)] * 9
    assert len([mascot async for mascot in masko(fake).mascots("prj_1")]) == 50
    assert len(fake.requests) == 2


async def test_a_page_is_asked_for_when_it_is_needed(fake: FakeMasko) -> None:
    for _ in range(4):
        await felix(fake)
    fake.page_size = 2
    async for _ in masko(fake).mascots("prj_1"):
        break
    assert len(fake.requests) == 1


# Answers that are not the collection


@pytest.mark.parametrize(
    "told",
    [
        reply(204),
        reply(200),
        reply(200, {"success": True}),
        reply(201, {"data": {"id": "ref_1", "asset_id": "a"}}),
    ],
)
async def test_a_change_without_the_collection_is_read_back(fake: FakeMasko, told: Reply) -> None:
    mascot_id = await felix(fake, "ast_1")
    fake.changes_answer_with = told
    assert (await masko(fake).add_reference(mascot_id, "a")).reference_asset_ids == ("ast_1", "a")
    assert (await masko(fake).remove_reference(mascot_id, "a")).reference_asset_ids == ("ast_1",)
    assert (await masko(fake).edit(mascot_id, name="Rex")).name == "Rex"
    assert fake.seen[1::2] == ["GET /collections/col_1"] * 3


@pytest.mark.parametrize("after", [raises(httpx.ConnectError), reply(429, retry_after="60")])
async def test_an_accepted_change_is_never_reported_as_not_made(fake: FakeMasko, after: Reply) -> None:
    mascot_id = await felix(fake)
    fake.instead = [reply(204), after, after, after]
    with pytest.raises(MaskoAnswerLost):
        await masko(fake).add_reference(mascot_id, "a")


async def test_a_creation_that_tells_only_an_id_is_read_back(fake: FakeMasko) -> None:
    await felix(fake, "ast_1")
    fake.instead = [reply(201, {"data": {"id": "col_1"}})]
    assert (await masko(fake).create_mascot(project_id="prj_1")).prompt == "A friendly orange fox"


@pytest.mark.parametrize("after", [raises(httpx.ConnectError), reply(404), reply(500), reply(200, b"<html>")])
async def test_a_creation_that_cannot_be_read_back_is_still_one(fake: FakeMasko, after: Reply) -> None:
    fake.instead = [reply(201, {"data": {"id": "col_9", "name": "Felix"}}), after, after, after]
    assert await masko(fake).create_mascot(project_id="prj_1") == Mascot("col_9", name="Felix")
    assert fake.seen.count("POST /collections") == 1


# Repeating


def create(client: MaskoClient) -> Awaitable[object]:
    return client.create_mascot(project_id="prj_1", reference_asset_ids=["ast_1"])


def add(client: MaskoClient) -> Awaitable[object]:
    return client.add_reference("col_1", "ast_2")


Act = Callable[[MaskoClient], Awaitable[object]]
UNREPEATABLE: list[Act] = [create, add]
REPEATABLE: list[Act] = [
    lambda client: client.mascot("col_1"),
    lambda client: client.edit("col_1", name="Rex"),
    lambda client: client.remove_reference("col_1", "ast_1"),
    lambda client: client.upload_url("https://x/fox.png"),
    lambda client: client.upload_file(Path(__file__), filename="a.png", content_type="image/png"),
    lambda client: client.projects(),
    lambda client: client.credits(),
]


@pytest.mark.parametrize("act", UNREPEATABLE)
@pytest.mark.parametrize(
    "reached", [raises(httpx.ReadTimeout), raises(httpx.RemoteProtocolError), reply(502)]
)
async def test_what_may_have_been_done_is_not_repeated(fake: FakeMasko, act: Act, reached: Reply) -> None:
    fake.instead = [reached]
    with pytest.raises((MaskoAnswerLost, MaskoBroken)) as caught:
        await act(masko(fake))
    assert caught.value.may_have_taken_effect
    assert len(fake.requests) == 1


async def test_a_lost_creation_makes_one_mascot(fake: FakeMasko) -> None:
    fake.lost = 1
    with pytest.raises(MaskoAnswerLost):
        await create(masko(fake))
    assert list(fake.collections) == ["col_1"]


@pytest.mark.parametrize("act", [*UNREPEATABLE, *REPEATABLE])
@pytest.mark.parametrize(
    "rejected",
    [raises(httpx.ConnectError), raises(httpx.ConnectTimeout), raises(httpx.PoolTimeout), reply(429)],
)
async def test_what_was_certainly_not_done_is_repeated(fake: FakeMasko, act: Act, rejected: Reply) -> None:
    await felix(fake, "ast_1")
    fake.instead = [rejected, rejected]
    await act(masko(fake))


@pytest.mark.parametrize("act", REPEATABLE)
@pytest.mark.parametrize(
    "reached", [raises(httpx.ReadTimeout), raises(httpx.WriteError), reply(500), reply(503)]
)
async def test_what_may_be_done_twice_is_repeated(fake: FakeMasko, act: Act, reached: Reply) -> None:
    await felix(fake, "ast_1")
    fake.instead = [reached]
    await act(masko(fake))
    assert fake.seen[0] == fake.seen[1]


async def test_retries_end(fake: FakeMasko) -> None:
    fake.instead = [raises(httpx.ConnectError)] * 9
    with pytest.raises(MaskoUnreachable):
        await create(masko(fake))
    assert len(fake.requests) == 3


@pytest.mark.parametrize("times_lost", [1, 2])
async def test_a_removal_whose_answer_was_lost_is_done(fake: FakeMasko, times_lost: int) -> None:
    mascot_id = await felix(fake, "ast_1", "ast_2")
    fake.lost = times_lost
    assert (await masko(fake).remove_reference(mascot_id, "ast_1")).reference_asset_ids == ("ast_2",)


async def test_a_removal_from_a_deleted_mascot_says_so(fake: FakeMasko) -> None:
    with pytest.raises(MaskoNotFound):
        await masko(fake).remove_reference("col_9", "ast_1")


async def test_a_removal_that_masko_denies_is_not_called_done(fake: FakeMasko) -> None:
    mascot_id = await felix(fake, "ast_1")
    fake.instead = [reply(404)]
    with pytest.raises(MaskoNotFound) as caught:
        await masko(fake).remove_reference(mascot_id, "ast_1")
    assert caught.value.request.startswith("DELETE ")


# Limits


async def test_a_short_retry_after_is_waited_here(fake: FakeMasko) -> None:
    fake.instead = [reply(429, retry_after="0.2")]
    await create(masko(fake))
    assert len(fake.collections) == 1


async def test_a_long_retry_after_is_for_the_queue(fake: FakeMasko) -> None:
    fake.instead = [reply(429, {"error": {"code": "rate_limited", "message": "Slow down"}}, retry_after="40")]
    client = masko(fake)
    with pytest.raises(MaskoRateLimited) as first:
        await client.credits()
    assert (first.value.retry_after, first.value.status, first.value.code) == (40.0, 429, "rate_limited")
    with pytest.raises(MaskoRateLimited) as second:
        await client.credits()
    assert second.value.retry_after == pytest.approx(40, abs=1)
    assert second.value.status is None
    assert second.value.request == "GET /credits"
    with pytest.raises(MaskoRateLimited):
        client.check_limits()
    assert len(fake.requests) == 1


async def test_the_last_request_of_a_window_closes_the_key(fake: FakeMasko) -> None:
    fake.instead = [reply(200, {"data": {"balance": 1}}, x_ratelimit_remaining="0", x_ratelimit_reset="30")]
    client = masko(fake)
    await client.credits()
    with pytest.raises(MaskoRateLimited) as caught:
        await client.credits()
    assert caught.value.retry_after == pytest.approx(30, abs=1)


async def test_every_try_takes_a_slot(fake: FakeMasko) -> None:
    client = masko(fake, limiter=RateLimiter(parse_limits("2/minute")))
    fake.instead = [reply(500)] * 3
    with pytest.raises(MaskoRateLimited):
        await client.credits()
    assert len(fake.requests) == 2
    assert await client.room() == 0


async def test_an_answer_that_never_ends_is_given_up() -> None:
    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                await asyncio.sleep(0.001)
                yield b" "

    fake = FakeMasko(instead=[lambda request: httpx.Response(200, stream=Endless())] * 3)
    with pytest.raises(MaskoAnswerLost):
        await masko(fake, timeouts=Timeouts(read=0.02, faster=1e6)).credits()


# The key


@pytest.mark.parametrize("key", ["", "  ", "masko_é", "masko_\nx"])
async def test_without_a_usable_key_nothing_is_sent(fake: FakeMasko, key: str) -> None:
    client = masko(fake, api_key=SecretStr(key))
    with pytest.raises(MaskoKeyRefused) as caught:
        await client.credits()
    assert caught.value.status is None
    assert fake.requests == []


@pytest.mark.parametrize(
    "bad",
    [
        reply(401, {"error": f"Key {KEY} is unknown"}, x_request_id="req_7"),
        reply(400, {"error": {"code": KEY, "message": KEY}}),
        reply(402, {"error": KEY}),
        reply(500, KEY.encode()),
        reply(302, location=f"https://evil.test/{KEY}"),
        reply(200, KEY.encode()),
        raises(httpx.ReadError),
    ],
)
async def test_the_key_is_nowhere_to_be_read(
    fake: FakeMasko, bad: Reply, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client = masko(fake)
    fake.instead = [bad] * 3
    with pytest.raises(MaskoError) as caught:
        await client.credits()
    shown = [
        repr(client),
        repr(vars(client)),
        str(caught.value),
        repr(caught.value),
        caught.value.words,
        caplog.text,
    ]
    assert not [text for text in shown if KEY in text]
    assert "GET /credits: " in caplog.text


async def test_space_around_the_key_is_not_part_of_it(fake: FakeMasko) -> None:
    client = masko(fake, api_key=SecretStr(f" {KEY}\n"))
    await client.credits()
    assert fake.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("act", [*UNREPEATABLE, *REPEATABLE])
async def test_a_redirect_is_not_followed(fake: FakeMasko, act: Act) -> None:
    fake.instead = [reply(302, location="https://evil.test/v1/credits")]
    client = masko(fake, http=httpx.AsyncClient(transport=httpx.MockTransport(fake), follow_redirects=True))
    with pytest.raises(MaskoRedirected):
        await act(client)
    assert len(fake.requests) == 1


async def test_one_line_is_logged_for_each_try(fake: FakeMasko, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="bot.masko")
    fake.instead = [raises(httpx.ConnectError)]
    await masko(fake).create_mascot(project_id="prj_1", name="Secret plans")
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("bot.masko")]
    assert [line.split(" in ")[0] for line in lines] == [
        "POST /collections: ConnectError",
        "POST /collections: 201",
    ]
    assert "Secret" not in caplog.text


async def test_errors_keep_what_masko_said(fake: FakeMasko) -> None:
    fake.instead = [
        reply(400, {"error": {"code": "bad_request", "message": "At most 6 references"}}),
        reply(402, {"error": "Insufficient credits", "required": 21, "available": 5}),
    ]
    with pytest.raises(MaskoBadRequest) as full:
        await add(masko(fake))
    assert "At most 6 references" in full.value.words
    with pytest.raises(InsufficientCredits) as poor:
        await add(masko(fake))
    assert (poor.value.required, poor.value.balance) == (21, 5)


async def test_a_creation_that_is_made_later_is_not_asked_for_again(fake: FakeMasko) -> None:
    fake.instead = [reply(202, {"data": {"job_id": "j", "poll_url": f"{BASE}/jobs/j?wait=true"}})]
    with pytest.raises(MaskoAnswerLost) as caught:
        await masko(fake).create_mascot(project_id="prj_1")
    assert caught.value.may_have_taken_effect
    assert fake.seen == ["POST /collections"]
