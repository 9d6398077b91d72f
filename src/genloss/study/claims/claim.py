"""What may a claim of a study say? A sentence, and a number measured on the study's rows with what it must be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from genloss.errors import Problem, nearest
from genloss.metrics import METRICS
from genloss.results.row import Scalar
from genloss.study.claims.measures import MEASURES
from genloss.study.language.checks import Check, accepted, accepting, brief, list_of, number, one_of, whole, word
from genloss.study.language.key import MISSING, Key
from genloss.study.language.source import Source, plain

MOST_CLAIMS = 100
STATISTICS = ("mean", "median")


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence somebody published or asserts, and the measurement that decides it.

    measure: a name of `MEASURES`, along the axis `along` (an axis of the grid in full, or "generation") from `low` to
    `high`. cases, generations: where it is checked; None for all. where: values on other axes. versus: the place whose
    measurement divides this one. expect: what the number must be. nearest_wrong: answers that the run must be able to
    refuse; empty: `power.must_refuse` says which.
    """

    text: str
    source: str
    metric: str
    statistic: str
    measure: str
    along: str | None
    low: float
    high: float
    cases: tuple[str, ...] | None
    generations: tuple[int, ...] | None
    where: Mapping[str, tuple[Scalar, ...]] = field(default_factory=dict)
    versus: Mapping[str, Scalar] = field(default_factory=dict)
    expect: Mapping[str, float] = field(default_factory=dict)
    nearest_wrong: tuple[float, ...] = ()

    @property
    def bounds(self) -> tuple[float, float]:
        """Smallest and largest number for which the claim holds."""
        return bounds_of(self.expect)


def bounds_of(expect: Mapping[str, float]) -> tuple[float, float]:
    """Return the smallest and the largest number that is expected."""
    if "near" in expect:
        return expect["near"] - expect["within"], expect["near"] + expect["within"]
    return expect.get("at_least", -inf), expect.get("at_most", inf)


@accepting("a number or text")
def _scalar(value: Any) -> str | None:
    good = isinstance(value, int | float | str) and not isinstance(value, bool)
    return None if good else f"{brief(value)} is not a number or text"


def _table(item: Check) -> Check:
    """Accept a table whose values are accepted."""

    @accepting(f"a table, each value {accepted(item)}")
    def check(value: Any) -> str | None:
        if not isinstance(value, Mapping) or not value:
            return f"{brief(value)} is not a table with something in it"
        return next((f"{name}: {wrong}" for name, inner in value.items() if (wrong := item(inner))), None)

    return check


@accepting("{near = a number, within = a number > 0}; or {at_least = a number, at_most = a number}, one or both")
def _expectation(value: Any) -> str | None:
    known = ({"near", "within"}, {"at_least"}, {"at_most"}, {"at_least", "at_most"})
    if not isinstance(value, Mapping) or set(value) not in known:
        return f"{brief(value)} is not a table with near and within, at_least, at_most, or both of these"
    wrong = _table(_number)(value)
    if wrong:
        return wrong
    if value.get("within", 1.0) <= 0:
        return f"within: {value['within']!r} is not above 0"
    return "at_least is above at_most" if value.get("at_least", -inf) > value.get("at_most", inf) else None


_number = number(-inf)
_generation = whole(0, 10_000)
CLAIM = {
    "text": Key(word(), 'the claim in one sentence, e.g. text = "The risk grows linearly."'),
    "source": Key(word(), "who says so, and where", ""),
    "metric": Key(word(*METRICS), "one of the study's metrics", None),
    "statistic": Key(word(*STATISTICS), '"mean", or "median" where tails are heavy (simulation only)', "mean"),
    "measure": Key(word(*MEASURES), f"one of {', '.join(MEASURES)}"),
    "along": Key(word(), 'an axis of the grid, e.g. "penalty", or "generation"', None),
    "from": Key(_number, "the first value along the axis", None),
    "to": Key(_number, "the last value along the axis", None),
    "case": Key(one_of(word(), list_of(word())), "the name of a case, or a list of names", None),
    "generation": Key(one_of(_generation, list_of(_generation)), "a reported generation, or a list of them", None),
    "where": Key(_table(one_of(_scalar, list_of(_scalar))), "values on axes of the grid, e.g. {penalty = 1e-3}", None),
    "versus": Key(_table(_scalar), "what is different there: case, generation or an axis, e.g. {generation = 0}", None),
    "expect": Key(_expectation, "{near = 1.0, within = 0.02}, {at_least = 1.0} or {at_most = 1.0}"),
    "nearest_wrong": Key(
        one_of(_number, list_of(_number)),
        "the answer, or a list of them, that would be wrong and is nearest, e.g. nearest_wrong = [0.5, 0.667]",
        None,
    ),
}
"""The keys of a [[claim]]."""


