"""What does a saved result show to someone without Python? One page, of which Markdown shows a part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from genloss.report import Figure, Page, Table
from genloss.results.again import python_facts
from genloss.results.case_panels import MOST_JOINED, case_panel, with_floor
from genloss.results.plotting import drawn, longest_axis, picture
from genloss.results.pooling import joined
from genloss.results.row import Row, with_words
from genloss.results.summary import Lines, agreed, as_texts, contents, counted, outcome, provenance, runs, table
from genloss.results.toml import as_toml

MOST_LINES = 2_000  # of the table; a browser is slow beyond
MOST_PANELS = 8
ALLOWANCE = "allowance: how far theory may be off at most because rows are finite; the largest of its line."


def page_of(study: Mapping[str, Any], rows: Sequence[Row], gaps: Sequence[str], beside: Sequence[Row] = ()) -> Page:
    """Return a page with figures, all values and the spec."""
    return Page(
        title=str(study.get("question", "")) or "A result of genloss",
        subtitle=provenance(study, rows),
        answer=[*outcome(rows, study), f"{counted(rows, gaps).capitalize()}.", *agreed(rows)],
        figures=figures(rows, beside),
        tables=[values_table(rows, MOST_LINES)],
        notes=[sentence(gap) for gap in _told(gaps, rows)],
        words=[f"{name}: {said}" for name, said in contents(rows)],
        spec=as_toml(runnable(study)),
        facts=_facts(study, rows),
    )


def sentences(study: Mapping[str, Any], rows: Sequence[Row], gaps: Sequence[str]) -> list[str]:
    """Say the question, what there is, the outcome, and what is missing."""
    asked = [f"Question: {question}"] if (question := str(study.get("question", ""))) else []
    held = "; ".join(part for part in (counted(rows, gaps), provenance(study, rows)) if part)
    return [*asked, sentence(held), *outcome(rows, study), *agreed(rows), *map(sentence, _told(gaps, rows))]


def _told(gaps: Sequence[str], rows: Sequence[Row]) -> list[str]:
    """Return what is missing, with words for the names of metrics."""
    metrics = {row.metric for row in rows}
    return [with_words(gap, metrics) for gap in gaps if gap]


def sentence(words: str) -> str:
    """Begin with a capital and end with a full stop, or as it ends."""
    return f"{words[0].upper()}{words[1:]}{'' if words[-1] in '.?!:' else '.'}"


def figures(rows: Sequence[Row], beside: Sequence[Row] = ()) -> list[Figure]:
    """Draw against the generation, and against the longest axis: a panel for each metric and case.

    Cases without axes stand in one panel, with what real rows have beside real rows.
    """
    by_generation, by_axis = [], []
    floors = {row.metric: row.value for row in beside if row.method == "floor"}
    for metric in dict.fromkeys(row.metric for row in rows):
        of_metric = [row for row in rows if row.metric == metric]
        together = _together(of_metric)
        by_generation += [with_floor(case_panel(of_metric, together), floors.get(metric))] if together else []
        for case in dict.fromkeys(row.case for row in of_metric if row.case not in together):
            chosen = [row for row in of_metric if row.case == case]
            axis = longest_axis(chosen, 3)
            if len({row.generation for row in chosen}) > 1 or not axis:
                by_generation.append(picture(chosen, x="generation").panel)
            if axis:
                by_axis.append(picture(chosen, x=axis).panel)
    named = (("Against the generation", by_generation), ("Against the grid", by_axis))
    return [
        Figure(
            title,
            f"{drawn(panels[:MOST_PANELS])} n is the generation."
            + (f" {MOST_PANELS} of {len(panels)} panels are shown." if len(panels) > MOST_PANELS else ""),
            panels[:MOST_PANELS],
            min(2, len(panels)),
        )
        for title, panels in named
        if panels
    ]


def _together(rows: Sequence[Row]) -> list[str]:
    """Return the cases without axes where there are several, though not too many for one panel."""
    plain = list(dict.fromkeys(row.case for row in rows if not row.axes))
    several = len({row.generation for row in rows}) > 1
    return plain if several and 1 < len(plain) <= MOST_JOINED else []


def runnable(study: Mapping[str, Any]) -> dict[str, Any]:
    """Return a study that runs; of pooled runs the first."""
    rest = {key: value for key, value in study.items() if key != "pooled"}
    return rest | (study["pooled"][0] if study.get("pooled") else {})


def values_table(rows: Sequence[Row], most: int | None = None) -> Table:
    """Return all values, generations as columns, or the first lines; simulation below its theory."""
    columns, lines = table(rows)
    kept, cells = as_texts(columns, lines[:most])
    left = len(lines) - len(cells)
    more = f" {left:,} more lines are not on this page; a .csv file holds all rows." if left else ""
    return Table(
        "All values",
        f"n: generation. Simulated: mean ± standard error over replicates. {ALLOWANCE}{more}",
        kept,
        cells,
        folded=len(cells) > 30,
        texts=[i for i, name in enumerate(kept) if not name.startswith("n=") and _worded(name, columns, lines)],
    )


def _worded(name: str, columns: Sequence[str], lines: Lines) -> bool:
    place = list(columns).index(name)
    return any(isinstance(line[place], str) and line[place] for line in lines)


def _facts(study: Mapping[str, Any], rows: Sequence[Row]) -> list[tuple[str, str]]:
    pooled = bool(study.get("pooled"))
    command = "genloss run study.toml" + (" --seed SEED (once for every seed; then add the results)" if pooled else "")
    again = python_facts(runnable(study), "DIR")
    facts = [
        *(again or [("command", command)]),
        ("seeds" if pooled else "seed", runs(study)),
        ("engines and formulas", joined(row.engine for row in rows)),
        ("genloss", joined(row.version for row in rows)),
    ]
    return [(name, said) for name, said in facts if said]
