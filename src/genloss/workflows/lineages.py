"""Which rows does each of several models train on, when models also read each other's output?

Several models, the lineages, each follow a workflow of their own. An exchange matrix says whose output stands in for
"the model before": of the rows that lineage k draws for generation g, the share E[k, j] comes from lineage j's fit of
generation g - 1. What comes out is an ordinary schedule, whose fits are counted generation by generation, within one by
lineage: fit number g K + k is the one of lineage k in generation g. So every engine and every formula that takes a
schedule takes lineages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from itertools import pairwise
from math import fsum

from genloss.errors import Problem, nearest
from genloss.workflows.parts import TRUTH, Batch, Use
from genloss.workflows.schedule import Schedule
from genloss.workflows.workflow import Workflow

Sources = tuple[tuple[int, float], ...]
"""Whom a lineage reads: (lineage, or TRUTH for new real rows) and the share of its rows, which sum to 1."""

__all__ = ["Lineages", "islands", "lineages_of", "pooled", "ring", "separate"]

_OFF = 1e-9  # how far the shares of a lineage may be from 1
_MOST = 10_000
RESERVED = ("truth", "mean", "whole", "between")
"""Words that name no lineage: new real rows, and what a study reports of all of them."""
_LARGEST = 2_000_000  # origins of batches in all


@dataclass(frozen=True)
class Lineages:
    """Several models that read each other. exchange[k]: whom lineage k reads, and for which share of its rows.

    by_rows: each source gives its share in whole rows, the same in every run; if not, each row's source is drawn at
    random, with the shares as probabilities. shared_real: all lineages train on the same real rows; if not, on rows
    of their own.

    >>> two = islands(2, 0.1)
    >>> two.exchange
    (((0, 0.9), (1, 0.1)), ((0, 0.1), (1, 0.9)))
    """

    names: tuple[str, ...]
    exchange: tuple[Sources, ...]
    by_rows: bool = False
    shared_real: bool = False

    @property
    def count(self) -> int:
        """How many lineages there are."""
        return len(self.names)

    def fits(self, generation: int) -> range:
        """Return the numbers of the fits of a generation in the schedule, in the order of the lineages."""
        return range(generation * self.count, (generation + 1) * self.count)

    def compile(self, workflows: Workflow | Sequence[Workflow], generations: int) -> Schedule:
        """Return the schedule of all lineages for generations 0..generations.

        workflows: of each lineage, or one for all. Errors: `Problem` for another number of workflows, and for a
        workflow that cannot be followed, which names the lineage.

        >>> from genloss.workflows import replace
        >>> schedule = islands(2, 0.1).compile(replace(10), 1)
        >>> [batch.origins for batch in schedule.batches]
        [((-1, 1.0),), ((-1, 1.0),), ((0, 0.9), (1, 0.1)), ((0, 0.1), (1, 0.9))]
        """
        self.refuse_many(generations)
        each = [workflows] * self.count if isinstance(workflows, Workflow) else list(workflows)
        if len(each) != self.count:
            found = f"{len(each)} workflows for {self.count} lineages"
            raise Problem("lineages.workflows", found, "give one for each lineage, or one for all")
        named = dict(reversed(list(zip(each, self.names, strict=True))))
        known = {workflow: self._compiled(workflow, name, generations) for workflow, name in named.items()}
        alone = [known[workflow] for workflow in each]
        return _Joined(self, tuple(alone)).schedule

    def refuse_many(self, generations: int) -> None:
        """Refuse more fits, with all whom they read, than a schedule can hold."""
        fits = self.count * (generations + 1)
        if fits * max(map(len, self.exchange)) > _LARGEST:
            found = f"{fits:,} fits, each of which reads up to {max(map(len, self.exchange)):,} lineages"
            mend = "give fewer lineages or generations, or let each read fewer others"
            raise Problem("lineages.count", found, mend)

    def _compiled(self, workflow: Workflow, name: str, generations: int) -> Schedule:
        try:
            return workflow.compile(generations)
        except Problem as problem:
            raise Problem(problem.where, f"lineage {name}: {problem.found}", problem.mend) from problem


def separate(count: int) -> Lineages:
    """Return lineages that read only themselves: the rows of each come from its own fit before."""
    return islands(count, 0.0)


def islands(count: int, migration: float) -> Lineages:
    """Return lineages that read themselves, but for a share `migration` of rows that the others give alike."""
    _refuse_count(count)
    _refuse_share("lineages.migration", migration)
    if count == 1 or migration == 0:
        return Lineages(_numbers(count), tuple(((k, 1.0),) for k in range(count)))
    other = migration / (count - 1)
    return Lineages(
        _numbers(count),
        tuple(tuple((j, 1 - migration if j == k else other) for j in range(count)) for k in range(count)),
    )


def pooled(count: int) -> Lineages:
    """Return lineages that all read one pool, to which each of them gives the same share of rows."""
    _refuse_count(count)
    return Lineages(_numbers(count), tuple(tuple((j, 1 / count) for j in range(count)) for _ in range(count)))


def ring(count: int, neighbors: int, migration: float) -> Lineages:
    """Return lineages in a circle that read the nearest `neighbors` on either side for a share of their rows."""
    _refuse_count(count)
    _refuse_share("lineages.migration", migration)
    if not 1 <= neighbors <= max(1, (count - 1) // 2):
        found = f"{neighbors} neighbors on either side in a circle of {count}"
        raise Problem("lineages.neighbors", found, f"give 1 to {max(1, (count - 1) // 2)}")
    if migration == 0 or count == 1:
        return separate(count)
    steps = [step for step in range(-neighbors, neighbors + 1) if step]
    return Lineages(_numbers(count), tuple(_around(k, count, steps, migration) for k in range(count)))


def _around(place: int, count: int, steps: Sequence[int], migration: float) -> Sources:
    """Whom a lineage in a circle reads: a circle of two has the same neighbor on both sides."""
    given: Counter[int] = Counter()
    for step in steps:
        given[(place + step) % count] += 1
    shares = {source: times * migration / len(steps) for source, times in given.items()} | {place: 1 - migration}
    return tuple((source, shares[source]) for source in sorted(shares) if shares[source] > 0)


def lineages_of(exchange: Mapping[str, Mapping[str, float]]) -> Lineages:
    """Return lineages by name: each name's table says whom it reads, and for which share; "truth" is new real rows.

    >>> lineages_of({"a": {"a": 0.9, "truth": 0.1}, "b": {"a": 1.0}}).exchange
    (((0, 0.9), (-1, 0.1)), ((0, 1.0),))
    """
    if not exchange:
        raise Problem("lineages.exchange", "names no lineage", "give a table of shares for each lineage")
    _refuse_count(len(exchange))
    places = {name: place for place, name in enumerate(exchange)} | {"truth": TRUTH}
    taken = next((name for name in exchange if name in RESERVED or not name.strip()), None)
    if taken is not None:
        why = "it has a meaning of its own" if taken.strip() else "a lineage needs a name"
        raise Problem(
            f"lineages.exchange.{taken}", f"no lineage can be called {taken!r}: {why}", "give it another name"
        )
    return Lineages(tuple(exchange), tuple(_sources(name, given, places) for name, given in exchange.items()))


def _sources(name: str, given: Mapping[str, float], places: Mapping[str, int]) -> Sources:
    """Read whom a lineage reads; shares that are no shares, or do not sum to 1, are refused."""
    where = f"lineages.exchange.{name}"
    for source, share in given.items():
        if source not in places:
            raise Problem(f"{where}.{source}", f"{source!r} is no lineage", nearest(source, list(places)))
        _refuse_share(f"{where}.{source}", share)
    total = fsum(given.values())
    if abs(total - 1) > _OFF:
        mend = "give shares that sum to 1: who draws the rows that this lineage trains on"
        raise Problem(where, f"the shares sum to {total:.12g}", mend)
    return tuple((places[source], share / total) for source, share in given.items() if share > 0)


def _numbers(count: int) -> tuple[str, ...]:
    return tuple(str(k + 1) for k in range(count))


def _refuse_count(count: int) -> None:
    if not 1 <= count <= _MOST:
        raise Problem("lineages.count", f"{count:,} lineages", f"give 1 to {_MOST:,}")


def _refuse_share(where: str, share: float) -> None:
    if not 0 <= share <= 1:
        raise Problem(where, f"{share:g} is no share", "give a number from 0 to 1")


@dataclass(frozen=True)
class _Joined:
    """The schedules of all lineages, as if each were alone, and what they become together."""

    lineages: Lineages
    alone: tuple[Schedule, ...]

    @cached_property
    def schedule(self) -> Schedule:
        """All batches and terms, by generation and then by lineage."""
        batches: list[Batch] = []
        places: list[dict[int, tuple[int, ...]]] = [{} for _ in self.alone]
        train: list[tuple[Use, ...]] = []
        real: dict[tuple[int, int, int], int] = {}
        for g in range(len(self.alone[0].train)):
            for k, own in enumerate(self.alone):
                for b in own.born[g]:
                    places[k][b] = self._placed(k, own, b, batches, real)
                train.append(tuple(_moved(use, partial(self._fit, k), batches, places[k]) for use in own.train[g]))
        restarts = tuple(
            own.restarts[g] * len(self.alone) + k
            for g in range(len(self.alone[0].train))
            for k, own in enumerate(self.alone)
        )
        return Schedule(tuple(batches), tuple(train), restarts, lineages=self.lineages.names)

    def _fit(self, k: int, generation: int) -> int:
        """Return the number of the fit of a lineage in a generation."""
        return generation * len(self.alone) + k

    def _placed(
        self, k: int, own: Schedule, b: int, batches: list[Batch], real: dict[tuple[int, int, int], int]
    ) -> tuple[int, ...]:
        """Put what a batch of one lineage becomes behind the others, and return where it stands."""
        batch, name = own.batches[b], own.real_names.get(b)
        if name is not None and self.lineages.shared_real:
            if name not in real:
                real[name] = _put(batches, replace(batch, birth=batch.birth * len(self.alone) + k))
            return (real[name],)
        return tuple(_put(batches, part) for part in self._parts(k, batch))

    def _parts(self, k: int, batch: Batch) -> Iterator[Batch]:
        """The batch of a lineage with the fits of all lineages as origins, or one batch for each of them."""
        count, sources = len(self.alone), self.lineages.exchange[k]
        origins: dict[int, float] = {}
        for origin, chance in batch.origins:
            spread = sources if origin >= 0 else ((TRUTH, 1.0),)
            for source, share in spread:
                fit = TRUTH if TRUTH in (origin, source) else origin * count + source
                origins[fit] = origins.get(fit, 0.0) + chance * share
        until = None if batch.until is None else self._fit(k, batch.until)
        moved = replace(batch, birth=self._fit(k, batch.birth), until=until)
        if len(origins) == 1 or not self.lineages.by_rows or batch.origin is None:
            yield replace(moved, origins=tuple(origins.items()) if len(origins) > 1 else ((next(iter(origins)), 1.0),))
            return
        for origin, rows in zip(origins, counted_out(batch.rows, list(origins.values())), strict=True):
            sampler = None if origin == TRUTH else moved.sampler
            yield replace(moved, origins=((origin, 1.0),), rows=rows, sampler=sampler)


def _put(batches: list[Batch], batch: Batch) -> int:
    """Put a batch behind the others, with a number that none of its birth and tag has; return its place."""
    number = 0
    for other in reversed(batches):
        if other.birth != batch.birth:
            break
        number += other.tag == batch.tag
    batches.append(replace(batch, number=number))
    return len(batches) - 1


def _moved(use: Use, fit: Callable[[int], int], batches: Sequence[Batch], places: Mapping[int, tuple[int, ...]]) -> Use:
    """Return a term on what its batches have become; where one is several now, they divide its factor by rows."""
    moved = tuple(place for b in use.batches for place in places[b])
    use = use if use.verifier is None else replace(use, verifier=fit(use.verifier))
    if not use.factors:
        return replace(use, batches=_range(moved))
    parts = [
        _divided(factor, [batches[p].rows for p in places[b]])
        for b, factor in zip(use.batches, use.factors, strict=True)
    ]
    return replace(use, batches=_range(moved), factors=tuple(part for each in parts for part in each))


def _divided(factor: float, rows: Sequence[int]) -> list[float]:
    return [factor * count / sum(rows) for count in rows] if len(rows) > 1 else [factor]


def _range(places: tuple[int, ...]) -> Sequence[int]:
    """Write neighbors as a range, which is read faster."""
    is_line = all(after == before + 1 for before, after in pairwise(places))
    return range(places[0], places[-1] + 1) if is_line and len(places) > 1 else places


def counted_out(rows: int, shares: Sequence[float]) -> list[int]:
    """Divide rows by shares as `whole_rows` does; a share that is left with no row is refused."""
    counts = whole_rows(rows, shares)
    none = next((share for share, count in zip(shares, counts, strict=True) if share > 0 and not count), None)
    if none is not None:
        found = f"a share of {none:g} of {rows} rows is {none * rows:.2g} rows, and whole rows would be none"
        raise Problem("lineages.drawn", found, 'give more rows or a larger share, or use drawn = "by_share"')
    return counts


def whole_rows(rows: int, shares: Sequence[float]) -> list[int]:
    """Divide rows by shares, what is left over to the largest remainders.

    >>> whole_rows(10, [0.55, 0.25, 0.2])
    [6, 2, 2]
    """
    exact = [rows * share for share in shares]
    whole = [int(each + _OFF) for each in exact]
    order = sorted(range(len(exact)), key=lambda i: whole[i] - exact[i])
    for i in order[: rows - sum(whole)]:
        whole[i] += 1
    return whole
