"""Where is a user's file, and is it the one that a study was made for?"""

from __future__ import annotations

from pathlib import Path

from genloss.errors import Problem
from genloss.populations import Places


def first_path(file: str, places: Places) -> Path:
    """Return the file, or folder, in the first of the places that has it; in the first of all where none has."""
    paths = [folder / file for folder in places.folders] or [Path(file)]
    return next((path for path in paths if path.exists()), paths[0])


def same_hash(given: str | None, found: str, where: str, what: str = "data") -> None:
    """Refuse data, or a text, that a study was not made for; a study without a hash takes any."""
    if given is not None and given != found:
        here = "they have" if what == "data" else "it has"
        raise Problem(
            where,
            f"the study was made for {what} of SHA-256 {given}, here {here} {found}",
            f"give the {what.removeprefix('a ')} it was made for, or leave sha256 out and get a study with another id",
        )
