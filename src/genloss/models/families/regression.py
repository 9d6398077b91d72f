"""Logistic and Poisson regression with random inputs, as families that are refitted to their own rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem, shown
from genloss.models.families.protocol import Array, Truths, parameters_of, turned
from genloss.models.likelihood import LINKS, maximize


@dataclass(frozen=True, slots=True)
class Regression:
    """Rows are (z, y): d inputs z ~ N(0, 1), independent, and a label; parameters are intercept and d slopes.

    kind: "logistic" (y is 0 or 1) or "poisson" (counts, log link). There is no statistic of fixed size, so rows are
    kept. Newton's method with halved steps climbs a concave likelihood and cannot diverge; where it does not settle,
    a linear program says whether the estimate exists. Information of one row at the truth: E V(eta) (1, z)(1, z)',
    by 60 Gauss-Hermite nodes along the slopes.
    """

    kind: str = "logistic"
    dim: int = 2

    def __post_init__(self) -> None:
        if self.kind not in LINKS:
            raise Problem("kind", f"{self.kind!r}", f"give one of {', '.join(LINKS)}")
        if isinstance(self.dim, bool) or not isinstance(self.dim, int) or not 1 <= self.dim <= 200:
            raise Problem("dim", f"{self.dim!r}", "give a whole number of inputs from 1 to 200")

    @property
    def name(self) -> str:
        """Name of the family."""
        return f"{self.kind}_regression"

    @property
    def free(self) -> int:
        """Intercept and slopes."""
        return self.dim + 1

    @property
    def fewest(self) -> int:
        """Rows that span all directions."""
        return self.dim + 1

    @property
    def missing(self) -> str:
        """Why an estimate does not exist."""
        return LINKS[self.kind].missing

    def checked(self, truth: ArrayLike) -> Array:
        """Return intercept and slopes whose means a computer can hold."""
        given = parameters_of(self.name, truth, self.dim + 1, f"an intercept and {self.dim} slopes")
        if not self.inside(given[None])[0] and self.kind == "logistic":
            found = f"{shown(given.tolist())}: labels that no row decides by chance"
            raise Problem(f"{self.name}: truth", found, "give coefficients below 100,000 in size")
        if self.kind == "poisson" and abs(given[0]) + 6 * np.linalg.norm(given[1:]) > 40:
            raise Problem(f"{self.name}: truth", f"{given.tolist()}: counts above 1e17", "give smaller coefficients")
        return given

    def draw(self, parameters: Array, rows: int, rng: np.random.Generator) -> Array:
        """Draw rows (replicates, rows, d + 1), the label last."""
        z = rng.standard_normal((len(parameters), rows, self.dim))
        eta = parameters[:, :1] + (z @ parameters[:, 1:, None])[..., 0]
        if self.kind == "poisson":
            eta = np.minimum(eta, 40.0)  # a mean of 1e17; fits that far out are marked as ended
        link = LINKS[self.kind]
        return np.concatenate([z, link.draw(link.mean(eta), rng)[..., None]], axis=-1)

    def estimate(self, rows: Array, weights: Array, size: float) -> tuple[Array, Truths]:
        """Maximize sum of weights x (y eta - cumulant(eta)); one replicate after another is dropped as it settles."""
        del size
        x = np.concatenate([np.ones((*rows.shape[:2], 1)), rows[..., :-1]], axis=-1)
        return maximize(self.kind, x, rows[..., -1], weights)

    def inside(self, parameters: Array) -> Truths:
        """Whether all coefficients are finite and means can be drawn."""
        with np.errstate(over="ignore"):
            size = np.abs(parameters[:, 0]) + 6 * np.linalg.norm(parameters[:, 1:], axis=-1)
        return np.asarray(np.isfinite(size) & (size < (40.0 if self.kind == "poisson" else 1e6)))

    def whitened(self, parameters: Array, truth: Array) -> Array:
        """Errors times the Cholesky root of the information."""
        return turned(parameters - truth, np.asarray(np.linalg.cholesky(self.information(truth))))

    def row_variance(self, parameters: Array) -> Array:
        """Variance of a label over inputs and chance, by 60 Gauss-Hermite nodes."""
        from scipy.special import roots_hermitenorm  # loaded where it is needed

        nodes, mass = roots_hermitenorm(60)
        mass = mass / mass.sum()
        eta = parameters[:, :1] + np.linalg.norm(parameters[:, 1:], axis=-1)[:, None] * nodes
        link = LINKS[self.kind]
        mean = link.mean(eta)
        within, square, center = ((mass * each).sum(axis=-1) for each in (link.weight(eta), mean**2, mean))
        return np.asarray(within + square - center**2)

    def information(self, truth: Array) -> Array:
        """Fisher information of one row, (d + 1, d + 1)."""
        from scipy.special import roots_hermitenorm

        nodes, mass = roots_hermitenorm(60)
        mass = mass / mass.sum()
        length = float(np.linalg.norm(truth[1:]))
        along = truth[1:] / length if length > 0 else np.eye(self.dim)[0]
        weight = mass * LINKS[self.kind].weight(truth[0] + length * nodes)
        zero, one, two = (float((weight * nodes**k).sum()) for k in (0, 1, 2))
        matrix = np.zeros((self.dim + 1, self.dim + 1))
        matrix[0, 0] = zero
        matrix[0, 1:] = matrix[1:, 0] = one * along
        matrix[1:, 1:] = zero * np.eye(self.dim) + (two - zero) * np.outer(along, along)
        return matrix
