"""What is one number, with everything needed to read it cold?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from math import isfinite, isnan
from typing import Any

from genloss.results.plain import NOT_WHERE_ZERO

Scalar = float | int | str
Place = tuple[str, str, str, int, str]

# The columns of a table of rows: axes stand behind FIRST, quantiles behind MIDDLE.
FIRST = ("study", "cell", "case")
MIDDLE = ("generation", "metric", "unit", "value", "standard_error")
LAST = ("replicates", "method", "status", "allowance", "engine", "version")
STOP = "stop_at_se"  # a column behind them, where some row has it


@dataclass(frozen=True, slots=True)
class Row:
    """One value of one metric at one generation of one cell of a study's grid.

    axes: the cell's value on every axis of the study. standard_error: of `value`; 0 for theory, nan where
    one replicate is left.
    quantiles: over replicates, by probability; empty for theory and for pooled rows. allowance:
    largest deviation that finite size may cause, stated before the run; 0 where the status is exact
    or simulated. method: "theory" | "simulation" | "data" (measured on
    rows that a user gave, which name no study) | "difference" (from the cell that engine names, replicate by
    replicate) | "floor" (real rows beside real rows). status: "exact" | "asymptotic" | "bound".
    engine, version: several names where rows were pooled, separated by ", ". stop_at_se: 0 where the number of
    replicates was fixed beforehand; else they were added until the standard error was at most this share of the mean,
    or until there were as many as the study allows.

    >>> print(Row("9d0d", "c1", "", {"predictor.rows": 100}, 3, "excess_risk", "label^2", 0.25, 0.01,
    ...           replicates=100, method="simulation", engine="wishart", version="0.1.0"))
    excess_risk (label^2) at generation 3 = 0.25 ± 0.01 (standard error, 100 replicates), simulation, \
