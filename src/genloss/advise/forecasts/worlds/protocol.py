"""What must be known of the worlds a table's rows could come from, to run generations of a model in them?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Places = NDArray[np.intp]
Truths = NDArray[np.bool_]
Batch = tuple[Any, Any]  # inputs or their places among the given rows, and labels; runs are the leading axis

LEVERAGE, WEAK = 0.5, 0.1


@dataclass(frozen=True)
class Assumption:
    """What the forecast rests on. state: "checked", "failed" or "unknown"."""

    name: str
    state: str
    found: str


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

    def believed(self, count: int, rng: np.random.Generator) -> Sequence[Any]:
        """Draw truths from what is believed after seeing the rows."""
        ...

    def real(self, truth: Any, rows: int, runs: int, rng: np.random.Generator) -> Batch:
        """Draw real rows for every run."""
        ...

    def told(self, fits: Array, truth: Any, rows: int, rng: np.random.Generator) -> Batch:
        """Draw rows that fits label or make."""
        ...

    def fit(self, batches: Sequence[Batch], shares: Sequence[float]) -> tuple[Array, Truths]:
        """Fit every run to batches with these shares of the loss; and whether the estimate exists."""
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


def looked(name: str, good: bool, found: str) -> Assumption:
    """Return an assumption that was looked at."""
    return Assumption(name, "checked" if good else "failed", found)


def unlike(what: str, found: str) -> Assumption:
    """Return an assumption that nobody can look at from here."""
    return Assumption(what, "unknown", found)


LATER = unlike("later rows are like these", "inputs are drawn from the given rows")


def leverage(top: float) -> Assumption:
    """Whether one row decides a coefficient."""
    return looked("no row decides alone", top < LEVERAGE, f"largest leverage {top:.2f} of at most 1")


def joined_weights(batches: Sequence[Batch], shares: Sequence[float]) -> Array:
    """Return the weight of every row of batches joined along their rows: a share is spread evenly over its batch."""
    sizes = [inputs.shape[1] for inputs, _ in batches]
    return np.repeat(np.asarray(shares, dtype=float) / sizes, sizes)


def pooled(batches: Sequence[Batch], shares: Sequence[float], rows: int) -> tuple[Array, Array]:
    """Return weight and weighted mean label of every given row, (runs, rows): all that a fit of (places, labels) needs.

    Weights add up to 1 in every run; the mean is 0 where the weight is.
    """
    runs = len(batches[0][0])
    weight, total = np.zeros((2, runs * rows))
    for (places, labels), share in zip(batches, shares, strict=True):
        at = (places + rows * np.arange(runs)[:, None]).ravel()
        each = share / places.shape[1]
        weight += each * np.bincount(at, minlength=runs * rows)
        total += each * np.bincount(at, weights=labels.ravel(), minlength=runs * rows)
    mean = np.divide(total, weight, out=np.zeros_like(total), where=weight > 0)
    return weight.reshape(runs, rows), mean.reshape(runs, rows)
