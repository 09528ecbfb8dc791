"""The program that decodes one file in a process of its own, under limits of time and memory.

    python child.py FORMAT SOURCE TARGET

It measures SOURCE, writes the file to upload to TARGET where that is another one, and prints what it found,
or why it refuses, as JSON.  It knows no secret: `bot.images.isolation` makes its environment and waits for
it.  Exit code 0: it printed an answer.  A signal: it ran out of time, memory or stack.  Anything else is
trouble of ours, with a traceback on stderr.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bot.images.limits import limit


def main(image_format: str, source: Path, target: Path) -> None:
    limit()
    from bot.images.formats import ImageFormat
    from bot.images.processing import process

    with target.open("wb") as file:
        answer = process(source.read_bytes(), ImageFormat(image_format), target=file, folder=target.parent)
    print(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
