"""How does a run become one page that opens anywhere? Everything inline, no scripts, no network."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from jinja2 import Environment, PackageLoader


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawn figure with the sentence below it."""

    title: str
    caption: str
    svg: bytes

    @property
    def inline(self) -> str:
        """The svg element without its XML header."""
        return re.sub(r"^.*?(?=<svg)", "", self.svg.decode(), flags=re.DOTALL)


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
    """A claim with its verdict. lines: place, simulation, theory and outcome of every check."""

    verdict: str
    text: str
    source: str
    measured: str
    expected: str
    why: str
    lines: Sequence[Sequence[str]]

    @property
    def tone(self) -> str:
        """The verdict as the name of a style."""
        return self.verdict.split()[0]


@dataclass(frozen=True, slots=True)
class Page:
    """What a page shows, in order."""

    title: str
    subtitle: str
    answer: Sequence[str]
    figures: Sequence[Figure]
    tables: Sequence[Table]
    notes: Sequence[str]
    words: Sequence[str]
    spec: str
    facts: Sequence[tuple[str, str]] = field(default=())
    claims: Sequence[ClaimBox] = field(default=())
    claims_note: str = ""
    spec_title: str = "The resolved study (study.toml)"


def render(page: Page) -> str:
    """Return the page as HTML."""
    environment = Environment(
        loader=PackageLoader("genloss.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html").render(page=page)
