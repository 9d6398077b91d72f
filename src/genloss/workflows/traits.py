"""What does a schedule ask for that not every engine and not every formula can do? Said once, in sentences.

An engine or a formula lists the traits that it covers, and `Schedule.uncovered` says in one sentence what is left over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from genloss.workflows.parts import TRUTH, Batch, Use
from genloss.workflows.verifiers import acts_on

FILTER = "filter"  # verdicts decide which rows stay
SUBSAMPLE = "subsample"  # rows of a batch are left out or repeated
OVERLAP = "overlap"  # a subsample of rows that another term of the same fit uses too
MIXED_LAW = "mixed_law"  # each row of a batch has its own origin
REUSE = "reuse"  # rows that an earlier fit, or another term, has trained on
EARLIER_ROWS = "earlier_rows"  # rows that were drawn for an earlier generation
SEVERAL_BATCHES = "several_batches"  # a fit on more than one batch
SEVERAL_BORN = "several_born"  # more or fewer than one batch drawn for a generation
OTHER_ORIGIN = "other_origin"  # rows that do not come from the fit before
LEFT_OUT = "left_out"  # batches drawn so far on which a fit does not train
UNEVEN = "uneven"  # rows of one fit that do not count alike
SIZES = "sizes"  # batches of unlike numbers of rows

REPLACE = frozenset({LEFT_OUT, SIZES})
"""Each fit trains on one new, whole batch of the fit before: no more than plain replace has, batches of any sizes."""
EVEN_BATCHES = REPLACE | {REUSE, EARLIER_ROWS, SEVERAL_BATCHES, SEVERAL_BORN, OTHER_ORIGIN}
"""Any whole batches of one origin each, every row alike."""
WHOLE_BATCHES = EVEN_BATCHES | {UNEVEN}
"""Any whole batches of one origin each, with any shares of the loss."""

Found = Iterator[tuple[str, str]]
Names = Callable[[int], str]
"""How a fit is named in a sentence: "generation 3"."""


def sampler(*settings: str) -> frozenset[str]:
    """Return the traits of these settings of a sampler: models then do not draw as they were fitted.

    >>> sorted(sampler("gain", "shift"))
    ['sampler gain', 'sampler shift']
    """
    return frozenset(f"sampler {setting}" for setting in settings)


def traits_of(
    batches: Sequence[Batch],
    train: Sequence[Sequence[Use]],
    shares: Callable[[int], Mapping[int, float]],
    words: Names = "generation {}".format,
) -> dict[str, str]:
    """Return every trait of a schedule with the sentence that names its first place: of batches, then of fits.

    shares: the share of the loss of each batch, by generation. words: how a fit is named.
    """
    found: dict[str, str] = {}
    for source in (
        _of_batches(batches, words),
        _of_births(batches, len(train), words),
        _of_fits(batches, train, found, words),
    ):
        for trait, sentence in source:
            found.setdefault(trait, sentence)
    weighed = (g for g, uses in enumerate(train) if len(uses) > 1 or uses[0].factors)
    uneven = next((g for g in weighed if _is_uneven(batches, train[g], shares(g))), None)
    return found if uneven is None else found | {UNEVEN: f"the rows of {words(uneven)} do not count alike"}


def _of_batches(batches: Sequence[Batch], words: Names) -> Found:
    for batch in batches:
        rows = f"the rows {batch.tag!r} of {words(batch.birth)}"
        for setting in batch.sampler.given() if batch.sampler is not None else ():
            yield f"sampler {setting}", f"{rows} are drawn with {setting}"
        if batch.origin is None:
            yield MIXED_LAW, f"{rows} have mixed origins"
        elif batch.origin != (batch.birth - 1 if batch.birth else TRUTH):
            yield OTHER_ORIGIN, f"{rows} do not come from the fit before"
        if batch.rows != batches[0].rows:
            yield SIZES, f"{rows} are {batch.rows}, and those of {words(batches[0].birth)} are {batches[0].rows}"


def _of_births(batches: Sequence[Batch], fits: int, words: Names) -> Found:
    counts = np.bincount([batch.birth for batch in batches], minlength=fits)
    unlike = np.flatnonzero(counts != 1)
    if unlike.size:
        count = int(counts[unlike[0]])
        yield SEVERAL_BORN, f"{count or 'no'} batches are drawn for {words(int(unlike[0]))}"


def _of_fits(batches: Sequence[Batch], train: Sequence[Sequence[Use]], found: Mapping[str, str], words: Names) -> Found:
    """found: the traits so far; what is found already is not looked for again."""
    rows = np.array([batch.rows for batch in batches])
    last = np.full(len(batches), -1)  # generation that trained on each batch last
    was_cut = np.zeros(len(batches), dtype=bool)  # whether it did on a part of it
    drawn = np.searchsorted([batch.birth for batch in batches], np.arange(len(train)), side="right")
    for g, uses in enumerate(train):
        distinct = count = sum(len(use.batches) for use in uses)
        for use in uses:
            term, places = f"term {use.term} of {words(g)}", _places(use)
            cut = use.take is not None and (use.replace or use.take < rows[places].sum())
            if use.filter is not None and any(acts_on(use.filter, batches[b]) for b in use.batches):
                yield FILTER, f"{term} filters its rows"
            if cut:
                yield SUBSAMPLE, f"{term} trains on a subsample"
            if len(uses) > 1 or REUSE not in found:
                again = np.flatnonzero(last[places] >= 0)
                if again.size:
                    yield REUSE, _reused(term, batches, last, int(np.arange(len(batches))[places][again[0]]), g, words)
                    if np.any((last[places] == g) & (cut | was_cut[places])):
                        yield OVERLAP, f"{term} draws again on rows that another term draws on"
                    distinct -= int((last[places] == g).sum())
                last[places], was_cut[places] = g, cut
            if EARLIER_ROWS not in found and batches[use.batches[0]].birth < g:  # batches stand in order of birth
                born = batches[use.batches[0]].birth
                yield EARLIER_ROWS, f"{term} trains on rows drawn for {words(born)}"
        if count > 1:
            yield SEVERAL_BATCHES, f"{words(g)} trains on {count} batches"
        if distinct < drawn[g]:
            yield LEFT_OUT, f"{words(g)} leaves out rows that were drawn before"
    idle = ((g, use) for g, uses in enumerate(train) for use in uses if use.filter is not None)
    for g, use in idle:  # where it acts on no rows it is told last
        yield FILTER, f"term {use.term} of {words(g)} filters its rows"


def _reused(term: str, batches: Sequence[Batch], last: NDArray[np.int64], place: int, g: int, words: Names) -> str:
    before = "another term" if last[place] == g else words(int(last[place]))
    return f"{term} trains again on rows drawn for {words(batches[place].birth)}, on which {before} has trained"


def _places(use: Use) -> slice | list[int]:
    """Positions of a term's batches, as an index of arrays."""
    if isinstance(use.batches, range):
        return slice(use.batches.start, use.batches.stop)
    return list(use.batches)


def _is_uneven(batches: Sequence[Batch], uses: Sequence[Use], shares: Mapping[int, float]) -> bool:
    """Whether rows of a fit's batches have unlike shares of the loss; a row that two terms use has two."""
    rows = sum(batches[b].rows for use in uses for b in use.batches)
    return any(abs(share * rows - batches[b].rows) > 1e-9 * batches[b].rows for b, share in shares.items())
