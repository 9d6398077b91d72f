"""How are the formulas made that are compiled? Once per installation; what is kept is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np


def prepare() -> Iterator[bool]:
    """Load what long chains of fits are followed by; yield first whether it is kept from before, then True."""
    from genloss.theory.reuse import compiled

    yield _is_kept(Path(compiled.follow.stats.cache_path or ""), Path(compiled.__file__))
    _follow_a_chain()
    yield True


def _is_kept(folder: Path, source: Path) -> bool:
    """Whether compiled code in a folder is of this source."""
    since = source.stat().st_mtime
    return any(each.stat().st_mtime >= since for each in folder.glob("compiled.follow-*.nbi"))


def _follow_a_chain() -> None:
    """Follow a small chain by what long ones are followed by."""
    from genloss.theory.reuse.long_chains import long_chains
    from genloss.theory.ridge.columns import signal_of
    from genloss.workflows import Workflow

    schedule = Workflow.from_dict({"kind": "accumulate", "rows": 10}).compile(2)
    values = np.array([1.0, 0.5])
    long_chains(signal_of(values, values), schedule, np.full((3, 1), 0.1))
