"""What does the page of a study show? Outcome, figures, tables, notes, and how to run it again."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

from genloss.report import Figure, Page, render
from genloss.results import Result
from genloss.results.again import python_facts
from genloss.results.agreement import Z, compare
from genloss.results.marks import Mark
from genloss.results.summary import survived
from genloss.study.claims.verdicts import judge
from genloss.study.page.answers import answers
from genloss.study.page.claims import boxes, count
from genloss.study.page.notes import incomplete, notes
from genloss.study.page.panels import figure_panels
from genloss.study.page.tables import agreement_table, beside_tables, values_table
from genloss.study.page.words import data_notes, describe, plain, title
from genloss.study.study import Study
from genloss.study.subjects.table import group_cells, subject_of, subject_of_case
from genloss.version import __version__

CLAIMS_NOTE = (
    f"A claim is checked by the interval around its number: {Z} standard errors on each side, and for theory its "
    "allowance for finite size. The check holds if all of the interval lies within what is expected, fails if all of "
    "it lies outside, and is undecided otherwise. Each claim says which true values it would have refused in 95 of 100 "
    "runs. If its nearest wrong answer (the one it names, else 10 % off the number) is not among them, the claim is "
    "too wide to decide, unless it fails. Standard errors are computed as if values were independent. Generations and "
    "penalties come from the same runs, so their ratios and differences are as a rule more precise than said."
)


def write(study: Study, result: Result, folder: Path, mark: Mark) -> None:
    """Write index.html and figures/*.png into the folder."""
    page = page_of(study, result)
    for figure in page.figures:
        mark.check(folder / "figures" / f"{figure.name}.png")
    for figure in page.figures:
        mark.leave(folder / "figures" / f"{figure.name}.png", figure.drawn["png"])
    mark.leave(folder / "index.html", render(page))


def page_of(study: Study, result: Result) -> Page:
    """Return the page of a study; nothing is drawn or written."""
    pairs, verdicts = compare(result.rows), judge(study, result.rows)
    first, *others = answers(study, result, pairs) or [""]
    return Page(
        title=title(study),
        subtitle=_subtitle(study),
        answer=[line for line in (first, incomplete(result), count(verdicts), *others) if line],
        figures=[
            Figure(title, caption, panels, min(2, len(panels)), name)
            for name, title, caption, panels in figure_panels(study, result)
        ],
        tables=[
            *([agreement_table(pairs)] if pairs else []),
            *beside_tables(study, result),
            values_table(study, result),
        ],
        notes=[plain(line, study) for line in notes(result, pairs)],
        words=[*(plain(line, study) for line in describe(study)), *data_notes(study)],
        spec=study.toml(),
        facts=facts(study, result),
        claims=boxes(verdicts),
        claims_note=CLAIMS_NOTE,
    )


def _subtitle(study: Study) -> str:
    """Name the study by its id; before it, model and rows where all cases have the same and they can be named in short.

    Not by its file, which has another name in a run's folder: a page that is made from there has the same bytes.
    """
    named = f"Study with the id {study.id}"
    subjects = [subject_of_case(case) for case in study.cases]
    shorts = {subject.short(case) if subject.short else "" for subject, case in zip(subjects, study.cases, strict=True)}
    about = shorts.pop() if len(shorts) == 1 else ""
    return f"{about}; {named[0].lower()}{named[1:]}" if about else named


def _packages(study: Study) -> str:
    """Name the versions of what computed, and of the packages of the models."""
    found = {name: version(name) for name in ("numpy", "scipy", "scikit-learn")}
    for group in group_cells(study.cells()):
        subject = subject_of(group[0])
        found |= subject.versions(study.scope, group) if subject.versions else {}
    return ", ".join(f"{name} {said}" for name, said in found.items() if name != "python")


def facts(study: Study, result: Result) -> list[tuple[str, str]]:
    """Versions, seed and engines."""
    packages = _packages(study)
    engines = sorted({row.engine for row in result.rows if row.engine})
    again = python_facts(study.resolved, "DIR")
    return [
        *(again or [("command", "genloss run study.toml --out DIR")]),
        ("seed", str(study.resolved["seed"])),
        (
            "replicates",
            "; ".join(filter(None, [str(study.resolved["replicates"]), survived(study.resolved, result.rows)])),
        ),
        ("engines and formulas", ", ".join(engines)),
        ("genloss", __version__),
        ("Python", platform.python_version()),
        ("packages", packages),
        ("beside this page", "study.toml (the resolved study), rows.csv, rows.json, figures/*.png"),
    ]
