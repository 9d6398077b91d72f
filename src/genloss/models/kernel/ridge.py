"""Kernel ridge regression: ridge regression in the features of a kernel."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from genloss.errors import Problem
from genloss.models.kernel.kernels import KERNELS, Shape
from genloss.models.protocol import Array
from genloss.models.roles import Labeled


@dataclass(frozen=True, slots=True)
class KernelFit:
    """A fitted function sum_i a_i K(x, x_i); dual coefficients a (..., rows)."""

    model: KernelRidge
    inputs: Array  # (..., rows, features)
    dual: Array

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
        if not (np.isfinite(self.penalty) and self.penalty > 0):
            raise Problem(
                "penalty",
                f"{self.penalty:g}: kernel ridge needs a penalty above 0, since drawn rows repeat",
                "give a penalty > 0, e.g. 1e-3",
            )
        if self.kernel not in KERNELS:
            raise Problem("kernel", f"{self.kernel!r} is not a kernel", f"give one of {', '.join(KERNELS)}")
        if not (np.isfinite(self.gamma) and self.gamma > 0):
            raise Problem("gamma", f"{self.gamma:g} is not a number > 0", "give a gamma > 0, e.g. 1e-3")
        if self.kernel == "polynomial" and not (self.degree == int(self.degree) and self.degree >= 1):
            raise Problem("degree", f"{self.degree!r}", "give a whole number from 1 on")
        if self.kernel == "polynomial" and not (np.isfinite(self.coef0) and self.coef0 >= 0):
            raise Problem("coef0", f"{self.coef0!r}: no kernel", "give a finite number >= 0")

    def gram(self, left: Array, right: Array) -> Array:
        """Kernel between rows, (..., rows_left, features) and (..., rows_right, features)."""
        return KERNELS[self.kernel](left, right, Shape(self.gamma, self.degree, self.coef0))

    def fit(
        self, data: Labeled, weights: Array | None = None, rng: np.random.Generator | None = None, *, start: Any = None
    ) -> KernelFit:
        """Fit inputs (..., rows, features) to targets (..., rows); weights (..., rows) multiply squared residuals."""
        del rng, start  # the fit is the one solution
        inputs, targets = data
        rows = inputs.shape[-2]
        root = np.ones(targets.shape) if weights is None else np.sqrt(weights)
        gram = self.gram(inputs, inputs) * root[..., :, None] * root[..., None, :]
        with solving(self.penalty):
            dual = np.linalg.solve(gram + self.penalty * rows * np.eye(rows), (root * targets)[..., None])[..., 0]
        return KernelFit(self, inputs, root * dual)


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
