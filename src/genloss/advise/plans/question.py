"""What is asked of a plan: what is open, the target, the costs. Each wrong request is answered before any work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

from genloss.advise.plans.protocol import OPEN, Planned
from genloss.advise.plans.target import WHEN, Target
from genloss.doors import Advice, Setting
from genloss.errors import Problem, nearest, shown

NO_TARGET_NEEDED = ("penalty", "penalties", "real_weight")
"""What has a best value by itself."""

_HINTS = {
    "penalty": '; a penalty is open for a model that has one: of a table the words "ridge", "kernel_ridge", "logistic"',
    "penalties": "; penalties by generation are open for ridge studies of a linear_gaussian population",
    "synthetic_share": "; a share is open where real rows are one number",
    "real_weight": "; a weight of real rows is open for fixed_real and fresh_real",
}
_RUNS = 400
_FOR_A_SPREAD = 2000  # of which the spread is known well enough that a power of 90 % is right by two points
_BUDGETS = ("real_rows", "synthetic_rows", "synthetic_share")


@dataclass(frozen=True)
class Costs:
    """What a row costs, and what may be spent on all generations together; None: nothing was said."""

    real: float
    synthetic: float
    budget: float | None = None


@dataclass(frozen=True)
class Question:
    """What is open, and what is asked. target: None where the least value of the metric is."""

    open: str
    target: Target | None
    costs: Costs | None
    replicates: int
    seed: int
    frontier: bool = False

    @property
    def runs(self) -> bool:
        """Whether single runs are needed."""
        return self.target is not None and self.target.chance is not None


def question(
    open: Any,  # noqa: A002  (the word of every door)
    *,
    at_most: Any = None,
    at_least: Any = None,
    keep_within: Any = None,
    chance: Any = None,
    when: str = "always",
    budget: Any = None,
    cost_real: Any = None,
    cost_synthetic: Any = None,
    replicates: Any = None,
    seed: Any = 0,
    frontier: bool = False,
) -> Question:
    """Check everything that can be checked without the subject.

    >>> question("real_rows", keep_within="5%").target.keep_within
    0.05
    >>> question(["real_rows", "penalty"], keep_within=0.05)
    Traceback (most recent call last):
        ...
    genloss.errors.Problem: open: two quantities, real_rows and penalty
      mend: leave one open and give the other a value: open="real_rows"
    """
    name = _opened(open)
    told = {"at_most": at_most, "at_least": at_least, "keep_within": keep_within}
    given = {key: value for key, value in told.items() if value is not None}
    if len(given) > 1:
        raise Problem("the target", f"{' and '.join(given)} at once", "give one of them")
    if when not in WHEN:
        raise Problem("when", shown(when), f"give one of: {', '.join(WHEN)}")
    costs = _costs(budget, cost_real, cost_synthetic)
    part = None if chance is None else _share("chance", chance, "a chance between 0 and 1, e.g. 0.9 or 90%")
    target = None
    if given:
        (key, value), *_ = given.items()
        number = _within(value) if key == "keep_within" else _number(key, value, "a value of the metric, e.g. 0.2")
        target = Target(**{key: number}, chance=part, when=when)  # type: ignore[arg-type]
    _check_goal(name, target, costs, chance=part)
    return Question(name, target, costs, _count(replicates, name), _seed(seed), frontier)


def _opened(given: Any) -> str:
    names = [given] if isinstance(given, str) else list(given) if isinstance(given, Iterable) else [given]
    names = [each.replace("-", "_") if isinstance(each, str) else each for each in names]
    if given is None or not names:
        mend = Advice("name one: ", Setting("open", "synthetic_rows"), f"; it may be {', '.join(OPEN)}")
        raise Problem("open", "no quantity is left open, so there is nothing to solve for", mend)
    if len(names) > 1:
        mend = Advice("leave one open and give the other a value: ", Setting("open", str(names[0])))
        raise Problem("open", f"{'two' if len(names) == 2 else len(names)} quantities, {_and(names)}", mend)
    if names[0] == "models":
        raise Problem("open", "a number of models is asked for without data", "call genloss.advise.plan_models")
    if names[0] not in OPEN:
        raise Problem("open", f"{shown(names[0])} is not a quantity to solve for", nearest(str(names[0]), list(OPEN)))
    return str(names[0])


def _and(names: Sequence[Any]) -> str:
    *first, last = [str(name) for name in names]
    return f"{', '.join(first)} and {last}"


def _check_goal(name: str, target: Target | None, costs: Costs | None, *, chance: float | None) -> None:
    budget = costs is not None and costs.budget is not None
    if budget and target is not None:
        raise Problem("budget", "a target is given, too", "give one of the two: the plan then answers the other")
    if budget and name not in _BUDGETS:
        mend = Advice("leave rows open: ", Setting("open", "synthetic_rows"))
        raise Problem("budget", f"a budget buys rows, and the open quantity is {name}", mend)
    if target is None and not budget and name not in NO_TARGET_NEEDED:
        mend = Advice(
            "say what must hold: ", Setting("keep_within", 0.05), " (at most 5 % above generation 0) or ",
            Setting("at_most", 0.2),
        )  # fmt: skip
        raise Problem("the target", "none is given", mend)
    if chance is not None and target is None:
        mend = Advice("say what each run must meet, e.g. ", Setting("keep_within", 0.05))
        raise Problem("chance", "it is the part of runs that meet a target, and no target is given", mend)


def _costs(budget: Any, real: Any, synthetic: Any) -> Costs | None:
    given = [value is not None for value in (real, synthetic)]
    if budget is None and not any(given):
        return None
    if not all(given):
        missing = "cost_real" if real is None else "cost_synthetic"
        raise Problem(missing, "missing", Advice("give what a row of each kind costs: ", Setting(missing, 1.0)))
    prices = []
    for name, value in (("cost_real", real), ("cost_synthetic", synthetic)):
        price = _number(name, value, "what a row costs, e.g. 0.02")
        if price <= 0:
            raise Problem(name, f"{price:g} a row", "give a cost above 0, in the same unit for both kinds of rows")
        prices.append(price)
    spent = None if budget is None else _number("budget", budget, "what may be spent on rows, e.g. 1000")
    if spent is not None and spent < min(prices):
        found = f"{spent:g} buys no row: one costs {prices[0]:g} (real) or {prices[1]:g} (synthetic)"
        raise Problem("budget", found, "give what may be spent on the rows of all generations together")
    return Costs(prices[0], prices[1], spent)


def _number(name: str, value: Any, meaning: str) -> float:
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            raise Problem(name, shown(value), f"give {meaning}") from None
    if isinstance(value, bool) or not isinstance(value, Real) or not abs(float(value)) < 1e300:
        raise Problem(name, shown(value), f"give {meaning}")
    return float(value)


def percent(name: str, value: Any, meaning: str) -> float:
    """Return a part of one, given as a number or as percent.

    >>> percent("keep_within", "5 %", "a part"), percent("keep_within", 0.05, "a part")
    (0.05, 0.05)
    """
    if isinstance(value, str) and value.strip().endswith("%"):
        return round(_number(name, value.strip()[:-1].strip(), meaning) / 100, 12)
    return _number(name, value, meaning)


def _within(value: Any) -> float:
    found = percent("keep_within", value, "the loss that may be, as a part of generation 0's: 0.05 or 5%")
    if found <= 0:
        mend = "give what may be lost, above 0: 0.05 or 5% is at most 1.05 times the value of generation 0"
        raise Problem("keep_within", f"{found:g} allows no loss at all", mend)
    return found


def _share(name: str, value: Any, meaning: str) -> float:
    found = percent(name, value, meaning)
    if not 0 < found < 1:
        raise Problem(name, f"{found:g} is not such a share", f"give {meaning}")
    return found


def _count(value: Any, name: str) -> int:
    if value is None:
        return _FOR_A_SPREAD if name == "replicates" else _RUNS
    if isinstance(value, bool) or not isinstance(value, Integral) or not 50 <= int(value) <= 100_000 or int(value) % 10:
        raise Problem("replicates", shown(value), "give a multiple of 10 from 50 to 100,000, e.g. 400")
    return int(value)


def _seed(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 0:
        raise Problem("seed", shown(value), "give a whole number from 0 on")
    return int(value)


def checked_for(asked: Question, subject: Planned) -> Target | None:
    """Refuse what this subject does not have; return the target with the side of the metric that is better.

    Errors: `Problem` for what cannot be open here, a value that the metric never takes, a loss beyond all.
    """
    costly = asked.costs is not None or asked.open == "real_rows"
    if costly and subject.metric == "standardized_error":
        found = "it is in units of a first fit to the real rows, which more of them do not lower"
        raise Problem("metric", f"{subject.metric}: {found}", "plan for another metric of the study")
    if asked.open not in subject.opens:
        hint = _HINTS.get(asked.open, "")
        mend = f"leave open one of: {', '.join(subject.opens)}{hint}"
        raise Problem("open", f"{asked.open} cannot be solved for here", mend)
    target = asked.target
    if target is None:
        return None
    turned = Target(
        target.at_most, target.at_least, target.keep_within, target.chance, target.when, subject.more_is_better
    )
    given, other = ("at_most", "at_least") if target.at_most is not None else ("at_least", "at_most")
    if not target.relative and turned.more != (given == "at_least"):
        better = "more" if subject.more_is_better else "less"
        raise Problem(given, f"of {subject.metric} {better} is better", Advice("give ", Setting(other, turned.limit)))
    if target.at_most is not None and target.at_most <= 0 and not subject.more_is_better:
        mend = Advice("give a value above 0, or a share of generation 0's: ", Setting("keep_within", 0.05))
        raise Problem("at_most", f"{target.at_most:g}: {subject.metric} is above 0, however many rows there are", mend)
    if target.relative and subject.signed:
        mend = Advice("give a value: ", Setting("at_least" if subject.more_is_better else "at_most", 0.0))
        raise Problem("keep_within", f"{subject.metric} may be below 0, so a part of it means nothing", mend)
    if target.keep_within is not None and subject.more_is_better and target.keep_within >= 1:
        raise Problem(
            "keep_within",
            f"{target.keep_within:g} of the value may be lost, and that is all of it",
            "give a share below 1",
        )
    if subject.generations < 1 and (target.relative or asked.open == "generations"):
        raise Problem("generations", "0, so there is nothing to compare with generation 0", "give at least 1")
    return turned
