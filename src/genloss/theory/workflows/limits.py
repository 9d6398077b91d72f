"""Where does a workflow lead? Its limit, how fast it gets there, and the criterion that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from genloss.theory.arguments import Array
from genloss.workflows import Workflow

__all__ = ["LongRun", "closed_form", "numerical"]

_SHORTEST = 16  # generations that can be read


@dataclass(frozen=True, slots=True)
class LongRun:
    """What becomes of the variance c_g of fit g as generations go on, in the limit of many rows.

    rate: "bounded", "linear", "logarithmic", "power", "periodic", "vanishing" or "unknown". limit: lim c_g, or
    its greatest value where periodic; infinite where it grows. coefficient: c_g / g where linear,
    c_g / log g where logarithmic; exponent: of g, where a power or vanishing. relative: limit / c_0.
    criterion: the reason. status: "exact" for a closed form, "numerical" where it was read off the
    recursion up to generation 2048.
    """

    rate: str
    limit: float
    criterion: str
    status: str = "exact"
    coefficient: float | None = None
    exponent: float | None = None
    first: float = 1.0

    @property
    def relative(self) -> float:
        """The limit over the variance of generation 0."""
        return self.limit / self.first

    def words(self) -> str:
        """Say it in a line, in units of the variance at generation 0."""
        how = {
            "bounded": f"bounded, {self.relative:.6g} times generation 0 in the end",
            "periodic": f"periodic, at most {self.relative:.6g} times generation 0",
            "linear": f"grows by {(self.coefficient or 0.0) / self.first:.6g} times generation 0 a generation",
            "logarithmic": f"grows by {(self.coefficient or 0.0) / self.first:.6g} times generation 0 x log generation",
            "power": f"grows as generation^{self.exponent or 0.0:.2f}",
            "unknown": "not known",
            "vanishing": f"vanishes as generation^{self.exponent or 0.0:.2f}",
        }[self.rate]
        return f"{how} ({self.status}): {self.criterion}"


def closed_form(workflow: Workflow, variance: float) -> LongRun | None:
    """Return the closed form for a named workflow of constant numbers of rows, or None."""
    form = workflow.short()
    kind = form.pop("kind", None)
    if kind is None:
        return _fresh_pool(workflow, variance)
    whole = all(isinstance(form.get(key, 1), int) for key in ("rows", "synthetic_rows"))
    rule = _RULES.get(kind)
    return rule(variance, **form) if rule is not None and whole else None


def _grows(slope: float, variance: float, rows: int, criterion: str) -> LongRun:
    return LongRun(
        "linear", np.inf, criterion, coefficient=slope * variance / rows, exponent=1.0, first=variance / rows
    )


def _replace(variance: float, rows: int) -> LongRun:
    return _grows(1.0, variance, rows, "the sum of 1 / rows over generations diverges")


def _accumulate(variance: float, rows: int, synthetic_rows: int | None = None) -> LongRun:
    from scipy.special import polygamma

    new = synthetic_rows or rows
    limit = 1 / rows + float(polygamma(1, 1 + rows / new)) / new
    reason = "the sum of new rows / (all rows)^2 over generations is finite, below 2 / rows of generation 0"
    return LongRun("bounded", variance * limit, reason, first=variance / rows)


def _subsampled(variance: float, rows: int, take: int, with_replacement: bool = False) -> LongRun:
    zeta = np.pi**2 / 6
    limit = zeta / rows + zeta / take - (0 if with_replacement else (2 - zeta) / rows)
    first = 1 / rows + (1 / take if with_replacement else (1 - take / rows) / take)
    reason = "the sum of (share of new rows)^2 (1 / new rows + 1 / take) over generations is finite"
    return LongRun("bounded", variance * limit, reason, first=variance * first)


def _fixed_real(
    variance: float, rows: int, synthetic_rows: int | None = None, real_weight: float | None = None
) -> LongRun:
    new = synthetic_rows or rows
    weight = rows / (rows + new) if real_weight is None else real_weight
    q = (1 - weight) ** 2
    reason = f"the real rows keep the share {weight:.6g} of the loss, so an error returns with (1 - {weight:.6g})^2"
    return LongRun("bounded", variance * (1 / rows + q / (1 - q) / new), reason, first=variance / rows)


def _fresh_real(
    variance: float, rows: int, synthetic_rows: int | None = None, real_weight: float | None = None
) -> LongRun:
    new = synthetic_rows or rows
    weight = rows / (rows + new) if real_weight is None else real_weight
    q = (1 - weight) ** 2
    reason = f"new real rows carry the share {weight:.6g} of the loss, so an error returns with (1 - {weight:.6g})^2"
    return LongRun("bounded", variance * (weight**2 / rows + q / new) / (1 - q), reason, first=variance / rows)


def _golden(variance: float, rows: int, synthetic_rows: int | None = None) -> LongRun:
    k = rows / (synthetic_rows or rows)
    weight = (np.sqrt(k * k + 4 * k) - k) / 2
    reason = (
        f"new real rows at the best share, {weight:.6g}: the limit is that share of the variance of real rows alone"
    )
    return LongRun("bounded", variance * weight / rows, reason, first=variance / rows)


def _window(variance: float, rows: int, keep: int) -> LongRun:
    lag = (keep + 1) / 2
    return _grows(lag**-2, variance, rows, f"no real rows are kept: the slope is 1 / (mean lag {lag:g})^2 of replace's")


def _forget(variance: float, rows: int, decay: float) -> LongRun:
    if decay == 1:
        return _accumulate(variance, rows)
    reason = f"old rows are forgotten: the slope is 1 / (mean lag {1 / (1 - decay):.6g})^2 of replace's"
    return _grows((1 - decay) ** 2, variance, rows, reason)


def _reset(variance: float, rows: int, every: int) -> LongRun:
    reason = f"training begins again from the real rows every {every} generations"
    return LongRun("periodic", variance * every / rows, reason, first=variance / rows)


def _regenerate(variance: float, rows: int) -> LongRun:
    reason = "each model draws an equal part of every training set; holds while there are more rows than models"
    return LongRun("bounded", variance * np.pi**2 / 6 / rows, reason, first=variance / rows)


def _synthetic_only(variance: float, rows: int) -> LongRun:
    reason = "the sum of new rows / (all synthetic rows)^2 over generations is finite"
    return LongRun("bounded", variance * (1 + np.pi**2 / 6) / rows, reason, first=variance / rows)


def _edit(variance: float, rows: int, share: float, share_decay: float = 1.0) -> LongRun:
    if not isinstance(share, float | int):
        return _edited_by_list(variance, rows, share, share_decay)
    if share_decay == 1 and share > 0:
        reason = f"a share {share:.6g} of one data set is redrawn in every generation, for ever"
        return _grows(share * (2 - share), variance, rows, reason)
    added = 0.0 if share == 0 else 2 * share / (1 - share_decay) - share**2 / (1 - share_decay**2)
    reason = "the shares that are redrawn have a finite sum"
    return LongRun("bounded", variance * (1 + added) / rows, reason, first=variance / rows)


def _edited_by_list(variance: float, rows: int, shares: list[float], share_decay: float) -> LongRun:
    """The last share of the list goes on; those before it add what they add."""
    early = [share * share_decay**g for g, share in enumerate(shares[:-1])]
    later = _edit(variance, rows, shares[-1] * share_decay ** len(early), share_decay)
    if later.rate != "bounded":
        return later
    limit = later.limit + variance * sum(p * (2 - p) for p in early) / rows
    return LongRun("bounded", limit, later.criterion, first=variance / rows)


def _fresh_pool(workflow: Workflow, variance: float) -> LongRun | None:
    """Accumulation with new real rows in every generation: the synthetic share f decides, with 1/2 between."""
    if len(workflow.emit) != 2 or len(workflow.train) != 1 or workflow.overrides or workflow.reset:
        return None
    real = next((rule for rule in workflow.emit if rule.source == "real"), None)
    made = next((rule for rule in workflow.emit if rule.source == "model"), None)
    plain = type(workflow.train[0])()
    if real is None or made is None or workflow.train[0] != plain or (made.of, made.lag) != ("last", 1):
        return None
    if real.at != "every" or made.at != "every" or made.sampler is not None:
        return None
    if not (isinstance(real.rows, int) and isinstance(made.rows, int)):
        return None
    return _accumulate_fresh(variance, real.rows, made.rows)


def _accumulate_fresh(variance: float, rows: int, synthetic_rows: int | None = None) -> LongRun:
    """The synthetic share of what a generation adds decides, with 1/2 between."""
    new = synthetic_rows or rows
    total = rows + new
    share, first = new / total, variance / rows
    reason = f"new real rows join the pool in every generation, and synthetic rows are the share {share:.6g} of it: "
    if share < 0.5:
        size = variance / (total * (1 - 2 * share))
        return LongRun("vanishing", 0.0, reason + "below 1/2, as 1 / g", "exact", size, -1.0, first)
    if share == 0.5:
        return LongRun("vanishing", 0.0, reason + "at 1/2, as log g / g", "exact", variance / total, -1.0, first)
    return LongRun("vanishing", 0.0, reason + "above 1/2, as g^(2 share - 2)", "exact", None, 2 * share - 2, first)


_RULES: dict[str, Callable[..., LongRun]] = {
    "replace": _replace,
    "accumulate": _accumulate,
    "accumulate_subsample": _subsampled,
    "fixed_real": _fixed_real,
    "fresh_real": _fresh_real,
    "golden": _golden,
    "window": _window,
    "forget": _forget,
    "reset": _reset,
    "regenerate": _regenerate,
    "synthetic_only": _synthetic_only,
    "edit": _edit,
    "accumulate_fresh": _accumulate_fresh,
}


def numerical(curve: Array) -> LongRun:
    """Read the long run off the variances of generations 0 .. 2048: gains over two doublings are compared."""
    last = curve.size - 1
    if last < _SHORTEST:
        return LongRun("unknown", np.nan, f"{last} generations are too few to read", "numerical", first=float(curve[0]))
    size = max(last // 4, 1)
    tops = [float(curve[max(end - size, 0) : end + 1].max()) for end in (last // 4, last // 2, last)]
    ends = [float(curve[end]) for end in (last // 4, last // 2, last)]
    first = float(curve[0])
    said: dict[str, Any] = {"status": "numerical", "first": first}
    if tops[2] - tops[1] <= 1e-6 * tops[2] and np.ptp(curve[last // 2 :]) > 1e-3 * tops[2] and tops[2] >= tops[1]:
        return LongRun("periodic", tops[2], f"the greatest value does not change after generation {last // 2}", **said)
    gains = ends[1] - ends[0], ends[2] - ends[1]
    if ends[2] < ends[1] < ends[0] and ends[2] < 0.75 * ends[1]:
        power = float(np.log2(ends[2] / ends[1]))
        return LongRun("vanishing", 0.0, _doubling(last, "falls", power), exponent=power, **said)
    if abs(gains[1]) <= 1e-9 * abs(ends[2]) or abs(gains[0]) <= 1e-9 * abs(ends[2]):
        return LongRun("bounded", ends[2], f"nothing changes after generation {last // 2}", **said)
    power = float(np.log2(abs(gains[1] / gains[0])))
    if power < -0.25:
        rest = gains[1] * 2**power / (1 - 2**power)
        return LongRun("bounded", ends[2] + rest, _doubling(last, "gains", power), **said)
    if power < 0.1:
        size_of = gains[1] / np.log(2)
        return LongRun(
            "logarithmic", np.inf, _doubling(last, "gains", power), coefficient=size_of, exponent=0.0, **said
        )
    if power > 0.9 and power < 1.1:
        slope = gains[1] / (last - last // 2)
        return LongRun("linear", np.inf, _doubling(last, "gains", power), coefficient=slope, exponent=1.0, **said)
    return LongRun("power", np.inf, _doubling(last, "gains", power), exponent=power, **said)


def _doubling(last: int, word: str, power: float) -> str:
    return f"a doubling of generations up to {last} multiplies what c {word} by 2^{power:.2f}"
