"""A pytest plugin: run the bot with a store that is limited to its workspace, and check each of its queries.

    pytest -p tests.db.scoped …

Each statement has to carry the team for each table of people's things that it names.  What was run is noted,
as `path:function` of our code, in the file that MASKO_QUERIES names.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import ORMExecuteState, Session

from bot.app.bots import Process
from bot.db import scope
from bot.db.engine import TEAM
from bot.db.tables import Base, OfMascot, OfPost, OfTeam

ROOT = Path(__file__).parents[2]
_OWNERS = {OfTeam: None, OfPost: "post", OfMascot: "mascot"}
TENANTS = {
    str(mapper.local_table.name): owner  # type: ignore[attr-defined]
    for mapper in Base.registry.mappers
    for mixin, owner in _OWNERS.items()
    if issubclass(mapper.class_, mixin)
}
_NAMED = re.compile(r"(?:\bFROM|\bJOIN|\bUPDATE|,) (\w+)(?: AS (\w+))?")

_scoped = False
_run: set[str] = set()


def lacking(statement: str) -> list[str]:
    """Return the tables of a statement, or their aliases, that it does not limit to a team."""
    text = " ".join(statement.replace('"', "").split()).partition(" RETURNING ")[0]
    found = []
    for table, alias in dict.fromkeys(_NAMED.findall(text)):
        if table not in TENANTS:
            continue
        name, owner = alias or table, TENANTS[table]
        theirs = rf"{owner}_\d+\.(?:id = {name}\.{owner}_id AND {owner}_\d+\.)team = "
        if not re.search(theirs if owner else rf"\b{name}\.team = ", text):
            found.append(name)
    return found


def _check(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
    if _scoped and statement.split(None, 1)[0] in ("SELECT", "UPDATE", "DELETE", "WITH"):
        assert not (found := lacking(statement)), f"{found} without a team: {statement}"


def _note(state: ORMExecuteState) -> None:
    global _scoped
    frame, callers = sys._getframe(), list[str]()
    while frame.f_back is not None:
        frame = frame.f_back
        if frame.f_code.co_filename.startswith((f"{ROOT}/bot/", f"{ROOT}/tests/")):
            callers.append(f"{frame.f_code.co_filename.removeprefix(f'{ROOT}/')}:{frame.f_code.co_name}")
    asking = next(each for each in callers if not each.startswith("bot/db/sqlite.py:"))
    _scoped = TEAM in state.session.info and asking.startswith("bot/")
    if _scoped:
        _run.update(callers)


@pytest.fixture(autouse=True, scope="session")
def limited() -> Iterator[None]:
    """Limit every bot to the workspace that it is in."""
    plain = Process.bot

    def bot(self: Process, settings: Any, identity: Any, **how: Any) -> Any:
        return plain(self, settings, identity, **{"store": scope.Scoped(self.store, identity.team_id), **how})

    event.listen(Session, "do_orm_execute", _note)
    event.listen(Engine, "before_cursor_execute", _check)
    Process.bot = bot  # type: ignore[method-assign]
    yield
    Process.bot = plain  # type: ignore[method-assign]
    if name := os.environ.get("MASKO_QUERIES"):
        with Path(name).open("a") as file:
            file.writelines(f"{each}\n" for each in sorted(_run))
