"""What the bot posts, and a Slack that may answer anything."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from slack_sdk.models.blocks import DividerBlock, ImageBlock
from slack_sdk.models.views import View

from bot.slack.blocks import Message
from bot.slack.client import Client, slack_client
from bot.slack.errors import DEFAULT_WAIT, LONGEST_WAIT, SlackError, SlackRateLimited, SlackUnreachable
from bot.slack.messenger import MOST_KNOWN, NOTE_WAIT, Messenger
from bot.slack.network import Network
from tests.slack.moody import (
    PAGE,
    Moody,
    Reply,
    VirtualClock,
    a_moody_slack,
    cuts_short,
    gives,
    hangs_up,
    never_answers,
    ok,
    rate_limited,
    refuses,
)

METHODS = Path(__file__).parents[3] / "shared/slack/methods"
HELLO = Message.of("hello")
WORKING = Message.of("Reading fox.png…")
CARD = Message("Felix", [{"type": "section"}, {"type": "image"}])


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


async def say(moody: Moody, message: Message = HELLO) -> None:
    await moody.messenger.reply("C1", "1.0", message, answers="1.1")


async def refused(call: Awaitable[object]) -> SlackError:
    with pytest.raises(SlackError) as caught:
        await call
    return caught.value


# -- what can go wrong ----------------------------------------------------------------------------

AFTER_ALL, NOT_DONE = True, False  # may have taken effect
PASSES, STAYS = True, False  # worth retrying


@pytest.mark.parametrize(
    ("reply", "code", "passes", "perhaps_done"),
    [
        (gives(502, PAGE, "text/html"), "http_502", PASSES, AFTER_ALL),
        (gives(200, PAGE, "text/html"), "http_200", PASSES, AFTER_ALL),
        (gives(403, PAGE, "text/html"), "http_403", PASSES, NOT_DONE),
        (gives(503, "upstream connect error", "text/plain"), "http_503", PASSES, AFTER_ALL),
        (gives(200, "ok", "text/plain"), "unreadable", PASSES, AFTER_ALL),
        (gives(200), "http_200", PASSES, AFTER_ALL),
        (gives(500), "http_500", PASSES, AFTER_ALL),
        (gives(200, '{"ok": tru'), "http_200", PASSES, AFTER_ALL),
        (gives(200, "[]"), "http_200", PASSES, AFTER_ALL),
        (gives(200, "[1]"), "unreadable", PASSES, AFTER_ALL),
        (gives(200, '"ok"'), "unreadable", PASSES, AFTER_ALL),
        (gives(200, b'{"ok": "\xff"}'), "unreadable", PASSES, AFTER_ALL),
        (gives(200, gzip.compress(b"{}"), "application/gzip"), "unreadable", PASSES, AFTER_ALL),
        (ok(), "unreadable", PASSES, AFTER_ALL),
        (refuses("internal_error"), "internal_error", PASSES, AFTER_ALL),
        (refuses("fatal_error"), "fatal_error", PASSES, AFTER_ALL),
        (refuses("request_timeout"), "request_timeout", PASSES, NOT_DONE),
        (refuses("team_added_to_org"), "team_added_to_org", PASSES, NOT_DONE),
        (refuses("channel_not_found"), "channel_not_found", STAYS, NOT_DONE),
        (refuses("a_code_of_tomorrow"), "a_code_of_tomorrow", STAYS, NOT_DONE),
        (hangs_up, "unreachable", PASSES, AFTER_ALL),
        (cuts_short, "unreachable", PASSES, AFTER_ALL),
        (rate_limited("60"), "ratelimited", PASSES, NOT_DONE),
        (gives(429, PAGE, "text/html"), "ratelimited", PASSES, NOT_DONE),
        (refuses("rate_limited"), "ratelimited", PASSES, NOT_DONE),
    ],
)
async def test_whatever_slack_answers_is_one_of_our_errors(
    reply: Reply, code: str, passes: bool, perhaps_done: bool, clock: VirtualClock
) -> None:
    async with a_moody_slack(clock=clock) as slack:
        slack.will(reply)
        error = await refused(say(slack))
        assert (error.code, error.worth_retrying, error.may_have_taken_effect) == (code, passes, perhaps_done)
        assert error.method == "chat.postMessage"
        assert slack.methods == ["chat.postMessage"]


async def test_silence_may_hide_a_message_that_was_said() -> None:
    async with a_moody_slack(timeout=0.2) as slack:
        slack.will(never_answers)
        error = await refused(say(slack))
        assert isinstance(error, SlackUnreachable)
        assert error.worth_retrying
        assert error.may_have_taken_effect


async def test_where_nobody_listens_nothing_was_said(unused_tcp_port: int) -> None:
    async with Network().session(5.0) as session:
        client = Client(slack_client(session, f"http://127.0.0.1:{unused_tcp_port}/api/", "x"))
        error = await refused(Messenger(client).reply("C1", "1.0", HELLO, answers="1.1"))
        assert isinstance(error, SlackUnreachable)
        assert not error.may_have_taken_effect


async def test_after_the_end_nothing_is_sent_over_a_session_of_somebody_else() -> None:
    async with a_moody_slack() as slack:
        assert slack.client.web.session is not None
        await slack.client.web.session.close()
        error = await refused(say(slack))
        assert isinstance(error, SlackUnreachable)
        assert not error.may_have_taken_effect
        assert slack.heard == []


@pytest.mark.parametrize(
    ("method", "pass_by_themselves"),
    [
        ("chat.postMessage", {"rate_limited"}),
        ("chat.update", {"external_channel_migrating", "update_failed"}),
        ("chat.postEphemeral", set()),
        ("conversations.replies", set()),
        ("files.info", set()),
        ("views.open", set()),
    ],
)
def test_of_slacks_published_codes_only_these_are_worth_another_try(
    method: str, pass_by_themselves: set[str]
) -> None:
    if not METHODS.is_dir():
        pytest.skip("Slack's method pages are not beside this checkout")
    published = json.loads((METHODS / f"{method}.json").read_text())["errors"]
    assert {code for code in published if _error(method, code).worth_retrying} == pass_by_themselves


def _error(method: str, code: str) -> SlackError:
    return SlackRateLimited(method, 1.0) if code == "rate_limited" else SlackError(method, code)


# -- too fast -------------------------------------------------------------------------------------


async def test_a_short_wait_is_waited_and_the_call_made_again(clock: VirtualClock) -> None:
    async with a_moody_slack(clock=clock) as slack:
        slack.will(rate_limited("3"))
        await say(slack)
        assert slack.texts == ["hello", "hello"]
        assert clock.slept == [3]


async def test_a_long_wait_is_left_to_the_caller_and_nobody_calls_meanwhile(clock: VirtualClock) -> None:
    async with a_moody_slack(clock=clock) as slack:
        slack.will(rate_limited("60"))
        errors = [await refused(say(slack)) for _ in range(3)]
        assert all(isinstance(error, SlackRateLimited) for error in errors)
        assert [error.retry_after for error in errors] == [60, 61, 62]
        assert len(slack.heard) == 1
        assert clock.slept == []
        clock.time += 60
        await say(slack)
        assert len(slack.heard) == 2


async def test_another_channel_and_other_methods_go_on(clock: VirtualClock) -> None:
    async with a_moody_slack(clock=clock) as slack:
        slack.will(rate_limited("60"))
        await refused(say(slack))
        await slack.messenger.reply("C2", "1.0", HELLO, answers="1.1")
        await slack.messenger.update("C1", "1.2", HELLO)
        await slack.messenger.post_ephemeral("C1", None, "U1", HELLO)
        assert slack.methods == ["chat.postMessage", "chat.postMessage", "chat.update", "chat.postEphemeral"]


async def test_an_update_that_comes_too_fast_closes_updates_everywhere(clock: VirtualClock) -> None:
    async with a_moody_slack(clock=clock) as slack:
        slack.will(rate_limited("60"))
        await refused(slack.messenger.update("C1", "1.2", HELLO))
        await refused(slack.messenger.update("C2", "1.2", HELLO))
        assert len(slack.heard) == 1


@pytest.mark.parametrize(
    ("said", "believed"),
    [
        (None, DEFAULT_WAIT),
        ("soon", DEFAULT_WAIT),
        ("86400", LONGEST_WAIT),
        ("42.5", 42.5),
    ],
)
async def test_which_retry_after_is_believed(said: str | None, believed: float, clock: VirtualClock) -> None:
    async with a_moody_slack(clock=clock) as slack:
        slack.will(rate_limited(said))
        error = await refused(say(slack))
        assert error.retry_after == believed


async def test_a_wait_of_nothing_is_no_reason_to_hammer(clock: VirtualClock) -> None:
    async with a_moody_slack(clock=clock) as slack:
        slack.will(*[rate_limited("0")] * 50)
        await refused(say(slack))
        assert len(slack.heard) <= 11
        assert min(clock.slept) >= 1


async def test_a_note_does_not_stand_in_line(clock: VirtualClock) -> None:
    async with a_moody_slack(clock=clock) as slack:
        slack.will(rate_limited("5"))
        error = await refused(slack.messenger.update("C1", "1.2", WORKING, wait=NOTE_WAIT))
        assert isinstance(error, SlackRateLimited)
        await slack.messenger.update("C1", "1.2", HELLO)
        assert len(slack.heard) == 2
        assert sum(clock.slept) == pytest.approx(5)


# -- the newest wins ------------------------------------------------------------------------------


async def test_what_is_sent_is_made_up_when_the_turn_has_come(clock: VirtualClock) -> None:
    async def newest() -> Message:
        return Message.of(f"{clock.time - 1000:.0f} s later")

    async with a_moody_slack(clock=clock) as slack:
        slack.will(rate_limited("5"))
        said = await slack.messenger.update("C1", "1.2", newest)
        assert said is not None
        assert slack.texts == ["0 s later", "5 s later"]


async def test_nothing_to_say_any_more(clock: VirtualClock) -> None:
    async def nothing() -> None:
        return None

    async with a_moody_slack(clock=clock) as slack:
        assert await slack.messenger.update("C1", "1.2", nothing) is None
        assert slack.heard == []


async def test_pictures_that_are_refused_do_not_take_the_words_with_them(clock: VirtualClock) -> None:
    async with a_moody_slack(clock=clock) as slack:
        slack.will(refuses("invalid_blocks"))
        said = await slack.messenger.update("C1", "1.2", CARD)
        assert said is not None
        assert not said.pictures
        assert [arguments["blocks"][1]["type"] for _, arguments in slack.heard] == ["image", "section"]


async def test_a_form_opens_with_the_pictures_that_are_not_refused() -> None:
    async with a_moody_slack() as slack:
        pointed = ["invalid slack file [json-pointer:/view/blocks/1/slack_file]"]
        metadata = {"messages": pointed}
        refusal = {"ok": False, "error": "invalid_arguments", "response_metadata": metadata}
        slack.will(gives(200, json.dumps(refusal)))
        pictures = [ImageBlock(alt_text="a fox", slack_file={"id": each}) for each in ("F1", "F2")]
        await slack.messenger.open_modal("trigger", View(type="modal", blocks=pictures))
        shown = [[block["type"] for block in given["view"]["blocks"]] for _, given in slack.heard]
        assert shown == [["image", "image"], ["image", "section"]]


async def test_blocks_that_are_refused_without_a_picture_are_a_refusal(clock: VirtualClock) -> None:
    async with a_moody_slack(clock=clock) as slack:
        slack.will(refuses("invalid_blocks"))
        error = await refused(say(slack))
        assert error.code == "invalid_blocks"
        assert len(slack.heard) == 1


# -- the lease ------------------------------------------------------------------------------------


class NoLonger(BaseException):
    """What a worker that was taken for dead is stopped with."""


class NotAllowed(Exception):
    """The same, as an ordinary exception."""


CHANGES: list[Callable[[Messenger], Awaitable[object]]] = [
    lambda messenger: messenger.reply("C1", "1.0", HELLO, answers="1.1"),
    lambda messenger: messenger.update("C1", "1.2", HELLO),
    lambda messenger: messenger.post_ephemeral("C1", None, "U1", HELLO),
    lambda messenger: messenger.open_modal("trigger", View(type="modal", blocks=[DividerBlock()])),
]


@pytest.mark.parametrize("change", CHANGES, ids=["say", "change", "whisper", "open_modal"])
@pytest.mark.parametrize("reason", [NoLonger("frozen"), NotAllowed("frozen")], ids=["base", "ordinary"])
async def test_without_the_lease_nothing_is_sent_and_its_reason_comes_out_unchanged(
    reason: BaseException, change: Callable[[Messenger], Awaitable[object]]
) -> None:
    allowed = True
    seen: list[tuple[str, str]] = []

    def check_lease() -> None:
        if not allowed:
            raise reason

    async with a_moody_slack(check_lease=check_lease, observe=lambda *told: seen.append(told)) as slack:
        for _ in range(2):  # over a fresh connection, then over one that is kept
            allowed = False
            with pytest.raises(type(reason)) as caught:
                await change(slack.messenger)
            assert caught.value is reason
            allowed = True
            await change(slack.messenger)
        assert len(slack.heard) == 2
        assert [outcome for _, outcome in seen] == ["ok", "ok"]
        assert slack.client.web.session is not None
        assert isinstance(slack.client.web.session.connector, aiohttp.TCPConnector)
        assert not slack.client.web.session.connector._acquired


async def test_the_lease_is_checked_again_for_every_try(clock: VirtualClock) -> None:
    asked: list[bool] = []
    async with a_moody_slack(clock=clock, check_lease=lambda: asked.append(True)) as slack:
        slack.will(rate_limited("1"))
        await say(slack)
    assert asked == [True, True]


# -- counting -------------------------------------------------------------------------------------


async def test_every_exchange_is_counted_by_method_and_outcome(clock: VirtualClock) -> None:
    seen: Counter[tuple[str, str]] = Counter()
    async with a_moody_slack(clock=clock, observe=lambda *told: seen.update([told])) as slack:
        slack.will(rate_limited("1"))
        await say(slack)
        slack.will(gives(502, PAGE, "text/html"))
        await refused(slack.messenger.file_info("F1"))
        slack.will(hangs_up)
        await refused(slack.messenger.post_ephemeral("C1", None, "U1", HELLO))
    assert seen == {
        ("chat.postMessage", "ratelimited"): 1,
        ("chat.postMessage", "ok"): 1,
        ("files.info", "http_502"): 1,
        ("chat.postEphemeral", "unreachable"): 1,
    }


# -- finding what was said ------------------------------------------------------------------------


def _thread(*answers: str, cursor: str = "") -> Reply:
    messages = [
        {"ts": f"9.{n}", "metadata": {"event_type": "masko_reply", "event_payload": {"answers": answer}}}
        for n, answer in enumerate(answers)
    ]
    return ok(messages=[{"ts": "1.0"}, *messages], response_metadata={"next_cursor": cursor})


async def test_a_reply_is_found_by_what_it_answers_on_whatever_page_it_is(clock: VirtualClock) -> None:
    async with a_moody_slack(clock=clock) as slack:
        slack.will(_thread("7.7", cursor="more"), _thread("8.8", "1.1"))
        assert await slack.messenger.find_reply("C1", "1.0", answers="1.1") == "9.1"
        assert [given.get("cursor") for _, given in slack.heard] == [None, "more"]


async def test_a_reply_that_is_not_there_is_not_found(clock: VirtualClock) -> None:
    async with a_moody_slack(clock=clock) as slack:
        slack.will(_thread("7.7"))
        assert await slack.messenger.find_reply("C1", "1.0", answers="1.1") is None


# -- addresses of messages ------------------------------------------------------------------------


async def test_an_address_is_asked_for_once() -> None:
    async with a_moody_slack() as slack:
        slack.will(ok(permalink="https://a.example/0"))
        assert [await slack.messenger.permalink("C1", "1.1") for _ in range(3)] == ["https://a.example/0"] * 3
        assert len(slack.heard) == 1


async def test_an_address_that_slack_did_not_tell_is_not_remembered() -> None:
    async with a_moody_slack() as slack:
        slack.will(refuses("message_not_found"), ok(), ok(permalink="https://a.example/1"))
        links = [await slack.messenger.permalink("C1", "1.1") for _ in range(3)]
        assert links == [None, None, "https://a.example/1"]


async def test_only_so_many_addresses_are_remembered() -> None:
    async with a_moody_slack() as slack:
        slack.will(*[ok(permalink="https://a.example/1")] * (MOST_KNOWN + 2))
        for number in [*range(MOST_KNOWN + 1), MOST_KNOWN, 0]:
            await slack.messenger.permalink("C1", str(number))
        assert len(slack.heard) == MOST_KNOWN + 2


# -- without a limiter --------------------------------------------------------------------------


async def test_a_short_429_on_what_has_no_limiter_is_waited_out(clock: VirtualClock) -> None:
    async with a_moody_slack(clock=clock) as slack:
        slack.will(rate_limited("3"))
        await slack.messenger.post_ephemeral("C1", None, "U1", HELLO)
        assert slack.methods == ["chat.postEphemeral"] * 2
        assert clock.slept == [3]


@pytest.mark.parametrize("header", ["60", "soon", None])
async def test_a_long_429_is_left_to_the_caller(header: str | None) -> None:
    async with a_moody_slack() as slack:
        slack.will(rate_limited(header))
        error = await refused(slack.messenger.post_ephemeral("C1", None, "U1", HELLO))
        assert isinstance(error, SlackRateLimited)
        assert slack.methods == ["chat.postEphemeral"]


async def test_a_modal_is_not_tried_again_because_its_trigger_does_not_last() -> None:
    async with a_moody_slack() as slack:
        slack.will(rate_limited("1"))
        await refused(slack.messenger.open_modal("trigger", View(type="modal", blocks=[DividerBlock()])))
        assert slack.methods == ["views.open"]
