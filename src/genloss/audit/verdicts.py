"""What became of each generation, in one word, since when, and what else was seen?

`collapsing` needs an alarm of a stream that means a loss, and that the loss is in this generation; `shifted` any other
alarm; `stable` that the largest loss which is believed lies within its tolerance; else the rows are too few to say, and
the answer is `inconclusive`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.audit.alternatives import LOST, scaled
from genloss.audit.effects import Effect, of_means, of_shares
from genloss.audit.matched import z_of_means, z_of_share
from genloss.audit.process import Process, process
from genloss.audit.streams import LOSS, Reference, Scored, Seen
from genloss.audit.urn import log_ratio
from genloss.streams import stream

Array = NDArray[np.float64]

STABLE, COLLAPSING, SHIFTED, INCONCLUSIVE = "stable", "collapsing", "shifted", "inconclusive"
TOLERANCE = {"variance": 0.10, "tail": 0.25, "recall": 0.05, "diversity": 0.10, "rare kinds": 0.25}
"""Of a loss that does not matter: shares of what real rows have, for recall points."""
_TAIL_Z, _RECALL_Z, _BALLS = -2.5, -3.0, 20.0
_SHARES = ("tail", "tail gained", "coverage", "unsupported", "rare kinds", "rare kinds gained", "shares of kinds")


@dataclass(frozen=True)
class Line:
    """One stream in one generation. evidence: against one law for all, so far. alarmed: in this or an earlier one."""

    metric: str
    part: str
    meaning: str
    effect: Effect | None
    evidence: float
    alarmed: bool
    confirmed: bool


@dataclass(frozen=True)
class Verdict:
    """One generation, from 1 on. first_change, likely: the generation of the change and its 95 % set; none: 0, ()."""

    generation: int
    rows: int
    word: str
    first_change: int
    likely: tuple[int, ...]
    lines: tuple[Line, ...]


def verdicts(
    reference: Reference, seen: Sequence[Seen], alpha: float = 0.05, tolerance: Mapping[str, float] = TOLERANCE
) -> list[Verdict]:
    """Judge generations one after the other; what comes later changes nothing that was said before."""
    every = [
        process(each.cells.gaps, np.array([one.plain[place].counts for one in seen]), each.others)
        for place, each in enumerate(reference.streams)
    ]
    return [_verdict(reference, seen, every, t, alpha, tolerance) for t in range(len(seen))]


def _verdict(
    reference: Reference, seen: Sequence[Seen], every: Sequence[Process], t: int, alpha: float,
    tolerance: Mapping[str, float],
) -> Verdict:  # fmt: skip
    lines = tuple(_lines(reference, seen[t], every, t, alpha))
    alarms = [line for line in lines if line.alarmed]
    losses = [line for line in alarms if line.meaning == LOSS and line.confirmed]
    word = COLLAPSING if losses else SHIFTED if alarms else STABLE if _within(lines, tolerance) else INCONCLUSIVE
    first, likely = _change(reference, every, lines, losses or alarms, t, alpha)
    return Verdict(t + 1, seen[t].rows, word, first, likely, lines)


def _change(
    reference: Reference, every: Sequence[Process], lines: Sequence[Line], named: Sequence[Line], t: int, alpha: float
) -> tuple[int, tuple[int, ...]]:
    """Return since when rows have changed, as known at the first alarm: a change that grows looks later afterwards."""
    found = []
    for each, line, seen in zip(reference.streams, lines, every, strict=True):
        if line in named:
            alarm = int(np.argmax(each.weight * seen.evidence[: t + 1] >= 1 / alpha)) + 1
            found.append((alarm, -seen.evidence[alarm - 1], *seen.first_change(alarm)))
    return min(found)[2:] if found else (0, ())


def _lines(reference: Reference, seen: Seen, every: Sequence[Process], t: int, alpha: float) -> Iterator[Line]:
    balls = _balls_lost(reference, seen)
    for place, (each, found) in enumerate(zip(reference.streams, every, strict=True)):
        alarmed = bool((each.weight * found.evidence[: t + 1]).max() >= 1 / alpha)
        effect = _effect(reference, place, seen.plain[place], t)
        confirmed = _confirmed(reference, place, seen) if each.metric != "coverage" else balls >= _BALLS
        yield Line(each.metric, each.part, each.meaning, effect, float(found.evidence[t]), alarmed, confirmed)


def _effect(reference: Reference, place: int, scored: Scored, t: int) -> Effect | None:
    """Return how much is left; None where there are too few blocks."""
    each = reference.streams[place]
    if each.metric in _SHARES:
        counts, gaps = scored.counts, each.cells.gaps
        if counts.sum() == 0:
            return None
        rng = stream(reference.seed, "audit", "effect", t, place)
        return of_shares(int(counts[1]), int(counts.sum()), int(gaps[1]), int(gaps.sum()), rng)
    ratio = each.metric in ("variance", "spread", "diversity")
    return of_means(scored.moments, reference.own[place], ratio=ratio)


def _confirmed(reference: Reference, place: int, seen: Seen) -> bool:
    """Whether a loss is in this generation, and is not what a shift or noise alone would show."""
    each = reference.streams[place]
    if each.metric == "tail":
        counts, gaps = seen.centered[place].counts, each.cells.gaps
        return z_of_share(int(counts[1]), int(counts.sum()), int(gaps[1]), int(gaps.sum())) < _TAIL_Z
    if each.metric == "recall":
        return z_of_means(seen.matched[place].moments, reference.own[place]) < _RECALL_Z
    return each.meaning == LOSS


def _balls_lost(reference: Reference, seen: Seen) -> float:
    """Return the mean evidence that a ball has lost half of its rows, once means and deviations are matched."""
    found = [
        log_ratio(
            seen.matched[place].counts, each.cells.gaps.astype(float), scaled(each.cells.gaps.astype(float), LOST[:3])
        )
        for place, each in enumerate(reference.streams)
        if each.metric == "coverage"
    ]
    return float(np.mean(np.exp(np.minimum(found, 700.0)))) if found else 0.0


def _within(lines: Sequence[Line], tolerance: Mapping[str, float]) -> bool:
    """Whether the largest loss that is believed is below its tolerance, for every metric that has one."""
    for line in lines:
        if line.metric not in tolerance or line.part.startswith("axes") or line.part == "1%":
            continue
        if line.effect is None:
            return False
        if line.effect.equal - line.effect.low > tolerance[line.metric]:
            return False
    return True
