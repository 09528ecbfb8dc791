"""Who may read a SQLite database on its machine: whoever runs the program, and nobody else.

It holds names, prompts and what people wrote.  SQLite gives the files beside it (`-wal`, `-shm`) the mode of
the database itself (sqlite.org: WAL-mode file format).
"""

from __future__ import annotations

import logging
import stat
from pathlib import Path

OWN_FOLDER = ".masko"
"""The folder of the default `DATABASE_URL`, which holds nothing else; any other may be shared."""

log = logging.getLogger(__name__)


def make_private(path: Path) -> None:
    """Make a database's file and folder where there is none, and close both to other people of the machine.

    What cannot be closed, being somebody else's, is logged and used.

    Raises:
        OSError: it cannot be made.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    for each in open_to_others(path):
        try:
            each.chmod(0o700 if each.is_dir() else 0o600)
        except OSError as error:
            log.warning("%s can be read by other people of this machine: %s", each, error.strerror)


def open_to_others(path: Path) -> list[Path]:
    """What of a database other people of its machine may read or write."""
    files = [path.with_name(path.name + ending) for ending in ("", "-wal", "-shm", "-journal", ".lock")]
    folder = [path.parent] if path.parent.name == OWN_FOLDER else []
    return [each for each in (*folder, *files) if each.exists() and _mode(each) & 0o077]


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
