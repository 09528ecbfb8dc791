"""What a team approves, as one numbered picture on the card."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

from PIL import Image

from bot.images.contact_sheet import CELL
from bot.review.view import APPROVE
from bot.sandbox.slack import NewFile
from tests.e2e.team import Message, Team, picture
from tests.e2e.test_reviews import ask_for_review, press

ORANGE, TEAL, WHITE = (255, 165, 0), (0, 128, 128), (255, 255, 255)
DRAWING = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" width="500" height="500">'
    b'<rect width="9" height="9" fill="teal"/></svg>'
)


def shown(team: Team, post: Message) -> dict[str, Any]:
    """The block that shows the references."""
    return next(dict(each) for each in team.card(post)["blocks"] if each["block_id"] == "pictures")


def sheets(team: Team) -> list[Image.Image]:
    """Every contact sheet that was uploaded, oldest first."""
    bot = team.slack.directory.app.bot_user_id
    return [Image.open(BytesIO(each.content)) for each in team.slack.files.all() if each.owner.id == bot]


async def test_the_references_are_one_numbered_picture(team: Team) -> None:
    post = await team.post([picture("fox.png", "orange"), picture("side.png", "teal")])
    await team.all_done()
    assert sheets(team) == []  # a draft is not approved by anybody
    await ask_for_review(team, post)
    await team.all_done()
    (sheet,) = sheets(team)
    assert sheet.size == (2 * CELL, CELL)
    middle, low = CELL // 2, CELL * 3 // 4
    assert [sheet.getpixel((at, low)) for at in (middle, CELL + middle)] == [ORANGE, TEAL]
    block = shown(team, post)
    assert block["type"] == "image"
    assert re.search(r"1\. .*2\. ", block["alt_text"])
    assert team.findings() == []


async def test_it_is_uploaded_once_for_each_edition(team: Team) -> None:
    post = await team.post([picture("fox.png", "orange")])
    await ask_for_review(team, post)
    await team.all_done()
    first = shown(team, post)["slack_file"]
    await press(team, post, APPROVE, user="ben")
    assert shown(team, post)["slack_file"] == first
    assert len(sheets(team)) == 1
    await team.post([picture("side.png", "teal")], thread=post)
    await team.all_done()
    assert shown(team, post)["slack_file"] != first
    assert [each.size for each in sheets(team)] == [(2 * CELL, CELL)] * 2


async def test_a_drawing_is_seen_too_and_what_is_gone_leaves_its_place_empty(team: Team) -> None:
    post = await team.post([picture("fox.png", "orange"), NewFile("fox.svg", DRAWING)])
    await team.all_done()
    gone = next(each for each in team.slack.files.all() if each.name == "fox.png")
    gone.deleted = True
    await ask_for_review(team, post)
    await team.all_done()
    (sheet,) = sheets(team)
    assert [sheet.getpixel((at, CELL // 4)) for at in (CELL // 2, CELL + CELL // 2)] == [WHITE, TEAL]


async def test_without_the_scope_there_are_thumbnails(team: Team) -> None:
    post = await team.post([picture("fox.png", "orange")])
    team.slack.directory.app.scopes.remove("files:write")
    await ask_for_review(team, post)
    await team.all_done()
    assert shown(team, post)["type"] == "context"


async def test_where_slack_refuses_it_there_are_thumbnails(team: Team) -> None:
    post = await team.post([picture("fox.png", "orange")])
    await ask_for_review(team, post)
    await team.all_done()
    sheet = team.slack.files.get(shown(team, post)["slack_file"]["id"])
    assert sheet is not None
    sheet.deleted = True
    await press(team, post, APPROVE, user="ben")
    assert shown(team, post)["type"] == "context"
