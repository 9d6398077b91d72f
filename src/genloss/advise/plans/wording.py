"""How is a plan said? Whole sentences, the answer first."""

from __future__ import annotations

from math import inf

from genloss.advise.plans.facts import Facts
from genloss.advise.plans.protocol import OPEN
from genloss.advise.plans.solution import SMALLEST
from genloss.report.numbers import several, short, with_error

_WHOLE = ("real_rows", "synthetic_rows", "generations", "replicates")
_THINGS = {
    "real_rows": "real rows a generation",
    "synthetic_rows": "synthetic rows a generation",
    "synthetic_share": "a share of {} of synthetic rows",
    "real_weight": "a weight of {} of the real rows",
    "penalty": "a penalty of {}",
    "generations": "generations",
    "replicates": "independent runs",
}
TITLES = {
    "real_rows": "How many real rows does it take?",
    "synthetic_rows": "How many synthetic rows are safe?",
    "synthetic_share": "Which share of synthetic rows is safe?",
    "real_weight": "How much should real rows weigh?",
    "penalty": "Which penalty is best?",
    "penalties": "Which penalty in which generation?",
    "generations": "For how many generations does it hold?",
    "replicates": "How many independent runs does it take?",
}
"""What the page of a plan is called, by what is open."""
_OTHERS = {"synthetic_share": "as the share of synthetic rows"}
_REGIMES = {
    "bounded": "stays bounded",
    "log": "grows like the logarithm of the generation",
    "power": "grows like the generation to the power {power}",
    "linear": "grows in proportion to the generation",
    "faster": "grows faster than in proportion to the generation",
}


def number(name: str, value: float) -> str:
    """Write a value of an open quantity: rows in full, others short."""
    if name in _WHOLE:
        return f"{value:,.0f}"
    return short(float(value), 4)


def _things(name: str, value: str) -> str:
    """Say so many of what is open."""
    words = "generation" if (name, value) == ("generations", "1") else _THINGS[name]
    return words.format(value) if "{}" in words else f"{value} {words}"


def sentences_of(plan: Facts) -> list[str]:
    """Return the answer, its interval, the check, and what surrounds it."""
    said = [_answer(plan), *_more(plan), *_check(plan), *_regime(plan), *_rows(plan), *_assumed(plan), *plan.notes]
    return [each for each in said if each]


def _answer(plan: Facts) -> str:
    if plan.open == "penalties":
        return f"Best for {plan.goal}: the penalties {several(plan.penalties)} for generations 0 to {plan.generations}."
    if plan.value is None:
        return _nothing(plan)
    value = number(plan.open, plan.value)
    if plan.needed is not None:
        return _power(plan)
    if plan.open in ("penalty", "real_weight"):
        return _best(plan)
    if plan.target is None:
        pair = plan.settings
        real, made = (f"{pair[name]:,.0f}" for name in ("real_rows", "synthetic_rows"))
        cost = "" if plan.cheapest is None else f", which cost {short(plan.cheapest.cost or 0.0, 4)} in all"
        return f"For {plan.goal}: {real} real and {made} synthetic rows a generation{cost}."
    if plan.open == "generations":
        if plan.value >= plan.domain[1]:
            return f"No generation up to {value}, the last that was looked at, misses the target: {plan.goal}."
        return f"The target is met up to generation {value}{_interval(plan)}, and missed in the next: {plan.goal}."
    if plan.open not in SMALLEST and plan.value >= plan.domain[1]:
        return f"All values up to {_things(plan.open, value)}, the most that were looked at, meet it: {plan.goal}."
    least = plan.open in SMALLEST or _needs_more(plan)
    word, safe = ("At least", plan.high) if least else ("At most", plan.low)
    return f"{word} {_things(plan.open, value)}{_interval(plan)}: {plan.goal}.{_safe(plan, safe)}"


def _needs_more(plan: Facts) -> bool:
    """Whether the answer is the low end of its range: less does not do."""
    return any(low == plan.value and high > low for low, high in plan.ranges) and plan.ranges[0][0] > plan.domain[0]


