"""What is known of a fit beside the truth or real rows? Metrics are computed from it; leading axes are replicates.

The names of the fields are the names that metrics need (metrics/table.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LinearErrors:
    """Errors of linear fits, w - w0, in the eigenbasis of the inputs' covariance."""

    coefficient_error: Array  # (..., dim)
    spectrum: Array  # (dim,)
    noise: float  # standard deviation of the noise in a test label


@dataclass(frozen=True, slots=True)
class PoolErrors:
    """Errors of predictions, f(x) - truth(x), on every row of a finite population."""

    prediction_error: Array  # (..., rows)
    held_out_error: Array  # (..., held-out rows), possibly no rows
    noise: float


@dataclass(frozen=True, slots=True)
class ExpectedErrors:
    """The expected excess risk of a fit over label noise, given all inputs; of the fit itself nothing is known."""

    expected_excess_risk: Array  # (...)
    noise: float


class Spread(Protocol):
    """What metrics ask of a family of laws. Estimates are (replicates, parameters), a truth is (parameters,)."""

    def whitened(self, parameters: Array, truth: Array) -> Array:
        """Return errors in units in which the error of a fit to one row has variance 1, for many rows."""
        ...

    def row_variance(self, parameters: Array) -> Array:
        """Return the total variance of a row, (replicates,)."""
        ...


@dataclass(frozen=True, slots=True)
class FamilyErrors:
    """Estimates of the parameters of a family, and the truth.

    first_rows: how many rows generation 0 was fitted to. ended: whether the fit has left the interior of the family.
    distance: squared Wasserstein-2 distance of the fit from the truth over the truth's variance; None: not known.
    """

    law: Spread
    estimates: Array  # (..., parameters)
    true_parameters: Array  # (parameters,)
    first_rows: float
    ended: NDArray[np.bool_]  # (...)
    distance: Array | None = None  # (...)


@dataclass(frozen=True, slots=True)
class CategoricalErrors:
    """Fitted shares of categories, and the true ones."""

    fitted_shares: Array  # (..., categories)
    true_shares: Array  # (categories,)


@dataclass(frozen=True, slots=True)
class TextErrors:
    """What a language model makes of real text that no generation saw, and which words it still has."""

    held_out_log_prob: Array  # (...), mean natural logarithm of the probability of a held-out token
    word_counts: Array  # (..., words), of the text that the model was fitted to
    first_counts: Array  # (words,), of the first real text
    held_out_words: NDArray[np.int64]  # (tokens,), the held-out text


@dataclass(frozen=True, slots=True)
class SampleErrors:
    """Real rows that no generation saw, and rows that a fit made, the same columns in the same order; None: not known.

    rows: columns of numbers. kinds: columns of words, one kind each. words: of texts, of each its words in order.
    held_out_surprise: the mean of -log p of the real rows, in nats. held_out_misses: how often
    predictions of real rows are wrong; of numbers, the mean of their squared distance.
    held_out_word_surprise, made_word_surprise: the same of a word of real texts, and of one of made texts under the fit
    of generation 0. held_out_tokens, held_out_token_logs: of real texts their words as the fit has them, and log p of
    each.
    inputs, features, labels: of labeled rows, their numbers, what a fixed judge sees in them, and their labels;
    judged_labels: those that the judge gives to made rows.
    """

    real_rows: Array | None = None  # (rows, columns)
    generated_rows: Array | None = None  # (..., rows, columns)
    real_kinds: NDArray[np.object_] | None = None  # (rows, columns)
    generated_kinds: NDArray[np.object_] | None = None  # (rows, columns)
    real_words: NDArray[np.object_] | None = None  # (texts,)
    generated_words: NDArray[np.object_] | None = None  # (texts,)
    held_out_surprise: Array | None = None  # ()
    held_out_misses: Array | None = None  # ()
    held_out_word_surprise: Array | None = None  # ()
    held_out_tokens: NDArray[np.object_] | None = None  # (texts,)
    held_out_token_logs: NDArray[np.object_] | None = None  # (texts,)
    made_word_surprise: Array | None = None  # ()
    real_inputs: Array | None = None  # (rows, columns)
    generated_inputs: Array | None = None  # (rows, columns)
    real_features: Array | None = None  # (rows, features)
    generated_features: Array | None = None  # (rows, features)
    real_labels: NDArray[np.int64] | None = None  # (rows,)
    generated_labels: NDArray[np.int64] | None = None  # (rows,)
    judged_labels: NDArray[np.int64] | None = None  # (rows,)


@dataclass(frozen=True, slots=True)
class Measured:
    """Values of metrics by name, where nothing is left to compute: rows are measured as they are made.

    notes: what the fit itself had to say, each as (what, a way out).
    """

    values: Mapping[str, Array]  # (...)
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class LabelErrors:
    """Laws of labels on the rows of a table beside the true law.

    divergence: Kullback-Leibler, of the fitted law from the true one, the mean over rows, in nats. ended: whether the
    estimate did not exist in this generation or an earlier one.
    """

    divergence: Array  # (...)
    ended: NDArray[np.bool_]  # (...)


@dataclass(frozen=True, slots=True)
class SmoothedErrors:
    """A fit that draws a center by weight and adds normal noise, beside a truth that is a mixture of normal parts.

    frequency: of the wave that is looked at.
    """

    kernel_centers: Array  # (..., rows)
    kernel_weights: Array  # (..., rows), of mean 1, or (1,)
    kernel_deviation: Array  # (...)
    part_weights: Array  # (parts,)
    part_means: Array  # (parts,)
    part_deviations: Array  # (parts,)
    frequency: float


Errors = LinearErrors | PoolErrors | ExpectedErrors
"""Of regressions."""
AnyErrors = (
    Errors | FamilyErrors | CategoricalErrors | TextErrors | SampleErrors | LabelErrors | SmoothedErrors | Measured
)

EVIDENCE: Mapping[str, tuple[type, ...]] = {
    "regression": (LinearErrors, PoolErrors, ExpectedErrors),
    "family": (FamilyErrors,),
    "categories": (CategoricalErrors,),
    "counts": (LabelErrors,),
    "text": (TextErrors,),
    "samples": (SampleErrors,),
    "smoothing": (SmoothedErrors,),
}
"""What a study's subject may hand out, by subject."""


@cache
def names_of(kind: type) -> frozenset[str]:
    """Return the names of what a kind of evidence holds."""
    return frozenset(field.name for field in fields(kind))


def known(errors: AnyErrors) -> dict[str, Any]:
    """Return what is known, by name; what is None, or an array without numbers, is not."""
    kind: Any = type(errors)
    found = {name: getattr(errors, name) for name in names_of(kind)}
    return {name: value for name, value in found.items() if value is not None and np.size(value)}
