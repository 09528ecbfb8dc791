"""Work that outlives the process: the queue's contract, and the queues of one machine and of many."""

from bot.jobs.lease import LeaseLost, permit
from bot.jobs.local import LocalQueue
from bot.jobs.locks import LocalLocks, Locks
from bot.jobs.quarantine import CRASHES, Quarantine
from bot.jobs.queue import Again, Handler, Job, Queue
from bot.jobs.retry import retry_later
from bot.jobs.where import queue_on

__all__ = [
    "CRASHES",
    "Again",
    "Handler",
    "Job",
    "LeaseLost",
    "LocalLocks",
    "LocalQueue",
    "Locks",
    "Quarantine",
    "Queue",
    "permit",
    "queue_on",
    "retry_later",
]
