"""From process start to ready: `masko-slack sandbox` until it prints the page's address, bot connected.

    python -m tests.bench.start [RUNS]

Every run is a fresh process with a fresh database. The first one warms the disk's cache and does not count.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from statistics import median


async def once(folder: str) -> float:
    """Seconds until the address is printed, which is when the bot's socket is open.

    Raises:
        RuntimeError: it ended without saying so.
    """
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "sandbox", "--port", "0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "TMPDIR": folder},
    )
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            if b"http://" in line:
                return time.perf_counter() - began
        raise RuntimeError("the sandbox ended before it was open")
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def several(runs: int) -> list[float]:
    with tempfile.TemporaryDirectory() as folder:
        await once(folder)
        return [await once(folder) for _ in range(runs)]


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    measured = asyncio.run(several(runs))
    print(f"start to ready, median of {runs}: {median(measured):.2f} s (best {min(measured):.2f} s)")


if __name__ == "__main__":
    main()
