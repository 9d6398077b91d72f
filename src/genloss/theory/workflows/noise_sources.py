"""How large is each source of noise: the rows of a batch, and the sub-sampling of a fit?"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from genloss.errors import Problem
from genloss.theory.arguments import Array
from genloss.theory.workflows.atoms import Plan, Pool, Whole
from genloss.workflows import TRUTH

__all__ = ["Family", "drifts", "growing_noise", "noise"]


_TOGETHER = 128  # pools whose loadings are found in one product


@dataclass(frozen=True, slots=True)
class Family:
    """What the variance of one row is at the mean m: V(m) = variance + slope (m - truth) + curvature (m - truth)^2."""

    variance: float
    curvature: float = 0.0
    slope: float = 0.0
    truth: float = 0.0

    def at(self, drift: Array, square: Array) -> Array:
        """Return E V, for a mean with this drift and this mean squared error."""
        return np.asarray(self.variance + self.slope * drift + self.curvature * square)


def drifts(plan: Plan, truth: float) -> Array:
    """Return E(fit) - truth, (fits,): what shifts and gains of samplers do to the mean."""
    pushed = plan.pushing @ np.array([1.0, truth])
    if not pushed.any():
        return np.zeros(plan.fits)
    system = np.eye(plan.fits) - plan.teaching
    return np.asarray(solve_triangular(system, pushed, lower=True, unit_diagonal=True))


def noise(plan: Plan, loading: Array, family: Family, *, limit: bool) -> Array:
    """Return the variance of each atom, (J,): in the limit of many rows, or exactly."""
    if limit or _as_in_the_limit(plan, family):
        return _limit(plan, family.variance)
    return _Exact(plan, loading, family).run()


def growing_noise(plan: Plan, family: Family, *, limit: bool) -> Callable[[int, Array], Array] | None:
    """Return (g, variances of the fits before g) -> variances of the atoms begun, or None where those do not do.

    They do unless rows of mixed laws or sub-samples are followed exactly, which needs loadings.
    """
    if limit or _as_in_the_limit(plan, family):
        fixed = _limit(plan, family.variance)
        return lambda _generation, _variances: fixed
    if plan.pools or plan.of.size != plan.rows.size:
        return None
    exact = _Exact(plan, np.zeros((0, 0)), family)
    edges = np.searchsorted(plan.births, np.arange(plan.fits + 1)).tolist()

    def grow(generation: int, variances: Array) -> Array:
        if generation:
            exact.square[generation - 1] = variances[generation - 1] + exact.drift[generation - 1] ** 2
        born = slice(edges[generation], edges[generation + 1])
        if born.start < born.stop:
            exact.draw(born, born)
        return exact.atoms

    return grow


def _as_in_the_limit(plan: Plan, family: Family) -> bool:
    """Whether every row has the truth's variance at any number of rows, and nothing else is random."""
    flat = family.curvature == 0 and (family.slope == 0 or not plan.pushing.any())
    return flat and not plan.pools and plan.of.size == plan.rows.size


def _limit(plan: Plan, variance: float) -> Array:
    """Every row has the variance of the truth's rows, times its sampler's scale."""
    scale = np.bincount(plan.of, plan.chance * plan.scale, plan.rows.size)
    result = _by_atom(plan, variance * scale / plan.rows)
    for pool in plan.pools:
        rows = plan.rows[pool.batches]
        size = rows.sum()
        left = 1.0 if pool.replace else 1.0 - pool.take / size
        own = pool.weight**2 * left / pool.take * variance * (rows @ scale[pool.batches]) / size
        result[plan.own[pool.generation]] += own
    return result


def _by_atom(plan: Plan, variances: Array) -> Array:
    """Add up the noise of batches in their atoms."""
    used = plan.atom >= 0
    count = plan.first.size
    return np.asarray(np.bincount(plan.atom[used], (plan.ratio**2 * variances)[used], count), dtype=float)


