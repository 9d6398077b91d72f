"""In which columns are linear fits and truths written, and which fit minimizes a sum of squares given in them?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from genloss.advise.forecasts.worlds.directions import positive
from genloss.advise.forecasts.worlds.protocol import Array, Truths
from genloss.models.pairs import Pairs, pairs_of

_RANK = 1e-11  # singular values below this part of the largest are directions without inputs
CUT = 1e-12  # scikit-learn's, of squared singular values over the largest: below it coefficients are 0
NEAR = 1e-7  # above it, of all rows, those of a batch stay clear of the cut
_SURE = 1e-5  # what is left of a column's square when those before it are taken off
_TINY = 1e-300


@dataclass(frozen=True, eq=False)
class Columns:
    """What fits and truths are written in. values (T, m): orthogonal, of mean square 1; a fit has the first `free`.

    own (k, k): the slopes, along the columns, of coefficients of length 1 in k orthogonal directions of the
    estimator's own inputs. penalty (free,): sum penalty b^2 is |coefficients|^2; 0 for the intercept; for columns
    that are not scaled. spread: the least squared singular value of the inputs over the largest.
    """

    values: Array
    free: int
    intercept: bool
    own: Array
    penalty: Array
    spread: float

    @property
    def size(self) -> int:
        """Rows of the table, T."""
        return len(self.values)

    @cached_property
    def pairs(self) -> Pairs:
        """Products of two columns."""
        return pairs_of(self.values)

    def gram(self, counts: Array) -> Array:
        """Return sum c q q' of every run, (runs, m, m). counts: (runs, T)."""
        return self.pairs.sums(counts)


def columns_of(x: Array, others: Array, *, intercept: bool, scaled: bool) -> Columns:
    """Return columns that span what a linear fit of x (T, d) can be, and then what else `others` (T, k) are made of.

    scaled: along directions of inputs of unit size, so that draws do not depend on units; else of x as it is.
    """
    rows = len(x)
    away = x - x.mean(axis=0) if intercept else x
    size = np.sqrt((away**2).mean(axis=0)) if scaled else np.ones(x.shape[1])
    left, values, _ = np.linalg.svd(away / np.maximum(size, _TINY), full_matrices=False)
    kept = values > _RANK * values[0]
    slopes = np.sqrt(rows) * positive(left[:, kept])
    own = np.diag(values[kept] / np.sqrt(rows))
    if scaled:
        turned, lengths, _ = np.linalg.svd(slopes.T @ away / rows, full_matrices=False)
        own = turned * lengths
    span = np.column_stack([np.ones(rows), slopes]) if intercept else slopes
    unit = others / np.sqrt((others**2).mean(axis=0))
    beyond, sizes, _ = np.linalg.svd(unit - span @ (span.T @ unit) / rows, full_matrices=False)
    beyond -= span @ (span.T @ beyond) / rows
    found = np.column_stack([span, np.sqrt(rows) * positive(beyond[:, sizes > 1e-9 * np.sqrt(rows)])])
    penalty = np.concatenate([np.zeros(int(intercept)), rows / values[kept] ** 2])
    lengths = np.sqrt((own**2).sum(axis=0))
    return Columns(found, span.shape[1], intercept, own, penalty, float((lengths.min() / lengths.max()) ** 2))


def sure(gram: Array) -> Truths:
    """Whether no column is nearly a sum of those before it, (runs,). gram: means over rows.

    What is left of its square must be above _SURE, and above _SURE of what it was.
    """
    return _rooted(gram)[0]


def _rooted(gram: Array) -> tuple[Truths, Array]:
    """Return that, and a root of gram, (runs, m, m)."""
    even, count = gram.copy(), gram.shape[-1]
    squares = np.einsum("...ii->...i", even)
    scale = np.maximum(squares, 1.0)  # 1: the mean square over all given rows
    squares += (1e-13 + 1e-15 * count) * scale  # beyond rounding
    root = np.linalg.cholesky(even)
    return np.asarray((np.einsum("...ii->...i", root) ** 2 > _SURE * scale).all(axis=1)), np.asarray(root)


def noise_of(gram: Array, counts: Array, values: Array, rng: np.random.Generator) -> Array:
    """Draw N(0, gram) for every run, (runs, m); gram: sum c q q', counts c (runs, T), values q (T, m).

    By a root of gram where it has one to full precision, else as noise on the rows.
    """
    rows = counts.sum(axis=1)
    plain, root = _rooted(gram / rows[:, None, None])
    noise = np.empty(gram.shape[:2])
    normal = rng.standard_normal((int(plain.sum()), gram.shape[-1], 1)) * np.sqrt(rows[plain, None, None])
    noise[plain] = (_those(root, plain) @ normal)[..., 0]
    if not plain.all():
        rooted = np.sqrt(counts[~plain])
        noise[~plain] = (rooted * rng.standard_normal(rooted.shape)) @ values
    return noise


def _those(each: Array, plain: Truths) -> Array:
    """Return those that are plain; without a copy where all are."""
    return each if plain.all() else each[plain]


def solved(gram: Array, right: Array, columns: Columns, penalty: float) -> Array:
    """Fit every run, (runs, free). gram, right: means over rows, of the first `free` columns."""
    whole = gram + penalty * np.diag(columns.penalty) if penalty else gram
    plain, fits = sure(whole), np.empty_like(right)
    if penalty == 0 and columns.spread < NEAR:
        values = np.linalg.eigvalsh(_inner(gram, columns))
        plain &= values[:, 0] > 1.01 * CUT * values[:, -1]
    fits[plain] = np.linalg.solve(_those(whole, plain), right[plain, :, None])[..., 0]
    if not plain.all():
        fits[~plain] = _least_norm(gram[~plain], right[~plain], columns, penalty)
    return fits


def inverted(gram: Array) -> Array:
    """Return the inverse of every matrix, (runs, k, k), or the pseudoinverse of one that has none. gram: means."""
    plain, found = sure(gram), np.empty_like(gram)
    found[plain] = np.linalg.inv(_those(gram, plain))
    if not plain.all():
        found[~plain] = np.linalg.pinv(gram[~plain], hermitian=True)
    return found


def _inner(gram: Array, columns: Columns) -> Array:
    """Return the covariance of the estimator's own inputs, in k orthogonal directions, (runs, k, k)."""
    first = int(columns.intercept)  # the intercept's column is 1 in every row
    centers, inner = gram[:, 0, first:], gram[:, first:, first:]
    away = inner - centers[:, :, None] * centers[:, None, :] if first else inner
    return np.asarray(columns.own.T @ away @ columns.own)


def _least_norm(gram: Array, right: Array, columns: Columns, penalty: float) -> Array:
    """Fit runs whose rows do not tell all coefficients: those of least squared length, as scikit-learn does."""
    first = int(columns.intercept)
    centers, height = gram[:, 0, first:], right[:, :1]
    moments = (right[:, first:] - centers * height if first else right) @ columns.own
    values, vectors = np.linalg.eigh(_inner(gram, columns))
    used = values > (CUT * np.maximum(values[:, -1:], _TINY) if penalty == 0 else -np.inf)
    inverse = np.where(used, 1 / np.maximum(np.maximum(values, 0.0) + penalty, _TINY), 0.0)
    turned = (vectors.transpose(0, 2, 1) @ moments[..., None])[..., 0]
    slopes = (vectors @ (inverse * turned)[..., None])[..., 0] @ columns.own.T
    if not first:
        return np.asarray(slopes)
    return np.concatenate([height - (centers * slopes).sum(axis=1, keepdims=True), slopes], axis=1)
