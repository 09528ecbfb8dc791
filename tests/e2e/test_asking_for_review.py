"""People are asked to review a mascot, and reminded of it, through the front door."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.app import running
from bot.app.timing import Timing
from bot.channels import permission_rules as rules
from bot.cli.local import words_of
from bot.db.tables import MascotRow
from bot.db.values import Did, MayReview
from bot.review.model import Entry
from bot.review.notify import REMIND
from bot.review.record import add, load
from bot.review.requests import Invitation
from bot.review.view import APPROVE, ASK, ASK_VIEW, REVIEWERS, UNTIL, WORDS
from bot.sandbox import faults
from bot.server.process import listening
from bot.slack.request import Request
from tests.e2e.team import Message, Team, a_sandbox, a_team, picture, settings_for
from tests.e2e.test_commands import answer, ask, seen
from tests.e2e.test_reviews import id_of, press, review_of, set_rules, whispers
from tests.jobs import rows as job_rows

pytestmark = pytest.mark.slow

THURSDAY = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)  # in Lisbon, where everybody is, it is 10:00 too
FRIDAY_17 = "Fri 27 Nov 2026, 17:00 UTC"
MONDAY_17 = "Mon 30 Nov 2026, 17:00 UTC"


class Clock:
    """What time it is for the bot, as far as people's days are concerned."""

    def __init__(self) -> None:
        self.at = THURSDAY

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def team(database_url: str, clock: Clock, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Team]:
    """A team on a Thursday morning."""
    async with a_team(database_url, timing=Timing(now=clock, faster=20.0)) as team:
        team.slack.files.processing_delay = 0.0
        yield team
    assert "failed unexpectedly" not in caplog.text


async def felix(team: Team, channel: str = "mascots") -> Message:
    """A mascot called Felix whose picture Ana posted."""
    return await team.post([picture()], text="@masko new called Felix", channel=channel)


async def let_it_be(team: Team, clock: Clock, at: datetime) -> None:
    """Let time pass: reminders whose time has come by then are run, and no other.

    Each is put anew, under a lock of its own: on many machines nobody is called for what has been put off.
    """
    passed, clock.at = at - clock.at, at
    async with team.bot.store.write() as session:
        rows = await reminders(session)
        await job_rows.forget(session, REMIND)
        for row in rows:
            left = row["seconds"] - passed.total_seconds()
            await team.bot.queue.put(
                session,
                REMIND,
                lock=f"{row['lock']}+",
                payload=row["payload"],
                key=row["key"],
                delay=max(0.0, left),
            )
    await at_rest(team)


async def at_rest(team: Team) -> None:
    """Until no reminder is to be run now."""
    async with asyncio.timeout(20):
        while await count(team, now=True):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await team.all_done()


async def reminders(session: AsyncSession) -> list[dict[str, Any]]:
    """The rows of jobs that remind somebody."""
    return [row for row in await job_rows.rows(session) if row["kind"] == REMIND]


async def count(team: Team, *, now: bool = False) -> int:
    """How many reminders are to come, or to be run `now`."""
    async with team.bot.store.read() as session:
        rows = await reminders(session)
    return sum(not now or row["seconds"] <= 0 or row["attempt"] > 0 for row in rows)


def told(team: Team, user: str) -> list[str]:
    """What the bot told somebody in direct messages."""
    talk = team.slack.directory.direct_message(id_of(team, user))
    me = team.slack.directory.bot.id
    said = team.slack.channel_messages(talk.id) if talk else []
    return [words_of(message) for message in said if message["user"] == me]


def told_here(team: Team, post: Message, user: str) -> list[str]:
    """What somebody alone was told in the thread, but for hints."""
    return [each for each in whispers(team, post, user)]


def mention(team: Team, user: str) -> str:
    return f"<@{id_of(team, user)}>"


