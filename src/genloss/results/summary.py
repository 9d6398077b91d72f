"""What does a reader see first of a result? A few lines, a few sentences, and a table with generations as columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import isfinite, isnan
from typing import Any

from genloss.report.numbers import short, with_error
from genloss.results.agreement import Pair, compare
from genloss.results.meetings import agreement
from genloss.results.pooling import joined
from genloss.results.row import Row, Scalar, axis_names, metric_words, shown

WIDEST = 100  # characters of a line
MOST_AXES = 4  # lines spent on axes
_KINDS = {"theory": "rows of theory", "simulation": "rows of simulation", "data": "values measured on given rows"}
MOST_CASES = 8  # sentences spent on cases
TOLD = 3  # cases whose outcome stands among the few lines

Lines = list[list[Scalar]]

FAILED = "failed: "
"""How the line of a cell begins that could not be computed, among the gaps of a result."""


def described(study: Mapping[str, Any], rows: Sequence[Row], gaps: Sequence[str]) -> list[str]:
    """Say in a few lines what a result holds."""
    lines = [counted(rows, gaps), str(study.get("question", ""))]
    found = outcome(rows, study)
    told = found if len(found) <= TOLD else []
    held = [provenance(study, rows), *(f"{name}: {said}" for name, said in contents(rows))]
    return [*(clipped(line) for line in lines if line), *told, *(clipped(line) for line in held if line)]


def counted(rows: Sequence[Row], gaps: Sequence[str]) -> str:
    """Count the rows: "840 rows of theory and 840 rows of simulation, 2 gaps in theory, 1 note"."""
    counts = {method: sum(row.method == method for row in rows) for method in ("theory", "simulation", "data")}
    said = " and ".join(f"{count:,} {_KINDS[method]}" for method, count in counts.items() if count) or "no rows"
    missing = sum(gap.lower().startswith("no theory") for gap in gaps)
    more = [(missing, "gap", " in theory"), (len(gaps) - missing, "note", "")]
    return ", ".join([said, *(f"{count} {name}{'s' * (count != 1)}{where}" for count, name, where in more if count)])


def provenance(study: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """Say which study, runs and versions the rows come from."""
    studies, versions = (joined(getattr(row, name) for row in rows) for name in ("study", "version"))
    parts = [
        f"study {studies}" if studies else "",
        runs(study),
        survived(study, rows),
        f"genloss {versions}" if versions else "",
    ]
    return "; ".join(part for part in parts if part)


def runs(study: Mapping[str, Any]) -> str:
    """Say seed and replicates of every run behind a study.

    >>> runs({"pooled": [{"seed": 7, "replicates": 100}, {"seed": 8, "replicates": 50}]})
    'seed 7 (100 replicates), seed 8 (50 replicates)'
    >>> runs({"seed": 7, "replicates": 100, "stop_at_se": 0.01})
    'seed 7 (at most 100 replicates)'
    """
    most = "at most " if study.get("stop_at_se") else ""
    each = study.get("pooled") or ([study] if "seed" in study else [])
    return ", ".join(f"seed {run['seed']} ({most}{run.get('replicates', 'unknown')} replicates)" for run in each)


def survived(study: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """Say of how many replicates the values are, where that is not all of them: in some the model failed.

    >>> survived({"seed": 1, "replicates": 3}, [Row("", "", "", {}, 0, "m", "", 1.0, 0.1, {}, 2, "simulation")])
    'values of 2 of 3 seeds'
    """
    asked = sum(run.get("replicates", 0) for run in study.get("pooled") or ([study] if "seed" in study else []))
    left = sorted({row.replicates for row in rows if row.method == "simulation"})
    if not left or left[0] >= asked or "stop_at_se" in study:
        return ""
    few = str(left[0]) if len(left) == 1 else f"{left[0]} to {left[-1]}"
    return f"values of {few} of {asked} seeds"


def contents(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Name what the rows range over: metrics, cases, generations, and a few axes."""
    named = {f"{row.metric} ({row.unit})": None for row in rows}
    cases = {row.case: None for row in rows if row.case}
    axes = axis_names(rows)
    lines = [
        ("metrics", ", ".join(named)),
        ("cases", "; ".join(cases)),
        ("generations", _range([row.generation for row in rows])),
        *((key, _range([row.axes[key] for row in rows if key in row.axes])) for key in axes[:MOST_AXES]),
        ("further axes", ", ".join(axes[MOST_AXES:])),
    ]
    return [(name, said) for name, said in lines if said]


def _range(values: Sequence[Scalar]) -> str:
    distinct = list(dict.fromkeys(values))
    numbers = sorted(value for value in distinct if not isinstance(value, str))
    if len(distinct) <= 8 or len(numbers) < len(distinct):
        return ", ".join(shown(value, 4) for value in distinct)
    return f"{len(numbers)} values from {shown(numbers[0], 4)} to {shown(numbers[-1], 4)}"


