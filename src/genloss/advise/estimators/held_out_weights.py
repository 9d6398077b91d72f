r"""Which weights of several fits predict best on rows that none has seen, and is that more than luck?

With P_0, P_1, .. the fits' predictions of rows left out, and weights that add up to 1, least squares of y - P_0 on the
differences P_g - P_0 (stacking, with a free sign). What it saves is judged by weights from other rows: in each part of
the rows the weights are those of the other parts, and the squared error saved on a row is

.. math:: d_i = (y_i - P_{i0})^2 - \big(y_i - \textstyle\sum_g a_g^{(-i)} P_{ig}\big)^2

Evidence is mean(d) over its standard error. Under no gain at all, choosing one weight costs about a row's variance / n
on new rows, which d holds already, since its weights come from other rows.

Several refits are nearly alike, and weights of thousands then cancel: the step is the sum of the a_g (P_g - P_0), and

.. math:: C = \sum_g |a_g| \, \mathrm{rms}(P_g - P_0) \,/\, \mathrm{rms}(\textstyle\sum_g a_g (P_g - P_0))

says how much larger its parts are than itself (1 for one refit). n rows tell the size of a part to about one part in
sqrt(n), so that with C > sqrt(n) what they leave open in the parts is larger than the step: such steps are not taken.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

PARTS = 10
"""Parts of the rows; the weights that judge a part come from the others."""
_ALIKE = 1e-10  # of the largest singular value: differences below it are no differences
_ROUNDING = 1e-12  # of the largest label: differences between fits below it are rounding


class Judged(NamedTuple):
    """weights: (fits,), adding up to 1, from all rows. saved: mean(d). standard_error: of it. evidence: their ratio.

    before: mean squared error of the first fit on rows left out, over outputs added up. unused: how many of the last
    fits have weight 0, since with them C is beyond sqrt(rows); canceled: that C, with the fewest of them. rows: seen.
    """

    weights: Array
    saved: float
    standard_error: float
    evidence: float
    before: float
    unused: int = 0
    canceled: float = 1.0
    rows: int = 0


def cancellation(apart: Array, moved: Array) -> float:
    """Return C, how much larger the parts of a step are than the step, 1 or more (1 where there is no step).

    apart: differences from the first fit, (.., fits - 1); moved: their weights.

    >>> apart = np.array([[1.0, 1.0], [1.0, 1.1]])
    >>> [round(cancellation(apart, np.array(moved)), 1) for moved in ([0.5, 0.5], [10.0, -10.0])]
    [1.0, 29.0]
    """
    columns = apart.reshape(-1, apart.shape[-1])
    step = float(np.linalg.norm(columns @ moved))
    return float(np.linalg.norm(columns, axis=0) @ np.abs(moved)) / step if step > 0 else 1.0


def judged_weights(predicted: Array, y: Array, rng: np.random.Generator) -> Judged:
    """Return weights and what they save, from predictions of rows left out, (rows, fits) or (rows, outputs, fits).

    y: (rows,) or (rows, outputs), whose squared errors add up. rng: of the parts. Rows are taken as independent; fewer
    than 4 rows judge nothing (evidence 0). The last fits are not used as long as parts cancel too much, C
    above sqrt(rows).
    """
    by_output, canceled = predicted.reshape(len(y), -1, predicted.shape[-1]), 1.0
    left, apart = y.reshape(len(y), -1) - by_output[..., 0], by_output[..., 1:] - by_output[..., :1]
    if np.abs(apart).max(initial=0.0) <= _ROUNDING * np.abs(y).max(initial=0.0):
        apart = np.zeros_like(apart)
    part = rng.permutation(len(y)) % min(PARTS, len(y))
    for unused in range(apart.shape[-1]):
        used = apart[..., : apart.shape[-1] - unused]
        moved = _moved(used, left)
        found = cancellation(used, moved)
        if used.shape[-1] == 1 or found <= np.sqrt(len(y)):
            break
        canceled = found
    weights = np.concatenate([[1 - moved.sum()], moved, np.zeros(unused)])
    return Judged(weights, *_saved(used, left, part), unused, canceled, len(y))


def _saved(apart: Array, left: Array, part: NDArray[np.int64]) -> tuple[float, float, float, float]:
    """Return mean(d), its standard error, their ratio, and the first fit's mean squared error."""
    after = left.copy()
    for each in range(int(part.max(initial=0)) + 1):
        here = part == each
        after[here] = left[here] - apart[here] @ _moved(apart[~here], left[~here])
    saved = (left**2 - after**2).sum(axis=1)
    mean = float(saved.mean())
    error = float(saved.std(ddof=1) / np.sqrt(len(saved))) if len(saved) > 3 else float("inf")
    return mean, error, mean / error if error > 0 else 0.0, float((left**2).sum(axis=1).mean())


def _moved(apart: Array, left: Array) -> Array:
    """Weights of the fits after the first: least squares, the smallest where differences are alike."""
    if not len(left) or not np.abs(apart).max(initial=0.0) > 0:
        return np.zeros(apart.shape[-1])
    return np.asarray(np.linalg.lstsq(apart.reshape(-1, apart.shape[-1]), left.ravel(), rcond=_ALIKE)[0])
