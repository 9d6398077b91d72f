"""How does a file reach the disk whole or not at all?"""

from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

from genloss.errors import Problem


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a temporary file beside `path`, then rename: a reader never sees half a file."""
    data = content.encode() if isinstance(content, str) else content
    half = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with half.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            half.replace(path)
        except BaseException:
            half.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Problem(str(path), f"cannot be written: {error.strerror}", "choose another place, or free it") from error


def checked_folder(path: Path) -> Path:
    """Return `path` if it is a folder or can become one, before any work is spent."""
    if len(os.fsencode(path.name)) > 200 or "\0" in str(path):
        raise Problem(f"{str(path)[:60]!r}...", "is no name for a file or folder", "choose a shorter, plain name")
    for place in (path, *path.parents):
        if place.is_dir():
            if not os.access(place, os.W_OK):
                raise Problem(str(path), f"{place} cannot be written to", "choose another folder")
            return path
        if place.exists():
            raise Problem(str(path), f"{place} is a file, not a folder", "choose another folder with --out")
    return path


def sweep(folder: Path) -> None:
    """Remove files that writers which no longer run have left half-written in a folder."""
    for half in folder.glob(".*.part"):
        writer = half.name.removesuffix(".part").rsplit(".", 1)[-1].split("-")[0]
        if writer.isdecimal() and not _runs(int(writer)):
            with contextlib.suppress(OSError):
                half.unlink()


def _runs(process: int) -> bool:
    """Whether a process of this machine runs; where that cannot be asked, a file in use cannot be removed."""
    if process == os.getpid():
        return True
    if os.name != "posix":
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
