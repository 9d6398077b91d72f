"""Which workflows does a study run, and what does each generation of them train on?"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genloss.errors import Problem
from genloss.report.batches import Band, draw_batches
from genloss.results.files import write_atomically
from genloss.study.page.words import in_words
from genloss.study.spec.workflow_forms import workflow_of
from genloss.study.study import Study, as_study
from genloss.workflows import Schedule, Workflow
from genloss.workflows.explain import Explained, Line, picture, picture_bands
from genloss.workflows.explain import explain as explain_generations

if TYPE_CHECKING:
    import pandas as pd

_MOST = 12  # workflows that are explained
_FEW = 6  # generations told one by one at the beginning of a long list
_LINES, _WIDEST = 12, 100  # of the repr
_HEADER = ("generation", "batch", "origin", "rows", "used", "share", "first seen")


@dataclass(frozen=True)
class Told:
    """One workflow of a study, explained."""

    title: str
    id: str
    form: Mapping[str, Any]
    schedule: Schedule
    generations: Sequence[Explained]


@dataclass(frozen=True, repr=False)
class Explanation:
    """What a study will do, and what every generation of each of its workflows trains on."""

    study: Study
    workflows: tuple[Told, ...]
    whole: bool = False

    def __repr__(self) -> str:
        """Say the first generations of the workflows, in at most twelve lines; `summary()` says all."""
        lines = [f"<Explanation of {self.study.name}, id {self.study.id}>"]
        each = max(1, (_LINES - 2) // max(1, len(self.workflows)) - 1)
        for told in self.workflows:
            lines += [told.title, *(f"  {generation.words}" for generation in told.generations[:each])]
        left = len(lines) - _LINES + 1
        lines = lines if left <= 1 else lines[: _LINES - 1]
        lines += ["... .summary() says all of it"] if len(lines) < _LINES else []
        return "\n".join(line if len(line) <= _WIDEST else f"{line[: _WIDEST - 4]} ..." for line in lines)

    def summary(self) -> str:
        """Return the text that `genloss explain` prints: the study in words, then each workflow as words and table."""
        first = f"{self.study.resolved['question'] or self.study.name} [{self.study.id}]"
        words = [first, *(f"  {line}" for line in in_words(self.study))]
        return "\n".join([*words, *(line for told in self.workflows for line in told_lines(told, whole=self.whole))])

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return {
            "schema": "explanation/1",
            "study": self.study.id,
            "workflows": [
                {
                    "title": told.title,
                    "id": told.id,
                    "form": told.form,
                    "generations": [generation.to_dict() for generation in told.generations],
                }
                for told in self.workflows
            ],
        }

    def json(self) -> str:
        """Return the JSON text of `to_dict`."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1) + "\n"

    def to_frame(self) -> "pd.DataFrame":
        """Return one line for every batch that a generation trains on: its origin, rows and share of the loss."""
        import pandas as pd

        columns = ["workflow", "generation", "batch", "origin", "rows", "rows_used", "share", "first_seen"]
        lines = [
            {"workflow": told.title, **{name: getattr(line, name) for name in columns[1:]}}
            for told in self.workflows
            for generation in told.generations
            for line in generation.lines
        ]
        return pd.DataFrame(lines, columns=columns)

    def save(self, path: str | Path) -> Path:
        """Write .json, .md or .txt, or the picture of the batches as .png or .svg, by the ending of `path`."""
        target = Path(path)
        if target.suffix in (".png", ".svg"):
            write_picture(self.workflows, target)
        elif target.suffix in (".json", ".md", ".txt"):
            write_atomically(target, self.json() if target.suffix == ".json" else _as_text(self, target.suffix))
        else:
            mend = "end the name in .json, .md, .txt, .png or .svg"
            raise Problem(str(target), f"no such format: {target.suffix!r}", mend)
        return target