async def fill_in(
    team: Team,
    post: Message,
    *people: str,
    until: datetime | None = None,
    note: str = "",
    user: str = "ana",
) -> dict[str, str]:
    """Ask by the form of the card; its errors."""
    await team.press(team.card(post), ASK, user=user)
    view = await team.slack.wait_until(lambda: team.slack.view(user))
    assert view["callback_id"] == ASK_VIEW
    picked = int(until.timestamp()) if until else None
    values: dict[str, Any] = {
        REVIEWERS: {
            REVIEWERS: {"type": "multi_users_select", "selected_users": [id_of(team, p) for p in people]}
        },
        UNTIL: {UNTIL: {"type": "datetimepicker", "selected_date_time": picked}},
        WORDS: {WORDS: {"type": "plain_text_input", "value": note or None}},
    }
    submitted = await team.slack.submit(user, view["id"], values)
    await team.all_done()
    return dict(submitted.errors or {})


# -- by the form ----------------------------------------------------------------------------------


async def test_people_are_asked_from_the_card(team: Team) -> None:
    post = await felix(team)
    until = datetime(2026, 11, 27, 17, 0, tzinfo=UTC)
    note = "Is the <!channel> tail *fine*?"
    assert await fill_in(team, post, "ben", "chris", until=until, note=note) == {}
    ana, ben, chris = (mention(team, each) for each in ("ana", "ben", "chris"))
    assert team.words(post)[1:] == [
        f"{ben} and {chris}: {ana} asks for your review of Felix by {FRIDAY_17}\n{note}"
    ]
    assert review_of(team, post) == (f"In review · 0 of 2 approvals\nWaiting for {ben} and {chris}")
    assert told_here(team, post, "ana") == []
    assert "&lt;!channel&gt;" in team.replies(post)[1]["text"]
    await press(team, post, APPROVE, user="ben")
    assert review_of(team, post).startswith("In review · 1 of 2")
    await press(team, post, APPROVE, user="chris")
    assert review_of(team, post).startswith("Approved by ")
    assert team.findings() == []


async def test_nobody_in_particular_is_asked(team: Team) -> None:
    post = await felix(team)
    await fill_in(team, post, user="ben")
    assert team.words(post)[1:] == [f"{mention(team, 'ben')} asks for your review of Felix"]
    assert review_of(team, post) == "In review · 0 of 1 approval"
    await fill_in(team, post, user="ben")
    assert len(team.words(post)) == 2
    assert told_here(team, post, "ben") == ["Nobody new was asked. It's in review already."]


async def test_a_time_that_has_passed_is_a_mistake_in_the_form(team: Team) -> None:
    post = await felix(team)
    errors = await fill_in(team, post, "ben", until=THURSDAY - timedelta(minutes=1))
    assert errors == {UNTIL: "That time has passed. Choose a later one, or leave it empty."}
    assert len(team.words(post)) == 1


async def test_a_form_that_is_delivered_again_changes_nothing(team: Team) -> None:
    post = await felix(team)
    await fill_in(team, post, "ben")
    (sent,) = [each for each in team.slack.deliveries if each.payload.get("type") == "view_submission"]
    assert (await team.slack.deliver_again(sent)).acknowledged
    await team.all_done()
    assert len(team.words(post)) == 2
    assert told_here(team, post, "ana") == []


async def test_those_who_cannot_review_are_left_out(team: Team) -> None:
    await set_rules(team, who=MayReview.PEOPLE, people=("U0BEN000002", "U0ANA000001", "U0NOOR00005"))
    post = await felix(team)
    team.slack.deactivate("gil")
    await fill_in(team, post, "ben", "ana", "chris", "gil", "noor", "masko", user="chris")
    ana, ben, gil, noor = (mention(team, each) for each in ("ana", "ben", "gil", "noor"))
    assert team.words(post)[1:] == [f"{ben}: {mention(team, 'chris')} asks for your review of Felix"]
    (private,) = told_here(team, post, "chris")
    assert private.splitlines() == [
        f"Asked {ben} to review Felix.",
        f"{ana} is left out: They posted one of the images, so somebody else must approve this mascot.",
        "You're asking, so somebody else has to review it.",
        f"{gil} is left out: {rules.DEACTIVATED}",
        f"{noor} is left out: {rules.NO_OUTSIDERS}",
        "I can't review; I only keep the record.",
    ]
    assert team.findings() == []


