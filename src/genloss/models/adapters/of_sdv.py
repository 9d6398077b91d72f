"""Synthesizers of one table of SDV (GaussianCopula, CTGAN, TVAE, CopulaGAN) as models that keep the contract.

What is right here where a guess is wrong: every fit of SDV samples from one constant seed, so that samples of models
that were fitted to independent tables are correlated by .99, and errors over seeds would mean nothing; each fit and
draw is seeded here, through the private `_set_random_state`, as there is no public way. Metadata that SDV 2 detects
hold the ranges and categories of the table, and a later table is refused that goes beyond them; they are left out.
SDV 2.0 takes and gives a dict of tables, SDV 1 tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from genloss.errors import Problem
from genloss.models.adapters.heard import heard
from genloss.models.adapters.refusals import refuse_start, refuse_weights
from genloss.models.adapters.seeding import seeded

_DETECTED = ("range_min", "range_max", "range_values", "range_is_nullable", "high_cardinality")
"""What metadata know of one table's values, and not of what they mean."""


def adapt(model: Any) -> Any:
    """Return a model for a synthesizer of one table; None for others."""
    if not any(kind.__name__ == "BaseSingleTableSynthesizer" for kind in type(model).__mro__):
        return None
    constraints: Any = model.get_constraints() if hasattr(model, "get_constraints") else []
    return Synthesizer(type(model), model.get_parameters(), without_ranges(model.get_metadata().to_dict()), constraints)


def without_ranges(metadata: Any) -> Any:
    """Leave out what metadata know of one table's values.

    >>> without_ranges({"columns": {"age": {"sdtype": "numerical", "range_min": 17}}})
    {'columns': {'age': {'sdtype': 'numerical'}}}
    """
    if isinstance(metadata, dict):
        return {key: without_ranges(value) for key, value in metadata.items() if key not in _DETECTED}
    return metadata


@dataclass(frozen=True, repr=False)
class Synthesizer:
    """A synthesizer that is made anew for each fit. kind: its class. parameters: its settings.

    metadata: what its columns mean. constraints: that were added to it. Its own transformers are chosen by SDV.
    """

    kind: Any
    parameters: dict[str, Any]
    metadata: dict[str, Any]
    constraints: Any

    def __repr__(self) -> str:
        return f"{self.kind.__name__}({', '.join(f'{name}={value!r}' for name, value in self.parameters.items())})"

    def fit(self, data: Any, weights: Any, rng: np.random.Generator, *, start: Any = None) -> SynthesizerFit:
        """Make the synthesizer and fit it. Errors: `Problem` for rows that are no table."""
        refuse_start(start, self.kind.__name__)
        refuse_weights(weights, self.kind.__name__)
        if not hasattr(data, "columns"):
            raise Problem(
                "population",
                f"{self.kind.__name__} fits tables, and these rows are not a table",
                "give a table of pandas",
            )
        from sdv.metadata import Metadata

        with seeded(rng), heard(Warning):
            made = self.kind(Metadata.load_from_dict(self.metadata), **self.parameters)
            if self.constraints:
                made.add_constraints(self.constraints)
            rows = data.reset_index(drop=True)
            name = next(iter(self.metadata.get("tables", ())), "table")
            made.fit({name: rows} if _takes_dicts() else rows)
        return SynthesizerFit(made, rows.iloc[:0])


@dataclass(frozen=True, eq=False)
class SynthesizerFit:
    """A fitted synthesizer. empty: a table like those that it was fitted to, without rows."""

    made: Any
    empty: Any

    def sample(self, count: int, rng: np.random.Generator) -> Any:
        """Draw rows with a seed of their own."""
        if count == 0:
            return self.empty
        with seeded(rng) as state, heard(Warning):
            self.made._set_random_state(state)
            for transformer in self.made.get_transformers().values():
                if transformer is not None:  # they too have a constant seed, of their column
                    transformer.set_random_state(np.random.RandomState(state), "reverse_transform")
            drawn = self.made.sample(count)
        table = next(iter(drawn.values())) if isinstance(drawn, dict) else drawn
        return table.reset_index(drop=True)


def _takes_dicts() -> bool:
    return int(version("sdv").split(".")[0]) >= 2