def explain(study: Study | str | Path | Mapping[str, Any], *, whole: bool = False) -> Explanation:
    """Say what every generation of a study's workflows trains on, before anything is computed.

    study: a `Study`, the path of a study file, or a mapping with the keys of one. whole: every batch on a line of its
    own, where neighbors of one kind are told together otherwise. At most twelve workflows are explained.
    Errors: `Problem` for a study that cannot be read.
    """
    asked = as_study(study)
    return Explanation(asked, tuple(_told(asked, whole=whole)), whole)


def _told(study: Study, *, whole: bool) -> Iterator[Told]:
    """Explain every workflow of the study once, whichever cases and axes use it."""
    found: dict[str, tuple[Workflow, list[str]]] = {}
    for cell in study.cells():
        workflow = workflow_of(cell.settings["workflow"])
        cases = found.setdefault(workflow.id, (workflow, []))[1]
        if cell.case and cell.case not in cases:
            cases.append(cell.case)
    for name, (workflow, cases) in list(found.items())[:_MOST]:
        schedule = workflow.compile(study.scope.generations)
        where = f" in {', '.join(cases)}" if cases and len(found) > 1 else ""
        title = f"{workflow!r}{where}"
        yield Told(title, name, workflow.to_dict(), schedule, explain_generations(schedule, whole=whole))


def told_lines(told: Told, *, whole: bool) -> list[str]:
    """Tell one workflow: a sentence a generation, the table of batches, a picture of characters."""
    every = told.generations
    parts = [every] if whole or len(every) <= 2 * _FEW else [every[:_FEW], every[-2:]]
    between = f"  ... {len(every) - _FEW - 2} generations in between: --all shows them"
    sentences = [[f"  {generation.words}" for generation in part] for part in parts]
    first, *later = sentences
    words = [*first, *(line for part in later for line in (between, *part))]
    rows = [_cells(line) for part in parts for generation in part for line in generation.lines]
    drawn = picture(told.schedule, tallest=10**6 if whole else 24).splitlines()
    return ["", told.title, "", *words, "", *_table(rows), "", *(f"  {line}" for line in drawn)]


def write_picture(told: Sequence[Told], path: Path) -> None:
    """Draw the workflows to a .png or .svg file; several go to numbered files."""
    if path.suffix not in (".png", ".svg"):
        raise Problem(str(path), f"no such picture format: {path.suffix!r}", "end the name in .png or .svg")
    for number, workflow in enumerate(told):
        place = path if number == 0 else path.with_name(f"{path.stem}-{number + 1}{path.suffix}")
        kind: Any = path.suffix[1:]
        descent = [generation.descent for generation in workflow.generations]
        drawn = draw_batches(bands(workflow.schedule), descent, title=workflow.title, formats=(kind,))
        write_atomically(place, drawn[kind])


def bands(schedule: Schedule) -> list[Band]:
    """Shares of the loss by generation, of batches that a picture shows on one line."""
    shares = [schedule.shares(g) for g in range(len(schedule.train))]
    made = []
    for name, group in picture_bands(schedule).items():
        first = schedule.batches[group[0]]
        kind = "real" if first.real else "mixed" if first.origin is None else "synthetic"
        by_generation = [sum(share.get(b, 0.0) for b in group) for share in shares]
        made.append(Band(name, kind, first.birth, by_generation))
    return made


def _cells(line: Line) -> tuple[str, ...]:
    """The texts of one line of the table."""
    used, share = f"{line.rows_used:,.4g}", f"{line.share:.3f}"
    return str(line.generation), line.batch, line.origin, f"{line.rows:,}", used, share, str(line.first_seen)


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(line[i]) for line in (_HEADER, *rows)) for i in range(len(_HEADER))]
    for texts in (_HEADER, *rows):
        cells = [x.ljust(w) if i in (1, 2) else x.rjust(w) for i, (x, w) in enumerate(zip(texts, widths, strict=True))]
        yield "  " + "  ".join(cells).rstrip()


def _as_text(explanation: Explanation, suffix: str) -> str:
    text = explanation.summary() + "\n"
    return f"```text\n{text}```\n" if suffix == ".md" else text
