"""How does a data set become a population? Rows are chosen, split, standardized, labeled."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem, impossible, nearest
from genloss.populations.catalog import known, load
from genloss.populations.draw import Array
from genloss.populations.entities import numbered, split_by_entity
from genloss.populations.forms import Images, Table
from genloss.populations.places import NO_FOLDER, Places
from genloss.populations.pool import Pool
from genloss.streams import stream

IMAGE_TARGETS: dict[str, Callable[[NDArray[np.int64]], Array]] = {
    "parity": lambda classes: (classes % 2).astype(float),
}
"""What can be asked of an image: "parity" is 1 for odd classes and 0 for even ones."""

_LISTED = 20  # names of columns that a message lists


def data_pool(
    name: str,
    *,
    target: str,
    noise: float,
    held_out: int,
    seed: int,
    rows: int | None = None,
    places: Places = NO_FOLDER,
) -> Pool:
    """Make the population of a data set of the catalog.

    rows: rows of the pool, None for all that are not held out. Which rows follows from `seed`
    alone, so all replicates share one population. See `images_pool` and `table_pool`.
    """
    if known(name).form == "text":
        raise Problem("population.kind", f"{name} is text, and this model reads numbers", "give images or a table")
    data = load(name, places).data
    if isinstance(data, Images):
        return images_pool(name, data, target=target, noise=noise, held_out=held_out, seed=seed, rows=rows)
    if isinstance(data, Table):
        return table_pool(name, data, target=target, noise=noise, held_out=held_out, seed=seed, rows=rows)
    impossible(f"{name} came as words")


def digits(*, target: str, noise: float, held_out: int, seed: int) -> Pool:
    """8x8 images of handwritten digits (1797 of them, scikit-learn's), labeled by the parity of the digit."""
    return data_pool("digits", target=target, noise=noise, held_out=held_out, seed=seed)


def images_pool(
    name: str, images: Images, *, target: str, noise: float, held_out: int, seed: int, rows: int | None
) -> Pool:
    """Make a pool of images; the clean label is what `target` says of the class.

    Where the data set has its own test split, the held-out rows come from it and it is never mixed
    into the pool. Pixels are standardized column by column with the pool's mean and standard
    deviation; constant pixels become 0.
    """
    if target not in IMAGE_TARGETS:
        known_targets = " or ".join(f'"{word}"' for word in IMAGE_TARGETS)
        raise Problem("population.target", f"{target!r} is not known for {name}", f"give {known_targets}")
    label = IMAGE_TARGETS[target]
    if len(images.test_classes):
        kept, _ = _split(name, len(images.classes), rows=rows, held_out=0, seed=seed)
        _, out = _split(f"{name} test", len(images.test_classes), rows=0, held_out=held_out, seed=seed)
        aside, aside_classes = images.test_pixels[out], images.test_classes[out]
    else:
        kept, out = _split(name, len(images.classes), rows=rows, held_out=held_out, seed=seed)
        aside, aside_classes = images.pixels[out], images.classes[out]
    pool = _standardized(images.pixels[kept], aside)
    return Pool(name, pool[0], label(images.classes[kept]), pool[1], label(aside_classes), noise)


def table_pool(
    name: str, table: Table, *, target: str, noise: float, held_out: int, seed: int, rows: int | None
) -> Pool:
    """Make a pool of a table's rows; the clean label is the target column minus its mean over the pool.

    The mean is taken off because the models have no intercept. All other columns are inputs,
    standardized as in `images_pool`. Where rows are of entities these are held out whole, as many as give at least
    `held_out` rows, and the pool likewise has at least `rows`.
    """
    column = target_column(table, target)
    kept, out = _split(name, len(table.values), rows=rows, held_out=held_out, seed=seed, entities=table.entities)
    inputs, labels = np.delete(table.values, column, axis=1), table.values[:, column]
    pool = _standardized(inputs[kept], inputs[out])
    mean = labels[kept].mean()
    entities = None if table.entities is None else numbered(table.entities[kept])
    return Pool(name, pool[0], labels[kept] - mean, pool[1], labels[out] - mean, noise, entities)


def target_column(table: Table, target: str) -> int:
    """Return the place of the target column, or say which one was probably meant."""
    if target not in table.columns:
        near = nearest(target, list(table.columns))
        if near.startswith("known") and len(table.columns) > _LISTED:
            near = f"known here: {', '.join(table.columns[:_LISTED])} and {len(table.columns) - _LISTED} more"
        raise Problem("population.target", f"there is no column {target!r}", near)
    return table.columns.index(target)


def _split(
    name: str, count: int, *, rows: int | None, held_out: int, seed: int, entities: NDArray[np.int64] | None = None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose which of `count` rows are the pool and which are held out, each in the data's order."""
    least = 0 if rows == 0 else 2
    if not 0 <= held_out <= count - least:
        raise Problem("population.held_out", f"{held_out} of {count} rows", f"give a number from 0 to {count - least}")
    if rows is not None and not least <= rows <= count - held_out:
        raise Problem(
            "population.rows",
            f"{rows} of {count} rows, {held_out} of them held out",
            f"give a number from 2 to {count - held_out}",
        )
    if entities is not None:
        return _split_entities(entities, rows=rows, held_out=held_out, rng=stream(seed, name, "split"))
    order = stream(seed, name, "split").permutation(count)
    last = count if rows is None else held_out + rows
    return np.sort(order[held_out:last]), np.sort(order[:held_out])


def _split_entities(
    entities: NDArray[np.int64], *, rows: int | None, held_out: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Choose which entities are the pool and which are held out: at least as many rows as asked for."""
    out, *rest = split_by_entity(entities, [held_out] if rows is None else [held_out, rows], rng)
    if len(set(entities[rest[0]].tolist())) < 2:
        count = int(entities.max()) + 1
        found = f"{held_out} rows of {count} entities, which are held out whole, leave fewer than two for the pool"
        raise Problem("population.held_out", found, "hold out fewer rows")
    return rest[0], out


def _standardized(pool: NDArray[np.generic], held_out: NDArray[np.generic]) -> tuple[Array, Array]:
    """Take off the pool's mean, column by column, and divide by its standard deviation; constants become 0."""
    inputs = pool.astype(float)
    mean, spread = inputs.mean(axis=0), inputs.std(axis=0)
    scale = np.where(spread > 0, spread, np.inf)
    return (inputs - mean) / scale, (held_out.astype(float) - mean) / scale
