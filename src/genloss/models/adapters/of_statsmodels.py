"""Time series models of statsmodels in state space (ARIMA, SARIMAX, UnobservedComponents, ...); a row is one series.

A fit maximizes the sum of the log-likelihoods of all series, each by the model's own Kalman filter; rows are drawn by
`simulate` from the beginning of a series. What does not converge is noted, as statsmodels returns it all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from genloss.errors import Problem
from genloss.models.adapters.forms import Form, numbers_of
from genloss.models.adapters.heard import heard
from genloss.models.adapters.refusals import refuse_start
from genloss.models.protocol import Note

Array = NDArray[np.float64]
NOT_CONVERGED = Note("did not converge", "give longer series, or a model with fewer parameters")


def adapt(model: Any) -> Any:
    """Return a model of series for what has a state space; None for others."""
    return Series(model) if any(kind.__name__ == "MLEModel" for kind in type(model).__mro__) else None


class Series:
    """A model of series of one length, made as statsmodels wants it, e.g. ARIMA(one_series, order=(1, 0, 0)).

    The series that it was made with is not used: it only says what the model is.
    """

    def __init__(self, model: Any) -> None:
        self._model = model

    def __repr__(self) -> str:
        asked = {name: value for name, value in self._model._get_init_kwds().items() if value is not None}
        shown = ", ".join(f"{name}={value!r}" for name, value in sorted(asked.items()) if " at 0x" not in repr(value))
        return f"{type(self._model).__name__}({shown})"

    def fit(self, data: Any, weights: Array | None, rng: np.random.Generator, *, start: Any = None) -> SeriesFit:
        """Fit all series together, weighted where the workflow weighs them."""
        del rng
        name = type(self._model).__name__
        refuse_start(start, name)
        if self._model.k_endog != 1:
            raise Problem("generator", f"{name} of {self._model.k_endog} variables", "give a model of one variable")
        rows, form = numbers_of(data, name)
        share = np.ones(len(rows)) if weights is None else weights
        with heard(UserWarning, RuntimeWarning):
            each = [self._model.clone(row) for row in rows]
            begin = np.mean([one.start_params for one in each], axis=0)
            first = each[0]

            def lost(free: Array) -> float:
                at = first.transform_params(free)
                return -float(sum(w * one.loglike(at) for w, one in zip(share, each, strict=True))) / rows.size

            found = minimize(lost, first.untransform_params(begin), method="L-BFGS-B")
        params = np.asarray(first.transform_params(found.x))
        return SeriesFit(first, params, form, () if found.success else (NOT_CONVERGED,))


@dataclass(frozen=True, eq=False)
class SeriesFit:
    """A fitted model of series. params: as statsmodels names them."""

    model: Any
    params: Array
    form: Form
    notes: tuple[Note, ...] = ()

    def sample(self, count: int, rng: np.random.Generator) -> Any:
        """Draw series."""
        steps = int(np.prod(self.form.shape))
        if count == 0:
            return self.form.back(np.empty((0, steps)))
        how = "rng" if "rng" in signature(self.model.simulate).parameters else "random_state"
        with heard(UserWarning, RuntimeWarning):
            drawn = self.model.simulate(self.params, steps, repetitions=count, **{how: rng})
        return self.form.back(np.asarray(drawn).reshape(steps, count).T)

    def log_prob(self, rows: Any) -> Array:
        """Return the logarithm of the density of each series."""
        table = numbers_of(rows, type(self.model).__name__)[0]
        return np.array([self.model.clone(row).loglike(self.params) for row in table])
