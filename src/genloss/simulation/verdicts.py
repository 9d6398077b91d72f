"""Which rows does a filter keep, given what its verifier says of each of them?"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from genloss.code.trusted import Trusted, called, function_of
from genloss.errors import Problem, impossible
from genloss.workflows import Filter

Array = NDArray[np.float64]
Chosen = NDArray[np.bool_]


class Scores(Protocol):
    """What a verifier says of rows, (replicates, rows).

    A class leaves out what its rows cannot be asked: such filters are refused before (`filters.refuse_kinds`).
    """

    def good(self) -> Chosen:
        """Which rows are good."""
        impossible("rows were asked which of them are good")

    def distance(self) -> Array:
        """How far each row lies from the verifier's guess, in standard deviations."""
        impossible("rows were asked for a distance")

    def likelihood(self) -> Array:
        """Natural log of the likelihood of each row under the verifier."""
        impossible("rows were asked how likely they are")

    def called(self) -> Array:
        """What a user's function says of each row."""
        impossible("rows were given to a function")


def verdict(chosen: Filter, scores: Scores, acts: Chosen, uniform: Array) -> Chosen:
    """Return which rows stay; those that the filter does not act on do. uniform: one number in [0, 1) a row."""
    return np.where(acts, _passed(chosen, scores, acts, uniform), True)


def _passed(chosen: Filter, scores: Scores, acts: Chosen, uniform: Array) -> Chosen:
    if chosen.kind == "oracle":
        return np.asarray(uniform < np.where(scores.good(), chosen.keep_good, chosen.keep_bad))
    if chosen.kind == "distance" and chosen.within is not None:
        return np.asarray(scores.distance() <= chosen.within)
    if chosen.kind == "likelihood" and chosen.at_least is not None:
        return np.asarray(scores.likelihood() >= chosen.at_least)
    if chosen.kind == "function":
        return np.asarray(scores.called(), dtype=bool)
    if chosen.keep_share is None:
        impossible("a filter has no rule")
    score = scores.likelihood() if chosen.function is None else np.asarray(scores.called(), dtype=float)
    return best(score, chosen.keep_share, acts, uniform)


def best(score: Array, share: float, among: Chosen, uniform: Array) -> Chosen:
    """Return the share of the rows with the highest score, by replicate; rows that are alike are drawn by chance.

    among: rows that are ranked. Their share is rounded to whole rows, one at least.

    >>> rows = np.array([[3.0, 1.0, 2.0, 9.0]])
    >>> best(rows, 0.5, np.array([[True, True, True, False]]), np.zeros((1, 4))).tolist()
    [[True, False, True, False]]
    """
    counts = kept_of(share, among.sum(axis=-1))
    order = np.lexsort((uniform, np.where(among, -score, np.inf)), axis=-1)
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.broadcast_to(np.arange(order.shape[-1]), order.shape), axis=-1)
    return np.asarray((ranks < counts[..., None]) & among)


def kept_of(share: float, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many of so many rows a share is: rounded, one at least where there are any.

    >>> kept_of(0.5, np.array([0, 1, 5, 10])).tolist()
    [0, 1, 3, 5]
    """
    return np.asarray(np.minimum(rows, np.maximum(1, np.floor(share * rows + 0.5).astype(np.int64))))


def judged_by_function(
    chosen: Filter, trusted: Trusted, names: tuple[str, ...], *given: object, shape: tuple[int, ...]
) -> Array:
    """Ask a user's function of each row whether it stays, or for its score; executed only where a user has said so.

    names: what the function is called with, by place. shape: of what it is to return.
    """
    if chosen.function is None:
        impossible("a filter names no function")
    code = trusted.find(chosen.function, chosen.sha256, "workflow.train filter")
    told = np.asarray(called(code, function_of(code, names), *given))
    where, found = f"{code.where}: {chosen.function}", f"returned {told.dtype} of shape {told.shape}"
    one = f"for each row, in the shape {shape}"
    if chosen.kind == "function":
        if told.shape != shape or not np.isin(told, (0, 1)).all():
            raise Problem(where, found, f"return True or False {one}")
        return np.asarray(told, dtype=float)
    numbers = np.issubdtype(told.dtype, np.number) or told.dtype == bool
    if told.shape != shape or not numbers or np.isnan(told.astype(float)).any():
        raise Problem(
            where, found + (", with nan among them" if told.shape == shape and numbers else ""), f"return a score {one}"
        )
    return told.astype(float)
