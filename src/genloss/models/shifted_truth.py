"""A labeler that is off by a random error of known size, whatever it is shown."""

from dataclasses import dataclass

import numpy as np

from genloss.errors import impossible
from genloss.models.linear import Array, LinearFit


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

    def fit(self, inputs: Array, targets: Array, weights: Array | None = None) -> LinearFit:  # noqa: ARG002
        """Refuse: what labels is drawn around the truth, see `around`."""
        impossible("a shifted truth was asked to fit rows")

    def around(self, truth: Array, normals: Array) -> LinearFit:
        """Return the labeler for standard normals (..., dim)."""
        return LinearFit(np.asarray(truth + self.shift * normals))
