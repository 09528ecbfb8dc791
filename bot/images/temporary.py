"""Folders for the files under way; what killed processes leave is removed at the next start."""

from __future__ import annotations

import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

_PREFIX: Final = "masko-slack-images-"
_LEFT_FOR: Final = 3600.0  # seconds after which nobody can be at work in a folder any more


def temporary_folder() -> tempfile.TemporaryDirectory[str]:
    """Return a folder of one's own, to be used as a context manager."""
    return tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True)


def remove_leftovers() -> None:
    """Remove folders that killed processes have left."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(FileNotFoundError):  # another process that starts removes it, too
            if folder.lstat().st_mtime < time.time() - _LEFT_FOR:
                shutil.rmtree(folder, ignore_errors=True)  # a link stays, and what is another user's
