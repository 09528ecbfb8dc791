"""Files of a test's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.images.pool import PreparedImage, prepare
from tests.images.samples import Write


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_bytes(data: bytes) -> Path:
        path = tmp_path / "download"
        path.write_bytes(data)
        return path

    return write_bytes


class Preparing:
    """`prepare` on bytes, with a folder for what it writes."""

    def __init__(self, write: Write, folder: Path) -> None:
        self._write = write
        self.folder = folder

    async def __call__(self, data: bytes, name: str = "hero.bin") -> PreparedImage:
        return await prepare(self._write(data), name=name, folder=self.folder)


@pytest.fixture
def preparing(write: Write, tmp_path: Path) -> Preparing:
    folder = tmp_path / "converted"
    folder.mkdir()
    return Preparing(write, folder)
