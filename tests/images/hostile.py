"""Hostile images, one after the other, as the bot would take them in.

    python -m tests.images.hostile            every file: some 400, half an hour's work at most
    python -m tests.images.hostile --strace   and what the decoding processes opened and connected to
    python -m tests.images.hostile --help

Exit code 0: none crashed or hung, memory stayed within limits, nothing was read or connected to that should
not be.  1: something did not hold, and it is named.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import resource
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bot.images import ImageRefused, pool
from bot.images.pool import prepare
from tests.images.hostile_files import EACH

HANG = 12.0
"""Seconds within which a file has to be taken or refused."""
MOST_MEMORY = 512
"""MB that a process may take for one file."""

_SYSTEM = ("/lib", "/usr/lib", "/etc/ld.so", "/etc/localtime", "/usr/share/zoneinfo", "/usr/share/locale")
_MACHINE = ("/dev/null", "/dev/urandom", "/proc/meminfo", "/sys/devices/system/cpu")


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    Attributes:
        what: "taken", the refusal's reason, or "crash: …".
        seconds: it took.
        memory: MB, the most that any decoding process had taken by then.
    """

    name: str
    what: str
    seconds: float
    memory: int


async def run(folder: Path, names: list[str], *, alone: bool = False) -> list[Outcome]:
    """Prepare every file of a folder; `alone`: each in a new decoder, so that its memory is known."""
    outcomes = []
    for name in names:
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            begun = time.monotonic()
            what = await _prepared(folder / name, Path(scratch))
            seconds = time.monotonic() - begun
        if alone:
            pool.close()
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        outcomes.append(Outcome(name, what, seconds, memory))
    return outcomes


async def _prepared(path: Path, scratch: Path) -> str:
    try:
        await prepare(path, name=path.name, folder=scratch)
    except ImageRefused as refusal:
        return refusal.reason
    except Exception as error:
        return f"crash: {error!r}"
    return "taken"


def faults(outcomes: list[Outcome], bot: int) -> list[str]:
    """What did not hold, in words; `bot` is the most memory of the bot's own process, in MB."""
    found = [f"{each.name}: {each.what}" for each in outcomes if each.what.startswith("crash")]
    found += [f"{each.name}: {each.seconds:.1f} s" for each in outcomes if each.seconds > HANG]
    over = next((each for each in outcomes if each.memory > MOST_MEMORY), None)
    if over is not None:
        found.append(f"{over.name}: {over.memory} MB in its process")
    if bot > MOST_MEMORY:
        found.append(f"{bot} MB in the bot's own process")
    return found


def report(outcomes: list[Outcome], bot: int) -> None:
    """Print figures."""
    for what, count in Counter(each.what.partition(":")[0] for each in outcomes).most_common():
        print(f"{count:5}  {what}")
    slowest = sorted(outcomes, key=lambda each: -each.seconds)[:5]
    print("slowest: " + ", ".join(f"{each.name} {each.seconds:.1f} s" for each in slowest))
    most = outcomes[-1].memory
    heaviest = next(each.name for each in outcomes if each.memory == most)
    print(f"peak memory: {most} MB in a decoding process ({heaviest}), {bot} MB in the bot's own")


# -- what the decoding processes opened ---------------------------------------------------------------


def traced(folder: Path, log: Path) -> list[str]:
    """Run every file of `folder` under strace.

    Returns:
        What decoding processes opened or connected to that is neither their own code nor their own file.
    """
    calls = "execve,clone,clone3,vfork,fork,socket,connect,bind,sendto,open,openat,openat2,creat,unlink"
    inner = [sys.executable, "-m", "tests.images.hostile", "--folder", str(folder)]
    strace = ["strace", "-f", "--seccomp-bpf", "-qq", "-s", "300", "-e", f"trace={calls}", "-o", str(log)]
    subprocess.run([*strace, *inner], check=False)
    return outside(log.read_text(errors="replace").splitlines(), folder.parent)


_EXECVE = re.compile(r'^(\d+) +execve\("[^"]*", \[(.*)\]')
_OPENED = re.compile(r'^(\d+) +(?:openat2?|open|creat|unlink)\((?:AT_FDCWD, )?"([^"]*)"')
_FORKED = re.compile(r"^(\d+) +(?:clone3?|v?fork)\(.*\) = (\d+)$")
_NETWORK = re.compile(r"^(\d+) +((?:socket|connect|bind|sendto)\(.*)")


def outside(lines: list[str], own: Path) -> list[str]:
    """The calls in strace's lines that decoding processes made outside their own code and `own`."""
    decoders: set[str] = set()
    decoding: set[str] = set()
    found = []
    for line in lines:
        if execve := _EXECVE.match(line):
            if pool.PROGRAM in execve[2]:
                decoders.add(execve[1])
        elif (forked := _FORKED.match(line)) and forked[1] in decoders | decoding:
            decoding.add(forked[2])
        elif (network := _NETWORK.match(line)) and network[1] in decoding:
            found.append(network[2])
        elif (opened := _OPENED.match(line)) and opened[1] in decoding and not _is_own(opened[2], own):
            found.append(opened[2])
    if not decoding:
        found.append("no decoding process was seen")
    return found


def _is_own(path: str, own: Path) -> bool:
    code = (sys.prefix, sys.base_prefix, sysconfig.get_path("stdlib"), str(Path(pool.__file__).parents[2]))
    return os.path.abspath(path).startswith((*code, str(own), *_SYSTEM, *_MACHINE))


# -- the command ----------------------------------------------------------------------------------------


def main() -> int:
    parser = argparse.ArgumentParser(description="Hostile images, as the bot would take them in.")
    parser.add_argument("--each", type=int, default=EACH, help="mutations of each format (%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="other numbers make other mutations")
    parser.add_argument("--only", default="", help="only files whose name begins so: mutated-png, svg-")
    parser.add_argument("--folder", type=Path, help="take the files that are there, and make none")
    parser.add_argument("--strace", action="store_true", help="trace files and network (Debian: strace)")
    options = parser.parse_args()
    if options.folder is not None:
        return _run_here(options.folder)
    with tempfile.TemporaryDirectory(prefix="masko-hostile-") as scratch:
        folder = Path(scratch, "files")
        folder.mkdir()
        # Made and run in processes of their own: the memory that making them takes does not count.
        _python("tests.images.hostile_files", folder, options.each, options.seed)
        for path in folder.iterdir():
            if not path.name.startswith(options.only):
                path.unlink()
        if options.strace:
            return _traced(folder, Path(scratch, "strace.log"))
        return _python("tests.images.hostile", "--folder", folder)


def _python(module: str, *arguments: object) -> int:
    command = [sys.executable, "-m", module, *map(str, arguments)]
    return subprocess.run(command, check=False).returncode


def _run_here(folder: Path) -> int:
    outcomes = asyncio.run(run(folder, sorted(each.name for each in folder.iterdir()), alone=True))
    bot = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{len(outcomes)} files")
    report(outcomes, bot)
    found = faults(outcomes, bot)
    for fault in found:
        print(f"FAULT {fault}")
    return 1 if found else 0


def _traced(folder: Path, log: Path) -> int:
    calls = Counter(traced(folder, log))
    print(f"{sum(calls.values())} files and connections outside a decoding process's own")
    for call, count in calls.most_common(20):
        print(f"FAULT {call} ({count} times)")
    return 1 if calls else 0


if __name__ == "__main__":
    sys.exit(main())
