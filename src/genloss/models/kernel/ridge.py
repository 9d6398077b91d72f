"""Kernel ridge regression: ridge regression in the features of a kernel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from genloss.errors import Problem, is_from, shown
from genloss.models.ends import LARGEST, checked_rows, checked_setting, in_numbers
from genloss.models.kernel.kernels import KERNELS, Shape
from genloss.models.protocol import Array
from genloss.models.roles import Labeled

_HIGHEST = 1000  # degree; powers beyond it are 0 or infinite for all but products of 1


@dataclass(frozen=True, slots=True)
class KernelFit:
    """A fitted function sum_i a_i K(x, x_i); dual coefficients a (..., rows)."""

    model: KernelRidge
    inputs: Array  # (..., rows, features)
    dual: Array

    @in_numbers
    def predict(self, inputs: Array) -> Array:
        """Label inputs (..., rows, features)."""
        return np.asarray((self.model.gram(inputs, self.inputs) @ self.dual[..., None])[..., 0])


@dataclass(frozen=True, slots=True)
class KernelRidge:
    """Minimize (1/T) sum (y - f(x))^2 + penalty |f|^2 over the kernel's space; no intercept.

    kernel: "rbf", exp(-gamma |x - z|^2), "polynomial", (gamma x.z + coef0)^degree, "laplacian", exp(-gamma |x - z|_1),
    "arc_cosine" or "arc_cosine_steps", wide networks of rectified units or steps.
    penalty > 0: with 0 the problem has no unique solution once a row repeats, and rows do repeat.
    scikit-learn's alpha is penalty x T.
    """

    penalty: float
    kernel: str = "rbf"
    gamma: float = 1e-3
    degree: int = 5
    coef0: float = 1.0

    def __post_init__(self) -> None:
        if not (is_from(self.penalty, 0, LARGEST) and self.penalty > 0):
            raise Problem(
                "penalty",
                f"{shown(self.penalty)}: kernel ridge needs a penalty above 0, since drawn rows repeat",
                "give a penalty > 0, e.g. 1e-3",
            )
        if not isinstance(self.kernel, str) or self.kernel not in KERNELS:
            raise Problem("kernel", f"{shown(self.kernel)} is not a kernel", f"give one of {', '.join(KERNELS)}")
        checked_setting("gamma", self.gamma, "give a gamma > 0, e.g. 1e-3", above=True)
        if self.kernel == "polynomial":
            if not is_from(self.degree, 1, _HIGHEST) or self.degree != int(self.degree):
                raise Problem("degree", shown(self.degree), f"give a whole number from 1 to {_HIGHEST}")
            checked_setting("coef0", self.coef0, "give a finite number >= 0")

    def gram(self, left: Array, right: Array) -> Array:
        """Kernel between rows, (..., rows_left, features) and (..., rows_right, features)."""
        return KERNELS[self.kernel](left, right, Shape(self.gamma, self.degree, self.coef0))

    def fit(
        self, data: Labeled, weights: Array | None = None, rng: np.random.Generator | None = None, *, start: Any = None
    ) -> KernelFit:
        """Fit inputs (..., rows, features) to targets (..., rows); weights (..., rows) multiply squared residuals."""
        del rng, start  # the fit is the one solution
        checked_rows(data, weights)
        return KernelFit(self, data[0], self._dual(*data, weights))

    @in_numbers
    def _dual(self, inputs: Array, targets: Array, weights: Array | None) -> Array:
        rows = inputs.shape[-2]
        root = np.ones(targets.shape) if weights is None else np.sqrt(weights)
        gram = self.gram(inputs, inputs) * root[..., :, None] * root[..., None, :]
        with solving(self.penalty):
            dual = np.linalg.solve(gram + self.penalty * rows * np.eye(rows), (root * targets)[..., None])[..., 0]
        return np.asarray(root * dual)


@contextmanager
def solving(penalty: float) -> Iterator[None]:
    """Say what to do where the kernel matrix cannot be solved."""
    try:
        yield
    except Problem:
        raise
    except (np.linalg.LinAlgError, ValueError) as error:
        raise Problem(
            "penalty",
            f"{penalty:g}: the kernel matrix plus the penalty cannot be solved ({error})",
            "raise the penalty, or lower the kernel's gamma or degree",
        ) from error
