"""The gamma law of unknown shape: which mean and shape do rows have, by maximum likelihood?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.models.families.protocol import Array, Truths, checked_shapes, chunks, parameters_of, weighted_mean

_FLAT = 1e-12  # log of the mean minus mean of the logs below which rows are all the same


@dataclass(frozen=True, slots=True)
class GammaShape:
    r"""Rows x > 0 of shape a and mean m; parameters (a, m).

    .. math:: \log a - \psi(a) = \log \bar x - \overline{\log x}, \quad \hat m = \bar x

    The statistic is (mean of x, mean of log x), drawn row by row: no law of the sum of logarithms is known that
    costs less. Information of one row: psi_1(a) - 1/a for the shape, a/m^2 for the mean, none between.
    """

    name: str = "gamma_shape"
    free: int = 2
    fewest: int = 2
    missing: str = "all rows are the same, so that the likelihood grows with the shape without end, or one is 0"

    def checked(self, truth: ArrayLike) -> Array:
        """Return (shape, mean), both above 0."""
        given = parameters_of(self.name, truth, 2, "shape and mean, both above 0")
        if not np.all(given > 0):
            raise Problem(f"{self.name}: truth", f"{given.tolist()} is not inside the family", "give both above 0")
        checked_shapes(self.name, given[:1])
        return given

    def draw(self, parameters: Array, rows: int, rng: np.random.Generator) -> Array:
        """Draw rows (replicates, rows, 1)."""
        shape, mean = parameters[:, :1], parameters[:, 1:]
        return np.asarray(np.exp(log_gamma(shape, (len(parameters), rows), rng)) * mean / shape)[..., None]

    def summary(self, rows: Array, weights: Array) -> Array:
        """Return the means of x and log x."""
        x = rows[..., 0]
        with np.errstate(divide="ignore"):  # a row too small for a number is 0, and has no estimate
            logs = np.where(weights > 0, np.log(x), 0.0)
        return np.stack([(weights * x).sum(axis=-1), (weights * logs).sum(axis=-1)], axis=-1)

    def draw_summary(self, parameters: Array, rows: int, rng: np.random.Generator) -> Array:
        """Draw in chunks and keep the means."""
        total = np.zeros((len(parameters), 2))
        for count in chunks(rows, len(parameters), 1, rng):
            x = self.draw(parameters, count, rng)
            total += count * self.summary(x, np.full(count, 1 / count))
        return total / rows

    def expected(self, parameters: Array) -> Array:
        """Return E x and E log x."""
        from scipy.special import digamma  # loaded where it is needed

        shape, mean = parameters[:, 0], parameters[:, 1]
        return np.stack([mean, digamma(shape) - np.log(shape) + np.log(mean)], axis=-1)

    def pooled(self, summaries: Sequence[Array], shares: Sequence[float]) -> Array:
        """Return the weighted mean."""
        return weighted_mean(summaries, shares)

    def solve(self, summary: Array, size: float) -> tuple[Array, Truths]:
        """Newton's method in log a, from Minka's start."""
        from scipy.special import digamma, polygamma  # loaded where it is needed

        del size
        with np.errstate(divide="ignore", invalid="ignore"):
            gap = np.log(summary[:, 0]) - summary[:, 1]
        exists = np.asarray((gap > _FLAT) & np.isfinite(gap))
        s = np.where(exists, gap, 1.0)
        log_shape = np.log((3 - s + np.sqrt((s - 3) ** 2 + 24 * s)) / (12 * s))
        going = np.ones(len(s), dtype=bool)
        for _ in range(30):
            a = np.exp(log_shape)
            step = (log_shape - digamma(a) - s) / (1 - a * polygamma(1, a))
            log_shape = np.where(going, log_shape - step, log_shape)
            going &= np.abs(step) >= 1e-13
            if not going.any():
                break
        return np.stack([np.exp(log_shape), summary[:, 0]], axis=-1), exists

    def estimate(self, rows: Array, weights: Array, size: float) -> tuple[Array, Truths]:
        """Maximize the likelihood of rows."""
        return self.solve(self.summary(rows, weights), size)

    def inside(self, parameters: Array) -> Truths:
        """Whether both are above 0 and finite."""
        return np.asarray((np.isfinite(parameters) & (parameters > 0)).all(axis=-1))

    def whitened(self, parameters: Array, truth: Array) -> Array:
        """Errors times the root of the information."""
        from scipy.special import polygamma

        a, m = truth
        root = np.sqrt([float(polygamma(1, a)) - 1 / a, a / m**2])
        return np.asarray((parameters - truth) * root)

    def row_variance(self, parameters: Array) -> Array:
        """Mean^2 / shape."""
        return np.asarray(parameters[:, 1] ** 2 / parameters[:, 0])


def log_gamma(shape: Array, size: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Draw logarithms of standard gamma rows; small shapes by x' u^(1/a) with x' of shape a + 1, so none is -inf."""
    return np.asarray(np.log(rng.standard_gamma(shape + 1.0, size)) + np.log1p(-rng.random(size)) / shape)
