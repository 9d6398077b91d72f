"""Logistic and Poisson regression with random inputs: which coefficients do labels have, and do they exist?"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import linprog
from scipy.special import expit, roots_hermitenorm

from genloss.errors import Problem
from genloss.models.families.protocol import Array, Truths, parameters_of

_STEPS, _HALVINGS = 100, 40
_DONE = 1e-18  # gradient x step, per row, at which a fit has settled
_HIGH = 30.0  # linear predictors beyond which a converged fit is checked by the linear program


@dataclass(frozen=True, slots=True)
class Link:
    """A generalized linear model with its canonical link. mean, cumulant: of the linear predictor; weight: V."""

    mean: Callable[[Array], Array]
    weight: Callable[[Array], Array]
    cumulant: Callable[[Array], Array]
    draw: Callable[[Array, np.random.Generator], Array]
    missing: str


LINKS = {
    "logistic": Link(
        mean=lambda eta: np.asarray(expit(eta)),
        weight=lambda eta: np.asarray(expit(eta) * expit(-eta)),
        cumulant=lambda eta: np.logaddexp(0.0, eta),
        draw=lambda mean, rng: (rng.random(mean.shape) < mean).astype(float),
        missing="the labels are separable: some direction of the inputs parts the ones from the zeros",
    ),
    "poisson": Link(
        mean=np.exp,
        weight=np.exp,
        cumulant=np.exp,
        draw=lambda mean, rng: rng.poisson(mean).astype(float),
        missing="counts above 0 lie in too few directions: the likelihood grows along one in which only zeros vary",
    ),
}


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

    def fit(self, rows: Array, weights: Array, size: float) -> tuple[Array, Truths]:
        """Maximize sum of weights x (y eta - cumulant(eta)); one replicate after another is dropped as it settles."""
        del size
        x = np.concatenate([np.ones((*rows.shape[:2], 1)), rows[..., :-1]], axis=-1)
        y = rows[..., -1]
        w = np.broadcast_to(weights, y.shape)
        found = np.zeros((len(x), self.dim + 1))
        settled = np.zeros(len(x), dtype=bool)
        active = np.arange(len(x))
        for _ in range(_STEPS):
            found[active], done = self._climb(found[active], x[active], y[active], w[active])
            settled[active[done]] = True
            active = active[~done]
            if not active.size:
                break
        far = np.abs((x @ found[..., None])[..., 0]).max(axis=-1) > _HIGH
        doubtful = np.flatnonzero(~settled | far)
        exists = np.ones(len(x), dtype=bool)
        exists[doubtful] = [estimate_exists(self.kind, x[r], y[r], w[r]) for r in doubtful]
        return found, exists

    def _climb(self, b: Array, x: Array, y: Array, w: Array) -> tuple[Array, Truths]:
        """One Newton step, halved until the likelihood does not fall; and who has settled."""
        link = LINKS[self.kind]
        eta = (x @ b[..., None])[..., 0]
        gradient = ((w * (y - link.mean(eta)))[:, None, :] @ x)[:, 0]
        curvature = (x * (w * link.weight(eta))[..., None]).mT @ x
        ridge = 1e-14 * np.trace(curvature, axis1=-2, axis2=-1)[:, None, None] + 1e-300
        step = np.linalg.solve(curvature + ridge * np.eye(b.shape[-1]), gradient[..., None])[..., 0]
        rise = (gradient * step).sum(axis=-1)
        move = (x @ step[..., None])[..., 0]
        reach = np.minimum(1.0, 10.0 / np.maximum(np.abs(move).max(axis=-1), 1e-300))
        before = (w * (y * eta - link.cumulant(eta))).sum(axis=-1)
        for _ in range(_HALVINGS):
            at = eta + reach[:, None] * move
            after = (w * (y * at - link.cumulant(at))).sum(axis=-1)
            low = after < before - 1e-14 * np.abs(before)
            if not low.any():
                break
            reach = np.where(low, reach / 2, reach)
        return b + reach[:, None] * step, np.asarray(rise < _DONE)

    def inside(self, parameters: Array) -> Truths:
        """Whether all coefficients are finite and means can be drawn."""
        size = np.abs(parameters[:, 0]) + 6 * np.linalg.norm(parameters[:, 1:], axis=-1)
        return np.asarray(np.isfinite(size) & (size < (40.0 if self.kind == "poisson" else 1e6)))

    def whitened(self, parameters: Array, truth: Array) -> Array:
        """Errors times the Cholesky root of the information."""
        return np.asarray((parameters - truth) @ np.linalg.cholesky(self.information(truth)))

    def row_variance(self, parameters: Array) -> Array:
        """Variance of a label over inputs and chance, by 60 Gauss-Hermite nodes."""
        nodes, mass = roots_hermitenorm(60)
        mass = mass / mass.sum()
        eta = parameters[:, :1] + np.linalg.norm(parameters[:, 1:], axis=-1)[:, None] * nodes
        link = LINKS[self.kind]
        mean = link.mean(eta)
        within, center = link.weight(eta) @ mass, mean @ mass
        return np.asarray(within + mean**2 @ mass - center**2)

    def information(self, truth: Array) -> Array:
        """Fisher information of one row, (d + 1, d + 1)."""
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


def estimate_exists(kind: str, x: Array, y: Array, weights: Array) -> bool:
    """Whether the likelihood of a logistic or Poisson regression has a maximum, by a linear program.

    It has none if along some direction b no row's likelihood falls and some row's rises for ever. Logistic: (2y - 1)
    x.b >= 0 for all rows, > 0 for one. Poisson: x.b = 0 where y > 0 and x.b <= 0 where y = 0, < 0 for one. The program
    maximizes the sum of what rises over |b| <= 1: 0 if there is no such direction. x: (rows, parameters); y: (rows,).
    """
    used = weights > 0
    x, y = x[used] / np.abs(x[used]).max(axis=0), y[used]
    if np.linalg.matrix_rank(x) < x.shape[1]:
        return False
    if kind == "logistic":
        rising, still = (2 * y - 1)[:, None] * x, x[:0]
    else:
        rising, still = -x[y == 0], x[y > 0]
    if not len(rising):
        return True
    solved = linprog(
        -rising.sum(axis=0),
        A_ub=-rising,
        b_ub=np.zeros(len(rising)),
        A_eq=still if len(still) else None,
        b_eq=np.zeros(len(still)) if len(still) else None,
        bounds=(-1.0, 1.0),
        method="highs",
    )
    if solved.status != 0:
        raise Problem("regression", f"the linear program ended with: {solved.message}", "scale the inputs")
    return bool(-solved.fun < 1e-7 * len(rising))