class _Exact:
    """The variances in the order of the generations: each depends on the errors of fits before it.

    size: (B,), the variance of the mean of a batch about the mean it was drawn at.
    """

    def __init__(self, plan: Plan, loading: Array, family: Family) -> None:
        self.plan, self.loading, self.family = plan, loading, family
        self.drift = drifts(plan, family.truth)
        self.square = np.zeros(plan.fits)
        self.size = np.zeros(plan.rows.size)
        self.atoms = np.zeros(plan.first.size)
        offset = plan.shift + (plan.gain - 1) * family.truth
        real = plan.origin == TRUTH
        self.pushed = np.where(real, 0.0, offset)
        self.earlier: dict[int, Array] = {}
        self.push = np.where(real, 0.0, plan.gain * np.append(self.drift, 0.0)[plan.origin] + offset)  # E, by pair

    def run(self) -> Array:
        """Go through the generations."""
        plan = self.plan
        edges = np.searchsorted(plan.births, np.arange(plan.fits + 1))
        pairs = np.searchsorted(plan.of, edges)
        pools: dict[int, list[int]] = {}
        for number, pool in enumerate(plan.pools):
            pools.setdefault(pool.generation, []).append(number)
        ends = np.searchsorted(plan.first, np.arange(plan.fits), side="right")
        for g in range(plan.fits):
            born = slice(int(edges[g]), int(edges[g + 1]))
            if born.start < born.stop:
                self.draw(born, slice(int(pairs[g]), int(pairs[g + 1])))
            for number in pools.get(g, ()):
                self.atoms[plan.own[g]] += self._sampling(number)
            end = int(ends[g])
            row = self.loading[g, :end]
            self.square[g] = (row * row) @ self.atoms[:end] + self.drift[g] ** 2
        return self.atoms

    def draw(self, born: slice, pairs: slice) -> None:
        """Add the noise of the batches of one generation."""
        plan, of = self.plan, self.plan.of[pairs]
        origin = plan.origin[pairs]
        count = born.stop - born.start
        here = of - born.start
        known = np.append(self.square, 0.0)[origin], np.append(self.drift, 0.0)[origin]
        within = np.asarray(plan.scale[pairs] * self.family.at(known[1], known[0]))
        rows = np.bincount(here, plan.chance[pairs] * within, count)
        for b in np.flatnonzero(np.bincount(here, minlength=count) > 1):
            rows[b] += self._between(slice(*(pairs.start + np.searchsorted(here, [b, b + 1]))))
        if rows.min() < -1e-12 * abs(self.family.variance):
            raise Problem(
                "curvature",
                f"{self.family.curvature:g} makes a variance negative at generation {plan.births[born.start]}",
                "give the variance function of a family, or limit=True",
            )
        self.size[born] = np.maximum(rows, 0.0) / plan.rows[born]
        chosen = np.arange(born.start, born.stop)
        used = plan.atom[chosen] >= 0
        np.add.at(self.atoms, plan.atom[chosen][used], (plan.ratio[chosen] ** 2 * self.size[born])[used])

    def _between(self, pairs: slice) -> float:
        """How much the means of the origins of one mixed batch differ: E of the variance between them."""
        plan = self.plan
        origin, chance, gain = plan.origin[pairs], plan.chance[pairs], plan.gain[pairs]
        fitted = origin != TRUTH
        drift, push = np.append(self.drift, 0.0)[origin], self.pushed[pairs]
        square = np.append(self.square, 0.0)[origin]
        each = np.where(fitted, gain**2 * square + 2 * gain * push * drift + push**2, 0.0)
        together = (chance * gain)[fitted] @ self.loading[origin[fitted]]
        mean = float(chance @ self.push[pairs])
        return float(chance @ each - (together * together) @ self.atoms - mean**2)

    def _taught(self, pool: Pool) -> Array:
        """The share of each fit in the mean of a pool, times its gain, (fits,)."""
        plan, chosen = self.plan, pool.batches
        part = plan.rows[chosen] / plan.rows[chosen].sum()
        pairs = _pairs_of(plan, chosen)
        of = np.repeat(np.arange(chosen.size), _counts(plan, chosen))
        fitted = plan.origin[pairs] != TRUTH
        shares = (part[of] * plan.chance[pairs] * plan.gain[pairs])[fitted]
        return np.asarray(np.bincount(plan.origin[pairs][fitted], shares, plan.fits))

    def _loading_of(self, number: int) -> Array:
        """What the mean of a pool loads on the noise of earlier generations, (J,); many pools at once."""
        if number not in self.earlier:
            some = range(number, min(number + _TOGETHER, len(self.plan.pools)))
            taught = np.array([self._taught(self.plan.pools[i]) for i in some])
            end = self.plan.pools[some[-1]].generation
            begun = int(np.searchsorted(self.plan.first, end))
            found = np.zeros((len(some), self.loading.shape[1]))
            found[:, :begun] = taught[:, :end] @ self.loading[:end, :begun]
            self.earlier = dict(zip(some, found, strict=True))
        return self.earlier[number]

    def _sampling(self, number: int) -> float:
        """What drawing `take` rows of a pool adds, exactly: the expected variance of the pool's rows, shared out."""
        plan, pool = self.plan, self.plan.pools[number]
        chosen = pool.batches
        part = plan.rows[chosen] / plan.rows[chosen].sum()
        pairs = _pairs_of(plan, chosen)
        of = np.repeat(np.arange(chosen.size), _counts(plan, chosen))
        origin = plan.origin[pairs]
        fitted = origin != TRUTH
        earlier = self._loading_of(number)
        atom, ratio, size = plan.atom[chosen], plan.ratio[chosen], self.size[chosen]
        met = np.where(atom >= 0, earlier[atom], 0.0) * ratio
        push = self.push[pairs] * plan.chance[pairs]
        mean = float(part[of] @ push)
        pooled = float((earlier * earlier) @ self.atoms + (2 * met * part + part**2) @ size) + mean**2
        drift, square = np.append(self.drift, 0.0)[origin], np.append(self.square, 0.0)[origin]
        pushed = self.pushed[pairs]
        each = np.where(fitted, plan.gain[pairs] ** 2 * square + 2 * plan.gain[pairs] * pushed * drift + pushed**2, 0.0)
        within = plan.scale[pairs] * self.family.at(drift, square)
        rows = float(part[of] @ (plan.chance[pairs] * (each + within)))  # E of the mean square of a row
        total = float(plan.rows[chosen].sum())
        left = 1.0 if pool.replace else (1.0 - pool.take / total) * total / max(total - 1, 1.0)
        return pool.weight**2 * left / pool.take * max(rows - pooled, 0.0)


def _counts(plan: Plan, batches: Whole) -> Whole:
    return np.asarray(np.searchsorted(plan.of, batches + 1) - np.searchsorted(plan.of, batches))


def _pairs_of(plan: Plan, batches: Whole) -> Whole:
    """The pairs of batch and origin that belong to batches, in their order."""
    start, count = np.searchsorted(plan.of, batches), _counts(plan, batches)
    offset = np.repeat(start - np.concatenate([[0], np.cumsum(count)[:-1]]), count)
    return np.asarray(offset + np.arange(offset.size))
