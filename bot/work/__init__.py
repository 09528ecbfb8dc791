"""Work that outlives the process: the queue's contract, and the queues of one machine and of many."""

from bot.work.lease import LeaseLost, permit
from bot.work.local import LocalQueue
from bot.work.locks import LocalLocks, Locks
from bot.work.quarantine import CRASHES, Quarantine
from bot.work.queue import Again, Job, Queue, Worker, backoff, pause_after
from bot.work.where import queue_on

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
