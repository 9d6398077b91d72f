"""The plan that solves for a target, or for the least mean."""

from __future__ import annotations

from genloss.advise.plans.answer import Plan
from genloss.advise.plans.around import Floor, floor_of, worth_and_saturation
from genloss.advise.plans.built import about, checked_by_runs, curves, least_mean, looked_at, words_of
from genloss.advise.plans.checked import worst_generation
from genloss.advise.plans.frontier import frontier_of
from genloss.advise.plans.protocol import Planned
from genloss.advise.plans.question import Question
from genloss.advise.plans.regime import regime_of
from genloss.advise.plans.solution import Solution
from genloss.advise.plans.solve import solved
from genloss.advise.plans.target import Target


def for_target(asked: Question, target: Target | None, subject: Planned) -> Plan:
    """Solve for what is open, check the answer, and look around it."""
    found = solved(asked, target, subject)
    there, settings = found.value is not None, dict(found.settings)
    inside = there and asked.open != "generations"
    worth, saturation = worth_and_saturation(subject, settings) if inside else (None, None)
    wanted = target is not None and (asked.frontier or asked.costs is not None)
    frontier = frontier_of(asked, target, subject, settings) if target is not None and wanted else None
    last = int(settings.get("generations", subject.generations))
    return Plan(
        open=asked.open,
        value=found.value,
        low=found.low,
        high=found.high,
        ranges=found.ranges,
        domain=found.domain,
        target=target,
        goal=least_mean(subject) if target is None else target.words(words_of(subject.metric), last),
        verification=checked_by_runs(subject, settings, asked.replicates, found.judged, target) if there else None,
        regime=regime_of(subject, settings) if inside and subject.generations else None,
        worth=worth,
        saturation=saturation,
        floor=_floor(target, subject, found) if target is not None and not there else None,
        cheapest=None if frontier is None else frontier.cheapest,
        frontier=frontier,
        looked=looked_at(found.looked),
        notes=(*found.notes, *_moving(asked, target)),
        **curves(found.judged),
        **about(subject, settings),
    )


def _moving(asked: Question, target: Target | None) -> tuple[str, ...]:
    """Say where the first generation moves with what is open."""
    if target is None or not target.relative or asked.open not in ("real_rows", "penalty"):
        return ()
    what = "these real rows" if asked.open == "real_rows" else "this penalty"
    return (
        f"The target is relative to generation 0 with {what}, which may be poor itself; for a fixed level, give a "
        "value (at_most).",
    )


def _floor(target: Target, subject: Planned, found: Solution) -> Floor:
    """Say what the least value is, in the generation in which the target is missed by most."""
    worst = worst_generation(target, found.judged.mean)
    return floor_of(subject, found.settings, found.judged, worst, relative=target.relative)
