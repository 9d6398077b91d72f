"""What of a compiled workflow moves the errors of its fits? Arrays instead of batches and terms.

Batches that are used in the same proportions by the same fits act through one sum of their noise only:
they are one atom. A batch of one fit only, and what sub-sampling adds to a fit, share that fit's own atom.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.theory.arguments import Array
from genloss.workflows import TRUTH, Batch, Schedule, Use, term_shares
from genloss.workflows.traits import FILTER, MIXED_LAW, OVERLAP, SUBSAMPLE, WHOLE_BATCHES, sampler

__all__ = ["Atoms", "Subsample", "read", "refusal"]

_LARGEST = 500_000_000  # numbers in one table: 4 GB
COVERED = WHOLE_BATCHES | {SUBSAMPLE, OVERLAP, MIXED_LAW} | sampler("gain", "shift", "variance_scale", "sampling_bias")

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Subsample:
    """`take` rows drawn anew from the union of batches, for the share `weight` of one generation's loss."""

    generation: int
    batches: Whole
    take: int
    replace: bool
    weight: float


@dataclass(frozen=True)
class Atoms:
    """A schedule in arrays: B batches, E pairs of a batch and an origin of its rows, K fits, J atoms."""

    births: Whole  # (B,)
    rows: Array  # (B,)
    batch_of_pair: Whole  # (E,), ascending
    origin_of_pair: Whole  # (E,), a fit, or TRUTH
    chance_of_pair: Array  # (E,), the probability that a row of the batch has this origin
    gain_of_pair: Array  # (E,), of the batch's sampler, as are the next two; 1, 1, 0 for the truth
    scale_of_pair: Array  # (E,), of the variance
    shift_of_pair: Array  # (E,)
    teacher_weights: Array  # (K, K), the share of fit h, times gain, in what fit g trains on
    shift_effect: Array  # (K, 2), the shift of fit g's training set is [g, 0] + truth x [g, 1]
    atom_of_batch: Whole  # (B,), -1: never used
    part_of_batch: Array  # (B,), of its atom
    first_fit_of_atom: Whole  # (J,), ascending
    atom_weights: Array  # (K, J), the share of the loss of each atom
    subsamples: tuple[Subsample, ...]
    own_atom_of_fit: Whole  # (K,), -1: none

    @property
    def fits(self) -> int:
        """How many fits there are."""
        return int(self.teacher_weights.shape[0])


def refusal(schedule: Schedule) -> str | None:
    """Say what of a schedule has no linear law, or None: filters, and samplers that only some models have."""
    left = schedule.uncovered(COVERED)
    if left is not None and FILTER in schedule.traits and left == schedule.traits[FILTER]:
        return f"{left}: which rows stay depends on the rows, so a fit is no weighted mean with weights known before"
    return left and f"{left}, whose effect depends on the model; near the truth gain, shift and variance_scale say it"


def read(schedule: Schedule) -> Atoms:
    """Return the arrays of a schedule, or refuse what has no linear law."""
    from scipy import sparse

    reason = refusal(schedule)
    if reason is not None:
        raise Problem("workflow", reason, "simulate it")
    fits, rows = len(schedule.train), np.array([float(batch.rows) for batch in schedule.batches])
    shares, subsamples = _shares(schedule, rows)
    of, origin, values = _origins(schedule.batches)
    chance, gain, scale, shift = values
    synthetic = origin != TRUTH
    shape = rows.size, fits
    taught = sparse.csr_matrix(((chance * gain)[synthetic], (of[synthetic], origin[synthetic])), shape=shape)
    pushed = np.zeros((rows.size, 2))
    np.add.at(pushed[:, 0], of[synthetic], (chance * shift)[synthetic])
    np.add.at(pushed[:, 1], of[synthetic], (chance * (gain - 1))[synthetic])
    _check_size(fits, fits)
    own = {sample.generation for sample in subsamples}
    atom, ratio, first, weights, own_atoms = _atoms(shares, own)
    births = np.array([batch.birth for batch in schedule.batches])
    teaching = np.asarray((shares @ taught).toarray())
    return Atoms(
        births=births,
        rows=rows,
        batch_of_pair=of,
        origin_of_pair=origin,
        chance_of_pair=chance,
        gain_of_pair=gain,
        scale_of_pair=scale,
        shift_of_pair=shift,
        teacher_weights=teaching,
        shift_effect=np.asarray(shares @ pushed),
        atom_of_batch=atom,
        part_of_batch=ratio,
        first_fit_of_atom=first,
        atom_weights=weights,
        subsamples=tuple(subsamples),
        own_atom_of_fit=own_atoms,
    )


