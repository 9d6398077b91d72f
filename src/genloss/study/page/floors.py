"""By how much, and from which generation on, is a workflow worse than real rows beside other real rows?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import hypot

from genloss.grouping import grouped
from genloss.metrics import METRICS
from genloss.report import with_error
from genloss.results import Result, Row
from genloss.results.plotting import in_standard_errors
from genloss.results.row import metric_words, verb_of

RULE = (
    "The floor is what real rows have when they are compared with other real rows. A generation is called worse than "
    "real rows if its mean over seeds is worse than the floor by more than t standard errors of the difference; t is "
    "the 97.5 % point of Student's distribution with seeds - 1 degrees of freedom, and floor and value are taken as "
    "independent. “From a generation on” means: in it and in every later one that is reported. Each generation is "
    "tested by itself, so of forty that are no worse about one is called worse by chance."
)
"""What the sentences of this file go by."""


def verdict(metric: str, result: Result) -> str:
    """Say of one metric in a sentence which workflow is worse than real rows, from when on, and by how much.

    Only of cases without axes: of a grid each place has its own answer. "" where no floor was measured.
    """
    floor, cases = _floors(result).get(metric), _by_case(metric, result)
    if floor is None or not cases:
        return ""
    words, real = metric_words(metric), with_error(floor.value, floor.standard_error)
    told = "; ".join(" ".join(filter(None, (name, _of_case(rows, floor)))) for name, rows in cases.items())
    return f"Compared with the floor, the {words} of real rows compared with other real rows ({real}): {told}."


def others(metrics: Sequence[str], result: Result) -> list[str]:
    """Say of more metrics from when on they are worse than real rows, a sentence for each workflow."""
    floors, told = _floors(result), dict[str, list[str]]()
    for metric in metrics:
        for name, rows in _by_case(metric, result).items() if metric in floors else ():
            told.setdefault(name, []).append(f"the {metric_words(metric)} {_when(rows, floors[metric], metric)}")
    return [f"{f'{name}, b' if name else 'B'}eside real rows: {'; '.join(each)}." for name, each in told.items()]


def is_worse(row: Row, floor: Row) -> bool:
    """Whether a mean is worse than the floor by more than Student's law of the seeds lets expect."""
    seeds = min(row.replicates, floor.replicates)
    return _beyond(row, floor) > in_standard_errors(seeds) * hypot(row.standard_error, floor.standard_error)


def _beyond(row: Row, floor: Row) -> float:
    return (floor.value - row.value) if METRICS[row.metric].more_is_better else (row.value - floor.value)


def _since(rows: Sequence[Row], floor: Row) -> int | None:
    """Return the generation from which on all are worse than the floor; None where the last is not."""
    since = None
    for row in reversed(rows):
        if not is_worse(row, floor):
            break
        since = row.generation
    return since


def _of_case(rows: Sequence[Row], floor: Row) -> str:
    last, since = rows[-1], _since(rows, floor)
    if since is None:
        return _not_in_the_last(rows, floor)
    by = with_error(abs(_beyond(last, floor)), hypot(last.standard_error, floor.standard_error))
    return f"is worse than real rows from generation {since} on, by {by} in generation {last.generation}"


def _when(rows: Sequence[Row], floor: Row, metric: str) -> str:
    since = _since(rows, floor)
    if since is None:
        return _not_in_the_last(rows, floor, verb_of(metric))
    return f"{verb_of(metric)} worse from generation {since} on"


def _not_in_the_last(rows: Sequence[Row], floor: Row, verb: str = "is") -> str:
    """Say that nothing is shown in the end, and in how many generations something was."""
    worse = sum(is_worse(row, floor) for row in rows)
    if not worse:
        when = "by" if len(rows) > 1 else "in"
        return f"{verb} not shown to be worse {when} generation {rows[-1].generation}"
    return f"{verb} worse in {worse} of {len(rows)} generations, and not shown to be in the last"


def _floors(result: Result) -> dict[str, Row]:
    return {row.metric: row for row in result.beside if row.method == "floor"}


def _by_case(metric: str, result: Result) -> Mapping[str, list[Row]]:
    """Return the simulated rows of a metric by case, in order of generation; none of cases with axes."""
    rows = [row for row in result.rows if row.metric == metric and row.method == "simulation" and not row.axes]
    return grouped(sorted(rows, key=lambda row: row.generation), lambda row: row.case)
