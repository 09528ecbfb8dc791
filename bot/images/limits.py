"""What a process that decodes one file may take: time, memory, files."""

from __future__ import annotations

import resource
import sys
from typing import Final

SECONDS: Final = 10  # of processor time, and by the clock
MEMORY: Final = 470 << 20  # bytes of its own; with its libraries, which processes share, under 512 MB
_ADDRESS_SPACE: Final = 1 << 30


def limit() -> None:
    """Give this process no more than `MEMORY` and `SECONDS`."""
    _lower(resource.RLIMIT_CPU, SECONDS)
    _lower(resource.RLIMIT_CORE, 0)
    if sys.platform != "darwin":  # macOS refuses to limit memory
        _lower(resource.RLIMIT_DATA, MEMORY)
        _lower(resource.RLIMIT_AS, _ADDRESS_SPACE)


def forbid_files() -> None:
    """From here on this process can open no file and no socket."""
    _lower(resource.RLIMIT_NOFILE, 0)


def _lower(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard == resource.RLIM_INFINITY or value < hard:
        resource.setrlimit(kind, (value, value))
