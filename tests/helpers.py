"""What tests share: the tolerance rule, tiny studies, and a helper that simulates blocks."""

from functools import partial

import numpy as np
from scipy.stats import ks_2samp

from genloss.metrics import measure
from genloss.results.agreement import Z
from genloss.streams import stream

__all__ = ["TINY", "Z", "agree", "excess_risks", "mean_and_error", "tiny"]

SMALLEST_P = 1e-5

TINY = {
    "schema": "study/1",
    "question": "Is it small?",
    "seed": 3,
    "replicates": 12,
    "generations": 2,
    "population": {"kind": "linear_gaussian", "dim": 6, "noise": 0.5},
    "workflow": {"kind": "replace", "rows": 12},
    "generator": {"kind": "least_squares"},
    "predictor": {"kind": "ridge", "rows": [5, 20], "penalty": [0.1, 1.0]},
}


def tiny(**changes):
    """Return the tiny study with tables merged and top-level keys replaced; None removes."""
    study = {key: dict(value) if isinstance(value, dict) else value for key, value in TINY.items()}
    for key, value in changes.items():
        if value is None:
            del study[key]
        elif isinstance(value, dict) and key in study:
            study[key] |= value
        else:
            study[key] = value
    return study


def excess_risks(engine, task, *, blocks, seed):
    """Excess risks (models, generations, replicates) of an engine over several blocks."""
    parts = [engine.run(task, partial(stream, seed, "test", block)) for block in range(blocks)]
    return np.concatenate([[[measure("excess_risk", e) for e in row] for row in part] for part in parts], axis=-1)


def mean_and_error(values):
    """Mean and its standard error over the last axis."""
    return values.mean(-1), values.std(-1, ddof=1) / np.sqrt(values.shape[-1])


def agree(one, other):
    """Whether two sides (models, generations, replicates) draw from one law, as far as these statistics see.

    Means, second moments and products with the first generation within Z standard errors; Kolmogorov-Smirnov p values.
    """
    close = True
    for statistic in (lambda x: x, np.square, lambda x: x[:, :1] * x[:, 1:]):
        (a, error), (b, other_error) = mean_and_error(statistic(one)), mean_and_error(statistic(other))
        close &= bool(np.all(np.abs(a - b) <= Z * np.hypot(error, other_error)))
    pairs = zip(one.reshape(-1, one.shape[-1]), other.reshape(-1, other.shape[-1]), strict=True)
    return close and min(ks_2samp(a, b).pvalue for a, b in pairs) >= SMALLEST_P
