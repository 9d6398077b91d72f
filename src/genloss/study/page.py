"""What does the page of a study show? Figures, the agreement table, the values, the spec."""

import platform
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib.metadata import version
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from genloss.report import Curve, Figure, Page, Panel, Table, draw, render, short, with_error
from genloss.results import Result, Row, write_atomically
from genloss.results.plotting import curve
from genloss.study.agreement import Comparison, Z, blind_spot, compare, off
from genloss.study.study import Study, axes_of
from genloss.study.words import axis_name, axis_words, describe, metric_words
from genloss.version import __version__

T = TypeVar("T")
K = TypeVar("K")

_MOST_SERIES = 7
_MOST_PANELS = 8


def write(study: Study, result: Result, folder: Path) -> None:
    """Write index.html and figures/*.png into the folder."""
    pairs = compare(result.rows)
    figures = []
    for name, title, caption, panels in figure_panels(study, result):
        drawn = draw(panels, columns=min(2, len(panels)))
        write_atomically(folder / "figures" / f"{name}.png", drawn["png"])
        figures.append(Figure(title, caption, drawn["svg"]))
    page = Page(
        title=str(study.resolved["question"]) or study.name,
        subtitle=f"Study {study.name}, id {study.id}",
        answer=answers(study, result, pairs),
        figures=figures,
        tables=[*([agreement_table(pairs)] if pairs else []), values_table(study, result)],
        notes=[plain(line, study) for line in notes(result, pairs)],
        words=[plain(line, study) for line in describe(study)],
        spec=study.toml(),
        facts=facts(study, result),
    )
    write_atomically(folder / "index.html", render(page))


def plain(text: str, study: Study) -> str:
    """Write the names of metrics in a sentence as words."""
    names = sorted(study.resolved["metrics"], key=len, reverse=True)  # a name may hold a shorter one
    pattern = rf"(?<!\w)({'|'.join(map(re.escape, names))})(?!\w)"
    return re.sub(pattern, lambda match: metric_words(match[1]), text)


def figure_panels(study: Study, result: Result) -> list[tuple[str, str, str, list[Panel]]]:
    """Choose the figures: against the longest axis of each case, and against the generation."""
    band = "Points: simulated means, error bars: 95 % confidence; lines: theory."
    by_axis: list[Panel] = []
    by_generation: list[Panel] = []
    for metric in study.resolved["metrics"]:
        for case in study.cases:
            rows = [row for row in result.rows if row.case == case["name"] and row.metric == metric]
            main = main_axis(case, rows)
            if main is not None:
                by_axis.extend(axis_panels(case, rows, main))
            if len(study.resolved["report"]) > 2:
                by_generation.extend(generation_panels(case, rows, main))
    figures = []
    if by_axis:
        caption = f"{band} n is the generation.{_hidden(by_axis)}"
        figures.append(("against-the-grid", "Risk against the grid", caption, by_axis[:_MOST_PANELS]))
    if by_generation:
        joined = " Lines join the generations that are reported." if _gaps(study.resolved["report"]) else ""
        caption = f"{band}{joined}{_hidden(by_generation)}"
        figures.append(("against-generations", "Risk against the generation", caption, by_generation[:_MOST_PANELS]))
    return figures


def _hidden(panels: Sequence[Panel]) -> str:
    """Say how many panels are left out, if any."""
    count = len(panels)
    return f" {_MOST_PANELS} of {count} panels are shown; all values are in rows.csv." if count > _MOST_PANELS else ""


def _gaps(report: Sequence[int]) -> bool:
    return any(after - before > 1 for before, after in pairwise(report))


def main_axis(case: Mapping[str, Any], rows: Sequence[Row]) -> str | None:
    """Return the case's numeric axis with most values, if any has more than one."""
    counts = {
        ".".join(key): len(values)
        for key, values in axes_of(case).items()
        if all(isinstance(row.axes[".".join(key)], int | float) for row in rows)
    }
    best = max(counts, key=lambda key: counts[key], default=None)
    return best if best is not None and counts[best] > 1 else None


def axis_panels(case: Mapping[str, Any], rows: Sequence[Row], main: str) -> list[Panel]:
    """One panel for every combination of the other axes; one curve for every generation."""
    panels = []
    for place, chosen in _by_other_axes(case, rows, main).items():
        generations = sorted({row.generation for row in chosen})
        curves = [
            curve(
                f"n = {n}",
                i / max(1, len(generations) - 1),
                [r for r in chosen if r.generation == n],
                lambda r: float(r.axes[main]),
            )
            for i, n in enumerate(generations)
        ]
        panels.append(panel(chosen, place, curves, axis_words(main), marks(case, main)))
    return panels


def _by_other_axes(case: Mapping[str, Any], rows: Sequence[Row], main: str | None) -> Mapping[str, list[Row]]:
    """Split rows by their place on every axis but the main one; the place in words."""
    others = [".".join(key) for key in axes_of(case) if ".".join(key) != main]
    return _split(rows, lambda row: ", ".join(f"{axis_name(key)} = {short(row.axes[key], 4)}" for key in others))


