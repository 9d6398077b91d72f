"""What does a reader see first of a result? A few lines, and a table with generations as columns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from genloss.results.pooling import joined
from genloss.results.row import Row, Scalar, shown
from genloss.results.select import axis_names

if TYPE_CHECKING:
    from genloss.results.result import Result

WIDEST = 100  # characters of a line
MOST_AXES = 4  # lines spent on axes
MOST_LINES = 20  # lines of a table in a notebook


def described(result: "Result") -> str:
    """Say in at most twelve lines what a result holds."""
    lines = [f"<Result: {counted(result)}>", str(result.study.get("question", "")), provenance(result)]
    lines += [f"{name}: {said}" for name, said in contents(result.rows)]
    return "\n".join(_clipped(line) for line in lines if line)


def counted(result: "Result") -> str:
    """Count the rows: "840 rows of theory and 840 rows of simulation, 2 gaps in theory"."""
    counts = {method: sum(row.method == method for row in result.rows) for method in ("theory", "simulation")}
    rows = " and ".join(f"{count:,} rows of {method}" for method, count in counts.items() if count) or "no rows"
    gaps = len(result.gaps)
    return f"{rows}, {gaps} {'gap' if gaps == 1 else 'gaps'} in theory" if gaps else rows


def provenance(result: "Result") -> str:
    """Say which study, runs and versions the rows come from."""
    studies, versions = (joined(getattr(row, name) for row in result.rows) for name in ("study", "version"))
    parts = [f"study {studies}" if studies else "", runs(result.study), f"genloss {versions}" if versions else ""]
    return "; ".join(part for part in parts if part)


def runs(study: Any) -> str:
    """Say seed and replicates of every run behind a study.

    >>> runs({"pooled": [{"seed": 7, "replicates": 100}, {"seed": 8, "replicates": 50}]})
    'seed 7 (100 replicates), seed 8 (50 replicates)'
    """
    each = study.get("pooled") or ([study] if "seed" in study else [])
    return ", ".join(f"seed {run['seed']} ({run.get('replicates', 'unknown')} replicates)" for run in each)


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


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """Return the values with generations as columns; simulation, as mean ± standard error, below its theory."""
    axes = axis_names(rows)
    cells: dict[tuple[Any, ...], dict[str, dict[str, str]]] = {}
    for row in rows:
        place = (row.case, *(row.axes.get(key, "") for key in axes), row.metric, row.unit)
        cells.setdefault(place, {}).setdefault(row.method, {})[f"n={row.generation}"] = estimate(row)
    keys = ["case", *axes, "metric", "unit"]
    lines = [
        dict(zip(keys, place, strict=True)) | {"method": method} | values
        for place, methods in cells.items()
        for method, values in methods.items()
    ]
    generations = [f"n={n}" for n in sorted({row.generation for row in rows})]
    return pd.DataFrame(lines, columns=[*keys, "method", *generations])


def as_texts(shown_lines: pd.DataFrame) -> pd.DataFrame:
    """Write every cell of a table; leave out columns without content."""
    cells = shown_lines.astype(object).where(shown_lines.notna(), "").map(lambda value: shown(value, 4))
    return cells.loc[:, [name for name in cells if (cells[name] != "").any()]]


def estimate(row: Row) -> str:
    """Write a value, with its standard error if it was simulated."""
    return f"{row.value:.4g}" + (f" ± {row.standard_error:.2g}" if row.method == "simulation" else "")


def as_html(result: "Result") -> str:
    """Return a heading and a small table for a notebook."""
    from html import escape

    heading = "<br>".join(escape(_clipped(line)) for line in described(result).splitlines()[:3])
    whole = table(result.rows)
    left = len(whole) - MOST_LINES
    lines = as_texts(whole.head(MOST_LINES)).to_html(index=False, border=0, justify="left")
    more = f"<p>… {left:,} more lines; <code>.summary()</code> has all {len(whole):,}.</p>" if left > 0 else ""
    scroll = '<div style="overflow-x: auto; white-space: nowrap">'
    return f"<p>{heading}</p>\n{scroll}{lines}</div>\n{more}<p>n: generation; ±: standard error.</p>"


def _clipped(line: str) -> str:
    first = line.splitlines()[0] if line else ""
    return first if len(first) <= WIDEST else f"{first[: WIDEST - 2]} …"
