"""How are pilot runs given? As Results and folders of chains, as a table in a file or a data frame, or several of them.

What every kind of them becomes: pilots by size, all of one workflow and one metric.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from genloss.advise.plans.pilots.runs import Pilot, joined, of_values
from genloss.advise.plans.settings import rows_of, short_of
from genloss.doors import Advice, Setting
from genloss.errors import Problem, nearest, shown
from genloss.ledger.manifest import read_manifest
from genloss.metrics import METRICS
from genloss.populations.own_rows.from_file import columns_of_source
from genloss.populations.tables.formats import open_source
from genloss.results.result import Result

SIZES = ("rows", "real_rows", "synthetic_rows")
RUN = ("seed", "run", "replicate")
_NEEDED = (
    "give a table with columns real_rows (or synthetic_rows, or rows), generation, value, and seed; "
    "metric and workflow where there are several"
)
_RATIOS = ("precision", "recall", "judge_agreement", "within_class_variance", "text_length")


@dataclass(frozen=True, eq=False)
class Pilots:
    """Pilot runs of one workflow and one metric, by size, the smallest first.

    whole: what a run has that lost nothing, where more of the metric is better, else None; pilots hold what is lost.
    workflow: the table of the workflow of the largest, {} where none is known.
    """

    pilots: tuple[Pilot, ...]
    metric: str
    unit: str
    whole: float | None
    workflow: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Body:
    """What one source says: pilots by (workflow, metric), the order of its metrics, tables of its workflows."""

    pilots: Mapping[tuple[str, str], Sequence[Pilot]]
    metrics: Sequence[str]
    workflows: Mapping[str, Mapping[str, Any]]


def read_pilots(given: Any, *, metric: str | None = None, workflow: str | None = None) -> Pilots:
    """Read pilot runs. given: a Result, a folder or a file, a data frame, or a list of these.

    metric: default the first of the first. workflow: its kind, where there are several. Errors: `Problem`.
    """
    bodies = [_body(each) for each in _listed(given)]
    metrics = list(dict.fromkeys(name for body in bodies for name in body.metrics))
    if metric is not None and metric not in metrics:
        raise Problem("metric", f"the pilots have no {shown(metric, 60)}", nearest(str(metric), metrics))
    chosen = metrics[0] if metric is None else metric
    kinds = list(dict.fromkeys(kind for body in bodies for kind, name in body.pilots if name == chosen))
    kind = _kind(workflow, kinds)
    found = joined([pilot for body in bodies for pilot in body.pilots.get((kind, chosen), ())])
    whole = _whole(chosen)
    table = next((body.workflows[kind] for body in reversed(bodies) if kind in body.workflows), {})
    unit = METRICS[chosen].unit if chosen in METRICS else ""
    pilots = tuple(found if whole is None else [pilot.turned(whole) for pilot in found])
    return Pilots(pilots, chosen, unit, whole, table)


def _listed(given: Any) -> list[Any]:
    if isinstance(given, Result | str | Path) or hasattr(given, "columns"):
        return [given]
    if isinstance(given, Mapping) or not isinstance(given, Iterable) or not (found := list(given)):
        raise Problem("pilots", f"{shown(given, 40)} does not hold pilot runs", _NEEDED)
    return found


def _kind(asked: str | None, kinds: Sequence[str]) -> str:
    if asked is not None:
        name = str(asked).split()[0] if str(asked).split() else ""
        if name in kinds or kinds == [""]:
            return name if name in kinds else ""
        raise Problem("workflow", f"the pilots have no {shown(asked, 60)}", nearest(name, list(kinds)))
    if len(kinds) > 1:
        found = f"the pilots have several, {', '.join(kinds)}"
        raise Problem("workflow", found, Advice("plan for one of them: ", Setting("workflow", kinds[0])))
    return kinds[0]


def _whole(metric: str) -> float | None:
    """Return 1 where more is better and 1 is no loss; None where less is better."""
    if metric not in METRICS or not METRICS[metric].more_is_better:
        return None
    if metric.endswith("_left") or metric in _RATIOS:
        return 1.0
    mend = f"write the loss in the column value: {metric} of real rows minus {metric} of the run"
    raise Problem("metric", f"for {metric} more is better, and its value without any loss is not known", mend)


def _body(given: Any) -> Body:
    if isinstance(given, Result):
        return _of_result(given)
    if isinstance(given, str | Path):
        path = Path(given)
        return _of_folder(path) if (path / "generations").is_dir() else _of_file(path)
    if hasattr(given, "columns"):
        return _of_columns({str(name): np.asarray(given[name]) for name in given.columns}, "pilots")
    raise Problem("pilots", f"{shown(given, 40)} is not a pilot run", _NEEDED)


def _sizes(table: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Return real and synthetic rows of a batch; kept apart where they stand in the table of a workflow."""
    rows = rows_of(table)
    return rows["real_rows"], rows["synthetic_rows"]


def _of_result(result: Result) -> Body:
    """Read what is kept of seeds: their mean and standard error."""
    cases = {case.get("name", ""): case for case in result.study.get("case") or [{}]}
    pilots: dict[tuple[str, str], list[Pilot]] = {}
    tables: dict[str, Mapping[str, Any]] = {}
    cells: dict[tuple[str, str, str], list[Any]] = {}
    for row in result.rows:
        if row.method == "simulation" and np.isfinite(row.value):
            if row.axes:
                mend = "run each size as a study of its own, or write a table of pilots (result.to_frame() has all)"
                raise Problem("pilots", f"a Result with axes ({', '.join(row.axes)})", mend)
            cells.setdefault((row.case, row.cell, row.metric), []).append(row)
    for (case, _, metric), rows in cells.items():
        table = short_of(dict(cases.get(case, {}).get("workflow") or result.study.get("workflow") or {}))
        kind = str(table.get("kind", "own rules"))
        rows.sort(key=lambda row: row.generation)
        count = min(row.replicates for row in rows)
        deviation = np.array([row.standard_error for row in rows]) * np.sqrt(count) if count > 1 else np.nan
        pilots.setdefault((kind, metric), []).append(
            Pilot(
                *_sizes(table),
                np.array([row.generation for row in rows], dtype=float),
                np.array([row.value for row in rows]),
                np.broadcast_to(deviation, (len(rows),)),
                count,
            )
        )
        tables[kind] = table
    if not cells:
        raise Problem("pilots", "a Result without simulated rows", "give what genloss.chain returned")
    return Body(pilots, list(dict.fromkeys(metric for _, metric in pilots)), tables)


