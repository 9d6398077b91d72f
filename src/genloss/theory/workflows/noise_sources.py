"""How large is each source of noise: the rows of a batch, and the sub-sampling of a fit?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from genloss.errors import Problem
from genloss.theory.arguments import Array
from genloss.theory.workflows.atoms import Atoms, Subsample, Whole
from genloss.workflows import TRUTH

__all__ = ["VarianceFunction", "drifts", "growing_noise_variances", "noise_variances"]


_TOGETHER = 128  # subsamples whose loadings are found in one product


@dataclass(frozen=True, slots=True)
class VarianceFunction:
    """What the variance of one row is at the mean m: V(m) = variance + slope (m - truth) + curvature (m - truth)^2."""

    variance: float
    curvature: float = 0.0
    slope: float = 0.0
    truth: float = 0.0

    def at(self, drift: Array, square: Array) -> Array:
        """Return E V, for a mean with this drift and this mean squared error."""
        return np.asarray(self.variance + self.slope * drift + self.curvature * square)


def drifts(atoms: Atoms, truth: float) -> Array:
    """Return E(fit) - truth, (fits,): what shifts and gains of samplers do to the mean."""
    pushed = atoms.shift_effect @ np.array([1.0, truth])
    if not pushed.any():
        return np.zeros(atoms.fits)
    from scipy.linalg import solve_triangular

    system = np.eye(atoms.fits) - atoms.teacher_weights
    return np.asarray(solve_triangular(system, pushed, lower=True, unit_diagonal=True))


def noise_variances(atoms: Atoms, loading: Array, function: VarianceFunction, *, limit: bool) -> Array:
    """Return the variance of each atom, (J,): in the limit of many rows, or exactly."""
    if limit or _as_in_the_limit(atoms, function):
        return _limit(atoms, function.variance)
    return _Exact(atoms, loading, function).run()


def growing_noise_variances(
    atoms: Atoms, function: VarianceFunction, *, limit: bool
) -> Callable[[int, Array], Array] | None:
    """Return (g, variances of the fits before g) -> variances of the atoms begun, or None where those do not do.

    They do unless rows of mixed laws or sub-samples are followed exactly, which needs loadings.
    """
    if limit or _as_in_the_limit(atoms, function):
        fixed = _limit(atoms, function.variance)
        return lambda _generation, _variances: fixed
    if atoms.subsamples or atoms.batch_of_pair.size != atoms.rows.size:
        return None
    exact = _Exact(atoms, np.zeros((0, 0)), function)
    edges = np.searchsorted(atoms.births, np.arange(atoms.fits + 1)).tolist()

    def grow(generation: int, variances: Array) -> Array:
        if generation:
            exact.square[generation - 1] = variances[generation - 1] + exact.drift[generation - 1] ** 2
        born = slice(edges[generation], edges[generation + 1])
        if born.start < born.stop:
            exact.draw(born, born)
        return exact.atom_variances

    return grow


def _as_in_the_limit(atoms: Atoms, function: VarianceFunction) -> bool:
    """Whether every row has the truth's variance at any number of rows, and nothing else is random."""
    flat = function.curvature == 0 and (function.slope == 0 or not atoms.shift_effect.any())
    return flat and not atoms.subsamples and atoms.batch_of_pair.size == atoms.rows.size


def _limit(atoms: Atoms, variance: float) -> Array:
    """Every row has the variance of the truth's rows, times its sampler's scale."""
    scale = np.bincount(atoms.batch_of_pair, atoms.chance_of_pair * atoms.scale_of_pair, atoms.rows.size)
    result = _by_atom(atoms, variance * scale / atoms.rows)
    for sample in atoms.subsamples:
        rows = atoms.rows[sample.batches]
        size = rows.sum()
        left = 1.0 if sample.replace else 1.0 - sample.take / size
        own = sample.weight**2 * left / sample.take * variance * (rows @ scale[sample.batches]) / size
        result[atoms.own_atom_of_fit[sample.generation]] += own
    return result


