"""How do labeled rows that a fit made differ from real ones, in the eyes of a judge that is fixed?

The judge is a small classifier that was fitted to held-out real rows: its last hidden layer are the features in which
rows are compared. No number alone says what was lost: a model that gets noisy keeps variance and recall and loses the
judge's agreement, one that gets narrow keeps agreement and precision and loses variance and recall, and Frechet's
distance may be the same for both. So a study that asks for one of these is given all of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genloss.metrics.evidence import Array

NEIGHBORS = 3
"""The k of precision and recall: a row reaches as far as to its k-th nearest neighbor of its own kind."""

Labels = NDArray[np.int64]


def frechet_distance(*, real_features: Array, generated_features: Array) -> Array:
    r"""Squared Frechet distance of the normal laws with the means and covariances of features (Heusel et al. 2017).

    .. math:: |m - m'|^2 + tr(C + C' - 2 (C C')^{1/2})

    Features are (rows, columns). From 0; real rows beside other real rows give more, the fewer they are.
    """
    shift = real_features.mean(axis=0) - generated_features.mean(axis=0)
    real, made = (np.atleast_2d(np.cov(rows.T)) for rows in (real_features, generated_features))
    values, vectors = np.linalg.eigh(real)
    root = (vectors * np.sqrt(values.clip(min=0))) @ vectors.T
    between = np.sqrt(np.linalg.eigvalsh(root @ made @ root).clip(min=0)).sum()
    return np.asarray(max(0.0, float(shift @ shift + np.trace(real) + np.trace(made) - 2 * between)))


def precision(*, real_features: Array, generated_features: Array) -> Array:
    """Share of made rows within reach of some real row (Kynkäänniemi et al. 2019): how many look real."""
    return _within_reach(generated_features, of=real_features)


def recall(*, real_features: Array, generated_features: Array) -> Array:
    """Share of real rows within reach of some made row: how much of what is real can still be made."""
    return _within_reach(real_features, of=generated_features)


def within_class_variance(
    *, real_inputs: Array, real_labels: Labels, generated_inputs: Array, generated_labels: Labels
) -> Array:
    """Variance of made rows of one label over that of real rows of it, the mean over labels; 1: none lost.

    The variance is the sum over columns of inputs (rows, columns). A label with fewer than two made rows has none left.
    """
    left = []
    for label in np.unique(real_labels):
        real, made = real_inputs[real_labels == label], generated_inputs[generated_labels == label]
        if (spread := float(real.var(axis=0).sum())) > 0:
            left.append(float(made.var(axis=0).sum()) / spread if len(made) > 1 else 0.0)
    return np.asarray(np.mean(left) if left else np.nan)


def judge_agreement(*, generated_labels: Labels, judged_labels: Labels) -> Array:
    """Share of made rows that have the label which the judge gives them."""
    return np.asarray((generated_labels == judged_labels).mean())


def _within_reach(rows: Array, *, of: Array) -> Array:
    """Share of rows that lie within reach of some row of `of`, which reaches to its k-th nearest neighbor in `of`."""
    from scipy.spatial.distance import cdist

    place = min(NEIGHBORS, len(of) - 1)
    reach = np.partition(cdist(of, of), place, axis=1)[:, place]  # a row itself stands at 0
    return np.asarray((cdist(rows, of) <= reach).any(axis=1).mean())


TOGETHER = ("frechet_distance", "precision", "recall", "within_class_variance", "judge_agreement")
"""What is measured together."""


def completed(asked: list[str]) -> list[str]:
    """Return the metrics that are asked for, and where one of a judge is among them, all of it.

    >>> completed(["recall", "energy_distance"])[2:]
    ['frechet_distance', 'precision', 'within_class_variance', 'judge_agreement']
    """
    return [*asked, *(name for name in TOGETHER if name not in asked)] if set(TOGETHER) & set(asked) else asked