def _of_folder(folder: Path) -> Body:
    """Read the manifests of a chain that was kept with out=: there every seed has its own values."""
    runs: dict[tuple[str, tuple[float | None, float | None]], list[Mapping[int, Mapping[str, float]]]] = {}
    tables: dict[str, Mapping[str, Any]] = {}
    for seed in sorted((folder / "generations").glob("*/seed-*")):
        found = [said for path in sorted(seed.glob("generation-*.json")) if (said := read_manifest(path)) is not None]
        if not found:
            continue
        table = short_of(dict(found[0]["workflow"]))
        kind = str(table.get("kind", "own rules"))
        tables[kind] = table
        runs.setdefault((kind, _sizes(table)), []).append({said["generation"]: said["values"] for said in found})
    if not runs:
        raise Problem("pilots", f"{folder} holds no generations", "give the folder that genloss.chain(..., out=) wrote")
    last = max(max(run) for each in runs.values() for run in each)
    metrics = list(dict.fromkeys(name for each in runs.values() for run in each for v in run.values() for name in v))
    pilots: dict[tuple[str, str], list[Pilot]] = {}
    for (kind, size), each in runs.items():
        whole = [run for run in each if last in run]  # a seed that failed, or was stopped, is left out
        for metric in metrics:
            values = [{g: v[metric] for g, v in run.items() if v.get(metric) is not None} for run in whole]
            if values:
                pilots.setdefault((kind, metric), []).append(of_values(size, values))
    return Body(pilots, metrics, tables)


def _of_file(path: Path) -> Body:
    source = open_source(path)
    wanted = [name for name in (*SIZES, "generation", "value", "metric", "workflow", *RUN) if name in source.names]
    _refuse_missing(wanted, str(path))
    arrays = columns_of_source(source, wanted)
    return _of_columns({name: np.asarray(array.to_pylist(), dtype=object) for name, array in arrays.items()}, str(path))


def _refuse_missing(names: Sequence[str], where: str) -> None:
    missing = [name for name in ("generation", "value") if name not in names]
    if not set(SIZES) & set(names):
        missing.insert(0, "real_rows, synthetic_rows or rows")
    if missing:
        raise Problem(where, f"no column {' and no column '.join(missing)}", _NEEDED)


def _of_columns(columns: Mapping[str, Any], where: str) -> Body:
    _refuse_missing(list(columns), where)
    numbers = {
        name: _numbers(columns[name], f"{where}: {name}", least=least)
        for name, least in ((*((name, 1) for name in SIZES), ("generation", 0), ("value", None)))
        if name in columns
    }
    count = len(numbers["value"])
    run = next((np.asarray(columns[name]).astype(str) for name in RUN if name in columns), np.full(count, "0"))
    metric = np.asarray(columns["metric"]).astype(str) if "metric" in columns else np.full(count, "value")
    kind = np.asarray(columns["workflow"]).astype(str) if "workflow" in columns else np.full(count, "")
    both = numbers.get("rows")
    real, synthetic = (numbers.get(name, both) for name in ("real_rows", "synthetic_rows"))
    told: dict[tuple[str, str], dict[tuple[float | None, float | None], dict[str, dict[int, float]]]] = {}
    for i in range(count):
        size = tuple(None if each is None else float(each[i]) for each in (real, synthetic))
        values = told.setdefault((kind[i], metric[i]), {}).setdefault(size, {}).setdefault(run[i], {})  # type: ignore[arg-type]
        g = int(numbers["generation"][i])
        if g in values:
            found = f"generation {g} stands twice for run {run[i]} at {_size_words(size)}"  # type: ignore[arg-type]
            raise Problem(where, found, "add a column seed that tells the runs apart, or give each run once")
        values[g] = float(numbers["value"][i])
    pilots = {
        key: [of_values(size, list(runs.values())) for size, runs in by_size.items()] for key, by_size in told.items()
    }
    return Body(pilots, list(dict.fromkeys(name for _, name in pilots)), {})


def _numbers(given: Any, where: str, *, least: float | None) -> Any:
    try:
        found = np.asarray(given).astype(float)
    except (TypeError, ValueError):
        odd = next((entry for entry in np.asarray(given).tolist() if not _is_number(entry)), None)
        raise Problem(where, f"{shown(odd, 40)} is not a number", "give numbers, with a point for decimals") from None
    if not np.isfinite(found).all():
        row = int(np.flatnonzero(~np.isfinite(found))[0]) + 1
        raise Problem(where, f"row {row} is empty, or not a finite number", "leave such rows out")
    if least is not None and (found < least).any():
        odd = found[found < least][0]
        raise Problem(where, f"{odd:g}", f"give numbers from {least:g} on")
    return found


def _is_number(entry: object) -> bool:
    try:
        float(entry)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False
    return True


def _size_words(size: tuple[float | None, float | None]) -> str:
    names = ("real rows", "synthetic rows")
    return " and ".join(f"{each:g} {name}" for each, name in zip(size, names, strict=True) if each is not None)