def generation_panels(case: Mapping[str, Any], rows: Sequence[Row], main: str | None) -> list[Panel]:
    """One panel for every combination of the other axes."""
    return [generation_panel(chosen, place, main) for place, chosen in _by_other_axes(case, rows, main).items()]


def generation_panel(rows: Sequence[Row], place: str, main: str | None) -> Panel:
    """One curve for each of a few values of the main axis, against the generation."""
    values = sorted({row.axes[main] for row in rows}) if main else [None]
    kept = values if len(values) <= _MOST_SERIES else [values[round(i * (len(values) - 1) / 4)] for i in range(5)]
    curves = [
        curve(
            f"{axis_name(main)} = {short(value)}" if main and value is not None else "own fit",
            i / max(1, len(kept) - 1),
            [row for row in rows if main is None or row.axes[main] == value],
            lambda row: float(row.generation),
        )
        for i, value in enumerate(kept)
    ]
    return panel(rows, place, curves, "generation n", ())


def panel(
    rows: Sequence[Row], place: str, curves: list[Curve], x_label: str, lines: Sequence[tuple[float, str]]
) -> Panel:
    """Make a panel; an axis is logarithmic where its values span more than a factor 20."""
    xs = [x for c in curves for x in (*c.line_x, *c.x)]
    ys = [y for c in curves for y in (*c.line_y, *c.y)]
    metric, unit = metric_words(rows[0].metric), rows[0].unit.replace("^2", "²")
    title = ", ".join(part for part in (rows[0].case, place) if part)
    return Panel(
        title=title or metric,
        x_label=x_label,
        y_label=f"{metric} ({unit})",
        curves=tuple(curves),
        x_log=_wide(xs),
        y_log=_wide(ys, 8),
        x_whole=x_label.startswith("generation"),
        marks=tuple(lines),
    )


def _wide(values: Sequence[float], factor: float = 20) -> bool:
    return bool(values) and min(values) > 0 and max(values) > factor * min(values)


def marks(case: Mapping[str, Any], main: str) -> list[tuple[float, str]]:
    """Mark the number of features and the generator's rows on an axis of rows."""
    if main != "predictor.rows":
        return []
    places = [(case["population"].get("dim"), "features"), (case["workflow"].get("rows"), "T0")]
    groups = _split([(x, text) for x, text in places if isinstance(x, int)], lambda place: place[0])
    return [(float(x), " = ".join(text for _, text in group)) for x, group in groups.items()]


def answers(study: Study, result: Result, pairs: Sequence[Comparison]) -> list[str]:
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


def _misses(pairs: Sequence[Comparison]) -> list[str]:
    """Say for each case how far theory is off where that is more than chance, which way, and where it is not."""
    groups = _split(pairs, lambda p: (p.theory.case, p.theory.metric))
    if not any(_deviates(pair) for pair in pairs):
        return [f"No deviation of theory beyond {Z} standard errors was seen."]
    return [_miss_sentence(case, metric, group) for (case, metric), group in groups.items()]


