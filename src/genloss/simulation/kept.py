"""How does a chain go on where it was stopped? Rows that were made are kept; a fit is made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, Protocol, TypeVar

import numpy as np

from genloss.models.protocol import Fitted
from genloss.workflows import Batch

D = TypeVar("D")


class Keeper(Protocol[D]):
    """Where the rows of batches are kept that fits have made."""

    def read(self, batch: Batch) -> D | None:
        """Return the rows of a batch that was made before; None: it was not."""
        ...

    def write(self, batch: Batch, rows: D) -> D:
        """Keep the rows of a batch; return them as they will be read."""
        ...


class Later:
    """A fit that is made when it is first asked for; where all its rows are kept already it never is."""

    def __init__(self, make: Callable[[], Fitted[Any]]) -> None:
        self._make = make

    @cached_property
    def fit(self) -> Fitted[Any]:
        """The fit."""
        made = self._make()
        del self._make  # and with it the rows that it was fitted to
        return made

    def sample(self, count: int, rng: np.random.Generator, **sampler: Any) -> Any:
        """Draw rows from the fit."""
        return self.fit.sample(count, rng, **sampler)


def if_made(fit: Any) -> Any:
    """Return the fit itself; None where it was not made."""
    return fit.__dict__.get("fit") if isinstance(fit, Later) else fit


def made(fit: Any) -> Any:
    """Return the fit itself, made if it was not."""
    return fit.fit if isinstance(fit, Later) else fit
