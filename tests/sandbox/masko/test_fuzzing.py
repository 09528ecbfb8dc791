"""Nothing that Schemathesis comes upon breaks the local Masko, or gets an answer that is not declared."""

from __future__ import annotations

import pytest

from bot.sandbox.masko.records import Envelope
from tests.sandbox.masko.fuzzing import fuzzed

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("envelope", ["current", "older"])
async def test_no_500_and_nothing_undeclared(envelope: Envelope) -> None:
    found = await fuzzed(envelope, examples=12, seed=1)
    assert found.well, found.report
    assert {200, 201, 400, 401, 404} <= found.statuses, found.report
    assert not any(status >= 500 for status in found.statuses)