async def test_where_nobody_is_left_nothing_is_asked(team: Team) -> None:
    await set_rules(team, who=MayReview.GROUP, group_id="S0DESIGN001")
    post = await felix(team)
    await fill_in(team, post, "ben", user="chris")
    assert len(team.words(post)) == 1
    assert review_of(team, post) == ""
    assert told_here(team, post, "chris") == [
        f"Nobody was asked.\n{mention(team, 'ben')} is left out: {rules.NOT_AMONG_REVIEWERS}"
    ]


async def test_outsiders_do_not_ask_where_they_take_no_part(team: Team) -> None:
    post = await felix(team, channel="northwind")
    await team.press(team.card(post, "northwind"), ASK, user="noor", channel="northwind")
    await team.slack.wait_until(lambda: len(team.words(post, "northwind", viewer="noor")) > 1 or None)
    assert len(team.words(post, "northwind")) == 1
    private = team.words(post, "northwind", viewer="noor")[-1]
    assert private.startswith("People from other organisations can't review")
    assert team.slack.view("noor") is None  # refused before anything is typed


async def test_what_is_approved_is_not_asked_for(team: Team) -> None:
    post = await felix(team)
    await team.press(team.card(post), ASK)
    view = await team.slack.wait_until(lambda: team.slack.view("ana"))
    await press(team, post, APPROVE, user="ben")
    await team.slack.submit("ana", view["id"], {})
    await team.all_done()
    assert told_here(team, post, "ana") == [
        "Nobody was asked. It's already approved, so no more votes are needed."
    ]
    assert len(team.words(post)) == 2


async def test_a_mascot_that_was_deleted_is_not_asked_about(team: Team) -> None:
    post = await felix(team)
    await team.press(team.card(post), ASK, user="ana")
    view = await team.slack.wait_until(lambda: team.slack.view("ana"))
    team.masko.delete_collection(team.mascots()[0].id)
    async with team.bot.store.write() as session:  # what was read a moment ago is good enough
        await session.execute(update(MascotRow).values(read_at=THURSDAY - timedelta(days=365)))
    await team.slack.submit("ana", view["id"], {})
    await team.all_done()
    assert told_here(team, post, "ana") == ["Nobody was asked. Felix was deleted in Masko."]


# -- by words -------------------------------------------------------------------------------------


async def test_people_are_asked_by_a_command(team: Team) -> None:
    post = await felix(team)
    await ask(team, "review felix @ben @chris by friday 15:00")
    ana, ben, chris = (mention(team, each) for each in ("ana", "ben", "chris"))
    until = "Fri 27 Nov 2026, 15:00 UTC"
    assert team.words(post)[1:] == [f"{ben} and {chris}: {ana} asks for your review of Felix by {until}"]
    assert answer(team) == f"Asked {ben} and {chris} to review Felix by {until}.\n[Go to the card]"
    button = seen(team)[-1]["blocks"][-1]["elements"][0]
    assert team.card(post)["ts"].replace(".", "") in button["url"]
    assert team.findings() == []


async def test_the_day_is_that_of_whoever_asks(team: Team) -> None:
    move(team, "ana", "America/New_York")
    post = await felix(team)
    await ask(team, "review Felix @ben by friday")
    assert team.words(post)[1].endswith("by Fri 27 Nov 2026, 22:00 UTC")


