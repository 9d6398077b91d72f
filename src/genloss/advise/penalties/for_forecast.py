"""What to do after a forecast of ridge or least squares: which penalty to keep, what is one more real row worth?"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from genloss.advise.forecasts.result import Forecast
from genloss.advise.penalties.exchange import ExchangeRate, exchange_rate
from genloss.advise.penalties.from_rows import asked_of, penalty_from_rows
from genloss.advise.penalties.question import Array, ready
from genloss.errors import Problem
from genloss.report import short
from genloss.results.agreement import Z
from genloss.theory.reuse.search import risks_at
from genloss.workflows import WorkflowLike

__all__ = ["advised"]

NEAR = 0.2  # of the risk, besides Z standard errors: as near theory must come to the forecast to advise beside it
_NO_GAIN = 0.02  # of the risk: a penalty that saves less is not worth a change


def advised(found: Forecast, X: Array, y: Array, *, workflow: WorkflowLike, penalty: float) -> Forecast:
    """Return the forecast with advice from theory on the same rows.

    X, y: standardized rows and labels that were forecast; penalty: of the mean squared error, 0 for least squares. The
    advice is at the last generation that is forecast, and left out, with the reason, where an assumption of the
    forecast does not hold or theory's risk lies farther from the forecast than Z standard errors and a fifth of it.
    Status: asymptotic, at a spectrum, a truth and a noise that were estimated from the rows.
    Checked by tests/unit/test_for_forecast.py.
    """
    failed = [each.name for each in found.assumptions if each.state == "failed"]
    if failed:
        return _without(found, f"this does not hold: {'; '.join(failed)}")
    if found.last < 1:
        return found
    try:
        asked = asked_of(X, y, workflow=workflow, generations=found.last, noise=None)
        now = float(risks_at(ready(asked.spectrum, asked.coefficients, asked.batches), penalty)[-1])
        if not near(now, float(found.risk[found.last]), float(found.standard_error[found.last])):
            return _without(found, f"theory says a risk of {short(now)} in generation {found.last}")
        kept = penalty_from_rows(X, y, workflow=workflow, generations=found.last)
        rate = exchange_rate(asked.spectrum, asked.coefficients, asked.batches, penalty=penalty)
    except Problem as problem:
        return _without(found, f"theory does not cover this: {problem.found}")
    last = found.last
    said = (keep(kept.penalty, float(kept.risk[-1]), penalty, now, last), worth(rate, penalty, last))
    return replace(found, advice=said)


def near(theory: float, risk: float, standard_error: float) -> bool:
    """Whether theory's risk is that of the forecast, within Z standard errors and a fifth of it."""
    return bool(np.isfinite(theory)) and abs(theory - risk) <= Z * standard_error + NEAR * risk


def _without(found: Forecast, reason: str) -> Forecast:
    return replace(found, advice=(f"No penalty is advised, and no worth of a real row, since {reason}.",))


def keep(best: float, risk: float, penalty: float, now: float, last: int) -> str:
    """Say which penalty loses least at the last generation, beside the one that was forecast."""
    given = f"the penalty {short(penalty)}" if penalty else "no penalty"
    if risk > (1 - _NO_GAIN) * now:
        return (
            f"The penalty to keep is the one there is: by theory (asymptotic) no other saves {100 * _NO_GAIN:.0f} % of "
            f"the risk of generation {last} against {given}."
        )
    return (
        f"The penalty to keep is {short(best)} of the mean squared error on standardized inputs: by theory "
        f"(asymptotic, at what the rows show) the risk of generation {last} is then {short(risk)}, where {given} has "
        f"{short(now)}."
    )


def worth(rate: ExchangeRate, penalty: float, last: int) -> str:
    """Say how many synthetic rows one more real row is worth, as the workflow uses both."""
    at = f"with the penalty {short(penalty)}" if penalty else "without a penalty"
    trust = f"in generation {last} {at}, at the margin (theory, asymptotic)"
    if rate.real_slope >= 0:
        return f"One more real row does not lower the risk, {trust}."
    if rate.worth is None:
        return f"No number of synthetic rows is worth one more real row: more of them do not lower the risk, {trust}."
    rows = "row does" if short(rate.worth) == "1" else "rows do"
    return f"One more real row lowers the risk as much as {short(rate.worth)} more synthetic {rows}, {trust}."
