"""Where people are: time zones by their names in the IANA database."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

TIME_ZONE = "Europe/Lisbon"
"""Of people of whom nothing else is said."""


def known(name: str) -> bool:
    """Whether this machine knows such a time zone."""
    return _offset(name) is not None


def offset_now(name: str) -> int:
    """Seconds that the clocks there are ahead of UTC now; 0 where this machine does not know."""
    return _offset(name) or 0


def _offset(name: str) -> int | None:
    try:
        offset = datetime.now(ZoneInfo(name)).utcoffset()
    except (LookupError, ValueError, OSError):  # unknown; no name at all; a folder of zones
        return None
    return int(offset.total_seconds()) if offset is not None else 0
