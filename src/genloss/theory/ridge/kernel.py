"""What spectrum does a kernel have on a pool of real rows, and how is the target spread over it?"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np

from genloss.errors import impossible
from genloss.models import KernelRidge, Regression
from genloss.populations import Pool
from genloss.theory.arguments import Array, guarded

__all__ = ["pool_spectrum"]


@guarded
def pool_spectrum(pool: Pool, model: Regression) -> tuple[Array, Array]:
    r"""Return the eigenvalues of the kernel on the pool and the target's power along each.

    .. math:: K / N = U \, diag(s) \, U', \qquad power_i = (U' f)_i^2 / N

    f: the clean labels of the pool's N rows; the powers sum to the mean of f^2. Eigenvalues that
    rounding makes negative are raised to 1e-14, where nothing is learned: their power stays as
    bias. Status: exact as a spectrum; formulas that take the features for Gaussian are asymptotic.
    Source: arXiv 2402.07712, appendix C. Checked by tests/statistical/test_digits.py.
    """
    if not isinstance(model, KernelRidge):
        impossible("a pool's spectrum needs a kernel")
    return _cached_spectrum(pool, replace(model, penalty=1.0))


@lru_cache(maxsize=8)
def _cached_spectrum(pool: Pool, model: KernelRidge) -> tuple[Array, Array]:
    values, vectors = np.linalg.eigh(model.gram(pool.inputs, pool.inputs) / pool.clean.size)
    power = (vectors.T @ pool.clean) ** 2 / pool.clean.size
    return np.maximum(values, 1e-14), power


def __dir__() -> list[str]:
    return sorted(__all__)
