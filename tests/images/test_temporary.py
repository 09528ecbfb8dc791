from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from bot.images.temporary import remove_leftovers, temporary_folder

HOLD = """
import sys, time
from bot.images.temporary import temporary_folder
with temporary_folder() as folder:
    (folder / "download").write_bytes(b"a file")
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The temporary folder, of this test's own."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_what_a_killed_process_leaves_is_removed_and_what_is_in_use_is_not(temporary: Path) -> None:
    others = temporary / "masko-slack-notes.txt"
    others.write_text("no folder")
    (temporary / "somebody-elses").mkdir()
    (temporary / "masko-slack-link").symlink_to(temporary / "somebody-elses")
    with (
        temporary_folder() as mine,
        subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True) as process,
    ):
        assert process.stdout is not None
        left = Path(process.stdout.readline().strip())
        remove_leftovers()
        assert mine.exists()
        assert (left / "download").exists()  # its process is alive
        process.send_signal(signal.SIGKILL)
        process.wait()
        remove_leftovers()
        assert mine.exists()
        assert not left.exists()
    assert not mine.exists()
    assert others.exists()
    assert (temporary / "somebody-elses").exists()
