"""What a forecast says: a risk curve with two bands, until when it holds, and what it rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from genloss.advise.forecasts.basis import Basis
from genloss.advise.forecasts.decision import (
    axis,
    capital,
    growth,
    joined,
    relative,
    risk_words,
    safe,
    share,
    tail,
    truths_safe,
    worst_share,
)
from genloss.advise.forecasts.drawing import FEWEST, apart, main_panel, panel, silence
from genloss.advise.forecasts.worlds import Assumption
from genloss.advise.forecasts.worlds.protocol import Array
from genloss.report import Band, Figure, Page, Panel, Table, short, with_error
from genloss.results.answer import Drawn, shown
from genloss.results.plain import NO_DATA
from genloss.results.store import Table as Columns
from genloss.version import __version__

_CURVES = ("risk", "standard_error", "median", "low", "high", "truth_low", "truth_high", "run_low", "run_high")
_ALL = "The mean of all paths in the shade of 95 % of them, everything counted; n is the generation."
_SAID = ("penalty", "read")  # asked, in words: no arguments of the call
_NUMBERS = (
    "times: risk over that of generation 0. of_plain: risk over that of the plain model. low, high: 95 % of paths. "
    "truth_low, truth_high: 95 % of the truths that are believed; more real rows narrow it. "
    "run_low, run_high: 95 % of runs about the level of their truth; no rows narrow it. worse: share of paths that "
    "do worse than the plain model. ended: share of paths without an estimate."
)
_BEGIN = {
    "own_rows": "Generation 0 is fitted to the very rows that were given (begin: own_rows). What happens to a table "
    "like yours, drawn anew, is another question (begin: new_rows).",
    "new_rows": "Generation 0 is fitted to rows drawn anew, as many as the workflow says (begin: new_rows): this is "
    "about a table like yours. Of your very rows ask begin: own_rows.",
}
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
    the plain model; None: it does not end within the generations asked; -1: it fails already at generation 0.
    horizon_low, horizon_high: 95 % of the horizons of the truths that are believed, and horizon_beyond the share of
    truths whose horizon does not end within the generations asked. ended:
    share of paths whose estimate does not exist in this generation or one before; they stay at the last that did.
    exists_until: the last generation with at most 2.5 % of them; None: all; -1: none. theory: first-order mean, where
    there is one. assumptions: what this rests on. replicates: paths drawn. asked: estimator, rows, workflow, seed,
    in words. target: the name of what is predicted, "" if it has none. advice: sentences on what to do, which
    `genloss.advise.advised` adds. begin: "own_rows" or "new_rows", what generation 0 is fitted to. basis: what it was
    made from; no part of its data, so that one that was loaded has none.
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
    horizon_low: int | None
    horizon_high: int | None
    horizon_beyond: float
    exists_until: int | None
    missing: str
    assumptions: tuple[Assumption, ...]
    replicates: int
    theory: Array | None = None
    asked: tuple[tuple[str, str], ...] = ()
    target: str = ""
    advice: tuple[str, ...] = ()
    begin: str = "own_rows"
    basis: Basis | None = field(default=None, metadata=NO_DATA)

    schema = "forecast/4"
    also = ("status",)

    @property
    def status(self) -> str:
        """Where the numbers come from."""
        return "simulation"

    @property
    def times(self) -> Array:
        """The mean risk over that of generation 0, (generations + 1,)."""
        return np.asarray(self.risk / self.risk[0])

    @property
    def of_plain(self) -> Array:
        """The mean risk over that of the plain model, (generations + 1,)."""
        return np.asarray(self.risk / self.plain_risk)

    @property
    def last(self) -> int:
        """The last generation that is forecast; -1 where none is."""
        return self.risk.size - 1 if self.exists_until is None else self.exists_until

    def call(self) -> str:
        """Return the call that made this."""
        return (
            "genloss.forecast(" + ", ".join(f"{name}={value}" for name, value in self.asked if name not in _SAID) + ")"
        )

    def answer(self) -> list[str]:
        """Say until when it is safe, what is lost beside what, and until when it is known; the first decides."""
        last = self.last
        if last < 0:
            return [self._unknown("There is no forecast at all", 0)]
        plain = self._plain
        compared, apart = np.isfinite(self.plain_risk), self.theory is None
        loss = relative(self.risk, self.standard_error, self.plain_risk, plain, last)
        lines = [
            joined([safe(self.horizon, last, self.workflow, plain), loss])
            if compared
            else f"{capital(loss)}." * bool(loss),
            f"The mean risk is {short(self.risk[0])} in generation 0 and {self._mean(last)} (standard error) in "
            f"generation {last}, where 95 % of paths lie between {short(self.low[last])} and {short(self.high[last])}."
            + (f" {capital(plain)} has {self._plain_value()}." if compared else ""),
            tail(float(self.risk[last]), float(self.median[last]), self.plain_risk, last) if compared else "",
            growth(self.risk, last) if last else "",
            worst_share(self.worse[: last + 1], self.replicates, plain) if compared else "",
            self._after() if compared and self.horizon is not None else "",
            truths_safe(self.horizon_low, self.horizon_high, self.horizon_beyond, last) if compared and apart else "",
            _BEGIN[self.begin] if apart else "",
        ]
        if self.exists_until is not None:
            lines.append(self._unknown(f"There is no forecast beyond generation {last}", last + 1))
        return [line for line in (*lines, *self.advice) if line]

    @property
    def workflow(self) -> str:
        """The workflow in words."""
        return dict(self.asked).get("workflow", "this workflow")

    @property
    def _plain(self) -> str:
        return f"predicting {self.plain}"

    def _mean(self, generation: int) -> str:
        return with_error(float(self.risk[generation]), float(self.standard_error[generation]))

    def _plain_value(self) -> str:
        return with_error(self.plain_risk, self.plain_error) if self.plain_error > 0 else short(self.plain_risk)

    def _after(self) -> str:
        """Say which share of paths does worse in the first generation that is not safe, and in the last."""
        assert self.horizon is not None
        first, last = self.horizon + 1, self.last
        then = f", in generation {last} {self._worse(last)}" if last > first else ""
        return f"In generation {first} {self._worse(first)} of paths do worse than {self._plain}{then}."

    def _worse(self, generation: int) -> str:
        return share(float(self.worse[generation]), self.replicates)

    def _unknown(self, beyond: str, first: int) -> str:
        return (
            f"{beyond}: by generation {first} {100 * self.ended[first]:.1f} % of paths have no estimate "
            f"(they stay at their last): {self.missing}."
        )

    @property
    def means(self) -> str:
        """What risk is, of which column, in which unit."""
        return risk_words(self.unit, self.target)

    @property
    def _axis(self) -> str:
        return axis(self.unit, self.target)

    def panels(self) -> list[Panel]:
        """Draw the mean in the shade of all paths; the two partial bands below where they say something."""
        plain = (self._plain, self.plain_risk)
        first = main_panel(self._axis, self.risk, (self.low, self.high), self.replicates, plain, self.theory)
        bands, _ = self._apart()
        return [first, panel("95 % each, apart", self._axis, [], bands)] if bands else [first]

    def _apart(self) -> tuple[list[Band], str]:
        """The partial bands that are worth a panel, and what to say of them; none where only one kind is known."""
        if self.theory is not None or self.last < 0 or self.replicates < FEWEST:
            return [], ""
        known = slice(self.last + 1)
        truth, run = (self.truth_low[known], self.truth_high[known]), (self.run_low[known], self.run_high[known])
        return apart(truth, run, self.replicates)

    def _caption(self) -> str:
        """Say what is drawn, and why what is not drawn is not."""
        known = slice(self.last + 1)
        missing = silence(self.low[known], self.high[known], self.replicates, "paths")
        return " ".join(part for part in (_ALL, missing, self._apart()[1]) if part)

    def page(self) -> Page:
        """Return the page: the answer, the curve, all numbers, what they rest on."""
        panels = self.panels()
        columns, lines = self._table()
        known = [line for line in lines if np.isfinite(line["risk"])]
        return Page(
            title="What will the model lose if its own labels teach it?",
            subtitle=f"Risk: {self.means}. " + ", ".join(f"{name} {value}" for name, value in self.asked),
            answer=[*self.answer(), *self._elsewhere()],
            figures=[Figure("Risk by generation", self._caption(), panels)] if known else [],
            tables=[
                self._assumptions(),
                shown((columns, known), "All numbers", f"{capital(self.means)}. {_NUMBERS}", folded=True),
            ],
            notes=[f"{a.name}: {a.found}." for a in self.assumptions if a.state == "failed"],
            words=[f"{name}: {value}" for name, value in self.asked],
            spec=self.call(),
            spec_title="The call",
            facts=[("genloss", __version__), ("numpy", np.__version__)],
        )

    def _elsewhere(self) -> list[str]:
        """Say where to ask for what a forecast does not say, for models that theory covers."""
        if self.advice or self.basis is None or self.basis.kind != "linear":
            return []
        if self.basis.entities or self.basis.later:
            return []
        return [
            "Which penalty to keep, and what one more real row is worth: genloss.advise.advised(forecast) says both, "
            "penalty_to_keep and worth_of_real_row give the numbers."
        ]

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
            f"Risk: {self.means}.",
            *(f"{name.capitalize()}: {value}." for name, value in self.asked if name in _SAID),
            *self.answer(),
            rests,
            *(f"{_STATES[a.state]}: {a.name} ({a.found})." for a in self._ordered()),
        ]

    def _table(self) -> Columns:
        beside = ["times", *(["of_plain"] if np.isfinite(self.plain_risk) else [])]
        names = (*_CURVES, "worse", "ended", *(() if self.theory is None else ("theory",)))
        lines = [
            {"generation": g} | {name: float(getattr(self, name)[g]) for name in (*names, *beside)}
            for g in range(self.risk.size)
        ]
        return ["generation", *names, *beside], lines
