"""The Home tab through the front door."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot.app.timing import USUAL
from bot.channels.view import MASCOT, MODE, OUTSIDERS
from bot.cli.local import words_of
from bot.db import mascots, posts
from bot.db.tables import ImageState, ReferenceRow
from bot.home.service import GREET
from bot.home.status import ALL_WELL
from bot.home.view import (
    ALL_OF_MINE,
    REFRESH,
    RETRY,
    SEARCH,
    SETTINGS,
    SHOW,
    TURN,
)
from bot.sandbox import faults
from bot.sandbox.masko import faults as masko_faults
from tests.e2e.team import Team, a_team, picture, pictures
from tests.e2e.test_redelivery import full
from tests.home.test_home import a_post, image
from tests.slack.limits import plain_words

pytestmark = pytest.mark.slow

RECORDED = Path(__file__).parents[3] / "shared" / "slack" / "payloads"
ASKING = "Asking Masko"


@pytest.fixture
def team(team: Team) -> Team:
    """The team, whose files are processed at once, so that each may be shown."""
    team.slack.files.processing_delay = 0.0
    return team


@pytest.fixture
async def impatient(database_url: str) -> AsyncIterator[Team]:
    """A team whose Home waits half a second for Masko."""
    async with a_team(database_url, timing=replace(USUAL, ask=0.5)) as team:
        yield team


def words(team: Team, user: str = "ana") -> str:
    """What somebody reads in their Home."""
    view = team.slack.home(user)
    return plain_words(view["blocks"]) if view else ""


def read(team: Team, sentence: str, user: str = "ana") -> str | None:
    """The same, where this is a part of it."""
    told = words(team, user)
    return told if sentence in told else None


def version(team: Team, user: str = "ana") -> str:
    view = team.slack.home(user)
    return view["hash"] if view else ""


async def complete(team: Team, user: str, before: str) -> str:
    """The words of Home once it is another version, and Masko is not being asked any more."""
    return await team.slack.wait_until(
        lambda: (
            (version(team, user) != before and ASKING not in words(team, user) and words(team, user)) or None
        )
    )


async def opened(team: Team, user: str = "ana") -> str:
    """Open Home and wait until it is complete; its words."""
    before = version(team, user)
    team.slack.open_home(user)
    return await complete(team, user, before)


async def use(
    team: Team, action_id: str, value: str | None = None, *, user: str = "ana", nth: int = 0
) -> None:
    """Press a button of Home, or enter a value in its field."""
    view = team.slack.home(user)
    assert view is not None
    block = [each for each in view["blocks"] if action_id in json.dumps(each)][nth]
    chosen = None if value is None else {"value": value}
    delivery = await team.slack.press_in_view(user, view["id"], action_id, block["block_id"], chosen)
    assert delivery.acknowledged


async def changed(team: Team, action_id: str, value: str | None = None, *, user: str = "ana") -> str:
    """`use`, and what Home says once it is complete again."""
    before = version(team, user)
    await use(team, action_id, value, user=user)
    return await complete(team, user, before)


async def mascots_of(team: Team, user: str, names: list[str], first: int = 0) -> None:
    """Mascots that somebody made, one after the other, as far as the bot remembers."""
    workspace = team.slack.directory
    async with team.bot.store.write() as session:
        for number, name in enumerate(names, first):
            key = f"{user}-{number}"
            row: dict[str, Any] = {"id": key, "team": workspace.team.id, "name": name, "reference_ids": [key]}
            await mascots.add(session, {**row, "read_at": datetime.now(UTC)})
            by = workspace.person(user).id
            session.add(ReferenceRow(mascot_id=key, asset_id=key, name="a.png", showable=False, added_by=by))


async def in_masko(team: Team, name: str, folder: Path) -> None:
    """A mascot with two references that somebody made in Masko itself."""
    masko, files = team.bot.masko, (picture("a.png"), picture("b.png", "teal"))
    for file in files:
        (folder / file.name).write_bytes(file.content)
    assets = [
        await masko.upload_file(folder / file.name, filename=file.name, content_type="image/png")
        for file in files
    ]
    project = (await masko.projects())[0]
    await masko.create_mascot(
        project_id=project.id, reference_asset_ids=[asset.id for asset in assets], name=name
    )


def published(team: Team) -> list[str]:
    """The words of every Home that was shown, in order."""
    shown = [each for each in team.sandbox.inspector.after(0) if each.title == "views.publish" and each.ok]
    views = [each.request["view"] for each in shown]
    return [plain_words((json.loads(view) if isinstance(view, str) else view)["blocks"]) for view in views]


async def test_a_first_opening_shows_how_all_is_done_and_set_up(team: Team) -> None:
    told = await opened(team)
    assert "None yet. Post an image in a channel where I am" in told
    assert told.endswith(ALL_WELL)
    for absent in ("Did not work", "Your channels", "eview"):
        assert absent not in told
    assert team.findings() == []


async def test_what_is_known_is_shown_before_masko_is_asked(team: Team) -> None:
    await team.post([picture()])
    team.masko.faults.add("*", faults.delay(1.5), None)
    began = time.monotonic()
    team.slack.open_home("ana")
    await team.slack.wait_until(lambda: words(team) or None)
    assert time.monotonic() - began < 1.0
    assert ASKING in words(team)
    assert "1 of 6 references" in words(team)
    assert ALL_WELL in await complete(team, "ana", "")
    assert [ASKING in each for each in published(team)] == [True, False]


async def test_an_opening_soon_after_shows_the_newest_at_once(team: Team) -> None:
    await opened(team)
    asked = team.masko.calls["credits"]
    await team.post([picture()])
    assert "1 mascot that you made or added to" in await opened(team)
    assert team.masko.calls["credits"] == asked
    assert team.findings() == []


async def test_the_bot_stops_while_masko_is_asked(database_url: str) -> None:
    async with a_team(database_url) as team:
        team.masko.faults.add("*", faults.silence(), None)
        team.slack.open_home("ana")
        await team.slack.wait_until(lambda: read(team, ASKING))
        began = time.monotonic()
    assert time.monotonic() - began < USUAL.ask / 2


@pytest.mark.parametrize("fault", [faults.silence, faults.empty_500, faults.dropped])
async def test_a_masko_that_is_down_is_said_and_the_rest_is_shown(
    impatient: Team, fault: Callable[[], faults.Fault]
) -> None:
    team = impatient
    await team.post([picture()])
    team.masko.faults.add("*", fault(), None)
    told = await opened(team)
    assert "✗ Masko isn't answering right now." in told
    assert "1 of 6 references" in told
    assert "Your channels" in told
    team.masko.faults.clear()


async def test_a_refused_key_is_said_once(team: Team) -> None:
    team.masko.faults.add("*", masko_faults.unauthorized(), None)
    told = await opened(team)
    assert told.count("✗") == 1
    assert "key" in told[told.index("✗") :]


async def test_no_project_is_said(database_url: str) -> None:
    async with a_team(database_url, projects=()) as team:
        told = await opened(team)
        assert "✗ Masko has no project for new mascots yet." in told
        assert ALL_WELL not in told


async def test_mascots_have_picture_and_count_the_newest_first(team: Team) -> None:
    first = await team.post(pictures(2))
    await team.post([picture("bear.png", "teal")])
    told = await opened(team)
    assert told.index("1 of 6 references") < told.index("2 of 6 references")
    view = team.slack.home("ana")
    assert json.dumps(view).count("slack_file") == 2
    await team.post([picture("side.png", "navy")], thread=first)
    told = await opened(team)
    assert told.index("3 of 6 references") < told.index("1 of 6 references")
    assert team.findings() == []


async def test_pictures_that_slack_refuses_do_not_keep_home_from_being_shown(team: Team) -> None:
    await team.post([picture()])
    team.slack.files.refuse_in_blocks = True
    assert "1 of 6 references" in await opened(team)
    assert "slack_file" not in json.dumps(team.slack.home("ana"))


async def test_everybody_has_their_own_home(team: Team) -> None:
    team.masko.faults.add("upload", masko_faults.forbidden(), 1)
    await team.post([picture("secret.png")], user="ben")
    await team.post([picture("bear.png", "teal")], user="ben")
    assert "Did not work" in await opened(team, "ben")
    told = await opened(team, "ana")
    for theirs in ("Did not work", "Your channels", "references", ".png"):
        assert theirs not in told


async def test_pages(team: Team) -> None:
    await mascots_of(team, "ana", [f"Fox {number}" for number in range(14)])
    told = await opened(team)
    assert "14 mascots that you made or added to: 1-6 of 14" in told
    assert "Fox 13" in told
    assert "Fox 7" not in told
    assert "Previous" not in told
    assert ": 7-12 of 14" in await changed(team, f"{TURN}.next")
    told = await changed(team, f"{TURN}.next")
    assert ": 13-14 of 14" in told
    assert "Fox 0" in told
    assert "Next" not in told
    assert ": 7-12 of 14" in await changed(team, f"{TURN}.previous")
    assert ": 7-12 of 14" in await changed(team, REFRESH)
    assert ": 1-6 of 14" in await opened(team)
    assert team.findings() == []


async def test_search_finds_every_mascot_of_the_team(team: Team, tmp_path: Path) -> None:
    await mascots_of(team, "ben", [f"Fox {number}" for number in range(8)])
    await in_masko(team, "Captain Fox", tmp_path)
    await opened(team)
    await changed(team, SEARCH, "FOX")
    # Masko is asked for what only its list has told.
    told = await team.slack.wait_until(lambda: read(team, "2 of 6 references"))
    assert "9 mascots with “FOX”: 1-6 of 9" in told
    assert "Captain Fox" in told
    view = team.slack.home("ana")
    assert view is not None
    assert view["blocks"][1]["element"]["initial_value"] == "FOX"
    assert ": 7-9 of 9" in await changed(team, f"{TURN}.next")
    await use(team, SEARCH, "bear")
    await team.slack.wait_until(lambda: read(team, "No mascot's name has “bear” in it."))
    await use(team, ALL_OF_MINE)
    await team.slack.wait_until(lambda: read(team, "None yet."))
    view = team.slack.home("ana")
    assert view is not None
    assert "initial_value" not in view["blocks"][1]["element"]
    assert team.findings() == []


@pytest.mark.parametrize("typed", ["<!channel> *x* :tada:", "\u0627" * 80, "🦊" * 40, "%_\\", '"'])
async def test_any_words_can_be_searched_for(team: Team, typed: str) -> None:
    await opened(team)
    await use(team, SEARCH, typed)
    await team.slack.wait_until(lambda: read(team, "No mascot's name has"))
    await use(team, SEARCH, "")
    await team.slack.wait_until(lambda: read(team, "None yet."))
    assert team.findings() == []


async def test_show_opens_the_mascot(team: Team) -> None:
    await team.post(pictures(2))
    await opened(team)
    await use(team, SHOW)
    view = await team.slack.wait_until(lambda: with_picture(team.slack.view("ana")))
    assert team.mascots()[0].detected.prompt[:40] in plain_words(view["blocks"])
    assert team.findings() == []


def with_picture(view: dict[str, Any] | None) -> dict[str, Any] | None:
    return view if view and "slack_file" in json.dumps(view) else None


async def test_show_opens_although_masko_is_silent(impatient: Team) -> None:
    team = impatient
    await team.post([picture()])
    await opened(team)
    team.masko.faults.add("*", faults.silence(), None)
    await use(team, SHOW)
    view = await team.slack.wait_until(lambda: team.slack.view("ana"))
    assert "1 of 6 references" in plain_words(view["blocks"])


async def test_show_of_a_mascot_that_was_deleted(team: Team) -> None:
    await team.post([picture()])
    await opened(team)
    team.masko.delete_collection(team.mascots()[0].id)
    await use(team, SHOW)
    await team.slack.wait_until(
        lambda: ((top := team.slack.view("ana")) and "was deleted in Masko" in json.dumps(top)) or None
    )
    assert "I don't know this mascot any more" in await changed(team, SHOW)
    assert "None yet." in words(team)


async def test_a_mascot_that_does_not_open_is_said(team: Team) -> None:
    await team.post([picture()])
    await opened(team)
    team.slack.faults.fail("views.open", "expired_trigger_id")
    assert "didn't open that in time" in await changed(team, SHOW)


async def test_retry(team: Team) -> None:
    team.masko.faults.add("upload", masko_faults.forbidden(), 1)
    await team.post([picture("fox.png")])
    told = await opened(team)
    assert "Did not work" in told
    assert "fox.png: " in told
    team.masko.faults.clear()
    told = await changed(team, RETRY)
    assert "Trying again." in told
    await team.done()
    assert len(team.mascots()) == 1
    told = await changed(team, REFRESH)
    assert "Did not work" not in told
    assert "Trying again." not in told
    assert "1 mascot that you made or added to" in told
    assert team.findings() == []


async def test_a_post_with_several_failures_is_tried_again_as_one(team: Team) -> None:
    team.masko.faults.add("upload", masko_faults.forbidden(), 2)
    await team.post(pictures(2))
    told = await opened(team)
    assert told.count("Retry") == 1
    team.masko.faults.clear()
    await changed(team, RETRY)
    await team.done()
    assert [len(each.reference_asset_ids) for each in team.mascots()] == [2]
    assert "Did not work" not in await changed(team, REFRESH)


async def test_of_what_did_not_work_the_newest_are_shown_and_the_rest_is_counted(team: Team) -> None:
    await mascots_of(team, "ana", [f"Fox {number}" for number in range(7)])
    await failed(team, 5)
    team.masko.faults.add("upload", masko_faults.forbidden(), 1)
    await team.post([picture("0.png")])
    told = await opened(team)
    assert "0.png: " in told
    assert "1.png: " not in told
    assert "and 1 more" in told
    await changed(team, f"{TURN}.next")
    told = await changed(team, RETRY)
    assert "0.png: " not in told
    assert "1.png: " in told
    assert "and 1 more" not in told
    assert ": 7-7 of 7" in told  # the mascots are where they were
    assert team.findings() == []


async def test_a_retry_that_was_altered_is_refused_and_said(team: Team) -> None:
    team.masko.faults.add("upload", masko_faults.forbidden(), 1)
    await team.post([picture("fox.png")])
    await opened(team)
    assert "That doesn't work any more" in await changed(team, RETRY, "1; 2")


async def failed(team: Team, count: int) -> None:
    """Posts of Ana's that did not make it, as far as the bot remembers: 1.png, 2.png …"""
    directory = team.slack.directory
    channel, ana = directory.channel("mascots").id, directory.person("ana").id
    async with team.bot.store.write() as session:
        for number in range(1, count + 1):
            post = a_post(f"{number}.0", channel=channel, user=ana)
            post.team = directory.team.id
            await posts.note(session, post, [image(ImageState.FAILED, name=f"{number}.png")])


