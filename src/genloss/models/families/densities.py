"""How likely is a row under a law of a family, and how far does it lie from the law's mean?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.models.families.dirichlet import Dirichlet
from genloss.models.families.gamma_shape import GammaShape
from genloss.models.families.gaussian import Gaussian
from genloss.models.families.multinomial import Multinomial
from genloss.models.families.protocol import Family
from genloss.models.families.quadratic import Quadratic
from genloss.models.families.regression import Regression
from genloss.models.likelihood import LINKS

Array = NDArray[np.float64]


Rows = Family | Quadratic
"""A family whose rows can be judged."""


def log_density(family: Rows, rows: Array, parameters: Array) -> Array:
    """Return the natural log of the density, or of the probability, of rows as they are held, (replicates, rows).

    A regression's is that of the label given the inputs. parameters: (replicates, parameters).
    """
    law = next(of for kind, of in _LAWS if isinstance(family, kind))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = law(family, rows, parameters)
    return np.where(np.isnan(found), -np.inf, found)


def distance(family: Rows, rows: Array, parameters: Array) -> Array:
    """Return how many standard deviations of the law a row lies from its mean, (replicates, rows).

    Of several directions: the root of the squared distance in the law's own covariance. Errors: `Problem` where rows
    of a family have no distance.
    """
    refuse_distance(family)
    with np.errstate(divide="ignore", invalid="ignore"):
        if isinstance(family, Gaussian):
            found = np.sqrt(_squared(family, rows, parameters)[0])
        else:
            mean = parameters[:, -1:]
            found = np.abs(rows[..., 0] - mean) / np.sqrt(family.row_variance(parameters))[:, None]
    return np.where(np.isnan(found), 0.0, found)  # a law without variance, and a row at its mean


def refuse_distance(family: Rows) -> None:
    """Refuse a family whose rows have no distance from a mean."""
    if not isinstance(family, Quadratic | GammaShape | Gaussian):
        mend = 'give kind = "likelihood" or "top_share"'
        raise Problem("kind", f"rows of {family.name} have no distance from a mean", mend)


def moved(family: Rows, truth: Array, error: float) -> Array:
    """Return the truth with its mean moved up by so many standard deviations of a row, (parameters,).

    A Gaussian of several dimensions is moved along the first. Errors: `Problem` where a family has no such mean.
    """
    if error == 0:
        return truth
    if not isinstance(family, Quadratic | GammaShape | Gaussian):
        mend = 'leave verifier_error out, or give verifier = "fit 0"'
        raise Problem("verifier_error", f"{family.name} has no mean to be off by so many deviations", mend)
    at = 0 if isinstance(family, Gaussian) else -1
    spread = truth[family.dim] if isinstance(family, Gaussian) else family.row_variance(truth[None])[0]
    off = truth.copy()
    off[at] += error * np.sqrt(spread)
    return np.array([family.checked(off[0])]) if isinstance(family, Quadratic) else family.checked(off)


def _of_quadratic(family: Quadratic, rows: Array, parameters: Array) -> Array:
    from scipy.special import gammaln, xlog1py, xlogy

    (law, size), x = family.row, rows[..., 0]
    m = family.inside(parameters)
    if law == "normal":
        found = -0.5 * ((x - m) / size) ** 2 - np.log(size) - 0.5 * np.log(2 * np.pi)
    elif law == "poisson":
        found = xlogy(x, m) - m - gammaln(x + 1)
    elif law == "gamma":
        found = size * np.log(size / m) + xlogy(size - 1, x) - size * x / m - gammaln(size)
    elif law == "binomial":
        ways = gammaln(size + 1) - gammaln(x + 1) - gammaln(size - x + 1)
        found = ways + xlogy(x, m / size) + xlog1py(size - x, -m / size)
    else:
        ways = gammaln(x + size) - gammaln(x + 1) - gammaln(size)
        found = ways + xlogy(x, m / (m + size)) + size * np.log(size / (m + size))
    at_end = np.asarray(family.at_the_end(parameters))
    return np.where(at_end, np.where(x == parameters, 0.0, -np.inf), found)


def _of_gamma(_family: GammaShape, rows: Array, parameters: Array) -> Array:
    from scipy.special import gammaln, xlogy

    x, shape, mean = rows[..., 0], parameters[:, :1], parameters[:, 1:]
    return np.asarray(shape * np.log(shape / mean) + xlogy(shape - 1, x) - shape * x / mean - gammaln(shape))


def _of_gaussian(family: Gaussian, rows: Array, parameters: Array) -> Array:
    squared, log_determinant = _squared(family, rows, parameters)
    return np.asarray(-0.5 * (squared + log_determinant[:, None] + family.dim * np.log(2 * np.pi)))


def _squared(family: Gaussian, rows: Array, parameters: Array) -> tuple[Array, Array]:
    """Squared distance of rows in the law's covariance, and the log of its determinant."""
    mean = parameters[:, : family.dim]
    covariance = parameters[:, family.dim :].reshape(-1, family.dim, family.dim)
    away = rows - mean[:, None]
    solved = np.linalg.solve(covariance, away.mT).mT
    return np.asarray((away * solved).sum(axis=-1)), np.asarray(np.linalg.slogdet(covariance)[1])


def _of_dirichlet(_family: Dirichlet, rows: Array, parameters: Array) -> Array:
    """Rows are logarithms of shares; the density is that of the shares."""
    from scipy.special import gammaln

    constant = gammaln(parameters.sum(axis=-1)) - gammaln(parameters).sum(axis=-1)
    return np.asarray(constant[:, None] + ((parameters[:, None] - 1) * rows).sum(axis=-1))


def _of_multinomial(_family: Multinomial, rows: Array, parameters: Array) -> Array:
    from scipy.special import xlogy

    return np.asarray(xlogy(rows, parameters[:, None]).sum(axis=-1))


def _of_regression(family: Regression, rows: Array, parameters: Array) -> Array:
    from scipy.special import gammaln

    x, y = rows[..., :-1], rows[..., -1]
    eta = parameters[:, :1] + (x @ parameters[:, 1:, None])[..., 0]
    found = y * eta - LINKS[family.kind].cumulant(eta)
    return np.asarray(found - gammaln(y + 1) if family.kind == "poisson" else found)


_LAWS: tuple[tuple[type, Callable[[Any, Array, Array], Array]], ...] = (
    (Quadratic, _of_quadratic),
    (GammaShape, _of_gamma),
    (Gaussian, _of_gaussian),
    (Dirichlet, _of_dirichlet),
    (Multinomial, _of_multinomial),
    (Regression, _of_regression),
)
