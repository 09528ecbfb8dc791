"""Images that a post only points to: links among words, Slack's own addresses, files with their id alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.cli.local import heard_of, words_of
from bot.db.values import Mode
from tests.e2e.team import Message, Team, picture
from tests.e2e.test_channels import set_to
from tests.e2e.test_mentions import private

pytestmark = pytest.mark.slow

GUIDE = "https://example.com/guide.png"  # the sandbox's Masko fetches nothing from there
Address = Callable[[Message], str]


@pytest.fixture(autouse=True)
def _processed(team: Team) -> None:
    team.slack.files.processing_delay = 0.0


async def shared(team: Team, channel: str, user: str = "ana") -> Message:
    """A file that was posted while the bot took nothing in there."""
    await set_to(team, channel, mode=Mode.OFF)
    post = await team.slack.post(user=user, channel=channel, files=[picture()])
    if channel == "mascots":  # in others the bot is not
        await team.slack.wait_until(lambda: heard_of(team.sandbox, post["ts"]) or None)
    await set_to(team, channel)
    file: Message = post["files"][0]
    return file


def permalink(file: Message) -> str:
    return f"https://acme.slack.com/files/{file['user']}/{file['id']}/fox.png"


def private_address(file: Message) -> str:
    return f"https://files.slack.com/files-pri/T0HOME-{file['id']}/fox.png"


async def heard(team: Team, **event: Any) -> Message:
    """Let the bot hear of a post of Ana's that is not in the sandbox as it is told."""
    post = await team.slack.post(user="ana", channel="mascots", text=" ")
    told = {"type": "message", "user": post["user"], "channel": team.slack.directory.channel("mascots").id}
    delivery = await team.slack.send_event(
        told | {"ts": post["ts"], "event_ts": post["ts"], "text": ""} | event
    )
    assert delivery.acknowledged
    await team.all_done()
    return post


@pytest.mark.parametrize("address", [permalink, private_address])
async def test_slacks_own_address_stands_for_its_file(team: Team, address: Address) -> None:
    file = await shared(team, "mascots")
    post = await team.post(text=f"look again <{address(file)}|fox.png>")
    assert "1 of 6 references" in team.words(post)[0]
    assert len(team.mascots()) == 1
    assert team.findings() == []


async def test_beside_the_file_its_address_adds_nothing(team: Team) -> None:
    file = team.slack.upload("ana", picture())
    post = await team.post([file["id"]], text=f"<{permalink(file)}>")
    (card,) = team.words(post)
    assert "1 of 6 references" in card
    assert "could not" not in card


@pytest.mark.parametrize(
    "text",
    ["see <https://acme.slack.com/files/U0ANA/F0HERO/hero.png>", f"<{private_address({'id': 'F0HERO'})}>"],
)
async def test_a_file_that_is_not_there_is_passed_over(team: Team, text: str) -> None:
    post = await team.post(text=text)
    assert team.words(post) == []
    assert private(team, post) == []


async def test_a_file_that_the_poster_may_not_see_stays_where_it_is(team: Team) -> None:
    file = await shared(team, "brand", user="ben")
    post = await team.post(text=f"<{permalink(file)}>")
    assert team.words(post) == []
    assert team.mascots() == []


async def test_a_link_among_words_that_is_no_picture_is_told_the_poster_alone(team: Team) -> None:
    post = await team.post(text=f"the rules are at {GUIDE} by the way")
    assert team.words(post) == []
    (told,) = private(team, post)
    assert "guide.png: Masko couldn't fetch it" in words_of(told)


async def test_a_link_among_words_that_is_a_picture_gets_its_card(team: Team) -> None:
    fox = f"{team.sandbox.page_url}_control/sample/fox.png"
    post = await team.post(text=f"what about {fox} for the launch?")
    assert "1 of 6 references" in team.words(post)[0]
    await team.post(thread=post, text=f"or {fox}?1 perhaps", user="ben")
    await team.all_done()
    assert "2 of 6 references" in team.words(post)[0]
    assert "fox.png" in team.words(post)[1]
    assert team.findings() == []


@pytest.mark.parametrize("text", [GUIDE, f"@masko look at {GUIDE}"])
async def test_a_link_that_is_all_of_a_post_is_answered_in_its_thread(team: Team, text: str) -> None:
    post = await team.post(text=text)
    assert "guide.png: Masko couldn't fetch it" in team.words(post)[0]


async def test_a_file_with_its_id_alone_is_looked_up(team: Team) -> None:
    file = await shared(team, "mascots")
    await heard(team, subtype="file_share", files=[{"id": file["id"]}])
    assert len(team.mascots()) == 1


async def test_an_image_block_of_a_forwarded_post_is_caught(team: Team) -> None:
    block = {"type": "image", "image_url": GUIDE, "alt_text": "A guide"}
    quoted = {"is_share": True, "text": "look", "message_blocks": [{"message": {"blocks": [block]}}]}
    post = await heard(team, attachments=[quoted])
    assert "guide.png: Masko couldn't fetch it" in team.words(post)[0]  # it was asked to


async def test_a_direct_message_is_known_by_its_id(team: Team) -> None:
    talk = team.slack.open_dm("ana", ["masko"])["id"]
    said = await team.slack.post(user="ana", channel=talk, text="hello")
    notes = {"id": "F0NOTES", "name": "notes.txt", "mimetype": "text/plain", "mode": "hosted"}
    later = f"{said['ts'][:-6]}999999"
    event = {"type": "message", "subtype": "file_share", "user": said["user"], "channel": talk, "text": ""}
    await team.slack.send_event(
        event | {"thread_ts": said["ts"], "ts": later, "event_ts": later, "files": [notes]}
    )
    await team.all_done()
    assert any("notes.txt: not an image" in words_of(each) for each in team.slack.thread(talk, said["ts"]))