def _shares(schedule: Schedule, rows: Array) -> tuple[Any, list[Subsample]]:
    """The expected share of the loss of each batch, sparse (fits, batches), and the terms that sub-sample."""
    from scipy import sparse

    total = np.concatenate([[0.0], np.cumsum(rows)])
    where: list[Whole] = []
    parts: list[Array] = []
    counts: list[int] = []
    subsamples = []
    for g, uses in enumerate(schedule.train):
        sizes = [_pool_rows(use, rows, total) for use in uses]
        used = [_used(use, size) for use, size in zip(uses, sizes, strict=True)]
        by_term = term_shares([use.weight for use in uses], np.array(used)).tolist()
        count = 0
        for use, size, taken, share in zip(uses, sizes, used, by_term, strict=True):
            if share == 0.0:
                continue
            chosen = _positions(use.batches)
            where.append(chosen)
            parts.append(
                share * np.array(use.factors) / sum(use.factors) if use.factors else share / size * rows[chosen]
            )
            count += chosen.size
            if use.take is not None and (use.replace or taken < size):
                subsamples.append(Subsample(g, chosen, int(taken), use.replace, share))
        counts.append(count)
    column = np.concatenate(where)
    line = np.repeat(np.arange(len(counts)), counts)
    table = sparse.coo_matrix((np.concatenate(parts), (line, column)), shape=(len(counts), rows.size)).tocsc()
    table.eliminate_zeros()
    return table, subsamples


def _positions(batches: Sequence[int]) -> Whole:
    return np.arange(batches.start, batches.stop) if isinstance(batches, range) else np.array(batches, dtype=np.int64)


def _pool_rows(use: Use, rows: Array, total: Array) -> float:
    if isinstance(use.batches, range):
        return float(total[use.batches.stop] - total[use.batches.start])
    return float(rows[list(use.batches)].sum())


def _used(use: Use, size: float) -> float:
    if use.take is None:
        return size
    return float(use.take if use.replace or use.short is None else min(use.take, size))


def _origins(batches: Sequence[Batch]) -> tuple[Whole, Whole, Array]:
    """Pairs of batch and origin, and of each: chance, gain, scale of the variance, shift; (4, E)."""
    of, origin, values = [], [], []
    for b, batch in enumerate(batches):
        given = batch.sampler.given() if batch.sampler is not None else {}
        scale = given.get("variance_scale", 1.0) * given.get("sampling_bias", 1.0)
        said = given.get("gain", 1.0), scale, given.get("shift", 0.0)
        for who, chance in batch.origins:
            of.append(b)
            origin.append(who)
            values.append((chance, 1.0, 1.0, 0.0) if who == TRUTH else (chance, *said))
    return np.array(of), np.array(origin), np.array(values, dtype=float).T


def _atoms(shares: Any, own: set[int]) -> tuple[Whole, Array, Whole, Array, Whole]:
    """Group the columns of a sparse table that are proportional to each other.

    own: fits that need an atom of their own besides. Returns the atom and part of each batch, the
    first fit and the weights of each atom, and the own atom of each fit (-1: none).
    """
    fits, count = shares.shape
    start, line, value = shares.indptr, shares.indices, shares.data
    length = np.diff(start)
    atom, ratio = np.full(count, -1, dtype=np.int64), np.zeros(count)
    leads = np.where(length > 0, start[:-1], 0)
    opens = np.where(length > 0, line[leads], -1) if line.size else np.full(count, -1)
    alone = length == 1
    need = np.zeros(fits, dtype=bool)
    need[opens[alone]] = True
    need[sorted(own)] = True
    shared = np.flatnonzero(length > 1)
    group: dict[tuple[bytes, bytes], int] = {}
    for b in shared.tolist():
        piece = slice(start[b], start[b + 1])
        relative = np.round(value[piece] / value[start[b]], 12)
        atom[b] = group.setdefault((line[piece].tobytes(), relative.tobytes()), b)  # its first batch, for now
    heads = np.array(sorted(group.values()), dtype=np.int64)
    kinds = np.concatenate([opens[heads], np.flatnonzero(need)])
    order = np.argsort(kinds, kind="stable")
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    own_atoms = np.full(fits, -1, dtype=np.int64)
    own_atoms[need] = place[heads.size :]
    if shared.size:
        head = atom[shared]
        ratio[shared] = value[start[shared]] / value[start[head]]
        atom[shared] = place[np.searchsorted(heads, head)]
    atom[alone], ratio[alone] = own_atoms[opens[alone]], value[start[:-1][alone]]
    _check_size(fits, order.size)
    weights = np.zeros((fits, order.size))
    weights[:, place[: heads.size]] = shares[:, heads].toarray()
    weights[np.flatnonzero(need), own_atoms[need]] = 1.0
    return atom, ratio, kinds[order], weights, own_atoms


def _check_size(fits: int, columns: int) -> None:
    if fits * columns > _LARGEST:
        raise Problem(
            "generations",
            f"{fits} fits whose errors depend on {columns} independent sources: more than 4 GB",
            "use fewer generations",
        )
