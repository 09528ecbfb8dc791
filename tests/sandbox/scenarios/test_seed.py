"""Seeds: what they set up, how they come back, and what is wrong with those that do not fit."""

from __future__ import annotations

import base64
from textwrap import dedent

import pytest

from bot.sandbox.masko import LocalMasko
from bot.sandbox.samples import samples
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.scenarios.seed import SeedError, as_yaml, parsed
from bot.sandbox.scenarios.setup import present, set_up
from bot.sandbox.slack.time_zones import TIME_ZONE

STUDIO = """
team: {name: Little Studio}
people:
  - {name: zoe, real_name: Zoë Zimmer, title: Designer, time_zone: Asia/Tokyo}
  - {name: kim, guest: true, deactivated: true}
  - {name: lee, organization: northwind, color: "#123456"}
channels:
  - {name: foxes, topic: Foxes only, members: [zoe, kim, bot]}
  - {name: secret, kind: private, members: [zoe, bot]}
  - {name: shared, members: [zoe, lee, bot], shared: true}
  - {kind: im, members: [zoe, bot]}
  - {kind: mpim, members: [zoe, kim, bot]}
mascots:
  - {name: Felix, prompt: A friendly fox, references: [fox, fox-side]}
  - {references: [robot]}
"""


async def test_a_seed_is_set_up(sandbox: Sandbox, masko: LocalMasko) -> None:
    await sandbox.controller.reset(seed=parsed(STUDIO))
    directory = sandbox.slack.directory
    assert directory.team.name == "Little Studio"
    assert [person.name for person in directory.people.values()] == ["zoe", "kim", "lee", "masko"]
    assert (directory.person("kim").is_restricted, directory.person("kim").real_name) == (True, "Kim")
    assert (directory.person("zoe").time_zone, directory.person("kim").time_zone) == ("Asia/Tokyo", TIME_ZONE)
    assert [person.name for person in directory.people.values() if person.deactivated] == ["kim"]
    assert directory.person("lee").team_id == "T0NORTHWIND"
    foxes, im = directory.channel("foxes"), directory.channel("zoe")
    assert foxes.members == [directory.person("zoe").id, directory.person("kim").id, directory.bot.id]
    assert (im.kind, im.user) == ("im", directory.person("zoe").id)
    assert directory.channel("shared").is_ext_shared
    felix, robot = masko.collections.values()
    assert (felix.name, felix.prompt, len(felix.reference_asset_ids)) == ("Felix", "A friendly fox", 2)
    assert (robot.name, robot.name_at(1e12)) == (None, robot.detected.name)
    await sandbox.slack.post(user="zoe", channel="foxes", text="works")


async def test_a_seed_comes_back_as_it_was_set_up(sandbox: Sandbox) -> None:
    await sandbox.controller.reset(seed=parsed(STUDIO))
    written = as_yaml(sandbox.controller.seed())
    await sandbox.controller.reset(seed=parsed(written))
    assert as_yaml(sandbox.controller.seed()) == written
    assert "Zoë Zimmer" in written
    assert (written.count("time_zone: Asia/Tokyo"), written.count("time_zone")) == (1, 1)
    assert written.count("deactivated: true") == 1
    assert "[fox" in written.replace("- fox", "[fox")


async def test_the_usual_workspace_is_a_seed_too(sandbox: Sandbox) -> None:
    directory = sandbox.slack.directory
    people, channels = dict(directory.people), {k: v.as_json() for k, v in directory.channels.items()}
    await sandbox.controller.reset(seed=parsed(as_yaml(sandbox.controller.seed())))
    assert directory.people == people
    assert {k: v.as_json() for k, v in directory.channels.items()} == channels


async def test_a_picture_of_ones_own(sandbox: Sandbox, masko: LocalMasko) -> None:
    data = samples()[0].read() + b"\0"  # the same picture, but no sample's bytes
    url = f"data:image/png;base64,{base64.b64encode(data).decode()}"
    await sandbox.controller.reset(seed=parsed(STUDIO.replace("[robot]", f"['{url}']")))
    assert [asset.data == data for asset in masko.assets.values()][-1]
    assert sandbox.controller.seed().mascots[-1].references == [url]


HEAD = "people: [{name: zoe}]\n"
CHANNELS = "channels: [{name: foxes, members: [zoe]}]\n"
REFUSED = {
    "no YAML": ("people: [", "this is no YAML:"),
    "a list": ("- people", "a seed has people and channels"),
    "nothing": ("", "a seed has people and channels"),
    "nobody": ("people: []\n" + CHANNELS, "people: List should have at least 1 item"),
    "no channels": (HEAD, "channels: Field required"),
    "no time zone": (
        HEAD.replace("zoe}", "zoe, time_zone: Moon/Tycho}") + CHANNELS,
        "people.0.time_zone: no time zone is called 'Moon/Tycho'",
    ),
    "an unknown field": (HEAD.replace("zoe}", "zoe, age: 3}") + CHANNELS, "people.0.age: Extra inputs"),
    "a bad name": (HEAD.replace("zoe", "Zoe!") + CHANNELS, "people.0.name: String should match pattern"),
    "bot as a person": (HEAD.replace("zoe", "bot") + CHANNELS, "people.0.name: bot is the app"),
    "a stranger": (HEAD + CHANNELS.replace("zoe", "kim"), "channels: foxes: nobody is called 'kim'"),
    "two of a name": ("people: [{name: zoe}, {name: zoe}]\n" + CHANNELS, "people: zoe is there 2 times"),
    "a nameless channel": (HEAD + "channels: [{members: [zoe]}]", "channels.0: a channel needs a name"),
    "a lonely im": (HEAD + "channels: [{kind: im, members: [zoe]}]", "channels.0: an im is between"),
    "a small mpim": (HEAD + "channels: [{kind: mpim, members: [zoe, bot]}]", "an mpim has three members"),
    "seven references": (
        HEAD + CHANNELS + "mascots: [{references: [a, a, a, a, a, a, a]}]",
        "mascots.0.references: List should have at most 6 items",
    ),
}


@pytest.mark.parametrize(("text", "says"), REFUSED.values(), ids=REFUSED)
def test_a_seed_that_does_not_fit_is_one_line(text: str, says: str) -> None:
    with pytest.raises(SeedError) as refused:
        parsed(dedent(text))
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("nobody", "no sample is called 'nobody'; there are fox,"),
        ("data:image/png;base64,!!!", "is not written in base64"),
        ("data:image/png;base64,aGVsbG8=", "mascots: reference.png: "),
    ],
)
async def test_a_picture_that_masko_does_not_take(sandbox: Sandbox, reference: str, says: str) -> None:
    seed = parsed(HEAD + CHANNELS + f"mascots: [{{references: ['{reference}']}}]")
    with pytest.raises(SeedError) as refused:
        await sandbox.controller.reset(seed=seed)
    assert says in str(refused.value)


async def test_user_groups_keep_those_of_their_members_who_are_there(sandbox: Sandbox) -> None:
    directory = sandbox.slack.directory
    seed = present(directory, None)
    everybody, groups = (
        list(seed.people),
        {name: list(each.members) for name, each in directory.groups.items()},
    )
    seed.people[:] = [person for person in everybody if person.name == "chris"]
    seed.channels.clear()
    set_up(seed, directory)
    assert [group.members for group in directory.groups.values()] == [[directory.person("chris").id]]
    seed.people[:] = everybody
    set_up(seed, directory)
    assert {name: group.members for name, group in directory.groups.items()} == groups
