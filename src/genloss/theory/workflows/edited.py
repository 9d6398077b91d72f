r"""How fast does a fit lose its rows' information when a share of one data set is edited in every generation?

A data set of n rows stays, and the newest fit draws a share p_g of its rows again. The mean of the data set moves by

.. math:: \bar x_g - \bar x_{g-1} = p\,(\bar y - \bar z)

y the np new rows, z the np rows that they replace. The new rows come from the fit, which is the mean of the data set,
so their mean is off by variance V / (np); a share p of rows without replacement is off by D (1 - p) / (np), D the
variance of the rows around their mean. Both are independent of what came before, so n Var / V grows by
p + p (1 - p) D / V, which is p (2 - p) where D = V. Rows that are replaced in proportion out of every batch that was
drawn together differ within batches only, so D = V at any n. Rows that are replaced at random also differ by the means
of batches, and come to lie closer together: D falls below V by a part of order 1/n.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_one, checked_range, guarded, guarded_infinite

__all__ = ["edited_at_random", "edited_limit", "edited_variances"]

_SHARES = "shares of the rows from 0 to 1, one per generation from 1 on"


@guarded
def edited_variances(shares: ArrayLike) -> Array:
    r"""Return the variance of each fit in units of the first one's, (generations + 1,), rows edited in proportion.

    .. math:: n \mathrm{Var}\,\hat\theta_g / V = 1 + \sum_{j \le g} p_j (2 - p_j)

    shares: p_1, p_2, ..., (generations,), each from 0 to 1; V: the variance of one row. p = 1 is `replace`, which
    adds 1 a generation. The sum is finite, and the error bounded, only if the sum of the shares is finite: editing
    alone does not prevent collapse.
    Status: exact for the mean of rows of constant variance, where every batch loses the same share; leading order in
    1/n for every regular model. `edit` loses whole rows, which changes it by about 1/n (`variances` has the schedule's
    own). Source: docs/theory/edits.md, for the setting of arXiv 2412.14689. Checked by
    tests/statistical/test_edits.py.

    >>> edited_variances([0.1] * 50)[[0, 1, 50]].round(6).tolist()
    [1.0, 1.19, 10.5]
    >>> round(float(edited_variances(0.5 ** np.arange(1, 60))[-1]), 6)
    2.666667
    """
    given = _checked(shares)
    return np.concatenate([[1.0], 1.0 + np.cumsum(given * (2 - given))])


@guarded_infinite
def edited_limit(share: float, decay: float = 1.0) -> float:
    r"""Return where `edited_variances` ends if the share of generation g is share x decay^(g - 1).

    .. math:: 1 + \frac{2 p}{1 - \eta} - \frac{p^2}{1 - \eta^2}

    share: p, from 0 to 1. decay: eta, from 0 to 1; at 1 the limit is infinite unless p = 0. p = eta gives the shares
    eta^g.
    Status: exact as `edited_variances` is. Source: docs/theory/edits.md. Checked by tests/unit/test_edits.py.

    >>> [round(edited_limit(eta, eta), 2) for eta in (0.5, 0.9)], edited_limit(0.01)
    ([2.67, 14.74], inf)
    """
    p = checked_one("share", share, lowest=0, highest=1, meaning="a share of the rows from 0 to 1")
    eta = checked_one("decay", decay, lowest=0, highest=1, meaning="the factor of the share per generation, 0 to 1")
    if p == 0:
        return 1.0
    return float("inf") if eta == 1 else float(1 + 2 * p / (1 - eta) - p**2 / (1 - eta**2))


@guarded
def edited_at_random(shares: ArrayLike, *, rows: int, dim: int = 1) -> Array:
    r"""Return the variance of each fit in units of the first one's, (generations + 1,), rows edited at random.

    .. math::

       \frac{c_g - c_{g-1}}{c_0} = p + p (1 - p) \frac{n}{n-1} (1 - h)\, \rho_{g-1}, \qquad
       \rho_g = \rho_{g-1} \Big(1 - p - p (1 - p) \frac{n}{n-1} h\Big) + p, \quad \rho_0 = 1, \; h = d / n

    shares: p_1, p_2, ..., (generations,), of which p n rows, rounded to whole ones, are chosen at random without
    replacement. rows: n, above dim. dim: 1 for the mean of rows; d for least squares of d coefficients on inputs that
    stay, of whose labels a share is rewritten. rho: the mean squared residual in units of that of one fit. It ends at
    1 / (1 + (1 - p) h n / (n - 1)), so the growth is p (2 - p) less a part of order d/n.
    Errors: `Problem` unless rows > dim.
    Status: exact for the mean of rows of constant variance, and for least squares where all rows have the same
    leverage; on random inputs leverages differ, which changes it by a part of order d/n. Source: docs/theory/edits.md.
    Checked by tests/statistical/test_edits.py.

    >>> edited_at_random([0.1] * 50, rows=20)[-1].round(4), edited_at_random([0.1] * 50, rows=20_000)[-1].round(4)
    (np.float64(10.3352), np.float64(10.4998))
    """
    n = int(checked_one("rows", rows, lowest=2, meaning="a number of rows from 2 on"))
    d = int(checked_one("dim", dim, lowest=1, meaning="a number of coefficients from 1 on"))
    if d >= n:
        raise Problem("rows", f"{n} rows for {d} coefficients", "give more rows than coefficients")
    found, residual, leverage = [1.0], 1.0, d / n
    for share in np.round(_checked(shares) * n) / n:
        between = share * (1 - share) * n / (n - 1)
        found.append(found[-1] + share + between * (1 - leverage) * residual)
        residual += share - residual * (share + between * leverage)
    return np.array(found)


def _checked(shares: ArrayLike) -> Array:
    given = checked_range("shares", shares, lowest=0, highest=1, meaning=_SHARES)
    if given.ndim != 1:
        raise Problem("shares", f"shape {given.shape}", f"give {_SHARES}")
    return given
