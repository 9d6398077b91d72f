"""How does a run become one page that opens anywhere? Everything inline, no scripts, no network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING

from genloss.report.figure import Format, Panel, draw
from genloss.visible import visible, visible_line

if TYPE_CHECKING:
    from jinja2 import Environment


@dataclass(frozen=True)
class Figure:
    """Panels with the sentence below them; they are drawn when a page is rendered, not before.

    name: the file, without its ending, that keeps the picture beside the page; "": none does.
    """

    title: str
    caption: str
    panels: Sequence[Panel]
    columns: int = 1
    name: str = ""

    @cached_property
    def drawn(self) -> dict[Format, bytes]:
        """The picture by format; a png only where a file keeps it."""
        return draw(self.panels, columns=self.columns, formats=("png", "svg") if self.name else ("svg",))

    @property
    def inline(self) -> str:
        """The svg element without its XML header."""
        return re.sub(r"^.*?(?=<svg)", "", self.drawn["svg"].decode(), flags=re.DOTALL)


@dataclass(frozen=True, slots=True)
class Table:
    """A table with the sentence above it."""

    title: str
    note: str
    columns: Sequence[str]
    lines: Sequence[Sequence[str]]
    folded: bool = False
    texts: Sequence[int] = (0,)  # columns of words: to the left, and broken where the page is narrow


@dataclass(frozen=True, slots=True)
class ClaimBox:
    """A claim with its verdict. power: what it would have refused. lines: place, numbers and outcome of every check."""

    verdict: str
    text: str
    source: str
    measured: str
    expected: str
    why: str
    power: str
    lines: Sequence[Sequence[str]]

    @property
    def tone(self) -> str:
        """The verdict as the name of a style."""
        return self.verdict.split()[0]


@dataclass(frozen=True, slots=True)
class Page:
    """What a page shows: the first sentence of the answer, figures, its other sentences, claims, tables, notes."""

    title: str
    subtitle: str
    answer: Sequence[str]
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
    words: Sequence[str] = ()
    spec: str = ""
    facts: Sequence[tuple[str, str]] = field(default=())
    claims: Sequence[ClaimBox] = field(default=())
    claims_note: str = ""
    spec_title: str = "The resolved study (study.toml)"

    @property
    def lead(self) -> Sequence[str]:
        """What stands above the figures: the sentence that answers; everything where there is no figure."""
        return self.answer[:1] if self.figures else self.answer

    @property
    def details(self) -> Sequence[str]:
        """The rest of the answer, below the figures."""
        return self.answer[1:] if self.figures else ()


def render(page: Page) -> str:
    """Return the page as HTML."""
    return _environment().get_template("page.html").render(page=page)


@cache
def _environment() -> Environment:
    """Templates, each compiled once in a process."""
    from jinja2 import Environment, PackageLoader

    return Environment(
        loader=PackageLoader("genloss.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True, finalize=_seen
    )


def _seen(value: object) -> object:
    """Return what a template writes; a picture is made of seen text already."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def as_markdown(page: Page) -> str:
    """Return title, answer, tables and notes of a page as Markdown."""
    parts = [f"## {page.title}", page.subtitle, *page.answer]
    for table in page.tables:
        rules = ["---" if i in table.texts else "---:" for i in range(len(table.columns))]
        lines = [_cells(table.columns), _cells(rules), *map(_cells, table.lines)]
        parts += [f"**{table.title}**", table.note, "\n".join(lines)]
    if page.notes:
        parts += ["**Read with care**", "\n".join(f"- {note}" for note in page.notes)]
    return visible("\n\n".join(part for part in parts if part) + "\n")


def _cells(cells: Sequence[str]) -> str:
    return "| " + " | ".join(visible_line(cell.replace("|", "\\|").replace("\n", " ")) for cell in cells) + " |"


def as_text(table: Table) -> str:
    """Return the columns and lines of a table for a terminal: words to the left, numbers to the right."""
    every = [[visible_line(cell) for cell in line] for line in (table.columns, *table.lines)]
    widths = [max(len(line[i]) for line in every) for i in range(len(table.columns))]
    return "\n".join(
        "  ".join(
            cell.ljust(w) if i in table.texts else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in every
    )
