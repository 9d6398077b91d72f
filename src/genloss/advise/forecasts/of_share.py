"""What follows for a pool of which only an interval of the synthetic share is known? A range, from end to end.

A pool of n rows of which a model made a share is what generation 1 trains on where generation 0 was fitted to n real
rows. If later pools have that share, too, so do later generations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import numpy as np

from genloss.advise.forecasts.result import Forecast
from genloss.audit.share import SyntheticShare
from genloss.errors import Problem, is_from, shown
from genloss.identity import identity
from genloss.report import Curve, Figure, Page, Panel
from genloss.report.numbers import short
from genloss.results.answer import Drawn
from genloss.results.answer import shown as as_table
from genloss.results.page import sentence
from genloss.results.store import Table as Frame
from genloss.workflows import WorkflowLike

T = TypeVar("T")
Share = SyntheticShare | float | Sequence[float]
"""What `genloss.audit.synthetic_share` says, a number from 0 to 1, or the two ends of an interval."""


def workflow_of_share(share: float, rows: int) -> WorkflowLike:
    """Return the workflow in which every pool of `rows` has this share of the newest model's rows, the rest new real.

    In words that the command line takes, too; pools without any made row have no name, and are a table of rules.

    >>> workflow_of_share(0.3, 200), workflow_of_share(1.0, 200)
    ('fresh_real rows=[200,140] synthetic_rows=60', 'replace rows=200')
    """
    if isinstance(share, bool) or not is_from(share, 0, 1):
        raise Problem("share", shown(share), "give a share from 0 to 1, e.g. 0.3")
    if isinstance(rows, bool) or not isinstance(rows, int | np.integer) or rows < 1:
        raise Problem("rows", shown(rows), "give how many rows the pool has")
    made = round(share * rows)
    if made == 0:
        every = {"tag": "real", "from": "real", "rows": int(rows), "at": "every"}
        return {"emit": [every], "train": [{"select": {"fresh": True}}]}
    if made == rows:
        return f"replace rows={rows}"
    return f"fresh_real rows=[{rows},{rows - made}] synthetic_rows={made}"


def shares_of(share: Share) -> tuple[float, ...]:
    """Return the two ends of an interval and its middle, ascending; of one number only that.

    Errors: `Problem` where no share is believed, and for what is no interval.

    >>> shares_of((0.1, 0.4))
    (0.1, 0.25, 0.4)
    """
    if isinstance(share, SyntheticShare):
        if share.low is None or share.high is None:
            found = "no share is believed of this pool, so it is no mixture of real rows and of this generator's"
            raise Problem("share", found, "give a share, or the ends of an interval, of your own: (0.1, 0.4)")
        share = share.low, share.high
    ends = [share] if isinstance(share, int | float) else list(share)
    if not 1 <= len(ends) <= 2 or any(isinstance(end, bool) or not is_from(end, 0, 1) for end in ends):
        raise Problem("share", shown(share), "give a share from 0 to 1, or the two ends of an interval: (0.1, 0.4)")
    low, high = min(ends), max(ends)
    return (float(low),) if low == high else (float(low), float(low + high) / 2, float(high))


def over_share(ask: Callable[[WorkflowLike], T], share: Share, *, rows: int) -> dict[float, T]:
    """Ask the same of the workflow of each end of an interval and of its middle; return the answers by share.

    ask: any question about a workflow: a forecast, a penalty to keep, a comparison. rows: of a pool.

    >>> over_share(lambda workflow: str(workflow), (0.25, 0.75), rows=4)[0.5]
    'fresh_real rows=[4,2] synthetic_rows=2'
    """
    return {each: ask(workflow_of_share(each, rows)) for each in shares_of(share)}


def forecast_share(
    estimator: Any, X: Any, y: Any, share: Share, *, generations: int = 1, rows: int | None = None, **more: Any
) -> ShareForecast:
    """Forecast what a model loses that trains on pools of which a share is synthetic, where that is an interval.

    X, y: real rows and labels, which generation 0 is fitted to. share: what `genloss.audit.synthetic_share` says of a
    pool, or a number, or two. rows: of a pool; default as many as X has. generations: the last one; 1 is the model that
    trains on the pool, later ones train on later pools of the same share. more: as `genloss.forecast` takes them.

    Returns the risk of each generation at both ends and in the middle. All have the same random numbers. Status:
    simulation; a range over shares and no band, which each forecast has of its own.

    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(100, 3))
    >>> y = X.sum(axis=1) + rng.normal(size=100)
    >>> found = forecast_share("least_squares", X, y, (0.2, 0.8), replicates=100)
    >>> bool(found.low[1] < found.high[1])
    True
    """
    from genloss.advise.forecasts.from_rows import forecast

    if "workflow" in more:
        raise Problem(
            "workflow",
            "is given with share, and both say which rows are trained on",
            "leave it out, or call genloss.forecast with a workflow alone",
        )
    count = len(X) if rows is None else rows
    found = over_share(
        lambda workflow: forecast(estimator, X, y, workflow=workflow, generations=generations, **more),
        share,
        rows=count,
    )
    return of_forecasts(found, rows=count)


def of_forecasts(found: Mapping[float, Forecast], *, rows: int) -> ShareForecast:
    """Put forecasts by share side by side."""
    every = [found[share] for share in sorted(found)]
    return ShareForecast(
        shares=tuple(sorted(found)),
        rows=rows,
        risk=tuple(tuple(float(each) for each in one.risk) for one in every),
        standard_error=tuple(tuple(float(each) for each in one.standard_error) for one in every),
        band=tuple(tuple((float(a), float(b)) for a, b in zip(one.low, one.high, strict=True)) for one in every),
        unit=every[0].unit,
        target=every[0].target,
        asked=tuple((name, said) for name, said in every[0].asked if name != "workflow"),
    )


@dataclass(frozen=True, repr=False, eq=False)
class ShareForecast(Drawn):
    """Risk by generation at each share of pools; shares ascend. risk, standard_error: by share and generation.

    band: of each, within which 95 % of paths are. rows: of a pool. asked: of the forecasts, in words.
    """

    schema: ClassVar[str] = "share-forecast/1"

    shares: tuple[float, ...]
    rows: int
    risk: tuple[tuple[float, ...], ...]
    standard_error: tuple[tuple[float, ...], ...]
    band: tuple[tuple[tuple[float, float], ...], ...]
    unit: str
    target: str
    asked: tuple[tuple[str, str], ...]

    @property
    def low(self) -> tuple[float, ...]:
        """The least risk over the shares, by generation."""
        return tuple(min(risks) for risks in zip(*self.risk, strict=True))

    @property
    def high(self) -> tuple[float, ...]:
        """The largest risk over the shares, by generation."""
        return tuple(max(risks) for risks in zip(*self.risk, strict=True))

    def mark(self) -> str:
        """Return what its files are known by."""
        return f"share forecast {identity([self.shares, self.rows, self.asked])}"

    def panels(self) -> list[Panel]:
        """Return the risk by generation, a line for each share."""
        last = max(1, len(self.shares) - 1)
        curves = tuple(
            Curve(f"share {short(share)}", place / last, line_x=tuple(range(len(risk))), line_y=risk)
            for place, (share, risk) in enumerate(zip(self.shares, self.risk, strict=True))
        )
        return [Panel("Risk by generation", "generation", f"risk ({self.unit})", curves, x_whole=True)]

    def page(self) -> Page:
        """Return a page with the picture and the numbers."""
        caption = "Means of all paths; a line for each end of the interval of shares, and one for its middle."
        return Page(
            title="What follows from a pool of which a share is synthetic?",
            subtitle=f"pools of {self.rows:,} rows; shares {', '.join(map(short, self.shares))}",
            answer=list(self._sentences()),
            figures=[Figure("Risk by generation", caption, self.panels(), 1)],
            tables=[as_table(self._table(), "Risk by share and generation", "low, high: 95 % of paths.")],
            notes=[sentence(note) for note in _NOTES],
        )

    def _lines(self) -> Sequence[str]:
        return [f"shares {', '.join(map(short, self.shares))}", *self._sentences()]

    def _sentences(self) -> Sequence[str]:
        last = len(self.low) - 1
        least, most = self.low[last], self.high[last]
        told = f"risk of generation {last}: {short(least)} to {short(most)} {self.unit}"
        if len(self.shares) == 1:
            told = f"risk of generation {last}: {short(most)} {self.unit}"
        at = [(share, risk[last] / risk[0]) for share, risk in zip(self.shares, self.risk, strict=True)]
        times = ", ".join(f"{short(ratio)} at a share of {short(share)}" for share, ratio in at)
        return [sentence(each) for each in (told, f"times that of generation 0: {times}", *_NOTES)]

    def _table(self) -> Frame:
        columns = ["share", "generation", "risk", "standard_error", "low", "high", "times"]
        lines = [
            {
                "share": share, "generation": g, "risk": risk, "standard_error": error, "low": ends[0],
                "high": ends[1], "times": risk / risks[0],
            }
            for share, risks, errors, bands in zip(
                self.shares, self.risk, self.standard_error, self.band, strict=True
            )
            for g, (risk, error, ends) in enumerate(zip(risks, errors, bands, strict=True))
        ]  # fmt: skip
        return columns, lines


_NOTES = (
    "generation 0 is fitted to real rows alone, and generation 1 to a pool of as many rows of which generation 0 made "
    "the share; later ones to later pools with that share",
    "by simulation; the range is over the share, and each forecast has a band of its own beside it",
)
