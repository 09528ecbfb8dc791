"""A short form of `python -m tests.images.hostile`: what is not costly, and some of each format."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.images import pool
from tests.images.hostile import HANG, MOST_MEMORY, Outcome, faults, outside, run
from tests.images.hostile_files import HostileFile, all_files
from tests.images.samples import RASTER

pytestmark = pytest.mark.slow

FILES = [each for each in all_files(each=2) if not each.costly]
SHARES = 12
COSTLY = {"crafted-bmp-row", "crafted-tiff-strips", "svg-uses"}


@pytest.mark.parametrize("share", range(SHARES))
def test_no_file_crashes_or_hangs(tmp_path: Path, share: int) -> None:
    _check(tmp_path, FILES[share::SHARES])


@pytest.mark.parametrize("name", sorted(COSTLY))
def test_a_file_made_to_cost_minutes_and_gigabytes_costs_neither(tmp_path: Path, name: str) -> None:
    _check(tmp_path, [each for each in all_files(each=0) if each.name == name])


def _check(tmp_path: Path, files: list[HostileFile]) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for file in files:
        (folder / file.name).write_bytes(file.make())
    outcomes = asyncio.run(run(folder, [file.name for file in files]))
    # The peak is that of every process that pytest has waited for, and includes pytest's own at their start.
    assert faults([Outcome(each.name, each.what, each.seconds, 0) for each in outcomes], 0) == []
    assert len(outcomes) == len(files)


def test_there_are_files_of_every_format_and_more_than_300() -> None:
    names = [each.name for each in all_files()]
    assert len(set(names)) == len(names) > 300
    for image_format in RASTER:
        assert any(image_format.lower() in name for name in names)
    assert sum(name.startswith("svg-") for name in names) > 50


@pytest.mark.parametrize(
    ("outcome", "fault"),
    [
        (Outcome("a", "crash: OSError()", 0, 0), "a: crash: OSError()"),
        (Outcome("a", "taken", HANG + 1, 0), "a: 13.0 s"),
        (Outcome("a", "taken", 0, MOST_MEMORY + 1), "a: 513 MB in its process"),
    ],
)
def test_what_does_not_hold_is_named(outcome: Outcome, fault: str) -> None:
    assert faults([Outcome("good", "taken", 0, 0), outcome], 0) == [fault]


@pytest.mark.parametrize(
    ("call", "found"),
    [
        ('openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3', ["/etc/passwd"]),
        ('openat(AT_FDCWD, "/tmp/own/files/a", O_RDONLY) = 3', []),
        ('openat(AT_FDCWD, "/lib/libc.so", O_RDONLY) = 3', []),
        ("socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3", ["socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) = 3"]),
    ],
)
def test_what_a_decoding_process_opens_is_told_from_its_own(call: str, found: list[str]) -> None:
    begun = f'6 execve("/bin/python", ["python", "-SPc", "{pool.PROGRAM}"], 0x1) = 0'
    forked = "6 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD, child_tidptr=0x7f) = 7"
    others = '8 openat(AT_FDCWD, "/root/x", O_RDONLY) = 3'
    assert outside([begun, forked, f"7 {call}", others], Path("/tmp/own")) == found
