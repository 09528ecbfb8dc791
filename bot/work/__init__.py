"""Work that outlives the process: the queue's contract and the queue of one machine."""

from bot.work.local import LocalQueue
from bot.work.locks import Locks
from bot.work.queue import Again, Job, Queue, Worker, backoff

__all__ = ["Again", "Job", "LocalQueue", "Locks", "Queue", "Worker", "backoff"]
