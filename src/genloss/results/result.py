"""What does a run leave behind? Rows, the study they answer, and what could not be answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from genloss.errors import Problem
from genloss.report import Page
from genloss.results import page, summary
from genloss.results.answer import Answer
from genloss.results.array_files import Groups
from genloss.results.differences import first_difference
from genloss.results.marks import studies_mark
from genloss.results.plain import CAME_LATER
from genloss.results.pooling import merge_rows, pool
from genloss.results.row import Row, columns_of
from genloss.results.select import selected
from genloss.results.store import Table

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes


@dataclass(frozen=True, repr=False, eq=False)
class Result(Answer):
    """Labeled rows of theory and simulation for one study.

    study: the resolved study; once pooled, with `pooled` (seed and replicates of every run) in
    place of `seed`. rows: all numbers. gaps: "no theory for ... because ...", in words.
    There are no time stamps inside: the same study, seed and versions give the same bytes.
    `to_frame` has one line per row; axes and quantiles are columns. beside: rows that compare:
    differences between cells replicate by replicate, and real rows beside real rows.
    """

    study: Mapping[str, Any]
    rows: tuple[Row, ...]
    gaps: tuple[str, ...] = field(default=())
    beside: tuple[Row, ...] = field(default=(), metadata=CAME_LATER)

    schema = "result/1"
    besides = ("claims",)

    def mark(self) -> str:
        """Return the mark of its study; of rows that name none, that of the rows."""
        studies = list(dict.fromkeys(row.study for row in self.rows if row.study))
        return studies_mark(studies) if studies else super().mark()

    def __add__(self, other: Result) -> Result:
        return self.pooled(other) if isinstance(other, Result) else NotImplemented

    def __radd__(self, other: object) -> Result:
        return self if other == 0 and not isinstance(other, Result) else NotImplemented  # sum(results) starts at 0

    def pooled(self, other: Result) -> Result:
        """Pool with runs of the same study that used other seeds: `one + other`, or `sum(results)`.

        Replicates add; means and standard errors are those of all replicates together. Quantiles
        cannot be pooled and are dropped, unless both rows have the same. Theory must be the same in
        both and is kept once. A row in one result only is kept as it is. Engines and versions may
        differ; rows name all of them. A seed in both, or a study that differs in more than seed,
        replicates and question, is refused with the reason.
        """
        return Result(*pool((self.study, self.rows, self.gaps), (other.study, other.rows, other.gaps)))

    def merged(self, other: Result) -> Result:
        """Add the rows of another result of the same study; a row in both is kept once."""
        difference = first_difference(self.study, other.study)
        if difference:
            raise Problem(
                "Result",
                f"the two results answer different studies: {difference}",
                "merge results of one study only; `+` pools runs that differ in seed",
            )
        gaps = tuple(dict.fromkeys(self.gaps + other.gaps))
        beside = merge_rows(self.beside, other.beside)
        return Result(self.study, merge_rows(self.rows, other.rows), gaps, beside)

    def select(self, **labels: Any) -> Result:
        """Return the rows with these labels, e.g. `select(case="power law", generation=3)`.

        An axis goes by its full name, `select(**{"predictor.rows": 100})`, or by its last word where
        only one axis ends so; other labels: case, metric, generation, method, status, engine.
        """
        return Result(self.study, selected(self.rows, labels), self.gaps, self.beside)

    def to_xarray(self) -> xarray.Dataset:
        """Return labeled arrays: case, axes, generation, metric and `by` are dimensions (extra `arrays`).

        `by` is theory or simulation, the column `method` of a table: `sel(method=...)` of xarray means something else.
        """
        from genloss.results.arrays import to_dataset

        return to_dataset(self.study, self.rows)

    def arrays(self) -> Groups:
        """Return labeled arrays as a file has them: under "", or of each case under its name (extra `arrays`)."""
        from genloss.results.arrays import by_case

        return by_case(self.study, self.rows)

    def plot(
        self, ax: Axes | None = None, *, metric: str | None = None, x: str | None = None, case: str | None = None
    ) -> Axes:
        """Draw theory as lines and simulation as points with 95 % error bars; return the axes.

        ax: matplotlib axes; default a new figure. metric: default the first. x: "generation" or an
        axis; default the generation, or the longest axis of a single generation. case: default all,
        if they are at most seven. One curve for every combination of the other labels, at most
        seven, evenly spaced; the title says how many there are. `select` chooses others.
        """
        from genloss.results.plotting import plot

        return plot(self.rows, ax, metric=metric, x=x, case=case)

    def page(self) -> Page:
        """Return the page of a result alone; `genloss.run` leaves that of its study."""
        return page.page_of(self.study, self.rows, self.gaps, self.beside)

    def _lines(self) -> Sequence[str]:
        return summary.described(self.study, self.rows, self.gaps)

    def _sentences(self) -> Sequence[str]:
        return page.sentences(self.study, self.rows, self.gaps)

    def _table(self) -> Table:
        return columns_of(self.rows), [row.flat() for row in self.rows]
