"""At which places of a study's grid is a claim checked, and which cells does each check read?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isclose
from typing import Any

from genloss.errors import Problem, nearest
from genloss.grouping import grouped
from genloss.results.row import Scalar, shown
from genloss.study.claims.claim import Claim, claim_of
from genloss.study.claims.measures import MEASURES
from genloss.study.language.source import Source
from genloss.study.spec.grid import Cell, Grid

GENERATION = "generation"
_ROUNDING = 1e-6  # relative; a value of a logarithmic axis may be given with seven digits


@dataclass(frozen=True, slots=True)
class Point:
    """One value that a check reads: its place along the axis, and its cell and generation."""

    x: float
    cell: Cell
    generation: int


@dataclass(frozen=True, slots=True)
class Check:
    """One place where a claim is checked. generation: None where the claim reads along all of them.

    points: what is measured there, ascending; versus: the same at the claim's `versus`, if it has one.
    """

    case: str
    generation: int | None
    axes: Mapping[str, Scalar]
    points: tuple[Point, ...]
    versus: tuple[Point, ...] = ()


def placed_claims(
    claims: Sequence[Mapping[str, Any]], grid: Grid, metric: str, source: Source
) -> list[tuple[Claim, list[Check]]]:
    """Return every claim with its checks; refuse one that asks for what the grid does not have.

    claims: the resolved keys of each. metric: that of a claim which names none.
    """
    found = []
    for number, keys in enumerate(claims, start=1):
        places = _Places(source, f"claim {number}")
        claim = claim_of(keys, metric, _axis_names(keys, grid, places))
        found.append((claim, _checks(claim, grid, places)))
    return found


@dataclass(frozen=True, slots=True)
class _Places:
    """Names the places of one claim's keys in the user's file."""

    source: Source
    name: str

    def __call__(self, key: str) -> str:
        return self.source.at(self.name, key)


def _axis_names(claim: Mapping[str, Any], grid: Grid, at: _Places) -> dict[str, str]:
    """Return the full name of every axis that a claim mentions, in full or by its last word."""
    mentioned = [("where", key) for key in claim.get("where", {})]
    mentioned += [("versus", key) for key in claim.get("versus", {}) if key not in ("case", GENERATION)]
    mentioned += [("along", claim["along"])] if claim.get("along", GENERATION) != GENERATION else []
    known, found = grid.axis_names(), {}
    for place, axis in mentioned:
        fits = [axis] if axis in known else [other for other in known if other.split(".")[-1] == axis]
        if len(fits) != 1:
            wrong = f"{axis!r} stands for {', '.join(fits)}" if fits else f"{axis!r} is not an axis of the grid"
            mend = "give the full name" if fits else nearest(axis, [GENERATION, *known])
            raise Problem(at(place), wrong, mend)
        found[axis] = fits[0]
    return found


def _checks(claim: Claim, grid: Grid, at: _Places) -> list[Check]:
    for case in claim.cases or ():
        if case not in grid.by_case:
            raise Problem(at("case"), f"{case!r} is not a case", nearest(case, list(grid.by_case)))
    _check_generations(claim, grid, at)
    _check_values(claim, grid, at)
    found = [check for case in claim.cases or grid.by_case for check in _checks_of_case(claim, case, grid, at)]
    if not found:
        raise Problem(at("where"), "no cell is left to check", "drop a value, or check another case")
    return found


def _check_generations(claim: Claim, grid: Grid, at: _Places) -> None:
    asked = [("generation", n) for n in claim.generations or ()]
    asked += [("versus", n) for key, n in claim.versus.items() if key == GENERATION]  # type: ignore[misc]
    for place, n in asked:
        if n not in grid.report:
            raise Problem(at(place), f"generation {n} is not reported", f"reported: {', '.join(map(str, grid.report))}")


def _check_values(claim: Claim, grid: Grid, at: _Places) -> None:
    """Every value in `where` and `versus` must stand on its axis in some case that is checked."""
    chosen = claim.cases or tuple(grid.by_case)
    asked = [("where", axis, value) for axis, values in claim.where.items() for value in values]
    asked += [("versus", axis, value) for axis, value in claim.versus.items() if axis not in ("case", GENERATION)]
    if "case" in claim.versus:
        if claim.versus["case"] not in grid.by_case:
            named = str(claim.versus["case"])
            raise Problem(at("versus"), f"{named!r} is not a case", nearest(named, list(grid.by_case)))
        chosen += (str(claim.versus["case"]),)
    for place, axis, value in asked:
        known = dict.fromkeys(c.axes[axis] for case in chosen for c in grid.by_case[case] if axis in c.axes)
        if not any(_same(value, other) for other in known):
            raise Problem(at(place), f"{axis} = {shown(value)} is not on the axis", _nearest_value(value, list(known)))


def _nearest_value(value: Scalar, known: Sequence[Scalar]) -> str:
    numbers = [other for other in known if not isinstance(other, str)]
    if isinstance(value, str) or not numbers:
        return nearest(str(value), [str(other) for other in known][:12])
    return f"the nearest value there is {shown(min(numbers, key=lambda other: abs(other - value)), 12)}"


def _same(value: Scalar, other: Scalar) -> bool:
    if isinstance(value, str) or isinstance(other, str):
        return value == other
    return isclose(value, other, rel_tol=_ROUNDING)


def _checks_of_case(claim: Claim, case: str, grid: Grid, at: _Places) -> Iterator[Check]:
    if claim.along not in (None, GENERATION, *grid.axes[case]):
        if claim.cases is None:
            return
        raise Problem(
            at("along"), f"{claim.along} is not an axis of {case!r}", nearest(str(claim.along), grid.axes[case])
        )
    others = [axis for axis in grid.axes[case] if axis != claim.along]
    cells = [cell for cell in grid.by_case[case] if _chosen(cell, claim)]
    for key, group in grouped(cells, lambda cell: tuple(cell.axes[axis] for axis in others)).items():
        axes = dict(zip(others, key, strict=True))
        generations = [None] if claim.along == GENERATION else claim.generations or grid.report
        for n in generations:
            if _is_versus(claim, case, n, axes):
                continue
            points = _points(claim, group, n, grid, at)
            yield Check(case, n, axes, points, _versus(claim, case, n, axes, grid, at) if claim.versus else ())


def _chosen(cell: Cell, claim: Claim) -> bool:
    return all(axis in cell.axes and any(_same(v, cell.axes[axis]) for v in vs) for axis, vs in claim.where.items())


def _is_versus(claim: Claim, case: str, generation: int | None, axes: Mapping[str, Scalar]) -> bool:
    """Whether a place is the one that it would be compared with."""
    here: dict[str, Any] = {"case": case, GENERATION: generation, **axes}
    return bool(claim.versus) and all(key in here and _same(here[key], v) for key, v in claim.versus.items())


def _points(claim: Claim, cells: Sequence[Cell], generation: int | None, grid: Grid, at: _Places) -> tuple[Point, ...]:
    """The values that one check reads, ascending along the axis."""
    if claim.along is None:
        points = [Point(0.0, cell, int(generation or 0)) for cell in cells]
    elif claim.along == GENERATION:
        points = [Point(float(n), cell, n) for cell in cells for n in grid.report]
    else:
        points = [Point(_number(cell.axes[claim.along], claim, at), cell, int(generation or 0)) for cell in cells]
    kept = sorted((point for point in points if claim.low <= point.x <= claim.high), key=lambda point: point.x)
    fewest = MEASURES[claim.measure].fewest
    if claim.along and len(kept) < fewest:
        found = f"{len(kept)} values along {claim.along}"
        raise Problem(at("along"), found, f"{claim.measure} needs at least {fewest}: widen from and to, or the axis")
    return tuple(kept)


def _number(value: Scalar, claim: Claim, at: _Places) -> float:
    if isinstance(value, str):
        raise Problem(at("along"), f"{claim.along} holds words, such as {value!r}", "give an axis of numbers")
    return float(value)


def _versus(
    claim: Claim, case: str, generation: int | None, axes: Mapping[str, Scalar], grid: Grid, at: _Places
) -> tuple[Point, ...]:
    """What the same place reads once `versus` has been put in; it must be one place of the grid."""
    there = str(claim.versus.get("case", case))
    wanted = {**axes, **{key: value for key, value in claim.versus.items() if key not in ("case", GENERATION)}}
    shared = [axis for axis in grid.axes[there] if axis != claim.along]
    cells = [
        cell
        for cell in grid.by_case[there]
        if all(axis not in wanted or _same(wanted[axis], cell.axes[axis]) for axis in shared)
    ]
    n = claim.versus.get(GENERATION, generation)
    places = {tuple(cell.axes[axis] for axis in shared) for cell in cells}
    if len(places) != 1 or (claim.along not in (None, GENERATION, *grid.axes[there])):
        found = f"{'no place' if not places else f'{len(places)} places'} to compare {case or 'a place'} with"
        raise Problem(at("versus"), found, "say by case, generation and axes which one place is meant")
    return _points(claim, cells, None if n is None else int(n), grid, at)
