"""Single fields of an answer, read so that nothing in them can surprise later."""

from __future__ import annotations

from datetime import UTC, datetime

_LARGEST = 1 << 63


def text(value: object) -> str | None:
    """Non-empty text that every store and every JSON encoder can carry; None for anything else."""
    if not isinstance(value, str):
        return None
    return value.encode("utf-8", "replace").decode("utf-8").replace("\x00", "").strip() or None


def number(value: object) -> int | float | None:
    """A finite number, also one written as text; None for anything else."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not abs(value) < _LARGEST:  # also sorts out NaN
        return None
    return int(value) if value == int(value) else value


def identifier(value: object) -> str | None:
    """An id is opaque text; a number is taken for one too."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < _LARGEST else None
    return text(value)


def count(value: object) -> int | None:
    """A whole number from 0; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def moment(value: object) -> datetime | None:
    """An ISO 8601 time; one without a zone is UTC."""
    try:
        told = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return told.replace(tzinfo=UTC) if told and told.tzinfo is None else told
