"""How do the rules of a workflow become batches and terms, generation by generation?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.workflows.checks import LARGEST
from genloss.workflows.edits import generations_of_parts, lost_rows, split
from genloss.workflows.emission import Emission, Share
from genloss.workflows.parts import TRUTH, Batch, Use
from genloss.workflows.schedule import Schedule
from genloss.workflows.term import Term
from genloss.workflows.verifiers import refuse_known_rows, verifier_at

MOST_BATCHES = 2_000_000
_MOST_USES = 60_000_000

Origins = tuple[tuple[int, float], ...]


@dataclass
class Drawn:
    """Batches drawn so far, and the columns that terms select by (the first `count` entries count)."""

    batches: list[Batch] = field(default_factory=list)
    births: NDArray[np.int64] = field(default_factory=lambda: np.zeros(16, dtype=np.int64))
    codes: NDArray[np.int64] = field(default_factory=lambda: np.zeros(16, dtype=np.int64))  # of tags
    real: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(16, dtype=bool))
    rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros(16, dtype=np.int64))
    tags: dict[str, int] = field(default_factory=dict)
    laws: dict[int, Origins] = field(default_factory=dict)  # of a mix, by rule
    first: dict[int, int] = field(default_factory=dict)  # generation of each rule's first batch
    rules: list[int] = field(default_factory=list)  # by batch
    owed: float = 0.0  # rows that edits should have replaced by now less those that they have
    losses: list[list[tuple[int, int]]] = field(default_factory=list)  # by batch, as `edits.Losses`
    uses: int = 0

    @property
    def count(self) -> int:
        """How many batches there are."""
        return len(self.batches)

    def add(self, batch: Batch) -> None:
        """Note one more batch."""
        place = self.count
        if place == self.births.size:
            for name in ("births", "codes", "real", "rows"):
                column = getattr(self, name)
                setattr(self, name, np.concatenate([column, np.zeros_like(column)]))
        self.batches.append(batch)
        self.losses.append([])
        self.births[place] = batch.birth
        self.codes[place] = self.tags.setdefault(batch.tag, len(self.tags))
        self.real[place] = batch.real
        self.rows[place] = batch.rows

    def replaced(self, share: float, generation: int) -> int:
        """Take a share of the rows of every batch born before out of the data set; return how many rows."""
        before = int(np.searchsorted(self.births[: self.count], generation))
        rows = self.rows[:before]
        owed = self.owed + share * int(rows.sum())
        count = min(max(int(np.floor(owed + 0.5)), 0), int(rows.sum()))
        self.owed, lost = owed - count, lost_rows(rows, count, generation)
        rows -= lost
        for b in np.flatnonzero(lost).tolist():
            self.losses[b].append((generation, int(lost[b])))
        return int(lost.sum())


def draw_batches(emit: Sequence[Emission], generation: int, restart: int, drawn: Drawn) -> None:
    """Add the batches born at a generation, in the order of the rules."""
    numbers: dict[str, int] = {}
    for i, rule in enumerate(emit):
        if rule.mix is not None:
            drawn.laws[i] = _next_law(rule, generation, restart, drawn.laws.get(i))
        if not rule.due(generation, restart):
            continue
        if isinstance(rule.rows, Share):
            rows = drawn.replaced(rule.rows.at(generation), generation)
            if not rows:
                continue
        else:
            rows = rule.rows_at(generation, drawn.first.setdefault(i, generation))
        if not 1 <= rows <= LARGEST:
            raise Problem(
                f"workflow.emit[{i}].rows",
                f"{'no rows' if rows < 1 else f'more than {LARGEST:,} rows'} at generation {generation}",
                "change the ratio, or use fewer generations",
            )
        for origins, count in _origins(rule, i, generation, restart, rows, drawn):
            number = numbers.get(rule.tag, 0)
            numbers[rule.tag] = number + 1
            drawn.add(Batch(generation, rule.tag, origins, count, number, rule.sampler))
            drawn.rules.append(i)
        if len(drawn.batches) > MOST_BATCHES:
            raise Problem("workflow.emit", f"more than {MOST_BATCHES:,} batches", "use fewer generations")


def _origins(
    rule: Emission, place: int, generation: int, restart: int, rows: int, drawn: Drawn
) -> list[tuple[Origins, int]]:
    """Who draws the rows of one rule: pairs of origins and rows."""
    if rule.source == "real":
        return [(((TRUTH, 1.0),), rows)]
    if rule.source == "mix":
        return [(drawn.laws[place], rows)]
    if rule.of == "last":
        return [(((generation - rule.lag, 1.0),), rows)]
    everyone = [*([TRUTH] if rule.include_truth else []), *range(restart, generation)]
    each, more = divmod(rows, len(everyone))
    counts = [each + (i < more) for i in range(len(everyone))]
    return [(((origin, 1.0),), count) for origin, count in zip(everyone, counts, strict=True) if count]


def _next_law(rule: Emission, generation: int, restart: int, before: Origins | None) -> Origins:
    """q_g = model * fit(g - 1) + previous * q_(g-1) + truth * truth, and q = truth where training begins."""
    mix = rule.mix
    if generation == restart or before is None or mix is None:
        return ((TRUTH, 1.0),)
    law = {origin: mix.previous * share for origin, share in before}
    law[TRUTH] = law.get(TRUTH, 0.0) + mix.truth
    law[generation - 1] = law.get(generation - 1, 0.0) + mix.model
    return tuple((origin, share) for origin, share in sorted(law.items()) if share > 1e-15)


def select(terms: Sequence[Term], generation: int, restart: int, drawn: Drawn, where: str) -> tuple[Use, ...]:
    """Form the terms of one generation from the batches that it can see."""
    births = drawn.births[: drawn.count]
    visible = (drawn.real[: drawn.count] | (births >= restart)) & (drawn.rows[: drawn.count] > 0)
    uses = []
    for i, term in enumerate(terms):
        chosen = np.flatnonzero(_selected(term, generation, visible, drawn))
        if not chosen.size:
            continue
        pool = int(drawn.rows[chosen].sum())
        if term.take is not None and pool < term.take and not (term.replace or term.short == "all"):
            raise Problem(
                f"{where}[{i}].take",
                f"{term.take} rows without replacement, and {pool} to draw from at generation {generation}",
                f'give at most {pool}, or short = "all", or replace = true',
            )
        ages = generation - births[chosen]
        factors = () if term.decay is None else tuple((term.decay ** ages.astype(float)).tolist())
        if factors and sum(factors) == 0.0:
            raise Problem(
                f"{where}[{i}].decay",
                f"every selected batch has decayed to nothing at generation {generation}",
                "give a larger decay, or let newer batches be selected",
            )
        batches = _compact(chosen)
        given = term.take, term.replace, term.short, term.weight, factors, term.filter
        verifier = (
            verifier_at(term.filter, generation, restart, [drawn.batches[b] for b in chosen], f"{where}[{i}]")
            if term.filter
            else None
        )
        uses.append(Use(i, batches, *given, verifier))
        drawn.uses += 1 if isinstance(batches, range) and not factors else len(batches)
    if not uses:
        raise Problem(
            where, f"no term of train selects any rows at generation {generation}", "let a term select what is drawn"
        )
    if all(use.weight == 0 for use in uses):
        raise Problem(
            f"{where}[{uses[0].term}].weight",
            f"nothing with a weight above 0 is left at generation {generation}",
            "give a weight above 0 to a term that selects rows there",
        )
    if drawn.uses > _MOST_USES:
        raise Problem("workflow.train", "the terms list too many batches to hold in memory", "use fewer generations")
    return tuple(uses)


def _selected(term: Term, generation: int, visible: NDArray[np.bool_], drawn: Drawn) -> NDArray[np.bool_]:
    """Which batches a term selects; its conditions are joined by "and"."""
    births = drawn.births[: drawn.count]
    chosen = visible if term.tag == "*" else visible & (drawn.codes[: drawn.count] == drawn.tags.get(term.tag, -1))
    if term.last is not None and chosen.any():
        chosen = chosen & (births >= _oldest_of_newest(births[chosen], term.last))
    if term.generations is not None:
        chosen = chosen & (births >= term.generations[0]) & (births <= term.generations[1])
    return chosen & (births == generation) if term.fresh else chosen


def _oldest_of_newest(births: NDArray[np.int64], count: int) -> int:
    """The oldest of the newest `count` distinct births; births ascend."""
    first = np.concatenate([[0], np.flatnonzero(births[1:] != births[:-1]) + 1])
    return int(births[first[-min(count, first.size)]])


def _compact(chosen: NDArray[np.int64]) -> Sequence[int]:
    """Positions as a range where they are one, so that long histories stay small."""
    first, last = int(chosen[0]), int(chosen[-1])
    return range(first, last + 1) if last - first + 1 == chosen.size and chosen.size > 3 else tuple(chosen.tolist())


def compile_rules(
    emit: Sequence[Emission],
    train: Sequence[Term],
    overrides: dict[int, tuple[Term, ...]],
    reset: int | None,
    generations: int,
) -> Schedule:
    """Compile for generations 0..generations.

    Order within generation g: every due emission is drawn, then the terms are formed. At a reset,
    models fitted and synthetic batches born before it are hidden.
    """
    return compiled_into(Drawn(), emit, train, overrides, reset, generations)


def compiled_into(
    drawn: Drawn,
    emit: Sequence[Emission],
    train: Sequence[Term],
    overrides: dict[int, tuple[Term, ...]],
    reset: int | None,
    generations: int,
) -> Schedule:
    """Do as `compile_rules`, and note what is drawn."""
    trained: list[tuple[Use, ...]] = []
    restarts: list[int] = []
    for g in range(generations + 1):
        restart = g - g % reset if reset else 0
        draw_batches(emit, g, restart, drawn)
        terms = overrides.get(g - restart, train)
        where = f'workflow.train["{g - restart}"]' if g - restart in overrides else "workflow.train"
        trained.append(select(terms, g, restart, drawn, where))
        restarts.append(restart)
    refuse_known_rows(drawn.batches, trained)
    if any(drawn.losses):
        if generations_of_parts(drawn.batches, drawn.losses, generations) * len(train) > _MOST_USES:
            raise Problem("workflow.emit", "edits of too many generations to hold in memory", "use fewer generations")
        batches, uses = split(drawn.batches, trained, drawn.losses)
        return Schedule(batches, uses, tuple(restarts))
    return Schedule(tuple(drawn.batches), tuple(trained), tuple(restarts))
