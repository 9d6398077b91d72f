r"""How probable are counts of generations, if all of them come from the law of the reference?

A Polya urn has a_k balls of color k; each ball that is drawn is put back with another of its color. Scores that fall
into cells between reference scores are such draws, see `cells`: the reference's own luck is in the urn, and so is what
earlier generations share with later ones. n draws have colors counted c with probability

.. math:: \frac{n!}{\prod_k c_k!} \frac{\Gamma(A)}{\Gamma(A + n)} \prod_k \frac{\Gamma(a_k + c_k)}{\Gamma(a_k)},
          \quad A = \sum_k a_k.

The first factor counts orders and falls out of every ratio; it is left out here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

Array = NDArray[np.float64]
Counts = NDArray[np.int64]


def log_probability(counts: Counts, balls: Array) -> Array:
    """Return the logarithm of the probability of one order of draws with these counts (..., K) from urns (..., K).

    >>> once = log_probability(np.array([1, 1]), np.array([1.0, 1.0]))  # first 1 of 2, then 1 of 3
    >>> round(float(np.exp(once)), 12)
    0.166666666667
    """
    whole, drawn = balls.sum(axis=-1), counts.sum(axis=-1)
    every = gammaln(balls + counts) - gammaln(balls)
    return np.asarray(gammaln(whole) - gammaln(whole + drawn) + every.sum(axis=-1))


def log_ratio(counts: Counts, balls: Array, others: Array) -> Array:
    """Return log of the mean over other urns (urns, K) of their probability of counts (..., K), over the urn's."""
    logs = log_probability(counts[..., None, :], others) - log_probability(counts, balls)[..., None]
    top = logs.max(axis=-1)
    return np.asarray(top + np.log(np.mean(np.exp(logs - top[..., None]), axis=-1)))
