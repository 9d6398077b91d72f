"""How much variance does a Gaussian fit keep, when all rows so far are kept?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gamma

from genloss.theory.arguments import Array, checked_generation, checked_one, guarded
from genloss.theory.drift.diversity import sine_ratio
from genloss.theory.gaussian.chain import checked_rows, degrees_and_divisor

__all__ = ["Accumulated", "accumulated_limit", "accumulated_moments"]


@dataclass(frozen=True, slots=True)
class Accumulated:
    """E sigma_g^2 and E (mu_g - mu)^2 in units of the true variance, shape of `generation`. Status: exact."""

    variance: Array
    mean_square: Array


@guarded
def accumulated_moments(*, rows: ArrayLike, generation: ArrayLike, divisor: str = "unbiased") -> Accumulated:
    r"""Expected variance and squared error of the mean when generation g fits all rows so far.

    Batch 0 is real, batch i has n_i rows of the fit of generation i - 1; N_i = n_0 + ... + n_i.

    .. math:: E \sigma_g^2 = \prod_{i} \Big(1 - \frac{n_i}{N_i^2}\Big)_{i=0..g} \;\text{(maximum likelihood)}, \qquad
        \prod_{i=1}^{g} \Big(1 - \frac{n_i}{N_i (N_i - 1)}\Big) \;\text{(unbiased)}

    .. math:: E (\mu_g - \mu)^2 = \sum_{i=0}^{g} \frac{n_i}{N_i^2} E \sigma_{i-1}^2

    With maximum likelihood the second moment is conserved, so the two add up to 1; with equal
    batches the variance tends to sin(x)/x, x = pi / sqrt(n). Dividing by N - 1 does not make the
    later fits unbiased: it corrects for the mean of independent rows, which these are not.

    rows: n_0 >= 2, one number or one per generation, each from 2 on.
    generation: g >= 0, any shape. Status: exact. Source: docs/theory/classical.md.
    Checked by tests/statistical/test_gaussian_accumulate.py.

    >>> accumulated_moments(rows=10, generation=[0, 9], divisor="maximum_likelihood").variance.round(5).tolist()
    [0.9, 0.8515]
    """
    order = checked_generation(generation)
    degrees_and_divisor(rows, order, divisor)
    batch = checked_rows(rows, order)
    so_far: Array = np.add.accumulate(batch)
    if divisor == "maximum_likelihood":
        kept = 1 - batch / so_far**2
    else:
        kept = 1 - batch / (so_far * (so_far - 1))
        kept[0] = 1.0
    variance: Array = np.multiply.accumulate(kept)
    before = np.append(1.0, variance[:-1])
    return Accumulated(variance[order], np.add.accumulate(batch / so_far**2 * before)[order])


@guarded
def accumulated_limit(rows: ArrayLike, *, divisor: str = "unbiased") -> Array:
    r"""Limit of E sigma_g^2 for equal batches of n rows, all kept.

    .. math:: \frac{\sin(\pi/\sqrt n)}{\pi/\sqrt n} \;\text{(maximum likelihood)}, \qquad
        \frac{\Gamma(2 - 1/n)}{\Gamma(2 - r_1) \Gamma(2 - r_2)} \;\text{(unbiased)}

    by Euler's product for the sine; r_1, r_2 are the roots of n g^2 - g - 1 = 0, from
    1 - 1/(g (gn - 1)) = (g - r_1)(g - r_2) / (g (g - 1/n)).

    rows: n >= 2, one number. Status: exact. Source: docs/theory/classical.md.
    Checked by tests/unit/test_gaussian.py.

    >>> accumulated_limit(10, divisor="maximum_likelihood").round(5).item(), accumulated_limit(10).round(5).item()
    (0.84344, 0.93514)
    """
    n = checked_one("rows", rows, lowest=2, meaning="a number of rows from 2 on")
    degrees_and_divisor(n, np.zeros(1, np.int64), divisor)
    if divisor == "maximum_likelihood":
        return sine_ratio(np.asarray(n))
    root = np.sqrt(1 + 4 * n)
    return np.asarray(gamma(2 - 1 / n) / (gamma(2 - (1 + root) / (2 * n)) * gamma(2 - (1 - root) / (2 * n))))
