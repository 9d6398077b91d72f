"""What became of each generation, in one word, since when, and what else was seen?

`collapsing` needs an alarm of a stream that means a loss, and that the loss is in this generation; `shifted` any other
alarm; `stable` that the largest loss which is believed lies within its tolerance; else the rows are too few to say, and
the answer is `inconclusive`, or `not_assessable` where there are hardly any.

Where tolerances were asked for, they alone decide: a loss that is certainly beyond its tolerance is collapsing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from genloss.audit.alternatives import LOST, scaled
from genloss.audit.effects import Effect, of_means, of_shares
from genloss.audit.horizon import needed
from genloss.audit.lens import HIGHER, LOSS, RATIO
from genloss.audit.matched import z_of_means, z_of_share
from genloss.audit.moments import Moments
from genloss.audit.options import TOLERATED, Options
from genloss.audit.process import Process, process
from genloss.audit.scores import SMALL
from genloss.audit.state import Seen, State
from genloss.audit.streams import Scored, Stream
from genloss.audit.urn import log_ratio
from genloss.audit.visible_loss import rows_that_decide, smallest_seen

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
Moved = tuple[Counts, Moments]
"""Counts and moments of scores of a generation whose rows were moved or stretched."""

STABLE, COLLAPSING, SHIFTED, INCONCLUSIVE = "stable", "collapsing", "shifted", "inconclusive"
NOT_ASSESSABLE = "not_assessable"
_TAIL_Z, _RECALL_Z, _REGION = -2.5, -3.5, 300.0
_CAME_BACK = 0.1
_REGIONS = ("coverage", "learned region")
_BLOCKS = 8
"""Blocks that a generation needs before anything but an alarm is said of it."""


@dataclass(frozen=True)
class Line:
    """One stream in one generation. evidence: against one law for all, so far; alarm_at: at which it alarms. alarmed:
    in this or an earlier generation. confirmed: that the loss is in this one. smallest_seen: the smallest loss that
    would have been seen, or None. rows_to_decide, real_rows_to_decide: where a tolerance is left open, else 0."""

    metric: str
    part: str
    meaning: str
    effect: Effect | None
    evidence: float
    alarm_at: float
    alarmed: bool
    confirmed: bool
    smallest_seen: float | None = None
    beyond_tolerance: bool = False
    rows_to_decide: int = 0
    real_rows_to_decide: int = 0


@dataclass(frozen=True)
class Verdict:
    """One generation, from 1 on. first_change, likely: the generation of the change and its 95 % set; none: 0, ()."""

    generation: int
    name: str
    rows: int
    units: int
    word: str
    first_change: int
    likely: tuple[int, ...]
    lines: tuple[Line, ...]


def verdicts(state: State) -> list[Verdict]:
    """Judge generations one after the other; what comes later changes nothing that was said before."""
    every = [_watched(state, each) for each in state.streams]
    return [_verdict(state, every, t) for t in range(len(state.generations))]


def first_alarm(state: State) -> int | None:
    """Return the first generation that is called collapsing or shifted, None if none is: without looking at effects."""
    last = len(state.generations) - 1
    found = [at for each in state.streams if (at := _watched(state, each).alarm(last)) is not None]
    return min(found) + 1 if found else None


def losses(state: State) -> list[list[Stream] | None]:
    """Return for each generation the streams by which it is called collapsing, none where it is called shifted, and
    None where nothing alarmed: without looking at effects and tolerances."""
    every = [_watched(state, each) for each in state.streams]
    return [
        _losses(state, [one for one in every if one.alarm(t) is not None], t) for t in range(len(state.generations))
    ]


def _losses(state: State, alarmed: Sequence[_Watched], t: int) -> list[Stream] | None:
    lost = _region_lost(state, alarmed, t)
    there = [one for one in alarmed if one.stream.number in state.generations[t].scored]
    many = _alarms(there, t)
    found = [one.stream for one in there if _confirmed(state, one, t, lost.get(one.stream.number, 0.0), many)]
    return found if alarmed else None


@dataclass(frozen=True, eq=False)
class _Watched:
    """A stream with its process, and the evidence at which it alarms."""

    stream: Stream
    process: Process
    alarm_at: float

    def alarm(self, t: int) -> int | None:
        """Return the generation, from 0, of the first alarm up to t; None without one."""
        reached = self.process.evidence[: t + 1] >= self.alarm_at
        return int(np.argmax(reached)) if reached.any() else None


def _watched(state: State, each: Stream) -> _Watched:
    nothing = np.zeros(each.cells.count, dtype=np.int64)
    scored = [seen.scored.get(each.number) for seen in state.generations]
    counts = np.array([nothing if one is None else one.counts for one in scored])
    found = process(each.cells.gaps, counts, each.others, each.since)
    chance, horizon = state.options.alpha * each.weight, state.options.horizon
    at = 1 / chance
    if horizon is not None and len(counts) > each.since:
        gaps, drawn = tuple(each.cells.gaps.tolist()), int(counts[each.since].sum())
        at = needed(gaps, each.part.law, drawn, horizon, chance)
    return _Watched(each, found, at)


def _verdict(state: State, every: Sequence[_Watched], t: int) -> Verdict:
    there = [one for one in every if one.stream.since <= t]
    seen = state.generations[t]
    lines = tuple(_lines(state, there, t))
    alarms = [line for line in lines if line.alarmed]
    losses = [line for line in alarms if line.meaning == LOSS and line.confirmed]
    named = losses or alarms
    if state.options.gates:
        word = _gated(state.options, lines)
        named = [line for line in alarms if _gate(line.metric) in state.options.gates]
    else:
        word = COLLAPSING if losses else SHIFTED if alarms else _quiet(state, lines, seen)
    if unasked(state):
        word = NOT_ASSESSABLE
    first, likely = _change(there, lines, named, t)
    return Verdict(t + 1, seen.name, seen.rows, seen.units, word, first, likely, lines)


def unasked(state: State) -> bool:
    """Whether real rows look as if several belonged together, and nobody was asked which: then no alarm is right."""
    near, options = state.known.near, state.options
    return near is not None and near.suspicious and options.entity is None and not options.independent


def _quiet(state: State, lines: Sequence[Line], seen: Seen) -> str:
    if min(seen.units, state.compared) < _BLOCKS * SMALL:
        return NOT_ASSESSABLE
    return STABLE if _within(lines, state.options.tolerance) else INCONCLUSIVE


def _gated(options: Options, lines: Sequence[Line]) -> str:
    gated = [line for line in lines if _gate(line.metric) in options.gates and line.meaning == LOSS]
    if any(line.beyond_tolerance and line.confirmed for line in gated):
        return COLLAPSING
    return STABLE if _within(gated, {name: options.tolerance[name] for name in options.gates}) else INCONCLUSIVE


def _gate(metric: str) -> str:
    return TOLERATED.get(metric, metric)


def _change(
    there: Sequence[_Watched], lines: Sequence[Line], named: Sequence[Line], t: int
) -> tuple[int, tuple[int, ...]]:
    """Return since when rows have changed, as known at the first alarm: a change that grows looks later afterwards."""
    found = []
    for one, line in zip(there, lines, strict=True):
        at = one.alarm(t)
        if line in named and at is not None:
            found.append((at, -one.process.evidence[at], *one.process.first_change(at + 1)))
    return min(found)[2:] if found else (0, ())


def _lines(state: State, there: Sequence[_Watched], t: int) -> Iterator[Line]:
    seen = state.generations[t]
    lost, many = _region_lost(state, there, t), _alarms(there, t)
    for one in there:
        each, scored = one.stream, seen.scored.get(one.stream.number)
        if scored is None:
            continue
        drawn, before = int(scored.counts.sum()), _counts_before(state, each, t)
        effect = _effect(each, scored)
        smallest = smallest_seen(each, drawn, before, t + 1 - each.since, one.alarm_at)
        tolerance = state.options.lost(each.part.metric)
        open_ = _open(each.part.metric, each.part.part, effect, tolerance)
        asked = (
            rows_that_decide(each, drawn, seen.units, tolerance)
            if open_ and effect is not None and tolerance is not None
            else (0, 0)
        )
        yield Line(
            each.part.metric, each.part.part, each.part.meaning, effect, float(one.process.evidence[t]), one.alarm_at,
            one.alarm(t) is not None, _confirmed(state, one, t, lost.get(each.number, 0.0), many), smallest,
            _beyond(state, each, scored, t, tolerance), *asked,
        )  # fmt: skip


def _counts_before(state: State, each: Stream, t: int) -> Counts:
    there = [seen.scored[each.number] for seen in state.generations[each.since : t] if each.number in seen.scored]
    return np.asarray(np.sum([np.zeros(each.cells.count, dtype=np.int64), *(one.counts for one in there)], axis=0))


def _effect(each: Stream, scored: Scored) -> Effect | None:
    """Return how much is left; None where there are too few blocks."""
    if each.part.outside is None:
        return of_means(scored.moments, each.own, ratio=each.part.unit == RATIO)
    counts, gaps = scored.counts, each.cells.gaps
    if counts.sum() == 0:
        return None
    return of_shares(int(counts[1]), int(counts.sum()), int(gaps[1]), int(gaps.sum()))


def _alarms(there: Sequence[_Watched], t: int) -> int:
    return sum(one.alarm(t) is not None for one in there)


def _confirmed(state: State, one: _Watched, t: int, lost: float, alarms: int) -> bool:
    """Whether a loss is in this generation, and is not what a shift or noise alone would show.

    lost: evidence that regions which alarmed have lost rows, once means and deviations are matched. alarms: how many
    streams of this generation have alarmed.
    """
    each, scored = one.stream, state.generations[t].scored[one.stream.number]
    if each.part.meaning != LOSS:
        return False
    if each.part.metric in _REGIONS:
        return lost >= _REGION
    if scored.confirm is None or scored.confirming is None:
        return _still_there(each, scored, alarms)
    before, since = _around(state, one, t)
    if each.part.metric == "recall":
        alone, together = scored.confirming, sum((now for _, now in since), Moments.of(np.empty(0)))
        own = sum((earlier for _, earlier in before), each.own)
        return alone.mean < own.mean and z_of_means(together, own) < _RECALL_Z
    gaps, counts = _counted(each, before), np.sum([now for now, _ in since], axis=0)
    fewer = scored.confirm[1] * gaps.sum() < gaps[1] * scored.confirm.sum()
    return bool(fewer) and z_of_share(int(counts[1]), int(counts.sum()), int(gaps[1]), int(gaps.sum())) < _TAIL_Z


def _still_there(each: Stream, scored: Scored, alarms: int) -> bool:
    """Whether this generation alone lies on the side of a loss, further than one of ten that came back would in any of
    so many streams that alarmed."""
    beyond = float(-ndtri(_CAME_BACK / max(alarms, 1)))
    if not scored.counts.sum():
        return True
    if each.part.outside is not None:
        counts, gaps = scored.counts, each.cells.gaps
        return z_of_share(int(counts[1]), int(counts.sum()), int(gaps[1]), int(gaps.sum())) < -beyond
    side = 1.0 if each.part.law == HIGHER else -1.0
    return side * z_of_means(scored.moments, each.own) > beyond


def _counted(each: Stream, before: Sequence[Moved]) -> Counts:
    """Return the reference's gaps, with counts of moved or stretched rows before a change."""
    return np.asarray(np.sum([each.cells.gaps, *(earlier for earlier, _ in before)], axis=0))


