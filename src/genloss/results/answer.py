"""What can every answer do? The same in each: say itself, its table, its data, its page, and be kept in a file."""

from __future__ import annotations

import textwrap
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, final

from genloss.errors import Problem, warn_damaged
from genloss.identity import identity
from genloss.report import Page, Panel, Table, as_markdown, draw, render, short
from genloss.report.figure import Format, draw_panel, name_directly
from genloss.results.array_files import Groups, as_netcdf, as_zarr
from genloss.results.marks import Content, Mark
from genloss.results.plain import Forms, data_fields, fields_of, parts, plain
from genloss.results.store import Table as Frame
from genloss.results.store import as_csv, as_parquet, check_seal, frame, json_text, read_json, sealed
from genloss.visible import visible

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

WIDEST, MOST = 100, 12  # characters of a line, and lines, of a repr
MOST_LINES = 20  # lines of a table in a notebook


def _html(text: str) -> str:
    return escape(visible(text))


class Summary(str):
    """Text that a shell and a notebook show as it reads, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return "".join(f"<p>{_html(line)}</p>" for line in self.splitlines())


class Answer(ABC):
    """An answer: a frozen dataclass with `repr=False, eq=False` that says its lines, sentences, table and page.

    schema: names the form of its data, e.g. "forecast/3". also: properties that its data hold beside its fields.
    besides: keys that a file of it may have besides. forms: of fields' classes that are no dataclasses. Two answers are
    equal whose data are.
    """

    schema: ClassVar[str]
    also: ClassVar[tuple[str, ...]] = ()
    besides: ClassVar[tuple[str, ...]] = ()
    forms: ClassVar[Forms] = {}

    @abstractmethod
    def _lines(self) -> Sequence[str]:
        """Say what this is, in a few words, and what it holds or says, most important first."""

    @abstractmethod
    def _sentences(self) -> Sequence[str]:
        """Say the answer in whole sentences, with errors and status."""

    @abstractmethod
    def _table(self) -> Frame:
        """Return columns and lines."""

    def arrays(self) -> Groups:
        """Return labeled arrays, by group."""
        mend = "save .csv or .parquet"
        raise Problem("labeled arrays", f"{type(self).__name__} has a table, not arrays on a grid", mend)

    @abstractmethod
    def page(self) -> Page:
        """Return what its page shows."""

    @final
    def __repr__(self) -> str:
        first, *rest = [line for line in self._lines() if line]
        name = type(self).__name__
        heading = textwrap.shorten(first, WIDEST - len(name) - 4, placeholder=" …")
        lines = [f"<{name}: {heading}>"]
        lines += [part for line in rest for part in textwrap.wrap(line, WIDEST, subsequent_indent="  ")]
        return visible("\n".join(lines if len(lines) <= MOST else [*lines[: MOST - 1], "… .summary() says it all"]))

    @final
    def __eq__(self, other: object) -> bool:
        return self.to_dict() == other.to_dict() if type(self) is type(other) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    @final
    def summary(self) -> Summary:
        """Say the answer in a few sentences, with errors and status: text, a line for each sentence."""
        return Summary(visible("\n".join(self._sentences())))

    @final
    def _repr_html_(self) -> str:
        heading = "<br>".join(_html(line) for line in repr(self).splitlines()[:1])
        said = "".join(f"<p>{_html(line)}</p>\n" for line in self._sentences())
        tables = "\n".join(_short_table(table) for table in self.page().tables[-1:])
        return f"<p><strong>{heading}</strong></p>\n{said}{tables}"

    @final
    def to_frame(self) -> pd.DataFrame:
        """Return the table as a data frame (pandas)."""
        return frame(self._table())

    @final
    def table(self) -> list[dict[str, Any]]:
        """Return the table without pandas: a mapping for every line."""
        columns, lines = self._table()
        return [{column: line[column] for column in columns if column in line} for line in lines]

    @final
    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON; what is not a finite number is "nan", "inf" or "-inf"."""
        more = {name: plain(getattr(self, name), self.forms) for name in self.also}
        return {"schema": self.schema} | fields_of(self, self.forms) | more

    @final
    def json(self) -> str:
        """Return the JSON text of `to_dict`, with a checksum of every field."""
        return json_text(sealed(self.to_dict()))

    def mark(self) -> str:
        """Return what a file of this answer is known by: a file with the same mark may be replaced by it."""
        return f"answer {identity(self.to_dict())}"

    @final
    def save(self, path: str | Path, *, force: bool = False) -> Path:
        """Write .json (which `load` reads), .csv, .parquet, .html, .md, .png or .svg, by the ending of `path`.

        Of rows on a grid also .nc (netCDF) and .zarr, a folder: labeled arrays (extra `arrays`), with a group for each
        case where cases have other axes. What is there is replaced if it answers the same (its mark says so), or with
        force=True.
        """
        target = Path(path)
        if target.suffix not in FORMATS:
            *endings, last = FORMATS
            mend = f"end the name in {', '.join(endings)} or {last}"
            raise Problem(str(target), f"no such format: {target.suffix!r}", mend)
        Mark(self.mark(), force=force).leave(target, FORMATS[target.suffix](self))
        return target

    @final
    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `save("....json")` wrote; another schema, and what was edited or damaged, are refused by name.

        A file without a checksum, of an older version, is read with a warning: edits of it cannot be seen.
        """
        where, name = Path(path), cls.schema.split("/")[0].replace("_", " ")
        what = f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
        data = read_json(where, cls.schema, what)
        whole = check_seal(where, data, [*(each.name for each in data_fields(cls)), *cls.also, *cls.besides])
        try:
            made = cls(**parts(cls, data, cls.forms))
        except (KeyError, TypeError, ValueError) as error:
            said = f"no {error}" if isinstance(error, KeyError) else str(error)
            raise Problem(str(where), f"not whole: {said}", f"save {what} again, or compute it again") from error
        if not whole:
            warn_damaged(
                where, "has no checksum (an older version wrote none), so edits cannot be seen; it is read as it is"
            )
        return made


class Drawn(Answer):
    """An answer with a curve."""

    @abstractmethod
    def panels(self) -> list[Panel]:
        """Return what its picture shows; `plot` draws the first."""

    @final
    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the curve on matplotlib axes, with a key on them, or on a new figure; return the axes."""
        first = self.panels()[0]
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots(layout="constrained")[1]
            name_directly(ax, first, draw_panel(ax, first))
            return ax
        handles, names = draw_panel(ax, first)
        ax.legend(handles, names, frameon=False, fontsize=8)
        return ax