async def test_a_command_that_is_delivered_again_changes_nothing(team: Team) -> None:
    post = await felix(team)
    await ask(team, "review Felix @ben by friday")
    typed = [each for each in team.slack.deliveries if each.payload.get("command") == "/masko"][-1]
    await team.slack.deliver_again(typed)
    await team.bot.queue.drained("commands.request")
    await team.all_done()
    assert len(team.words(post)) == 2
    assert len(seen(team)) == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("review Felix @ben @anna @bern", "Nobody was asked. I can't ask @anna, @bern."),
        ("review Felix @ben by 2020-01-01", "Nobody was asked. That time has passed."),
        ("review Felix @ben by someday", "Nobody was asked. “someday”: I can't tell what date that is."),
        ("review Zebra @ben", "No mascot is called “Zebra”."),
        ("review @ben by friday", "/masko review needs a little more."),
        ("review Felix @ana", "Nobody was asked.\nYou're asking, so somebody else has to review it."),
        ("review Felix @masko", "Nobody was asked.\nI can't review; I only keep the record."),
    ],
)
async def test_what_cannot_be_asked_is_said_privately(team: Team, typed: str, said: str) -> None:
    post = await felix(team)
    await ask(team, typed)
    assert answer(team).startswith(said)
    assert len(team.words(post)) == 1
    assert review_of(team, post) == ""


async def test_one_of_several_is_chosen_first(team: Team) -> None:
    await felix(team)
    await team.post([picture("b.png", "teal")], text="@masko new called Felicity")
    await ask(team, "review Fel @ben")
    assert "Which one?" in answer(team)
    await team.press(seen(team)[-1], "commands.choose.1")
    await team.bot.queue.drained("commands.request")
    await team.all_done()
    assert answer(team).startswith(f"Asked {mention(team, 'ben')} to review Feli")


async def test_a_name_alone_shows_where_the_review_stands(team: Team) -> None:
    post = await felix(team)
    await fill_in(team, post, "ben")
    await ask(team, "review Felix", user="chris")
    shown = answer(team, user="chris")
    assert f"Waiting for {mention(team, 'ben')}" in shown
    assert shown.endswith("[Share to channel]")
    assert len(team.words(post)) == 2


async def test_what_reviewers_said_in_threads_is_listed_by_link(team: Team) -> None:
    await felix(team)
    (mascot,) = team.mascots()
    link = "https://sandbox-studio.slack.com/archives/C1/p1"

    async def reply(session: AsyncSession) -> None:
        record = await load(session, mascot.id)
        assert record is not None
        said = Entry(Did.REPLIED, THURSDAY, id_of(team, "ben"), record.edition.digest, link=link)
        await add(session, record, said, "a reply")

    await team.bot.store.write_at_once(reply)
    await ask(team, "review Felix")
    assert "In the thread: reply 1" in answer(team)
    assert link in str(seen(team)[-1]["blocks"])


async def test_asking_again_mentions_only_who_is_new(team: Team) -> None:
    post = await felix(team)
    ana, ben, chris = (mention(team, each) for each in ("ana", "ben", "chris"))
    await ask(team, "review Felix @ben by friday")
    await ask(team, "review Felix @ben by friday")
    assert answer(team) == f"Nobody new was asked.\n{ben} has been asked already."
    await ask(team, "review Felix @ben @chris")
    assert answer(team) == (
        f"Asked {chris} to review Felix by {FRIDAY_17}.\n{ben} has been asked already.\n[Go to the card]"
    )
    assert team.words(post)[1:] == [
        f"{ben}: {ana} asks for your review of Felix by {FRIDAY_17}",
        f"{chris}: {ana} asks for your review of Felix by {FRIDAY_17}",
    ]
    await ask(team, "review Felix @ben by monday")
    assert team.words(post)[3:] == [f"{ben}: {ana} asks for your review of Felix by {MONDAY_17}"]


async def test_who_has_voted_is_not_asked_for_the_same(team: Team) -> None:
    await set_rules(team, approvals=2)
    post = await felix(team)
    await press(team, post, APPROVE, user="ben")
    await ask(team, "review Felix @ben @chris")
    assert f"{mention(team, 'ben')} has voted on exactly this already." in answer(team)
    assert team.words(post)[-1].startswith(f"{mention(team, 'chris')}: ")


