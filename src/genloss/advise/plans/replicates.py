"""The plan for a number of independent runs: as many as tell the target's loss from none."""

from __future__ import annotations

from genloss.advise.plans.answer import Plan
from genloss.advise.plans.built import NOTHING, about, curves, not_possible
from genloss.advise.plans.checked import Verification
from genloss.advise.plans.power import DEFAULT_CHANCE, LEVEL, differences, runs_needed, tried
from genloss.advise.plans.protocol import Planned
from genloss.advise.plans.question import Question
from genloss.advise.plans.target import Target
from genloss.errors import Problem
from genloss.results.agreement import Z
from genloss.streams import stream

_OFF = 0.03  # of a chance: by how much the power may differ from what was asked
_FEW = 12  # runs, of which one more or less changes the power by more than that
_FRESH = 2000  # independent runs that the power is tried on, at least
_DOMAIN = (2.0, 1e7)


def for_replicates(asked: Question, target: Target, subject: Planned) -> Plan:
    """Return how many runs are needed; the power is tried on runs of their own."""
    chance = DEFAULT_CHANCE if target.chance is None else target.chance
    [judged] = subject.judge([{}], runs=True)
    if judged.runs is None:
        raise Problem(
            "open",
            "to plan replicates, single runs must vary, and their spread is not known here",
            "plan for something else",
        )
    found, effect = differences(judged.runs, target)
    need = runs_needed(found, effect, chance, stream(asked.seed, "plan", "runs"))
    try:
        fresh, _ = differences(subject.check({}, max(asked.replicates, _FRESH)), target)
    except Problem as problem:
        check = not_possible(problem, chance)
    else:
        told, error = tried(fresh, need.runs, effect, stream(asked.seed, "plan", "power"))
        what = f"share of tests of {need.runs:,} runs that tell the effect"
        held = abs(told - chance) <= _OFF + Z * error or need.runs <= _FEW
        verdict = "held" if held else "missed"
        check = Verification(verdict, len(fresh), what, told, error, chance, NOTHING, NOTHING, NOTHING, NOTHING)
    return Plan(
        open=asked.open,
        value=float(need.runs),
        low=float(need.low),
        high=float(need.high),
        domain=_DOMAIN,
        target=target,
        goal=f"{_effect(target, subject)} at level {100 * LEVEL:g} % with a chance of {chance:.3g}",
        verification=check,
        needed=need,
        **curves(judged),
        **about(subject, {}),
    )


def _effect(target: Target, subject: Planned) -> str:
    if target.relative:
        return f"tell {target.limit:.4g} times the value of generation 0 from no change"
    return f"tell the mean of generation {subject.generations} from {target.limit:.4g}"
