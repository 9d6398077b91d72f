"""How are rows held? Joined, counted and picked alike, whether they are arrays of many replicates or a user's data."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.populations.own_rows import copied, is_table, like_tuple, take, unknown

Places = NDArray[np.int64]
Weights = NDArray[np.float64]


class Layout(Protocol):
    """What forming the terms of a fit needs of rows. Places are (replicates, n)."""

    def replicates(self, data: Any) -> int:
        """How many replicates are held side by side."""
        ...

    def rows(self, data: Any) -> int:
        """How many rows there are, in each replicate."""
        ...

    def join(self, parts: Sequence[Any]) -> Any:
        """Put data one below the other."""
        ...

    def take(self, data: Any, places: Places) -> Any:
        """Return the rows at these places."""
        ...

    def weights(self, by_row: Weights) -> Weights:
        """Return weights (replicates, rows) as a model of such data is given them."""
        ...

    def apart(self, data: Any) -> Any:
        """Return rows that no model can spoil for others."""
        ...

    def thinned(self, data: Any, by_row: Weights) -> tuple[Any, Weights]:
        """Leave rows of weight 0 out where the layout can; weights (replicates, rows) of mean 1."""
        ...


class Replicated:
    """Arrays (replicates, rows, ...), or tuples of such arrays, which are picked together."""

    def replicates(self, data: Any) -> int:
        """Length of the first axis."""
        return int(_first(data).shape[0])

    def rows(self, data: Any) -> int:
        """Length of the second axis."""
        return int(_first(data).shape[1])

    def join(self, parts: Sequence[Any]) -> Any:
        """Concatenate along the second axis."""
        if len(parts) == 1:
            return parts[0]
        if isinstance(parts[0], tuple):
            return like_tuple(parts[0], [self.join(each) for each in zip(*parts, strict=True)])
        return np.concatenate(parts, axis=1)

    def take(self, data: Any, places: Places) -> Any:
        """Pick rows of every replicate by its own places."""
        if isinstance(data, tuple):
            return like_tuple(data, [self.take(each, places) for each in data])
        return np.take_along_axis(data, places.reshape(*places.shape, *(1,) * (data.ndim - 2)), axis=1)

    def weights(self, by_row: Weights) -> Weights:
        """By replicate and row."""
        return by_row

    def apart(self, data: Any) -> Any:
        """Return them as they are: the laws that are fitted to them write to none."""
        return data

    def thinned(self, data: Any, by_row: Weights) -> tuple[Any, Weights]:
        """Return them as they are: replicates keep unlike numbers of rows."""
        return data, by_row

    def only(self, data: Any, chosen: NDArray[np.bool_]) -> Any:
        """Return some of the replicates."""
        if isinstance(data, tuple):
            return like_tuple(data, [self.only(each, chosen) for each in data])
        return data[chosen]


class Single:
    """Data of one run, as a user has them: an array, a pandas table, a list of texts, or a tuple of such, by rows."""

    def replicates(self, data: Any) -> int:  # noqa: ARG002
        """One run."""
        return 1

    def rows(self, data: Any) -> int:
        """Length of the first axis."""
        count = len(data[0]) if isinstance(data, tuple) else len(data)
        if isinstance(data, tuple) and any(len(each) != count for each in data):
            lengths = ", ".join(str(len(each)) for each in data)
            raise Problem("data", f"parts of {lengths} rows", "give parts with the same number of rows")
        return count

    def weights(self, by_row: Weights) -> Weights:
        """By row, (rows,)."""
        return np.asarray(by_row[0])

    def join(self, parts: Sequence[Any]) -> Any:
        """Put data one below the other."""
        first = parts[0]
        if len(parts) == 1:
            return first
        if isinstance(first, tuple):
            return like_tuple(first, [self.join(each) for each in zip(*parts, strict=True)])
        if isinstance(first, np.ndarray):
            return np.concatenate(parts)
        if isinstance(first, list):
            return [row for part in parts for row in part]
        if is_table(first):
            return sys.modules["pandas"].concat(list(parts), ignore_index=True)
        raise unknown(first)

    def take(self, data: Any, places: Places) -> Any:
        """Return the rows at these places, (1, n)."""
        return take(data, places[0])

    def apart(self, data: Any) -> Any:
        """Return a copy: a model of one's own may write to what it is given, and keep what it returns."""
        return copied(data)

    def thinned(self, data: Any, by_row: Weights) -> tuple[Any, Weights]:
        """Leave rows of weight 0 out, so that no model has to know what such a weight is."""
        kept = np.flatnonzero(by_row[0] > 0)
        if kept.size == by_row.shape[1]:
            return data, by_row
        return self.take(data, kept[None]), by_row[:, kept] * (kept.size / by_row.shape[1])


def _first(data: Any) -> Any:
    return data[0] if isinstance(data, tuple) else data