async def test_a_mascot_that_no_thread_shows_is_shown_where_it_is_asked_for(team: Team) -> None:
    await team.masko.add_mascot([("a.png", picture().content)], name="Felix")
    await ask(team, "review Felix @ben")
    shared = team.slack.channel_messages("mascots")[-1]
    assert words_of(shared).startswith("Felix\n")
    assert "*In review* · 0 of 1 approval" in words_of(shared)
    assert team.words(shared)[1:] == [
        f"{mention(team, 'ben')}: {mention(team, 'ana')} asks for your review of Felix"
    ]
    assert team.findings() == []


async def test_where_the_bot_is_not_it_says_so(team: Team) -> None:
    await team.masko.add_mascot([("a.png", picture().content)], name="Felix")
    await ask(team, "review Felix @ben", channel="brand")
    assert "/invite me here" in answer(team, channel="brand")


async def test_nobody_is_asked_where_nobody_sees_it(team: Team) -> None:
    team.slack.open_dm("ana", ["masko"])
    dm = team.slack.directory.direct_message(id_of(team, "ana"))
    assert dm is not None
    first = await felix(team, dm.id)
    await ask(team, "review Felix @ben", channel=dm.id)
    assert answer(team, channel=dm.id).startswith("Nobody was asked. Nobody else can see our direct messages")
    await ask(team, "review Felix @ben", channel="mascots")
    shared = team.slack.channel_messages("mascots")[-1]
    assert len(team.words(shared)) == 2
    await press(team, shared, APPROVE, user="ben")
    await team.post([picture("side.png", "teal")], thread=first, channel=dm.id)
    await team.all_done()
    assert "this changed since you approved it" in team.words(shared)[-1]  # where the others see it


async def test_people_are_asked_by_a_mention_in_the_thread(team: Team) -> None:
    post = await felix(team)
    said = await team.post(thread=post, text="@masko review @ben by friday", user="chris")
    await team.all_done()
    chris, ben = mention(team, "chris"), mention(team, "ben")
    assert team.words(post)[1:] == [f"{ben}: {chris} asks for your review of Felix by {FRIDAY_17}"]
    assert told_here(team, post, "chris") == []
    delivered = [
        each for each in team.slack.deliveries if each.payload.get("event", {}).get("ts") == said["ts"]
    ]
    await team.slack.deliver_again(delivered[-1])
    await team.all_done()
    assert len(team.words(post)) == 2


async def test_a_mention_of_somebody_unknown_asks_nobody(team: Team) -> None:
    post = await felix(team)
    await team.post(thread=post, text="@masko review @ben and @annna")
    await team.all_done()
    assert len(team.words(post)) == 1
    assert told_here(team, post, "ana")[0].startswith("Nobody was asked. I can't ask @annna.")


async def test_a_mention_beside_a_picture_adds_it_and_asks(team: Team) -> None:
    post = await felix(team)
    await team.post([picture("b.png", "teal")], thread=post, text="@masko review @ben")
    await team.all_done()
    assert "2 of 6 references" in team.words(post)[0]
    assert [each for each in team.words(post) if "asks for your review" in each]
    assert f"Waiting for {mention(team, 'ben')}" in review_of(team, post)


async def test_a_mention_where_there_is_no_mascot_says_so(team: Team) -> None:
    post = await team.post(text="Hello")
    await team.post(thread=post, text="@masko review @ben")
    await team.all_done()
    assert told_here(team, post, "ana")[0].startswith("This thread has no mascot yet.")


