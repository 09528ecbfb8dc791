"""Who is told of each finished call, for counting and timing."""

from __future__ import annotations

from typing import Protocol

_WORDS = frozenset({"upload", "collections", "references", "projects", "credits", "jobs"})


class Observer(Protocol):
    """Told of every exchange with Masko; it must neither wait nor raise."""

    def masko_called(self, call: str, outcome: str, seconds: float) -> None:
        """One exchange is over.

        Args:
            call: its kind, such as `GET /collections/:id`; one of a few.
            outcome: `ok`, another status such as `429`, the name of what kept an answer from coming,
                such as `ReadTimeout`, or `given up`.
            seconds: from asking for a connection to the end of the answer.
        """
        ...


def kind_of(method: str, path: str) -> str:
    """A call's kind, whatever ids its path holds.

    Args:
        method: the HTTP method.
        path: below the base URL, such as `/collections/col_1/references`.
    """
    pieces = [piece if piece in _WORDS else ":id" for piece in path.split("/") if piece]
    return f"{method} /{'/'.join(pieces)}"