def _around(state: State, one: _Watched, t: int) -> tuple[list[Moved], list[Moved]]:
    """Return moved or stretched rows before a change, and since: of this and up to two generations before it. Where
    nothing alarmed: none, and this generation."""
    each, begin = one.stream, one.alarm(t)
    changed = t if begin is None else max(each.since, one.process.first_change(begin + 1)[0] - 1)
    before = [] if begin is None else state.generations[each.since : changed]
    return list(_moved(each, before)), list(_moved(each, state.generations[max(changed, t - 2) : t + 1]))


def _moved(each: Stream, generations: Sequence[Seen]) -> Iterator[Moved]:
    for seen in generations:
        scored = seen.scored.get(each.number)
        if scored is not None and scored.confirm is not None and scored.confirming is not None:
            yield scored.confirm, scored.confirming


def _region_lost(state: State, there: Sequence[_Watched], t: int) -> dict[int, float]:
    """Return for each stream of a region that alarmed the mean evidence, over those of its metric, that it has lost
    half of its rows in this and the two generations before, once means and deviations are matched."""
    found: dict[str, dict[int, float]] = {}
    for one in there:
        each = one.stream
        if each.part.metric not in _REGIONS or one.alarm(t) is None:
            continue
        before, since = _around(state, one, t)
        balls = _counted(each, before).astype(float)
        counts = np.sum([np.zeros(2, dtype=np.int64), *(now for now, _ in since)], axis=0)
        ratio = float(log_ratio(counts, balls, scaled(balls, LOST[:3])))
        found.setdefault(each.part.metric, {})[each.number] = float(np.exp(min(ratio, 700.0)))
    return {number: float(np.mean(list(of.values()))) for of in found.values() for number in of}


