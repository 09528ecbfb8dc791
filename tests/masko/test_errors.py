"""What errors tell people and logs."""

from __future__ import annotations

import pytest

from bot.errors import BotError
from bot.masko import errors
from bot.masko.errors import MaskoBadRequest, MaskoError, MaskoRateLimited

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, MaskoError)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_has_whole_sentences_for_people(kind: type[MaskoError]) -> None:
    error = kind("raw: details", request="GET /x", status=400, code="some_code", request_id="req_7")
    assert isinstance(error, BotError)
    assert error.words[0].isupper()
    assert error.words[-1] in ".”"
    assert not {"GET /x", "some_code", "req_7", kind.__name__} & set(error.words.split())
    for fact in ("raw: details", "GET /x", kind.__name__, "400", "some_code", "req_7"):
        assert fact in str(error)


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = {word for word in (errors.__doc__ or "").split() if word.startswith(("Masko", "Insufficient"))}
    assert {kind.__name__ for kind in KINDS} <= drawn


def test_a_quote_is_marked_as_the_servers() -> None:
    assert MaskoBadRequest("Six at most").words == "Masko didn't accept this. It says: “Six at most”"
    assert MaskoBadRequest().words == "Masko didn't accept this."


@pytest.mark.parametrize(
    ("retry_after", "when"),
    [
        (None, "shortly"),
        (0.2, "in about 1 s"),
        (40, "in about 40 s"),
        (120, "in about 2 minutes"),
        (3600, "in about 60 minutes"),
    ],
)
def test_waits_as_people_say_them(retry_after: float | None, when: str) -> None:
    assert MaskoRateLimited(retry_after=retry_after).words.endswith(f"There is room again {when}.")
