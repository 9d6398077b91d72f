"""What does an entry claim? Its claims in the language of studies, each with the number that was published."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from genloss.errors import impossible
from genloss.reproductions.entries import Entry
from genloss.results.agreement import Z

OWN = ("published", "error", "runs", "of_study", "cause")
"""Keys of a claim that the language of studies does not have."""


@dataclass(frozen=True, slots=True)
class PublishedClaim:
    """A claim with what was published.

    keys: as a [[claim]] of a study has them. published: the number that the paper, or its public code, prints; None:
    none is known, and what is expected is a theorem's at our sizes, or a bound of ours. cause: what would be the known
    cause of a failure, which is then no verdict on the paper; "" where none is known. error: its printed standard
    error; None: none is printed. runs: of how many runs it is the mean, where its error is not printed; 0: not known,
    or it is no mean.
    """

    keys: Mapping[str, Any]
    published: float | None = None
    error: float | None = None
    runs: int = 0
    cause: str = ""


def published_claims(entry: Entry, of_study: Sequence[Mapping[str, Any]] = ()) -> list[PublishedClaim]:
    """Return the claims of an entry, then one for each of its published numbers. of_study: the claims of its study."""
    known = {claim["text"]: claim for claim in of_study}
    return [*(_claim(claim, known) for claim in entry.claims), *_all_numbers(entry)]


def _claim(claim: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> PublishedClaim:
    """Return a claim; one that only names a claim of the study has that one's keys."""
    keys = {key: value for key, value in claim.items() if key not in OWN}
    if "of_study" in claim:
        if claim["of_study"] not in known:
            impossible(f"the study has no claim {claim['of_study']!r}")
        keys = {**known[claim["of_study"]], **keys}
    return PublishedClaim(
        keys, claim.get("published"), claim.get("error"), claim.get("runs", 0), claim.get("cause", "")
    )


def _all_numbers(entry: Entry) -> Iterator[PublishedClaim]:
    for listed in entry.numbers:
        yield from _numbers(listed)


def _numbers(listed: Mapping[str, Any]) -> Iterator[PublishedClaim]:
    """Return a claim for each of several numbers published along the generations, or along another axis.

    The keys `published`, `error`, `within` and `wrong` have a value for each; one value stands for all. Where no
    `within` is given, a number is expected within `Z` of its printed standard errors.
    """
    axis = listed.get("axis", "generation")
    places = listed[axis] if axis == "generation" else listed["at"]
    shared = {key: value for key, value in listed.items() if key in ("source", "metric", "statistic", "case", "where")}
    for i, place in enumerate(places):
        published, error = listed["published"][i], _one(listed.get("error"), i)
        within = _one(listed.get("within"), i) or Z * (error or 0.0)
        keys = {
            **shared,
            **_at(axis, place, listed),
            "text": listed["text"].format(place=place),
            "measure": "value",
            "expect": {"near": published, "within": within},
            "nearest_wrong": _one(listed["wrong"], i),
        }
        yield PublishedClaim(keys, published, error, listed.get("runs", 0))


def _at(axis: str, place: Any, listed: Mapping[str, Any]) -> dict[str, Any]:
    """Return the keys that choose a place along an axis."""
    if axis == "generation":
        return {"generation": place}
    chosen = {"generation": listed["generation"]} if "generation" in listed else {}
    return {**chosen, "where": {**listed.get("where", {}), axis: place}}


def _one(values: Any, i: int) -> Any:
    return values[i] if isinstance(values, list) else values
