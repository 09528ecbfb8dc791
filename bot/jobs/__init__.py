"""Work that outlives the process: the queue's contract, and the queues of one machine and of many."""

from bot.jobs.lease import LeaseLost, permit
from bot.jobs.local import LocalQueue
from bot.jobs.locks import LocalLocks, Locks
from bot.jobs.quarantine import CRASHES, Quarantine
from bot.jobs.queue import Again, Job, Queue, Worker, backoff, pause_after
from bot.jobs.where import queue_on

__all__ = [
    "CRASHES",
    "Again",
    "Job",
    "LeaseLost",
    "LocalLocks",
    "LocalQueue",
    "Locks",
    "Quarantine",
    "Queue",
    "Worker",
    "backoff",
    "pause_after",
    "permit",
    "queue_on",
]
