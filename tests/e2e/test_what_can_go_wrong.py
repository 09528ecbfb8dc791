"""Each row of "what can go wrong": what the thread says, and that nothing is lost or done twice."""

from __future__ import annotations

from collections.abc import Callable
from zlib import crc32

import pytest

from bot.app.timing import Timing
from bot.channels.permission_rules import FROM_OUTSIDE
from bot.masko import Timeouts
from bot.sandbox.masko import faults
from bot.sandbox.masko.faults import Fault
from bot.sandbox.slack import NewFile
from bot.slack.blocks import RETRY
from tests.e2e.team import Team, a_team, drawn, picture, pictures


async def retry(team: Team, message_index: int, post: dict[str, object]) -> None:
    await team.press(team.replies(post)[message_index], RETRY)
    await team.done()


# -- not an image ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "file",
    [
        NewFile("notes.txt", b"hello", mimetype="text/plain"),
        NewFile("brand.pdf", b"%PDF-1.7", mimetype="application/pdf"),
        NewFile("walk.mp4", b"\0\0\0\x18ftypmp42", mimetype="video/mp4"),
    ],
    ids=lambda file: file.name,
)
async def test_in_a_channel_what_is_no_image_is_none_of_its_business(team: Team, file: NewFile) -> None:
    post = await team.post([file])
    assert team.replies(post) == []


async def test_in_a_dm_what_is_no_image_gets_one_friendly_line(team: Team) -> None:
    post = await team.post(
        [NewFile("brand.pdf", b"%PDF-1.7", mimetype="application/pdf")], channel="D0ANABOT005"
    )
    (line,) = team.words(post, "D0ANABOT005")
    assert line.startswith("brand.pdf: not an image that I can use. PNG, JPEG, WebP")


async def test_words_in_a_dm_get_one_friendly_line(team: Team) -> None:
    post = await team.post(text="hello?", channel="D0ANABOT005")
    (line,) = team.words(post, "D0ANABOT005")
    assert line.startswith("Post a mascot image here")


async def test_a_mention_without_an_image_gets_one_friendly_line(team: Team) -> None:
    post = await team.post(text="@masko hello")
    (line,) = team.words(post)
    assert line.startswith("Post a mascot image here")


async def test_chatter_gets_no_answer(team: Team) -> None:
    post = await team.post([picture()])
    await team.post(text="how lovely", thread=post)
    assert len(team.replies(post)) == 1


# -- the file ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (drawn()[:2000], "damaged or cut off"),
        (b"<!doctype html><title>x</title>", "web page"),
        (b"%PDF-1.7 not a picture at all", "PDF"),
    ],
    ids=["empty", "truncated", "a web page", "a PDF"],
)
async def test_an_image_that_cannot_be_used_is_named_with_the_reason(
    team: Team, content: bytes, says: str
) -> None:
    post = await team.post([NewFile("hero.png", content)])
    (line,) = team.words(post)
    assert says in line
    assert team.mascots() == []


async def test_over_20_mb_is_refused_with_what_would_work(team: Team) -> None:
    post = await team.post([NewFile("hero.png", drawn() + b"\0" * 20_000_000)])
    (line,) = team.words(post)
    assert line.startswith("hero.png: The file is larger than 20 MB.")
    assert "Export it smaller" in line


