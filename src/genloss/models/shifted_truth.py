"""A labeler that is off by a random error of known size, whatever it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from genloss.errors import Problem, impossible, shown
from genloss.models.ends import in_numbers
from genloss.models.linear import LinearFit
from genloss.models.protocol import Array
from genloss.models.roles import Labeled


@dataclass(frozen=True, slots=True)
class ShiftedTruth:
    """Coefficients w0 + delta, delta ~ N(0, diag(shift^2)) drawn anew for every generation; nothing is fitted.

    shift: standard deviation of each coefficient, (dim,), >= 0. It stands for any generator whose error
    is known in size and not in direction, as in the theory of strong model collapse.
    """

    shift: Array

    def __post_init__(self) -> None:
        sizes = np.asarray(self.shift)
        if sizes.dtype.kind not in "uif" or not (np.isfinite(sizes).all() and np.min(sizes, initial=0.0) >= 0):
            raise Problem("shift", shown(self.shift), "give a standard deviation >= 0 for every coefficient")

    @property
    def penalty(self) -> float:
        """Nothing is fitted, so nothing is penalized."""
        return 0.0

    def fit(
        self, data: Labeled, weights: Array | None = None, rng: np.random.Generator | None = None, *, start: Any = None
    ) -> LinearFit:
        """Refuse: what labels is drawn around the truth, see `around`."""
        del data, weights, rng, start
        impossible("a shifted truth was asked to fit rows")

    def around(self, truth: Array, normals: Array) -> LinearFit:
        """Return the labeler for standard normals (..., dim)."""
        return LinearFit(_around(truth, self.shift, normals))


@in_numbers
def _around(truth: Array, shift: Array, normals: Array) -> Array:
    return np.asarray(truth + shift * normals)
