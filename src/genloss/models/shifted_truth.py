"""A labeler that is off by a random error of known size, whatever it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from genloss.errors import impossible
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
        return LinearFit(np.asarray(truth + self.shift * normals))
