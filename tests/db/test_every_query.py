"""That every query of a workspace carries its team: a walk over all of them, by what people do.

The end-to-end tests below run once more, with each bot's store limited to its workspace and each statement
checked (`tests.db.scoped`); every function that queries has to have been called.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.db.tables import (
    Base,
    InstallationRow,
    InstallingRow,
    InteractionRow,
    JobRow,
    OfMascot,
    OfPost,
    OfTeam,
    RateLimitRow,
)
from tests.db.scoped import ROOT, lacking

WALK = (
    "test_channel_life.py::test_such_a_review_is_in_no_list_until_its_channel_is_back",
    "test_channel_life.py::test_what_is_known_of_a_channel_moves_to_its_new_id",
    "test_channels.py::test_a_mention_a_command_and_the_shortcuts_are_no_way_around",
    "test_commands.py::test_a_channel_that_is_off_is_left_in_peace",
    "test_commands.py::test_forget_me_lists_what_is_kept_and_removes_it",
    "test_commands.py::test_in_direct_messages_an_admin_gets_the_changes_of_all_channels_but_no_hidden_names",
    "test_commands.py::test_whoever_wants_to_be_left_alone_is_until_they_ask",
    "test_links.py::test_a_mascot_of_links_is_made_once",
    "test_links.py::test_what_somebody_makes_meanwhile_is_told_apart_or_a_person_is_asked",
    "test_mentions.py::test_earlier_images_of_a_thread_are_offered_in_private",
    "test_quotas.py::test_a_post_that_is_wholly_over_is_told_its_poster_alone",
    "test_references.py::test_a_form_that_was_left_open_leaves_what_was_moved",
    "test_references.py::test_what_is_no_mascot_is_unlinked_and_stays_in_masko",
    "test_reviews.py::test_a_line_asks_only_those_who_have_not_answered",
    "test_sources_and_alt_texts.py::test_a_deleted_file_is_asked_about_once_and_shown_no_more",
    "test_sources_and_alt_texts.py::test_the_root_of_a_thread_is_a_source_too",
    "test_sources_and_alt_texts.py::test_what_is_put_back_is_not_asked_about_again",
    "test_workspaces.py::test_an_organisation_installs_it_for_all_its_workspaces",
    "test_workspaces.py::test_only_admins_connect_and_only_with_a_key_that_masko_takes",
)
"""Of tests/e2e; between them they do everything that queries."""

OF_ALL_WORKSPACES = (
    "bot/app/workspaces.py",  # which workspace has what
    "bot/db/workspaces.py",
    "bot/intake/retention.py",  # by age alone
    "bot/jobs/",  # by the locks, which begin with the team
    "bot/masko/rate_limit.py",  # by the key
    "bot/server/",  # by a hash of what was delivered
)
QUERYING = {"get", "execute", "scalar", "scalars"}


def test_every_table_is_somebodys_or_holds_nothing_of_anybody() -> None:
    tables = {mapper.class_ for mapper in Base.registry.mappers}
    theirs = {each for each in tables if issubclass(each, OfTeam | OfPost | OfMascot)}
    of_the_app = {InstallationRow, InstallingRow}  # encrypted, or no more than a number
    assert tables - theirs == {InteractionRow, JobRow, RateLimitRow} | of_the_app


@pytest.mark.parametrize(
    ("statement", "tables"),
    [
        ("SELECT post.id FROM post WHERE post.team = ?", []),
        ("SELECT post.id FROM post WHERE post.id = ?", ["post"]),
        ("SELECT post.id, vote.id FROM post, vote WHERE post.team = ?", ["vote"]),
        ("DELETE FROM intake WHERE intake.post_id = ?", ["intake"]),
        (
            "UPDATE intake SET name=? WHERE EXISTS (SELECT * FROM post AS post_1 "
            "WHERE post_1.id = intake.post_id AND post_1.team = ?)",
            [],
        ),
    ],
)
def test_a_query_without_a_team_is_found(statement: str, tables: list[str]) -> None:
    assert lacking(statement) == tables


def querying() -> Iterator[str]:
    """Every function that asks a session for something, as `path:name`."""
    for path in sorted((ROOT / "bot").rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if name.startswith(("bot/sandbox/", "bot/cli/", "bot/db/migrations/", *OF_ALL_WORKSPACES)):
            continue
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef) and any(
                map(_asks, ast.walk(function))
            ):
                yield f"{name}:{function.name}"


def _asks(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="session"), attr=name)):
            return name in QUERYING
    return False


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_query_carries_the_team(tmp_path: Path) -> None:
    ran = tmp_path / "queries"
    environment = os.environ | {"MASKO_QUERIES": str(ran)}
    files = [f"tests/e2e/{each}" for each in WALK]
    how = ["-q", "-n", "2", "-p", "tests.db.scoped", "-m", "", "-k", "not postgresql"]
    command = [sys.executable, "-m", "pytest", *how, *files]
    walked = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert walked.returncode == 0, walked.stdout[-5000:]
    assert set(querying()) - set(ran.read_text().splitlines()) == set()
