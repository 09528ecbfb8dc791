"""The crash test in short; `python -m tests.crash --help` tells of the full form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.crash.dangers import ACKNOWLEDGE
from tests.crash.steps import Step
from tests.crash.trial import Trial

pytestmark = pytest.mark.slow

# In an order that kills after a creation and after a reference: before one the bot waits until it is sure
# that what it asked for has not happened, which takes longer than a short form may.
AIMS = (Step.DOWNLOAD, Step.UPLOAD, Step.CREATE, ACKNOWLEDGE, Step.REPLY, Step.REFERENCE)
ON_SQLITE = Trial("sqlite", posts=10, kills=6, pause=(0.1, 0.5), aims=AIMS, standstill=60.0)
ON_POSTGRESQL = Trial("postgresql", posts=8, kills=3, workers=2, pause=(0.1, 0.5), aims=AIMS, standstill=60.0)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("trial", [ON_SQLITE, ON_POSTGRESQL], ids=lambda trial: str(trial.database))
async def test_killed_at_every_step_the_bot_loses_and_doubles_nothing(trial: Trial, tmp_path: Path) -> None:
    report = await trial.run(tmp_path)
    assert report.good, report.as_text()
    assert report.toll.kills.total() == trial.kills
    assert not report.ended_by_themselves, report.as_text()
