"""What a forecast says: a risk curve with two bands, until when it holds, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genloss.advise.forecasts.worlds import Assumption
from genloss.advise.forecasts.worlds.protocol import Array
from genloss.report import Curve, Figure, Page, Panel, Table
from genloss.results.answer import Drawn, shown
from genloss.results.store import Table as Columns
from genloss.version import __version__

_CURVES = ("risk", "standard_error", "median", "low", "high", "truth_low", "truth_high", "run_low", "run_high")
_ALL = "The mean of all paths and the ends of their band, everything counted; n is the generation."
_APART = " Below, what is unknown of the truth and what differs from run to run, each alone."
_NUMBERS = (
    "low, high: 95 % of paths. truth_low, truth_high: 95 % of the truths that are believed; more real rows narrow it. "
    "run_low, run_high: 95 % of runs about the level of their truth; no rows narrow it. worse: share of paths that "
    "do worse than the plain model. ended: share of paths without an estimate."
)
_STATES: Mapping[str, str] = {
    "failed": "Checked, and it does not hold",
    "unknown": "Not known",
    "checked": "Checked, and it holds",
}


@dataclass(frozen=True, repr=False, eq=False)
class Forecast(Drawn):
    """Risk by generation, in units of `unit`; arrays (generations + 1,), not a number beyond `exists_until`.

    risk, standard_error: the mean over all paths. median. low, high: 95 % of paths, everything counted. truth_low,
    truth_high: 95 % of the truths that are believed, each at the mean of its runs: what more real rows would narrow.
    run_low, run_high: 95 % of runs about the level of their truth, in ratios: what no number of rows narrows.
    plain_risk: of predicting the mean (`plain` says which model that is), plain_error its standard error. worse: share
    of paths that do worse than that. horizon: the last generation up to which at most half of the paths do worse than
    the plain model; None: it does not end within the generations asked; -1: it fails already at generation 0. ended:
    share of paths whose estimate does not exist in this generation or one before; they stay at the last that did.
    exists_until: the last generation with at most 2.5 % of them; None: all; -1: none. theory: first-order mean, where
    there is one. assumptions: what this rests on. replicates: paths drawn. asked: estimator, rows, workflow, seed,
    in words.
    """

    risk: Array
    standard_error: Array
    median: Array
    low: Array
    high: Array
    truth_low: Array
    truth_high: Array
    run_low: Array
    run_high: Array
    ended: Array
    worse: Array
    plain_risk: float
    plain_error: float
    plain: str
    unit: str
    horizon: int | None
    exists_until: int | None
    missing: str
    assumptions: tuple[Assumption, ...]
    replicates: int
    theory: Array | None = None
    asked: tuple[tuple[str, str], ...] = ()

    schema = "forecast/3"
    also = ("status",)

    @property
    def status(self) -> str:
        """Where the numbers come from."""
        return "simulation"

    @property
    def last(self) -> int:
        """The last generation that is forecast; -1 where none is."""
        return self.risk.size - 1 if self.exists_until is None else self.exists_until

    def call(self) -> str:
        """Return the call that made this."""
        return (
            "genloss.forecast(" + ", ".join(f"{name}={value}" for name, value in self.asked if name != "penalty") + ")"
        )

    def answer(self) -> list[str]:
        """Say the risk, and until when it is known and bearable."""
        last = self.last
        lines = []
        if last >= 0:
            lines.append(
                f"The risk is {self.risk[0]:.3g} in generation 0 and {self.risk[last]:.3g} ± "
                f"{self.standard_error[last]:.2g} (standard error) in generation {last}, where 95 % of paths lie "
                f"between {self.low[last]:.3g} and {self.high[last]:.3g}."
            )
            if np.isfinite(self.plain_risk):
                error = f" ± {self.plain_error:.2g}" if self.plain_error > 0 else ""
                lines.append(f"Predicting {self.plain} has risk {self.plain_risk:.3g}{error}.")
        if self.exists_until is not None:
            beyond = f"There is no forecast beyond generation {last}" if last >= 0 else "There is no forecast at all"
            lines.append(
                f"{beyond}: by generation {last + 1} {100 * self.ended[last + 1]:.1f} % of paths have no estimate "
                f"(they stay at their last): {self.missing}."
            )
        return [*lines, *self._bearable()]

    def _bearable(self) -> list[str]:
        """Say until when the model does better than the plain one."""
        last = self.last
        if last < 0 or not np.isfinite(self.plain_risk):
            return []
        if self.horizon is None:
            most = f"{100 * self.worse[: last + 1].max():.0f} %"
            return [f"Up to generation {last} at most {most} of paths do worse than predicting {self.plain}."]
        first = self.horizon + 1
        until = f"only up to generation {self.horizon}" if first else "in no generation"
        then = f", in generation {last} {self._worse(last)}" if last > first else ""
        return [
            f"The model is better than predicting {self.plain} {until}: in generation {first} {self._worse(first)} of "
            f"paths do worse{then}."
        ]

    def _worse(self, generation: int) -> str:
        share = float(self.worse[generation])
        error = np.sqrt(max(share * (1 - share), 1e-4) / self.replicates)
        return f"{100 * share:.0f} % (± {100 * error:.0f} %)"

    def panels(self) -> list[Panel]:
        """Draw the mean with the ends of the band of all paths; beside it the two bands apart."""
        x = np.flatnonzero(np.isfinite(self.risk)).tolist()

        def line(name: str, tone: float, values: Array) -> Curve:
            return Curve(name, tone, x, values[x].tolist())

        error = (1.96 * self.standard_error[x]).tolist()
        risk = self.risk[x].tolist()
        curves = [
            Curve("mean; bars: 1.96 standard errors", 1.0, x, risk, x, risk, error),
            line("95 % of paths, lower end", 0.4, self.low),
            line("95 % of paths, upper end", 0.0, self.high),
        ]
        if np.isfinite(self.plain_risk):
            curves.append(line(f"predicting {self.plain}", 0.7, np.full(self.risk.size, self.plain_risk)))
        label = f"risk ({self.unit})"
        if self.theory is not None:
            curves.append(line("first order", 0.85, self.theory))
            return [_panel("all paths", label, curves)]
        apart = [
            line("truth not known, lower end: more rows narrow it", 0.9, self.truth_low),
            line("truth not known, upper end", 0.7, self.truth_high),
            line("run to run, lower end: no rows narrow it", 0.3, self.run_low),
            line("run to run, upper end", 0.0, self.run_high),
        ]
        return [_panel("all paths", label, curves), _panel("two bands, 95 % each", label, apart)]

    def page(self) -> Page:
        """Return the page: the answer, the curve, all numbers, what they rest on."""
        panels = self.panels()
        columns, lines = self._table()
        known = [line for line in lines if np.isfinite(line["risk"])]
        return Page(
            title="What will the model lose if its own labels teach it?",
            subtitle=f"Risk: {self.unit}. " + ", ".join(f"{name} {value}" for name, value in self.asked),
            answer=self.answer(),
            figures=[Figure("Risk by generation", _ALL + _APART * (len(panels) > 1), panels)] if known else [],
            tables=[
                self._assumptions(),
                shown((columns, known), "All numbers", f"{self.unit}; {_NUMBERS}", folded=True),
            ],
            notes=[f"{a.name}: {a.found}." for a in self.assumptions if a.state == "failed"],
            words=[f"{name}: {value}" for name, value in self.asked],
            spec=self.call(),
            spec_title="The call",
            facts=[("genloss", __version__), ("numpy", np.__version__)],
        )

    def _assumptions(self) -> Table:
        lines = [(a.name, _STATES[a.state].lower(), a.found) for a in self._ordered()]
        return Table("What this rests on", "", ["assumption", "state", "found"], lines, texts=(0, 1, 2))

    def _ordered(self) -> list[Assumption]:
        return [a for state in _STATES for a in self.assumptions if a.state == state]

    def _lines(self) -> Sequence[str]:
        failed = [a.name for a in self.assumptions if a.state == "failed"]
        return [
            f"{self.risk.size} generations, {self.replicates} paths",
            *self.answer(),
            f"Assumptions that do not hold: {'; '.join(failed)}." if failed else "",
        ]

    def _sentences(self) -> Sequence[str]:
        rests = f"These are means of {self.replicates} simulated paths, as good as what they rest on:"
        return [
            f"Risk: {self.unit}.",
            *(f"Penalty: {value}." for name, value in self.asked if name == "penalty"),
            *self.answer(),
            rests,
            *(f"{_STATES[a.state]}: {a.name} ({a.found})." for a in self._ordered()),
        ]

    def _table(self) -> Columns:
        names = (*_CURVES, "worse", "ended", *(() if self.theory is None else ("theory",)))
        lines = [
            {"generation": g} | {name: float(getattr(self, name)[g]) for name in names} for g in range(self.risk.size)
        ]
        return ["generation", *names], lines


def _panel(title: str, label: str, curves: list[Curve]) -> Panel:
    values = [y for curve in curves for y in curve.line_y]
    wide = bool(values) and max(values) > 3 * min(values) > 0
    return Panel(title, "generation n", label, tuple(curves), x_whole=True, y_log=wide)
