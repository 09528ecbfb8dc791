from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import pytest

from bot.images.temporary import remove_leftovers


def test_what_a_killed_process_left_is_removed_and_what_may_be_in_use_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left, in_use, others = (
        tmp_path / f"{name}" for name in ("masko-slack-images-1", "masko-slack-images-2", "x")
    )
    long_ago = time.time() - 7200
    for folder in (left, in_use, others):
        folder.mkdir()
        (folder / "download").write_bytes(b"a file")
    link = tmp_path / "masko-slack-images-link"
    link.symlink_to(others)
    for folder in (left, others):
        os.utime(folder, (long_ago, long_ago))
    os.utime(link, (long_ago, long_ago), follow_symlinks=False)
    remove_leftovers()
    assert not left.exists()
    assert (in_use / "download").exists()
    assert (others / "download").exists()
