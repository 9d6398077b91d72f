"""How does a file reach the disk whole or not at all? With `folder_files`, all of genloss that writes and removes.

Every file is written beside its place, synced, and put there in one step, so that a reader never sees half of it. A
symbolic link stays, and what it points to gets the content. What is there and is no regular file is refused.
"""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import re
import secrets
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from genloss.errors import Problem, shown

Guard = Callable[[Path, bytes], None]
"""Given the file that is there and what shall stand there; raises a `Problem` where that must not be."""

_HALF = re.compile(r"\.genloss-(?P<host>[0-9a-f]{8})-(?P<process>\d+)-[0-9a-f]{8}\.part")
_ABANDONED = 3600.0  # seconds; no file takes so long to write
_MOST_LINKS = 40
_FREE = "choose another place, or make room there; then do the same again: what is finished is kept"
_SPECIAL = ("/dev", "/dev/fd", "/proc")
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")  # a letter alone is a disk of Windows
_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISSOCK, "a socket"),
)


class NotWritten(Problem):
    """A place does not take a file. It ends what is at work, whosever model was at work: none of it is at fault."""


def write_atomically(path: Path, content: str | bytes, *, guard: Guard | None = None) -> None:
    """Write a file whole or not at all. guard: asked about a file that is there, before it is replaced.

    Half-written files that killed writers left in the folder are removed. Errors: `Problem`, with nothing left behind.
    """
    data = content.encode() if isinstance(content, str) else content
    with whole_or_nothing(path, _FREE) as ready:
        target = checked_file(path)
        ready(target.parent)
        _put(target, data, guard)


@contextlib.contextmanager
def whole_or_nothing(path: Path, mend: str) -> Iterator[Callable[[Path], None]]:
    """Frame a write: folders that were made for it go where it fails. Hands out what makes a folder and sweeps it.

    Errors: `Problem` as it was raised; `NotWritten` of `path`, with what would mend it, for what the disk refuses.
    """
    made: list[Path] = []

    def ready(folder: Path) -> None:
        made.extend(made_folders(folder))
        sweep(folder)

    try:
        yield ready
    except Problem:
        unmake(made)
        raise
    except (OSError, ValueError) as error:
        unmake(made)
        why = getattr(error, "strerror", None) or error
        raise NotWritten(str(path), f"cannot be written: {why}", mend) from error


def checked_file(path: Path) -> Path:
    """Return where a file's content goes, links followed; what is there and is no regular file is refused."""
    for folder in _folders_of_links(path):
        if str(folder) in _SPECIAL or str(folder).startswith(("/dev/fd/", "/proc/")):
            mend = "give the name of a file; for a pipe, let the command write to stdout"
            raise Problem(str(path), "is not a place for a file, but a device or an open stream", mend)
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return Path(os.path.realpath(path))
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise Problem(str(path), f"cannot be written: {why}", _FREE) from error
    kind = next((name for is_kind, name in _KINDS if is_kind(found.st_mode)), None)
    if kind is not None:
        raise Problem(str(path), f"is {kind} where a file must stand", "move it, or choose another place")
    if not os.access(path, os.W_OK):
        raise Problem(str(path), "cannot be written: it may only be read", "allow it (chmod u+w), or choose another")
    return Path(os.path.realpath(path))


def _folders_of_links(path: Path) -> list[Path]:
    """Folders of a name and of everything it points to, one link after the other."""
    place, folders = path, []
    for _ in range(_MOST_LINKS):
        try:
            folders.append(Path(os.path.realpath(place.parent)))
            place = folders[-1] / os.readlink(folders[-1] / place.name)
        except (OSError, ValueError):
            break
    return folders


def _put(target: Path, data: bytes, guard: Guard | None) -> None:
    """Write beside the target and put it there; where nothing was, nothing that came meanwhile is replaced unasked."""
    half = target.with_name(new_name())
    try:
        write_new(half, data)
        if guard is not None and not target.exists() and _linked(half, target):
            return
        if target.exists():
            if guard is not None:
                guard(target, data)
            with contextlib.suppress(OSError):
                half.chmod(stat.S_IMODE(target.stat().st_mode))
        half.replace(target)
    finally:
        half.unlink(missing_ok=True)


def write_new(half: Path, data: bytes) -> None:
    """Write a file that is not there, and wait until it is on the disk."""
    with half.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _linked(half: Path, target: Path) -> bool:
    """Give a file its name if no other has it; False where one has, or where the disk knows no second names."""
    try:
        os.link(half, target)
    except OSError:
        return False
    return True


