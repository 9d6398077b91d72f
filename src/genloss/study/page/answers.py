"""What is the outcome of a study, in a few sentences?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import hypot
from typing import Any

from genloss.metrics import METRICS
from genloss.report import short, with_error
from genloss.results import Result, Row
from genloss.results.agreement import Pair, Z
from genloss.results.meetings import agreement
from genloss.results.row import metric_words, verb_of
from genloss.results.summary import survived
from genloss.study.page.floors import others, verdict
from genloss.study.page.panels import main_axis
from genloss.study.page.words import axis_name, value_name
from genloss.study.spec.grid import axes_of
from genloss.study.study import Study

_FEW_CASES = 4  # cases that one sentence names


def answers(study: Study, result: Result, pairs: Sequence[Pair]) -> list[str]:
    """Say the outcome: what is lost in one sentence, then in every case, then where theory and simulation agree."""
    metric = study.resolved["metrics"][0]
    found = [
        ends
        for case in study.cases
        if (ends := _ends(case, [r for r in result.rows if (r.case, r.metric) == (case["name"], metric)]))
    ]
    if len(found) == 1:
        lines = [_own(found[0])]
    else:
        lines = [*([_overall(found)] if found else []), *(_own(ends) for ends in found)]
    left = survived(study.resolved, [row for row in result.rows if row.metric == metric])
    if lines and left:
        lines[0] += f" These are {left}: in the others the model failed."
    first = " ".join(filter(None, (verdict(metric, result), *lines[:1])))
    beside = others(study.resolved["metrics"][1:], result)
    return [*filter(None, (first, *lines[1:])), *beside, *agreement(pairs, place)]


def place(pair: Pair) -> str:
    """Name where a comparison stands."""
    row = pair.theory
    axes = [f"{axis_name(key)} = {short(value)}" for key, value in row.axes.items()]
    return ", ".join(
        part for part in (row.case, metric_words(row.metric), f"generation {row.generation}", *axes) if part
    )


@dataclass(frozen=True, slots=True)
class _Ends:
    """The first and the last reported generation of a case, each at its best place on the main axis.

    case: its name, and the first value of each axis of words.
    """

    case: str
    first: Row
    last: Row
    word: str  # "smallest ", "largest ", or nothing where there is no axis
    main: str | None

    @property
    def ratio(self) -> float | None:
        """The last value over the first; None where a value may be 0 or less, of which there is no multiple."""
        first, last = self.first, self.last
        sure = first.value > Z * first.standard_error and last.value > 0
        return last.value / first.value if sure else None

    @property
    def ratio_error(self) -> float:
        """The standard error of `ratio`, as if both values were independent; 0 for theory.

        Values of one chain rise and fall together, as they share their real rows, so that this is rather too much.
        """
        first, last = self.first, self.last
        relative = hypot(last.standard_error / last.value, first.standard_error / first.value)
        return abs(last.value / first.value) * relative


def _ends(case: Mapping[str, Any], rows: Sequence[Row]) -> _Ends | None:
    simulated = [row for row in rows if row.method == "simulation"] or list(rows)
    if not simulated:
        return None
    simulated, place = _of_first_words(case, simulated)
    first, last = (f({row.generation for row in simulated}) for f in (min, max))
    more = METRICS[simulated[0].metric].more_is_better
    choose, word = (max, "largest ") if more else (min, "smallest ")
    best = [choose((row for row in simulated if row.generation == n), key=lambda row: row.value) for n in (first, last)]
    if first == last or not any(row.value for row in best):
        return None
    main = main_axis(case, rows)
    return _Ends(", ".join(filter(None, (case["name"], place))), best[0], best[1], word if main else "", main)


def _of_first_words(case: Mapping[str, Any], rows: Sequence[Row]) -> tuple[list[Row], str]:
    """Return the rows that have the first value on every axis of words, and where that is, in words."""
    kept, places = list(rows), list[str]()
    for key, values in axes_of(case).items():
        name = ".".join(key)
        if len(values) > 1 and all(isinstance(row.axes[name], str) for row in rows):
            first = kept[0].axes[name]
            kept = [row for row in kept if row.axes[name] == first]
            places.append(value_name(name, str(first)))
    return kept, ", ".join(places)


def _overall(found: Sequence[_Ends]) -> str:
    """Say in one sentence what became of the first metric in every case, or between which."""
    name, one = metric_words(found[0].first.metric), found[0]
    alike = len({(each.first.generation, each.last.generation) for each in found}) == 1
    when = f"In generation {one.last.generation}" if alike else "In the last generation"
    then = f"generation {one.first.generation}" if alike else "the first"
    said = f"{when} the {one.word}{name} {verb_of(found[0].first.metric)}"
    ratios = [each.ratio for each in found if each.ratio is not None]
    relative = len(ratios) == len(found)
    as_then = f" as in {then}" if relative else ""
    if len(found) <= _FEW_CASES:
        told = [f"{_times(each) if relative else _value(each.last)} ({each.case})" for each in found]
        return f"{said} {', '.join(told[:-1])} and {told[-1]}{as_then}."
    low, high = (f(found, key=lambda each: (each.ratio if relative else each.last.value) or 0.0) for f in (min, max))
    ends = [f"{_times(each) if relative else _value(each.last)} ({each.case})" for each in (low, high)]
    return f"{said} between {' and '.join(ends)}{as_then}."


def _own(ends: _Ends) -> str:
    """Compare the first and the last reported generation of one case."""
    where = [
        f" at {axis_name(ends.main)} = {short(row.axes[ends.main])}" if ends.main else ""
        for row in (ends.first, ends.last)
    ]
    first, last = ends.first, ends.last
    said = (
        f"the {ends.word}{metric_words(first.metric)} {verb_of(first.metric)} {_value(first)}{where[0]} in generation "
    )
    said += f"{first.generation} and {_value(last)}{where[1]} in generation {last.generation}"
    said += "" if ends.ratio is None else f": {_times(ends)}"
    return f"{ends.case}: {said}." if ends.case else f"{said[0].upper()}{said[1:]}."


def _times(ends: _Ends) -> str:
    """Say how much more or less, with its standard error; of theory "as much" where three digits show no difference."""
    ratio = ends.ratio
    if ratio is None:
        return ""
    as_much = "as many" if verb_of(ends.first.metric) == "are" else "as much"
    if ends.ratio_error > 0:
        return f"{with_error(ratio, ends.ratio_error)} times {as_much}"
    return as_much if short(ratio) == "1" else f"{short(ratio)} times {as_much}"


def _value(row: Row) -> str:
    return with_error(row.value, row.standard_error) if row.method == "simulation" else short(row.value)
