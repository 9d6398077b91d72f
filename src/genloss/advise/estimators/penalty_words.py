"""What does an estimator's penalty mean in each of its fits? One sentence, for answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from genloss.advise.estimators.recognized import (
    is_of_words,
    kernel_penalty_of,
    kind_of,
    likelihood_of,
    squared_penalty_of,
)
from genloss.report import several, short

__all__ = ["penalty_words"]

_FEW = 3  # numbers of rows that are all listed
_SQUARED, _LIKELIHOOD = "mean squared error", "mean log likelihood beside half of |coefficients|²"


def penalty_words(estimator: Any, rows: Sequence[float]) -> str | None:
    """Say which penalty every fit has, and what it is in scikit-learn's words or in ours; None: it has none.

    rows: of every fit, generation 0 first.

    >>> from sklearn.linear_model import Ridge
    >>> penalty_words(Ridge(alpha=60.0), [300, 40, 40])
    'alpha 60 as in scikit-learn: penalty 0.2 at 300 rows, 1.5 at 40, of the mean squared error'
    """
    kind = kind_of(estimator)
    if kind == "linear":
        return _linear(estimator, rows)
    if kind == "kernel":
        penalty, of_mean = kernel_penalty_of(estimator)
        less = ", of labels less their mean" if is_of_words(estimator) else ""
        return _of_mean(penalty, rows) + less if of_mean else _of_sum("alpha", penalty, penalty, rows, _SQUARED)
    if kind == "gaussian":
        return None
    return _likelihood(estimator, rows)


def _linear(estimator: Any, rows: Sequence[float]) -> str | None:
    known = squared_penalty_of(estimator)
    if known is not None:
        penalty, of_mean = known
        if penalty == 0:
            return None
        return _of_mean(penalty, rows) if of_mean else _of_sum("alpha", penalty, penalty, rows, _SQUARED)
    settings = estimator.get_params(deep=False)
    if "alphas" in settings:
        return f"chosen in every fit from scikit-learn's alphas {several(np.ravel(settings['alphas']))}"
    return f"alpha {settings['alpha']} as in scikit-learn, in every fit" if "alpha" in settings else None


def _likelihood(estimator: Any, rows: Sequence[float]) -> str | None:
    kind, penalty, of_mean = likelihood_of(estimator)
    if penalty == 0:
        return None
    if not of_mean:
        return _of_sum("C", 1 / penalty, penalty, rows, _LIKELIHOOD)
    if kind == "poisson":
        return f"{short(penalty)} of the {_LIKELIHOOD}: scikit-learn's alpha, whatever the rows"
    listed = _at([(short(1 / (penalty * count)), count) for count in rows])
    return f"{short(penalty)} of the {_LIKELIHOOD}: C = 1 / ({short(penalty)} x the rows of each fit), {listed}"


def _of_mean(penalty: float, rows: Sequence[float]) -> str:
    listed = _at([(short(penalty * count), count) for count in rows])
    return f"{short(penalty)} of the {_SQUARED}: alpha = {short(penalty)} x the rows of each fit, {listed}"


def _of_sum(name: str, given: float, penalty: float, rows: Sequence[float], loss: str) -> str:
    listed = _at([(short(penalty / count), count) for count in rows])
    return f"{name} {short(given)} as in scikit-learn: penalty {listed}, of the {loss}"


def _at(values: Sequence[tuple[str, float]]) -> str:
    """Write "a at 300 rows, b at 40": different rows in their order, of many the first and the last."""
    by_rows = {count: value for value, count in reversed(values)}
    shown = sorted(by_rows, key=[count for _, count in values].index)
    few = shown if len(shown) <= _FEW else [shown[0], shown[-1]]
    return ", ".join(f"{by_rows[count]} at {short(int(count))}" + " rows" * (i == 0) for i, count in enumerate(few))
