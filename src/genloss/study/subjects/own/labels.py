"""How wrong are predicted labels? By their values: numbers as numbers, yes and no as 1 and 0, words as words.

Labels that are whole numbers, yes and no, or words are kinds, of which a share is wrong. Other numbers are off by a
distance, and so are whole ones for which a regressor predicts what lies between them.
"""

from __future__ import annotations

from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.populations.missing import is_missing
from genloss.populations.own_rows.columns import NO_ENTRY

NUMBERS, WORDS = "numbers", "words"


def misses(said: NDArray[Any], labels: NDArray[Any]) -> float:
    """Return the share of wrong predictions, or of numbers that are no kinds the mean squared distance.

    >>> misses(np.array([1.0, 0.0]), np.array([1, 1])), misses(np.array([1, 2]), np.array([1.0, 4.0]))
    (0.5, 2.0)
    """
    (sort, truth), (found, values) = _values(labels), _values(said)
    if sort is None:
        mend = "give labels that are all numbers or all words, e.g. [str(label) for label in y]"
        raise Problem("population", "some labels of y are words, and others are not", mend)
    if found != sort:
        what = found or "words beside other things"
        example = repr(str(truth[0]) if sort == WORDS else labels.tolist()[0])
        raise Problem(
            "generator",
            f"predict returned {what}, and the labels are {sort}",
            f"return what y holds: {sort}, such as {example}",
        )
    if sort == WORDS:
        return float(np.mean(values != truth))
    if not np.isfinite(values).all():
        raise Problem("generator", "predict returned a number that is not finite", "return one finite number a row")
    if labels.dtype.kind == "f" or not (_are_kinds(values) and _are_kinds(truth)):
        return float(np.mean((values - truth) ** 2))
    return float(np.mean(values != truth))


def _are_kinds(values: NDArray[Any]) -> bool:
    return bool((values == np.floor(values)).all())


def _values(labels: NDArray[Any]) -> tuple[str | None, NDArray[Any]]:
    """Return of which sort labels are, and their values; None for what is of several sorts, or of none."""
    if labels.dtype.kind in "iu":
        return NUMBERS, labels  # whole numbers beyond 2^53 are told apart as they are
    if labels.dtype.kind in "bf":
        return NUMBERS, labels.astype(float)
    each = labels.tolist()
    if any(isinstance(label, str) for label in each):
        words = [NO_ENTRY if is_missing(label) else label for label in each]
        return (WORDS if all(isinstance(word, str) for word in words) else None), np.array(words, dtype=object)
    if each and all(isinstance(label, Number) and not isinstance(label, complex) for label in each):
        return NUMBERS, np.array([float(label) for label in each])
    return None, labels
