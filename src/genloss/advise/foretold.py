"""What a forecast says: a risk curve with two bands, until when it holds, and what it rests on."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from genloss.advise.worlds import Assumption, World, looked
from genloss.advise.worlds.protocol import Array
from genloss.report import Curve, Panel

_UNSURE = 0.6
GONE = 0.025  # share of paths without an estimate, beyond which the 95 % band has no upper end


@dataclass(frozen=True)
class Forecast:
    """Risk by generation, in units of `unit`; arrays (generations + 1,), not a number beyond `exists_until`.

    risk, standard_error: the mean over all paths. median. low, high: 95 % of paths, everything counted. truth_low,
    truth_high: 95 % of the truths that are believed, each at the mean of its runs: what more real rows would narrow.
    run_low, run_high: 95 % of runs about the mean of their truth: what no number of rows narrows. plain_risk: of
    predicting the mean (`plain` says which model that is). horizon: the last generation in which at least half of the
    paths beat that; None: all; -1: none. ended: share of paths whose estimate does not exist in this generation or
    one before; they stay at the last that did. exists_until: the last generation with at most 2.5 % of them; None:
    all. theory: first-order mean, where there is one. assumptions: what this rests on. paths: how many were drawn.
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
    plain_risk: float
    plain: str
    unit: str
    horizon: int | None
    exists_until: int | None
    missing: str
    assumptions: tuple[Assumption, ...]
    paths: int
    theory: Array | None = None

    def table(self) -> list[dict[str, float]]:
        """Return a row for every generation."""
        names = ("risk", "standard_error", "median", "low", "high", "truth_low", "truth_high", "run_low", "run_high")
        names = (*names, "ended", *(() if self.theory is None else ("theory",)))
        return [
            {"generation": g} | {name: float(getattr(self, name)[g]) for name in names} for g in range(self.risk.size)
        ]

    def words(self) -> list[str]:
        """Say the answer, the horizon, and what is not known."""
        last = self.risk.size - 1 if self.exists_until is None else self.exists_until
        lines = []
        if last >= 0:
            than = f"; predicting {self.plain} has {self.plain_risk:.3g}" if np.isfinite(self.plain_risk) else ""
            lines.append(
                f"risk {self.risk[0]:.3g} in generation 0, {self.risk[last]:.3g} ± {self.standard_error[last]:.2g} in "
                f"generation {last} (95 % of paths {self.low[last]:.3g} to {self.high[last]:.3g}){than}"
            )
        if self.exists_until is not None:
            lines.append(
                f"no forecast beyond generation {last}: by generation {last + 1} {self.ended[last + 1]:.1%} of paths "
                f"have no estimate: {self.missing}"
            )
        if self.horizon is not None:
            worse = f"most paths do worse than predicting {self.plain}"
            lines.append(
                f"not beyond generation {self.horizon}: from there on {worse}"
                if self.horizon >= 0
                else f"not at all: in generation 0 already {worse}"
            )
        lines += [f"{a.state}: {a.name}: {a.found}" for a in self.assumptions]
        return lines

    def panel(self) -> Panel:
        """Draw the mean with the band of truths as error bars, and the ends of all paths as lines."""
        x = np.flatnonzero(np.isfinite(self.risk)).tolist()
        risk, low, high = (each[x].tolist() for each in (self.risk, self.low, self.high))
        half = (self.truth_high - self.truth_low)[x] / 2
        error = (1.96 * self.standard_error[x]).tolist() if self.theory is not None else half.tolist()
        bars = "standard error x 1.96" if self.theory is not None else "the truth is not known"
        curves = [
            Curve(f"mean; bars: {bars}", 1.0, x, risk, x, risk, error),
            Curve("95 % of paths, lower end", 0.4, x, low),
            Curve("95 % of paths, upper end", 0.0, x, high),
        ]
        if self.theory is not None:
            curves.append(Curve("first order", 0.7, x, self.theory[x].tolist()))
        label = f"risk ({self.unit})"
        return Panel(
            "forecast",
            "generation n",
            label,
            tuple(curves),
            x_whole=True,
            y_log=bool(x) and max(high) > 3 * min(low) > 0,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; a number that is not finite is None."""
        given = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "assumptions"}
        plain = {name: _plain(value) for name, value in given.items()}
        states = [{"name": a.name, "state": a.state, "found": a.found} for a in self.assumptions]
        return {"schema": "forecast/2"} | plain | {"assumptions": states}

    def __repr__(self) -> str:
        return f"<Forecast of {self.risk.size - 1} generations, {self.paths} paths: {self.words()[0]}>"


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return [float(each) if np.isfinite(each) else None for each in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def summed(risks: Array, ended: Array, plain_risks: Array, world: World) -> Forecast:
    """Turn risks of all paths, (truths, runs, generations + 1), into bands. ended: whether a path had ended, likewise.

    plain_risks: (truths,).
    """
    runs = risks.shape[1]
    every = risks.reshape(-1, risks.shape[-1])
    by_truth = risks.mean(axis=1)
    # the mean of a truth's runs still has a part of their variance: take it off before the band is drawn
    spread, chance = by_truth.var(axis=0, ddof=1), risks.var(axis=1, ddof=1).mean(axis=0) / runs
    shrink = np.sqrt(np.maximum(0.0, 1 - chance / np.maximum(spread, 1e-300)))
    middle = by_truth.mean(axis=0)
    truth_low, truth_high = np.quantile(middle + shrink * (by_truth - middle), [0.025, 0.975], axis=0)
    about = (risks - by_truth[:, None]).reshape(every.shape) * np.sqrt(runs / (runs - 1))
    run_low, run_high = middle + np.quantile(about, [0.025, 0.975], axis=0)
    low, high = np.quantile(every, [0.025, 0.975], axis=0)
    gone = ended.reshape(every.shape).mean(axis=0)
    until = int(np.flatnonzero(gone > GONE)[0]) - 1 if (gone > GONE).any() else None
    known = slice(None) if until is None else slice(until + 1)
    worse = (every > np.repeat(plain_risks, runs)[:, None]).mean(axis=0)[known] > 0.5
    horizon = int(np.flatnonzero(worse)[0]) - 1 if worse.any() else None
    error = by_truth.std(axis=0, ddof=1) / np.sqrt(len(by_truth))
    curves = {
        "risk": middle, "standard_error": error, "median": np.median(every, axis=0), "low": low, "high": high,
        "truth_low": truth_low, "truth_high": truth_high, "run_low": run_low, "run_high": run_high,
    }  # fmt: skip
    if until is not None:
        curves = {name: np.where(np.arange(gone.size) <= until, each, np.nan) for name, each in curves.items()}
    assumptions = (*world.assumptions(), *_known_well(truth_high - truth_low, run_high - run_low, known))
    return Forecast(
        **curves,
        ended=gone,
        plain_risk=float(plain_risks.mean()),
        plain=world.plain,
        unit=world.unit,
        horizon=horizon,
        exists_until=until,
        missing=world.missing,
        assumptions=assumptions,
        paths=len(every),
    )


def _known_well(truths: Array, runs: Array, known: slice) -> tuple[Assumption, ...]:
    """Whether the band of truths is thin beside that of runs."""
    if not runs[known].size:
        return ()
    ratio = float((truths[known] / np.maximum(runs[known], 1e-300)).max())
    words = (
        f"its band is {ratio:.2g} times as wide as that of runs; where it is not small, all paths are no band for runs"
    )
    return (looked("the truth is known well enough", ratio < _UNSURE, words),)