def shown(table: Frame, title: str, note: str, *, folded: bool = False) -> Table:
    """Return a table for a page: numbers short, what is absent empty."""
    columns, lines = table
    cells = [[_cell(column, line.get(column)) for column in columns] for line in lines]
    words = [i for i, column in enumerate(columns) if any(isinstance(line.get(column), str) for line in lines)]
    return Table(title, note, columns, cells, folded=folded, texts=words)


def _cell(column: str, value: Any) -> str:
    if value is None:
        return ""
    return str(value) if column == "generation" else short(value, 4)


def _short_table(table: Table) -> str:
    left = len(table.lines) - MOST_LINES
    head = "".join(f"<th>{_html(column)}</th>" for column in table.columns)
    lines = ["".join(f"<td>{_html(cell)}</td>" for cell in line) for line in table.lines[:MOST_LINES]]
    body = "\n".join(f"<tr>{line}</tr>" for line in (head, *lines))
    more = f"<p>… {left:,} more lines; the page and the .csv file have them.</p>" if left > 0 else ""
    scroll = '<div style="overflow-x: auto; white-space: nowrap">'
    return f"{scroll}<table>\n{body}\n</table></div>\n{more}<p>{_html(table.note)}</p>"


def _picture(kind: Format) -> Callable[[Answer], bytes]:
    def drawn(answer: Answer) -> bytes:
        figures = answer.page().figures
        if not figures:
            raise Problem(f".{kind}", f"{type(answer).__name__} has no curve to draw", "save .html, .md, .csv or .json")
        return draw(figures[0].panels, columns=figures[0].columns, formats=(kind,))[kind]

    return drawn


FORMATS: Mapping[str, Callable[[Answer], Content]] = {
    ".json": Answer.json,
    ".csv": lambda answer: as_csv(answer._table()),
    ".parquet": lambda answer: as_parquet(answer._table()),
    ".html": lambda answer: render(answer.page()),
    ".md": lambda answer: as_markdown(answer.page()),
    ".png": _picture("png"),
    ".svg": _picture("svg"),
    ".nc": lambda answer: as_netcdf(answer.arrays()),
    ".zarr": lambda answer: as_zarr(answer.arrays()),
}
"""How a file holds an answer, by its ending."""
