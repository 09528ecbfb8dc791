"""People without the right, at the front door: nothing that they try takes effect, and each is told why."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select

from bot.cards import view as card
from bot.channels import permission_rules as rules
from bot.channels.settings import ChannelSettings, ReviewRules
from bot.cli.local import words_of
from bot.commands.dispatch import REQUESTED
from bot.db.tables import ChannelRow, ReferenceRow, ThreadRow, VoteRow
from bot.db.values import MayAdd, MayReview
from bot.review.view import APPROVE, ASK, COMMENT, REQUEST
from bot.sandbox.slack import NewFile
from bot.slack.blocks import OFFER
from tests.e2e.team import Message, Team, menus, picture, set_channel
from tests.jobs import rows as job_rows

pytestmark = pytest.mark.slow

GUEST, PARTNER = "gil", "noor"
EVERYONE = ReviewRules(who=MayReview.EVERYONE)


@pytest.fixture
async def team(team: Team) -> AsyncIterator[Team]:
    """With somebody from another organisation in #mascots, which is shared; files are processed at once."""
    team.slack.files.processing_delay = 0.0
    mascots = team.slack.directory.channel("mascots")
    mascots.members.append(team.slack.directory.person(PARTNER).id)
    mascots.is_ext_shared = True
    yield team
    assert team.findings() == []


@pytest.fixture
async def post(team: Team) -> Message:
    """Ana's mascot of two images in #mascots, called Felix."""
    post = await team.post([picture("a.png"), picture("b.png", "teal")])
    await named(team, "mascots", "Felix")
    return post


async def named(team: Team, channel: str, name: str) -> None:
    """Ana gives the newest mascot a name."""
    detected = team.mascots()[-1].detected.name
    await team.slack.command("ana", channel, "/masko", f'rename "{detected}" to {name}')
    await settled(team)


async def everything(team: Team) -> dict[str, Any]:
    """All that an act could change."""
    masko = [(each.name, each.prompt, tuple(each.reference_asset_ids)) for each in team.mascots()]
    found: dict[str, Any] = {"masko": sorted(map(str, masko))}
    async with team.bot.store.read() as session:
        for table in (ThreadRow, ReferenceRow, VoteRow, ChannelRow):
            rows = (await session.execute(select(*table.__table__.columns))).all()
            found[table.__tablename__] = sorted(map(str, rows))
    return found


async def settled(team: Team) -> None:
    await team.bot.queue.drained(REQUESTED)
    await team.all_done()


def told(team: Team, user: str, channel: str | None = None) -> list[str]:
    """What the bot has said to one person alone, in its order; where not given, wherever it was."""
    who = team.slack.directory.person(user).id
    messages = team.slack.workspace.messages
    private = [each for each in messages.all() if each.ephemeral_to == who]
    return [words_of(messages.as_json(each)) for each in private if channel in (None, each.channel)]


async def hears(team: Team, user: str, words: str, times: int = 1) -> None:
    """Wait until somebody was told something, alone, so many times."""
    await team.slack.wait_until(lambda: sum(words in each for each in told(team, user)) >= times or None)


async def choose(team: Team, message: Message, value: str, user: str) -> None:
    """Choose under a `···` what is meant by this word."""
    block, menu, option = next(
        (block, menu, option)
        for block, menu in menus(message)
        for option in menu["options"]
        if option["value"].split()[0] == value
    )
    chosen = {"selected_option": option}
    await team.slack.press(user, "mascots", message["ts"], menu["action_id"], block, chosen)
    await settled(team)


async def press(team: Team, message: Message, action_id: str, user: str) -> None:
    await team.press(message, action_id, user=user)
    await settled(team)


@pytest.mark.parametrize("user", [GUEST, PARTNER])
async def test_who_may_change_nothing_changes_nothing_from_the_card(
    team: Team, post: Message, user: str
) -> None:
    before, shown = await everything(team), team.card(post)
    await press(team, shown, card.EDIT, user)
    await hears(team, user, rules.ONLY_MEMBERS_CHANGE)
    assert team.slack.view(user) is None
    await choose(team, shown, card.UNLINK, user)  # opens: one may unlink one's own
    await team.slack.wait_until(lambda: team.slack.view(user))
    await team.confirm(user)
    await hears(team, user, rules.ONLY_MEMBERS_CHANGE, 2)
    await choose(team, shown, card.REFERENCES, user)  # opens: one's own may go
    view = await team.slack.wait_until(lambda: team.slack.view(user))
    asset = team.mascots()[0].reference_asset_ids[0]
    option = {"text": {"type": "plain_text", "text": "1"}, "value": asset}
    which = {"which": {"which": {"type": "static_select", "selected_option": option}}}
    await team.slack.submit(user, view["id"], which)
    await settled(team)
    assert await everything(team) == before
    await hears(team, user, rules.ONLY_MEMBERS_CHANGE, 3)


