"""Runs of jobs, counted by how they end."""

from __future__ import annotations

from dataclasses import replace

from bot.jobs import CRASHES, Again, Handler, Job
from bot.telemetry.metrics import Metrics


def counted(kind: str, worker: Handler, metrics: Metrics) -> Handler:
    """`worker`, with its runs counted: `done`, `retried` (in vain), `waited` (for a turn), `failed`
    (unexpectedly), `given_up`, `handed_back`."""

    async def run(job: Job) -> None:
        outcome = "handed_back"  # cancelled, or not this worker's any more
        try:
            await worker.run(job)
            outcome = "done"
        except Again as again:
            outcome = "retried" if again.failed else "waited"
            raise
        except Exception:
            outcome = "failed"
            raise
        finally:
            metrics.job_ran(kind, outcome)

    async def gave_up(job: Job) -> None:
        metrics.job_ran(kind, "given_up")
        if job.unended >= CRASHES:
            metrics.gave_up_after_crashes(kind)
        await worker.gave_up(job)

    return replace(worker, run=run, gave_up=gave_up)
