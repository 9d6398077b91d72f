"""What is one part of a figure that is no study? Its place, how one block of replicates is drawn, theory's values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from genloss.results.row import Scalar

Array = NDArray[np.float64]
Draw = Callable[[np.random.Generator, int], Array]
"""Given a generator and a number of replicates, values of (generations, replicates)."""


class Theory(NamedTuple):
    """A value that needs no draws. status: "exact", "asymptotic" or "bound"; formula: the function that has it."""

    value: float
    status: str
    formula: str
    allowance: float = 0.0


@dataclass(frozen=True)
class Part:
    """One part: its values at some generations, drawn, known, or predicted.

    case, axes: its place, as a cell of a study has one. draw: None where nothing is drawn. also: further cases whose
    values are functions of those drawn, of the same shape. known: values that come out the same each time, by
    generation, e.g. of a fit to given rows.
    """

    case: str
    generations: tuple[int, ...]
    axes: Mapping[str, Scalar] = field(default_factory=dict)
    draw: Draw | None = None
    also: Mapping[str, Callable[[Array], Array]] = field(default_factory=dict)
    known: Mapping[int, float] = field(default_factory=dict)
    theory: Mapping[int, Theory] = field(default_factory=dict)

    @property
    def cases(self) -> tuple[str, ...]:
        """Its case, and those of functions of what is drawn for it."""
        return self.case, *self.also


class Figure(NamedTuple):
    """A figure that is computed here: what is measured, in which unit, and its parts, of the entry's settings."""

    metric: str
    unit: str
    parts: Callable[[Mapping[str, Any]], list[Part]]