async def test_a_retry_that_cannot_be_written_down_is_not_acknowledged(team: Team) -> None:
    team.masko.faults.add("upload", masko_faults.forbidden(), 1)
    await team.post([picture("fox.png")])
    await opened(team)
    view = team.slack.home("ana")
    assert view is not None
    async with full(team):
        delivery = await team.slack.press_in_view("ana", view["id"], RETRY)
        assert not delivery.acknowledged


async def test_settings_of_a_channel(team: Team) -> None:
    await team.post([picture()])
    assert "Images: Add them automatically" in await opened(team)
    channel = team.slack.directory.channel("mascots").id
    assert f"<#{channel}>" in words(team)
    await use(team, SETTINGS)
    form = await team.slack.wait_until(lambda: team.slack.view("ana"))
    before = version(team)
    (fox,) = team.mascots()
    submitted = await team.slack.submit("ana", form["id"], filled("ask", fox.id))
    assert not submitted.errors
    told = await complete(team, "ana", before)
    assert f"Images: Ask the poster · for {fox.detected.name}" in told
    assert "Saved" in told
    assert team.findings() == []


async def test_a_channel_that_somebody_has_set_is_theirs(team: Team) -> None:
    await team.slack.command("ana", "mascots", "/masko", "settings")
    form = await team.slack.wait_until(lambda: team.slack.view("ana"))
    await team.slack.submit("ana", form["id"], filled("off"))
    assert "Images: Nothing, unless I'm asked" in await opened(team, "ana")
    assert "Your channels" not in await opened(team, "ben")


