"""What does the page of a study show? Outcome, figures, tables, notes, and how to run it again."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

from genloss.report import Figure, Page, render
from genloss.results import Result
from genloss.results.agreement import Z, compare
from genloss.results.marks import Mark
from genloss.study.claims.verdicts import judge
from genloss.study.page.answers import answers
from genloss.study.page.claims import boxes, count
from genloss.study.page.notes import notes
from genloss.study.page.panels import figure_panels
from genloss.study.page.tables import agreement_table, beside_tables, values_table
from genloss.study.page.words import UNNAMED, data_notes, describe, plain, title
from genloss.study.study import Study
from genloss.version import __version__

CLAIMS_NOTE = (
    f"A check holds where the whole interval of its number ({Z} standard errors; for theory the allowance for finite "
    "size at its worst) lies within what is expected, fails where all of it lies outside, and is undecided between. "
    "Each claim says which true values it would have refused with 95 %; where its nearest wrong answer (the one it "
    "names, or 10 % off the number that it claims) is not among them, it is too wide to decide, unless it fails. "
    "Standard errors are those of independent values; generations and penalties share draws, so their ratios and "
    "differences are as a rule surer than said."
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
        subtitle=f"Study {study.name}, id {study.id}" if study.name != UNNAMED else f"Study with the id {study.id}",
        answer=[line for line in (first, count(verdicts), *others) if line],
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
