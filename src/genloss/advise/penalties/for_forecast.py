"""What to do after a forecast of ridge or least squares: which penalty to keep, what is one more real row worth?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from genloss.advise.estimators.recognized import squared_penalty_of
from genloss.advise.forecasts.basis import Basis
from genloss.advise.forecasts.begin import OWN
from genloss.advise.forecasts.result import Forecast
from genloss.advise.penalties.exchange import ExchangeRate, exchange_rate
from genloss.advise.penalties.from_rows import PenaltyFromRows, asked_of, penalty_from_rows
from genloss.advise.penalties.question import Array, ready
from genloss.errors import Problem
from genloss.report import short
from genloss.results.agreement import Z
from genloss.theory.reuse.search import risks_at

__all__ = ["advised", "penalty_to_keep", "worth_of_real_row"]

NEAR = 0.2  # of the risk, besides Z standard errors: as near theory must come to the forecast to advise beside it
_NO_GAIN = 0.02  # of the risk: a penalty that saves less is not worth a change


def advised(found: Forecast) -> Forecast:
    """Return a forecast of least squares or ridge with what to do, in its summary and on its page.

    Two sentences, as the command prints them: which penalty to keep, and what one more real row is worth, by theory at
    the last generation, on the rows of the forecast as its model sees them. Theory is asked only here. It is left out,
    with the reason, where an assumption of the forecast does not hold or theory's risk lies farther from the forecast
    than Z standard errors and a fifth of it (of a forecast from own rows: outside the band of truths, too).
    Errors: `Problem` for other models, and for a forecast that was loaded from a file, which keeps no rows.
    Status: asymptotic, at a spectrum, a truth and a noise that were estimated from the rows.
    Checked by tests/unit/test_for_forecast.py.
    """
    return replace(found, advice=_advice(found).sentences)


def penalty_to_keep(found: Forecast) -> PenaltyFromRows:
    """Return the penalty of the mean squared error to keep after a forecast of least squares or ridge.

    It is `penalty_from_rows` on the rows of the forecast, for its workflow and its last generation.
    Errors: `Problem` where `advised` gives a reason instead. Status: as `advised`.

    >>> import genloss
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 4))
    >>> y = X.sum(axis=1) + rng.standard_normal(100)
    >>> found = genloss.forecast("least_squares", X, y, generations=5)
    >>> round(penalty_to_keep(found).penalty, 3), round(worth_of_real_row(found).worth, 1)
    (0.008, 1.0)
    """
    told = _advice(found)
    if told.penalty is None:
        raise _unknown(told)
    return told.penalty


def worth_of_real_row(found: Forecast) -> ExchangeRate:
    """Return how many synthetic rows one more real row is worth in a forecast of least squares or ridge.

    It is `exchange_rate` at what the rows of the forecast show, with its penalty.
    Errors: `Problem` where `advised` gives a reason instead. Status: as `advised`.
    """
    told = _advice(found)
    if told.exchange is None:
        raise _unknown(told)
    return told.exchange


@dataclass(frozen=True, eq=False)
class _Advice:
    """What theory says, in sentences, too; or the reason why it says nothing."""

    penalty: PenaltyFromRows | None
    exchange: ExchangeRate | None
    sentences: tuple[str, ...]


def _unknown(told: _Advice) -> Problem:
    reason = told.sentences[0].rstrip(".") if told.sentences else "It ends with generation 0, to which no label came"
    return Problem("forecast", reason, "ask penalty_from_rows or exchange_rate, whose arguments can be given")


def _advice(found: Forecast) -> _Advice:
    basis, labels = _covered(found)
    penalty = _penalty_of(basis)
    if penalty is None:
        return _without("the penalty is another one in every fit, or only the estimator knows it")
    failed = [each.name for each in found.assumptions if each.state == "failed"]
    if failed:
        return _without(f"this does not hold: {'; '.join(failed)}")
    last = found.last
    if last < 1:
        return _Advice(None, None, ())
    try:
        asked = asked_of(basis.rows, labels, workflow=basis.workflow, generations=last, noise=None)
        now = float(risks_at(ready(asked.spectrum, asked.coefficients, asked.batches), penalty)[-1])
        theirs = found.begin == OWN and found.truth_low[last] <= now <= found.truth_high[last]  # theory has new rows
        if not (theirs or near(now, float(found.risk[last]), float(found.standard_error[last]))):
            return _without(f"theory says a risk of {short(now)} in generation {last}")
        kept = penalty_from_rows(basis.rows, labels, workflow=basis.workflow, generations=last)
        rate = exchange_rate(asked.spectrum, asked.coefficients, asked.batches, penalty=penalty)
    except Problem as problem:
        return _without(f"theory does not cover this: {problem.found}")
    told = (keep(kept.penalty, float(kept.risk[-1]), penalty, now, last), worth(rate, penalty, last))
    return _Advice(kept, rate, told)


def _covered(found: Forecast) -> tuple[Basis, Array]:
    """Return what a forecast that theory covers was made from, and its labels."""
    basis = found.basis
    if basis is None:
        raise Problem(
            "forecast",
            "it was loaded from a file, which does not hold the rows",
            "make the forecast again, and ask about that one",
        )
    if basis.kind != "linear" or basis.labels is None or found.theory is not None:
        told = dict(found.asked).get("estimator", basis.kind)
        raise Problem("forecast", f"of {told}", "forecast least squares or ridge: theory covers these alone")
    if basis.later:
        found_later = "its risk is that on later rows, and theory here takes all inputs for alike"
        raise Problem("forecast", found_later, "forecast without later_rows to see what a penalty or a row is worth")
    if basis.entities:
        found_rows = "rows of one entity were drawn together, and theory takes rows for independent"
        raise Problem("forecast", found_rows, "forecast without id to see what independent rows would be worth")
    return basis, basis.labels


def _penalty_of(basis: Basis) -> float | None:
    """Return the penalty of the mean squared error that every fit has; None where there is no such number."""
    known = squared_penalty_of(basis.estimator)
    if known is None or known[1] or known[0] == 0:
        return known and known[0]
    rows = {float(basis.schedule.rows_used(g).sum()) for g in range(len(basis.schedule.train))}
    return known[0] / rows.pop() if len(rows) == 1 else None


def near(theory: float, risk: float, standard_error: float) -> bool:
    """Whether theory's risk is that of the forecast, within Z standard errors and a fifth of it."""
    return bool(np.isfinite(theory)) and abs(theory - risk) <= Z * standard_error + NEAR * risk


def _without(reason: str) -> _Advice:
    return _Advice(None, None, (f"No penalty is advised, and no worth of a real row, since {reason}.",))


def keep(best: float, risk: float, penalty: float, now: float, last: int) -> str:
    """Say which penalty loses least at the last generation, beside the one that was forecast."""
    given = f"the penalty {short(penalty)}" if penalty else "no penalty"
    if risk > (1 - _NO_GAIN) * now:
        return (
            f"The penalty to keep is the one there is: by theory (asymptotic) no other saves {100 * _NO_GAIN:.0f} % of "
            f"the risk of generation {last} against {given}."
        )
    return (
        f"The penalty to keep is {short(best)} of the mean squared error: by theory "
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
