"""Copulas of the library `copulas` as models that keep the contract: tables and arrays of numbers.

What is right here where a guess is wrong (copulas 0.14): with a whole number as random_state all samples begin with the
same rows, so each fit and draw has a state of its own; a sample sets the random state of the whole process, so one
thread draws at a time. Its probability_density leaves out the margins, so fits have no log_prob.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np

from genloss.models.adapters.forms import Form, numbers_of
from genloss.models.adapters.heard import heard
from genloss.models.adapters.refusals import refuse_start, refuse_weights
from genloss.models.adapters.seeding import seeded
from genloss.models.protocol import Note

WARNED = Note("gave numerical warnings", "fit it alone to the rows of that generation to read them")


def adapt(model: Any) -> Any:
    """Return a model of rows for GaussianMultivariate, VineCopula and others with fit and sample; None for parts."""
    return Copula(model) if any(kind.__name__ == "Multivariate" for kind in type(model).__mro__) else None


@dataclass(frozen=True)
class Copula:
    """A copula with its margins. Every fit is made by a copy of the model."""

    model: Any

    def fit(self, data: Any, weights: Any, rng: np.random.Generator, *, start: Any = None) -> CopulaFit:
        """Fit a copy."""
        refuse_start(start, type(self.model).__name__)
        refuse_weights(weights, type(self.model).__name__)
        import pandas as pd

        rows, form = numbers_of(data, type(self.model).__name__)
        fresh = deepcopy(self.model)
        with seeded(rng) as state, heard(UserWarning, FutureWarning, DeprecationWarning), heard(RuntimeWarning) as told:
            fresh.set_random_state(state)
            fresh.fit(pd.DataFrame(rows, columns=[f"column {place}" for place in range(rows.shape[1])]))
        return CopulaFit(fresh, form, (WARNED,) if told else ())


@dataclass(frozen=True, eq=False)
class CopulaFit:
    """A fitted copula. form: of rows as they are held."""

    model: Any
    form: Form
    notes: tuple[Note, ...] = ()

    def sample(self, count: int, rng: np.random.Generator) -> Any:
        """Draw rows."""
        if count == 0:
            return self.form.back(np.empty((0, int(np.prod(self.form.shape)))))
        with seeded(rng) as state, heard(UserWarning, FutureWarning, DeprecationWarning, RuntimeWarning):
            self.model.set_random_state(state)
            return self.form.back(np.asarray(self.model.sample(count), dtype=float))
