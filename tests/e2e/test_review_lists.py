"""Where one sees what waits for a review, through the front door."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.cli.local import words_of
from bot.db.tables import MascotRow, ReviewRow, VoteRow
from bot.db.values import FORGOTTEN, Did, is_forgotten_as
from bot.mascots.search import SHOW
from bot.privacy import FORGET
from bot.review import record
from bot.review import record as reviews
from bot.review.lists import ASKED, FOR_YOU, MOST, NOTHING
from bot.review.model import Entry
from bot.review.view import APPROVE, COMMENT
from tests.e2e.team import COLOURS, Message, Team, picture
from tests.e2e.test_commands import answer, ask, seen
from tests.e2e.test_commands import press as press_answer
from tests.e2e.test_home import opened, use
from tests.e2e.test_reviews import id_of, press, request, review_of, say_in_form, set_rules

pytestmark = pytest.mark.slow

LATER, EARLIER = timedelta(days=2), timedelta(days=-2)


@pytest.fixture(autouse=True)
def _processed(team: Team) -> None:
    team.slack.files.processing_delay = 0.0


async def mascot(team: Team, name: str, *, user: str = "ana") -> Message:
    """A mascot with a name, made by a post."""
    number = len(team.mascots())
    post = await team.post([picture(f"{number}.png", COLOURS[number])], user=user)
    made = team.mascots()[-1]
    made.name = name
    given = update(MascotRow).where(MascotRow.id == made.id).values(name=name)
    async with team.bot.store.write() as session:
        await session.execute(given)
    return post


async def ask_for(
    team: Team, *reviewers: str, by: str = "ana", due: timedelta | None = None, nth: int = -1, words: str = ""
) -> None:
    """Have somebody ask for the review of a mascot: the newest, where not told otherwise."""
    now = datetime.now(UTC)

    async def add(session: AsyncSession) -> None:
        found = await record.load(session, team.mascots()[nth].id)
        assert found is not None
        entry = Entry(
            Did.ASKED,
            now,
            id_of(team, by),
            found.edition.digest,
            reviewers=tuple(id_of(team, each) for each in reviewers),
            due=now + due if due else None,
            words=words or None,
        )
        assert await record.add(session, found, entry, f"asked:{found.mascot.id}:{now.isoformat()}")

    await team.bot.store.write_at_once(add)


def lists(told: str) -> dict[str, list[str]]:
    """The lines of an answer below their headings."""
    found: dict[str, list[str]] = {}
    for line in told.splitlines():
        if line in (FOR_YOU, ASKED):
            found[line] = []
        elif found:
            list(found.values())[-1].append(line)
    return found


async def review(team: Team, user: str) -> dict[str, list[str]]:
    await ask(team, "review", user=user)
    return lists(answer(team, user=user))


def at_home(team: Team, user: str) -> str:
    """What somebody reads in their Home, also in what names people."""
    view = team.slack.home(user)
    return words_of({"blocks": view["blocks"]}) if view else ""


# -- /masko review ----------------------------------------------------------------------------------


async def test_nothing_waits(team: Team) -> None:
    await mascot(team, "Felix")
    await ask(team, "review", user="ben")
    assert answer(team, user="ben").startswith(NOTHING.text)
    assert team.findings() == []


async def test_what_waits_for_somebody_and_what_they_asked_for(team: Team) -> None:
    await set_rules(team, approvals=2)
    await mascot(team, "Felix")
    await ask_for(team, "ben", "chris", due=LATER)
    await mascot(team, "Bruno")
    await ask_for(team, "chris", by="ben")
    ben, chris = id_of(team, "ben"), id_of(team, "chris")
    told = await review(team, "ben")
    assert list(told) == [FOR_YOU, ASKED]
    felix, standing = told[FOR_YOU]
    assert felix == "Felix"
    assert standing.startswith("in review · 0 of 2 · due ")
    assert standing.endswith(f" · waiting for <@{ben}> and <@{chris}> · Go to the card")
    assert told[ASKED] == ["Bruno", f"in review · 0 of 2 · waiting for <@{chris}> · Go to the card"]
    assert seen(team, user="ana") == []
    assert list(await review(team, "ana")) == [ASKED]
    assert team.findings() == []


async def test_it_is_said_by_rich_text_with_the_address_of_the_card(team: Team) -> None:
    post = await mascot(team, "<!channel> & *Felix*")
    await ask_for(team, "ben", due=LATER)
    await ask(team, "review", user="ben")
    message = seen(team, user="ben")[-1]
    parts = message["blocks"][-1]["elements"][0]["elements"]
    assert [each["type"] for each in parts] == ["text", "text", "date", "text", "user", "text", "link"]
    card = team.card(post)["ts"].replace(".", "")
    assert card in parts[-1]["url"]
    assert message["blocks"][1]["text"] == {
        "type": "plain_text",
        "text": "<!channel> & *Felix*",
        "emoji": False,
    }
    assert f"{FOR_YOU}: &lt;!channel&gt; &amp; *Felix*: in review · 0 of 1 · due <!date^" in message["text"]


async def test_a_card_that_slack_tells_no_address_of_is_listed_all_the_same(team: Team) -> None:
    await mascot(team, "Felix")
    await ask_for(team, "ben")
    team.slack.faults.fail("chat.getPermalink", "message_not_found")
    told = await review(team, "ben")
    assert told[FOR_YOU] == ["Felix", f"in review · 0 of 1 · waiting for <@{id_of(team, 'ben')}>"]


async def test_what_is_overdue_is_said_once(team: Team) -> None:
    await mascot(team, "Felix")
    await ask_for(team, "ben", due=EARLIER)
    for user, heading in (("ben", FOR_YOU), ("ana", ASKED)):
        told = await review(team, user)
        assert list(told) == [heading]
        assert told[heading][0] == "Felix"
        assert " · overdue since " in told[heading][1]
    assert await review(team, "chris") == {}


async def test_whoever_asked_and_is_waited_for_finds_it_where_they_have_to_act(team: Team) -> None:
    await mascot(team, "Felix")
    await ask_for(team, "ben", by="ben")
    assert list(await review(team, "ben")) == [FOR_YOU]


async def test_a_vote_takes_it_off_the_list_and_a_change_brings_it_back(team: Team) -> None:
    await set_rules(team, approvals=2)
    post = await mascot(team, "Felix")
    await ask_for(team, "ben", "chris")
    await press(team, post, APPROVE, user="ben")
    assert await review(team, "ben") == {}
    told = await review(team, "chris")
    assert told[FOR_YOU][1].startswith("in review · 1 of 2 · waiting for ")
    await team.post([picture("side.png", "gold")], thread=post)
    await team.all_done()
    told = await review(team, "ben")
    assert told[FOR_YOU][1].startswith("in review · 0 of 2 · waiting for ")


async def test_what_is_approved_waits_for_nobody(team: Team) -> None:
    post = await mascot(team, "Felix")
    await ask_for(team, "ben", due=EARLIER)
    await press(team, post, APPROVE, user="ben")
    assert await review(team, "ben") == {}
    assert await review(team, "ana") == {}


async def test_a_request_for_changes_is_said(team: Team) -> None:
    post = await mascot(team, "Felix")
    await ask_for(team, "chris")
    await request(team, post, "Thicker tail", user="ben")
    told = await review(team, "chris")
    assert told[FOR_YOU][1].startswith("changes requested · 0 of 1 · waiting for ")


async def test_a_mascot_that_was_deleted_waits_for_nobody(team: Team) -> None:
    await mascot(team, "Felix")
    await ask_for(team, "ben")
    team.masko.delete_collection(team.mascots()[0].id)
    await ask(team, "show Felix")
    assert await review(team, "ben") == {}


async def test_what_is_due_first_comes_first_and_the_rest_is_counted(team: Team) -> None:
    for number in range(MOST + 2):
        await mascot(team, f"Fox {number}")
        await ask_for(team, "ben", due=LATER - timedelta(hours=number))
    told = (await review(team, "ben"))[FOR_YOU]
    assert told[0:-1:2] == [f"Fox {number}" for number in range(MOST + 1, 1, -1)]
    assert told[-1] == "and 2 more"


async def test_show_shows_the_card_with_its_review(team: Team) -> None:
    post = await mascot(team, "Felix")
    await ask_for(team, "chris", words="Before the launch, please")
    await request(team, post, "Thicker tail", user="ben")
    ben, chris = id_of(team, "ben"), id_of(team, "chris")
    await ask(team, "review", user="chris")
    await press_answer(team, SHOW, user="chris")
    by_button = answer(team, user="chris")
    await ask(team, "show Felix", user="chris")
    for told in (by_button, answer(team, user="chris")):
        assert f"*Changes requested* by <@{ben}>\n" in told
        assert f"<@{ben}> asks for changes: Thicker tail" in told
        assert f"Waiting for <@{chris}>" in told
        for only_in_threads in ("[Approve]", "[Request changes]", "✅"):
            assert only_in_threads not in told
    message = seen(team, user="chris")[-1]
    assert not [each for each in message["blocks"] if "overflow" in json.dumps(each)]
    assert f"Changes requested by <@{ben}>" in message["text"]
    assert team.findings() == []


async def test_a_list_tells_where_reviews_stand(team: Team) -> None:
    for name in ("A draft", "Bruno", "Carla", "Dora"):
        post = await mascot(team, name)
        if name == "Bruno":
            await press(team, post, APPROVE, user="ben")
        if name == "Carla":
            await request(team, post, "Bigger ears", user="ben")
        if name == "Dora":
            await ask_for(team, "ben")
    await ask(team, "list")
    told = answer(team).splitlines()
    assert told[told.index("A draft") + 1] == "1 of 6 references"
    assert told[told.index("Bruno") + 1] == "1 of 6 references · approved"
    assert told[told.index("Carla") + 1] == "1 of 6 references · changes requested"
    assert told[told.index("Dora") + 1] == "1 of 6 references · in review · 0 of 1"
    spoken = "A draft, Bruno (approved), Carla (changes requested) and Dora (in review · 0 of 1)"
    assert seen(team)[-1]["text"].endswith(spoken)
    assert "approved" in await opened(team)


# -- Home ---------------------------------------------------------------------------------------------


async def test_home_shows_what_waits_and_what_was_asked_for(team: Team) -> None:
    await mascot(team, "Felix")
    await ask_for(team, "ben", due=EARLIER)
    await mascot(team, "Bruno")
    await ask_for(team, "chris", by="ben", due=LATER)
    await opened(team, "ben")
    told = lists(at_home(team, "ben"))
    assert list(told) == [FOR_YOU, ASKED]
    assert told[FOR_YOU][0] == "Felix"
    assert told[FOR_YOU][1].startswith("in review · 0 of 1 · overdue since ")
    assert told[ASKED][0] == "Bruno"
    assert told[ASKED][1].startswith("in review · 0 of 1 · due ")
    assert told[ASKED][1].endswith(f" · waiting for <@{id_of(team, 'chris')}>")
    assert team.slack.calls["chat.getPermalink"] == 0
    await opened(team, "ana")
    assert list(lists(at_home(team, "ana"))) == [ASKED]
    assert team.findings() == []


async def test_show_at_home_opens_the_mascot_with_its_review(team: Team) -> None:
    await mascot(team, "Felix")
    await ask_for(team, "ben")
    await opened(team, "ben")
    await use(team, "home.show", user="ben")
    view = await team.slack.wait_until(lambda: team.slack.view("ben"))
    assert "*In review* · 0 of 1" in words_of({"blocks": view["blocks"]})
    assert "[Approve]" not in words_of({"blocks": view["blocks"]})


# -- forgetting ---------------------------------------------------------------------------------------


async def forget(team: Team, user: str) -> None:
    await ask(team, "forget me", user=user)
    before = len(seen(team, user=user))
    await press_answer(team, FORGET, user=user)
    await team.slack.wait_until(lambda: "Your name is removed" in answer(team, user=user) or None)
    assert len(seen(team, user=user)) == before
    await team.all_done()


async def everything(team: Team) -> str:
    """All that reviews keep, as one text."""
    async with team.bot.store.read() as session:
        tables = ("vote", "review", "edition")
        rows = [(await session.execute(text(f'SELECT * FROM "{each}"'))).all() for each in tables]
    assert all(rows)
    return str(rows)


async def record_of(team: Team) -> list[Entry]:
    async with team.bot.store.read() as session:
        return await reviews.record(session, team.mascots()[0].id)


async def test_forgetting_takes_name_and_words_off_reviews(team: Team) -> None:
    await set_rules(team, approvals=3)
    post = await mascot(team, "Felix")
    await ask_for(team, "ben", "chris")
    await ask_for(team, "chris", by="ben", words="Ben's own words")
    await press(team, post, APPROVE, user="ben")
    await team.press(team.card(post), COMMENT, user="ben")
    await say_in_form(team, "Ben's secret thoughts", user="ben")
    await ask(team, "forget me", user="ben")
    told = answer(team, user="ben")
    assert "1 vote, 1 comment and 1 review that names you" in told
    assert "So do votes" in told
    await forget(team, "ben")
    kept = await everything(team)
    for theirs in (id_of(team, "ben"), "secret", "own words"):
        assert theirs not in kept
    entries = await record_of(team)
    assert [each.did for each in entries] == [Did.ASKED, Did.ASKED, Did.APPROVED, Did.COMMENTED]
    (standing_for,) = {each.user for each in entries[1:]}
    assert standing_for.startswith(FORGOTTEN)
    assert entries[0].reviewers == (standing_for, id_of(team, "chris"))
    async with team.bot.store.read() as session:
        row = await session.get(ReviewRow, team.mascots()[0].id)
        assert row is not None
        assert (row.waiting, row.asked_by) == ([id_of(team, "chris")], [id_of(team, "ana")])
    assert review_of(team, post).startswith("In review · 0 of 3")
    assert id_of(team, "ben") not in json.dumps(team.card(post))
    await ask(team, "forget me", user="ben")
    assert answer(team, user="ben") == "Nothing is kept about you."
    assert team.findings() == []


async def test_the_votes_of_two_who_were_forgotten_stay_two(team: Team) -> None:
    await set_rules(team, approvals=2)
    post = await mascot(team, "Felix")
    await press(team, post, APPROVE, user="ben")
    await press(team, post, APPROVE, user="chris")
    await forget(team, "ben")
    await forget(team, "chris")
    assert review_of(team, post).startswith("Approved by somebody who was forgotten")
    assert len({each.user for each in await record_of(team) if each.did is Did.APPROVED}) == 2


async def test_nobody_approves_twice_by_being_forgotten(team: Team) -> None:
    await set_rules(team, approvals=2)
    post = await mascot(team, "Felix")
    await press(team, post, APPROVE, user="ben")
    await forget(team, "ben")
    await press(team, post, APPROVE, user="ben")
    assert review_of(team, post) == f"In review · 1 of 2 approvals\nApproved by <@{id_of(team, 'ben')}>"


async def test_nobody_who_was_forgotten_is_waited_for(team: Team) -> None:
    post = await mascot(team, "Felix")
    await ask_for(team, "ben")
    await press(team, post, APPROVE, user="chris")
    await team.post([picture("side.png", "gold")], thread=post)
    await team.all_done()
    await ask_for(team, "ben")
    await forget(team, "ben")
    await forget(team, "chris")
    told = await review(team, "ana")
    assert told[ASKED] == ["Felix", "in review · 0 of 1 · Go to the card"]
    assert "somebody who was forgotten approved an earlier version" in review_of(team, post)
    await team.post([picture("back.png", "gray")], thread=post)
    await team.all_done()
    assert "somebody" not in "".join(team.words(post)[1:])


async def test_what_a_vote_was_on_stays_the_same_without_its_poster(team: Team) -> None:
    post = await team.post([picture("anas-private.png")])
    await press(team, post, APPROVE, user="ben")
    before = (await record_of(team))[0].edition
    await forget(team, "ana")
    async with team.bot.store.read() as session:
        kept = await reviews.editions(session, team.mascots()[0].id)
    parts = kept[before].parts
    assert [(each.name, each.alt) for each in parts] == [("image", None)]
    assert [is_forgotten_as(each.by, id_of(team, "ana")) for each in parts] == [True]
    everywhere = await everything(team)
    assert id_of(team, "ana") not in everywhere
    assert "private" not in everywhere
    assert review_of(team, post).startswith("Approved by ")


async def test_what_was_posted_and_voted_on_once_is_kept_and_can_be_forgotten(team: Team) -> None:
    """Also where the reference itself is gone."""
    post = await team.post([picture("ana.png")])
    await press(team, post, APPROVE, user="ben")
    ana = id_of(team, "ana")
    async with team.bot.store.write() as session:
        for statement in (
            "UPDATE post SET \"user\" = ''",
            "UPDATE reference SET added_by = ''",
            "DELETE FROM greeted",
        ):
            await session.execute(text(statement))
    await ask(team, "forget me", user="ana")
    assert "1 review that names you" in answer(team)
    await forget(team, "ana")
    assert ana not in await everything(team)


async def test_what_others_said_stays(team: Team) -> None:
    post = await mascot(team, "Felix")
    await request(team, post, "Thicker tail", user="ben")
    await forget(team, "ana")
    (line,) = await record_of(team)
    assert (line.user, line.words) == (id_of(team, "ben"), "Thicker tail")


async def test_of_whoever_was_forgotten_the_request_still_blocks(team: Team) -> None:
    post = await mascot(team, "Felix")
    await request(team, post, "Thicker tail", user="ben")
    await forget(team, "ben")
    nobody = "somebody who was forgotten"
    assert review_of(team, post) == f"Changes requested by {nobody}\n{nobody} asks for changes"
    async with team.bot.store.read() as session:
        row: Any = await session.get(VoteRow, (await record_of(team))[0].id)
        assert id_of(team, "ben") not in row.key
