"""Which share of the loss should real rows carry when rows are used again?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

from genloss.advise.penalties.pages import EXCESS_RISK, by_generation, page_of, risk_panel
from genloss.advise.penalties.question import batches_of, ready
from genloss.errors import Problem
from genloss.report import Page, Panel, short
from genloss.results.answer import Drawn, shown
from genloss.results.store import Table
from genloss.theory.arguments import Array, checked_one
from genloss.theory.reuse.risks import Prepared, risk_of_power
from genloss.theory.reuse.search import least_on, penalty_range, risks_at
from genloss.theory.ridge.spectra import PowerLaw, Spectrum
from genloss.workflows import TRUTH, Schedule, Use, WorkflowLike, schedule_of

__all__ = ["RealWeight", "optimal_weights"]

_POINTS = np.linspace(0.02, 0.98, 25)


@dataclass(frozen=True, repr=False, eq=False)
class RealWeight(Drawn):
    """The real rows' share of the loss that is best for the last generation, the same in every generation > 0.

    real_weight: the minimizer, in (0, 1]; 1 where real rows alone are best. penalty: the one given, or found
    with it. risk: by generation, (fits,), there. by_rows: risk at the last generation when every row counts the
    same, at the given penalty or at its own best one; real_only: when real rows alone are used, likewise.
    allowance: (fits,). status: "asymptotic".
    """

    real_weight: float
    penalty: float
    risk: Array
    allowance: Array
    by_rows: float
    real_only: float
    status: str

    schema = "real_weight/1"

    def panels(self) -> list[Panel]:
        """Return the excess risk by generation at the best share."""
        return [risk_panel("real rows' share of the loss", [(f"{100 * self.real_weight:.3g} %", self.risk)])]

    def page(self) -> Page:
        """Return the share, and the risk by generation."""
        note = f"Excess risk: {EXCESS_RISK}. allowance: how far finite size may move it."
        return page_of(
            self, "How much of the loss should real rows carry?", [shown(self._table(), "By generation", note)]
        )

    def _lines(self) -> Sequence[str]:
        return [f"real rows carry {100 * self.real_weight:.3g} % of the loss", *self._sentences()]

    def _sentences(self) -> Sequence[str]:
        last = self.risk.size - 1
        best = (
            "Real rows alone are best: give them all of the loss"
            if self.real_weight == 1
            else f"Give real rows {100 * self.real_weight:.3g} % of the loss in every generation that sees both kinds"
        )
        return [
            f"{best}, with the penalty {short(self.penalty)}.",
            f"The excess risk ({EXCESS_RISK}) of generation {last} is then {short(self.risk[-1])} (theory, "
            f"{self.status}; finite size may move it by {short(self.allowance[-1])}).",
            f"It is {short(self.by_rows)} if every row counts the same, and {short(self.real_only)} with real rows "
            "alone.",
        ]

    def _table(self) -> Table:
        return ["generation", "risk", "allowance"], by_generation(risk=self.risk, allowance=self.allowance)


def optimal_weights(
    spectrum: Spectrum,
    coefficients: ArrayLike | PowerLaw,
    workflow: WorkflowLike,
    *,
    noise: float,
    generations: int | None = None,
    penalty: float | None = None,
) -> RealWeight:
    r"""Return the real rows' share of the loss that minimizes the risk at the last generation.

    .. math:: \min_w E_G(w), \qquad \omega_{real} = w T_g / n_{real}, \quad \omega_{synth} = (1 - w) T_g / n_{synth}

    over all rows T_g of fit g, n of each kind among them, by `theory.reuse.risk`: real rows may be kept
    (fixed_real, accumulate) or drawn anew (fresh_real); fits that see one kind only keep it. penalty: one for
    all generations, or None to choose it together with the weight. workflow: any `WorkflowLike`. Other arguments as in
    `penalty_schedule`.

    Errors: `Problem` where no generation trains on both kinds, or for terms that share a subsample.
    Status: asymptotic. The weight to 1e-5, on a grid of 25 points and then between the neighbors of the best.
    Source: docs/theory/advice.md. Checked by tests/unit/test_advise.py: a grid of `real_weight` in the
    workflow itself, and the golden ratio.

    >>> from genloss.workflows import fresh_real
    >>> best = optimal_weights([1.0] * 20, 1.0, fresh_real(4000), noise=0.5, generations=12, penalty=0.0)
    >>> round(best.real_weight, 2)  # 1 / golden ratio for rows far above dim
    0.62
    """
    schedule = schedule_of(workflow, generations)
    both = [g for g in range(len(schedule.train)) if 0 < _real_share(schedule, g) < 1]
    if not both:
        raise Problem("workflow", "no generation trains on real and synthetic rows", "give e.g. fixed_real(rows)")

    def chain(weight: float | None) -> Prepared:
        return ready(spectrum, coefficients, batches_of(_weighted(schedule, weight), noise, None, "fresh"))

    checked_one("noise", noise, lowest=0, meaning="a standard deviation >= 0")
    if penalty is not None:
        checked_one("penalty", penalty, lowest=0, meaning="a ridge penalty >= 0, or None")

    def at(weight: float | None) -> tuple[float, float]:
        """Return the penalty and the risk at the last generation."""
        made = chain(weight)

        def last(value: float) -> float:
            return float(risks_at(made, value)[-1])

        return (penalty, last(penalty)) if penalty is not None else least_on(last, *penalty_range(made))

    weight = _least_weight(lambda value: at(value)[1])
    chosen = at(weight)[0]
    final = chain(weight)
    batches = batches_of(_weighted(schedule, weight), noise, None, "fresh")
    known = risk_of_power(final.nodes, final.signal, batches, penalty=chosen)
    return RealWeight(weight, chosen, known.total, known.allowance, at(None)[1], at(1.0)[1], known.status)


def _least_weight(risk: Callable[[float], float]) -> float:
    values = [risk(float(point)) for point in _POINTS]
    best = int(np.argmin(values))
    low = float(_POINTS[best - 1]) if best else 1e-3
    high = float(_POINTS[best + 1]) if best + 1 < _POINTS.size else 1 - 1e-6
    found = minimize_scalar(risk, bounds=(low, high), method="bounded", options={"xatol": 1e-6})
    return 1.0 if risk(1.0) <= found.fun else float(found.x)


def _real_share(schedule: Schedule, g: int) -> float:
    return sum(share for b, share in schedule.shares(g).items() if schedule.batches[b].origin == TRUTH)


def _weighted(schedule: Schedule, weight: float | None) -> Schedule:
    """Give real rows the share `weight` of the loss wherever a generation sees both kinds; None: each row the same."""
    train = tuple(_terms(schedule, g, weight) for g in range(len(schedule.train)))
    return Schedule(schedule.batches, train, schedule.restarts)


def _terms(schedule: Schedule, g: int, weight: float | None) -> tuple[Use, ...]:
    uses = schedule.train[g]
    if not 0 < _real_share(schedule, g) < 1:
        return uses
    if any(use.take is not None or use.factors or use.filter is not None for use in uses):
        raise Problem(
            "workflow", f"generation {g} trains on a subsample or decays", "give a workflow that uses whole batches"
        )
    if any(schedule.batches[b].origin is None for use in uses for b in use.batches):
        raise Problem(
            "workflow",
            f"generation {g} trains on one batch that mixes real and synthetic rows",
            "draw the two in batches of their own",
        )
    kinds: dict[bool, list[int]] = {True: [], False: []}
    for use in uses:
        for b in use.batches:
            kinds[schedule.batches[b].origin == TRUTH].append(b)
    shares = {True: weight, False: None if weight is None else 1 - weight}
    return tuple(
        replace(uses[0], term=i, batches=tuple(dict.fromkeys(kinds[real])), weight=shares[real])
        for i, real in enumerate((True, False))
        if shares[real] != 0
    )
