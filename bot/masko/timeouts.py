"""How long each kind of call may take.  All in seconds; none is documented by Masko."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

import httpx


class Purpose(Enum):
    """Kinds of calls that differ in how long a healthy server may take."""

    PLAIN = auto()
    """Reads and small changes."""
    UPLOAD = auto()
    """A file on its way up, or Masko fetching one from a link."""
    CREATE = auto()
    """A new mascot: the vision analysis may run before the answer comes."""
    JOB = auto()
    """`GET /jobs/:id?wait=true`, which the server holds open until the job is done."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits per purpose: on silence (`…_read`, `…_write`), and on a call with all its retries (`…_total`).

    Attributes:
        connect: TCP and TLS, and waiting for a free connection of the pool.
        write: between two pieces of a small request.
        upload_write: between two pieces of a file.
        read, upload_read, create_read, job_read: silence while an answer is due.
        total, upload_total, create_total: one call, its retries and the waits between them.
        job_total: from the first question about a job to its end.
    """

    connect: float = 5.0
    write: float = 10.0
    upload_write: float = 30.0
    read: float = 20.0
    upload_read: float = 60.0
    create_read: float = 90.0
    job_read: float = 65.0
    total: float = 45.0
    upload_total: float = 180.0
    create_total: float = 150.0
    job_total: float = 150.0

    def silence(self, purpose: Purpose) -> httpx.Timeout:
        """The limits within one exchange."""
        read = {
            Purpose.PLAIN: self.read,
            Purpose.UPLOAD: self.upload_read,
            Purpose.CREATE: self.create_read,
            Purpose.JOB: self.job_read,
        }[purpose]
        write = self.upload_write if purpose is Purpose.UPLOAD else self.write
        return httpx.Timeout(connect=self.connect, pool=self.connect, read=read, write=write)

    @property
    def settling(self) -> float:
        """Seconds for which a request may still take effect when nobody waits for its answer any more.

        A Choice: a server, or a proxy on the way, may go on with what was asked, but hardly for longer.
        """
        return 1.5 * self.read

    def whole(self, purpose: Purpose) -> float:
        """The limit on a call with all its retries."""
        return {
            Purpose.PLAIN: self.total,
            Purpose.UPLOAD: self.upload_total,
            Purpose.CREATE: self.create_total,
            Purpose.JOB: self.job_total,
        }[purpose]
