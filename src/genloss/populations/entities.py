"""Which rows are drawn where some belong together? Rows of one entity (a firm, a patient) are drawn together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Index = NDArray[np.int64]
FINENESS = 32  # parts of a row's mean weight


def numbered(labels: ArrayLike) -> Index:
    """Return the entity of each row as 0, 1, ... in the order in which they first come, (rows,).

    >>> numbered(["b", "a", "b"]).tolist()
    [0, 1, 0]
    """
    _, first, codes = np.unique(np.asarray(labels), return_index=True, return_inverse=True)
    order = np.empty(first.size, dtype=np.int64)
    order[np.argsort(first)] = np.arange(first.size)
    return np.asarray(order[codes.ravel()], dtype=np.int64)


def drawn_places(
    table: int,
    runs: int,
    rows: int,
    rng: np.random.Generator,
    entities: Index | None = None,
    weights: NDArray[np.float64] | None = None,
) -> Index:
    """Draw places of rows in a table, (runs, rows), one by one or, with the entity of each row (table,), together.

    weights: of rows, (table,), in proportion to which they are drawn, as `bootstrap_weights` has them.
    """
    if entities is not None:
        return drawn_rows(entities, (runs, rows), rng, weights)
    if weights is None:
        return rng.integers(table, size=(runs, rows))
    copies = np.rint(weights * FINENESS * table).astype(np.int64)
    return np.repeat(np.arange(table), copies)[rng.integers(copies.sum(), size=(runs, rows))]


def bootstrap_weights(
    table: int, count: int, rng: np.random.Generator, entities: Index | None = None, *, whole: bool = True
) -> NDArray[np.float64]:
    """Draw weights of rows, (count, table), that add up to 1: what a Bayesian bootstrap believes of their population.

    Dirichlet weights, all parameters 1, in whole parts of 1 / (32 table), so that drawing by them is drawing from a
    longer table; with entities, of these, as they are, and alike for the rows of one. whole: False: as they are.
    """
    if entities is not None or not whole:
        units = table if entities is None else int(entities.max()) + 1
        each = rng.standard_exponential((count, units))
        each = each if entities is None else each[:, entities]
        each /= each.sum(axis=1, keepdims=True)
        return each
    ends = np.cumsum(rng.standard_exponential((count, table)), axis=1)
    ends /= ends[:, -1:].copy()
    ends *= FINENESS * table
    np.rint(ends, out=ends)
    ends[:, 1:] -= ends[:, :-1].copy()
    ends /= FINENESS * table
    return ends


def drawn_rows(
    entities: Index, shape: tuple[int, int], rng: np.random.Generator, weights: NDArray[np.float64] | None = None
) -> Index:
    """Draw places of rows, (runs, rows): entities with replacement, all rows of each, one after the other.

    entities: of every row, (table,), as `numbered` has them; an entity is as probable as any other. A run begins in a
    row that is as probable as any other and goes on to the end of its entity; its last entity is cut where the rows
    end. So each place of a run holds each row of the table with the same probability, whatever the sizes of entities
    (a stationary renewal process). weights: of rows, (table,), alike within an entity, in proportion to which entities
    are drawn instead, adding up to 1. Status: exact. Checked by tests/unit/test_entities.py.
    """
    runs, rows = shape
    sizes = np.bincount(entities)
    order, starts = np.argsort(entities, kind="stable"), np.append(0, np.cumsum(sizes)[:-1])
    found = np.empty(shape, dtype=np.int64)
    chances = None if weights is None else weights[order[starts]] / weights[order[starts]].sum()
    if weights is None:
        first = rng.integers(entities.size, size=runs)
    else:
        first = rng.choice(entities.size, size=runs, p=weights[order])
    for run, place in enumerate(first.tolist()):
        entity = int(np.searchsorted(starts, place, side="right")) - 1
        parts: list[Index] = [np.arange(place, starts[entity] + sizes[entity])]
        held = parts[0].size
        while held < rows:
            count = max(1, int(1.1 * (rows - held) * sizes.size / entities.size))
            chosen = (
                rng.integers(sizes.size, size=count) if chances is None else rng.choice(sizes.size, count, p=chances)
            )
            parts.append(_along(starts[chosen], sizes[chosen]))
            held += parts[-1].size
        found[run] = order[np.concatenate(parts)[:rows]]
    return found


def _along(starts: Index, sizes: Index) -> Index:
    """Return start, start + 1, ... of every stretch, one stretch after the other."""
    before = np.cumsum(sizes) - sizes
    return np.asarray(np.repeat(starts - before, sizes) + np.arange(sizes.sum()))


def split_by_entity(entities: Index, wanted: Sequence[int], rng: np.random.Generator) -> list[Index]:
    """Part rows into sets of whole entities: as few as give each set the rows wanted; the rest is the last set.

    Entities come in an order drawn from `rng`. Returns places in the order of the table.
    """
    sizes = np.bincount(entities)
    order = rng.permutation(sizes.size)
    reached = np.cumsum(sizes[order])
    sets, begin, before = [], 0, 0
    for rows in wanted:
        end = begin if rows <= 0 else int(np.searchsorted(reached, before + rows)) + 1
        sets.append(np.flatnonzero(np.isin(entities, order[begin:end])))
        begin, before = min(end, order.size), int(reached[min(end, order.size) - 1]) if end else 0
    return [*sets, np.flatnonzero(np.isin(entities, order[begin:]))]
