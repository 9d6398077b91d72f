"""How does a file reach the disk whole or not at all?"""

import os
import tempfile
from pathlib import Path

from genloss.errors import Problem


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a temporary file beside `path`, then rename: a reader never sees half a file."""
    data = content.encode() if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Problem(str(path), f"cannot be written: {error.strerror}", "choose another place, or free it") from error


def checked_folder(path: Path) -> Path:
    """Return `path` if it is a folder or can become one, before any work is spent."""
    for place in (path, *path.parents):
        if place.is_dir():
            if not os.access(place, os.W_OK):
                raise Problem(str(path), f"{place} cannot be written to", "choose another folder")
            return path
        if place.exists():
            raise Problem(str(path), f"{place} is a file, not a folder", "choose another folder with --out")
    return path
