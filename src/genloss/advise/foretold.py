"""What a forecast says: a risk curve with two bands, until when it holds, and what it rests on."""

from dataclasses import dataclass, fields
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from genloss.advise.worlds import Assumption, World, looked
from genloss.advise.worlds.protocol import Array
from genloss.errors import Problem
from genloss.report import Curve, Panel, draw, short
from genloss.results import write_atomically
from genloss.results.store import json_text

if TYPE_CHECKING:
    import pandas as pd

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
    asked: estimator, rows, workflow, seed, in words.
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
    asked: tuple[tuple[str, str], ...] = ()

    def table(self) -> list[dict[str, float]]:
        """Return a row for every generation."""
        names = ("risk", "standard_error", "median", "low", "high", "truth_low", "truth_high", "run_low", "run_high")
        names = (*names, "ended", *(() if self.theory is None else ("theory",)))
        return [
            {"generation": g} | {name: float(getattr(self, name)[g]) for name in names} for g in range(self.risk.size)
        ]

    def to_frame(self) -> "pd.DataFrame":
        """Return the table as a data frame."""
        import pandas as pd

        return pd.DataFrame(self.table())

    def page(self) -> str:
        """Return one HTML page that opens anywhere."""
        from genloss.advise.forecast_page import as_page

        return as_page(self)

    def _repr_html_(self) -> str:
        return f"<p>{escape('; '.join(self.answer()))}</p>{self.to_frame().to_html(index=False, float_format=short)}"

    def save(self, path: str | Path) -> Path:
        """Write .html, .json, .csv, .png or .svg, by the ending of `path`."""
        target = Path(path)
        kind = target.suffix[1:]
        content: str | bytes
        if kind == "png":
            content = draw(self.panels(), columns=1, formats=("png",))["png"]
        elif kind == "svg":
            content = draw(self.panels(), columns=1, formats=("svg",))["svg"]
        elif kind == "html":
            content = self.page()
        elif kind == "json":
            content = json_text(self.to_dict())
        elif kind == "csv":
            content = self.to_frame().to_csv(index=False)
        else:
            raise Problem(
                str(path), f"no such form: {target.suffix!r}", "end the name in .html, .json, .csv, .png or .svg"
            )
        write_atomically(target, content)
        return target

    def call(self) -> str:
        """Return the call that made this."""
        return "genloss.forecast(" + ", ".join(f"{name}={value}" for name, value in self.asked) + ")"

    def words(self) -> list[str]:
        """Say the answer, the horizon, and what it rests on."""
        return [*self.answer(), *(f"{a.state}: {a.name}: {a.found}" for a in self.assumptions)]

    def answer(self) -> list[str]:
        """Say the risk, and until when it is known and bearable."""
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
        return lines

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

    def to_dict(self) -> dict[str, Any]:
        """Return plain data; a number that is not finite is None."""
        given = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "assumptions"}
        plain = {name: _plain(value) for name, value in given.items()}
        states = [{"name": a.name, "state": a.state, "found": a.found} for a in self.assumptions]
        return {"schema": "forecast/2"} | plain | {"assumptions": states}

    def __repr__(self) -> str:
        return f"<Forecast of {self.risk.size - 1} generations, {self.paths} paths: {self.words()[0]}>"


def _panel(title: str, label: str, curves: list[Curve]) -> Panel:
    values = [y for curve in curves for y in curve.line_y]
    wide = bool(values) and max(values) > 3 * min(values) > 0
    return Panel(title, "generation n", label, tuple(curves), x_whole=True, y_log=wide)


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
