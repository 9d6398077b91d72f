"""Where does the command line look for data? What the environment says, read here and nowhere below."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genloss.populations.places import Places

DATA = "GENLOSS_DATA"
"""Environment variable with folders of data, parted like those of PATH."""


def places(*, folder: Path | None = None, download: bool = False) -> Places:
    """Look in `folder`, then in those of GENLOSS_DATA, then in the user's cache and the system."""
    from genloss.populations.places import Places

    named = [Path(part) for part in os.environ.get(DATA, "").split(os.pathsep) if part]
    return Places(tuple([folder] if folder else []) + tuple(named), cache_folder(), download=download)


def cache_folder() -> Path:
    """Return the folder where this platform wants a user's caches; it need not be there yet."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "genloss" / "Cache"
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "genloss"
    return Path(os.environ.get("XDG_CACHE_HOME") or home / ".cache") / "genloss"


def state_folder() -> Path:
    """Return the folder where this platform wants what a program remembers; it need not be there yet."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "genloss" / "State"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "genloss"
    return Path(os.environ.get("XDG_STATE_HOME") or home / ".local" / "state") / "genloss"
