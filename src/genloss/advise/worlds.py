"""Which worlds could a table's rows come from? Truths believed after seeing them, and rows drawn from each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.advise.empirical_bayes import log_evidence, priors, weights_of
from genloss.errors import Problem

Array = NDArray[np.float64]

_RANK = 1e-10


@dataclass(frozen=True, eq=False)
class Seen:
    """Rows of a table as least squares sees them, centered.

    x: (T, d). level: mean label. basis (d, directions), eigenvalues, coefficients: of the rows' covariance, least
    squares there. residuals: corrected for the degrees of freedom. noise: their variance. leverage: of each row.
    """

    x: Array
    level: float
    basis: Array
    eigenvalues: Array
    coefficients: Array
    residuals: Array
    noise: float
    leverage: Array

    @property
    def signal(self) -> float:
        """Power of the truth, the mean of what is believed: what least squares shows, less its noise, at least 0."""
        shown = float((self.eigenvalues * self.coefficients**2).sum())
        return max(0.0, shown - self.noise * self.eigenvalues.size / len(self.x))


def see(x: Array, y: Array) -> Seen:
    """Fit least squares; refuse rows that say nothing of the noise."""
    center, level = x.mean(axis=0), float(y.mean())
    away = x - center
    values, basis = np.linalg.eigh(away.T @ away / len(x))
    kept = values > _RANK * max(values[-1], 1e-300)
    values, basis = values[kept], basis[:, kept]
    spare = len(x) - values.size - 1
    if not values.size or spare < 5:
        found = f"{len(x)} rows for {values.size} directions of the inputs"
        raise Problem("X", found, f"give at least {values.size + 6} rows and inputs that vary")
    turned = away @ basis
    coefficients = turned.T @ (y - level) / len(x) / values
    left = y - level - turned @ coefficients
    leverage = 1 / len(x) + (turned**2 / values).sum(axis=1) / len(x)
    residuals = left * np.sqrt(len(x) / spare)
    return Seen(away, level, basis, values, coefficients, residuals, float(left @ left / spare), leverage)


def truths(seen: Seen, count: int, rng: np.random.Generator) -> Array:
    """Draw coefficients of the truth from what empirical Bayes believes, (count, d)."""
    e, b = seen.eigenvalues, seen.coefficients
    grid, _ = priors(e, float((e * b**2).sum()))
    own = seen.noise / (len(seen.x) * e)
    chosen = rng.choice(len(grid), size=count, p=weights_of(log_evidence(b, grid + own)))
    keep = grid[chosen] / (grid[chosen] + own)
    drawn = keep * b + np.sqrt(keep * own) * rng.standard_normal((count, e.size))
    return np.asarray(drawn @ seen.basis.T)


def believed_power(seen: Seen) -> Array:
    """Return the posterior mean of w0_i^2 in each direction, averaged over the priors, (directions,)."""
    e, b = seen.eigenvalues, seen.coefficients
    grid, _ = priors(e, float((e * b**2).sum()))
    own = seen.noise / (len(seen.x) * e)
    keep = grid / (grid + own)
    return np.asarray(weights_of(log_evidence(b, grid + own)) @ (keep**2 * b**2 + keep * own))
