"""`/masko …` through the front door."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from bot.channels.view import MASCOT, MODE, OUTSIDERS
from bot.cli.local import words_of
from bot.commands.dispatch import REQUESTED
from bot.commands.view import SHARE
from bot.mascots.search import SHOW
from bot.sandbox import faults
from bot.sandbox.masko import faults as masko_faults
from bot.sandbox.slack import NewFile
from bot.slack.blocks import MENU
from tests.e2e.team import Message, Team, drawn, picture, pictures, use_mascot
from tests.e2e.test_redelivery import full


@pytest.fixture(autouse=True)
def _processed(team: Team) -> None:
    team.slack.files.processing_delay = 0.0


async def ask(team: Team, text: str, *, user: str = "ana", channel: str = "mascots") -> None:
    """Type a command, and wait until the bot is done with it."""
    delivery = await team.slack.command(user, channel, "/masko", text)
    assert delivery.acknowledged
    await done(team)


async def done(team: Team) -> None:
    await team.bot.queue.drained(REQUESTED)
    await team.all_done()


def seen(team: Team, *, user: str = "ana", channel: str = "mascots") -> list[Message]:
    """What one person alone sees in a channel."""
    everything = team.slack.channel_messages(channel, viewer=user)
    public = {message["ts"] for message in team.slack.channel_messages(channel)}
    return [message for message in everything if message["ts"] not in public]


def answer(team: Team, **where: str) -> str:
    """The newest of it, as words."""
    return words_of(seen(team, **where)[-1])


async def press(team: Team, action_id: str, *, user: str = "ana", channel: str = "mascots") -> None:
    await team.press(seen(team, user=user, channel=channel)[-1], action_id, user=user, channel=channel)
    await done(team)


async def mascot(team: Team, name: str, colour: str = "orange") -> Message:
    """A mascot with a name, made by a post."""
    post = await team.post([picture(f"{colour}.png", colour)])
    await ask(
        team, f'rename "{team.masko.collections[list(team.masko.collections)[-1]].detected.name}" to {name}'
    )
    return post


async def test_alone_it_opens_a_menu(team: Team) -> None:
    await ask(team, "")
    assert "[List mascots] [Channel settings] [Status] [All commands]" in answer(team)
    await press(team, f"{MENU}.help")
    assert "/masko rename NAME to NEW" in answer(team)
    assert team.findings() == []


async def test_help_is_private_and_has_an_example_of_everything(team: Team) -> None:
    await ask(team, "help", user="ben")
    assert seen(team, user="ana") == []
    told = answer(team, user="ben")
    for command in ("list", "show", "new", "add", "use", "rename", "settings", "status"):
        assert f"/masko {command}" in told


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("lsit", "There is no command “lsit”. Did you mean list?"),
        ("dance", "There is no command “dance”. These are all:"),
        ("rename Felix", "/masko rename needs a little more."),
        ("show <!channel>", "No mascot is called “<!channel>”."),
        ("show &lt;!channel&gt;", "No mascot is called “&lt;!channel&gt;”."),
    ],
)
async def test_what_is_not_understood_is_said_so(team: Team, typed: str, told: str) -> None:
    await ask(team, typed)
    assert told in answer(team)
    assert "<!channel>" not in seen(team)[-1]["text"]


async def test_a_list_of_none(team: Team) -> None:
    await ask(team, "list")
    assert "There is no mascot yet." in answer(team)
    await ask(team, "list fox")
    assert "No mascot's name has “fox” in it." in answer(team)


async def test_a_list_has_pages_and_can_be_searched(team: Team) -> None:
    for number in range(8):
        await team.masko.add_mascot([("a.png", drawn())], name=f"Fox {number}" if number < 7 else "Bear")
    await ask(team, "list")
    assert "8 mascots you can see: 1-6 of 8" in answer(team)
    assert "Bear" in answer(team)
    await press(team, "commands.turn_page.next")
    assert "8 mascots you can see: 7-8 of 8" in answer(team)
    assert len(seen(team)) == 1
    await press(team, "commands.turn_page.previous")
    assert "1-6 of 8" in answer(team)
    await ask(team, "list BEAR")
    assert "1 mascot with “BEAR”" in answer(team)


async def test_a_list_shows_pictures_and_counts(team: Team) -> None:
    await team.post(pictures(2))
    await ask(team, "list")
    assert "2 of 6 references" in answer(team)
    assert "slack_file" in json.dumps(seen(team)[-1]["blocks"])
    await press(team, SHOW)
    assert team.mascots()[0].detected.prompt[:40] in answer(team)


async def test_show_is_private_until_it_is_shared(team: Team) -> None:
    await mascot(team, "Felix the Fox")
    await ask(team, "show felix", user="ben")
    assert answer(team, user="ben").startswith("Felix the Fox\n")
    await press(team, SHARE, user="ben")
    shared = team.slack.channel_messages("mascots")[-1]
    assert words_of(shared).startswith("Felix the Fox\n")
    assert "Shared" in answer(team, user="ben")
    await team.post([picture("side.png", "teal")], thread=shared, user="ben")
    await team.all_done()
    (felix,) = team.mascots()
    assert len(felix.reference_asset_ids) == 2
    assert "2 of 6 references" in words_of(team.slack.thread("mascots", shared["ts"])[0])


async def test_two_that_match_are_a_choice(team: Team) -> None:
    await mascot(team, "Felix the Fox")
    await mascot(team, "Felicity", "teal")
    await ask(team, "show Fel")
    assert "Several mascots match “Fel”. Which one?" in answer(team)
    await press(team, "commands.choose.1")
    assert answer(team).startswith("Felicity\n")


async def test_a_mascot_that_was_made_in_masko_is_found(team: Team) -> None:
    await team.masko.add_mascot([("bear.png", drawn())], name="Captain Bear")
    await ask(team, "show bear")
    assert answer(team).startswith("Captain Bear\n")


async def test_rename(team: Team) -> None:
    post = await mascot(team, "Felix")
    await ask(team, "rename felix to Felix the Fox")
    assert answer(team) == "Felix is called Felix the Fox now."
    assert team.words(post)[0].startswith("Felix the Fox\n")


async def test_a_name_that_another_mascot_has_is_said_and_both_are_told_apart(team: Team) -> None:
    await mascot(team, "Felix")
    await mascot(team, "Felicity", "teal")
    await ask(team, "rename Felicity to felix")
    assert answer(team) == "Felicity is called felix now. Another mascot is called felix, too."
    await ask(team, "show felix")
    question = seen(team)[-1]
    assert words_of(question).startswith("Several mascots are called “Felix”. Which one?")
    below = [each["elements"] for each in question["blocks"] if each["type"] == "context"]
    channel = team.slack.directory.channel("mascots").id
    assert [each["type"] for elements in below for each in elements] == ["image", "plain_text", "mrkdwn"] * 2
    assert [elements[-1]["text"] for elements in below] == [f"<#{channel}>"] * 2
    await press(team, "commands.choose.1")
    assert answer(team).startswith("felix\n")


async def test_mascots_of_one_name_that_were_made_in_masko_show_what_they_have(team: Team) -> None:
    await team.masko.add_mascot([("front.png", drawn()), ("side.png", drawn())], name="Felix")
    await team.masko.add_mascot([("fox.png", drawn())], name="Felix")
    await ask(team, "show felix")
    below = [each["elements"] for each in seen(team)[-1]["blocks"] if each["type"] == "context"]
    assert sorted(each["text"] for (each,) in below) == ["1 of 6 references", "2 of 6 references"]


async def test_names_with_what_slack_takes_for_somebody(team: Team) -> None:
    await mascot(team, "Fox of @ana")
    assert team.mascots()[0].name == "Fox of @ana"
    await ask(team, "rename fox of @ana to C&A in #mascots")
    assert answer(team) == "Fox of @ana is called C&A in #mascots now."
    await ask(team, "show c&a")
    assert answer(team).startswith("C&A in #mascots\n")
    assert team.findings() == []


async def test_a_channel_can_be_set_to_a_mascot_and_back(team: Team) -> None:
    await mascot(team, "Felix")
    await ask(team, "use felix")
    assert "Images posted in this channel go to Felix now." in answer(team)
    await team.post([picture("side.png", "teal")])
    assert [len(each.reference_asset_ids) for each in team.mascots()] == [2]
    await ask(team, "use none")
    assert "start new mascots again" in answer(team)
    await team.post([picture("bear.png", "navy")])
    assert [len(each.reference_asset_ids) for each in team.mascots()] == [2, 1]


async def test_a_new_mascot_from_links(team: Team) -> None:
    links = " ".join(f"{team.sandbox.page_url}_control/sample/{name}.png" for name in ("fox", "fox-side"))
    await ask(team, f"new {links} name Felix the Fox")
    root = team.slack.channel_messages("mascots")[-1]
    assert "wants a new mascot from fox.png and fox-side.png, called Felix the Fox." in words_of(root)
    (felix,) = team.mascots()
    assert (felix.name, len(felix.reference_asset_ids)) == ("Felix the Fox", 2)
    assert "2 of 6 references" in words_of(team.slack.thread("mascots", root["ts"])[1])
    assert "I'll continue in the thread" in answer(team)
    assert team.findings() == []


async def test_links_are_added_to_a_mascot(team: Team) -> None:
    await mascot(team, "Felix")
    await ask(team, f"add {team.sandbox.page_url}_control/sample/fox-side.png to felix")
    (felix,) = team.mascots()
    assert len(felix.reference_asset_ids) == 2


@pytest.mark.parametrize(
    "link", ["http://10.0.0.1/fox.png", "https://example.com/fox", "http://localhost/fox.png"]
)
async def test_a_link_that_is_no_public_picture_is_refused(team: Team, link: str) -> None:
    await ask(team, f"new {link}")
    assert "not the public address of an image" in answer(team)
    assert team.masko.calls["upload"] == 0


async def test_where_the_bot_is_not_it_goes_on_in_direct_messages(team: Team) -> None:
    await ask(team, f"new {team.sandbox.page_url}_control/sample/fox.png", channel="brand")
    assert "continue in our direct messages" in answer(team, channel="brand")
    assert len(team.mascots()) == 1
    assert team.slack.channel_messages("brand") == []


async def test_status(team: Team) -> None:
    await ask(team, "status")
    told = answer(team)
    assert "Slack is connected" in told
    assert "requests may go out right now" in told
    assert "uses no credits" in told
    assert "New mascots go to the Masko project" in told


async def test_status_lists_what_failed_with_retry(team: Team) -> None:
    team.masko.faults.add("upload", masko_faults.unauthorized(), 5)
    await team.post([picture("a.png")], user="ben")
    await ask(team, "status", user="ben")
    assert "a.png in" in answer(team, user="ben")
    team.masko.faults.clear()
    await press(team, "intake.retry", user="ben")
    assert len(team.mascots()) == 1


async def fill_in_settings(team: Team, mode: str, mascot_id: str = "new", outsiders: bool = False) -> None:
    await team.slack.command("ana", "mascots", "/masko", "settings")
    view = await team.slack.wait_until(lambda: team.slack.view("ana"))

    def option(value: str) -> dict[str, Any]:
        return {"value": value, "text": {"type": "plain_text", "text": value}}

    values: dict[str, dict[str, dict[str, Any]]] = {
        MODE: {MODE: {"type": "radio_buttons", "selected_option": option(mode)}},
        MASCOT: {MASCOT: {"type": "static_select", "selected_option": option(mascot_id)}},
        OUTSIDERS: {
            OUTSIDERS: {"type": "checkboxes", "selected_options": [option("yes")] if outsiders else []}
        },
    }
    submitted = await team.slack.submit("ana", view["id"], values)
    assert not submitted.errors
    assert team.slack.view("ana") is None


async def test_a_channel_that_is_off_is_left_in_peace(team: Team) -> None:
    await fill_in_settings(team, "off")
    post = await team.post([picture()])
    assert team.replies(post) == []
    mention = await team.post([picture()], text="@masko look")
    assert "1 of 6 references" in team.words(mention)[0]
    await fill_in_settings(team, "auto")
    again = await team.post([picture("b.png", "teal")])
    assert "1 of 6 references" in team.words(again)[0]
    assert team.findings() == []


async def test_settings_open_although_masko_is_silent(team: Team) -> None:
    team.masko.faults.add("*", faults.silence(), None)
    await team.slack.command("ana", "mascots", "/masko", "settings")
    view = await team.slack.wait_until(lambda: team.slack.view("ana"))
    assert view["title"]["text"] == "Channel settings"


async def test_people_from_outside_where_they_are_let_in(team: Team) -> None:
    await team.slack.command("ana", "northwind", "/masko", "settings")
    view = await team.slack.wait_until(lambda: team.slack.view("ana"))
    channel = team.slack.directory.channel("northwind").id
    assert json.loads(view["private_metadata"])["channel"] == channel


async def test_a_masko_that_does_not_answer_is_waited_for_and_said_so(team: Team) -> None:
    team.masko.faults.add("collections.list", faults.proxy_page(), 6)
    await team.slack.command("ana", "mascots", "/masko", "list")
    await team.slack.wait_until(lambda: seen(team) or None)
    assert "I'll answer as soon as it works." in answer(team)
    await done(team)
    assert "There is no mascot yet." in answer(team)


async def test_a_command_that_cannot_be_written_down_is_not_acknowledged(team: Team) -> None:
    async with full(team):
        delivery = await team.slack.command("ana", "mascots", "/masko", "list")
        assert not delivery.acknowledged


# -- channels where the bot asks first --------------------------------------------------------------


async def question(team: Team, *, user: str = "ana") -> Message:
    return (await team.slack.wait_until(lambda: seen(team, user=user) or None))[-1]


async def test_where_the_bot_asks_nothing_happens_before_the_answer(team: Team) -> None:
    await fill_in_settings(team, "ask")
    post = await team.post([picture(size=300)], user="ben")
    asked = await question(team, user="ben")
    assert "What should I do with fox.png?" in words_of(asked)
    assert "Tip: reply with a side and a back view." in words_of(asked)
    assert seen(team, user="ana") == []
    assert team.replies(post) == []
    assert sum(team.masko.calls.values()) == 0
    await press(team, "question.new", user="ben")
    assert "1 of 6 references" in team.words(post)[0]
    await team.slack.wait_until(lambda: "I'll continue in the thread" in answer(team, user="ben") or None)
    assert team.findings() == []


async def test_an_answer_may_name_a_mascot(team: Team) -> None:
    await mascot(team, "Felix")
    await fill_in_settings(team, "ask")
    await team.post([picture("side.png", "teal")])
    (felix,) = team.mascots()
    asked = await question(team)
    menu = next(each for each in asked["blocks"][-1]["elements"] if each["type"] == "static_select")
    await team.slack.press(
        "ana", "mascots", asked["ts"], "question.into", None, {"selected_option": menu["options"][0]}
    )
    await done(team)
    assert len(felix.reference_asset_ids) == 2


async def test_ignored_means_ignored(team: Team) -> None:
    await fill_in_settings(team, "ask")
    post = await team.post([picture()])
    await question(team)
    await press(team, "question.ignore")
    await team.slack.wait_until(lambda: "OK, I left it alone." in answer(team) or None)
    assert team.replies(post) == []
    assert team.mascots() == []
    assert len(seen(team)) == 1


async def test_a_preview_says_what_would_be_done(team: Team) -> None:
    await fill_in_settings(team, "preview")
    await team.post([picture()])
    assert "I would make a new mascot from fox.png." in words_of(await question(team))
    assert sum(team.masko.calls.values()) == 0


async def test_a_file_that_is_no_image_is_told_with_the_question(team: Team) -> None:
    await fill_in_settings(team, "ask")
    await team.post([NewFile("fox.png", b"GIF89a nothing")])
    assert "damaged" in words_of(await question(team))


# -- people ------------------------------------------------------------------------------------------


async def test_whoever_wants_to_be_left_alone_is_until_they_ask(team: Team) -> None:
    await ask(team, "ignore me", user="ben")
    assert "From now on I leave the images you post alone" in answer(team, user="ben")
    post = await team.post([picture()], user="ben")
    assert team.replies(post) == []
    other = await team.post([picture()], user="ana")
    assert "1 of 6 references" in team.words(other)[0]
    asked = await team.post([picture("b.png", "teal")], user="ben", text="@masko please")
    assert "1 of 6 references" in team.words(asked)[0]
    await ask(team, "notice me", user="ben")
    noticed = await team.post([picture("c.png", "navy")], user="ben")
    assert "1 of 6 references" in team.words(noticed)[0]


async def test_forget_me_lists_what_is_kept_and_removes_it(team: Team) -> None:
    post = await team.post([NewFile("ben-private.png", drawn(), alt="Ben's own fox")], user="ben")
    await ask(team, "forget me", user="ben")
    assert "1 post, 1 image and 1 reference with your name" in answer(team, user="ben")
    await press(team, "privacy.forget", user="ben")
    await team.slack.wait_until(lambda: "Your name is removed" in answer(team, user="ben") or None)
    await ask(team, "forget me", user="ben")
    assert answer(team, user="ben") == "Nothing is kept about you."
    async with team.bot.store.read() as session:
        for table in ("post", "intake", "reference"):
            rows = (await session.execute(text(f'SELECT * FROM "{table}"'))).all()
            assert rows
            assert team.slack.directory.person("ben").id not in str(rows)
            assert "private" not in str(rows)
            assert "own fox" not in str(rows)
    assert len(team.mascots()[0].reference_asset_ids) == 1
    assert "1 of 6 references" in team.words(post)[0]


async def test_nothing_is_kept_of_a_stranger(team: Team) -> None:
    await ask(team, "forget me")
    assert answer(team) == "Nothing is kept about you."


# -- the record ----------------------------------------------------------------------------------------


async def test_an_admin_gets_a_channels_record_in_direct_messages(team: Team) -> None:
    await team.post([NewFile("=cmd().png", drawn()), NewFile("broken.png", b"GIF89a nothing")])
    await ask(team, "export", user="chris")
    assert answer(team, user="chris") == "The record of this channel is in our direct messages."
    conversation = team.slack.directory.direct_message(team.slack.directory.person("chris").id)
    assert conversation is not None
    (message,) = team.slack.channel_messages(conversation.id)
    stored = team.slack.files.get(message["files"][0]["id"])
    assert stored is not None
    head, added, refused = csv.DictReader(io.StringIO(stored.content.decode("utf-8-sig"))).reader
    record = [dict(zip(head, row, strict=True)) for row in (added, refused)]
    assert [row["image"] for row in record] == ["'=cmd().png", "broken.png"]
    assert [row["outcome"] for row in record] == ["added", "refused"]
    assert record[0]["mascot_id"] == team.mascots()[0].id
    assert team.findings() == []


async def exported(team: Team) -> dict[str, list[dict[str, str]]]:
    """The files of the newest export that Chris got: name → rows."""
    conversation = team.slack.directory.direct_message(team.slack.directory.person("chris").id)
    assert conversation is not None
    files = team.slack.channel_messages(conversation.id)[-1]["files"]
    stored = [(each["name"], team.slack.files.get(each["id"])) for each in files]
    read = {name: file.content.decode("utf-8-sig") for name, file in stored if file is not None}
    return {name: list(csv.DictReader(io.StringIO(text))) for name, text in read.items()}


async def test_an_admin_gets_who_changed_which_setting_even_where_nothing_was_posted(team: Team) -> None:
    channel = team.slack.directory.channel("mascots").id
    chris, ben = (team.slack.directory.person(each).id for each in ("chris", "ben"))
    await ask(team, "settings", user="chris")
    view = await team.slack.wait_until(lambda: team.slack.view("chris"))
    two = {
        "type": "static_select",
        "selected_option": {"text": {"type": "plain_text", "text": "2"}, "value": "2"},
    }
    who = {"type": "multi_users_select", "selected_users": [ben]}
    filled: dict[str, Any] = {"approvals": {"approvals": two}, "setters": {"setters": who}}
    assert not (await team.slack.submit("chris", view["id"], filled)).errors
    await ask(team, "export", user="chris")
    assert answer(team, user="chris") == "The record of this channel is in our direct messages."
    files = await exported(team)
    assert list(files) == [f"masko-{channel}.settings.csv"]
    rows = files[f"masko-{channel}.settings.csv"]
    assert {(row["channel"], row["user"]) for row in rows} == {(channel, chris)}
    assert sorted((row["setting"], row["before"], row["after"]) for row in rows) == [
        ("Approvals needed", "1", "2"),
        ("People who can change these settings", "0", f"1 ({ben})"),
    ]
    assert all(datetime.fromisoformat(row["at"]).tzinfo for row in rows)
    assert team.findings() == []


async def test_in_direct_messages_an_admin_gets_the_changes_of_all_channels_but_no_hidden_names(
    team: Team,
) -> None:
    """Of a private channel, an admin who is not in it reads the id, and the name of no mascot."""
    await team.post([picture()])
    await ask(team, f'rename "{team.mascots()[0].detected.name}" to Felix')
    await team.post([picture("b.png", "navy")], channel="unreleased")
    hidden = next(each for each in team.mascots() if each.name != "Felix")
    await ask(team, f'rename "{hidden.detected.name}" to Hush', channel="unreleased")
    await team.all_done()
    for name, channel in (("Felix", "mascots"), ("Hush", "unreleased"), ("Felix", "ana")):
        place = team.slack.directory.team.id, team.slack.directory.channel(channel).id
        mascot = next(each for each in team.mascots() if each.name == name)
        await use_mascot(team.bot.store, *place, mascot.id)
    team.slack.remove("chris", "unreleased", "chris")
    await team.slack.wait_until(lambda: all(each.acknowledged for each in team.slack.deliveries) or None)
    team.slack.open_home("chris", "messages")
    direct = team.slack.directory.direct_message(team.slack.directory.person("chris").id)
    assert direct is not None
    await ask(team, "export", user="chris", channel=direct.id)
    rows = (await exported(team))["masko-all.settings.csv"]
    assert [(row["channel"], row["setting"], row["before"], row["after"]) for row in rows] == [
        (team.slack.directory.channel("mascots").id, "Images go to", "new mascots", "Felix"),
        (team.slack.directory.channel("unreleased").id, "Images go to", "new mascots", "one mascot"),
    ]


async def test_nobody_else_gets_it(team: Team) -> None:
    await team.post([picture()])
    await ask(team, "export", user="ben")
    assert answer(team, user="ben") == "Only admins of this workspace can export a channel's record."
    assert team.slack.calls["files.getUploadURLExternal"] == 0


async def test_a_channel_without_pictures_has_no_record(team: Team) -> None:
    await ask(team, "export", user="chris")
    assert "Nothing was posted" in answer(team, user="chris")