async def test_over_50_megapixels_is_refused_before_decoding(team: Team) -> None:
    header = b"IHDR" + (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\0\0\0"
    small = drawn(size=64)
    bomb = small[:12] + header + crc32(header).to_bytes(4, "big") + small[33:]
    post = await team.post([NewFile("hero.png", bomb)])
    (line,) = team.words(post)
    assert "hero.png" in line
    assert "megapixels" in line


async def test_one_bad_file_does_not_stop_the_others(team: Team) -> None:
    post = await team.post([NewFile("bad.png", b""), picture("good.png")])
    (card,) = team.words(post)
    assert "1 of 6 references" in card
    assert "bad.png is empty" in card


async def test_a_sign_in_page_tells_of_the_permission_and_retry_works(team: Team) -> None:
    team.slack.files.sign_in_page = True
    post = await team.post([picture()])
    assert "have the files:read permission" in team.words(post)[0]
    assert "manages apps" in team.words(post)[0]
    team.slack.files.sign_in_page = False
    await retry(team, 0, post)
    assert "1 of 6 references" in team.words(post)[0]
    assert len(team.mascots()) == 1


async def test_a_web_page_among_images_is_only_its_own_problem(team: Team) -> None:
    post = await team.post([NewFile("page.png", b"<!doctype html><title>x</title>"), picture("good.png")])
    (card,) = team.words(post)
    assert "1 of 6 references" in card
    assert "page.png" in card
    assert "web page" in card
    assert "files:read" not in card


async def test_an_image_that_never_comes_does_not_keep_the_others(team: Team) -> None:
    team.slack.files.unavailable.add("never.png")
    files = [picture("never.png", "orange"), picture("good.png", "navy")]
    post = await team.slack.post(user="ana", channel="mascots", files=files)
    card = await team.slack.wait_until(
        lambda: next((words for words in team.words(post) if "1 of 6 references" in words), None)
    )
    assert "never.png is not in yet." in card
    assert "[Retry]" not in card
    await team.let_an_hour_pass()
    await team.done()
    (card,) = team.words(post)
    assert "1 of 6 references" in card
    assert "before I had the whole file" in card
    assert "[Retry]" in card
    team.slack.files.unavailable.clear()
    await team.press(team.card(post), RETRY)
    await team.all_done()
    assert "2 of 6 references" in team.words(post)[0]
    assert "[Retry]" not in team.words(post)[0]
    assert len(team.mascots()) == 1


# -- Slack Connect -------------------------------------------------------------------------------


async def test_a_poster_from_another_organisation_gets_a_private_note(team: Team) -> None:
    post = await team.post([picture()], channel="northwind", user="noor")
    assert team.words(post, "northwind") == []
    notes = team.slack.channel_messages("northwind", viewer="noor")
    assert FROM_OUTSIDE in str(notes)
    assert FROM_OUTSIDE not in str(team.slack.channel_messages("northwind", "ana"))
    assert team.masko.calls["upload"] == 0


async def test_a_note_that_cannot_be_given_is_not_made_public(team: Team) -> None:
    team.slack.faults.fail("chat.postEphemeral", "user_not_in_channel")
    post = await team.post([picture()], channel="northwind", user="noor")
    assert team.words(post, "northwind") == []
    assert team.masko.calls["upload"] == 0


async def test_whose_file_it_is_is_asked_where_slack_only_hints_at_it(team: Team) -> None:
    """The event does not tell the poster's workspace; the file does. A hiccup on the way forgets nothing."""
    post = await team.slack.post(user="noor", channel="northwind", files=[picture()])
    await team.done()
    event = {
        "type": "message",
        "subtype": "file_share",
        "user": "U0NOOR000005",
        "channel": team.slack.directory.channel("northwind").id,
        "channel_type": "channel",
        "text": "",
        "ts": "1900000000.000100",
        "files": [{"id": post["files"][0]["id"], "mode": "file_access", "file_access": "check_file_info"}],
    }
    team.slack.faults.fail("chat.postEphemeral", "internal_error")
    await team.slack.send_event(event)
    await team.done()
    assert team.masko.calls["upload"] == 0
    assert team.mascots() == []


# -- Masko ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "fault", "says"),
    [
        ("upload", faults.unauthorized, "Masko rejected the API key"),
        ("collections.create", faults.unauthorized, "Masko rejected the API key"),
        ("upload", faults.forbidden, "Masko"),
        ("collections.create", lambda: faults.insufficient_credits(21, 5), "21"),
    ],
    ids=["401 on upload", "401 on create", "403", "402"],
)
async def test_what_only_people_can_mend_is_said_and_retry_works(
    team: Team, operation: str, fault: Callable[[], Fault], says: str
) -> None:
    team.masko.faults.add(operation, fault())
    post = await team.post([picture()])
    (line,) = team.words(post)
    assert says in line
    assert "[Retry]" in line
    assert team.mascots() == []
    await retry(team, 0, post)
    assert "1 of 6 references" in team.words(post)[0]
    assert len(team.mascots()) == 1
    assert team.masko.calls["upload"] <= 2


async def test_out_of_credits_tells_balance_and_where_to_get_more(team: Team) -> None:
    team.masko.faults.add("collections.create", faults.insufficient_credits(21, 5))
    post = await team.post([picture()])
    (line,) = team.words(post)
    assert "21" in line
    assert "5" in line
    assert "https://masko.ai/billing" in line