def _beyond(state: State, each: Stream, scored: Scored, t: int, tolerance: float | None) -> bool:
    """Whether this generation alone shows a loss beyond its tolerance, at a share of alpha of its own."""
    if tolerance is None or each.part.meaning != LOSS:
        return False
    gaps = each.cells.gaps.astype(float)
    if each.part.outside is not None:
        base = scaled(gaps, (1 - tolerance,))[0]
        found = log_ratio(scored.counts, base, scaled(base, LOST))
    elif scored.material is not None:
        found = log_ratio(scored.material, gaps, each.others(gaps, int(scored.material.sum())))
    else:
        return False
    share = 1 / ((t + 1) * (t + 2))
    return bool(found >= -np.log(state.options.alpha * each.weight * share))


def _within(lines: Sequence[Line], tolerance: Mapping[str, float]) -> bool:
    """Whether the largest loss that is believed is below its tolerance, for every metric that has one."""
    there = [line for line in lines if line.metric in tolerance]
    return bool(there) and not any(_open(line.metric, line.part, line.effect, tolerance[line.metric]) for line in there)


def _open(metric: str, part: str, effect: Effect | None, tolerance: float | None) -> bool:
    """Whether a loss beyond the tolerance is believed; told by whole rows and the 5 % tail alone."""
    if tolerance is None or metric in TOLERATED or "ax" in part or (metric == "tail" and part != "5%"):
        return False
    return effect is None or effect.equal - effect.low > tolerance