async def test_a_run_that_was_cut_off_asks_once_and_still_answers(team: Team) -> None:
    post = await felix(team)
    ana, ben = id_of(team, "ana"), id_of(team, "ben")
    where = Request(team.slack.directory.team.id, team.slack.directory.channel("mascots").id, ana)
    wanted = asdict(Invitation("a command", where, team.mascots()[0].id, reviewers=(ben,)))
    payload = {"request": wanted["request"], "invitation": wanted, "at": THURSDAY.timestamp()}
    for begun in (False, True):  # by an earlier run: nobody knows how far that came
        async with team.bot.store.write() as session:
            await team.bot.queue.put(session, ASK, lock="review:", payload=payload)
            await job_rows.change(session, "begun", begun, kind=ASK)
        await team.all_done()
    assert len(team.words(post)) == 2
    asked = f"Asked <@{ben}> to review Felix.\n[Go to the card]"
    assert [words_of(each) for each in seen(team)] == [asked, asked]


# -- reminders ------------------------------------------------------------------------------------


def move(team: Team, user: str, zone: str) -> None:
    """Let somebody live elsewhere."""
    person = team.slack.directory.person(user)
    team.slack.directory.people[person.id] = replace(person, time_zone=zone)


NEXT_THURSDAY = THURSDAY + timedelta(days=7)
DUE = datetime(2026, 12, 3, 17, 0, tzinfo=UTC)
DUE_WORDS = "Thu 3 Dec 2026, 17:00 UTC"


async def test_reviewers_are_reminded_before_and_when_the_time_has_come(team: Team, clock: Clock) -> None:
    await felix(team)
    await ask(team, "review Felix @ben @chris by 2026-12-03")
    await let_it_be(team, clock, DUE - timedelta(days=1, minutes=1))
    assert [told(team, each) for each in ("ana", "ben", "chris")] == [[], [], []]
    await let_it_be(team, clock, DUE - timedelta(days=1) + timedelta(minutes=1))
    before = f"Felix waits for your review until {DUE_WORDS}.\n[Go to the card]"
    assert [told(team, each) for each in ("ana", "ben", "chris")] == [[], [before], [before]]
    await let_it_be(team, clock, DUE + timedelta(minutes=1))
    passed = f"Your review of Felix was due {DUE_WORDS}.\n[Go to the card]"
    assert [told(team, each) for each in ("ben", "chris")] == [[before, passed]] * 2
    assert told(team, "ana") == [
        f"The review of Felix was due {DUE_WORDS}. Approvals: 0 of 2.\n"
        f"It waits for {mention(team, 'ben')} and {mention(team, 'chris')}.\n[Go to the card]"
    ]
    assert await count(team) == 0
    assert team.findings() == []


async def test_who_has_voted_is_not_reminded(team: Team, clock: Clock) -> None:
    await set_rules(team, approvals=3)
    post = await felix(team)
    await ask(team, "review Felix @ben @chris by 2026-12-03")
    await press(team, post, APPROVE, user="ben")
    await let_it_be(team, clock, DUE + timedelta(minutes=1))
    assert told(team, "ben") == []
    assert len(told(team, "chris")) == 1
    assert f"Approvals: 1 of 3.\nIt waits for {mention(team, 'chris')}." in told(team, "ana")[0]


async def test_nobody_is_reminded_of_what_is_approved(team: Team, clock: Clock) -> None:
    post = await felix(team)
    await ask(team, "review Felix @ben @chris by 2026-12-03")
    for reviewer in ("ben", "chris"):
        await press(team, post, APPROVE, user=reviewer)
    await let_it_be(team, clock, DUE + timedelta(minutes=1))
    assert [told(team, each) for each in ("ana", "ben", "chris")] == [[], [], []]
    assert await count(team) == 0


async def test_another_due_date_takes_the_place_of_the_first(team: Team, clock: Clock) -> None:
    await felix(team)
    await ask(team, "review Felix @ben by 2026-12-03")
    await ask(team, "review Felix @chris by 2026-12-04")
    await let_it_be(team, clock, DUE + timedelta(minutes=1))
    until = "Fri 4 Dec 2026, 17:00 UTC"
    before = f"Felix waits for your review until {until}.\n[Go to the card]"
    assert [told(team, each) for each in ("ana", "ben", "chris")] == [[], [before], [before]]


