"""Small pieces of sentences."""

from __future__ import annotations

from collections.abc import Iterable


def listed(words: Iterable[str], *, most: int = 4) -> str:
    """`a`, `a and b`, `a, b and c`, and past `most`: `a, b, c and 3 more`."""
    given = list(words)
    if len(given) > most:
        given = [*given[: most - 1], f"{len(given) - most + 1} more"]
    return " and ".join([", ".join(given[:-1]), given[-1]] if len(given) > 1 else given)


def short(text: str, most: int = 80) -> str:
    """What somebody typed, cut so that a sentence can hold it."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def about(seconds: float) -> str:
    """`about 40 s`, `about 3 minutes`."""
    if seconds < 100:
        return f"about {max(1, round(seconds / 5) * 5 if seconds > 10 else round(seconds))} s"
    return f"about {round(seconds / 60)} minutes"
