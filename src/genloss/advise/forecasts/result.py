"""What a forecast says: a risk curve with two bands, until when it holds, and what it rests on."""

from dataclasses import dataclass, fields
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import f as f_law

from genloss.advise.forecasts.worlds import Assumption, World, tested
from genloss.advise.forecasts.worlds.protocol import Array, untestable
from genloss.errors import Problem
from genloss.report import Curve, Panel, draw, short
from genloss.results import write_atomically
from genloss.results.store import json_text
from genloss.simulation.families.relabeled import last_before

if TYPE_CHECKING:
    import pandas as pd

_UNSURE = 0.6
GONE = 0.025  # share of paths without an estimate, beyond which the 95 % band has no upper end


@dataclass(frozen=True)
class Forecast:
    """Risk by generation, in units of `unit`; arrays (generations + 1,), not a number beyond `exists_until`.

    risk, standard_error: the mean over all paths. median. low, high: 95 % of paths, everything counted. truth_low,
    truth_high: 95 % of the truths that are believed, each at the mean of its runs: what more real rows would narrow.
    run_low, run_high: 95 % of runs about the level of their truth, in ratios: what no number of rows narrows.
    plain_risk: of predicting the mean (`plain` says which model that is), plain_error its standard error. worse: share
    of paths that do worse than that. horizon: the last generation before the first in which most do; None: none does;
    -1: generation 0 does. ended: share of paths whose estimate does not exist in this generation or
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
    worse: Array
    plain_risk: float
    plain_error: float
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
        names = (*names, "worse", "ended", *(() if self.theory is None else ("theory",)))
        return [
            {"generation": g} | {name: float(getattr(self, name)[g]) for name in names} for g in range(self.risk.size)
        ]

    def to_frame(self) -> "pd.DataFrame":
        """Return the table as a data frame."""
        import pandas as pd

        return pd.DataFrame(self.table())

    def page(self) -> str:
        """Return one HTML page that opens anywhere."""
        from genloss.advise.forecasts.page import as_page

        return as_page(self)

    def _repr_html_(self) -> str:
        return f"<p>{escape('; '.join(self.answer()))}</p>{self.to_frame().to_html(index=False, float_format=short)}"

    def save(self, path: str | Path) -> Path:
        """Write .html, .json, .csv, .png or .svg, by the ending of `path`."""
        target = Path(path)
        kind = target.suffix[1:]
        content: str | bytes
        if kind in ("png", "svg"):
            form: Any = kind
            content = draw(self.panels(), columns=1, formats=(form,))[form]
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
            than += f" ± {self.plain_error:.2g}" if than and self.plain_error > 0 else ""
            lines.append(
                f"risk {self.risk[0]:.3g} in generation 0, {self.risk[last]:.3g} ± {self.standard_error[last]:.2g} in "
                f"generation {last} (95 % of paths {self.low[last]:.3g} to {self.high[last]:.3g}){than}"
            )
        if self.exists_until is not None:
            beyond = f"no forecast beyond generation {last}" if last >= 0 else "no forecast at all"
            lines.append(
                f"{beyond}: by generation {last + 1} {self.ended[last + 1]:.1%} of paths have no estimate (they "
                f"stay at their last): {self.missing}"
            )
        if self.horizon is not None:
            first = self.horizon + 1
            lines.append(
                f"{f'not beyond generation {self.horizon}' if first else 'not at all'}: in generation {first} "
                f"{self._worse(first)} of paths do worse than predicting {self.plain}, in generation {last} "
                f"{self._worse(last)}"
            )
        return lines

    def _worse(self, generation: int) -> str:
        share = float(self.worse[generation])
        return f"{share:.0%} (± {np.sqrt(max(share * (1 - share), 1e-4) / self.paths):.0%})"

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
    truths, runs = risks.shape[:2]
    every = risks.reshape(-1, risks.shape[-1])
    by_truth = risks.mean(axis=1)
    middle = by_truth.mean(axis=0)
    # the mean of a truth's runs still has a part of their variance: take it off before the band is drawn
    spread, chance = by_truth.var(axis=0, ddof=1), risks.var(axis=1, ddof=1).mean(axis=0) / runs
    # both relative and averaged over five generations: one generation alone tells them apart badly
    whole, part = (_averaged(each / middle**2) for each in (spread, chance))
    own = np.maximum(0.0, whole - part) * middle**2
    shrink = np.sqrt(own / np.maximum(spread, 1e-300))
    truth_low, truth_high = np.quantile(middle + shrink * (by_truth - middle), [0.025, 0.975], axis=0)
    logs = np.log(np.maximum(risks, 1e-300))
    levels = logs.mean(axis=1)
    about = (logs - levels[:, None]).reshape(every.shape) * np.sqrt(runs / (runs - 1))
    run_low, run_high = np.exp(levels.mean(axis=0) + np.quantile(about, [0.025, 0.975], axis=0))
    low, high = np.quantile(every, [0.025, 0.975], axis=0)
    gone = ended.reshape(every.shape).mean(axis=0)
    error = by_truth.std(axis=0, ddof=1) / np.sqrt(truths)
    curves: dict[str, Any] = {
        "risk": middle, "standard_error": error, "median": np.median(every, axis=0), "low": low, "high": high,
        "truth_low": truth_low, "truth_high": truth_high, "run_low": run_low, "run_high": run_high,
        "worse": (every > np.repeat(plain_risks, runs)[:, None]).mean(axis=0),
    }  # fmt: skip
    until, horizon = horizons(gone, curves["worse"])
    known = slice(None) if until is None else slice(until + 1)
    assumptions = (*world.assumptions(), *_known_well(spread[known], chance[known], truths, runs))
    return Forecast(
        **known_until(curves, until),
        ended=gone,
        plain_risk=float(plain_risks.mean()),
        plain_error=float(plain_risks.std(ddof=1) / np.sqrt(truths)) if np.isfinite(plain_risks).all() else 0.0,
        plain=world.plain,
        unit=world.unit,
        horizon=horizon,
        exists_until=until,
        missing=world.missing,
        assumptions=assumptions,
        paths=len(every),
    )


def _averaged(values: Array) -> Array:
    """Mean of each value and its two neighbors on either side, of as many as there are."""
    kernel = np.ones(5)
    return np.asarray((np.convolve(values, kernel, "full") / np.convolve(np.ones_like(values), kernel, "full"))[2:-2])


def horizons(gone: Array, worse: Array) -> tuple[int | None, int | None]:
    """Return the last generation with at most 2.5 % of paths gone, and the last before most first do worse."""
    until = last_before(gone > GONE)
    return until, last_before(worse[: None if until is None else until + 1] > 0.5)


def known_until(curves: dict[str, Any], until: int | None) -> dict[str, Any]:
    """Return curves that are no numbers beyond a generation."""
    if until is None:
        return curves
    return {name: np.where(np.arange(each.size) <= until, each, np.nan) for name, each in curves.items()}


def _known_well(spread: Array, chance: Array, truths: int, runs: int) -> tuple[Assumption, ...]:
    """Whether what truths differ by is small beside what runs do: both as deviations, the first at its upper 95 % end.

    spread: variance of truths' means; chance: that of runs over their number.
    """
    if not spread.size:
        return ()
    name = "the truth is known well enough"
    within = np.maximum(chance, 1e-300)
    least = f_law.ppf(0.05, truths - 1, truths * (runs - 1))
    most = float(np.sqrt(np.maximum(spread / within / least - 1, 0.0) / runs).max())
    likely = float(np.sqrt(np.maximum(spread / within - 1, 0.0) / runs).max())
    found = f"it adds {likely:.2g} (at most {most:.2g}) times the deviation of runs; where it is not small, "
    found += "all paths are no band for runs"
    if likely < _UNSURE <= most:
        return (untestable(name, found + "; too few paths to tell"),)
    return (tested(name, most < _UNSURE, found),)
