"""What do pilot runs say at each size? Means, spreads and single runs by generation, whatever they were given as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_SURE = 0.7  # standard deviations of runs by which a mean is above 0 where no run is known to be below
_MOST = 8  # generations that a law is fitted to, spread evenly over log(1 + g)


@dataclass(frozen=True, eq=False)
class Pilot:
    """Runs at one size.

    real, synthetic: rows of a batch; None where nothing is said of them. generations: (G,) ascending. mean, deviation:
    of runs, (G,); deviation is nan of a single run. count: runs. values: single runs, (runs, G), None where only means
    are known.
    """

    real: float | None
    synthetic: float | None
    generations: Array
    mean: Array
    deviation: Array
    count: int
    values: Array | None = None

    @property
    def size(self) -> tuple[float | None, float | None]:
        """Real and synthetic rows."""
        return self.real, self.synthetic

    @property
    def positive(self) -> bool:
        """Whether all runs are above 0, as far as is known."""
        if self.values is not None:
            return bool((self.values > 0).all())
        return bool((self.mean > _SURE * np.nan_to_num(self.deviation)).all())

    def at(self, keep: NDArray[np.int64]) -> Pilot:
        """Return these generations alone, by place."""
        values = None if self.values is None else self.values[:, keep]
        return Pilot(
            *self.size, self.generations[keep], self.mean[keep], self.deviation[keep], self.count, values
        )  # fmt: skip

    def thinned(self) -> Pilot:
        """Return few generations, evenly over log(1 + g): neighbors share nearly all of their luck."""
        count = len(self.generations)
        if count <= _MOST:
            return self
        u = np.log1p(self.generations)
        wanted = np.linspace(u[0], u[-1], _MOST)
        return self.at(np.unique([int(np.argmin(np.abs(u - each))) for each in wanted]))

    def up_to(self, last: float) -> Pilot:
        """Return the generations up to one."""
        return self.at(np.flatnonzero(self.generations <= last))

    def turned(self, whole: float) -> Pilot:
        """Return what is lost where the metric is what is left of a whole."""
        values = None if self.values is None else whole - self.values
        return Pilot(*self.size, self.generations, whole - self.mean, self.deviation, self.count, values)


def of_values(size: tuple[float | None, float | None], runs: Sequence[Mapping[int, float]]) -> Pilot:
    """Return the pilot of single runs, each its value by generation; generations that some run lacks are left out."""
    shared = sorted(set.intersection(*(set(run) for run in runs)))
    values = np.array([[run[g] for g in shared] for run in runs], dtype=float)
    deviation = values.std(axis=0, ddof=1) if len(runs) > 1 else np.full(len(shared), np.nan)
    return Pilot(*size, np.array(shared, dtype=float), values.mean(axis=0), deviation, len(runs), values)


def joined(pilots: Sequence[Pilot]) -> list[Pilot]:
    """Pool pilots of one size; the smallest first."""
    by_size: dict[tuple[float | None, float | None], list[Pilot]] = {}
    for pilot in pilots:
        by_size.setdefault(pilot.size, []).append(pilot)
    return [_pooled(each) for _, each in sorted(by_size.items(), key=lambda pair: tuple(x or 0 for x in pair[0]))]


def _pooled(pilots: Sequence[Pilot]) -> Pilot:
    if len(pilots) == 1:
        return pilots[0]
    shared = sorted(set.intersection(*(set(pilot.generations.tolist()) for pilot in pilots)))
    kept = [pilot.at(np.flatnonzero(np.isin(pilot.generations, shared))) for pilot in pilots]
    counts = np.array([pilot.count for pilot in kept], dtype=float)
    total = counts.sum()
    mean = sum(n * pilot.mean for n, pilot in zip(counts, kept, strict=True)) / total
    inside = sum((n - 1) * np.nan_to_num(pilot.deviation) ** 2 for n, pilot in zip(counts, kept, strict=True))
    between = sum(n * (pilot.mean - mean) ** 2 for n, pilot in zip(counts, kept, strict=True))
    deviation = np.sqrt((inside + between) / (total - 1))
    values = [pilot.values for pilot in kept if pilot.values is not None]
    whole = np.concatenate(values) if len(values) == len(kept) else None
    return Pilot(*pilots[0].size, np.array(shared), np.asarray(mean), np.asarray(deviation), int(total), whole)