async def test_a_partner_adds_nothing_by_the_cards_form_and_reviews_nothing(
    team: Team, post: Message
) -> None:
    await team.press(team.card(post), ASK)
    await team.confirm()
    before, shown = await everything(team), team.card(post)
    await choose(team, shown, card.REFERENCES, PARTNER)
    view = await team.slack.wait_until(lambda: team.slack.view(PARTNER))
    link = {"links": {"links": {"type": "plain_text_input", "value": "https://example.com/fox.png"}}}
    await team.slack.submit(PARTNER, view["id"], link)
    await hears(team, PARTNER, rules.FROM_OUTSIDE)
    await settled(team)
    await press(team, shown, APPROVE, PARTNER)
    await hears(team, PARTNER, rules.NO_OUTSIDERS)
    for action in (REQUEST, COMMENT):
        await press(team, shown, action, PARTNER)
    await hears(team, PARTNER, rules.NO_OUTSIDERS, 3)
    assert team.slack.view(PARTNER) is None  # refused before anything is typed
    assert await everything(team) == before


async def test_a_partner_who_mentions_the_bot_is_refused_alone(team: Team, post: Message) -> None:
    before = team.words(post)
    await team.post(thread=post, text="@masko call it Otto", user=PARTNER)
    await hears(team, PARTNER, rules.FROM_OUTSIDE)
    assert team.words(post) == before


async def test_a_form_from_another_organisation_counts_where_the_channel_lets_it_in(
    team: Team, post: Message
) -> None:
    where = team.slack.directory.team.id, team.slack.directory.channel("mascots").id
    await set_channel(team.bot.store, *where, ChannelSettings(takes_outsiders=True, review=EVERYONE))
    await press(team, team.card(post), REQUEST, PARTNER)
    view = await team.slack.wait_until(lambda: team.slack.view(PARTNER))
    words = {"words": {"words": {"type": "plain_text_input", "value": "thinner tail"}}}
    await team.slack.submit(PARTNER, view["id"], words)
    await settled(team)
    assert any("thinner tail" in each for each in team.words(post))


@pytest.mark.parametrize(
    "command",
    [
        "settings",
        "use {name}",
        "rename {name} to Rex",
        "add https://example.com/side.png to {secret}",
        "show {secret}",
        "list {secret}",
        "review {secret} @ana",
        "export review {secret}",
        "use {secret}",
        "rename {secret} to Rex",
    ],
)
async def test_a_guest_by_commands(team: Team, post: Message, command: str) -> None:
    """What cannot be seen is answered like what is not there."""
    await team.post([NewFile("hidden.png", picture("c.png", "purple").content)], channel="unreleased")
    await named(team, "unreleased", "Zanzibar")
    before = await everything(team)
    text = command.format(name="Felix", secret="Zanzibar")
    await team.slack.command(GUEST, "mascots", "/masko", text)
    await settled(team)
    assert await everything(team) == before
    answer = (await team.slack.wait_until(lambda: told(team, GUEST) or None))[-1]
    if "{secret}" in command:
        assert "No mascot is called “Zanzibar”" in answer or "No mascot's name has “Zanzibar”" in answer
    else:
        assert rules.ONLY_SOME_SET in answer or rules.ONLY_MEMBERS_CHANGE in answer


async def test_a_guest_refused_in_the_channel_is_refused_from_a_direct_message(
    team: Team, post: Message
) -> None:
    where = team.slack.directory.team.id, team.slack.directory.channel("mascots").id
    await set_channel(team.bot.store, *where, ChannelSettings(may_add=MayAdd.MEMBERS))
    before = await everything(team)
    team.slack.open_home(GUEST, "messages")
    direct = team.slack.directory.direct_message(team.slack.directory.person(GUEST).id)
    assert direct is not None
    link = f"{team.sandbox.page_url}_control/sample/fox.png"
    await team.slack.command(GUEST, direct.id, "/masko", f"add {link} to Felix")
    await settled(team)
    assert any(rules.NO_GUESTS in each for each in told(team, GUEST, direct.id))
    after = await everything(team)
    assert {**after, "channel": before["channel"]} == before