async def test_rate_limited_says_queued_and_goes_on_by_itself(team: Team) -> None:
    team.masko.faults.add("collections.create", faults.rate_limited(retry_after=6))
    post = await team.slack.post(user="ana", channel="mascots", files=[picture()])
    waiting = await team.slack.wait_until(
        lambda: next((words for words in team.words(post) if "Queued" in words), None)
    )
    assert "Reading fox.png" in waiting
    assert "about 6 s" in waiting
    await team.slack.wait_until(lambda: "1 of 6" in team.words(post)[0] or None, timeout=15)
    assert len(team.mascots()) == 1
    assert team.masko.calls["upload"] == 1


@pytest.mark.parametrize(
    "fault", [faults.internal_error, faults.proxy_page, faults.proxy_silence, faults.dropped]
)
@pytest.mark.parametrize("operation", ["upload", "collections.create", "projects.list"])
async def test_masko_falling_over_is_waited_out(
    database_url: str, operation: str, fault: Callable[[], Fault]
) -> None:
    async with a_team(database_url, timing=Timing(masko=Timeouts(read=1.0, create_read=1.0))) as team:
        team.masko.faults.add(operation, fault(), times=1)
        post = await team.post([picture()])
        assert "1 of 6 references" in team.words(post)[0]
        assert len(team.mascots()) == 1


async def test_a_lost_answer_to_create_makes_one_mascot(team: Team) -> None:
    team.masko.faults.add("collections.create", faults.answer_lost())
    post = await team.post([picture()])
    assert "1 of 6 references" in team.words(post)[0]
    assert len(team.mascots()) == 1
    assert team.masko.calls["collections.create"] == 1


async def test_a_lost_answer_to_adding_a_reference_adds_it_once(team: Team) -> None:
    post = await team.post([picture("a.png", "orange")])
    team.masko.faults.add("references.add", faults.answer_lost())
    await team.post([picture("b.png", "navy")], thread=post)
    assert "2 of 6 references" in team.words(post)[0]
    assert team.masko.calls["references.add"] == 1


async def test_an_upload_that_masko_lost_is_uploaded_afresh_by_retry(team: Team) -> None:
    post = await team.post([picture("a.png", "orange")])
    team.masko.faults.add("references.add", faults.not_found())
    await team.post([picture("b.png", "navy")], thread=post)
    assert "got lost in Masko" in team.words(post)[1]
    await retry(team, 1, post)
    assert "2 of 6 references" in team.words(post)[0]
    assert team.masko.calls["upload"] == 3


async def test_a_description_that_is_late_fills_in(team: Team) -> None:
    team.masko.describe_after = 1.5
    post = await team.slack.post(user="ana", channel="mascots", files=[picture()])
    await team.slack.wait_until(
        lambda: "Masko is still describing the image" in "".join(team.words(post)) or None
    )
    assert "1 of 6 references" in team.words(post)[0]
    await team.slack.wait_until(
        lambda: "still describing" not in team.words(post)[0] and "New mascot" not in team.words(post)[0],
    )
    assert team.mascots()[0].detected.name in team.words(post)[0]


async def test_older_answers_are_understood(team: Team) -> None:
    team.masko.envelope = "older"
    post = await team.post([picture("a.png", "orange")])
    await team.post([picture("b.png", "navy")], thread=post)
    (mascot,) = team.mascots()
    assert mascot.detected.name in team.words(post)[0]
    assert "2 of 6 references" in team.words(post)[0]


async def test_a_mascot_deleted_in_masko_is_said_and_a_new_one_can_start(team: Team) -> None:
    post = await team.post([picture("a.png", "orange")])
    (mascot,) = team.mascots()
    team.masko.delete_collection(mascot.id)
    await team.post([picture("b.png", "navy")], thread=post)
    card, line = team.words(post)
    assert card.startswith(f"{mascot.detected.name} was deleted in Masko.")
    assert line.startswith(f"{mascot.detected.name} was deleted in Masko. So nothing was added to it")
    assert "Retry starts a new mascot" in line
    await retry(team, 1, post)
    assert "1 of 6 references" in team.words(post)[1]
    assert len(team.mascots()) == 1


async def test_several_projects_and_none_chosen_is_a_clear_question(team: Team) -> None:
    team.masko.add_project("Second")
    post = await team.post([picture()])
    (line,) = team.words(post)
    assert "Which of the 2 Masko projects" in line
    assert "MASKO_PROJECT_ID" in line


async def test_no_project_is_said(database_url: str) -> None:
    async with a_team(database_url, projects=()) as team:
        post = await team.post([picture()])
        assert "Masko has no project" in team.words(post)[0]


