"""The sample mascots that come with the package."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from bot.sandbox.slack.files import NewFile
from bot.sandbox.slack.filetypes import type_of


class Samples:
    """Reads `samples.json` and the files beside it.

    The index is a list of {name, title, file, note, breaks_best_practice}.
    """

    def __init__(self) -> None:
        self._folder = resources.files("bot.sandbox") / "samples"

    def listed(self) -> list[dict[str, Any]]:
        """Every sample, with the URL of its picture; none where the package holds none."""
        index = self._folder / "samples.json"
        if not index.is_file():
            return []
        samples: list[dict[str, Any]] = json.loads(index.read_text(encoding="utf-8"))
        return [sample | {"url": f"/_control/sample/{sample['file']}"} for sample in samples]

    def file(self, name: str) -> NewFile:
        """The picture of a sample, ready to be posted.

        Raises:
            LookupError: there is no sample of this name.
        """
        for sample in self.listed():
            if name in (sample["name"], sample["file"]):  # by its file name, it is a link to a picture
                content = (self._folder / sample["file"]).read_bytes()
                return NewFile(sample["file"].rpartition("/")[2], content)
        raise LookupError(f"no sample is called {name!r}")

    @staticmethod
    def mimetype(new: NewFile) -> str:
        """The media type of a sample's picture."""
        return type_of(new.name, new.content).mimetype
