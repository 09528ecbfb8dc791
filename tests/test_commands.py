from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import (
    USAGE,
    Add,
    Command,
    Export,
    ForgetMe,
    Help,
    ListMascots,
    Menu,
    New,
    NoticeMe,
    Rename,
    Settings,
    Show,
    Status,
    Unfinished,
    Use,
    read_command,
)

FOX, BEAR = "https://example.com/fox.png", "http://example.com/bear.png?a=1&b=2"


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("", Menu()),
        ("   ", Menu()),
        ("help", Help()),
        ("HELP me", Help()),
        ("list", ListMascots()),
        ("list red fox", ListMascots("red fox")),
        ("show Felix the Fox", Show("Felix the Fox")),
        ('show "Felix"', Show("Felix")),
        ("show “Felix”", Show("Felix")),
        ("show &lt;b&gt; &amp; co", Show("<b> & co")),
        ("show &amp;lt;", Show("&lt;")),
        ("show", Unfinished("show")),
        (f"new {FOX}", New((FOX,))),
        (f"new {FOX} {BEAR.replace('&', '&amp;')}", New((FOX, BEAR))),
        (f"new &lt;{FOX}|fox&gt;", New((FOX,))),
        (f"new {FOX}, {FOX}", New((FOX,))),
        (f"new {FOX} name Felix the Fox", New((FOX,), "Felix the Fox")),
        (f"new {FOX} Felix", Unfinished("new")),
        (f"new {FOX} name", Unfinished("new")),
        ("new", Unfinished("new")),
        ("new fox.png", Unfinished("new")),
        ("new ftp://example.com/fox.png", Unfinished("new")),
        (f"add {FOX} to Felix", Add((FOX,), "Felix")),
        (f"add {FOX} {BEAR} to Back to Basics", Add((FOX, BEAR), "Back to Basics")),
        (f"add {FOX}", Unfinished("add")),
        ("add to Felix", Unfinished("add")),
        ("use Felix", Use("Felix")),
        ("use None", Use(None)),
        ('use "none"', Use("none")),
        ("use", Unfinished("use")),
        ("rename Felix to Rex", Rename((("Felix", "Rex"),))),
        ("rename Felix to", Unfinished("rename")),
        ("rename Felix", Unfinished("rename")),
        ("rename A to B to C", Rename((("A", "B to C"), ("A to B", "C")))),
        ('rename "A to B" to C', Rename((("A to B", "C"),))),
        ("rename O'Neil to Rex", Rename((("O'Neil", "Rex"),))),
        ("settings", Settings()),
        ("Status", Status()),
        ("forget me", ForgetMe()),
        ("Forget ME", ForgetMe()),
        ("forget Felix", Unfinished("forget")),
        ("ignore me", NoticeMe(False)),
        ("notice me", NoticeMe(True)),
        ("notice", Unfinished("notice")),
        ("export", Export()),
        ("lsit", Help("lsit", "list")),
        ("xyzzy", Help("xyzzy", None)),
    ],
)
def test_what_is_asked_for(text: str, command: Command) -> None:
    assert read_command(text) == command


@pytest.mark.parametrize("command", USAGE)
def test_every_example_is_understood(command: str) -> None:
    _, example, _ = USAGE[command]
    read = read_command(example)
    assert not isinstance(read, Unfinished)
    assert read == Help() if command == "help" else not isinstance(read, Help)


@given(st.text())
def test_nothing_that_is_typed_breaks_it(text: str) -> None:
    assert read_command(text) is not None
