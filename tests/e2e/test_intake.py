"""Where an image goes, through the front door: a post in, the thread and Masko out."""

from __future__ import annotations

import pytest

from bot.db.tables import ChannelRow
from bot.sandbox.slack import NewFile
from tests.e2e.team import Team, drawn, picture, pictures


async def test_a_post_becomes_a_mascot_and_the_thread_says_so(team: Team) -> None:
    post = await team.post([picture()])
    (mascot,) = team.mascots()
    (card,) = team.words(post)
    assert mascot.detected.name in card
    assert mascot.detected.prompt[:80] in card
    assert "1 of 6 references" in card
    assert team.findings() == []


async def test_all_images_of_a_post_become_one_mascot(team: Team) -> None:
    post = await team.post(pictures(3))
    (mascot,) = team.mascots()
    assert len(mascot.reference_asset_ids) == 3
    assert team.masko.calls["upload"] == 3
    assert team.masko.calls["collections.create"] == 1
    assert "3 of 6 references" in team.words(post)[0]


async def test_the_placeholder_becomes_the_card_in_place(team: Team) -> None:
    post = await team.post([picture()])
    calls = [entry.title for entry in team.sandbox.inspector.after(0) if entry.kind == "web_api"]
    assert calls.count("chat.postMessage") == 1
    assert len(team.replies(post)) == 1


async def test_the_card_shows_the_picture_with_the_posters_alt_text(team: Team) -> None:
    post = await team.post([NewFile("fox.png", drawn(), alt="An orange fox that waves")])
    await team.slack.wait_until(lambda: "slack_file" in str(team.card(post)["blocks"]) or None)
    assert "An orange fox that waves" in str(team.card(post)["blocks"])


async def test_a_reply_with_an_image_is_added_to_the_threads_mascot(team: Team) -> None:
    post = await team.post([picture("front.png", "orange")])
    await team.post([picture("side.png", "navy")], thread=post, user="ben")
    (mascot,) = team.mascots()
    card, line = team.words(post)
    assert len(mascot.reference_asset_ids) == 2
    assert "2 of 6 references" in card
    assert "Masko uses the new references from the next generation on." in line
    assert line.splitlines()[0] == "Added side.png · 2 of 6 references"
    assert line.splitlines()[-1] == "[Undo]"


async def test_an_also_sent_to_channel_reply_is_a_reply(team: Team) -> None:
    post = await team.post([picture("front.png", "orange")])
    await team.post([picture("side.png", "navy")], thread=post, broadcast=True)
    assert len(team.mascots()) == 1
    assert "2 of 6 references" in team.words(post)[0]
    assert len(team.replies(post)) == 2


@pytest.mark.parametrize(
    ("channel", "user"),
    [("mascots", "gil"), ("unreleased", "chris"), ("D0ANABOT005", "ana"), ("C0GROUP0006", "ben")],
    ids=["channel", "private channel", "DM", "group DM"],
)
async def test_wherever_the_bot_is(team: Team, channel: str, user: str) -> None:
    post = await team.post([picture()], channel=channel, user=user)
    assert "1 of 6 references" in team.words(post, channel)[0]


async def test_six_fit_and_the_rest_are_named(team: Team) -> None:
    post = await team.post(pictures(8))
    (mascot,) = team.mascots()
    (card,) = team.words(post)
    assert len(mascot.reference_asset_ids) == 6
    assert team.masko.calls["upload"] == 6
    assert "6 of 6 references" in card
    assert "g.png and h.png were left out: a mascot has at most 6 references." in card
    assert "Start another mascot with them" in card


async def test_places_of_bad_images_go_to_later_ones(team: Team) -> None:
    files = pictures(8)
    files[2] = NewFile("c.png", b"not a picture")
    post = await team.post(files)
    (card,) = team.words(post)
    assert len(team.mascots()[0].reference_asset_ids) == 6
    assert "c.png" in card
    assert "h.png was left out" in card


async def test_a_full_mascot_takes_no_more_and_says_so(team: Team) -> None:
    post = await team.post(pictures(6))
    await team.post([picture("late.png", "brown")], thread=post)
    card, line = team.words(post)
    assert "6 of 6 references" in card
    assert line.startswith("late.png was left out: a mascot has at most 6 references.")
    assert team.masko.calls["references.add"] == 0


async def test_the_same_bytes_are_not_uploaded_twice(team: Team) -> None:
    post = await team.post([picture("a.png"), picture("b.png")])
    assert team.masko.calls["upload"] == 1
    assert "is the same image as" in team.words(post)[0]
    await team.post([picture("c.png")], thread=post)
    assert team.masko.calls["upload"] == 1
    assert "c.png is the same image as" in team.words(post)[1]
    assert "1 of 6 references" in team.words(post)[0]


async def test_a_channel_set_to_a_mascot_sends_its_images_there(team: Team) -> None:
    first = await team.post([picture("front.png", "orange")])
    (mascot,) = team.mascots()
    async with team.bot.store.write() as session:
        home = team.slack.directory.team.id
        channel = team.slack.directory.channel("unreleased").id
        session.add(ChannelRow(team=home, channel=channel, mascot_id=mascot.id))
    second = await team.post([picture("side.png", "navy")], channel="unreleased")
    await team.all_done()
    assert len(team.mascots()) == 1
    assert "2 of 6 references" in team.words(second, "unreleased")[0]
    await team.post([picture("back.png", "pink")], channel="unreleased", thread=second)
    await team.all_done()
    assert "3 of 6 references" in team.words(second, "unreleased")[0]
    assert "3 of 6 references" in team.words(first)[0]


async def test_every_format_becomes_something_that_masko_takes(team: Team) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4"/></svg>'
    files = [
        NewFile("a.webp", drawn("teal", file_format="WEBP")),
        NewFile("b.bmp", drawn("navy", 1024, "BMP")),
        NewFile("c.tiff", drawn("gold", 1024, "TIFF")),
        NewFile("d.avif", drawn("green", 1024, "AVIF")),
        NewFile("e.svg", svg),
    ]
    post = await team.post(files)
    (card,) = team.words(post)
    assert "5 of 6 references" in card
    for name, kind in (("b.bmp", "BMP"), ("c.tiff", "TIFF"), ("d.avif", "AVIF"), ("e.svg", "SVG")):
        assert f"{name} was converted from {kind} to PNG." in card
    assert "a.webp was converted" not in card
    assert team.findings() == []


async def test_several_posts_at_once_do_not_get_into_each_others_way(team: Team) -> None:
    posts = [await team.slack.post(user="ana", channel="mascots", files=[file]) for file in pictures(6)]
    await team.slack.wait_until(
        lambda: all("1 of 6" in str(team.words(post)) for post in posts) or None, timeout=20
    )
    assert len(team.mascots()) == 6
    assert team.findings() == []
