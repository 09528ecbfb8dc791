"""Whatever comes back altered has no effect, is answered, and leaves no job and no listener failing."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, cast

import pytest
from slack_bolt.async_app import AsyncApp
from sqlalchemy import select

from bot.cards import view as card
from bot.cli.local import words_of
from bot.commands.dispatch import REQUESTED
from bot.db.tables import (
    ChannelRow,
    EditionRow,
    IntakeRow,
    MascotRow,
    OfferRow,
    PersonRow,
    PostRow,
    ReferenceRow,
    ReviewRow,
    ThreadRow,
    VoteRow,
)
from bot.home import view as home
from bot.privacy import FORGET
from bot.references.add_forms import ASKED as ADDING_ASKED
from bot.review.view import DISMISS_VIEW
from bot.slack.blocks import OFFER
from handlers import Services, register
from tests.e2e.team import Team, a_team
from tests.hostile.altering import Alteration, of_state, of_text
from tests.hostile.walk import Walk
from tests.hostile.world import PRESSER, Given
from tests.jobs import rows as job_rows

pytestmark = pytest.mark.slow

AT_A_TIME = 10
TABLES = (
    ThreadRow,
    ReferenceRow,
    VoteRow,
    ChannelRow,
    PostRow,
    IntakeRow,
    MascotRow,
    OfferRow,
    PersonRow,
    EditionRow,
    ReviewRow,
)
FAILED = ("failed unexpectedly", "the listener for", "Failed to run", "Traceback")

UNREAD = frozenset(
    {
        f"action {FORGET}",
        f"action {card.OPEN_MASKO}",
        f"action {OFFER}.keep",
        f"action {OFFER}.go",
    }
)
"""Buttons whose value nobody reads: whoever presses means themselves, or an address."""
FREE = frozenset({"value", "words", "name", "prompt", "alt", "links"})
"""Fields that say what they say: people may write anything of that length there."""


@pytest.fixture
async def world(database_url: str) -> AsyncIterator[Walk]:
    async with a_team(database_url) as team:
        team.slack.rate_limits.enforced = False
        team.slack.files.processing_delay = 0.0
        team.slack.workspace.way.ack_timeout = 30.0  # on a busy machine too: the time is not what is tried
        world = Walk(team)
        await world.fill()
        await world.show()
        yield world


class Registered:
    """Stands in for Bolt's app: remembers what listeners are registered for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getattr__(self, kind: str) -> Any:
        def remember(what: object) -> Any:
            if kind in ("action", "view", "options"):
                self.names.add(
                    f"{kind} {what.pattern if isinstance(what, re.Pattern) else re.escape(str(what))}"
                )
            return lambda *_given, **_more: None

        return remember


def unseen(metadata: str) -> Any:
    """What a form is about, but for the edition that was seen."""
    try:
        return {**json.loads(metadata), "seen": None}
    except (RecursionError, TypeError, ValueError):
        return metadata


def altered(world: Walk, given: Given) -> Iterator[Alteration]:
    """All ways in which one delivery is altered."""
    payload, foreign, known = given.payload, world.foreign_to(given), world.known
    match payload:
        case {"type": "view_submission", "view": view}:
            if told := view["private_metadata"]:
                for each in of_text(("view", "private_metadata"), told, foreign, known):
                    if view["callback_id"] != DISMISS_VIEW or unseen(each.value) != unseen(told):
                        yield each  # a request for changes is dismissed whatever the mascot is by now
            for each in of_state(view, foreign, known, FREE):
                if ".alt_" not in str(each) or not str(each).endswith(("= missing", "= None", "= []")):
                    yield each  # an alt text may be left out
        case {"type": "block_suggestion", "value": value}:
            yield from of_text(("value",), value, foreign, known)
        case {"actions": [action]}:
            if not UNREAD & {given.listener, given.name}:
                where = ("selected_option", "value") if "selected_option" in action else ("value",)
                value = action.get("selected_option", action)["value"]
                yield from of_text(("actions", 0, *where), value, foreign, known)
            if given.listener in (
                f"action {home.REFRESH}",
                f"action {home.SETTINGS}",
            ):  # the others' is the same
                metadata = payload["view"]["private_metadata"]
                yield from of_text(("view", "private_metadata"), metadata, foreign, known)


