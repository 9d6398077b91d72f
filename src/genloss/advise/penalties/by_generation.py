"""How large should the penalty be in each generation, and what does that save against what one would do otherwise?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize

from genloss.advise.penalties.pages import EXCESS_RISK, by_generation, page_of, risk_panel
from genloss.advise.penalties.question import Array, WorkflowOrBatches, batches_of, goal_weights, ready
from genloss.errors import Problem, refuse_uncalled
from genloss.report import Page, Panel, several, short
from genloss.report import Table as Cells
from genloss.results.answer import Drawn, shown
from genloss.results.store import Table
from genloss.theory.reuse.risks import Prepared, risk_of_power
from genloss.theory.reuse.search import cross_validate, least_on, penalty_range, risks_at, slopes_at
from genloss.theory.ridge.spectra import PowerLaw, Spectrum

__all__ = ["Alternative", "PenaltySchedule", "penalty_schedule"]

_SMALL = 0.01  # of the penalty best at generation 0: the start that hands labels on with little shrinkage
_TIE = 1e-9
_ALONE = 25  # fits, up to which every penalty is searched by itself
_MOST_STEPS = 300


@dataclass(frozen=True, repr=False, eq=False)
class Alternative(Drawn):
    """One way to choose penalties. penalties, risk: by generation, (fits,). value: of the goal. rule: in words."""

    name: str
    rule: str
    penalties: Array
    risk: Array
    value: float

    schema = "alternative/1"
    also = ("status",)

    @property
    def status(self) -> str:
        """What kind of number the risk is."""
        return "asymptotic"

    def panels(self) -> list[Panel]:
        """Return the excess risk by generation."""
        return [risk_panel(self.name, [(self.name, self.risk)])]

    def page(self) -> Page:
        """Return penalties, risk and their curve."""
        return page_of(
            self, f"Penalties: {self.rule}", [shown(self._table(), "By generation", f"Excess risk: {EXCESS_RISK}.")]
        )

    def _lines(self) -> Sequence[str]:
        return [f"{self.name}, {self.penalties.size} generations", *self._sentences()]

    def _sentences(self) -> Sequence[str]:
        last = self.penalties.size - 1
        return [
            f"The way {self.name!r}: {self.rule}.",
            f"Penalties for generations 0 to {last}: {several(self.penalties)}.",
            f"The excess risk is {short(self.risk[0])} in generation 0 and {short(self.risk[-1])} in generation {last} "
            f"(theory, {self.status}); the goal is {short(self.value)}.",
        ]

    def _table(self) -> Table:
        return ["generation", "penalty", "risk"], by_generation(penalty=self.penalties, risk=self.risk)


@dataclass(frozen=True, repr=False, eq=False)
class PenaltySchedule(Drawn):
    """The penalties that minimize the goal, beside other ways to choose them. Generation 0 first, (fits,) each.

    penalties: 0 is least squares (minimum norm where rows are fewer than dim). risk: expected excess risk.
    value: sum of weights x risk. allowance: how far finite size may push the true mean from risk.
    alternatives: by name. notes: what to know before use. status: "asymptotic".
    """

    goal: str
    weights: Array
    penalties: Array
    risk: Array
    value: float
    allowance: Array
    alternatives: Mapping[str, Alternative]
    notes: tuple[str, ...]
    status: str

    schema = "penalty_schedule/1"
    also = ("saving",)

    @property
    def saving(self) -> dict[str, float]:
        """1 - value / the alternative's value, by name; 0 where the alternative is no worse."""
        return {name: 1 - self.value / other.value if other.value else 0.0 for name, other in self.alternatives.items()}

    def panels(self) -> list[Panel]:
        """Return the excess risk by generation, of every way."""
        others = [(name, other.risk) for name, other in self.alternatives.items()]
        return [risk_panel(self.goal, [("recommended", self.risk), *others])]

    def page(self) -> Page:
        """Return the penalties, what they save, and the risk of every way."""
        by_way = shown(self._table(), "By generation", f"Excess risk: {EXCESS_RISK}.", folded=True)
        return page_of(self, "Which penalty in which generation?", [by_way, self.ways()], notes=self.notes)

    def ways(self) -> Cells:
        """Return a line for each way: its goal, what the recommended saves of it, penalties and risks at three fits."""
        fits = self.penalties.size
        places = sorted({0, (fits - 1) // 2, fits - 1})
        columns = ["way", self.goal, "saved", *(f"penalty n={g}" for g in places), *(f"risk n={g}" for g in places)]
        own = Alternative("recommended", "", self.penalties, self.risk, self.value)
        lines = []
        for way in (own, *self.alternatives.values()):
            saved = f"{100 * self.saving[way.name]:.1f} %" if way is not own else ""
            numbers = [short(float(x)) for x in (*way.penalties[places], *way.risk[places])]
            lines.append([way.name, short(way.value, 4), saved, *numbers])
        note = "saved: the part of that way's goal that the recommended penalties save. n: generation."
        return Cells("Ways to choose penalties", note, columns, lines)

    def _lines(self) -> Sequence[str]:
        return [f"{self.penalties.size} generations, goal {self.goal!r} {short(self.value)}", *self._sentences()]

    def _sentences(self) -> Sequence[str]:
        last = self.penalties.size - 1
        goals = {"horizon": f"the excess risk of generation {last}", "sum": f"the sum of risks up to generation {last}"}
        saved = [f"{100 * part:.1f} % ({name})" for name, part in self.saving.items()]
        goal = goals.get(self.goal, "the weighted sum of risks")
        return [
            f"Best for {goal}: the penalties {several(self.penalties)} for generations 0 to {last}.",
            f"The excess risk ({EXCESS_RISK}) is then {short(self.risk[-1])} in generation {last} (theory, "
            f"{self.status}; finite size may move it by {short(self.allowance[-1])}).",
            f"Against other ways to choose penalties they save {', '.join(saved)}.",
            *self.notes,
        ]

    def _table(self) -> Table:
        own = [{"way": "recommended"} | line for line in by_generation(penalty=self.penalties, risk=self.risk)]
        lines = [line | {"allowance": float(self.allowance[g])} for g, line in enumerate(own)]
        for name, other in self.alternatives.items():
            lines += [{"way": name} | line for line in by_generation(penalty=other.penalties, risk=other.risk)]
        return ["way", "generation", "penalty", "risk", "allowance"], lines


def penalty_schedule(
    spectrum: Spectrum,
    coefficients: ArrayLike | PowerLaw,
    workflow: WorkflowOrBatches,
    *,
    noise: float | None = None,
    generations: int | None = None,
    goal: str = "horizon",
    weights: ArrayLike | None = None,
    design: str = "fresh",
    progress: Callable[[int, int], None] | None = None,
) -> PenaltySchedule:
    r"""Return the penalties by generation that minimize the expected excess risk at the horizon, or its sum.

    .. math:: \min_{\lambda_0, \dots, \lambda_G} \sum_g v_g E_g(\lambda_0, \dots, \lambda_g)

    with E_g of `theory.reuse.risk` and v = (0, .., 0, 1) for goal "horizon", all ones for "sum", or
    `weights`, (fits,), with goal "sum". A horizon cares about no other generation: where it pays, earlier
    fits are made worse for it (a window of many rows: least squares until the last fit).

    workflow: any `WorkflowLike` with noise (a standard deviation) and generations (the last one; a `Schedule` has
    its own), or a list of `theory.reuse.SharedRows`. spectrum, coefficients: as in `theory.reuse.risk`; more than
    200 different eigenvalues are compressed. design: "fresh" inputs for every batch, or the "same".
    progress: called with (steps done, most steps) as the search goes on.

    Alternatives, each with penalties, risk, value: "fixed", the best constant penalty; "fixed at clean", that
    of generation 0; "alpha", penalty x rows constant at its best (scikit-learn's alpha); "alpha at clean";
    "cross-validated", leave-one-out in each generation (`theory.reuse_search.cross_validated_penalties`); and
    "least squares", unless a fit has as many rows as features.

    Search: logarithms of penalties, quasi-Newton from the best alternative (or from small penalties and one
    large last one), deterministic; never worse than any alternative; a stationary point, not proved global.
    For more than 25 fits the logarithm is the start's times a line through knots that lie dense at both ends
    (0, 1, 2, 4, 8, .. from either), so that the best of these shapes is found; single penalties are not.
    Penalties from 1e-8 to 1e4 times the largest eigenvalue; at the lower end 0 is given, if no worse.
    Errors: `Problem` naming the argument. Status: asymptotic, as `reuse.risk`; the minimizer of a flat goal is
    less certain than its value. Source: docs/theory/advice.md. Checked by tests/unit/test_advise.py (a grid,
    perturbations, limits), tests/statistical/test_advise.py (drawn rows), verification/advise.py.

    >>> from genloss.workflows import accumulate
    >>> best = penalty_schedule([1.0] * 60, 60**-0.5, accumulate(120), noise=0.5, generations=3)
    >>> best.penalties.round(3).tolist()
    [0.061, 0.058, 0.083, 0.132]
    >>> sorted(best.alternatives)
    ['alpha', 'alpha at clean', 'cross-validated', 'fixed', 'fixed at clean', 'least squares']
    """
    refuse_uncalled("progress", progress)
    batches = batches_of(workflow, noise, generations, design)
    chain = ready(spectrum, coefficients, batches)
    share = goal_weights(goal, weights, chain.rows.size)
    step = _Steps(progress)
    step()
    others = _alternatives(chain, share)
    step()
    start = min((*others.values(), _handing_on(chain, share)), key=lambda way: way.value)
    penalties, value = _improved(chain, share, start, step)
    step.end()
    known = risk_of_power(chain.nodes, chain.signal, batches, penalty=penalties)
    return PenaltySchedule(
        goal if weights is None else "weighted sum",
        share,
        penalties,
        known.total,
        value,
        known.allowance,
        others,
        _notes(chain, share, penalties, known.allowance, known.total),
        known.status,
    )


def _way(chain: Prepared, share: Array, name: str, rule: str, penalties: Array) -> Alternative:
    risk = risks_at(chain, penalties)
    return Alternative(name, rule, penalties, risk, float(share @ risk))


def _alternatives(chain: Prepared, share: Array) -> dict[str, Alternative]:
    ones, by_rows = np.ones(chain.rows.size), chain.rows[0] / chain.rows
    low, high = penalty_range(chain)

    def value(shape: Array, penalty: float) -> float:
        return float(share @ risks_at(chain, penalty * shape))

    clean = best_at_clean(chain)
    best = {
        name: least_on(partial(value, shape), low, high)[0] for name, shape in (("fixed", ones), ("alpha", by_rows))
    }
    rules = [
        ("fixed", "the best constant penalty", best["fixed"] * ones),
        ("fixed at clean", "the penalty that is best at generation 0, kept", clean * ones),
        ("alpha", "penalty x rows constant, at its best", best["alpha"] * by_rows),
        ("alpha at clean", "penalty x rows constant, best at generation 0", clean * by_rows),
        ("cross-validated", "leave-one-out in each generation", cross_validate(chain).penalties),
        ("least squares", "no penalty", 0 * ones),
    ]
    found = {}
    for name, rule, penalties in rules:
        try:
            found[name] = _way(chain, share, name, rule, penalties)
        except Problem:  # as many rows as features without a penalty: infinite
            if name != "least squares":
                raise
    return found


def best_at_clean(chain: Prepared) -> float:
    """Return the penalty that is best at generation 0."""

    def risk(penalty: float) -> float:
        chain.recursion.fill(0, penalty * chain.rows[0])
        return float(chain.recursion.found.Q[:, 0, 0].sum())

    return least_on(risk, *penalty_range(chain))[0]


def _handing_on(chain: Prepared, share: Array) -> Alternative:
    """Small penalties until the last fit, which has its own best."""
    low, high = penalty_range(chain)
    shape = np.full(chain.rows.size, max(_SMALL * best_at_clean(chain), low))

    def last(penalty: float) -> Array:
        return np.append(shape[:-1], penalty)

    best = least_on(lambda penalty: float(share @ risks_at(chain, last(penalty))), low, high)[0]
    return _way(chain, share, "handing on", "small until the last", last(best))


@dataclass
class _Steps:
    """Count steps of the search, of which nobody knows how many it takes."""

    progress: Callable[[int, int], None] | None
    done: int = 0

    def __call__(self) -> None:
        if self.progress:
            self.progress(min(self.done, _MOST_STEPS - 1), _MOST_STEPS)
        self.done += 1

    def end(self) -> None:
        if self.progress:
            self.progress(_MOST_STEPS, _MOST_STEPS)


def _shapes(fits: int) -> Array:
    """Return the directions in which log penalties are moved, (J, fits): each by itself, or hats between knots."""
    if fits <= _ALONE:
        return np.eye(fits)
    near = [0, *(2**k for k in range(fits.bit_length()) if 2**k < fits / 2)]
    knots = np.array(sorted({*near, *(fits - 1 - place for place in near)}))
    return np.array([np.interp(np.arange(fits), knots, hat) for hat in np.eye(knots.size)])


def _improved(chain: Prepared, share: Array, start: Alternative, step: Callable[[], None]) -> tuple[Array, float]:
    """Go down from the start; never return worse than it."""
    low, high = penalty_range(chain)
    penalties, value = start.penalties, start.value
    if value > 0:
        shapes, origin = _shapes(penalties.size), np.log(np.clip(penalties, low, high))

        def at(moves: Array) -> Array:
            return np.exp(np.clip(origin + moves @ shapes, np.log(low), np.log(high)))

        def goal(moves: Array) -> tuple[float, Array]:
            step()
            risk, slopes = slopes_at(chain, at(moves), shapes)
            return float(np.log(share @ risk)), np.asarray(slopes @ share / (share @ risk))

        span = np.log(high) - np.log(low)
        alone = penalties.size <= _ALONE
        found = minimize(
            goal,
            np.zeros(len(shapes)),
            jac=True,
            method="L-BFGS-B",
            bounds=list(zip(np.log(low) - origin, np.log(high) - origin, strict=True))
            if alone
            else [(-span, span)] * len(shapes),
            options={"maxiter": _MOST_STEPS, "maxcor": 50, "ftol": 1e-10 if alone else 1e-6, "gtol": 1e-8},
        )
        reached = at(found.x)
        if float(share @ risks_at(chain, reached)) < value:
            penalties, value = reached, float(share @ risks_at(chain, reached))
    return _with_zeros(chain, share, penalties, value, low)


def _with_zeros(chain: Prepared, share: Array, penalties: Array, value: float, low: float) -> tuple[Array, float]:
    """Give 0 for penalties at the lower end, where 0 is no worse."""
    zeros = np.where(penalties <= low * 1e3, 0.0, penalties)
    try:
        reached = float(share @ risks_at(chain, zeros))
    except Problem:  # as many rows as features
        return penalties, value
    return (zeros, reached) if reached <= value * (1 + _TIE) else (penalties, value)


def _notes(chain: Prepared, share: Array, penalties: Array, allowance: Array, risk: Array) -> tuple[str, ...]:
    fits, rows, dim = penalties.size, float(chain.rows.min()), chain.nodes.dim
    notes = []
    last = int(np.flatnonzero(share)[-1])
    if last < fits - 1:
        notes.append(f"No generation after {last} counts in the goal: penalties after it are not chosen.")
    at_top = penalties >= penalty_range(chain)[1] * 0.99
    if at_top.any():
        notes.append(f"{int(at_top.sum())} penalties are at the upper end of the search: best is to predict 0 there.")
    if fits > min(rows, dim) / 2:
        notes.append(
            f"{fits} fits on as few as {rows:g} rows with {dim:g} features: theory is for generations few beside both."
        )
    worst = int(np.argmax(allowance / np.where(risk > 0, risk, 1)))
    if risk[worst] > 0 and allowance[worst] > 0.1 * risk[worst]:
        share = allowance[worst] / risk[worst]
        notes.append(f"Finite size may move the risk of generation {worst} by {100 * share:.0f} %: simulate it.")
    return tuple(notes)
