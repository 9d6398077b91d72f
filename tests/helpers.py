"""What tests share: the tolerance rule, tiny studies, and a helper that simulates blocks."""

from dataclasses import replace
from functools import partial

import numpy as np
from scipy.stats import ks_2samp

import genloss
from genloss.metrics import measure
from genloss.results.agreement import Z
from genloss.streams import stream
from genloss.study.claims.measures import Series

__all__ = ["TINY", "Z", "agree", "built", "excess_risks", "mean_and_error", "series", "tiny"]

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
    """Excess risks (models, generations, replicates) of an engine over several blocks, tens of them drawn as one."""
    together = 10 if blocks % 10 == 0 else 1
    task = replace(task, replicates=together * task.replicates, block=together * task.block)
    parts = [engine.run(task, partial(stream, seed, "test", block)) for block in range(blocks // together)]
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


def built(study, value, *, error=0.0, methods=("theory", "simulation")):
    """Rows of a study whose values are value(row), with a standard error in simulation."""
    rows = genloss.predict(study).rows
    changed = []
    for row in rows:
        for method in methods:
            errors = {"standard_error": error} if method == "simulation" else {}
            changed.append(replace(row, value=value(row), method=method, allowance=0.0, **errors))
    return changed


def series(values, errors=0.0, allowances=0.0, x=(1.0, 2.0, 4.0, 8.0, 16.0)):
    """Values along an axis, with errors and allowances that are one number or one each."""
    values = np.asarray(values, dtype=float)
    x, ones = np.asarray(x, dtype=float)[: values.size], np.ones(values.size)
    return Series(x, values, errors * ones, allowances * ones)
