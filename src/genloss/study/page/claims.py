"""How is a verdict told? What was measured, what was expected, and why, in one line."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from genloss.report import ClaimBox, short, with_error
from genloss.results import Result
from genloss.results.row import metric_words
from genloss.results.store import json_text, sealed
from genloss.study.claims.measures import MEASURES, Number
from genloss.study.claims.verdicts import FAILS, HOLDS, TOO_WIDE, UNDECIDED, Reading, Verdict, judge, to_dict
from genloss.study.page.power import power_words, way_out
from genloss.study.page.words import axis_name
from genloss.study.study import Study

_FEW = 3  # places named one by one


def expected(verdict: Verdict) -> str:
    """Say what the number must be: "1 within 0.02", "≥ 0.9"."""
    expect = verdict.claim.expect
    if "near" in expect:
        return f"{short(expect['near'], 4)} within {short(expect['within'])}"
    words = [f"{word} {short(expect[key], 4)}" for key, word in (("at_least", "≥"), ("at_most", "≤")) if key in expect]
    return " and ".join(words)


def measurement(verdict: Verdict) -> str:
    """Say what is measured, and where: "the excess risk, divided by the same at n = 1; new inputs, T = 100"."""
    claim = verdict.claim
    measure, along = MEASURES[claim.measure], claim.along or ""
    name = "n" if along == "generation" else axis_name(along)
    value = f"{'median ' if claim.statistic == 'median' else ''}{metric_words(claim.metric)}"
    there = ", ".join(_label(key, value) for key, value in claim.versus.items())
    parts = [measure.says.format(value=value, x=name, there=there)]
    ends = [f"{word} {short(end)}" for word, end in (("from", claim.low), ("to", claim.high)) if isfinite(end)]
    parts += [f"{name} {' '.join(ends)}"] if ends else []
    parts += [f"divided by the same at {there}"] if there and not measure.paired else []
    places = [verdict.readings[0].check.case] if len({r.check.case for r in verdict.readings}) == 1 else []
    places += [f"n = {n}" for n in claim.generations or () if len(claim.generations or ()) == 1]
    places += [_label(key, values[0]) for key, values in claim.where.items() if len(values) == 1]
    return "; ".join(part for part in (", ".join(parts), ", ".join(filter(None, places))) if part)


def estimate(number: Number | None) -> str:
    """Write a measured number: with its standard error, or the interval it lies in.

    >>> estimate(Number(0.98, 0.95, 1.01, 0.0067)), estimate(Number(3.0, 2.0, 4.0)), estimate(None)
    ('0.9800 ± 0.0067', '3 (2 to 4)', '–')
    """
    if number is None:
        return "–"
    if not isfinite(number.value):
        return "not determined"
    if number.standard_error is None:
        ends = "" if number.low == number.high else f" ({short(number.low)} to {short(number.high)})"
        return f"{short(number.value)}{ends}"
    return with_error(number.value, number.standard_error) if number.standard_error else short(number.value, 4)


def place_words(reading: Reading, verdict: Verdict) -> str:
    """Name the place of a check by what differs between the claim's checks."""
    checks = [other.check for other in verdict.readings]
    check, parts = reading.check, []
    if len({other.case for other in checks}) > 1:
        parts.append(check.case)
    if len({other.generation for other in checks}) > 1:
        parts.append(f"n = {check.generation}")
    parts += [
        _label(key, value) for key, value in check.axes.items() if len({other.axes.get(key) for other in checks}) > 1
    ]
    return ", ".join(parts)


def why(verdict: Verdict) -> str:
    """Say in one line what decided, by the numbers."""
    count = len(verdict.readings)
    groups = {outcome: verdict.of(outcome) for outcome in (FAILS, TOO_WIDE, UNDECIDED, HOLDS)}
    if all(reading.number is None for reading in verdict.readings):
        medians = verdict.claim.statistic == "median"
        return "theory predicts no medians: simulate" if medians else "there is no number to judge by"
    parts = [
        f"{outcome}{f' in {len(found)} of {count} checks' if count > 1 else ''}: {_told(found, verdict, outcome)}"
        for outcome, found in groups.items()
        if found
    ]
    alone = ["judged by theory alone"] if verdict.by_theory_alone else []
    return "; ".join([*parts, *alone])


def _told(found: Sequence[Reading], verdict: Verdict, outcome: str) -> str:
    """Name a few checks: those nearest to a bound where they hold, the farthest from it where they do not."""
    ordered = sorted(found, key=lambda reading: reading.margin)
    few = ordered[: 1 if outcome == HOLDS else _FEW]
    words = [f"{_numbers(r)}{_at(r, verdict)}" for r in few if r.number is not None]
    nearest = "nearest to the bound " if outcome == HOLDS and len(found) > 1 else ""
    more = f", and {len(found) - len(few)} more" if outcome != HOLDS and len(found) > len(few) else ""
    return nearest + ", ".join(words) + more if words else "no number there"


def _at(reading: Reading, verdict: Verdict) -> str:
    place = place_words(reading, verdict)
    return f" at {place}" if place else ""


def _numbers(reading: Reading) -> str:
    """The number that decides, beside theory's where both are there."""
    both = reading.simulation is not None and reading.theory is not None
    return estimate(reading.number) + (f" (theory {estimate(reading.theory)})" if both else "")


def count(verdicts: Sequence[Verdict]) -> str:
    """Say how many claims came out how: "Of 9 claims 7 are reproduced, 1 partly, 1 not reproduced."; "" without any."""
    if not verdicts:
        return ""
    words = [verdict.word for verdict in verdicts]
    told = [f"{words.count(word)} {'is' if words.count(word) == 1 else 'are'} {word}" for word in dict.fromkeys(words)]
    return f"Of {len(words)} claims {', '.join(told)}." if len(words) > 1 else f"The one claim is {words[0]}."


def boxes(verdicts: Sequence[Verdict]) -> list[ClaimBox]:
    """Return what the page shows of each claim."""
    return [
        ClaimBox(
            verdict=verdict.word,
            text=verdict.claim.text,
            source=verdict.claim.source,
            measured=measurement(verdict),
            expected=expected(verdict),
            why=why(verdict),
            power=" ".join(filter(None, (power_words(verdict), way_out(verdict)))),
            lines=[
                [place_words(r, verdict) or "the one place", estimate(r.simulation), estimate(r.theory), r.outcome]
                for r in verdict.readings
            ],
        )
        for verdict in verdicts
    ]


def result_json(study: Study, result: Result) -> str:
    """Return the JSON text of a result, with the verdicts on the study's claims if it makes any."""
    verdicts = judge(study, result.rows)
    told = {"claims": [_plain_verdict(verdict) for verdict in verdicts]} if verdicts else {}
    return json_text(sealed(result.to_dict() | told))


def _plain_verdict(verdict: Verdict) -> dict[str, Any]:
    return to_dict(verdict, why(verdict)) | {"power": power_words(verdict), "way_out": way_out(verdict)}


def said(verdicts: Sequence[Verdict]) -> list[str]:
    """Return a line for every claim, for a terminal."""
    return [
        " ".join(
            filter(
                None,
                (f"{v.word}: {v.claim.text} (expected {expected(v)}; {why(v)})", power_words(v), way_out(v)),
            )
        )
        for v in verdicts
    ]


def _label(key: str, value: object) -> str:
    name = {"generation": "n", "case": ""}.get(key, axis_name(key))
    shown = short(value) if isinstance(value, int | float | str) else str(value)
    return f"{name} = {shown}" if name else shown
