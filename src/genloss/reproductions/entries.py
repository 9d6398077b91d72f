"""Which published figures and tables are covered, and which not and why? One file per paper says it, read here."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from re import IGNORECASE, sub
from typing import Any

from genloss.errors import Problem, nearest, shown
from genloss.ordinary import content

PAPERS = Path(__file__).parent / "papers"
"""A file for each paper; they travel with the package."""
QUICK, FULL = "quick", "full"
"""The two sizes of a run."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A published figure or table, and how it is computed here.

    paper: its number at arXiv. figure: a short name of the figure or table. title: of the paper. where: where it stands
    in the paper. shows: what the paper shows there, in one sentence. looked: what was looked at before the claims were
    fixed. study: the shipped study that computes it, or "". population: a data set instead of the study's own, or "".
    computed: the line of `computed.table.FIGURES` that computes it, or "", with its settings. analogue: "", or why what
    is computed here only resembles what the paper has. claims, numbers: as the file has them. sizes: what a run of this
    size has. seconds: processor seconds that it took on one core, by size.
    """

    paper: str
    title: str
    figure: str
    where: str
    shows: str
    looked: str
    deviations: tuple[str, ...]
    claims: tuple[Mapping[str, Any], ...]
    numbers: tuple[Mapping[str, Any], ...]
    sizes: Mapping[str, Mapping[str, Any]]
    seconds: Mapping[str, float]
    study: str = ""
    population: str = ""
    computed: str = ""
    settings: Mapping[str, Any] | None = None
    analogue: str = ""

    @property
    def name(self) -> str:
        """Return the name by which it is asked for: paper and figure."""
        return f"{self.paper}/{self.figure}"


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A published figure or table that is not covered. reason: why not, in a sentence."""

    paper: str
    figure: str
    shows: str
    reason: str

    @property
    def name(self) -> str:
        """Return the name by which it would be asked for."""
        return f"{self.paper}/{self.figure}"


@cache
def all_entries() -> tuple[Entry, ...]:
    """Return every covered figure, paper by paper."""
    return tuple(_entry(paper, figure) for paper in _papers() for figure in paper["figure"])


@cache
def all_uncovered() -> tuple[Uncovered, ...]:
    """Return every figure of these papers that is known and not covered."""
    return tuple(
        Uncovered(paper["paper"], each["name"], each["shows"], each["reason"])
        for paper in _papers()
        for each in paper.get("uncovered", ())
    )


def entries_of(name: str) -> tuple[Entry, ...]:
    """Return the figure of this name, all of a paper by its number, or all by "all".

    The number of a paper may be written as at arXiv, "arXiv:2410.16713v2".

    >>> [entry.figure for entry in entries_of("2410.16713")]
    ['linear-regression', 'linear-regression-as-published']
    """
    entries = all_entries()
    plain = plain_name(name) if isinstance(name, str) else ""
    if plain == "all":
        return entries
    found = tuple(entry for entry in entries if plain in (entry.name, entry.paper))
    if not found:
        raise _unknown(name)
    return found


def plain_name(name: str) -> str:
    """Return a name without what arXiv writes about a number: "arXiv:" or an address before it, a version after it.

    >>> plain_name("arXiv:2404.01413"), plain_name("2305.17493v2/words")
    ('2404.01413', '2305.17493/words')
    >>> plain_name("https://arxiv.org/abs/2404.01413v1")
    '2404.01413'
    """
    return sub(
        r"^(?:https?://)?(?:arxiv(?:\.org/(?:abs|pdf)/|:)\s*)?(\d{4}\.\d{4,5})(?:v\d+)?(?=/|$)",
        r"\1",
        name.strip()[:200],
        flags=IGNORECASE,
    )


def _unknown(name: object) -> Problem:
    """Say why a name stands for nothing: what it names is not covered, or which one is probably meant."""
    asked, names = plain_name(str(name)), [entry.name for entry in all_entries()]
    for each in all_uncovered():
        if asked == each.name:
            return Problem(asked, f"is not covered: {each.reason}", f"covered of this paper: {_of(each.paper)}")
    paper = asked.split("/")[0]
    papers = list(dict.fromkeys(entry.paper for entry in all_entries()))
    near = [each for each in names if each.startswith(f"{paper}/")] if paper in papers else [*names, *papers]
    mend = nearest(asked[:100], near)
    figures = [entry.name for entry in all_entries() if asked and asked.lower() in entry.figure]
    if figures:
        mend = f"did you mean {' or '.join(figures)}?"
    elif mend.startswith("known here") and paper not in papers:
        mend = f"genloss reproduce --list has all; the papers are {', '.join(papers)}"
    return Problem(shown(name), "no such published figure", mend)


def _of(paper: str) -> str:
    return ", ".join(entry.figure for entry in all_entries() if entry.paper == paper) or "nothing"


@cache
def _papers() -> Sequence[Mapping[str, Any]]:
    """Return the content of every file, in order of the papers' numbers."""
    return [tomllib.loads(content(path).decode()) for path in sorted(PAPERS.glob("*.toml"))]


def _entry(paper: Mapping[str, Any], figure: Mapping[str, Any]) -> Entry:
    return Entry(
        paper=paper["paper"],
        title=paper["title"],
        figure=figure["name"],
        where=figure["where"],
        shows=figure["shows"],
        looked=figure["looked"],
        deviations=tuple(figure["deviations"]),
        claims=tuple(figure.get("claim", ())),
        numbers=tuple(figure.get("numbers", ())),
        sizes={size: figure[size] for size in (QUICK, FULL)},
        seconds=figure.get("seconds", {}),
        study=figure.get("study", ""),
        population=figure.get("population", ""),
        computed=figure.get("computed", ""),
        settings=figure.get("settings"),
        analogue=figure.get("analogue", ""),
    )