async def test_an_asset_that_masko_lost_is_uploaded_afresh(team: Team) -> None:
    team.masko.faults.add("collections.create", faults.not_found())
    post = await team.post([picture()])
    assert "[Retry]" in team.words(post)[0]
    await retry(team, 0, post)
    assert "1 of 6 references" in team.words(post)[0]
    assert team.masko.calls["upload"] == 2


async def test_a_masko_that_cannot_be_asked_has_not_said_that_there_is_no_description(team: Team) -> None:
    team.masko.describe_after = 0.5
    team.masko.faults.add("collections.get", faults.rate_limited(retry_after=6))
    post = await team.slack.post(user="ana", channel="mascots", files=[picture()])
    await team.slack.wait_until(
        lambda: (
            any(each.detected.prompt[:40] in "".join(team.words(post)) for each in team.mascots()) or None
        ),
        timeout=15,
    )


# -- Slack ---------------------------------------------------------------------------------------


async def test_pictures_that_slack_refuses_do_not_take_the_words_with_them(team: Team) -> None:
    team.slack.files.refuse_in_blocks = True
    post = await team.post([picture()])
    assert "1 of 6 references" in team.words(post)[0]
    assert "slack_file" not in str(team.card(post)["blocks"])
    team.slack.files.refuse_in_blocks = False
    await team.slack.wait_until(lambda: "slack_file" in str(team.card(post)["blocks"]) or None)


@pytest.mark.parametrize("method", ["chat.postMessage", "chat.update"])
async def test_slack_rate_limits_are_waited_out(team: Team, method: str) -> None:
    team.slack.faults.rate_limit(method, retry_after=1)
    post = await team.post([picture()])
    await team.all_done()
    assert "1 of 6 references" in team.words(post)[0]
    assert len(team.replies(post)) == 1


async def test_a_deleted_placeholder_is_said_anew(team: Team) -> None:
    team.masko.faults.add("collections.create", faults.rate_limited(retry_after=6))
    post = await team.slack.post(user="ana", channel="mascots", files=[picture()])
    await team.slack.wait_until(lambda: "Queued" in "".join(team.words(post)) or None)
    team.slack.delete("mascots", team.card(post)["ts"])
    await team.slack.wait_until(lambda: "1 of 6" in "".join(team.words(post)) or None, timeout=15)
    assert len(team.replies(post)) == 1


async def test_after_its_card_was_deleted_a_thread_gets_a_new_one_with_the_next_image(team: Team) -> None:
    post = await team.post([picture("a.png", "orange")])
    team.slack.delete("mascots", team.card(post)["ts"])
    await team.post([picture("b.png", "navy")], thread=post)
    (card,) = team.words(post)
    assert "2 of 6 references" in card
    assert "[Edit]" in card
    await team.post([picture("c.png", "pink")], thread=post)
    assert "3 of 6 references" in team.words(post)[0]
    assert len(team.replies(post)) == 2


async def test_a_hello_that_slack_refuses_does_not_turn_into_something_else(team: Team) -> None:
    team.slack.faults.fail("chat.postMessage", "restricted_action")
    post = await team.post(text="hello?", channel="D0ANABOT005")
    assert team.words(post, "D0ANABOT005") == []


async def test_where_the_bot_may_not_post_the_poster_is_told_in_private(team: Team) -> None:
    team.slack.faults.fail("chat.postMessage", "restricted_action", calls=2)
    post = await team.post([picture()])
    assert team.words(post) == []
    assert "I'm not allowed to post in this channel" in str(
        team.slack.channel_messages("mascots", viewer="ana")
    )


async def test_every_post_has_its_placeholder_at_once_however_slow_masko_is(team: Team) -> None:
    team.masko.faults.add("upload", faults.delay(30.0), times=99)
    posted = [
        (await team.slack.post(user="ana", channel=channel, files=[file]), channel)
        for file in pictures(6)
        for channel in ("mascots", "northwind", "unreleased")  # one alone takes a message a second
    ]
    await team.slack.wait_until(
        lambda: all(team.replies(post, channel) for post, channel in posted) or None, timeout=7.5
    )
    assert team.mascots() == []


async def test_slack_refusing_the_reply_loses_no_other_post(team: Team) -> None:
    team.slack.faults.fail("chat.postMessage", "restricted_action", calls=2)
    first = await team.post([picture("a.png", "orange")])
    second = await team.post([picture("b.png", "navy")])
    assert team.replies(first) == []
    assert "1 of 6 references" in team.words(second)[0]