async def test_settings_that_do_not_open_are_said(team: Team) -> None:
    await team.post([picture()])
    await opened(team)
    team.slack.faults.fail("views.open", "expired_trigger_id")
    assert "didn't open that in time" in await changed(team, SETTINGS)


async def test_the_newest_of_quick_openings_is_what_stays(team: Team) -> None:
    await mascots_of(team, "ana", ["Fox"])
    team.masko.faults.add("credits", faults.delay(0.7), 1)
    team.slack.faults.add("views.publish", faults.delay(0.5), 1)
    team.slack.open_home("ana")
    await asyncio.sleep(0.1)
    await mascots_of(team, "ana", ["Bear"], first=1)
    for _ in range(3):
        team.slack.open_home("ana")
    await team.slack.wait_until(lambda: ("Bear" in words(team) and ASKING not in words(team)) or None)
    seen = ["Bear" in each for each in published(team)]
    assert seen == sorted(seen)
    assert ASKING not in published(team)[-1]


async def test_what_another_process_has_shown_meanwhile_is_left_alone(team: Team) -> None:
    team.masko.faults.add("*", faults.delay(1.0), None)
    team.slack.open_home("ana")
    await team.slack.wait_until(lambda: words(team) or None)
    other = AsyncWebClient(team.sandbox.bot_token, base_url=team.sandbox.slack_api_url)
    newer = {"type": "home", "blocks": [{"type": "section", "text": {"type": "plain_text", "text": "Newer"}}]}
    await other.views_publish(user_id=team.slack.directory.person("ana").id, view=newer)
    await team.slack.wait_until(lambda: team.slack.calls["views.publish"] == 3 or None)
    assert words(team) == "Newer"


