"""What the program is made of, and the workflows that check and release it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import distribution
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from tests.documents import ROOT, blocks, commands, read
from tests.test_deployment import run, tool

PROJECT = tomllib.loads(read("pyproject.toml"))["project"]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
CI, RELEASE = (yaml.safe_load(path.read_text("utf-8")) for path in WORKFLOWS)

ALLOWED = r"MIT|Apache|BSD|0BSD|ISC|PSF|Python Software Foundation|MPL|Mozilla|LGPL|HPND|Zlib|CC0"
"""Licences under which a dependency may come with a program that is under MIT."""


def brought_along(requirement: str, seen: set[str]) -> None:
    """Add to `seen` the names of all that an installation brings along."""
    wanted = Requirement(requirement)
    key = re.sub(r"[-_.]+", "-", wanted.name).lower()
    asked = {key, *(f"{key}[{extra}]" for extra in wanted.extras)}
    if asked <= seen:
        return
    seen |= asked
    for each in distribution(wanted.name).requires or []:
        marker = Requirement(each).marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *wanted.extras)):
            brought_along(each, seen)


def licences(name: str) -> str:
    """Return what a distribution says about its licence: fields, classifiers, or the text's beginning."""
    told = distribution(name)
    fields = [
        each for field in ("License-Expression", "License") for each in told.metadata.get_all(field, [])
    ]
    classifiers = [each for each in told.metadata.get_all("Classifier", []) if each.startswith("License ::")]
    bundled = [each for each in told.files or [] if each.name == "LICENSES_bundled.txt"]
    within = [
        line for each in bundled for line in each.read_text().splitlines() if line.startswith("License")
    ]
    said = "; ".join([*fields, *classifiers, *within])
    texts = [each for each in told.files or [] if "license" in each.name.lower()]
    if said or not texts:
        return said
    granted = "Permission is hereby granted, free of charge, to any person obtaining a copy"
    return "MIT" if granted in " ".join(texts[0].read_text().split()) else ""


def test_every_licence_that_comes_along_is_allowed() -> None:
    names = set[str]()
    brought_along("masko-slack[postgres]", names)
    found = {name: licences(name) for name in names if "[" not in name}
    assert {"slack-bolt", "pillow", "psycopg", "procrastinate", "greenlet"} <= set(found)
    assert {name: said for name, said in found.items() if not re.search(rf"\b({ALLOWED})", said)} == {}
    stricter = {
        name for name, said in found.items() if re.search(r"\bA?GPL|(?<!Lesser )General Public", said)
    }
    assert stricter == {"pillow-heif"}, "its wheels hold x265, as docs/operations.md says"


def test_every_import_is_declared_and_every_dependency_used() -> None:
    checked = run(tool("deptry"), ".", cwd=ROOT)
    assert checked.returncode == 0, checked.stderr


def test_every_dependency_has_a_lowest_version() -> None:
    extras = [each for extra in PROJECT["optional-dependencies"].values() for each in extra]
    stated = [Requirement(each) for each in (*PROJECT["dependencies"], *extras)]
    without = [each.name for each in stated if ">=" not in str(each.specifier)]
    assert without == [PROJECT["name"]]


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-workflows", [str(path) for path in WORKFLOWS]),
        ("dependabot", [".github/dependabot.yml"]),
    ],
)
def test_what_github_reads_is_valid(schema: str, files: list[str]) -> None:
    checked = run(tool("check-jsonschema"), "--builtin-schema", f"vendor.{schema}", *files, cwd=ROOT)
    assert checked.returncode == 0, checked.stdout


def steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]


def test_the_workflows_may_do_no_more_than_they_have_to() -> None:
    assert [each["permissions"] for each in (CI, RELEASE)] == [{"contents": "read"}] * 2
    jobs = {**CI["jobs"], **RELEASE["jobs"]}
    assert {name for name, job in jobs.items() if "permissions" in job} == {"publish"}
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    assert "secrets." not in "".join(path.read_text("utf-8") for path in WORKFLOWS)
    assert all("timeout-minutes" in job for job in jobs.values())
    for step in (*steps(CI), *steps(RELEASE)):
        uses = step.get("uses", "actions/x@v1")
        assert re.fullmatch(r"actions/[\w-]+@v\d+|pypa/gh-action-pypi-publish@release/v1", uses)
        if uses.startswith("actions/checkout@"):
            assert step["with"] == {"persist-credentials": False}


def test_the_workflows_run_what_contributors_run() -> None:
    documented = [
        words
        for page in ("README.md", "CONTRIBUTING.md")
        for block in blocks(read(page))
        if block.kind == "sh"
        for words in commands(block.text)
    ]
    told = [step["run"] for step in (*steps(CI), *steps(RELEASE)) if "run" in step and "name" not in step]
    ran = [words for each in told for words in commands(each)]
    assert [words for words in ran if words not in documented] == []
    linters = [words for words in documented if words[0] in LINTERS]
    assert [words for words in linters if words not in ran] == []


LINTERS = [f".venv/bin/{name}" for name in ("ruff", "mypy", "lint-imports", "deptry", "hadolint")]


def test_every_version_of_python_that_is_promised_is_tested() -> None:
    prefix = "Programming Language :: Python :: "
    promised = [each.removeprefix(prefix) for each in PROJECT["classifiers"] if each.startswith(prefix)]
    assert CI["jobs"]["test"]["strategy"]["matrix"]["python"] == promised
    assert PROJECT["requires-python"] == f">={promised[0]}"