exact, engine wishart; predictor.rows = 100; study 9d0d, genloss 0.1.0
    """

    study: str
    cell: str
    case: str
    axes: Mapping[str, Scalar]
    generation: int
    metric: str
    unit: str
    value: float
    standard_error: float
    quantiles: Mapping[str, float] = field(default_factory=dict)
    replicates: int = 0
    method: str = "theory"
    status: str = "exact"
    allowance: float = 0.0
    engine: str = ""
    version: str = ""
    stop_at_se: float = field(default=0.0, metadata=NOT_WHERE_ZERO)

    def __str__(self) -> str:
        """Say in one sentence what this number is."""
        cell = ([f"case {self.case!r}"] if self.case else []) + [f"{key} = {shown(v)}" for key, v in self.axes.items()]
        parts = [
            f"{self.metric} ({self.unit}) at generation {self.generation} = {self._estimate()}",
            ", ".join(cell),
            (f"study {self.study}, " if self.study else "") + f"genloss {self.version or 'of unknown version'}",
        ]
        return "; ".join(part for part in parts if part)

    def _estimate(self) -> str:
        if self.method != "theory":
            error, digits = f"{self.standard_error:.2g}", _digits(self.value, self.standard_error)
            replicates = f", {self.replicates} replicate{'s' * (self.replicates != 1)}"
            count = replicates if self.method == "simulation" else ""
            value = f"{self.value:.{digits}g} ± {error} (standard error{count})"
            if isnan(self.standard_error) and isfinite(self.value):
                value = f"{self.value:.4g} (standard error not known{count})"
            return f"{value}, {self.method}, {self.status}" + (f", engine {self.engine}" if self.engine else "")
        allowance = f" within {self.allowance:.2g} at finite size" if self.allowance else ""
        formula = f", formula {self.engine}" if self.engine else ""
        return f"{self.value:.6g}, {self.method}, {self.status}{allowance}{formula}"

    @property
    def place(self) -> Place:
        """Where the number stands: no result holds two rows at one place."""
        return self.case, self.cell, self.metric, self.generation, self.method

    def flat(self) -> dict[str, Any]:
        """Return one flat mapping: axes and quantiles become columns."""
        return (
            {name: getattr(self, name) for name in FIRST}
            | dict(self.axes)
            | {name: getattr(self, name) for name in MIDDLE}
            | {f"quantile_{probability}": value for probability, value in self.quantiles.items()}
            | {name: getattr(self, name) for name in LAST}
            | ({STOP: self.stop_at_se} if self.stop_at_se else {})
        )


_PUT = {each.name: getattr(Row, each.name).__set__ for each in fields(Row)}
_study, _cell, _case, _axes, _generation, _metric, _unit, _value = list(_PUT.values())[:8]
_error, _quantiles, _replicates, _method, _status, _allowance, _engine, _version, _stop = list(_PUT.values())[8:]


def theory_row(
    cell: tuple[str, str, str, Mapping[str, Scalar]],
    generation: int,
    metric: tuple[str, str],
    predicted: tuple[float, str, float, str],
    version: str,
) -> Row:
    """Return the row of a prediction, in a third of the time that `Row(...)` takes: studies have very many.

    cell: study, cell, case, axes. metric: name and unit. predicted: value, status, allowance and formula.
    """
    row = object.__new__(Row)
    study, name, case, axes = cell
    value, status, allowance, formula = predicted
    _study(row, study)
    _cell(row, name)
    _case(row, case)
    _axes(row, axes)
    _generation(row, generation)
    _metric(row, metric[0])
    _unit(row, metric[1])
    _value(row, value)
    _error(row, 0.0)
    _quantiles(row, {})
    _replicates(row, 0)
    _method(row, "theory")
    _status(row, status)
    _allowance(row, allowance)
    _engine(row, formula)
    _version(row, version)
    _stop(row, 0.0)
    return row


def axis_names(rows: Sequence[Row]) -> list[str]:
    """Return every axis of the rows, in order of appearance."""
    return list(dict.fromkeys(key for row in rows for key in row.axes))


def columns_of(rows: Sequence[Row]) -> list[str]:
    """Return the columns of a table of rows; quantiles stand beside the value."""
    levels = sorted({level for row in rows for level in row.quantiles}, key=float)
    stop = [STOP] if any(row.stop_at_se for row in rows) else []
    return [*FIRST, *axis_names(rows), *MIDDLE, *(f"quantile_{level}" for level in levels), *LAST, *stop]


def shown(value: Scalar, digits: int = 6) -> str:
    """Write a label: words and whole numbers in full, others to some digits."""
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)


def _digits(value: float, error: float) -> int:
    """Significant digits of a value that its standard error supports: one more than it is sure of."""
    sure = abs(value / error) if error > 0 else 0.0
    return min(10, max(3, len(str(int(sure))) + 1)) if 0 < sure < 1e9 else 6


def metric_words(metric: str) -> str:
    """Name a metric for a reader."""
    return metric.replace("held_out", "held-out").replace("_", " ")


def with_words(text: str, metrics: Iterable[str]) -> str:
    """Write the names of metrics in a sentence as words.

    >>> with_words("no theory for tail_left of my_tail_left", ["tail_left"])
    'no theory for tail left of my_tail_left'
    """
    names = sorted(metrics, key=len, reverse=True)  # a name may hold a shorter one
    if not names:
        return text
    pattern = rf"(?<!\w)({'|'.join(map(re.escape, names))})(?!\w)"
    return re.sub(pattern, lambda match: metric_words(match[1]), text)


_MANY = ("words_left", "pairs_left", "kinds_left", "rare_kinds_left", "rare_words_left", "repeated_texts")


def verb_of(metric: str) -> str:
    """Return "is" or "are", as the words of a metric want it.

    >>> [f"the {metric_words(name)} {verb_of(name)}" for name in ("variance_left", "words_left")]
    ['the variance left is', 'the words left are']
    """
    return "are" if metric in _MANY else "is"
