"""Is there room for what a request needs, in memory and on the disk? Asked before any work is spent."""

from __future__ import annotations

import os
import shutil
from functools import cache
from pathlib import Path

from genloss.errors import Problem

SHARE = 0.75
"""Of the memory of this machine, and of the free space of a folder, that may be asked for."""
UNKNOWN = 8e9
"""Bytes of memory where a system does not say how much it has."""


@cache
def memory() -> float:
    """Return the bytes of memory of this machine, of the container that it is seen from, or that a process may have
    (`ulimit -v`), whichever is least; read once.
    """
    return min(_of_machine(), _of_process(), *(_of_container(Path(place)) for place in _CONTAINERS))


_CONTAINERS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def _of_machine() -> float:
    try:
        return float(os.sysconf("SC_PHYS_PAGES")) * float(os.sysconf("SC_PAGE_SIZE"))
    except (AttributeError, ValueError, OSError):  # a system that has no such call or no such name
        return UNKNOWN


def _of_process() -> float:
    try:
        import resource
    except ImportError:  # a system without limits
        return float("inf")
    most = resource.getrlimit(resource.RLIMIT_AS)[0]
    return float("inf") if most == resource.RLIM_INFINITY else float(most)


def _of_container(limit: Path) -> float:
    try:
        return float(limit.read_text(encoding="ascii"))
    except (OSError, ValueError):  # no such file, or "max"
        return float("inf")


def _bytes(size: float) -> str:
    """Write a size in GB, or smaller ones in MB and kB.

    >>> _bytes(2.34e9), _bytes(60e3), _bytes(1.2e6)
    ('2.3 GB', '60.0 kB', '1.2 MB')
    """
    unit, name = (1e9, "GB") if size >= 5e7 else (1e6, "MB") if size >= 1e6 else (1e3, "kB")
    return f"{size / unit:,.1f} {name}"


class NoRoom(Problem):
    """What is asked for would take more than three quarters of the memory of this machine."""


def refuse_memory(where: str, size: float, what: str, mend: str, workers: int = 1) -> None:
    """Refuse what would take more than three quarters of the memory of this machine.

    size: bytes of all workers together. workers: that hold a share of it each; where one alone has room, it is said.
    """
    most = SHARE * memory()
    if size > most:
        found = f"{what} would take {_bytes(size)} at once, and this machine has {_bytes(memory())}"
        found += f", of which genloss takes three quarters at most ({_bytes(most)})"
        fewer = ", or use fewer workers" if workers > 1 and size / workers <= most else ""
        raise NoRoom(where, found, mend + fewer if fewer else mend)


def refuse_disk(folder: Path, size: float, what: str, mend: str) -> None:
    """Refuse files that would fill the disk of a folder, which need not be there yet. size: bytes."""
    place = next((each for each in (folder, *folder.absolute().parents) if each.is_dir()), Path())
    free = shutil.disk_usage(place).free
    if size > SHARE * free:
        found = f"{what} would take {_bytes(size)}, and {_bytes(free)} are free there"
        raise Problem(str(folder), found, mend)