async def test_a_first_direct_message_is_said_once(team: Team) -> None:
    for _ in range(3):
        team.slack.open_home("ana", "messages")
    team.slack.open_home("ben", "messages")
    for user in ("ana", "ben"):
        await team.slack.wait_until(lambda user=user: direct(team, user) or None)  # type: ignore[misc]
    team.slack.open_home("ana", "messages")
    await opened(team)
    await team.bot.queue.drained(GREET)
    assert len(direct(team, "ana")) == len(direct(team, "ben")) == 1
    assert "it becomes a mascot" in direct(team, "ana")[0]
    assert "/masko help" in direct(team, "ana")[0]
    assert team.findings() == []


async def test_a_greeting_that_slack_did_not_take_is_said_later(team: Team) -> None:
    team.slack.faults.add("chat.postMessage", faults.proxy_page(), 1)
    team.slack.open_home("ana", "messages")
    await team.slack.wait_until(lambda: direct(team, "ana") or None)
    await team.bot.queue.drained(GREET)
    assert len(direct(team, "ana")) == 1


@pytest.mark.parametrize("tab", ["home", "messages"])
async def test_payloads_that_were_recorded_in_slack(team: Team, tab: str) -> None:
    path = RECORDED / f"app_home_opened_{tab}.json"
    if not path.is_file():
        pytest.skip("Slack's recorded payloads are not beside this checkout")
    dm = conversation(team, "ana")
    ours = {"user": team.slack.directory.person("ana").id, "channel": dm}
    delivery = await team.slack.send_event(json.loads(path.read_text())["event"] | ours)
    assert delivery.acknowledged
    if tab == "home":
        await complete(team, "ana", "")
    else:
        await team.slack.wait_until(lambda: direct(team, "ana") or None)


def direct(team: Team, user: str) -> list[str]:
    """What the bot said to somebody alone."""
    me, dm = team.slack.directory.bot.id, conversation(team, user)
    return [words_of(each) for each in team.slack.channel_messages(dm) if each["user"] == me]


def conversation(team: Team, user: str) -> str:
    """The id of somebody's conversation with the bot."""
    return str(team.slack.open_dm(user, [team.slack.directory.bot.id])["id"])


def filled(mode: str, mascot_id: str = "new") -> dict[str, dict[str, dict[str, Any]]]:
    def option(value: str) -> dict[str, Any]:
        return {"value": value, "text": {"type": "plain_text", "text": value}}

    return {
        MODE: {MODE: {"type": "radio_buttons", "selected_option": option(mode)}},
        MASCOT: {MASCOT: {"type": "static_select", "selected_option": option(mascot_id)}},
        OUTSIDERS: {OUTSIDERS: {"type": "checkboxes", "selected_options": []}},
    }
