"""Folders for the files under way; what a killed process leaves is removed by the next one."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

log = logging.getLogger(__name__)

PREFIX: Final = "masko-slack-"


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder of one's own within the block."""
    folder, lock = _locked()
    try:
        yield folder
    finally:
        os.close(lock)
        shutil.rmtree(folder, ignore_errors=True)


def _locked() -> tuple[Path, int]:
    """A new folder and its lock; another process's `remove_leftovers` may remove one before it is locked."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        with suppress(FileNotFoundError):
            lock = os.open(folder, os.O_RDONLY)
            fcntl.flock(lock, fcntl.LOCK_SH)
            if folder.exists():
                return folder, lock
            os.close(lock)


def remove_leftovers() -> None:
    """Remove the folders of processes that are gone; those of living ones stay, whosever they are."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        except OSError:  # not a folder, not ours, or gone meanwhile
            continue
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
            log.info("removed what a process that is gone has left: %s", folder.name)
        except BlockingIOError:
            continue
        finally:
            os.close(held)
