"""When do two results count as one with more replicates, and what is it? See docs/decisions/0009-pooling.md."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import isclose
from typing import Any

from genloss.errors import Problem
from genloss.identity import identity
from genloss.results.differences import first_difference
from genloss.results.moments import Moments
from genloss.results.row import Row, shown

Spec = Mapping[str, Any]
Run = dict[str, int]
Parts = tuple[Spec, tuple[Row, ...], tuple[str, ...]]
"""Study, rows and gaps of a result."""

ROUNDING = 1e-9  # relative; theory of two machines differs in the last bits
_FREE = ("question", "claim", "seed", "replicates", "pooled")  # keys in which poolable studies may differ


def pool(left: Parts, right: Parts) -> Parts:
    """Return study, rows and gaps of two runs that differ in seed (and replicates, and wording) only."""
    (one, rows, gaps), (other, more, further) = left, right
    refuse_unlike(one, other)
    drawn = runs_of(other, more)
    runs = _disjoint(runs_of(one, rows), drawn)
    study, kept = (other, more) if drawn else (one, rows)
    if len(runs) > 1:
        study = _of_several(one, runs)
    name = pooled_id(study) if len(runs) > 1 or not kept else kept[0].study
    return dict(study), pool_rows(rows, more, name), tuple(dict.fromkeys(gaps + further))


def runs_of(study: Spec, rows: Sequence[Row]) -> list[Run]:
    """Return seed and replicates of every run whose draws the rows hold; theory holds none."""
    if not any(row.method == "simulation" for row in rows):
        return []
    if "pooled" in study:
        return [dict(run) for run in study["pooled"]]
    if "seed" not in study:
        raise Problem("Result", "its study names no seed", "pool results that a run of genloss left")
    return [{"seed": study["seed"], "replicates": study.get("replicates", 0)}]


def pooled_id(study: Spec) -> str:
    """Return the id of a pooled study; question and claims are no part of it."""
    return identity({key: value for key, value in study.items() if key not in ("question", "claim")})


def refuse_unlike(left: Spec, right: Spec) -> None:
    """Raise a Problem that says why the runs of two studies cannot be pooled, if they cannot."""
    ones, others = ({key: value for key, value in study.items() if key not in _FREE} for study in (left, right))
    difference = first_difference(ones, others)
    if difference:
        raise Problem(
            "Result", f"the two results answer different studies: {difference}", "pool runs that differ in seed only"
        )
    if left.get("seed") != right.get("seed") and any(_split_by_seed(table) for table in (left, *left.get("case", ()))):
        raise Problem(
            "Result",
            "the seed decides which real rows are held out, so the two populations differ",
            "raise `replicates` instead of pooling seeds",
        )


def _disjoint(left: list[Run], right: list[Run]) -> list[Run]:
    """Return all runs by seed; a seed in both is refused."""
    shared = sorted({run["seed"] for run in left} & {run["seed"] for run in right})
    if shared:
        raise Problem(
            "Result",
            f"both results hold runs with seed {', '.join(map(str, shared))}: the same runs would be counted twice",
            "simulate with another seed; merged() joins different rows of one study",
        )
    return sorted(left + right, key=lambda run: run["seed"])


def _of_several(study: Spec, runs: list[Run]) -> dict[str, Any]:
    """Return the study of several runs: no seed, all replicates, and `pooled` says whose."""
    common = {key: value for key, value in study.items() if key != "seed"}
    return common | {"replicates": sum(run["replicates"] for run in runs), "pooled": runs}


def _split_by_seed(table: Spec) -> bool:
    """Whether the population's rows follow from the seed, as those of a split real data set do."""
    return "held_out" in table.get("population", ())


def pool_rows(left: Sequence[Row], right: Sequence[Row], study: str) -> tuple[Row, ...]:
    """Pool rows place by place; those that stand in one only are kept. All name `study`."""
    pooled = {row.place: row for row in left}
    for row in right:
        pooled[row.place] = pool_row(pooled[row.place], row) if row.place in pooled else row
    return tuple(replace(row, study=study) for row in pooled.values())


def pool_row(left: Row, right: Row) -> Row:
    """Pool two rows of one place: replicates and their moments add; theory is kept once.

    Quantiles of all replicates do not follow from quantiles of some: they are dropped, unless both
    rows have the same.
    """
    for name in ("unit", "status"):
        _refuse_unequal(left, right, name)
    named = replace(left, engine=joined((left.engine, right.engine)), version=joined((left.version, right.version)))
    if left.method == "theory":
        for name in ("value", "allowance"):
            _refuse_unequal(left, right, name)
        return named
    moments = moments_of(left) + moments_of(right)
    return replace(
        named,
        value=moments.mean,
        standard_error=moments.standard_error,
        replicates=moments.count,
        quantiles=left.quantiles if left.quantiles == right.quantiles else {},
    )


def moments_of(row: Row) -> Moments:
    """Return count, mean and squared deviations of a simulated row."""
    return Moments.from_standard_error(row.replicates, row.value, row.standard_error)


def joined(names: Iterable[str]) -> str:
    """Return every name once, in order of the alphabet.

    >>> joined(["wishart", "reference, wishart"])
    'reference, wishart'
    """
    return ", ".join(sorted({name for text in names for name in text.split(", ") if name}))


def merge_rows(left: Sequence[Row], right: Sequence[Row]) -> tuple[Row, ...]:
    """Put rows of one study together; a row in both is kept once, two numbers at one place are refused."""
    rows = {row.place: row for row in left}
    for row in right:
        if rows.setdefault(row.place, row) != row:
            raise Problem(
                _where(row),
                f"two {row.method} values, {rows[row.place].value:.6g} ({rows[row.place].engine}) and {row.value:.6g} "
                f"({row.engine})",
                "merge rows that stand in one result only; `+` pools runs with different seeds",
            )
    return tuple(rows.values())


def _refuse_unequal(left: Row, right: Row, name: str) -> None:
    one, other = getattr(left, name), getattr(right, name)
    same = isclose(one, other, rel_tol=ROUNDING) if isinstance(one, float) else one == other
    if not same:
        versions = joined((left.version, right.version))
        raise Problem(
            _where(left),
            f"{left.method} {name}: {one} beside {other} (genloss {versions})",
            "run both with one version",
        )


def _where(row: Row) -> str:
    cell = ", ".join(f"{key} = {shown(value)}" for key, value in row.axes.items())
    return ", ".join(part for part in (row.case, cell, f"{row.metric} at generation {row.generation}") if part)