async def test_nobody_is_reminded_of_a_mascot_that_is_gone(team: Team, clock: Clock) -> None:
    post = await felix(team)
    await ask(team, "review Felix @ben by 2026-12-03")
    team.masko.delete_collection(team.mascots()[0].id)
    await team.post(thread=post, text="@masko show")
    await let_it_be(team, clock, DUE + timedelta(minutes=1))
    assert [told(team, each) for each in ("ana", "ben")] == [[], []]


async def test_reminders_wait_for_the_morning_where_the_reviewer_is(team: Team, clock: Clock) -> None:
    move(team, "ben", "Asia/Tokyo")  # at 17:00 in Lisbon it is 2:00 there
    await felix(team)
    await ask(team, "review Felix @ben @chris by 2026-12-03")
    await let_it_be(team, clock, DUE + timedelta(minutes=1))
    assert len(told(team, "chris")) == 1
    assert told(team, "ben") == []
    await let_it_be(team, clock, datetime(2026, 12, 3, 23, 1, tzinfo=UTC))
    assert [each.splitlines()[0] for each in told(team, "ben")] == [
        f"Your review of Felix was due {DUE_WORDS}."
    ]


async def test_who_moved_meanwhile_is_left_in_peace_until_their_morning(team: Team, clock: Clock) -> None:
    await felix(team)
    await ask(team, "review Felix @ben by 2026-12-03")
    move(team, "ben", "Asia/Tokyo")
    await let_it_be(team, clock, DUE + timedelta(minutes=1))
    assert told(team, "ben") == []
    assert await count(team) == 1
    await let_it_be(team, clock, datetime(2026, 12, 3, 23, 1, tzinfo=UTC))
    assert len(told(team, "ben")) == 1
    assert await count(team) == 0


async def test_where_slack_tells_no_zone_it_is_utc(team: Team, clock: Clock) -> None:
    move(team, "ben", "Mars/Olympus_Mons")
    await felix(team)
    await ask(team, "review Felix @ben by 2026-12-03")
    await let_it_be(team, clock, DUE + timedelta(minutes=1))
    assert len(told(team, "ben")) == 1


async def test_a_lost_answer_doubles_no_reminder(team: Team, clock: Clock) -> None:
    await felix(team)
    await ask(team, "review Felix @ben by 2026-12-03")
    team.slack.faults.add("chat.postMessage", faults.answer_lost())
    await let_it_be(team, clock, DUE - timedelta(hours=23))
    assert len(told(team, "ben")) == 1
    assert team.slack.effects["chat.postMessage"] == 3  # the card, the line in the thread, the reminder


@asynccontextmanager
async def a_bot(sandbox: Any, database_url: str, clock: Clock) -> AsyncIterator[Team]:
    """One run of the program."""
    async with (
        running(settings_for(sandbox, database_url), timing=Timing(now=clock, faster=20.0)) as bot,
        listening(bot),
    ):
        await sandbox.slack.wait_connected()
        yield Team(sandbox, bot)


async def test_reminders_survive_a_restart(database_url: str, clock: Clock) -> None:
    async with a_sandbox() as sandbox:
        sandbox.slack.files.processing_delay = 0.0
        async with a_bot(sandbox, database_url, clock) as team:
            await felix(team)
            await ask(team, "review Felix @ben by 2026-12-03")
        async with a_bot(sandbox, database_url, clock) as team:
            await let_it_be(team, clock, DUE - timedelta(hours=23))
            assert len(told(team, "ben")) == 1
        async with a_bot(sandbox, database_url, clock) as team:
            await let_it_be(team, clock, DUE + timedelta(minutes=1))
            assert len(told(team, "ben")) == 2
            assert len(told(team, "ana")) == 1
