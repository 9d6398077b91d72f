"""Least squares and ridge: the truth is linear, labels have noise of one variance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import clone

from genloss.advise.empirical_bayes import draw_truths
from genloss.advise.worlds.noise import noise_variances
from genloss.advise.worlds.protocol import (
    LATER,
    WEAK,
    Array,
    Assumption,
    Batch,
    Truths,
    leverage,
    looked,
    unlike,
)
from genloss.errors import Problem

_RANK = 1e-10
_KURTOSIS = 6.0


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
    own = seen.noise / (len(seen.x) * seen.eigenvalues)
    drawn = draw_truths(seen.eigenvalues, seen.coefficients, own, count, rng)
    return np.asarray(drawn @ seen.basis.T)


@dataclass(frozen=True, eq=False)
class Linear:
    """A truth: clean labels of the given rows (T,), and a scale of the noise.

    Few rows with heavy tails do not know their noise well: see `noise`.
    """

    clean: Array
    scale: float


@dataclass(frozen=True, eq=False)
class LinearWorld:
    """Rows resampled with their own residuals for real labels, Gaussian noise for labels that models make."""

    estimator: Any
    seen: Seen
    unit: str = "mean (f - truth)², label²"
    plain: str = "the mean"
    missing: str = ""

    @property
    def rows(self) -> int:
        """Rows of the table."""
        return len(self.seen.x)

    def believed(self, count: int, rng: np.random.Generator) -> list[Linear]:
        """Draw coefficients and noise from what is believed of them."""
        drawn = truths(self.seen, count, rng)
        variances = noise_variances(self.seen.residuals, count, rng)
        scales = np.sqrt(variances / np.mean(self.seen.residuals**2)).tolist()
        return [Linear(self.seen.x @ w, scale) for w, scale in zip(drawn, scales, strict=True)]

    def real(self, truth: Linear, rows: int, runs: int, rng: np.random.Generator) -> Batch:
        """Draw given inputs; their labels keep the residual of their row."""
        places = rng.integers(self.rows, size=(runs, rows))
        return places, truth.clean[places] + truth.scale * self.seen.residuals[places]

    def told(self, fits: Array, truth: Linear, rows: int, rng: np.random.Generator) -> Batch:
        """Draw given inputs; labels are predictions and Gaussian noise."""
        places = rng.integers(self.rows, size=(len(fits), rows))
        noise = truth.scale * np.sqrt(self.seen.noise) * rng.standard_normal(places.shape)
        return places, np.take_along_axis(fits, places, axis=1) + noise

    def fit(self, batches: Sequence[Batch], shares: Sequence[float]) -> tuple[Array, Truths]:
        """Refit the user's own estimator; a fit is its predictions for the given rows."""
        places = np.concatenate([each for each, _ in batches], axis=1)
        labels = np.concatenate([each for _, each in batches], axis=1)
        weights = np.concatenate([
            np.full(each.shape[1], share / each.shape[1]) for (each, _), share in zip(batches, shares, strict=True)
        ])  # fmt: skip
        even = np.ptp(weights) < 1e-12 * weights[0]
        asked: dict[str, Any] = {} if even else {"sample_weight": weights * len(weights)}
        x = self.seen.x
        fits = [clone(self.estimator).fit(x[at], y, **asked).predict(x) for at, y in zip(places, labels, strict=True)]
        return np.array(fits), np.ones(len(fits), dtype=bool)

    def risk(self, fits: Array, truth: Linear) -> Array:
        """Return the mean of (f - truth)^2 over the given inputs."""
        return np.asarray(np.mean((fits - truth.clean) ** 2, axis=1))

    def plain_risk(self, truth: Linear) -> float:
        """Return the power of the truth."""
        return float(np.mean(truth.clean**2))

    def assumptions(self) -> tuple[Assumption, ...]:
        """Leverage, signal, noise; linear truth and later rows are not known."""
        share = self.seen.signal / (self.seen.signal + self.seen.noise)
        kurtosis = float(np.mean(self.seen.residuals**4) / np.mean(self.seen.residuals**2) ** 2)
        return (
            leverage(float(self.seen.leverage.max())),
            looked(
                "the labels hold a signal",
                share > WEAK,
                f"{share:.0%} of the labels' variance; below {WEAK:.0%} bands have covered too little",
            ),
            looked(
                "noise of one kind",
                kurtosis < _KURTOSIS,
                f"kurtosis of the residuals {kurtosis:.1f} (3: Gaussian); later generations draw Gaussian noise",
            ),
            unlike("the truth is linear in X", "risk is measured against the best linear fit"),
            LATER,
        )
