"""How is it told what a claim could have refused? One sentence; and what to change where that is too little."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, inf, isfinite

from genloss.report import short
from genloss.study.claims.power import POWER, SHARE
from genloss.study.claims.verdicts import TOO_WIDE, Reading, Verdict

_OFTEN = f"{100 * POWER:.0f} %"


def power_words(verdict: Verdict) -> str:
    """Say which true values would have been refused, and whether the nearest wrong answers are among them; "" without.

    Where there are several checks it is what each of them would have refused.
    """
    reach = verdict.reach
    if reach is None:
        return ""
    edges = [f"{word} {short(edge)}" for word, edge in _edges(verdict) if isfinite(edge)]
    wrong, missed = verdict.claim.nearest_wrong, _missed(verdict)
    if not edges:
        return f"No true value would have been refused in {_OFTEN} of runs."
    said = f"A true value {' or '.join(edges)}{_off(verdict)} would have been refused in {_OFTEN} of runs"
    answers = f"nearest wrong answer{'s' if len(wrong) > 1 else ''}"
    if wrong and not missed:
        return f"{said}, and so {'its' if len(wrong) == 1 else 'each of its'} {answers}, {_listed(wrong)}."
    if missed and wrong:
        return f"{said}, but not {_listed(missed, 'or')}, a wrong answer that the claim must refuse."
    return f"{said}; one {100 * SHARE:.0f} % off would not." if missed else f"{said}."


def way_out(verdict: Verdict) -> str:
    """Say what would let a claim refuse its nearest wrong answers; "" where it can, or fails."""
    pairs = [(reading, wrong) for reading in verdict.of(TOO_WIDE) for wrong in reading.missed]
    if not pairs:
        return ""
    if any(_gap(reading, wrong) <= 0 for reading, wrong in pairs):
        return f"To decide, {_narrower(verdict)}."
    if verdict.by_theory_alone:
        return "To decide, simulate: the theory's allowance for finite size is too large for it."
    near, within = (verdict.claim.expect.get(key, 0.0) for key in ("near", "within"))
    half = min(abs(wrong - near) for _, wrong in pairs) / 2
    narrow = within > 1.5 * half
    times = max(_times(reading, half if narrow else _gap(reading, wrong), wrong) for reading, wrong in pairs)
    if narrow:
        more = "more replicates" if times == inf else f"about {short(times)} times the replicates" if times > 1 else ""
        return f"To decide, set within to {short(half)}{f', and {more}' if more else ''}."
    return f"To decide, take more replicates{f', about {short(times)} times as many' if times < inf else ''}."


def _edges(verdict: Verdict) -> list[tuple[str, float]]:
    reach = verdict.reach
    return [("below", reach.below), ("above", reach.above)] if reach else []


def _missed(verdict: Verdict) -> list[float]:
    return sorted({wrong for reading in verdict.of(TOO_WIDE) for wrong in reading.missed})


def _off(verdict: Verdict) -> str:
    """How far the farther edge is from the claimed number, or from the bound: ", 13 % off"."""
    low, high = verdict.claim.bounds
    near = verdict.claim.expect.get("near")
    starts = (low, high) if near is None else (near, near)
    pairs = [(abs(edge - start), start) for (_, edge), start in zip(_edges(verdict), starts, strict=True)]
    far, start = max(pair for pair in pairs if isfinite(pair[0]))
    if far <= 1e-9 * abs(start):
        return ""
    return f" ({f'{short(100 * far / abs(start), 2)} %' if start else short(far, 2)} off)"


def _gap(reading: Reading, wrong: float) -> float:
    """How far a wrong answer lies outside the bounds; not above 0 inside."""
    return max(reading.bounds[0] - wrong, wrong - reading.bounds[1])


def _times(reading: Reading, gap: float, wrong: float) -> float:
    """How many times the replicates bring the edge within a gap of the bound; no number for extremes and places."""
    number, reach = reading.number, reading.reach
    if number is None or reach is None or number.standard_error is None:
        return inf
    arm = reading.bounds[0] - reach.below if wrong < reading.bounds[0] else reach.above - reading.bounds[1]
    return float(ceil((arm / gap) ** 2)) if isfinite(arm) else inf


def _narrower(verdict: Verdict) -> str:
    near = verdict.claim.expect.get("near")
    named = "name by nearest_wrong the answer that it must refuse"
    if not near:
        return named
    return f"give a within well below {short(SHARE * abs(near))}, a tenth of the number, or {named}"


def _listed(values: Sequence[float], last: str = "and") -> str:
    words = [short(float(value)) for value in values]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