async def test_a_change_of_rules_is_told_in_the_channel_and_stands_in_the_record(
    team: Team, post: Message
) -> None:
    await press(team, team.card(post), APPROVE, "ben")
    await team.slack.command("chris", "mascots", "/masko", "settings")
    view = await team.slack.wait_until(lambda: team.slack.view("chris"))
    option = {"text": {"type": "plain_text", "text": "2"}, "value": "2"}
    values = {"approvals": {"approvals": {"type": "static_select", "selected_option": option}}}
    assert not (await team.slack.submit("chris", view["id"], values)).errors
    await settled(team)
    said = [words_of(each) for each in team.slack.channel_messages("mascots")]
    (line,) = [each for each in said if "changed the settings of this channel" in each]
    assert "Approvals needed: 1 → 2." in line
    async with team.bot.store.read() as session:
        (entry,) = (await session.scalars(select(VoteRow).where(VoteRow.did == "ruled"))).all()
        assert (entry.user, entry.words) == (
            team.slack.directory.person("chris").id,
            "Approvals needed: 1 → 2.",
        )
        assert not any(row["dead"] for row in await job_rows.rows(session))


async def test_a_poster_cannot_lower_the_approvals(team: Team, post: Message) -> None:
    before = await everything(team)
    await team.slack.command("ben", "mascots", "/masko", "settings")
    await team.slack.wait_until(lambda: told(team, "ben") or None)
    assert rules.ONLY_SOME_SET in told(team, "ben")[-1]
    assert team.slack.view("ben") is None
    assert await everything(team) == before


async def test_who_was_forgotten_still_may_not_approve_their_own(team: Team, post: Message) -> None:
    await team.slack.command("ana", "mascots", "/masko", "forget me")
    await settled(team)
    asked = next(m for m in team.slack.channel_messages("mascots", "ana") if "[Forget me]" in words_of(m))
    await press(team, asked, "privacy.forget", "ana")
    await press(team, team.card(post), APPROVE, "ana")
    await hears(team, "ana", rules.POSTED_IT)
    async with team.bot.store.read() as session:
        assert (await session.scalars(select(VoteRow))).all() == []
        posters = set(await session.scalars(select(ReferenceRow.added_by)))
    assert not any(team.slack.directory.person("ana").id in each for each in posters)


async def test_undo_of_another_conversations_post_is_nothing(team: Team, post: Message) -> None:
    """What a button names is looked for where it was pressed."""
    other = await team.post([picture("c.png", "purple")], channel="unreleased")
    before = await everything(team)
    reply = next(m for m in team.replies(post) if m.get("blocks"))
    await team.slack.press("ana", "mascots", reply["ts"], card.EDIT)
    delivery = team.slack.deliveries[-1]
    async with team.bot.store.read() as session:
        threads = (await session.scalars(select(ThreadRow))).all()
    hidden = next(each for each in threads if each.thread_ts == other["ts"])
    payload = {**delivery.payload, "actions": [{**delivery.payload["actions"][0]}]}
    payload["actions"][0] |= {"action_id": f"{OFFER}.undo", "value": str(hidden.card_post_id)}
    payload["trigger_id"] = team.slack.workspace.triggers.issue(team.slack.directory.person(GUEST).id)
    payload["user"] = {**payload["user"], "id": team.slack.directory.person(GUEST).id}
    answer = await team.slack.workspace.way.ask("interactive", payload)
    await settled(team)
    assert answer.acknowledged
    assert any("nothing left to do" in each for each in told(team, GUEST))
    assert await everything(team) == before


@pytest.mark.parametrize("told_by", ["member_left_channel", "a line in the channel"])
async def test_whoever_leaves_a_private_channel_is_no_witness_of_it(team: Team, told_by: str) -> None:
    """What Slack tells of somebody's leaving names them and the channel, and they see no more of it."""
    await team.post([picture("c.png", "navy")], channel="unreleased")
    await named(team, "unreleased", "Hush")
    chris, secret = (team.slack.directory.person("chris").id, team.slack.directory.channel("unreleased").id)
    team.slack.remove("chris", "unreleased", "chris")
    if told_by != "member_left_channel":
        ts = team.slack.workspace.times.next()
        line = {"type": "message", "subtype": "group_leave", "user": chris, "channel": secret, "ts": ts}
        await team.slack.send_event(line | {"text": "left", "channel_type": "group"})
    await team.slack.wait_until(lambda: all(each.acknowledged for each in team.slack.deliveries) or None)
    await team.slack.command("chris", "mascots", "/masko", "list")
    await settled(team)
    assert "Hush" not in "".join(told(team, "chris"))