def outcome(rows: Sequence[Row], study: Mapping[str, Any] | None = None) -> list[str]:
    """Say per case how low and how high the first metric lies at the first and the last generation.

    study: where it is given, it is said of how many of its seeds the values are, if not of all.
    """
    own = dict.fromkeys(row.metric for row in rows if row.method == "data")  # of rows that a user gave: all of them
    lines = []
    for case, metric in product(dict.fromkeys(row.case for row in rows), own or [rows[0].metric] if rows else []):
        chosen = [row for row in rows if (row.case, row.metric) == (case, metric)]
        chosen = [row for row in chosen if row.method != "theory"] or chosen
        generations = sorted({row.generation for row in chosen})
        parts = [
            _ends([r for r in chosen if r.generation == n]) for n in dict.fromkeys(generations[:1] + generations[-1:])
        ]
        name = f"{case}: {metric_words(metric)}" if case else metric_words(metric)
        how = "measured" if chosen and chosen[0].method == "data" else f"by {chosen[0].method}" if chosen else ""
        left = survived(study or {}, chosen)
        lines += (
            [f"{name} {', '.join(parts)} ({', '.join(filter(None, (chosen[0].unit, how, left)))})."] if chosen else []
        )
    return lines[:MOST_CASES]


def _ends(rows: Sequence[Row]) -> str:
    low, high = (f(rows, key=lambda row: row.value) for f in (min, max))
    said = _value(low) if low == high else f"from {_value(low)} to {_value(high)} over the grid"
    return f"{said} at generation {low.generation}"


def _value(row: Row) -> str:
    return with_error(row.value, row.standard_error) if row.method != "theory" else f"{row.value:.4g}"


def agreed(rows: Sequence[Row]) -> list[str]:
    """Say in how many places theory and simulation agree, and name others; nothing where they do not meet."""
    return agreement(compare(rows), _place)


def _place(pair: Pair) -> str:
    row = pair.theory
    axes = [f"{key.split('.')[-1]} = {shown(value, 4)}" for key, value in row.axes.items()]
    return ", ".join(
        part for part in (row.case, metric_words(row.metric), f"generation {row.generation}", *axes) if part
    )


def table(rows: Sequence[Row]) -> tuple[list[str], Lines]:
    """Return columns and lines, generations as columns; simulation, as mean ± standard error, below its theory.

    status and allowance are theory's: the largest allowance of the line, relative to its value. What is absent is "".
    A column of numbers that are not all whole holds floats.
    """
    axes = axis_names(rows)
    cells: dict[tuple[Scalar, ...], dict[str, list[Row]]] = {}
    for row in rows:
        place = (row.case, *(row.axes.get(key, "") for key in axes), row.metric, row.unit)
        cells.setdefault(place, {}).setdefault(row.method, []).append(row)
    generations = sorted({row.generation for row in rows})
    lines: Lines = []
    for place, methods in cells.items():
        for method, held in methods.items():
            values = {row.generation: estimate(row) for row in held}
            lines.append([*place, method, *_trust(held), *(values.get(n, "") for n in generations)])
    columns = ["case", *axes, "metric", "unit", "method", "status", "allowance", *(f"n={n}" for n in generations)]
    fractions = {i for i in range(len(columns)) if _fractions([line[i] for line in lines])}
    return columns, [[float(value) if i in fractions else value for i, value in enumerate(line)] for line in lines]


def _trust(rows: Sequence[Row]) -> tuple[str, str]:
    """Say the status of a line of theory, and by how much finite size may move it at most; "" for simulation."""
    if rows[0].method != "theory":
        return "", ""
    shares = [row.allowance / abs(row.value) for row in rows if row.allowance and row.value]
    allowance = f"{short(100 * max(shares), 2)} %" if shares else "none"
    return ", ".join(dict.fromkeys(row.status for row in rows)), allowance


def _fractions(values: Sequence[Scalar]) -> bool:
    return not any(isinstance(value, str) for value in values) and any(isinstance(value, float) for value in values)


def as_texts(columns: Sequence[str], lines: Lines) -> tuple[list[str], list[list[str]]]:
    """Write every cell of a table; leave out columns without content."""
    texts = [[shown(value, 4) for value in line] for line in lines]
    full = [i for i in range(len(columns)) if any(line[i] for line in texts)]
    return [columns[i] for i in full], [[line[i] for i in full] for line in texts]


def estimate(row: Row) -> str:
    """Write a value, with its standard error if it was simulated."""
    if row.method == "theory":
        return f"{row.value:.4g}"
    unknown = isnan(row.standard_error) and isfinite(row.value)
    return f"{row.value:.4g} ± {'not known' if unknown else f'{row.standard_error:.2g}'}"


def clipped(line: str) -> str:
    """Return the first line of a text, at most as wide as a terminal; dots say that it goes on."""
    first = line.splitlines()[0] if line else ""
    return first if len(first) <= WIDEST else f"{first[: WIDEST - 2]} …"