def new_name() -> str:
    """Return a hidden name that no other writer has, by which what a killed one left is known."""
    return f".genloss-{_host()}-{os.getpid()}-{secrets.token_hex(4)}.part"


def _host() -> str:
    return sha256(platform.node().encode()).hexdigest()[:8]


def made_folders(folder: Path) -> list[Path]:
    """Make a folder; return those that were not there, outermost first."""
    absent = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    return absent[::-1]


def unmake(folders: list[Path]) -> None:
    """Remove folders that were made for a file that could not be written."""
    for folder in reversed(folders):
        with contextlib.suppress(OSError):
            folder.rmdir()


def checked_folder(path: Path) -> Path:
    """Return `path` if it is a folder or can become one, before any work is spent."""
    if len(os.fsencode(path.name)) > 200 or "\0" in str(path):
        raise Problem(f"{str(path)[:60]!r}...", "is not a name for a file or folder", "choose a shorter, plain name")
    for place in (path, *path.parents):
        if place.is_dir():
            if not os.access(place, os.W_OK):
                raise Problem(str(path), f"{place} cannot be written to", "choose another folder")
            return path
        if place.exists():
            raise Problem(str(path), f"{place} is a file, not a folder", "choose another folder with --out")
        if place.is_symlink():
            mend = "remove the link, or make the folder it names"
            raise Problem(str(path), f"{place} is a link to {os.readlink(place)}, which is not there", mend)
    return path


def named_folder(where: str, given: object) -> Path:
    """Return the folder that an argument names. Errors: `Problem` for no path, and for a name of no letters.

    Such a name would be the folder one is in, which nobody asks for by it.
    """
    if not isinstance(given, str | os.PathLike) or isinstance(os.fspath(given), bytes):
        raise Problem(where, f"{shown(given, 40)} is not a path", f'give a folder, e.g. {where}="results/mine"')
    if not str(given).strip():
        raise Problem(
            where,
            f"{str(given)!r} is not the name of a folder",
            f'give a folder of its own, e.g. {where}="results/mine"',
        )
    if _ADDRESS.match(str(given)):
        mend = "give a folder of a disk, or one where that store is mounted"
        raise Problem(where, f"{shown(str(given), 60)} is an address, and results are kept in folders", mend)
    return Path(given)


def read_regular(path: Path, *, most: int) -> bytes:
    """Return the content of a regular file of at most `most` bytes; a pipe is never waited for.

    Errors: `OSError`, whose `strerror` says what else is there.
    """
    with opened(path) as file:
        if os.fstat(file.fileno()).st_size > most:
            raise OSError(errno.EFBIG, f"is longer than {most:,} bytes")
        return file.read(most + 1)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file for reading, with the errors of `read_regular`."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except ValueError as error:  # a name with a null byte
        raise OSError(errno.EINVAL, str(error)) from error
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode):
        os.close(handle)
        kind = next((name for is_kind, name in _KINDS if is_kind(found.st_mode)), "no file")
        raise OSError(errno.EINVAL, f"is {kind}")
    with os.fdopen(handle, "rb") as file:
        yield file


def sweep(folder: Path) -> None:
    """Remove files, and folders of files, that writers which no longer run have left half-written in a folder."""
    for name in names_in(folder):
        named = _HALF.fullmatch(name)
        if named is not None:
            with contextlib.suppress(OSError):
                half = folder / name
                if _abandoned(half, named["host"], int(named["process"])):
                    shutil.rmtree(half) if half.is_dir() and not half.is_symlink() else half.unlink()


def _abandoned(half: Path, host: str, process: int) -> bool:
    """Whether nobody writes a file any more: its process is gone, or, where that cannot be asked, it is old."""
    if host == _host() and not _runs(process):
        return True
    return process != os.getpid() and time.time() - half.lstat().st_mtime > _ABANDONED


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
    except (OSError, OverflowError):
        return True
    return not _waits_to_be_asked(process)


def _waits_to_be_asked(process: int) -> bool:
    """Whether a process has ended and only its exit code is left; in a container there may be nobody to ask for it."""
    try:
        said = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return said.rpartition(")")[2].split()[:1] in (["Z"], ["X"])


def remove_files(folder: Path, ending: str) -> None:
    """Remove a folder's files of this ending, and the folder if nothing else is in it; others may be at it too."""
    sweep(folder)
    with contextlib.suppress(OSError):
        for name in names_in(folder):
            if name.endswith(ending):
                (folder / name).unlink(missing_ok=True)
        folder.rmdir()


def names_in(folder: Path) -> list[str]:
    """Return the names in a folder in order, none where it cannot be read or is gone."""
    try:
        return sorted(os.listdir(folder))
    except (OSError, ValueError):
        return []