def _by_atom(atoms: Atoms, variances: Array) -> Array:
    """Add up the noise of batches in their atoms."""
    used = atoms.atom_of_batch >= 0
    count = atoms.first_fit_of_atom.size
    return np.asarray(
        np.bincount(atoms.atom_of_batch[used], (atoms.part_of_batch**2 * variances)[used], count), dtype=float
    )


class _Exact:
    """The variances in the order of the generations: each depends on the errors of fits before it.

    size: (B,), the variance of the mean of a batch about the mean it was drawn at.
    """

    def __init__(self, atoms: Atoms, loading: Array, function: VarianceFunction) -> None:
        self.atoms, self.loading, self.function = atoms, loading, function
        self.drift = drifts(atoms, function.truth)
        self.square = np.zeros(atoms.fits)
        self.size = np.zeros(atoms.rows.size)
        self.atom_variances = np.zeros(atoms.first_fit_of_atom.size)
        offset = atoms.shift_of_pair + (atoms.gain_of_pair - 1) * function.truth
        real = atoms.origin_of_pair == TRUTH
        self.pushed = np.where(real, 0.0, offset)
        self.earlier: dict[int, Array] = {}
        self.push = np.where(
            real, 0.0, atoms.gain_of_pair * np.append(self.drift, 0.0)[atoms.origin_of_pair] + offset
        )  # E, by pair

    def run(self) -> Array:
        """Go through the generations."""
        atoms = self.atoms
        edges = np.searchsorted(atoms.births, np.arange(atoms.fits + 1))
        pairs = np.searchsorted(atoms.batch_of_pair, edges)
        samples: dict[int, list[int]] = {}
        for number, sample in enumerate(atoms.subsamples):
            samples.setdefault(sample.generation, []).append(number)
        ends = np.searchsorted(atoms.first_fit_of_atom, np.arange(atoms.fits), side="right")
        for g in range(atoms.fits):
            born = slice(int(edges[g]), int(edges[g + 1]))
            if born.start < born.stop:
                self.draw(born, slice(int(pairs[g]), int(pairs[g + 1])))
            for number in samples.get(g, ()):
                self.atom_variances[atoms.own_atom_of_fit[g]] += self._sampling(number)
            end = int(ends[g])
            row = self.loading[g, :end]
            self.square[g] = (row * row) @ self.atom_variances[:end] + self.drift[g] ** 2
        return self.atom_variances

    def draw(self, born: slice, pairs: slice) -> None:
        """Add the noise of the batches of one generation."""
        atoms, of = self.atoms, self.atoms.batch_of_pair[pairs]
        origin = atoms.origin_of_pair[pairs]
        count = born.stop - born.start
        here = of - born.start
        known = np.append(self.square, 0.0)[origin], np.append(self.drift, 0.0)[origin]
        within = np.asarray(atoms.scale_of_pair[pairs] * self.function.at(known[1], known[0]))
        rows = np.bincount(here, atoms.chance_of_pair[pairs] * within, count)
        for b in np.flatnonzero(np.bincount(here, minlength=count) > 1):
            rows[b] += self._between(slice(*(pairs.start + np.searchsorted(here, [b, b + 1]))))
        if rows.min() < -1e-12 * abs(self.function.variance):
            raise Problem(
                "curvature",
                f"{self.function.curvature:g} makes a variance negative at generation {atoms.births[born.start]}",
                "give the variance function of a family, or limit=True",
            )
        self.size[born] = np.maximum(rows, 0.0) / atoms.rows[born]
        chosen = np.arange(born.start, born.stop)
        used = atoms.atom_of_batch[chosen] >= 0
        np.add.at(
            self.atom_variances,
            atoms.atom_of_batch[chosen][used],
            (atoms.part_of_batch[chosen] ** 2 * self.size[born])[used],
        )

    def _between(self, pairs: slice) -> float:
        """How much the means of the origins of one mixed batch differ: E of the variance between them."""
        atoms = self.atoms
        origin, chance, gain = atoms.origin_of_pair[pairs], atoms.chance_of_pair[pairs], atoms.gain_of_pair[pairs]
        fitted = origin != TRUTH
        drift, push = np.append(self.drift, 0.0)[origin], self.pushed[pairs]
        square = np.append(self.square, 0.0)[origin]
        each = np.where(fitted, gain**2 * square + 2 * gain * push * drift + push**2, 0.0)
        together = (chance * gain)[fitted] @ self.loading[origin[fitted]]
        mean = float(chance @ self.push[pairs])
        return float(chance @ each - (together * together) @ self.atom_variances - mean**2)

    def _taught(self, sample: Subsample) -> Array:
        """The share of each fit in the mean of a pool, times its gain, (fits,)."""
        atoms, chosen = self.atoms, sample.batches
        part = atoms.rows[chosen] / atoms.rows[chosen].sum()
        pairs = _pairs_of(atoms, chosen)
        of = np.repeat(np.arange(chosen.size), _counts(atoms, chosen))
        fitted = atoms.origin_of_pair[pairs] != TRUTH
        shares = (part[of] * atoms.chance_of_pair[pairs] * atoms.gain_of_pair[pairs])[fitted]
        return np.asarray(np.bincount(atoms.origin_of_pair[pairs][fitted], shares, atoms.fits))

    def _loading_of(self, number: int) -> Array:
        """What the mean of a pool loads on the noise of earlier generations, (J,); many at once."""
        if number not in self.earlier:
            some = range(number, min(number + _TOGETHER, len(self.atoms.subsamples)))
            taught = np.array([self._taught(self.atoms.subsamples[i]) for i in some])
            end = self.atoms.subsamples[some[-1]].generation
            begun = int(np.searchsorted(self.atoms.first_fit_of_atom, end))
            found = np.zeros((len(some), self.loading.shape[1]))
            found[:, :begun] = taught[:, :end] @ self.loading[:end, :begun]
            self.earlier = dict(zip(some, found, strict=True))
        return self.earlier[number]

    def _sampling(self, number: int) -> float:
        """What drawing `take` rows of a pool adds, exactly: the expected variance of the pool's rows, shared out."""
        atoms, sample = self.atoms, self.atoms.subsamples[number]
        chosen = sample.batches
        part = atoms.rows[chosen] / atoms.rows[chosen].sum()
        pairs = _pairs_of(atoms, chosen)
        of = np.repeat(np.arange(chosen.size), _counts(atoms, chosen))
        origin = atoms.origin_of_pair[pairs]
        fitted = origin != TRUTH
        earlier = self._loading_of(number)
        atom, ratio, size = atoms.atom_of_batch[chosen], atoms.part_of_batch[chosen], self.size[chosen]
        met = np.where(atom >= 0, earlier[atom], 0.0) * ratio
        push = self.push[pairs] * atoms.chance_of_pair[pairs]
        mean = float(part[of] @ push)
        pooled = float((earlier * earlier) @ self.atom_variances + (2 * met * part + part**2) @ size) + mean**2
        drift, square = np.append(self.drift, 0.0)[origin], np.append(self.square, 0.0)[origin]
        pushed = self.pushed[pairs]
        each = np.where(
            fitted,
            atoms.gain_of_pair[pairs] ** 2 * square + 2 * atoms.gain_of_pair[pairs] * pushed * drift + pushed**2,
            0.0,
        )
        within = atoms.scale_of_pair[pairs] * self.function.at(drift, square)
        rows = float(part[of] @ (atoms.chance_of_pair[pairs] * (each + within)))  # E of the mean square of a row
        total = float(atoms.rows[chosen].sum())
        left = 1.0 if sample.replace else (1.0 - sample.take / total) * total / max(total - 1, 1.0)
        return sample.weight**2 * left / sample.take * max(rows - pooled, 0.0)


def _counts(atoms: Atoms, batches: Whole) -> Whole:
    return np.asarray(np.searchsorted(atoms.batch_of_pair, batches + 1) - np.searchsorted(atoms.batch_of_pair, batches))


def _pairs_of(atoms: Atoms, batches: Whole) -> Whole:
    """The pairs of batch and origin that belong to batches, in their order."""
    start, count = np.searchsorted(atoms.batch_of_pair, batches), _counts(atoms, batches)
    offset = np.repeat(start - np.concatenate([[0], np.cumsum(count)[:-1]]), count)
    return np.asarray(offset + np.arange(offset.size))