def _interval(plan: Facts) -> str:
    if plan.low is None and plan.high is None:
        return " (it is not sure that any value will do)"
    if plan.low is None and plan.high == inf:
        return " (given what is not known, perhaps no value will do, and perhaps there is no limit)"
    low = "none that is sure" if plan.low is None else number(plan.open, plan.low)
    high = "without limit" if plan.high in (inf, None) else number(plan.open, plan.high)
    if plan.low is not None and plan.low == plan.high:
        return ""
    return f" (95 % interval: {low} to {high})"


def _safe(plan: Facts, safe: float | None) -> str:
    """Say that the end of the interval `safe` is so against what is not known."""
    if safe is None or safe in (inf, plan.value):
        return ""
    return f" To be safe against what is not known: {number(plan.open, safe)}."


def _nothing(plan: Facts) -> str:
    floor = plan.floor
    what = OPEN[plan.open]
    said = f"Whatever the {what}, the target is not met: {plan.goal}."
    if floor is None:
        return said
    times = " times that of generation 0" if plan.target is not None and plan.target.relative else _unit(plan)
    at = f" at {_things(plan.open, number(plan.open, plan.settings[plan.open]))}" if plan.open in plan.settings else ""
    value = f"The floor is {short(floor.value)}{times}, in generation {floor.generation}{at}"
    return f"{said} {value}{f', set by {floor.set_by}' if floor.set_by else ''}."


def _best(plan: Facts) -> str:
    assert plan.value is not None
    what = {"penalty": "The best penalty", "real_weight": "The best weight of the real rows"}[plan.open]
    value, low, high = (number(plan.open, each) for each in (plan.value, plan.low or 0.0, plan.high or 0.0))
    near = f"from {low} to {high} it is no more than 1 % worse"
    said = f"{what} is {value}, for the mean of generation {plan.generations}; {near}."
    if plan.target is None:
        return said
    ends = "; ".join(f"from {number(plan.open, a)} to {number(plan.open, b)}" for a, b in plan.ranges)
    return f"{said} The target, {plan.goal}, is met {ends}."


def _power(plan: Facts) -> str:
    assert plan.needed is not None
    need = plan.needed
    return (
        f"{need.runs:,} independent runs (95 % interval: {need.low:,} to {need.high:,}) {plan.goal}; the spread of "
        f"single runs is {short(need.spread)}, the effect {short(abs(need.effect))}."
    )


def _more(plan: Facts) -> list[str]:
    """Other ranges, the mean at the answer, what costs least."""
    said = []
    edged = plan.open not in ("penalty", "real_weight", "generations")
    if plan.target is not None and plan.value is not None and edged:
        for low, high in plan.ranges:
            if not low <= plan.value <= high:
                end = "or more" if high == plan.domain[1] else f"to {number(plan.open, high)}"
                said.append(
                    f"{number(plan.open, low)} {end} {_OTHERS.get(plan.open, _THINGS[plan.open])} meet it, too."
                )
    if plan.mean and plan.needed is None:
        where = "At the answer" if plan.value is not None else "Where it is missed by least"
        last, ends = plan.mean[-1], (plan.mean_low[-1], plan.mean_high[-1])
        error = "" if ends[0] == ends[1] else f" (95 %: {short(ends[0])} to {short(ends[1])})"
        times = f", {short(last / plan.mean[0])} times that of generation 0" if plan.mean[0] else ""
        said.append(
            f"{where}, the mean {plan.metric} of generation {len(plan.mean) - 1} is {short(last)}{_unit(plan)}{error}"
            f"{times} ({_status(plan)})."
        )
    if plan.cheapest is not None and plan.cheapest.cost is not None and plan.target is not None:
        pair = plan.cheapest
        said.append(
            f"The cheapest pair that meets the target: {pair.real_rows:,.0f} real and {pair.synthetic_rows:,.0f} "
            f"synthetic rows a generation, for {short(pair.cost or 0.0, 4)} over all generations."
        )
    return said