async def everything(team: Team, own: str) -> dict[str, list[str]]:
    """All that something could take effect on; what is said to `own`, the conversation of whoever tries, is
    an answer."""
    masko = [(each.id, each.name, each.prompt, tuple(each.reference_asset_ids)) for each in team.mascots()]
    messages = team.slack.workspace.messages
    said = [each for each in messages.all() if not each.ephemeral_to and each.channel != own]
    found = {
        "masko": sorted(map(str, masko)),
        "said": [f"{each.channel} {each.ts} {words_of(messages.as_json(each))}" for each in said],
    }
    async with team.bot.store.read() as session:
        for table in TABLES:
            columns = [each for each in table.__table__.columns if each.name not in ("updated_at", "read_at")]
            rows = (await session.execute(select(*columns))).all()
            found[table.__tablename__] = sorted(map(str, rows))
        rows_of_jobs = await job_rows.rows(session)
        found["failing jobs"] = [row["kind"] for row in rows_of_jobs if row["faults"] or row["dead"]]
    return found


def answers_of(team: Team, own: str) -> int:
    """How often somebody was answered, but for acknowledgements."""
    messages = team.slack.workspace.messages.all()
    private = sum(bool(each.ephemeral_to) or each.channel == own for each in messages)
    return private + sum(team.slack.effects[each] for each in ("response_url", "views.open", "views.publish"))


def conversation_of(team: Team, user: str) -> str:
    """The id of somebody's conversation with the bot; empty before there is one."""
    found = team.slack.directory.direct_message(team.slack.directory.person(user).id)
    return found.id if found else ""


async def tried(world: Walk, given: Given, alterations: Sequence[Alteration]) -> dict[str, Any]:
    """What became of these; nothing, where nothing did and each was answered."""
    team, own = world.team, partial(conversation_of, world.team, PRESSER)
    before, answered = await everything(team, own()), answers_of(team, own())
    deliveries = await asyncio.gather(*(world.deliver(each.of(given.payload)) for each in alterations))
    wrong: dict[str, Any] = {}
    expected = answered + sum(not each.response for each in deliveries)
    try:
        await team.slack.wait_until(lambda: answers_of(team, own()) >= expected or None)
    except TimeoutError:
        wrong["not answered"] = expected - answers_of(team, own())
    await team.bot.queue.drained(REQUESTED, ADDING_ASKED)
    await team.all_done()
    after = await everything(team, own())
    for what in before:
        if before[what] != after[what]:
            wrong[what] = set(after[what]) ^ set(before[what])
    if unheard := [
        str(what) for what, each in zip(alterations, deliveries, strict=True) if not each.acknowledged
    ]:
        wrong["not acknowledged"] = unheard
    return wrong and {"of": given.name, "altered": list(map(str, alterations)), **wrong}


async def test_everything_that_comes_back_is_walked(world: Walk) -> None:
    app = Registered()
    register(cast(AsyncApp, app), cast(Services, None))
    walked = {each.listener for each in await world.walk()}
    known = {each for each in app.names if each.split(" ")[1]}  # but for those that hear what is left over
    assert {each for each in known if not any(re.fullmatch(each, name) for name in walked)} == set()


@pytest.mark.timeout(600)  # on a busy machine
@pytest.mark.parametrize("kind", ["action", "view", "options"])
async def test_nothing_that_is_altered_takes_effect(
    world: Walk, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = []
    for given in await world.walk():
        if given.name.startswith(kind):
            for some in batched(altered(world, given), AT_A_TIME):
                if found := await tried(world, given, some):
                    wrong.append(found)
                    print(str({**found, "altered": 0})[:1500], flush=True)
    assert wrong == []
    assert not [each for each in FAILED if each in caplog.text]


def batched(alterations: Iterator[Alteration], most: int) -> Iterator[list[Alteration]]:
    """So many at a time."""
    while some := list(islice(alterations, most)):
        yield some
