"""How does a folder of files reach the disk whole or not at all? Written beside its place, then put there by one name.

Where a folder was before, it is first given another name, so there is a moment in which neither has the place: what is
found then is nothing, never half.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from genloss.errors import Problem
from genloss.results import files as one_file
from genloss.results.files import checked_folder, new_name, read_regular, whole_or_nothing

FolderGuard = Callable[[Path, Mapping[str, bytes]], None]
"""Given the folder that is there and the files that shall stand there; raises a `Problem` where that must not be."""


def checked_array_folder(path: Path, known: tuple[str, ...]) -> Path:
    """Return where a folder of files goes, links followed; what is there must be empty, or hold one of `known`.

    So nothing but a folder of that form is ever replaced, whatever is asked for.
    """
    checked_folder(path.parent)
    target = Path(os.path.realpath(path))
    if not os.path.lexists(path):
        return target
    if not target.is_dir():
        raise Problem(str(path), "is a file where a folder must stand", "move it, or choose another place")
    if not os.access(target, os.W_OK) or not os.access(target.parent, os.W_OK):
        raise Problem(str(path), "cannot be written: it may only be read", "allow it (chmod u+w), or choose another")
    inside = os.listdir(target)
    if inside and not any(name in inside for name in known):
        found = f"is a folder of something else: it holds {', '.join(sorted(inside)[:3])}"
        raise Problem(str(path), found, "choose another place; a folder is never emptied for another form")
    return target


def write_folder(path: Path, files: Mapping[str, bytes], known: tuple[str, ...], guard: FolderGuard) -> None:
    """Write a folder of files, by their paths in it, whole or not at all. known, guard: of what may be replaced.

    Errors: `Problem`, with nothing left behind.
    """
    with whole_or_nothing(path, "choose another place, or make room there, and do it again") as ready:
        target = checked_array_folder(path, known)
        if target.is_dir():
            guard(target, files)
        ready(target.parent)
        _put(target, files)


def _put(target: Path, files: Mapping[str, bytes]) -> None:
    half, old = target.with_name(new_name()), target.with_name(new_name())
    try:
        half.mkdir()
        for name, content in files.items():
            (half / name).parent.mkdir(parents=True, exist_ok=True)
            one_file.write_new(half / name, content)
        if target.is_dir():
            with contextlib.suppress(OSError):
                half.chmod(stat.S_IMODE(target.stat().st_mode))
            target.rename(old)
        half.rename(target)
    finally:
        if old.is_dir() and not target.exists():
            old.rename(target)
        for left in (half, old):
            shutil.rmtree(left, ignore_errors=True)


def same_files(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Whether a folder holds these files and no others."""
    try:
        there = {str(path.relative_to(folder).as_posix()): path for path in folder.rglob("*") if not path.is_dir()}
        return there.keys() == files.keys() and all(
            read_regular(path, most=len(files[name])) == files[name] for name, path in there.items()
        )
    except OSError:
        return False
