"""Do theory and simulation agree? The rule, stated before the run, and what it could not have seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from genloss.results.row import Row

Z = 4.5
"""Standard errors of tolerance, for the whole project: two-sided false alarm 7e-6 for a fresh seed."""
_MISSED = 12.0
_ROUNDING = 1e-9  # of a value: where all runs give one number


def noise(row: Row) -> float:
    """Return how far chance may take a simulated value: Z standard errors.

    Where all runs give one number of a count or a share, an event of probability 12 / runs may have been missed: the
    chance of that is e^-12, as small as that of Z.
    """
    if row.standard_error == 0 and row.unit in ("count", "share", "probability") and row.replicates:
        return _MISSED / row.replicates
    return Z * row.standard_error


@dataclass(frozen=True, slots=True)
class Pair:
    """One theory value beside its simulation."""

    theory: Row
    simulation: Row
    control: Row | None  # theory one generation off: it should be rejected; None where that is not reported

    @property
    def tolerance(self) -> float:
        """z standard errors, plus the allowance that the formula stated beforehand."""
        return noise(self.simulation) + self.theory.allowance + _ROUNDING * abs(self.theory.value)

    @property
    def difference(self) -> float:
        """Simulation minus theory."""
        return self.simulation.value - self.theory.value

    @property
    def z(self) -> float:
        """Difference in standard errors."""
        error = self.simulation.standard_error
        return self.difference / error if error else 0.0 if self.difference == 0 else float("inf")

    @property
    def deviates(self) -> bool:
        """Whether the difference is more than chance, whatever the formula allows itself."""
        return abs(self.difference) > noise(self.simulation) + _ROUNDING * abs(self.theory.value)

    @property
    def agrees(self) -> bool:
        """Whether the difference is within tolerance."""
        return abs(self.difference) <= self.tolerance

    @property
    def control_rejected(self) -> bool:
        """Whether the theory that is one generation off lies outside its tolerance."""
        if self.control is None:
            return False
        off = abs(self.simulation.value - self.control.value)
        return off > noise(self.simulation) + self.control.allowance

    @property
    def blind_spot(self) -> float:
        """Smallest relative error of the theory that this comparison could have seen."""
        return self.tolerance / abs(self.theory.value) if self.theory.value else float("inf")


def compare(rows: Iterable[Row]) -> list[Pair]:
    """Pair every theory row with its simulation."""
    by_place: dict[str, dict[tuple[str, str, str, int], Row]] = {"theory": {}, "simulation": {}, "data": {}}
    for row in rows:
        by_place[row.method][row.case, row.cell, row.metric, row.generation] = row
    pairs = []
    for (case, cell, metric, generation), theory in by_place["theory"].items():
        simulation = by_place["simulation"].get((case, cell, metric, generation))
        if simulation is not None:
            beside = (by_place["theory"].get((case, cell, metric, generation + step)) for step in (1, -1))
            control = next((row for row in beside if row is not None), None)
            pairs.append(Pair(theory, simulation, control))
    return pairs


def blind_spot(pairs: Iterable[Pair]) -> float:
    """Median over comparisons of the smallest relative error they could have seen."""
    return float(np.median([pair.blind_spot for pair in pairs]))


def off(pair: Pair) -> float:
    """Return how far simulation lies from theory, relative to theory; 0 where theory is 0."""
    return abs(pair.difference / pair.theory.value) if pair.theory.value else 0.0


def at_most(pairs: Sequence[Pair]) -> str:
    """Say the largest relative difference, where theory is not 0."""
    most = max(off(pair) for pair in pairs)
    return f", by up to {100 * most:.0f} %" if most else ""


def percent(part: float, whole: float, places: int = 1) -> str:
    """Write a part of a whole; a dash where the whole is 0."""
    return f"{100 * part / abs(whole):.{places}f} %" if whole else "–"
