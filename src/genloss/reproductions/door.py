"""Does a published figure come out again? It is computed, and its claims are judged."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from genloss.errors import Problem, refuse_uncalled, shown
from genloss.populations.places import NO_FOLDER, Places
from genloss.reproductions.answer import Reproduction
from genloss.reproductions.entries import FULL, QUICK, Entry, entries_of
from genloss.reproductions.judged import Reproduced, reproduced
from genloss.reproductions.of_parts import computed_by_parts
from genloss.reproductions.of_study import Computed, computed_by_study
from genloss.results.files import NotWritten, named_folder

Progress = Callable[[int, int], None]
"""Called with what is done and all of it."""


def reproduce(
    name: str,
    *,
    quick: bool = True,
    seed: int | None = None,
    out: str | Path | None = None,
    force: bool = False,
    workers: int | None = None,
    places: Places = NO_FOLDER,
    progress: Progress | None = None,
) -> Reproduction:
    """Compute a published figure or table again, and judge each of its claims by the numbers.

    name: "2402.07712/figure-1", as `genloss reproduce --list` lists them; the number of a paper for all of its figures;
    "all". quick: a small run, under a minute on one core; False: one that decides more. seed: instead of each study's
    own. out: a folder that keeps finished cells, and gets the page and the rows of every study, so that a run that was
    stopped goes on. force: as in `genloss.run`. workers: threads. places: where data sets are looked for. progress:
    called with (figures done, figures); of one figure with the parts of its work.

    Errors: `Problem` for a name that is not there, with the nearest one. Of several figures one that fails is named in
    `broken`, and the others are kept. Status: each number as its study says.
    Checked by tests/unit/test_reproductions.py.

    >>> reproduce("2412.17646/upper-bound").verdicts
    {'reproduced': 1}
    """
    refuse_uncalled("progress", progress)
    entries = entries_of(name)
    checked_seed = _checked(seed)
    size, base = QUICK if quick else FULL, None if out is None else named_folder("out", out)
    how = _How(size, checked_seed, force, workers, places, progress if len(entries) == 1 else None)
    found, broken = _each(entries, how, base, progress)
    return Reproduction(name, size, "" if seed is None else str(seed), tuple(found), tuple(broken))


def _each(
    entries: Sequence[Entry], how: _How, base: Path | None, progress: Progress | None
) -> tuple[list[Reproduced], list[str]]:
    """Compute figures one after the other; one that cannot be computed is named, and ends nothing unless it is alone.

    Errors: what a place does not take (a disk that is full) ends the work, and so does an error where nothing is found.
    """
    found: list[Reproduced] = []
    errors: dict[str, Exception] = {}
    for done, entry in enumerate(entries, 1):
        try:
            folder = None if base is None else base / entry.paper / entry.figure
            found.append(reproduced(entry, _computed(entry, how, folder)))
        except (NotWritten, MemoryError):
            raise
        except Exception as error:  # whatever it is, the others are computed
            errors[entry.name] = error
        if progress is not None and len(entries) > 1:
            progress(done, len(entries))
    if not found:
        raise next(iter(errors.values()))
    return found, [f"{name}: {said_of(error)}" for name, error in errors.items()]


def said_of(error: Exception) -> str:
    """Say an error in a line: a problem in its own words, another one with its kind.

    >>> said_of(ZeroDivisionError("division by zero"))
    'ZeroDivisionError: division by zero'
    """
    words = " ".join(str(error).split())
    return words if isinstance(error, Problem) else f"{type(error).__name__}: {words}"


@dataclass(frozen=True)
class _How:
    """How every figure of a request is computed."""

    size: str
    seed: int | None
    force: bool
    workers: int | None
    places: Places
    progress: Progress | None


def _checked(seed: int | None) -> int | None:
    if seed is None or (isinstance(seed, int) and not isinstance(seed, bool) and 0 <= seed < 2**63):
        return seed
    raise Problem("seed", f"{shown(seed, 40)} is no seed", "give a whole number from 0 to 2**63 - 1, or leave it out")


def _computed(entry: Entry, how: _How, out: Path | None) -> Computed:
    if entry.computed:
        return computed_by_parts(entry, how.size, seed=how.seed, out=out, progress=how.progress)
    return computed_by_study(
        entry, how.size, seed=how.seed, out=out, force=how.force, workers=how.workers, places=how.places,
        progress=how.progress,
    )  # fmt: skip
