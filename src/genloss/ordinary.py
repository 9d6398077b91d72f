"""Does a file end? Devices, pipes and files of the kernel may not, and are refused before they are opened."""

from __future__ import annotations

import stat
from pathlib import Path

from genloss.errors import Problem

LARGEST_TEXT = 100_000_000
"""Bytes of a file that is read whole as text: a study, rules, code, a result."""

_KERNEL = ("/proc", "/sys")
_MEND = "copy what it gives into a file, and give that"


def ordinary(path: Path, where: str | None = None) -> Path:
    """Return the path of a file that can be read to its end, or of a folder, or of nothing; refuse all else.

    where: names the place in the problem; None: the path. What is missing or barred is for the one who opens it to say.

    >>> ordinary(Path("/dev/zero"))
    Traceback (most recent call last):
        ...
    genloss.errors.Problem: /dev/zero: is a device, not a file that ends
      mend: copy what it gives into a file, and give that
    """
    try:
        found = path.stat()
    except (OSError, ValueError):
        return path
    kind = _special(found.st_mode) or ("a file of the kernel" if found.st_dev in _kernel_devices() else "")
    if kind and not stat.S_ISDIR(found.st_mode):
        place = str(path) if where is None else where
        raise Problem(place, f"{'' if where is None else f'{path} '}is {kind}, not a file that ends", _MEND)
    return path


def content(path: Path, where: str | None = None, largest: int = LARGEST_TEXT) -> bytes:
    """Return the bytes of an ordinary file; one too large to be what is meant is refused unread."""
    size = ordinary(path, where).stat().st_size
    if size > largest:
        found = f"{size:,} bytes, where at most {largest:,} are read"
        raise Problem(str(path) if where is None else where, found, "give the file that is meant")
    return path.read_bytes()


def _special(mode: int) -> str:
    kinds = {
        "a device": stat.S_ISCHR(mode) or stat.S_ISBLK(mode),
        "a pipe": stat.S_ISFIFO(mode),
        "a socket": stat.S_ISSOCK(mode),
    }
    return next((kind for kind, so in kinds.items() if so), "")


def _kernel_devices() -> set[int]:
    """Return the devices of the file systems that the kernel makes up; a link through them to a real file is not."""
    return {place.stat().st_dev for each in _KERNEL if (place := Path(each)).is_mount()}
