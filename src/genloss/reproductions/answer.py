"""What is said of published figures that were computed again: a verdict on every claim, the page and the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from genloss.identity import identity
from genloss.report import ClaimBox, Figure, Page, Panel, Table, short, with_error
from genloss.reproductions.judged import Judged, Line, Reproduced, exit_code_of
from genloss.reproductions.picture import PICTURE, panel_of
from genloss.results.answer import Drawn
from genloss.results.store import Table as Frame
from genloss.study.claims.verdicts import NOT, PARTLY, REPRODUCED, UNDECIDED
from genloss.version import __version__

_HOW = (
    "Every claim was fixed before the run, with the answer nearest to it that would be wrong; what had been looked at "
    "before stands with each figure. A claim is reproduced where the whole interval of our number, 4.5 standard errors "
    "to each side, lies within what is expected. All numbers are of simulation, with theory beside it, unless theory "
    "alone is said."
)
_ROUNDING = 1e-9  # of a number: less is of no account
_WORDS = (
    "Public words: verified is reproduced; falsified, not reproduced; toy, reproduced in an analogue of what the paper "
    "has, or by theory alone; inconclusive, all else: in part, undecided, too wide to decide, or a failure of which "
    "the cause is known."
)


@dataclass(frozen=True, repr=False, eq=False)
class Reproduction(Drawn):
    """Published figures or tables that were computed again.

    asked: the name that was asked for. size: "quick" or "full". seed: "" for each study's own. figures: one for each.
    broken: figures that could not be computed, each with why; the others are here all the same.
    """

    asked: str
    size: str
    seed: str
    figures: tuple[Reproduced, ...]
    broken: tuple[str, ...] = field(default=(), metadata={"later": True})

    schema: ClassVar[str] = "reproduction/1"
    also: ClassVar[tuple[str, ...]] = ("verdicts", "exit_code")

    @property
    def verdicts(self) -> dict[str, int]:
        """How many claims came out how, by verdict."""
        words = [claim.verdict for figure in self.figures for claim in figure.claims]
        return {word: words.count(word) for word in dict.fromkeys(words)}

    @property
    def exit_code(self) -> int:
        """The exit code of the command: 0, all reproduced, at least in part; 1, one is not; 3, some cannot be told.

        A figure that could not be computed cannot be told.
        """
        return exit_code_of([*self.verdicts, *(UNDECIDED for _ in self.broken)])

    def mark(self) -> str:
        """Return what a file of this answer is known by."""
        return mark_of(self.asked, self.seed)

    def panels(self) -> list[Panel]:
        """Return our numbers over the published ones: of one figure claim by claim, of several figure by figure."""
        return [panel_of(self.figures)]

    def page(self) -> Page:
        """Return the verdicts, the picture, and for every figure its claims with published numbers beside ours."""
        return Page(
            title=f"{self.figures[0].name}, again" if len(self.figures) == 1 else f"{self.asked}: published, and again",
            subtitle=_HOW,
            answer=self._sentences(),
            figures=[Figure("Published and ours", PICTURE, self.panels())],
            tables=[self.listed(), *map(_table_of, self.figures)],
            claims=[_box(claim) for figure in self.figures for claim in figure.claims],
            claims_note=_WORDS,
            notes=[*self._broken(), *(f"{each.name}: {gap}" for each in self.figures for gap in each.gaps)],
            facts=[
                ("genloss", __version__),
                ("size", self.size),
                *((each.name, each.described) for each in self.figures),
            ],
        )

    def listed(self) -> Table:
        """Return a line for each figure, with how many of its claims came out how."""
        columns = ["name", "where", "what it shows", "claims", "verdicts"]
        lines = [
            [
                each.name,
                each.where,
                each.shows,
                str(len(each.claims)),
                _counted([claim.verdict for claim in each.claims]),
            ]
            for each in self.figures
        ]
        return Table("The figures and their verdicts", f"Size: {self.size}.", columns, lines, texts=(0, 1, 2, 4))

    def _lines(self) -> Sequence[str]:
        lines = [f"{self.asked}, {self.size}: {self._count()}", *(f"{f.name}: {_short(f)}" for f in self.figures)]
        return [*lines, *self._broken()]

    def _broken(self) -> list[str]:
        return [f"Not computed: {each}" for each in self.broken]

    def _sentences(self) -> Sequence[str]:
        if len(self.figures) > 1:
            said = [f"{self._count()} By simulation, or theory.", *(f"{f.name}: {_short(f)}." for f in self.figures)]
            return [*said, *self._broken()]
        return [self._count(), *_in_full(self.figures[0]), *self._broken()]

    def _count(self) -> str:
        words = self.verdicts
        count = sum(words.values())
        said = ", ".join(f"{words[word]} {word}" for word in words)
        return f"Of {count} claims {said}." if count > 1 else f"The one claim is {next(iter(words), 'missing')}."

    def _table(self) -> Frame:
        lines = [
            {"name": figure.name, "claim": claim.text, **vars(line), "verdict": claim.verdict}
            | {"public_word": claim.public_word, "expected": claim.expected, "source": claim.source}
            for figure in self.figures
            for claim in figure.claims
            for line in claim.lines
        ]
        return list(lines[0]), lines


def mark_of(asked: str, seed: str) -> str:
    """Return what files about this request are known by: what was asked; a larger run replaces a smaller one."""
    return f"reproduction {identity({'asked': asked, 'seed': seed})}"


def line_of(claim: Judged, number: int) -> str:
    """Say a claim in a line: its verdict, its sentence, and the numbers of the place that decides."""
    said = f"{claim.verdict} ({claim.note})" if claim.note else claim.verdict
    return f"{number}. {said}: {claim.text} (expected {claim.expected}; {claim.why})"


def numbers_table(figure: Reproduced) -> Table:
    """Return published numbers beside ours: a line for every place where a claim is checked."""
    columns = [
        "claim",
        "place",
        "published",
        "expected here",
        "ours ± standard error",
        "theory",
        "difference",
        "verdict",
    ]
    lines = [
        [
            f"claim {i}",
            line.place,
            _published(line),
            claim.expected,
            _ours(line),
            _theory(line),
            _difference(line),
            line.outcome if len(claim.lines) > 1 else claim.verdict,
        ]
        for i, claim in enumerate(figure.claims, 1)
        for line in claim.lines
    ]
    note = (
        "Published is what the paper or its public code prints, and a dash where no such number is known. Expected "
        "here is what the claim asks for: near a published number, what a theorem says at our sizes, or a bound of "
        "ours. The difference is ours less the published number: in standard errors of the difference (SE) where the "
        "published number has one, otherwise in percent of it."
    )
    return Table(f"{figure.name}: published and ours", note, columns, lines, texts=(0, 1, 7))


def _whole(value: float, line: Line) -> str:
    """Write a number without an error: with as many digits as are printed, from six to ten."""
    printed = 0 if line.published is None else len(repr(abs(line.published)).replace(".", "").strip("0"))
    return f"{value:.{min(max(printed, 6), 10)}g}"


def _theory(line: Line) -> str:
    return "" if line.theory is None else short(line.theory, 4)


def _percent(part: float) -> float:
    return 0.0 if abs(part) < _ROUNDING else 100 * part


def _difference(line: Line) -> str:
    if line.difference is not None:
        return f"{line.difference:+.1f} SE"
    if not line.published or line.value is None:
        return ""
    percent = _percent(line.value / line.published - 1)
    return f"{'-' if percent < 0 else '+'}{short(abs(percent), 2)} %"


def _published(line: Line) -> str:
    if line.published is None:
        return "–"
    if line.published_error is None:
        return _whole(line.published, line)
    return with_error(line.published, line.published_error)


def _ours(line: Line) -> str:
    if line.value is None:
        return "no number"
    if line.standard_error is not None:
        return with_error(line.value, line.standard_error) if line.standard_error else _whole(line.value, line)
    ends = [None if end is None else short(end) for end in (line.low, line.high)]
    return short(line.value, 4) + (f" ({ends[0]} to {ends[1]})" if all(ends) and ends[0] != ends[1] else "")


def _table_of(figure: Reproduced) -> Table:
    """Return what the page shows of a figure: how it was computed, and published numbers beside ours."""
    table = numbers_table(figure)
    note = " ".join([*about(figure), table.note])
    return Table(table.title, note, table.columns, table.lines, texts=table.texts)


def about(figure: Reproduced) -> list[str]:
    """Say what the paper shows, how it was computed here, and what is different."""
    return [
        *([f"Computed here is an analogue: {figure.analogue}"] if figure.analogue else []),
        f"arXiv {figure.paper} ({figure.title}), {figure.where}: {figure.shows}",
        f"Computed by {figure.described}.",
        *(f"Deviation: {each}" for each in figure.deviations),
        f"Looked at before the claims were fixed: {figure.looked}",
    ]


def _in_full(figure: Reproduced) -> list[str]:
    claims = [f"Claim {line_of(claim, i)}." for i, claim in enumerate(figure.claims, 1)]
    return [*about(figure), *claims]


def _box(claim: Judged) -> ClaimBox:
    return ClaimBox(
        verdict=claim.verdict,
        text=claim.text,
        source=claim.source,
        measured=claim.measured,
        expected=claim.expected,
        why=claim.why,
        power=" ".join(filter(None, [claim.power, f"Public word: {claim.public_word}.", _sentence(claim.note)])),
        lines=[
            [
                line.place or "the one place",
                _ours(line),
                _theory(line) or "–",
                line.outcome,
            ]
            for line in claim.lines
        ],
    )


def _sentence(note: str) -> str:
    return f"{note[0].upper()}{note[1:]}." if note else ""


def _short(figure: Reproduced) -> str:
    return _counted([claim.verdict for claim in figure.claims])


def _counted(words: Sequence[str]) -> str:
    """Say how many of some verdicts there are, the good ones first."""
    order = [word for word in (REPRODUCED, PARTLY, NOT) if word in words]
    every = dict.fromkeys([*order, *words])
    return ", ".join(f"{words.count(word)} {word}" for word in every)
