"""Which workflows does a study run, and what does each generation of them train on?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from genloss.errors import Problem
from genloss.report import Page
from genloss.report.batches import BatchLine, draw_batches
from genloss.results.answer import Answer, shown
from genloss.results.marks import Mark, studies_mark
from genloss.results.page import sentence
from genloss.results.store import Table
from genloss.study.page.words import in_words
from genloss.study.spec.workflow_forms import workflow_of
from genloss.study.study import Study, as_study
from genloss.study.subjects.generators import refuse_generators
from genloss.workflows import Schedule, Workflow
from genloss.workflows.explain import Explained, Line, picture, picture_bands
from genloss.workflows.explain import explain as explain_generations

_MOST = 12  # workflows that are explained
_MOST_GENERATIONS = 1_000  # of one that are told: how many models a row passed costs their third power
_MOST_USES = 200_000  # batches that all generations told train on, by origin
_FIRST = 60  # generations that are told whatever they train on
_DRAWN = 81  # generations in a picture, which has a square for each and every batch
_FEW = 6  # generations told one by one at the beginning of a long list
_HEADER = ("generation", "batch", "origin", "rows", "used", "share", "first seen")
_COLUMNS = ("workflow", "generation", "batch", "origin", "rows", "rows_used", "share", "first_seen")


@dataclass(frozen=True)
class Told:
    """One workflow of a study, explained. form: the workflow in full; id: its identity.

    generations: those that are told, from 0 on. last: the study's last, which goes beyond them where they are many.
    """

    title: str
    id: str
    form: Mapping[str, Any]
    generations: tuple[Explained, ...]
    last: int

    @property
    def schedule(self) -> Schedule:
        """The batches and uses of every generation that is told."""
        return workflow_of(self.form).compile(len(self.generations) - 1)

    @property
    def untold(self) -> str:
        """Say which generations are not told, "" where all are."""
        told = len(self.generations) - 1
        if told == self.last:
            return ""
        return f"... generations {told + 1:,} to {self.last:,} go on by the same rules and are not told one by one"


@dataclass(frozen=True, repr=False, eq=False)
class Explanation(Answer):
    """What every generation of each workflow of a study trains on.

    study: its id. asked: the question, what is drawn, trained and measured.
    """

    schema: ClassVar[str] = "explanation/2"

    study: str
    workflows: tuple[Told, ...]
    asked: tuple[str, ...]

    def mark(self) -> str:
        """Return the mark of its study."""
        return studies_mark([self.study])

    def draw(self, path: str | Path, *, force: bool = False) -> None:
        """Draw the batches by generation to a .png or .svg file; several workflows go to numbered files.

        force: also where files stand that answer something else.
        """
        write_picture(self.workflows, Path(path), Mark(self.mark(), force=force))

    def page(self) -> Page:
        """Return a page of sentences, with a table of batches."""
        note = "share: of the loss, before any filter; used: expected rows, where a subsample is drawn."
        table = shown(self._table(), "What each generation trains on", note)
        title, *words = self.asked
        return Page(title, f"study {self.study}", self._sentences()[len(self.asked) :], tables=[table], words=words)

    def _lines(self) -> Sequence[str]:
        count = f"{len(self.workflows)} workflows" if len(self.workflows) > 1 else "a workflow"
        told = [line for one in self.workflows for line in (one.title, one.generations[0].words)]
        only = self.workflows[0]
        later = [*(generation.words for generation in only.generations[1:]), *([only.untold] if only.untold else [])]
        return [f"{count} of study {self.study}: {self.asked[0]}", *told, *(later if len(self.workflows) == 1 else [])]

    def _sentences(self) -> Sequence[str]:
        told = [
            line
            for one in self.workflows
            for line in (f"{one.title}:", *(sentence(each.words) for each in one.generations), one.untold)
            if line
        ]
        return [*(sentence(line) for line in self.asked), *told]

    def _table(self) -> Table:
        lines = [
            {"workflow": told.title, **{name: getattr(line, name) for name in _COLUMNS[1:]}}
            for told in self.workflows
            for generation in told.generations
            for line in generation.lines
        ]
        return _COLUMNS, lines


def explain(study: Study | str | Path | Mapping[str, Any], *, whole: bool = False) -> Explanation:
    """Say what every generation of a study's workflows trains on, before anything is computed.

    study: a `Study`, the path of a study file, or a mapping with the keys of one. whole: every batch on a line of its
    own, where neighbors of one kind are told together otherwise. At most twelve workflows are explained, and of each at
    most 1,000 generations, fewer where each trains on many batches (`Told.untold` says which are not).
    Errors: `Problem` for a study that cannot be read, and for a model that cannot be made of its settings.
    """
    asked = as_study(study)
    refuse_generators(asked.scope, asked.cells(), asked.source)
    words = (str(asked.resolved["question"]) or asked.name, *in_words(asked))
    return Explanation(asked.id, tuple(_told(asked, whole=whole)), words)


def _told(study: Study, *, whole: bool) -> Iterator[Told]:
    """Explain every workflow of the study once, whichever cases and axes use it."""
    found: dict[str, tuple[Workflow, list[str]]] = {}
    for cell in study.cells():
        workflow = workflow_of(cell.settings["workflow"])
        cases = found.setdefault(workflow.id, (workflow, []))[1]
        if cell.case and cell.case not in cases:
            cases.append(cell.case)
    for name, (workflow, cases) in list(found.items())[:_MOST]:
        where = f" in {', '.join(cases)}" if cases and len(found) > 1 else ""
        last = study.scope.generations
        generations = explain_generations(_first_generations(workflow, last), whole=whole)
        yield Told(f"{workflow!r}{where}", name, workflow.to_dict(), tuple(generations), last)


def _first_generations(workflow: Workflow, last: int) -> Schedule:
    """Compile the generations that are told: all, or twice as many as long as they are few enough to be told.

    Twice as many generations have at most eight times the uses: batches, generations and origins all double.
    """
    told = min(last, _FIRST)
    schedule = workflow.compile(told)
    while told < min(last, _MOST_GENERATIONS) and 8 * _uses(schedule) <= _MOST_USES:
        told = min(2 * told, last, _MOST_GENERATIONS)
        schedule = workflow.compile(told)
    return schedule


def _uses(schedule: Schedule) -> int:
    """Count what is told: the origins of every batch that a generation trains on, generation by generation."""
    origins = [len(batch.origins) for batch in schedule.batches]
    return sum(origins[b] for uses in schedule.train for use in uses for b in use.batches)


def told_lines(told: Told, *, whole: bool) -> list[str]:
    """Tell one workflow: a sentence a generation, the table of batches, a picture of characters."""
    every = told.generations
    parts = [every] if whole or len(every) <= 2 * _FEW else [every[:_FEW], every[-2:]]
    between = f"  ... {len(every) - _FEW - 2} generations in between: --all shows them"
    sentences = [[f"  {generation.words}" for generation in part] for part in parts]
    first, *later = sentences
    words = [*first, *(line for part in later for line in (between, *part))]
    words += [f"  {told.untold}"] if told.untold else []
    rows = [_cells(line) for part in parts for generation in part for line in generation.lines]
    drawn = picture(told.schedule, tallest=10**6 if whole else 24).splitlines()
    return ["", told.title, "", *words, "", *_table(rows), "", *(f"  {line}" for line in drawn)]


def write_picture(told: Sequence[Told], path: Path, mark: Mark) -> None:
    """Draw the workflows to a .png or .svg file; several go to numbered files."""
    if path.suffix not in (".png", ".svg"):
        raise Problem(str(path), f"no such picture format: {path.suffix!r}", "end the name in .png or .svg")
    places = [path, *(path.with_name(f"{path.stem}-{number + 1}{path.suffix}") for number in range(1, len(told)))]
    for place in places:
        mark.check(place)
    for place, workflow in zip(places, told, strict=False):
        kind: Any = path.suffix[1:]
        descent = [generation.descent for generation in workflow.generations[:_DRAWN]]
        title = workflow.title
        if len(descent) <= workflow.last:
            title += f"\ngenerations 0 to {len(descent) - 1} of {workflow.last:,}"
        schedule = workflow_of(workflow.form).compile(len(descent) - 1)
        drawn = draw_batches(bands(schedule), descent, title=title, formats=(kind,))
        mark.leave(place, drawn[kind])


def bands(schedule: Schedule) -> list[BatchLine]:
    """Shares of the loss by generation, of batches that a picture shows on one line."""
    shares = [schedule.shares(g) for g in range(len(schedule.train))]
    made = []
    for name, group in picture_bands(schedule).items():
        first = schedule.batches[group[0]]
        kind = "real" if first.real else "mixed" if first.origin is None else "synthetic"
        by_generation = [sum(share.get(b, 0.0) for b in group) for share in shares]
        made.append(BatchLine(name, kind, first.birth, by_generation))
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
