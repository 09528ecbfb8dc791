"""That the documents agree with the program, and with each other."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
import yaml

from bot.app import manifest
from bot.cli.commands import app
from bot.commands.grammar import USAGE, Talk, read_mention
from bot.masko.responses import MAX_REFERENCES
from bot.review.due import read_due
from bot.sandbox.scenarios.seed import parsed
from bot.settings import Settings, variables
from bot.telemetry.metrics import Metrics
from tests.documents import (
    DOCS,
    PAGES,
    ROOT,
    WRITTEN,
    anchors,
    blocks,
    code,
    commands,
    links,
    marked,
    name_of,
    prose,
    read,
    rows,
)

SUBCOMMANDS: dict[str, typer.core.TyperCommand] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
SITE = tomllib.loads(read("zensical.toml"))["project"]


def test_the_readme_is_short_and_has_its_two_commands() -> None:
    readme = read("README.md")
    assert len(readme.splitlines()) <= 150
    assert list(commands(marked("README.md", "try command")))[-1] == [".venv/bin/masko-slack", "try"]
    assert list(commands(marked("README.md", "test command")))[-1] == [".venv/bin/pytest"]


@pytest.mark.parametrize("page", WRITTEN, ids=name_of)
def test_no_line_is_too_long(page: Path) -> None:
    lines = page.read_text("utf-8").splitlines()
    assert [number for number, line in enumerate(lines, 1) if len(line) > 140] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    broken = []
    for target in links(page.read_text("utf-8")):
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there.read_text("utf-8"))):
            broken.append(target)
    assert broken == []


def test_the_pages_of_the_readme_have_links_and_pictures() -> None:
    assert links(read("README.md"))
    assert {"docs/sandbox.png", "docs/README.md", "docs/set-up.md"} <= set(links(read("README.md")))


def test_every_page_is_in_the_site_and_in_its_list() -> None:
    pages = {page.name for page in DOCS.glob("*.md")}
    assert set(_flat(SITE["nav"])) == pages
    assert set(links(read("docs/README.md"))) == pages - {"README.md"}


def _flat(nav: list[object]) -> Iterator[str]:
    for entry in nav:
        if isinstance(entry, str):
            yield entry
        elif isinstance(entry, dict):
            for within in entry.values():
                yield from _flat(within)


def test_every_picture_is_shown_somewhere() -> None:
    shown = {Path(target).name for page in PAGES for target in links(page.read_text("utf-8"))}
    assert {picture.name for picture in DOCS.rglob("*.png")} - shown == set()


def test_the_tables_of_variables_are_the_settings() -> None:
    described = {code(cells[0])[0]: cells[1] for cells in rows(read("docs/configuration.md"))}
    assert sorted(described) == sorted(variables())
    for name, default in described.items():
        given = Settings.model_fields[name.lower()].default
        if given in (None, ""):
            assert code(default) in ([], ["PORT"]), name
        else:
            assert code(default) == [str(given)], name


def test_the_example_has_every_variable_and_no_other() -> None:
    example = set(re.findall(r"^#? ?([A-Z_]+)=", read(".env.example"), re.MULTILINE))
    assert example == set(variables())


def test_every_scope_is_explained_and_no_other() -> None:
    explained = {scope for cells in rows(read("docs/set-up.md")) for scope in code(cells[0])}
    assert explained == set(manifest.bot_scopes())


def test_every_command_of_the_program_is_described_and_no_other() -> None:
    page = read("docs/command-line.md")
    first = [code(cells[0])[0].split() for cells in rows(page)]
    assert {words[1] for words in first if words[0] == "masko-slack"} - {"--version"} == set(SUBCOMMANDS)


def test_every_option_is_described_with_its_commands_and_default() -> None:
    described = {
        code(cells[0])[0].split()[0]: (set(code(cells[1])), cells[2])
        for cells in rows(read("docs/command-line.md"))
        if len(cells) == 3
    }
    options = [(name, each) for name, command in SUBCOMMANDS.items() for each in command.params]
    there = [(name, each) for name, each in options if each.param_type_name == "option"]
    assert set(described) == {each.opts[0] for _, each in there}
    for option, (of, does) in described.items():
        assert of == {name for name, each in there if each.opts[0] == option}, option
        for default in (each.default for _, each in there if each.opts[0] == option):
            if isinstance(default, int | float) and not isinstance(default, bool):
                assert re.search(rf"\b{default:g} if not given", does), option


def test_every_command_of_slack_is_described_and_no_other() -> None:
    typed = [each for cells in rows(section("## Commands", "### In threads")) for each in code(cells[0])]
    described = [re.match(r"export review|[a-z]+", each) for each in typed]
    assert {found[0] for found in described if found} == set(USAGE)


def test_every_mention_in_the_table_is_understood() -> None:
    said = [each for cells in rows(section("### In threads", "### Shortcuts")) for each in code(cells[0])]
    assert len(said) == 8
    assert [each for each in said if isinstance(read_mention(each), Talk)] == []


def test_every_due_date_in_the_text_is_one() -> None:
    now = datetime(2026, 11, 25, 9, tzinfo=UTC)
    dates = code(re.findall(r"A due date can be [^.]+\.", read("docs/using.md"))[0])
    found = [(each, read_due(re.sub("^(by|until) ", "", each), now, UTC)) for each in dates]
    assert len(found) == 6
    assert [each for each, moment in found if moment is None] == []
    assert dict(found)["by friday"] == datetime(2026, 11, 27, 17, tzinfo=UTC)


def section(begin: str, end: str) -> str:
    """Return the part of the page for users between two headings."""
    return read("docs/using.md").partition(f"\n{begin}\n")[2].partition(f"\n{end}\n")[0]


def test_every_metric_is_described_and_no_other() -> None:
    cells = [code(cells[0])[0] for cells in rows(read("docs/operations.md")) if "masko_slack_" in cells[0]]
    described = {cell for cell in cells if "…" not in cell}
    metrics = {
        (found._name + ("_total" if found._type == "counter" else ""), ",".join(found._labelnames))
        for found in vars(Metrics()).values()
        if hasattr(found, "_labelnames")
    }
    assert described == {f"{name}{{{labels}}}" if labels else name for name, labels in metrics}


def _sayings() -> str:
    """Return every text of the program, without the values that it fills in."""
    paths = [*(ROOT / "bot").rglob("*.py"), *(ROOT / "handlers").rglob("*.py")]
    spoken = [path for path in paths if "sandbox" not in path.parts]
    nodes = [node for path in spoken for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    constants = [node.value for node in nodes if isinstance(node, ast.Constant)]
    return "\n".join(value for value in constants if isinstance(value, str))


OTHERS_SAY = ("Input should be", "Can't locate revision")
"""How pydantic and Alembic begin to say what is wrong."""
EXAMPLES = r"files:read|invalid_auth|xoxb-"


def test_what_troubleshooting_quotes_is_what_the_program_says() -> None:
    said = _sayings() + "\n".join([*OTHERS_SAY, *variables()])
    quoted = [
        quote for cells in rows(read("docs/troubleshooting.md")) for quote in code(cells[0]) if " " in quote
    ]
    assert len(quoted) > 40
    pieces = [
        (quote, piece.strip()) for quote in quoted for piece in re.split(rf"…|: |\(|\)|{EXAMPLES}", quote)
    ]
    assert [(quote, piece) for quote, piece in pieces if piece.strip(" .") and piece not in said] == []


def test_what_goes_wrong_is_quoted_as_it_is_said() -> None:
    assert "Queued: Masko is busy. It goes on by itself in " in _sayings()
    assert "`Queued: Masko is busy. It goes on by itself in about 40 s.`" in read("docs/using.md")
    assert f"`2 of {MAX_REFERENCES} references`" in read("docs/using.md")


def test_settings_and_buttons_are_called_as_in_slack() -> None:
    page = read("docs/using.md")
    settings = [cells[0] for cells in rows(section("## Channel settings", "## Home"))]
    buttons = re.findall(r"(?<![*\w])\*{1,2}([A-Z][\w ]+)\*{1,2}(?![*\w])", prose(page))
    assert len(settings) == 9
    assert len(buttons) > 10
    said = set(_sayings().splitlines())
    assert [each for each in (*settings, *buttons) if each not in said] == []


def test_the_seed_is_one() -> None:
    (seed,) = [each.text for each in blocks(read("docs/sandbox.md")) if each.kind == "yaml"]
    assert parsed(seed).people
    assert yaml.safe_load(seed)["mascots"]


def test_security_names_files_that_exist() -> None:
    named = re.findall(r"`((?:bot|handlers|tests)/[^`]+)`", read("SECURITY.md"))
    assert len(named) > 20
    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_the_files_that_developers_are_sent_to_exist(name: str) -> None:
    named = [each for each in code(prose(read(name))) if re.fullmatch(r"[.\w-]+/[\w./-]*", each)]
    assert len(named) > 3 or name == "CONTRIBUTING.md"
    missing = [each for each in named if not each.startswith("/") and not (ROOT / each).exists()]
    assert missing == []
