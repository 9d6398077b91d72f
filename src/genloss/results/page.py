"""What does a saved result show to someone without Python? One page, or Markdown to paste."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from genloss.report import Figure, Page, Table, draw, render
from genloss.results.plotting import longest_axis, picture
from genloss.results.pooling import joined
from genloss.results.row import Row
from genloss.results.summary import as_texts, contents, counted, estimate, provenance, runs, table
from genloss.results.toml import as_toml

if TYPE_CHECKING:
    import pandas as pd

    from genloss.results.result import Result

MOST_LINES = 2_000  # of the table; a browser is slow beyond
MOST_PANELS = 8
BAND = "Points: simulated means, error bars: 95 % confidence; lines: theory. n is the generation."


def as_page(result: "Result") -> str:
    """Return one HTML page with figures, all values and the spec; nothing is loaded from elsewhere."""
    shown = table(result.rows)
    page = Page(
        title=str(result.study.get("question", "")) or "A result of genloss",
        subtitle=provenance(result),
        answer=[f"{counted(result)}.", *ranges(result.rows)],
        figures=figures(result.rows),
        tables=[_table(shown)],
        notes=[f"{gap[0].upper()}{gap[1:]}." for gap in result.gaps if gap],
        words=[f"{name}: {said}" for name, said in contents(result.rows)],
        spec=as_toml(runnable(result.study)),
        facts=_facts(result),
    )
    return render(page)


def as_markdown(result: "Result") -> str:
    """Return heading, values and gaps as Markdown."""
    shown = as_texts(table(result.rows))
    lines = [_line(list(shown.columns)), _line(["---"] * len(shown.columns)), *map(_line, shown.to_numpy().tolist())]
    title = f"## {result.study.get('question', '') or 'A result of genloss'}"
    reading = "n: generation. Simulated: mean ± standard error over replicates."
    gaps = [f"- {gap}" for gap in result.gaps]
    parts = [title, f"{counted(result)}; {provenance(result)}.", "\n".join(lines), reading, "\n".join(gaps)]
    return "\n\n".join(part for part in parts if part) + "\n"


def figures(rows: Sequence[Row]) -> list[Figure]:
    """Draw against the generation, and against the longest axis; a panel for each metric and case."""
    by_generation, by_axis = [], []
    for metric, case in dict.fromkeys((row.metric, row.case) for row in rows):
        chosen = [row for row in rows if (row.metric, row.case) == (metric, case)]
        axis = longest_axis(chosen, 3)
        if len({row.generation for row in chosen}) > 1 or not axis:
            by_generation.append(picture(chosen, x="generation").panel)
        if axis:
            by_axis.append(picture(chosen, x=axis).panel)
    named = (("Against the generation", by_generation), ("Against the grid", by_axis))
    return [
        Figure(
            title,
            BAND + (f" {MOST_PANELS} of {len(panels)} panels are shown." if len(panels) > MOST_PANELS else ""),
            draw(panels[:MOST_PANELS], columns=min(2, len(panels)), formats=("svg",))["svg"],
        )
        for title, panels in named
        if panels
    ]


def ranges(rows: Sequence[Row]) -> list[str]:
    """Say per case how low and how high the first metric lies at the first and the last generation."""
    lines = []
    for case in dict.fromkeys(row.case for row in rows):
        chosen = [row for row in rows if (row.case, row.metric) == (case, rows[0].metric)]
        chosen = [row for row in chosen if row.method == "simulation"] or chosen
        generations = sorted({row.generation for row in chosen})
        parts = [
            _range([r for r in chosen if r.generation == n]) for n in dict.fromkeys(generations[:1] + generations[-1:])
        ]
        name = f"{case}: {rows[0].metric}" if case else rows[0].metric
        lines += [f"{name} {', '.join(parts)} ({chosen[0].unit}, by {chosen[0].method})."] if chosen else []
    return lines[:MOST_PANELS]


def _range(rows: Sequence[Row]) -> str:
    low, high = (f(rows, key=lambda row: row.value) for f in (min, max))
    said = estimate(low) if low == high else f"from {estimate(low)} to {estimate(high)} over the grid"
    return f"{said} at generation {low.generation}"


def runnable(study: Mapping[str, Any]) -> dict[str, Any]:
    """Return a study that runs; of pooled runs the first."""
    rest = {key: value for key, value in study.items() if key != "pooled"}
    return rest | (study["pooled"][0] if study.get("pooled") else {})


def _table(shown: "pd.DataFrame") -> Table:
    cells = as_texts(shown.head(MOST_LINES))
    left = len(shown) - len(cells)
    more = f" {left:,} more lines are not on this page; a .csv file holds all rows." if left else ""
    return Table(
        "All values",
        f"n: generation. Simulated: mean ± standard error over replicates.{more}",
        list(cells.columns),
        cells.to_numpy().tolist(),
        folded=len(cells) > 30,
    )


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _facts(result: "Result") -> list[tuple[str, str]]:
    pooled = bool(result.study.get("pooled"))
    command = "genloss run study.toml" + (" --seed SEED (once for every seed; then add the results)" if pooled else "")
    facts = [
        ("command", command),
        ("seeds" if pooled else "seed", runs(result.study)),
        ("engines and formulas", joined(row.engine for row in result.rows)),
        ("genloss", joined(row.version for row in result.rows)),
    ]
    return [(name, said) for name, said in facts if said]
