"""How like a generator's rows does each row look? A score from 0 to 1 by a classifier that never saw the row.

What is scored is never what was learned from. Of two classifiers the one is taken that tells the rows of a part of what
it may learn from better apart: a logistic regression with squares and products, or boosted trees.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from genloss.audit.fieller import Scores
from genloss.populations.own_rows import Columns, columns_of, is_texts, row_count

Array = NDArray[np.float64]
Features = Any
"""Rows (rows, features), an array, or of texts a sparse matrix."""

_MOST_PRODUCTS = 20  # columns, from which on a regression has no products of them
_LEVELS = 40  # of a column of words
_HASHED = 2**16
_MOST = 20_000  # rows of each kind to learn from, and rows that are scored at once


def features_of(real: Any, made: Any, pool: Any) -> tuple[Features, Features, Features]:
    """Turn rows into numbers, in units and words of real and made rows; texts into counts of words and pairs of them.

    A score may be any function of a row, so that what units know of all rows takes nothing from the interval.
    """
    if is_texts(real):
        from sklearn.feature_extraction.text import HashingVectorizer

        hashed = HashingVectorizer(n_features=_HASHED, ngram_range=(1, 2), alternate_sign=False)
        return hashed.transform(real), hashed.transform(made), hashed.transform(pool)
    known, other, asked = columns_of(real, "real"), columns_of(made, "generator_sample"), columns_of(pool, "pool")
    one, two, three = _numbers(known.joined(other), (known, other, asked))
    return one, two, three


def _numbers(both: Columns, every: Sequence[Columns]) -> list[Array]:
    center, scale = both.numbers.mean(axis=0), both.numbers.std(axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    words = [_commonest(column) for column in both.kinds.T]
    return [
        np.hstack(
            [
                (each.numbers - center) / scale,
                *(_told(column, of) for column, of in zip(each.kinds.T, words, strict=True)),
            ]
        )
        for each in every
    ]


def _commonest(column: Any) -> Mapping[str, int]:
    words, counts = np.unique(column.astype(str), return_counts=True)
    order = np.argsort(-counts, kind="stable")[:_LEVELS]
    return {str(words[place]): number for number, place in enumerate(order)}


def _told(column: Any, places: Mapping[str, int]) -> Array:
    found = np.array([places.get(str(kind), len(places)) for kind in column], dtype=int)
    return np.asarray(np.eye(len(places) + 1)[found])


def scores_of(pool: Any, real: Any, made: Any, rng: np.random.Generator) -> tuple[Scores, str]:
    """Score halves of real and made rows by a classifier of the other halves, and the pool by both; say which it was.

    Variances are of a mean of rows. Status: given a classifier exact; both together asymptotic.
    """
    of_real, of_made, of_pool = features_of(real, made, pool)
    halves_real, halves_made = _halves(row_count(real), rng), _halves(row_count(made), rng)
    pooled, reals, mades, names = [], [], [], []
    for one, two in ((0, 1), (1, 0)):
        learned = (of_real[halves_real[one]], of_made[halves_made[one]])
        name, score = _fitted(*learned, rng)
        names.append(name)
        pooled.append(score(of_pool))
        reals.append(score(of_real[halves_real[two]]))
        mades.append(score(of_made[halves_made[two]]))
    base = float(np.mean([each.mean() for each in reals]))
    scored = Scores(
        float(np.mean(pooled)) - base,
        float(np.mean([each.mean() for each in mades])) - base,
        float(np.mean(pooled, axis=0).var(ddof=1) / row_count(pool)),
        _variance(reals),
        _variance(mades),
    )
    return scored, " and ".join(dict.fromkeys(names))


def _variance(halves: Sequence[Array]) -> float:
    """Squared standard error of the mean of the means of two halves."""
    return float(sum(each.var(ddof=1) / len(each) for each in halves) / len(halves) ** 2)


def _halves(count: int, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    order = rng.permutation(count)
    return [np.sort(order[: count // 2]), np.sort(order[count // 2 :])]


def _fitted(real: Features, made: Features, rng: np.random.Generator) -> tuple[str, Callable[[Features], Array]]:
    """Fit the classifier that does better on a third of these rows, to all of them."""
    real, made = _some(real, rng), _some(made, rng)
    state = int(rng.integers(2**31 - 1))
    learn, judge = _parted(real.shape[0], rng), _parted(made.shape[0], rng)
    every = _classifiers(real)
    losses = {}
    for name, make in every.items():
        if len(every) > 1:
            found = _fit(make(state), real[learn[0]], made[judge[0]])
            losses[name] = _loss(found, real[learn[1]], made[judge[1]])
    best = min(losses, key=lambda name: losses[name]) if losses else next(iter(every))
    model = _fit(every[best](state), real, made)
    return best, lambda rows: _chances(model, rows)[:, 1]


def _some(rows: Features, rng: np.random.Generator) -> Features:
    """Return as many rows as are learned from, drawn by chance where there are more."""
    return rows if rows.shape[0] <= _MOST else rows[np.sort(rng.permutation(rows.shape[0])[:_MOST])]


def _parted(count: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    order = rng.permutation(count)
    return order[count // 3 :], order[: count // 3]


def _classifiers(rows: Features) -> Mapping[str, Callable[[int], Any]]:
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, PolynomialFeatures, StandardScaler

    def logistic(_state: int) -> Any:
        held = LogisticRegression(C=1.0, max_iter=300, class_weight="balanced")
        if not isinstance(rows, np.ndarray):
            return held
        wide = rows.shape[1] > _MOST_PRODUCTS
        more = FunctionTransformer(_with_squares) if wide else PolynomialFeatures(2, include_bias=False)
        return make_pipeline(more, StandardScaler(), held)

    def trees(state: int) -> Any:
        return HistGradientBoostingClassifier(
            max_iter=60, learning_rate=0.08, max_leaf_nodes=15, class_weight="balanced", random_state=state
        )

    return {"logistic regression": logistic} | ({"boosted trees": trees} if isinstance(rows, np.ndarray) else {})


def _with_squares(rows: Array) -> Array:
    return np.hstack([rows, rows**2])


def _fit(model: Any, real: Features, made: Features) -> Any:
    labels = np.r_[np.zeros(real.shape[0]), np.ones(made.shape[0])]
    with threadpool_limits(1, user_api="openmp"):  # more stand in line on a busy machine, for fits of this size
        return model.fit(_joined(real, made), labels)


def _joined(real: Features, made: Features) -> Any:
    if isinstance(real, np.ndarray):
        return np.vstack([real, made])
    from scipy.sparse import vstack

    return vstack([real, made], format="csr")


def _chances(model: Any, rows: Features) -> Array:
    with threadpool_limits(1, user_api="openmp"):
        parts = [model.predict_proba(rows[first : first + _MOST]) for first in range(0, rows.shape[0], _MOST)]
    return np.concatenate(parts)


def _loss(model: Any, real: Features, made: Features) -> float:
    """Mean log loss, real and made rows with one half each."""
    parts = [np.log(_chances(model, rows)[:, place].clip(1e-6)).mean() for place, rows in enumerate((real, made))]
    return -float(np.mean(parts))
