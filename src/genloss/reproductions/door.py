"""Does a published figure come out again? It is computed, and its claims are judged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from genloss.errors import Problem, refuse_uncalled, shown
from genloss.populations.places import NO_FOLDER, Places
from genloss.reproductions.answer import Reproduction
from genloss.reproductions.entries import FULL, QUICK, Entry, entries_of
from genloss.reproductions.judged import reproduced
from genloss.reproductions.of_parts import computed_by_parts
from genloss.reproductions.of_study import Computed, computed_by_study

Watch = Callable[[str, int, int], None]
"""Called with the name of a figure, how many are done, and how many there are."""


def reproduce(
    name: str,
    *,
    quick: bool = True,
    seed: int | None = None,
    out: str | Path | None = None,
    force: bool = False,
    workers: int | None = None,
    places: Places = NO_FOLDER,
    progress: Callable[[int, int], None] | None = None,
) -> Reproduction:
    """Compute a published figure or table again, and judge each of its claims by the numbers.

    name: "2402.07712/figure-1", as `genloss reproduce --list` lists them; the number of a paper for all of its figures;
    "all". quick: a small run, under a minute on one core; False: one that decides more. seed: instead of each study's
    own. out: a folder that keeps finished cells, and gets the page and the rows of every study, so that a run that was
    stopped goes on. force: as in `genloss.run`. workers: threads. progress: called with (figures done, figures).

    Errors: `Problem` for a name that is not there, with the nearest one. Status: each number as its study says.
    Checked by tests/unit/test_reproductions.py.

    >>> reproduce("2412.17646/upper-bound").verdicts
    {'reproduced': 1}
    """
    refuse_uncalled("progress", progress)
    entries = entries_of(name)
    checked_seed = _checked(seed)
    found = []
    for entry in entries:
        folder = None if out is None else Path(out) / entry.paper / entry.figure
        size = QUICK if quick else FULL
        found.append(reproduced(entry, _computed(entry, size, checked_seed, folder, force, workers, places)))
        if progress is not None:
            progress(len(found), len(entries))
    return Reproduction(name, QUICK if quick else FULL, "" if seed is None else str(seed), tuple(found))


def _checked(seed: int | None) -> int | None:
    if seed is None or (isinstance(seed, int) and not isinstance(seed, bool) and 0 <= seed < 2**63):
        return seed
    raise Problem("seed", f"{shown(seed, 40)} is no seed", "give a whole number from 0 to 2**63 - 1, or leave it out")


def _computed(
    entry: Entry, size: str, seed: int | None, out: Path | None, force: bool, workers: int | None, places: Places
) -> Computed:
    if entry.computed:
        return computed_by_parts(entry, size, seed=seed, out=out)
    return computed_by_study(entry, size, seed=seed, out=out, force=force, workers=workers, places=places)