def resolve_claims(raw: Any, metrics: list[str], source: Source) -> list[dict[str, Any]]:
    """Check each claim by itself; what is not given stays out. Resolving again changes nothing."""
    if not isinstance(raw, list) or not raw or not all(isinstance(claim, Mapping) for claim in raw):
        raise Problem(source.at("claim"), "is not a list of tables", "write each claim under its own [[claim]]")
    if len(raw) > MOST_CLAIMS:
        raise Problem(source.at("claim"), f"{len(raw)} claims", f"make at most {MOST_CLAIMS} claims in one study")
    return [_resolved(plain(claim), metrics, source, f"claim {place}") for place, claim in enumerate(raw, start=1)]


def _resolved(claim: Mapping[str, Any], metrics: list[str], source: Source, name: str) -> dict[str, Any]:
    for key in claim:
        if key not in CLAIM:
            raise Problem(source.at(name, key), "unknown key", nearest(key, list(CLAIM)))
    for key, spec in CLAIM.items():
        if key not in claim:
            if spec.default is MISSING:
                raise Problem(source.at(name, key), "missing", f"give {spec.meaning}")
            continue
        wrong = spec.check(claim[key])
        if wrong:
            mend = nearest(str(claim[key]), list(MEASURES)) if key == "measure" else f"give {spec.meaning}"
            raise Problem(source.at(name, key), wrong, mend)
    _check_together(claim, metrics, source, name)
    return {key: claim[key] for key in CLAIM if key in claim}


def _check_together(claim: Mapping[str, Any], metrics: list[str], source: Source, name: str) -> None:
    """Refuse keys that contradict each other."""
    measure = MEASURES[claim["measure"]]
    if claim.get("metric", metrics[0]) not in metrics:
        raise Problem(source.at(name, "metric"), f"{claim['metric']!r} is not measured", nearest("", metrics))
    if measure.along and "along" not in claim:
        mend = f'{claim["measure"]} is {_says(claim)}: give the axis, e.g. along = "generation"'
        raise Problem(source.at(name, "along"), "missing", mend)
    for key in ("along", "from", "to"):
        if key in claim and not measure.along:
            raise Problem(source.at(name, key), f"{claim['measure']} is {_says(claim)}, along no axis", f"drop {key}")
    if measure.paired and "versus" not in claim:
        raise Problem(source.at(name, "versus"), "missing", f"give {CLAIM['versus'].meaning}")
    if claim.get("along") == "generation" and ("generation" in claim or "generation" in claim.get("versus", ())):
        found = "a generation is chosen where the claim reads along all of them"
        raise Problem(source.at(name, "generation"), found, "choose a range by from and to")
    _check_wrong(claim, source, name)


def _check_wrong(claim: Mapping[str, Any], source: Source, name: str) -> None:
    """Refuse a wrong answer that the claim itself accepts."""
    expect, (low, high) = claim["expect"], bounds_of(claim["expect"])
    accepted = [wrong for wrong in _several(claim.get("nearest_wrong")) or () if low <= wrong <= high]
    if not accepted:
        return
    wrong = accepted[0]
    found = f"the claim accepts {wrong!r}, which it calls wrong: it holds {_range(low, high)}"
    distance = abs(wrong - expect.get("near", wrong))
    if distance:
        raise Problem(source.at(name, "nearest_wrong"), found, f"give a within well below {distance:.4g}, or drop it")
    outside = [f"below {low:g}"] * (low > -inf) + [f"above {high:g}"] * (high < inf)
    raise Problem(source.at(name, "nearest_wrong"), found, f"give a number {' or '.join(outside)}, or drop it")


def _range(low: float, high: float) -> str:
    if -inf < low and high < inf:
        return f"from {low:.6g} to {high:.6g}"
    return f"from {low:.6g} on" if high == inf else f"up to {high:.6g}"


def _says(claim: Mapping[str, Any]) -> str:
    return MEASURES[claim["measure"]].says.format(value="value", x="place on the axis", there="versus")


def claim_of(claim: Mapping[str, Any], metric: str, axis: Mapping[str, str]) -> Claim:
    """Make a claim of its resolved keys; metric: the default; axis: the full name of every axis it mentions."""
    return Claim(
        text=claim["text"],
        source=claim.get("source", ""),
        metric=claim.get("metric", metric),
        statistic=claim.get("statistic", "mean"),
        measure=claim["measure"],
        along=axis.get(claim["along"], claim["along"]) if "along" in claim else None,
        low=claim.get("from", -inf),
        high=claim.get("to", inf),
        cases=_several(claim.get("case")),
        generations=_several(claim.get("generation")),
        where={axis[name]: _several(value) or () for name, value in claim.get("where", {}).items()},
        versus={axis.get(name, name): value for name, value in claim.get("versus", {}).items()},
        expect=claim["expect"],
        nearest_wrong=_several(claim.get("nearest_wrong")) or (),
    )


def _several(value: Any) -> tuple[Any, ...] | None:
    return None if value is None else tuple(value) if isinstance(value, list) else (value,)
