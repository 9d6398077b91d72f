"""The plan that spends a budget: the pair of rows with the least mean."""

from __future__ import annotations

from genloss.advise.plans.answer import Looked, Plan
from genloss.advise.plans.around import worth_and_saturation
from genloss.advise.plans.built import about, checked_by_runs, curves, least_mean
from genloss.advise.plans.frontier import Pair, bought
from genloss.advise.plans.protocol import Planned
from genloss.advise.plans.question import Costs, Question
from genloss.advise.plans.regime import regime_of
from genloss.errors import Problem


def for_budget(asked: Question, costs: Costs, subject: Planned) -> Plan:
    """Spend it all.

    Errors: `Problem` where the workflow does not draw both kinds of rows, or the budget does not buy one of each.
    """
    if not {"real_rows", "synthetic_rows"} <= set(subject.opens):
        raise Problem(
            "budget",
            "this workflow does not draw both real and synthetic rows",
            "plan for one that does, e.g. fixed_real",
        )
    found = bought(asked, subject)
    if found is None:
        what = f"{costs.budget:g} does not buy a row of each kind for {subject.generations} generations"
        raise Problem("budget", what, "give more, or plan fewer generations")
    best = found.best
    settings = {"real_rows": best.real_rows, "synthetic_rows": best.synthetic_rows}
    worth, saturation = worth_and_saturation(subject, settings)
    looked = sorted((Looked(_value(asked, pair), pair.value, None, None, None) for pair in found.pairs), key=_first)
    return Plan(
        open=asked.open,
        value=_value(asked, best),
        domain=subject.domain(asked.open),
        goal=f"{least_mean(subject)} that a budget of {costs.budget:g} buys",
        verification=checked_by_runs(subject, settings, asked.replicates, found.judged),
        regime=regime_of(subject, settings),
        worth=worth,
        saturation=saturation,
        cheapest=best,
        looked=tuple(looked),
        **curves(found.judged),
        **about(subject, settings),
    )


def _value(asked: Question, pair: Pair) -> float:
    if asked.open == "synthetic_share":
        return pair.synthetic_rows / (pair.real_rows + pair.synthetic_rows)
    return pair.real_rows if asked.open == "real_rows" else pair.synthetic_rows


def _first(looked: Looked) -> float:
    return looked.value
