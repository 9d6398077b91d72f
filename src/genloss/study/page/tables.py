"""Which tables does the page of a study show? Agreement, and all values."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import isfinite
from typing import Any

from genloss.grouping import grouped
from genloss.report import Table, short, with_error
from genloss.results import Result, Row
from genloss.results.agreement import Pair, Z, blind_spot, percent
from genloss.results.page import ALLOWANCE
from genloss.results.row import metric_words
from genloss.results.summary import table
from genloss.study.page.floors import RULE
from genloss.study.page.words import axis_name, plain
from genloss.study.study import Study
from genloss.study.subjects.own.excerpts import held_out_rows

_FEWEST_SEEDS = 5


def agreement_table(pairs: Sequence[Pair]) -> Table:
    """One line per case, metric and generation."""
    lines = []
    for (case, metric, n), group in grouped(
        pairs, lambda p: (p.theory.case, p.theory.metric, p.theory.generation)
    ).items():
        worst = max(group, key=lambda pair: abs(pair.difference) / pair.tolerance if pair.tolerance else 0.0)
        controls = [pair for pair in group if pair.control is not None]
        lines.append(
            [
                case or "all",
                metric_words(metric),
                str(n),
                f"{sum(pair.agrees for pair in group)} of {len(group)}",
                f"{100 * blind:.1f} %" if isfinite(blind := blind_spot(group)) else "–",
                f"{sum(pair.control_rejected for pair in controls)} of {len(controls)}" if controls else "none",
                ", ".join(f"{axis_name(k)} = {short(v)}" for k, v in worst.theory.axes.items()),
                short(worst.theory.value, 4),
                with_error(worst.simulation.value, worst.simulation.standard_error),
                f"{worst.z:+.1f}",
                percent(worst.theory.allowance, worst.theory.value),
                worst.theory.status,
            ]
        )
    return Table(
        "Does theory agree with simulation?",
        f"Theory and simulation agree where they differ by at most {Z} standard errors plus the formula's allowance "
        "for finite size. Blind spot: how wrong the theory could be and still agree, as a median over the comparisons. "
        "Control: in how many comparisons the theory for the wrong generation, one off, is rejected, as it should be. "
        "The columns from “nearest to disagreement” on show the one comparison that comes nearest to it; z is its "
        "difference in standard errors. Generations and penalties come from the same simulated runs, so their z values "
        "move together: look at all of them, not at the worst alone.",
        [
            "case",
            "metric",
            "n",
            "agree",
            "blind spot",
            "control",
            "nearest to disagreement",
            "theory",
            "simulation",
            "z",
            "allowance",
            "status",
        ],
        lines,
        texts=(0, 1, 6, 11),
    )


def beside_tables(study: Study, result: Result) -> list[Table]:
    """Differences between cells seed by seed, and real rows beside real rows, where there are such."""
    tables = []
    apart = [row for row in result.beside if row.method == "difference"]
    if apart:
        told = _told(study, apart)
        lines = [[*_which(row, study), row.engine.removeprefix("less "), str(row.generation),
                  with_error(row.value, row.standard_error), _sure(row)]
                 for row in apart if row.generation in told]  # fmt: skip
        tables.append(
            Table(
                "How far are workflows apart?",
                "Each seed has the same real rows and the same fit of generation 0 in every workflow. Shown is the "
                "mean of the differences between two workflows, with its standard error over seeds. It is more precise "
                "than the values themselves. Clear: more than 2 standard errors, from at least 5 seeds. "
                f"{_WHICH} All of them are in rows.json, under beside.",
                ["case", "metric", "less the value of", "n", "difference", "clear"],
                lines,
                texts=(0, 1, 2, 5),
            )
        )
    floors = {row.metric: row for row in result.beside if row.method == "floor"}
    if floors:
        tables.append(
            Table(
                "What would no loss look like?",
                f"{_floor_words(study, floors)} {RULE}",
                ["metric", "real rows beside real rows"],
                [[metric_words(m), with_error(row.value, row.standard_error)] for m, row in floors.items()],
                texts=(0,),
            )
        )
    return tables


def _floor_words(study: Study, metrics: Collection[str]) -> str:
    """Say what the floor is, of how many rows, and how a value below 0 is read."""
    counts = dict.fromkeys(_floor_rows(case["population"]) for case in study.cases if "held_out" in case["population"])
    said = (
        "The same metrics for real rows that are not held out, compared with those that are; each seed has its own. A "
    )
    said += (
        "generator that draws rows exactly as the real ones are would have this on average, more or less by chance. "
    )
    for floor, held_out in counts:
        said += f"{floor:,} row{'s' * (floor != 1)} are compared with {held_out:,}"
        said += " held-out ones; a fit makes as many. " if floor == held_out else (
            f" held-out ones. A fit makes {held_out:,}, and no more real rows are left, so metrics that grow with the "
            "number of rows (kinds, words) would differ even without a loss; hold out half of the rows or less. "
        )  # fmt: skip
    if "energy_distance" in metrics:
        said += (
            "The energy distance is 0 where there is no difference, and its estimate may then lie a little below 0. "
        )
    return f"{said}Mean and standard error over seeds."


def _floor_rows(population: Mapping[str, Any]) -> tuple[int, int]:
    """Return how many rows the floor is of, and beside how many."""
    held_out = held_out_rows(population["rows"], population["held_out"])
    return min(held_out, population["rows"] - held_out), held_out


def _which(row: Row, study: Study) -> list[str]:
    axes = ", ".join(f"{axis_name(key)} = {short(value)}" for key, value in row.axes.items())
    return [", ".join(part for part in (row.case, axes) if part) or "all", plain(metric_words(row.metric), study)]


_WHICH = "n is the generation: the first after 0 (which is the same in all), one in the middle, and the last."


def _told(study: Study, apart: Sequence[Row]) -> set[int]:
    """The generations that the table tells: the first after 0, the middle, the last; 0 where there is no other."""
    there = sorted({row.generation for row in apart})
    later = [n for n in there if n] or there
    report = study.resolved["report"]
    return {later[0], later[-1], *({report[len(report) // 2]} & set(later))}


def _sure(row: Row) -> str:
    if row.replicates < _FEWEST_SEEDS:
        return "too few seeds"
    return "yes" if abs(row.value) > 2 * row.standard_error else "no"


def values_table(study: Study, result: Result) -> Table:
    """All values, generations as columns."""
    columns, values = table(result.rows)
    lines = [[_cell(name, v, study) for name, v in zip(columns, line, strict=True)] for line in values]
    return Table(
        "All values",
        "Simulated: mean ± standard error over replicates. Quantiles over replicates are in rows.csv and rows.json. "
        + ALLOWANCE,
        [axis_name(name) for name in columns],
        lines,
        folded=True,
    )


def _cell(column: str, value: object, study: Study) -> str:
    if isinstance(value, float):
        return short(value, 4)
    if column == "unit":
        return str(value).replace("^2", "²")
    return plain(str(value), study) if column == "metric" else str(value)
