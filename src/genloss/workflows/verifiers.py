"""Which fit verifies rows for a generation, and has it trained on the very rows that it verifies?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from genloss.errors import Problem
from genloss.workflows.filters import Filter
from genloss.workflows.parts import Batch, Use


class Verified(NamedTuple):
    """A term whose filter gives its verdict on a batch for the first time. batch: its position."""

    generation: int
    use: Use
    batch: int


def acts_on(chosen: Filter, batch: Batch) -> bool:
    """Whether a filter may send away rows of a batch: those of its tag, or synthetic ones."""
    return not batch.real if chosen.tag is None else batch.tag == chosen.tag


def verifier_at(chosen: Filter, generation: int, restart: int, batches: Sequence[Batch], where: str) -> int | None:
    """Return the generation of the fit that verifies a term's rows, None: no fit; refuse where there is none yet."""
    fit = chosen.fit_at(generation, restart)
    if fit is None or not any(acts_on(chosen, batch) for batch in batches):
        return None
    if fit >= generation:
        raise Problem(
            f"{where}.filter.verifier",
            f"no fit is there yet at generation {generation} that could verify rows",
            'give verifier = "truth", or other terms there: train = {default = [...], "0" = [...]}',
        )
    return fit


def first_verdicts(batches: Sequence[Batch], train: Sequence[Sequence[Use]]) -> Iterator[Verified]:
    """Yield where each filter gives its verdict on each batch that it acts on."""
    seen: set[tuple[int, Filter]] = set()
    for g, uses in enumerate(train):
        for use in uses:
            for b in use.batches if use.filter is not None else ():
                if use.filter is not None and (b, use.filter) not in seen and acts_on(use.filter, batches[b]):
                    seen.add((b, use.filter))
                    yield Verified(g, use, b)


def known_rows(batches: Sequence[Batch], train: Sequence[Sequence[Use]]) -> Iterator[Verified]:
    """Yield the verdicts of fits on rows that they have trained on."""
    if all(use.verifier is None for uses in train for use in uses):
        return
    trained: Mapping[int, set[int]] = {g: {b for use in uses for b in use.batches} for g, uses in enumerate(train)}
    for each in first_verdicts(batches, train):
        if each.use.verifier is not None and each.batch in trained[each.use.verifier]:
            yield each


def refuse_known_rows(batches: Sequence[Batch], train: Sequence[Sequence[Use]]) -> None:
    """Refuse a verifier that has trained on the rows that it verifies, unless the filter allows it."""
    for each in known_rows(batches, train):
        chosen, batch = each.use.filter, batches[each.batch]
        if chosen is not None and chosen.own_rows == "refuse":
            raise Problem(
                f"workflow.train[{each.use.term}].filter.verifier",
                f"at generation {each.generation} fit {each.use.verifier} verifies the rows {batch.tag!r} of "
                f"generation {batch.birth}, on which it was trained itself: it finds them better than others",
                'give another verifier, or own_rows = "allow" to see what comes of it',
            )
