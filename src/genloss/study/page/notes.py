"""What should a reader of a study be careful about?"""

from __future__ import annotations

from collections.abc import Sequence

from genloss.grouping import grouped
from genloss.report import short
from genloss.results import Result
from genloss.results.agreement import Pair, Z, at_most, off
from genloss.results.row import metric_words
from genloss.results.summary import FAILED
from genloss.study.page.words import axis_name


def notes(result: Result, pairs: Sequence[Pair]) -> list[str]:
    """Say where theory is silent, where it fails, and what heavy tails do to means."""
    lines = [gap[0].upper() + gap[1:] + "." for gap in result.gaps]
    for (case, metric), group in grouped(pairs, lambda p: (p.theory.case, p.theory.metric)).items():
        name = f"{case}, {metric_words(metric)}" if case else metric_words(metric)
        for wrong, word in (
            (
                [p for p in group if p.deviates and p.difference > 0],
                "optimistic: simulation lies above it",
            ),
            (
                [p for p in group if p.deviates and p.difference < 0],
                "pessimistic: simulation lies below it",
            ),
        ):
            if wrong:
                most = max(wrong, key=off)
                places = ", ".join(
                    f"{axis_name(k)} = {short(v)}" for k, v in most.theory.axes.items() if not isinstance(v, str)
                )
                lines.append(
                    f"{name}: theory is {word} by more than {Z} standard errors in {len(wrong)} of {len(group)} "
                    f"comparisons{at_most(wrong)} "
                    f"(generation {most.theory.generation}{', ' + places if places else ''})."
                )
        blind = _blind_generations(group)
        if blind:
            lines.append(
                f"{name}: in generation{'s' if len(blind) > 1 else ''} {', '.join(map(str, blind))} the tolerance is "
                "wider than what one generation loses, in most comparisons: theory for a neighboring generation would "
                "agree, too."
            )
    lines.extend(_stopped(result))
    lines.extend(_ended(result))
    heavy = [r for r in result.rows if r.quantiles and r.quantiles["0.5"] > 0 and r.value > 1.5 * r.quantiles["0.5"]]
    if heavy:
        tail = max(heavy, key=lambda r: r.value / r.quantiles["0.5"])
        lines.append(
            f"Heavy tails: in {len(heavy)} simulated cells a few replicates lose very much, so that the mean exceeds "
            f"the median by more than half (most: {short(tail.value)} against {short(tail.quantiles['0.5'])}). Read "
            "their quantiles in rows.csv."
        )
    return lines


def incomplete(result: Result) -> str:
    """Say that cells are missing because they failed; "" where none did."""
    failed = sum(gap.startswith(FAILED) for gap in result.gaps)
    if not failed:
        return ""
    cells = len({(row.case, row.cell) for row in result.rows})
    some = "one calculation failed, its rows are" if failed == 1 else f"{failed} calculations failed, their rows are"
    said = "The notes say which and why; the next run tries again."
    return f"Not complete: {some} missing here ({cells} cells have rows). {said}"


def _stopped(result: Result) -> list[str]:
    """Say how numbers of replicates were found that were not fixed beforehand, and what it does to means."""
    rows = [row for row in result.rows if row.stop_at_se]
    if not rows:
        return []
    share, counts = f"{100 * rows[0].stop_at_se:.3g} %", [row.replicates for row in rows]
    above = sum(row.standard_error > row.stop_at_se * abs(row.value) for row in rows)
    told = f"; {above} of {len(rows)} values are less precise, because no more were asked for" if above else ""
    return [
        f"Replicates were added to a cell until each standard error was at most {share} of its mean ({min(counts)} to "
        f"{max(counts)} replicates{told}). Stopping where values happen to lie close together moves means a "
        "little, in our measurements by up to a quarter of that share, and makes intervals a little too short."
    ]


def _ended(result: Result) -> list[str]:
    """Say from which generation on chains stand still, where that was measured."""
    rows = [row for row in result.rows if row.metric == "ended" and row.method == "simulation" and row.value > 0]
    lines = []
    for case, found in grouped(rows, lambda row: row.case).items():
        first = min(found, key=lambda row: row.generation)
        name = f"{case}: " if case else ""
        care = f"from generation {first.generation} on" if first.generation else "all generations"
        lines.append(
            f"{name}read {care} with care: by generation {first.generation} {100 * first.value:.2g} % of chains have "
            "reached an end of their family of distributions, e.g. a variance of 0. They stay there, and count in "
            "every mean."
        )
    return lines


def _blind_generations(pairs: Sequence[Pair]) -> list[int]:
    """Return the generations where theory one generation off is rejected in fewer than half of the comparisons."""
    controlled = [pair for pair in pairs if pair.control is not None]
    by_generation = grouped(controlled, lambda pair: pair.theory.generation)
    return [n for n, group in by_generation.items() if 2 * sum(p.control_rejected for p in group) < len(group)]
