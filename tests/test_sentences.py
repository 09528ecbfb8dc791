"""That the bot's words are found, and are words that people use."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys

import pytest

from tests.sentences import ROOT, sentences

FOUND = list(sentences())

BANNED = re.compile(
    r"\b(?:whither|whence|thereof|henceforth|is to become of|lest|shall|upon)\b|(?<!one )\bof them\.$",
    re.IGNORECASE,
)
"""What a colleague would not write."""


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("bot/cards/view.py", "A mascot needs a prompt."),
        ("bot/privacy.py", "Only admins of this workspace can export a channel's record."),
        ("bot/images/pool.py", "Post it again from the original."),
        ("bot/settings.py", "should begin with {…}"),
        ("bot/slack/blocks.py", "Undo"),
    ],
)
def test_what_people_read_is_found(file: str, sentence: str) -> None:
    assert any(each.place.startswith(f"{file}:") and each.sentence == sentence for each in FOUND)


def test_what_nobody_reads_is_not() -> None:
    found = {each.sentence for each in FOUND}
    assert not {"Authorization", "PRAGMA journal_mode=WAL", "no such choice", "caught again"} & found
    docstrings = (
        ast.get_docstring(ast.parse((ROOT / each.place.partition(":")[0]).read_text())) for each in FOUND
    )
    assert not found & set(docstrings)


def test_no_sentence_is_in_the_words_of_another_time() -> None:
    assert [each for each in FOUND if BANNED.search(each.sentence)] == []


def test_they_are_printed_as_json() -> None:
    command = [sys.executable, "-m", "tests.sentences", "--json"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [(each["place"], each["sentence"]) for each in json.loads(printed)] == [
        (each.place, each.sentence) for each in FOUND
    ]
