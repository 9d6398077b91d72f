"""Are files the generations of a model, one after the other? They are no one table: an audit takes them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from genloss.doors import Advice, Words
from genloss.errors import Problem
from genloss.populations.tables.notes import listed

_NUMBERED = re.compile(
    r"(?:^|[^a-z])(?:gens?|generations?|iter|iters|iterations?|rounds?|steps?|epochs?|cycles?|loops?"
    r"|synth|synthetic|generated|retrain|model|chain)[-_ .=#]*0*(\d+)(?![\d])",
    re.IGNORECASE,
)


def refuse_generations(paths: Sequence[Path], folder: Path, where: str) -> None:
    """Refuse files of a folder of which at least two have numbers of generations in their names or folders."""
    numbers = {path: number for path in paths if (number := generation_in(path.relative_to(folder)))}
    if len(set(numbers.values())) < 2:
        return
    named = sorted(numbers, key=lambda path: (int(numbers[path]), path))
    shown = [path.relative_to(folder).as_posix() for path in named]
    found = f"files that look like generations of a model: {listed(shown)}; they are not parts of one table"
    command = Words(
        f'genloss.audit(real, [...]) or: genloss audit REAL "{folder}"',
        shlex.join(["genloss", "audit", "REAL", str(folder)]),
    )
    mend = Advice("what became of them says ", command, ", REAL the real rows; or give one file, e.g. ", str(named[0]))
    raise Problem(where, found, mend)


def generation_in(path: Path) -> str:
    """Return the number of a generation in a file's name or in a folder's, "" where there is none.

    >>> [generation_in(Path(name)) for name in ("gen_03.parquet", "generation=2/part-0.parquet", "Round2.csv")]
    ['3', '2', '2']
    >>> [generation_in(Path(name)) for name in ("train-00000-of-00002.parquet", "oxygen_1.parquet", "year=2020/a.csv")]
    ['', '', '']
    """
    parts = (*path.parts[:-1], path.name.partition(".")[0])
    found = (_NUMBERED.search(part) for part in parts)
    return next((match[1] for match in found if match), "")