def _unit(plan: Facts) -> str:
    """Return the unit itself behind a space, where it stands behind what it is the unit of; "" where there is none."""
    unit = plan.unit.rsplit(", ", 1)[-1]
    return f" {unit}" if unit else ""


def _status(plan: Facts) -> str:
    return {
        "exact": "theory, exact",
        "asymptotic": "theory, asymptotic",
        "simulation": "by simulation",
        "extrapolated": "extrapolated from pilot runs",
    }[plan.status]


def _check(plan: Facts) -> list[str]:
    found = plan.verification
    if found is None:
        return []
    if found.verdict == "not possible":
        return [f"This was not checked by independent runs: {found.why}"]
    runs = f"{found.replicates:,} independent runs at the answer"
    close = found.verdict == "held" and _beyond(plan)
    said = f"{runs} MISS it" if found.verdict == "missed" else f"The plan held in {runs}"
    said = f"{runs} do not contradict it, within 4.5 standard errors" if close else said
    asked = "asked" if plan.target is not None or plan.needed is not None else "promised"
    share = _single(plan)
    limit = with_error(found.limit, found.limit_error) if found.limit_error else short(found.limit, 4)
    number_ = f"{with_error(found.found, found.error)} (standard error), {asked} {limit}"
    return [f"{said}: {found.what} {number_}.", *([share] if share else [])]


def _single(plan: Facts) -> str:
    """Say how many single runs meet a target of the mean."""
    found, target = plan.verification, plan.target
    if found is None or target is None or target.chance is not None or found.share != found.share:
        return ""
    many = "None of the single runs" if found.share == 0 else f"{100 * found.share:.0f} % of single runs"
    every = "" if target.when == "last" else " in every generation"
    return f"{many} met the target{every}: it was asked of the mean; a chance asks it of single runs."


def _beyond(plan: Facts) -> bool:
    """Whether what the check found is on the wrong side of what was asked, though within its error."""
    found, target = plan.verification, plan.target
    if found is None or target is None:
        return False
    if found.what.startswith("share"):
        return found.found < found.limit
    least = target.at_least is not None or (target.relative and target.more)
    return found.found < found.limit if least else found.found > found.limit


def _regime(plan: Facts) -> list[str]:
    regime = plan.regime
    if regime is None:
        return []
    if not regime.name:
        return [f"How the loss goes on beyond generation {plan.generations} cannot be told: {regime.why}."]
    words = _REGIMES[regime.name].format(power="" if regime.exponent is None else short(regime.exponent, 2))
    return [f"With these settings the loss {words}, as far as generation {regime.generations} shows ({regime.why})."]


def _rows(plan: Facts) -> list[str]:
    said = []
    if plan.worth is not None:
        worth = plan.worth
        if worth.worth is None:
            said.append(
                "No number of further synthetic rows replaces one more real row: twice as many lower the loss by less "
                "than a thousandth, or raise it."
            )
        elif worth.worth <= 0:
            said.append("One more real row does not lower the loss, and one more synthetic row does.")
        else:
            said.append(f"One more real row lowers the loss as much as {short(worth.worth)} more synthetic ones.")
    end = plan.saturation
    if end is not None and end.rows is not None:
        said.append(
            f"Past {end.rows:,.0f} synthetic rows a generation no amount changes the mean of the last generation by "
            f"more than 1 %: it is then {short(end.limit)}{_unit(plan)}."
        )
    return said


def _assumed(plan: Facts) -> list[str]:
    failed = [f"{each.name} ({each.found})" for each in plan.assumptions if each.state == "failed"]
    unknown = [each.name for each in plan.assumptions if each.state == "unknown"]
    said = []
    if failed:
        said.append(f"Assumed, and failed: {'; '.join(failed)}.")
    if unknown:
        said.append(f"Assumed, and not known: {'; '.join(unknown)}.")
    return said
