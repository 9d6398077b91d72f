"""Which studies come with the package, and where do they stand?"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

from genloss.errors import Problem


def shipped_folder() -> Path:
    """Return the folder of the studies that come with genloss: inside an installed package, else in its checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "shipped_studies"
    return installed if installed.is_dir() else package.parent.parent / "studies"


def shipped_names() -> tuple[str, ...]:
    """Return the names of the studies that come with genloss, in alphabetical order: their files without ".toml".

    >>> "accumulation" in shipped_names()
    True
    """
    return tuple(sorted(path.stem for path in shipped_folder().glob("*.toml")))


def shipped_path(name: str) -> Path:
    """Return where the study of a name stands.

    >>> shipped_path("acumulation")
    Traceback (most recent call last):
        ...
    genloss.errors.Problem: study: no study 'acumulation' comes with genloss
      mend: did you mean accumulation?
    """
    names = shipped_names()
    if name in names:
        return shipped_folder() / f"{name}.toml"
    near = get_close_matches(name, names, 1)
    mend = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(names)}"
    raise Problem("study", f"no study {name!r} comes with genloss", mend)
