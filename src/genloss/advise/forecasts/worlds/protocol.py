"""What must be known of the worlds a table's rows could come from, to run generations of a model in them?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from genloss.advise.assumption import Assumption

Array = NDArray[np.float64]
Places = NDArray[np.intp]
Truths = NDArray[np.bool_]
Labels = tuple[Any, Array]  # places of inputs among the given rows, and their labels, (runs, rows) each

LEVERAGE, WEAK = 0.5, 0.1


class World(Protocol):
    """A table as some estimator sees it. Fits are arrays (runs, numbers); a truth is the world's own business.

    rows: of the table. unit: what risk is. plain: what the plain model predicts. missing: why a fit may not exist.
    """

    @property
    def rows(self) -> int: ...  # noqa: D102
    @property
    def unit(self) -> str: ...  # noqa: D102
    @property
    def plain(self) -> str: ...  # noqa: D102
    @property
    def missing(self) -> str: ...  # noqa: D102

    def draw_truths(self, count: int, rng: np.random.Generator) -> Sequence[Any]:
        """Draw truths from what is believed after seeing the rows."""
        ...

    def draw_real(self, truth: Any, rows: int, runs: int, rng: np.random.Generator) -> Any:
        """Draw real rows for every run: places and labels, or rows (runs, rows, columns) where nothing is labeled."""
        ...

    def own_rows(self, rows: int, runs: int, rng: np.random.Generator) -> Any:
        """Take the table's own rows for every run, as they are, held as real ones are; rows: at most all."""
        ...

    def draw_synthetic(self, fits: Array, truth: Any, rows: int, rng: np.random.Generator) -> Any:
        """Draw rows that fits label or make, held as real ones are."""
        ...

    def estimate(self, rows: Any, weights: Array, size: float) -> tuple[Array, Truths]:
        """Fit every run to rows; and whether the estimate exists.

        weights: (rows,) or (runs, rows), adding up to 1. size: the number of rows that they stand for.
        """
        ...

    def risk(self, fits: Array, truth: Any) -> Array:
        """Return the risk of every run, (runs,)."""
        ...

    def plain_risk(self, truth: Any) -> float:
        """Return the risk of the plain model; infinity if there is none."""
        ...

    def assumptions(self) -> tuple[Assumption, ...]:
        """What can be looked at, and what cannot."""
        ...


@dataclass(frozen=True, eq=False)
class WorldLaw:
    """A world with one of its truths, as a law of rows (models/laws.py): what a chain of fits in it needs."""

    world: World
    truth: Any
    name: str = "a forecast"

    def draw(self, parameters: Array, rows: int, rng: np.random.Generator) -> Any:
        """Draw rows that fits label or make."""
        return self.world.draw_synthetic(parameters, self.truth, rows, rng)

    def estimate(self, rows: Any, weights: Array, size: float) -> tuple[Array, Truths]:
        """Fit every run."""
        return self.world.estimate(rows, weights, size)


def tested(name: str, holds: bool, found: str) -> Assumption:
    """Return an assumption that was tested on the rows."""
    return Assumption(name, "checked" if holds else "failed", found)


def untestable(name: str, why: str) -> Assumption:
    """Return an assumption that the rows at hand cannot test."""
    return Assumption(name, "unknown", why)


LATER_ROWS_ARE_ALIKE = untestable("later rows are like these", "inputs are drawn from the given rows")


def leverage(top: float) -> Assumption:
    """Whether one row decides a coefficient."""
    return tested("no row decides alone", top < LEVERAGE, f"largest leverage {top:.2f} of at most 1")


def pooled(labeled: Labels, weights: Array, rows: int) -> tuple[Array, Array]:
    """Return weight and weighted mean label of every given row, (runs, rows): all that a fit of labeled places needs.

    weights: of the labeled rows, (n,) or (runs, n), adding up to 1. The mean is 0 where the weight is.
    """
    places, labels = labeled
    runs = len(places)
    at = (places + rows * np.arange(runs)[:, None]).ravel()
    each = np.broadcast_to(weights, places.shape)
    weight = np.bincount(at, weights=each.ravel(), minlength=runs * rows)
    total = np.bincount(at, weights=(each * labels).ravel(), minlength=runs * rows)
    mean = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)
    return np.asarray(weight.reshape(runs, rows)), np.asarray(mean.reshape(runs, rows))


def own_risks(world: Any, truths: Sequence[Any], own: Any) -> list[Array]:
    """Return, as one column or none, the risk in every truth of the fit of rows in hand, held for one run."""
    if own is None:
        return []
    rows = (own[0] if isinstance(own, tuple) else own).shape[1]
    fit, _ = world.estimate(own, np.full(rows, 1 / rows), float(rows))
    return [np.array([float(world.risk(fit, truth)[0]) for truth in truths])]
