"""What is the outcome of a study, in a few sentences?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from genloss.grouping import grouped
from genloss.metrics import METRICS
from genloss.report import short, with_error
from genloss.results import Result, Row
from genloss.results.agreement import Pair, Z, at_most, percent
from genloss.study.page.panels import main_axis
from genloss.study.page.words import axis_name, metric_words
from genloss.study.study import Study


def answers(study: Study, result: Result, pairs: Sequence[Pair]) -> list[str]:
    """Say the outcome in a few sentences."""
    lines = []
    for case in study.cases:
        rows = [row for row in result.rows if row.case == case["name"] and row.metric == study.resolved["metrics"][0]]
        lines.append(_loss_sentence(case, rows))
    if pairs:
        count = sum(pair.agrees for pair in pairs)
        lines.append(
            f"Theory and simulation agree in {count} of {len(pairs)} comparisons: the difference is within {Z} "
            "standard errors plus the allowance for finite size that each formula states beforehand."
        )
        lines.extend(_misses(pairs))
    return [line for line in lines if line]


def _misses(pairs: Sequence[Pair]) -> list[str]:
    """Say for each case how far theory is off where that is more than chance, which way, and where it is not."""
    groups = grouped(pairs, lambda p: (p.theory.case, p.theory.metric))
    if not any(pair.deviates for pair in pairs):
        return [f"No deviation of theory beyond {Z} standard errors was seen."]
    return [_miss_sentence(case, metric, group) for (case, metric), group in groups.items()]


def _miss_sentence(case: str, metric: str, group: Sequence[Pair]) -> str:
    name = f"{case}: " if case else ""
    wrong = [pair for pair in group if pair.deviates]
    if not wrong:
        return f"{name}for {metric_words(metric)} no deviation of theory beyond {Z} standard errors was seen."
    ways = [
        f"{word} in {len(found)}{at_most(found)}"
        for word, found in (
            ("optimistic (the truth is worse)", [pair for pair in wrong if pair.difference > 0]),
            ("pessimistic (the truth is better)", [pair for pair in wrong if pair.difference < 0]),
        )
        if found
    ]
    return (
        f"{name}for {metric_words(metric)} theory is off by more than {Z} standard errors in {len(wrong)} of "
        f"{len(group)} comparisons: {'; '.join(ways)}. {_saved(wrong)}"
    )


def _saved(wrong: Sequence[Pair]) -> str:
    """Say how many comparisons pass by the allowance alone."""
    saved = [pair for pair in wrong if pair.agrees]
    if not saved:
        return "No allowance covers them."
    most = max(saved, key=lambda pair: _share(pair.theory.allowance, pair.theory.value))
    allowance = percent(most.theory.allowance, most.theory.value, 0)
    return f"{len(saved)} of these {len(wrong)} pass only by the formula's allowance for finite size, {allowance}."


def _share(part: float, whole: float) -> float:
    return part / abs(whole) if whole else 0.0


def _loss_sentence(case: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """Compare the first and the last reported generation, each at its best place on the main axis."""
    simulated = [row for row in rows if row.method == "simulation"] or list(rows)
    if not simulated:
        return ""
    first, last = (f({row.generation for row in simulated}) for f in (min, max))
    more = METRICS[simulated[0].metric].more_is_better
    choose, word = (max, "largest") if more else (min, "smallest")
    best = [choose((row for row in simulated if row.generation == n), key=lambda row: row.value) for n in (first, last)]
    if first == last or best[0].value <= 0:
        return ""
    name = f"{case['name']}: " if case["name"] else ""
    main = main_axis(case, rows)
    of = f"{word} " if main else ""
    where = [f" at {axis_name(main)} = {short(row.axes[main])}" if main else "" for row in best]
    return (
        f"{name}the {of}{metric_words(best[0].metric)} is {_value(best[0])}{where[0]} in generation {first}, "
        f"and {_value(best[1])}{where[1]} in generation {last}: {_times(best[1].value / best[0].value)}."
    )


def _times(ratio: float) -> str:
    """Say how much more or less; "as much" where three digits show no difference."""
    return "as much" if short(ratio) == "1" else f"{short(ratio)} times as much"


def _value(row: Row) -> str:
    return with_error(row.value, row.standard_error) if row.method == "simulation" else short(row.value)
