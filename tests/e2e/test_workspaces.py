"""Many workspaces in one program: installed, connected, used and removed, with nothing crossing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import select

from bot.app.workspaces import renew
from bot.commands.dispatch import REQUESTED
from bot.db.tables import Base, InstallationRow, MascotRow, OfMascot, OfPost, OfTeam, PostRow, WorkspaceRow
from bot.db.workspaces import Undecipherable
from bot.home.connection import NOT_ITS_PROJECT, ONLY_ADMINS, OTHER_PROJECT, REFUSED, SEVERAL, TAKEN
from bot.sandbox.sandbox import obviously_fake_key
from bot.sandbox.slack.deliveries import Delivery
from bot.sandbox.slack.directory import Enterprise
from bot.settings import Settings
from tests.e2e.team import picture
from tests.e2e.workspaces import ENCRYPTION_KEY, Workspace, Workspaces, a_program

UNKNOWN_KEY = "The key is not the sandbox's"  # as of a key that was mistyped


@pytest.fixture
async def program(database_url: str, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Workspaces]:
    async with a_program(database_url) as program:
        yield program
        assert [each for each in program.findings() if UNKNOWN_KEY not in each] == []
    assert "failed unexpectedly" not in caplog.text


async def test_two_workspaces_are_served_side_by_side(program: Workspaces) -> None:
    north = await program.enter(program.sandbox.add_workspace("Northwind"))
    south = await program.enter(program.sandbox.add_workspace("Southbank"))
    fox = await north.post([picture("fox.png")])
    bear = await south.post([picture("bear.png", "teal")])
    assert "1 of 6 references" in north.words(fox)[0]
    assert "1 of 6 references" in south.words(bear)[0]


async def test_nothing_of_one_workspace_is_found_from_another(program: Workspaces) -> None:
    north = await program.enter(program.sandbox.add_workspace("Northwind"))
    south = await program.enter(program.sandbox.add_workspace("Southbank"))
    await north.post([picture("fox.png")], text="")
    mine, theirs = await listed(north), await listed(south)
    assert "1 mascot" in mine
    assert "1 mascot" not in theirs


async def test_a_project_belongs_to_one_workspace(program: Workspaces) -> None:
    north = await program.enter(program.sandbox.add_workspace("Northwind"))
    south = await program.enter(program.sandbox.add_workspace("Southbank"), connected=False)
    assert await south.connect(north.key) == TAKEN


async def test_only_admins_connect_and_only_with_a_key_that_masko_takes(program: Workspaces) -> None:
    north = await program.enter(program.sandbox.add_workspace("Northwind"), connected=False)
    post = await north.post([picture("fox.png")])
    assert "isn't connected to Masko yet" in " ".join(north.words(post))
    await north.slack.command("ana", "mascots", "/masko", "connect")
    assert ONLY_ADMINS in await north.told("ana")
    assert await north.connect(obviously_fake_key()) == REFUSED
    two = north.masko.add_key(projects=("Foxes", "Bears"))
    asked = await north.connect(two)
    assert asked.startswith(SEVERAL)
    bears = asked.split("Bears (")[1].split(")")[0]
    assert (await north.connect(two, "prj_c")).startswith(NOT_ITS_PROJECT)
    assert "New mascots go to Bears" in await north.connect(two, bears)
    assert (await north.connect(north.key)).startswith(OTHER_PROJECT)
    again = await north.post([picture("bear.png", "teal")])
    assert "1 of 6 references" in north.words(again)[0]


async def test_expired_tokens_are_renewed_before_they_are_needed(database_url: str) -> None:
    async with a_program(database_url, rotation=True) as program:
        north = await program.enter(program.sandbox.add_workspace("Northwind"))
        south = await program.enter(program.sandbox.add_workspace("Southbank"))
        both = [(each, await each.post([picture("fox.png")])) for each in (north, south)]
        program.sandbox.pass_time(11 * 3600)
        await make_older(program, hours=11)
        for each, first in both:
            await each.post([picture("side.png", "teal")], thread=first)
        program.sandbox.pass_time(2 * 3600)  # the first tokens have expired for good
        for each, first in both:
            await each.post([picture("back.png", "navy")], thread=first)
            assert "3 of 6 references" in each.words(first)[0]
        await south.slack.uninstall()
        assert await teams_in(program) == {north.slack.directory.team.id}
        assert program.findings() == []


async def test_an_organisation_installs_it_for_all_its_workspaces(program: Workspaces) -> None:
    acme = Enterprise("E0ACME00001", "Acme")
    north = program.sandbox.add_workspace("Northwind", enterprise=acme)
    south = program.sandbox.add_workspace("Southbank", enterprise=acme)
    await program.install(north, acme.id)
    for slack in (north, south):
        workspace = await program.join(slack)
        post = await workspace.post([picture("fox.png")])
        assert "1 of 6 references" in workspace.words(post)[0]
    assert await teams_in(program) >= {each.directory.team.id for each in (north, south)}
    await north.uninstall()
    assert await teams_in(program) == set()


async def test_removing_the_app_removes_all_that_was_kept(program: Workspaces) -> None:
    north = await program.enter(program.sandbox.add_workspace("Northwind"))
    south = await program.enter(program.sandbox.add_workspace("Southbank"))
    for each in (north, south):
        await each.post([picture("fox.png")])
    await north.slack.uninstall()
    assert await teams_in(program) == {south.slack.directory.team.id}
    post = await south.post([picture("bear.png", "teal")])
    assert "1 of 6 references" in south.words(post)[0]
    await program.install(north.slack)
    north.slack.invite("ana", "mascots", north.slack.directory.bot.id)
    post = await north.post([picture("bear.png", "teal")])
    assert "isn't connected to Masko yet" in " ".join(north.words(post))


async def test_a_late_word_of_a_removal_leaves_a_new_installation_alone(program: Workspaces) -> None:
    slack = program.sandbox.add_workspace("Northwind")
    north = await program.enter(slack)
    removals = await slack.uninstall()
    north = await program.enter(slack)
    post = await north.post([picture("fox.png")])
    for told in removals:
        late = {**told.payload, "event_time": told.payload["event_time"] - 60}
        assert (await slack.deliver_again(Delivery(told.type, late))).acknowledged
    await north.post([picture("side.png", "teal")], thread=post)
    assert "2 of 6 references" in north.words(post)[0]


async def test_a_workspace_is_found_whatever_is_told_of_its_organisation(program: Workspaces) -> None:
    north = await program.enter(program.sandbox.add_workspace("Northwind"))
    acme = Enterprise("E0ACME00001", "Acme")
    await program.install(program.sandbox.add_workspace("Southbank", enterprise=acme), acme.id)
    post = await north.post([picture("fox.png")])
    heard = next(each for each in north.slack.deliveries if each.payload.get("event", {}).get("files"))
    event = {**heard.payload["event"], "ts": "1700000000.000100", "event_ts": "1700000000.000100"}
    moved = {**heard.payload, "event": event, "enterprise_id": acme.id, "authorizations": []}
    assert (await north.slack.deliver_again(Delivery(heard.type, moved))).acknowledged
    async with program.program.store.read() as session:
        assert len([*await session.scalars(select(PostRow.ts))]) == 2
    await north.all_done()
    assert "1 of 6 references" in north.words(post)[0]
    workspace = program.workspaces._built[north.slack.directory.team.id].workspace
    assert workspace.enterprise is None


async def test_revoked_tokens_alone_keep_what_is_there(program: Workspaces) -> None:
    north = await program.enter(program.sandbox.add_workspace("Northwind"))
    first = await north.post([picture("fox.png")])
    await north.slack.revoke_tokens()
    await program.install(north.slack)
    north.slack.invite("ana", "mascots", north.slack.directory.bot.id)
    await north.post([picture("side.png", "teal")], thread=first)
    assert "2 of 6 references" in north.words(first)[0]


async def test_secrets_are_encrypted_and_renewed_with_another_key(database_url: str) -> None:
    async with a_program(database_url) as program:
        north = await program.enter(program.sandbox.add_workspace("Northwind"))
        before = await secrets_in(program)
        assert not any(north.key in each or "xoxb" in each for each in before)
    fresh = Fernet.generate_key().decode()
    both = Settings(database_url=database_url, encryption_keys=SecretStr(f"{fresh},{ENCRYPTION_KEY}"))
    assert await renew(both) == len(before)
    settings = Settings(database_url=database_url, encryption_keys=SecretStr(fresh))
    assert await renew(settings) == len(before)
    with pytest.raises(Undecipherable):
        async with a_program(database_url):
            pass
    with pytest.raises(Undecipherable):
        await renew(Settings(database_url=database_url, encryption_keys=SecretStr(ENCRYPTION_KEY)))


async def listed(workspace: Workspace) -> str:
    """What `/masko list` tells Ana."""
    await workspace.slack.command("ana", "mascots", "/masko", "list")
    await workspace.program.queue.drained(REQUESTED)
    return await workspace.told("ana")


async def make_older(program: Workspaces, hours: float) -> None:
    """Let the tokens expire so much sooner, by what is stored."""
    installations = program.workspaces.installations
    for slack in program.slacks:
        found = await installations.latest(slack.directory.team.id)
        assert found is not None
        found.bot_token_expires_at = (found.bot_token_expires_at or 0) - int(hours * 3600)
        await installations.async_save(found)


async def teams_in(program: Workspaces) -> set[str]:
    """The teams that any row names, or whose it is by its post or mascot."""
    found: set[str | None] = set()
    async with program.program.store.read() as session:
        for table in (mapper.class_ for mapper in Base.registry.mappers):
            if issubclass(table, OfTeam):
                found |= set(await session.scalars(select(table.team)))
            elif issubclass(table, OfPost):
                owner = (
                    select(PostRow.team).select_from(table).outerjoin(PostRow, PostRow.id == table.post_id)
                )
                found |= set(await session.scalars(owner))
            elif issubclass(table, OfMascot):
                whose = MascotRow.id == table.mascot_id
                owner = select(MascotRow.team).select_from(table).outerjoin(MascotRow, whose)
                found |= set(await session.scalars(owner))
        found |= set(await session.scalars(select(InstallationRow.place)))
    return {str(each) for each in found}


async def secrets_in(program: Workspaces) -> list[str]:
    async with program.program.store.read() as session:
        columns = (InstallationRow.sealed, WorkspaceRow.masko_key)
        return [each for column in columns for each in await session.scalars(select(column)) if each]
