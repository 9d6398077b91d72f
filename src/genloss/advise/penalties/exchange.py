"""How many synthetic rows is one more real row worth, and a whole batch of them?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from genloss.advise.penalties.pages import EXCESS_RISK, page_of
from genloss.advise.penalties.question import WorkflowOrBatches, batches_of, power_on, ready
from genloss.errors import Problem
from genloss.report import Page, several, short
from genloss.results.answer import Answer, shown
from genloss.results.store import Table
from genloss.theory.arguments import checked_one
from genloss.theory.reuse.batch import SharedRows
from genloss.theory.reuse.risks import risk_of_power
from genloss.theory.reuse.search import risks_at
from genloss.theory.ridge.spectra import PowerLaw, Spectrum

__all__ = ["ExchangeRate", "RealBatch", "exchange_rate", "worth_of_real_batch"]

_STEP = 1e-4  # of the rows of a kind


@dataclass(frozen=True, repr=False, eq=False)
class ExchangeRate(Answer):
    """What one more row is worth at the last generation.

    real_slope: d risk / d real rows: every real batch of the chain grows in proportion, n rows in all of them
    count as n. synthetic_slope: the same of the synthetic batches. worth: real_slope / synthetic_slope, the
    synthetic rows that lower the risk as one real row does; None where more synthetic rows do not lower the
    risk (synthetic_slope >= 0): then no number of them replaces a real row. status: "asymptotic".
    """

    real_slope: float
    synthetic_slope: float
    worth: float | None
    status: str

    schema = "exchange_rate/1"

    def page(self) -> Page:
        """Return what a row is worth."""
        note = f"slope: what one more row changes of the excess risk ({EXCESS_RISK}). worth: in synthetic rows."
        return page_of(self, "What is one more real row worth?", [shown(self._table(), "One more row", note)])

    def _lines(self) -> Sequence[str]:
        worth = "no number of" if self.worth is None else short(self.worth)
        return [f"one more real row is worth {worth} synthetic rows", *self._sentences()]

    def _sentences(self) -> Sequence[str]:
        return [
            _words(self.real_slope, self.worth),
            f"One more real row changes the excess risk of the last generation by {short(self.real_slope)}, one more "
            f"synthetic row by {short(self.synthetic_slope)} (theory, {self.status}; at the margin, penalties kept).",
        ]

    def _table(self) -> Table:
        lines = [
            {"row": "real", "slope": self.real_slope} | ({} if self.worth is None else {"worth": self.worth}),
            {"row": "synthetic", "slope": self.synthetic_slope, "worth": 1.0},
        ]
        return ["row", "slope", "worth"], lines


@dataclass(frozen=True, repr=False, eq=False)
class RealBatch(Answer):
    """The last generation's risk with real rows added. without: nothing is added.

    kept: `rows` real rows are drawn once, at generation `born`, and every fit from then on trains on them.
    fresh: as many are drawn anew for every fit from `born` on, and used by that one alone. total_rows: rows
    (kept, fresh) that this costs. allowance: of the three.
    """

    without: float
    kept: float
    fresh: float
    total_rows: tuple[float, float]
    allowance: tuple[float, float, float]
    status: str

    schema = "real_batch/1"

    def page(self) -> Page:
        """Return the three risks."""
        note = f"Excess risk of the last generation: {EXCESS_RISK}. allowance: how far it may be off for finite rows."
        return page_of(self, "What are more real rows worth?", [shown(self._table(), "Ways to add real rows", note)])

    def _lines(self) -> Sequence[str]:
        return [
            f"risk {short(self.without)} without, {short(self.kept)} kept, {short(self.fresh)} fresh",
            *self._sentences(),
        ]

    def _sentences(self) -> Sequence[str]:
        kept, fresh = (short(rows) for rows in self.total_rows)
        return [
            f"The excess risk ({EXCESS_RISK}) of the last generation is {short(self.without)} without more real rows.",
            f"It is {short(self.kept)} with {kept} real rows that are drawn once and kept, and {short(self.fresh)} "
            f"with as many drawn anew for each fit, {fresh} in all.",
            f"This is theory ({self.status}): finite size may move the three by {several(self.allowance)}.",
        ]

    def _table(self) -> Table:
        named = zip(
            ("without", "kept", "fresh"),
            (0.0, *self.total_rows),
            (self.without, self.kept, self.fresh),
            self.allowance,
            strict=True,
        )
        columns = ["way", "real_rows", "risk", "allowance"]
        return columns, [dict(zip(columns, line, strict=True)) for line in named]


def exchange_rate(
    spectrum: Spectrum,
    coefficients: ArrayLike | PowerLaw,
    workflow: WorkflowOrBatches,
    *,
    penalty: ArrayLike,
    noise: float | None = None,
    generations: int | None = None,
) -> ExchangeRate:
    r"""Return what one more real row is worth in synthetic rows, at the last generation and at the margin.

    .. math:: \frac{\partial E_G / \partial n_{real}}{\partial E_G / \partial n_{synth}}

    by `theory.reuse.risk`, whose rows need not be whole, central differences of 1e-4 of the rows. Weights per
    row and penalties lambda stay as they are; lambda multiplies the number of rows, so where lambda is far from
    the best, a row's worth has a part that is a change of alpha = lambda x rows. Kept or fresh: as the
    workflow has it (fixed_real and accumulate keep real rows, fresh_real draws them for each fit; there one more
    row means one more in some generation, at the mean over generations).
    penalty: one or one per fit. Other arguments as in `penalty_schedule`.

    Errors: `Problem` where there are no real or no synthetic rows. Status: asymptotic.
    Source: docs/theory/advice.md. Checked by tests/unit/test_advise.py against whole rows more, and against least
    squares in closed form.

    >>> from genloss.workflows import accumulate
    >>> rate = exchange_rate([1.0] * 50, 1.0, accumulate(200), penalty=0.0, noise=0.5, generations=4)
    >>> round(rate.worth, 1)
    67.3
    """
    batches = batches_of(workflow, noise, generations, "fresh")
    ready(spectrum, coefficients, batches)  # checks
    real = [not np.any(batch.teachers) for batch in batches]
    if all(real) or not any(real):
        raise Problem("workflow", "all rows are of one kind", "give a workflow with real and synthetic rows")
    slopes = []
    for kind in (True, False):
        ends = []
        for sign in (1, -1):
            grown = [
                replace(b, rows=b.rows * (1 + sign * _STEP)) if r is kind else b
                for b, r in zip(batches, real, strict=True)
            ]
            ends.append(float(risks_at(ready(spectrum, coefficients, grown), penalty)[-1]))
        count = sum(float(b.rows) for b, r in zip(batches, real, strict=True) if r is kind)
        slopes.append((ends[0] - ends[1]) / (2 * _STEP * count))
    worth = slopes[0] / slopes[1] if slopes[1] < 0 else None
    return ExchangeRate(slopes[0], slopes[1], worth, "asymptotic")


def _words(real: float, worth: float | None) -> str:
    if worth is None:
        helps = "lowers" if real < 0 else "does not lower"
        return f"More synthetic rows do not lower the risk; one more real row {helps} it by {abs(real):.3g}."
    if real >= 0:
        return f"One more real row raises the risk by {real:.3g} at this penalty; a synthetic one lowers it."
    return f"One more real row lowers the risk as {worth:.3g} synthetic rows do."


def worth_of_real_batch(
    spectrum: Spectrum,
    coefficients: ArrayLike | PowerLaw,
    workflow: WorkflowOrBatches,
    *,
    penalty: ArrayLike,
    rows: float,
    real_noise: float,
    noise: float | None = None,
    generations: int | None = None,
    born: int = 0,
) -> RealBatch:
    """Return the last generation's risk with one more real batch that is kept, or drawn anew for each fit.

    rows: real rows added, each of weight 1, from generation `born` on. real_noise: standard deviation of their
    label noise. Other arguments as in `exchange_rate`; penalties stay as they are.

    Errors: `Problem` naming the argument. Status: asymptotic. Source: docs/theory/advice.md.
    Checked by tests/unit/test_advise.py.

    >>> from genloss.workflows import replace
    >>> worth = worth_of_real_batch([1.0] * 50, 1.0, replace(200), penalty=0.0, rows=100, real_noise=0.5,
    ...                             noise=0.5, generations=4)
    >>> worth.fresh < worth.kept < worth.without
    True
    """
    batches = batches_of(workflow, noise, generations, "fresh")
    fits = ready(spectrum, coefficients, batches).rows.size
    more = checked_one("rows", rows, lowest=1e-6, meaning="a number of real rows of at least 1e-6")
    spread = checked_one("real_noise", real_noise, lowest=0, meaning="a standard deviation >= 0")
    if not (isinstance(born, int) and 0 <= born < fits):
        raise Problem(
            "born", f"{born!r} is not a generation of this chain", f"give a whole number from 0 to {fits - 1}"
        )
    truth = np.zeros((fits, fits))
    from_then = (np.arange(fits) >= born) * 1.0
    kept = [SharedRows(more, from_then, truth, spread)]
    fresh = [SharedRows(more, np.eye(fits)[g], truth, spread) for g in range(born, fits)]
    nodes, power = power_on(spectrum, coefficients)

    def last(added: Sequence[SharedRows]) -> tuple[float, float]:
        found = risk_of_power(nodes, power, [*batches, *added], penalty=penalty)
        return float(found.total[-1]), float(found.allowance[-1])

    (a, x), (b, y), (c, z) = last([]), last(kept), last(fresh)
    return RealBatch(a, b, c, (more, more * (fits - born)), (x, y, z), "asymptotic")