def _miss_sentence(case: str, metric: str, group: Sequence[Comparison]) -> str:
    name = f"{case}: " if case else ""
    wrong = [pair for pair in group if _deviates(pair)]
    if not wrong:
        return f"{name}for {metric_words(metric)} no deviation of theory beyond {Z} standard errors was seen."
    ways = [
        f"{word} in {len(found)}{_at_most(found)}"
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


def _deviates(pair: Comparison) -> bool:
    return abs(pair.difference) > Z * pair.simulation.standard_error


def _at_most(pairs: Sequence[Comparison]) -> str:
    """Say the largest relative difference, where theory is not 0."""
    most = max(off(pair) for pair in pairs)
    return f", by up to {100 * most:.0f} %" if most else ""


def _saved(wrong: Sequence[Comparison]) -> str:
    """Say how many comparisons pass by the allowance alone."""
    saved = [pair for pair in wrong if pair.agrees]
    if not saved:
        return "No allowance covers them."
    most = max(saved, key=lambda pair: _share(pair.theory.allowance, pair.theory.value))
    allowance = _percent(most.theory.allowance, most.theory.value, 0)
    return f"{len(saved)} of these {len(wrong)} pass only by the formula's allowance for finite size, {allowance}."


def _share(part: float, whole: float) -> float:
    return part / abs(whole) if whole else 0.0


def _percent(part: float, whole: float, places: int = 1) -> str:
    """Write a part of a whole; a dash where the whole is 0."""
    return f"{100 * part / abs(whole):.{places}f} %" if whole else "–"


def _loss_sentence(case: Mapping[str, Any], rows: Sequence[Row]) -> str:
    """Compare the first and the last reported generation, each at its best place on the main axis."""
    simulated = [row for row in rows if row.method == "simulation"] or list(rows)
    if not simulated:
        return ""
    first, last = (f({row.generation for row in simulated}) for f in (min, max))
    best = [min((row for row in simulated if row.generation == n), key=lambda row: row.value) for n in (first, last)]
    if first == last or best[0].value <= 0:
        return ""
    name = f"{case['name']}: " if case["name"] else ""
    main = main_axis(case, rows)
    where = [f" at {axis_name(main)} = {short(row.axes[main])}" if main else "" for row in best]
    return (
        f"{name}the smallest {metric_words(best[0].metric)} is {_value(best[0])}{where[0]} in generation {first}, "
        f"and {_value(best[1])}{where[1]} in generation {last}: {short(best[1].value / best[0].value)} times as much."
    )


def _value(row: Row) -> str:
    return with_error(row.value, row.standard_error) if row.method == "simulation" else short(row.value)


def agreement_table(pairs: Sequence[Comparison]) -> Table:
    """One line per case, metric and generation."""
    lines = []
    for (case, metric, n), group in _split(
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
                _percent(worst.theory.allowance, worst.theory.value),
                worst.theory.status,
            ]
        )
    return Table(
        "Does theory agree with simulation?",
        f"Agreement means |simulation − theory| ≤ {Z} standard errors + the formula's allowance. Blind spot: the "
        "median over comparisons of the smallest error of the theory that would have been seen. Control: how often "
        "the theory one generation off is rejected, where it is reported. The columns from “nearest to disagreement” "
        "on describe one comparison, by its place on the axes. Generations and penalties share draws, so their z "
        "values move together: judge the family, not the worst.",
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


def values_table(study: Study, result: Result) -> Table:
    """All values, generations as columns."""
    frame = result.summary()
    lines = [
        [_cell(name, v, study) for name, v in zip(frame.columns, line, strict=True)]
        for line in frame.fillna("").to_numpy().tolist()
    ]
    return Table(
        "All values",
        "Simulated: mean ± standard error over replicates. Quantiles over replicates are in rows.csv and rows.json.",
        [axis_name(str(name)) for name in frame.columns],
        lines,
        folded=True,
    )


def _cell(column: str, value: object, study: Study) -> str:
    if isinstance(value, float):
        return short(value, 4)
    if column == "unit":
        return str(value).replace("^2", "²")
    return plain(str(value), study) if column == "metric" else str(value)


def notes(result: Result, pairs: Sequence[Comparison]) -> list[str]:
    """Say where theory is silent, where it fails, and what heavy tails do to means."""
    lines = [gap[0].upper() + gap[1:] + "." for gap in result.gaps]
    for (case, metric), group in _split(pairs, lambda p: (p.theory.case, p.theory.metric)).items():
        name = f"{case}, {metric_words(metric)}" if case else metric_words(metric)
        for wrong, word in (
            (
                [p for p in group if p.difference > Z * p.simulation.standard_error],
                "optimistic: simulation lies above it",
            ),
            (
                [p for p in group if -p.difference > Z * p.simulation.standard_error],
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
                    f"comparisons{_at_most(wrong)} "
                    f"(generation {most.theory.generation}{', ' + places if places else ''})."
                )
        blind = _blind_generations(group)
        if blind:
            lines.append(
                f"{name}: in generation{'s' if len(blind) > 1 else ''} {', '.join(map(str, blind))} the tolerance is "
                "wider than one generation's loss in most comparisons: agreement there does not prove the generation."
            )
    heavy = [r for r in result.rows if r.quantiles and r.quantiles["0.5"] > 0 and r.value > 1.5 * r.quantiles["0.5"]]
    if heavy:
        tail = max(heavy, key=lambda r: r.value / r.quantiles["0.5"])
        lines.append(
            f"Heavy tails: in {len(heavy)} simulated cells the mean exceeds the median by more than half "
            f"(most: {short(tail.value)} against {short(tail.quantiles['0.5'])}); read the quantiles in rows.csv there."
        )
    return lines


def _blind_generations(pairs: Sequence[Comparison]) -> list[int]:
    """Return the generations where theory one generation off is rejected in fewer than half of the comparisons."""
    controlled = [pair for pair in pairs if pair.control is not None]
    by_generation = _split(controlled, lambda pair: pair.theory.generation)
    return [n for n, group in by_generation.items() if 2 * sum(p.control_rejected for p in group) < len(group)]


def facts(study: Study, result: Result) -> list[tuple[str, str]]:
    """Versions, seed and engines."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "scikit-learn"))
    engines = sorted({row.engine for row in result.rows if row.engine})
    return [
        ("command", "genloss run study.toml --out DIR"),
        ("seed", str(study.resolved["seed"])),
        ("replicates", str(study.resolved["replicates"])),
        ("engines and formulas", ", ".join(engines)),
        ("genloss", __version__),
        ("Python", platform.python_version()),
        ("packages", packages),
        ("beside this page", "study.toml (the resolved study), rows.csv, rows.json, figures/*.png"),
    ]


def _split(items: Iterable[T], key: Callable[[T], K]) -> Mapping[K, list[T]]:
    groups: dict[K, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups
