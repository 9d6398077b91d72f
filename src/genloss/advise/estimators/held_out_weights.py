r"""Which weights of several fits predict best on rows that none has seen, and is that more than luck?

With P_0, P_1, .. the fits' predictions of rows left out, and weights that add up to 1, least squares of y - P_0 on the
differences P_g - P_0 (stacking, with a free sign). What it saves is judged by weights from other rows: in each part of
the rows the weights are those of the other parts, and the squared error saved on a row is

.. math:: d_i = (y_i - P_{i0})^2 - \big(y_i - \textstyle\sum_g a_g^{(-i)} P_{ig}\big)^2

Evidence is mean(d) over its standard error. Under no gain at all, choosing one weight costs about a row's variance / n
on new rows, which d holds already, since its weights come from other rows.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PARTS = 10
"""Parts of the rows; the weights that judge a part come from the others."""
_ALIKE = 1e-10  # of the largest singular value: differences below it are no differences


class Judged(NamedTuple):
    """weights: (fits,), adding up to 1, from all rows. saved: mean(d). standard_error: of it. evidence: their ratio.

    before: mean squared error of the first fit on rows left out, over outputs added up.
    """

    weights: Array
    saved: float
    standard_error: float
    evidence: float
    before: float


def judged_weights(predicted: Array, y: Array, rng: np.random.Generator) -> Judged:
    """Return weights and what they save, from predictions of rows left out, (rows, fits) or (rows, outputs, fits).

    y: (rows,) or (rows, outputs), whose squared errors add up. rng: of the parts. Rows are taken as independent; fewer
    than 4 rows judge nothing (evidence 0).
    """
    by_output = predicted.reshape(len(y), -1, predicted.shape[-1])
    left, apart = y.reshape(len(y), -1) - by_output[..., 0], by_output[..., 1:] - by_output[..., :1]
    moved = _moved(apart, left)
    weights = np.append(1 - moved.sum(), moved)
    part = rng.permutation(len(y)) % min(PARTS, len(y))
    after = left.copy()
    for each in range(int(part.max(initial=0)) + 1):
        here = part == each
        after[here] = left[here] - apart[here] @ _moved(apart[~here], left[~here])
    saved = (left**2 - after**2).sum(axis=1)
    mean = float(saved.mean())
    error = float(saved.std(ddof=1) / np.sqrt(len(y))) if len(y) > 3 else float("inf")
    evidence = mean / error if error > 0 else 0.0
    return Judged(weights, mean, error, evidence, float((left**2).sum(axis=1).mean()))


def _moved(apart: Array, left: Array) -> Array:
    """Weights of the fits after the first: least squares, the smallest where differences are alike."""
    if not len(left) or not np.abs(apart).max(initial=0.0) > 0:
        return np.zeros(apart.shape[-1])
    return np.asarray(np.linalg.lstsq(apart.reshape(-1, apart.shape[-1]), left.ravel(), rcond=_ALIKE)[0])
