"""Which of the rows drawn so far does a generation train on? One term of a workflow's `train` list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.workflows import checks
from genloss.workflows.filters import Filter, parse_filter


@dataclass(frozen=True, slots=True)
class Term:
    """Rows selected by all of tag, last, generations and fresh; then filtered, taken and weighted.

    tag: "*" for all. last: the newest k distinct birth generations among the tag's batches.
    generations: births from first to last. fresh: born in this generation. take: rows drawn of the
    selected ones, anew each generation; replace: with replacement; short: "all" uses fewer where
    there are fewer, None refuses. weight: share of the loss; None: by rows used. decay: each
    batch's share is proportional to decay^age instead of to its rows.
    """

    tag: str = "*"
    last: int | None = None
    generations: tuple[int, int] | None = None
    fresh: bool = False
    take: int | None = None
    replace: bool = False
    short: str | None = None
    weight: float | None = None
    decay: float | None = None
    filter: Filter | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the long form of this term."""
        window = None if self.generations is None else list(self.generations)
        return {
            "select": {"tag": self.tag, "last": self.last, "generations": window, "fresh": self.fresh},
            "take": self.take,
            "replace": self.replace,
            "short": self.short,
            "weight": self.weight,
            "decay": self.decay,
            "filter": None if self.filter is None else self.filter.to_dict(),
        }


def term_shares(weights: list[float | None], used: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each term's share of the loss, given the rows it uses, (terms, ...).

    All weights None: by rows. All given: normalized. Some given: those are shares first, the rest
    is split by rows. A term without rows counts as if it were not listed. Where nothing
    is left the shares are 0.

    >>> term_shares([None, 0.5, None], np.array([10.0, 7.0, 30.0])).tolist()
    [0.125, 0.5, 0.375]
    >>> term_shares([0.6, 0.6], np.array([10.0, 0.0])).tolist()
    [1.0, 0.0]
    """
    given = np.array([weight is not None for weight in weights]).reshape(-1, *(1,) * (used.ndim - 1))
    fixed = np.array([weight or 0.0 for weight in weights]).reshape(given.shape) * (used > 0)
    free = np.where(given, 0.0, used)
    free_total = free.sum(axis=0)
    rest = np.clip(1.0 - fixed.sum(axis=0), 0.0, None)
    shares = fixed + free / np.where(free_total > 0, free_total, 1.0) * np.where(free_total > 0, rest, 0.0)
    total = shares.sum(axis=0)
    return np.asarray(shares / np.where(total > 0, total, 1.0))


def parse_term(value: Any, where: str) -> Term:
    """Read one term of the `train` list."""
    known = ("select", "take", "replace", "short", "weight", "decay", "filter")
    form = checks.table(value, where, known, '{select = {tag = "*", last = 1}}')
    select = checks.table(
        {} if form.get("select") is None else form["select"],
        f"{where}.select",
        ("tag", "last", "generations", "fresh"),
        '{tag = "*", last = 1}',
    )
    place = f"{where}.select"
    tag = (
        "*"
        if select.get("tag") is None
        else checks.text(select["tag"], f"{place}.tag", 'a tag of the emit list, or "*"')
    )
    last, take = select.get("last"), form.get("take")
    fresh, replace = select.get("fresh"), form.get("replace")
    if form.get("short") not in (None, "all"):
        raise Problem(f"{where}.short", f"{form['short']!r} is not known", 'give short = "all", or leave it out')
    if take is not None and form.get("decay") is not None:
        raise Problem(f"{where}.decay", "take and decay are in one term", "use one term for each")
    if take is None and (replace or form.get("short")):
        key = "replace" if replace else "short"
        raise Problem(f"{where}.{key}", "has no meaning without take", f"give take, or remove {key}")
    return Term(
        tag,
        None
        if last is None
        else checks.whole(
            last, f"{place}.last", lowest=1, meaning="how many of the last generations of rows, from 1 on"
        ),
        _parse_window(select.get("generations"), f"{place}.generations"),
        False if fresh is None else checks.flag(fresh, f"{place}.fresh"),
        None if take is None else checks.whole(take, f"{where}.take", lowest=1, meaning="how many rows to draw"),
        False if replace is None else checks.flag(replace, f"{where}.replace"),
        form.get("short"),
        _optional(form.get("weight"), f"{where}.weight", highest=1e9, meaning="a share of the loss >= 0"),
        _optional(
            form.get("decay"), f"{where}.decay", highest=1, above=True, meaning="a factor per generation, (0, 1]"
        ),
        parse_filter(form.get("filter"), f"{where}.filter"),
    )


def parse_terms(value: Any, where: str) -> tuple[Term, ...]:
    """Read a `train` list."""
    items = checks.listing(value, where, "a list of terms, e.g. [{select = {last = 1}}]")
    terms = tuple(parse_term(item, f"{where}[{i}]") for i, item in enumerate(items))
    given = [term.weight for term in terms if term.weight is not None]
    if given and len(given) == len(terms) and sum(given) == 0:
        raise Problem(f"{where}[0].weight", "all weights are 0", "give one term a weight above 0")
    if given and len(given) < len(terms) and sum(given) >= 1:
        raise Problem(
            f"{where}[{next(i for i, term in enumerate(terms) if term.weight is not None)}].weight",
            f"the given weights sum to {sum(given):g} and leave nothing for the terms without one",
            "give weights that sum to less than 1, or one for every term",
        )
    return terms


def _optional(
    value: Any, where: str, *, meaning: str, highest: float = float("inf"), above: bool = False
) -> float | None:
    if value is None:
        return None
    return checks.number(value, where, lowest=0, highest=highest, above=above, meaning=meaning)


def _parse_window(value: Any, where: str) -> tuple[int, int] | None:
    if value is None:
        return None
    items = checks.listing(value, where, "[first, last]")
    if len(items) != 2:
        raise Problem(where, f"{value!r} is not a pair", "give [first, last]")
    first, last = (checks.whole(item, where, lowest=0, meaning="generations from 0 on") for item in items)
    if first > last:
        raise Problem(where, f"{first} comes after {last}", "give [first, last]")
    return first, last
