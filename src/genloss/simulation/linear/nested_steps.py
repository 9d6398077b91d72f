"""Which batches does each fit need, and which of them may be kept as one sum?

Fit g minimizes sum_m omega_m(g) |residuals of batch m|^2 + shift(g) |w|^2 with omega = share x rows used / rows and
shift = penalty x rows used. Two batches whose omegas keep one ratio from the younger's birth on enter
every later fit as one sum: all of `accumulate` is one Gram matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genloss.errors import Problem
from genloss.workflows import Schedule

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Profile = tuple[np.ndarray[tuple[int, ...], np.dtype[np.int64]], Array]
"""The generations that train on a batch, ascending, and its omega in each."""

LARGEST = 4e9  # bytes of Gram matrices kept at once
SMALLEST_WEIGHT = 1e-4
SMALLEST_PENALTY = 1e-8


@dataclass(frozen=True, slots=True)
class Birth:
    """A batch at its birth: the sum it joins (None: no fit needs it in a sum), its factor there, whether rows stay."""

    batch: int
    group: int | None
    scale: float
    keep: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One generation: what is born, what the fit sums, what is forgotten after it.

    sums: (group, weight). rows: (batch, omega), where the fit must come from rows instead of sums.
    """

    born: tuple[Birth, ...]
    sums: tuple[tuple[int, float], ...]
    rows: tuple[tuple[int, float], ...]
    shift: float
    groups_done: tuple[int, ...]
    batches_done: tuple[int, ...]


def steps_of(schedule: Schedule, penalties: Sequence[float], dim: int, largest: float, block: int) -> tuple[Step, ...]:
    """Plan a fit for each penalty; largest: of the eigenvalues of the inputs' covariance. block: replicates at once."""
    fits = len(penalties)
    used = [float(schedule.rows_used(g).sum()) for g in range(fits)]
    omegas = [_omegas(schedule, g, used[g]) for g in range(fits)]
    from_rows = [_from_rows(schedule, *each, dim, largest) for each in zip(omegas, penalties, strict=True)]
    profiles = _profiles([{} if rows else each for each, rows in zip(omegas, from_rows, strict=True)])
    kept = {b: g for g, each in enumerate(omegas) if from_rows[g] for b in each}  # last fit on a batch's own rows
    joined, leaders = _groups(schedule, profiles, fits)
    ends = {group: int(profiles[leader][0][-1]) for group, leader in enumerate(leaders)}
    _check_memory(schedule, leaders, ends, 8.0 * block * dim**2)
    steps = []
    for g in range(fits):
        needed = [b for b in schedule.born[g] if b in joined or b in kept]
        places: list[tuple[int | None, float]] = [joined.get(b, (None, 1.0)) for b in needed]
        born = tuple(Birth(b, *place, b in kept) for b, place in zip(needed, places, strict=True))
        rows = tuple(omegas[g].items()) if from_rows[g] else ()
        leading = () if rows else enumerate(leaders)
        sums = tuple((i, omegas[g][leader]) for i, leader in leading if leader in omegas[g])
        groups_done = tuple(i for i, _ in sums if ends[i] == g)
        batches_done = tuple(b for b, _ in rows if kept[b] == g)
        steps.append(Step(born, sums, rows, penalties[g] * used[g], groups_done, batches_done))
    return tuple(steps)


def _omegas(schedule: Schedule, generation: int, used: float) -> dict[int, float]:
    """Weight of a squared residual by batch, without batches of weight 0."""
    shares = schedule.shares(generation)
    return {b: share * used / schedule.batches[b].rows for b, share in shares.items() if share > 0}


def _from_rows(schedule: Schedule, omegas: dict[int, float], penalty: float, dim: int, largest: float) -> bool:
    """Whether squaring the rows would cost digits: few rows that count, and no penalty to speak of.

    Decided without a look at what is drawn. Rows that weigh less than 1e-4 of the heaviest do not count.
    """
    if penalty >= SMALLEST_PENALTY * largest:
        return False
    heaviest = max(omegas.values())
    return sum(schedule.batches[b].rows for b, w in omegas.items() if w >= SMALLEST_WEIGHT * heaviest) < 2 * dim


def _profiles(omegas: list[dict[int, float]]) -> dict[int, Profile]:
    """Turn weights by generation and batch into profiles by batch."""
    counts = [len(each) for each in omegas]
    generation = np.repeat(np.arange(len(omegas)), counts)
    batch = np.fromiter((b for each in omegas for b in each), dtype=np.int64, count=sum(counts))
    omega = np.fromiter((w for each in omegas for w in each.values()), dtype=float, count=sum(counts))
    if not batch.size:
        return {}
    order = np.argsort(batch, kind="stable")
    names, first = np.unique(batch[order], return_index=True)
    parts = zip(np.split(generation[order], first[1:]), np.split(omega[order], first[1:]), strict=True)
    return dict(zip(names.tolist(), parts, strict=True))


def _groups(
    schedule: Schedule, profiles: dict[int, Profile], fits: int
) -> tuple[dict[int, tuple[int, float]], list[int]]:
    """Return the group of each batch with its factor there, and the leader (first batch) of each group."""
    joined: dict[int, tuple[int, float]] = {}
    leaders: list[int] = []
    alive: list[int] = []
    for g in range(fits):
        alive = [i for i in alive if profiles[leaders[i]][0][-1] >= g]
        for b in schedule.born[g]:
            if b not in profiles:
                continue
            found = ((i, _ratio(profiles[b], profiles[leaders[i]], g)) for i in alive)
            joined[b] = next(((i, ratio) for i, ratio in found if ratio), (len(leaders), 1.0))
            if joined[b][0] == len(leaders):
                alive.append(len(leaders))
                leaders.append(b)
    return joined, leaders


def _ratio(mine: Profile, other: Profile, birth: int) -> float:
    """Ratio of two batches' omegas if it is one number from `birth` on, else 0."""
    start = int(np.searchsorted(other[0], birth))
    if other[0].size - start != mine[0].size or not np.array_equal(other[0][start:], mine[0]):
        return 0.0
    ratios = mine[1] / other[1][start:]
    if not 1e-100 < ratios[0] < 1e100 or np.any(np.abs(ratios / ratios[0] - 1) > 1e-12):
        return 0.0
    return 1.0 if abs(ratios[0] - 1) < 1e-12 else float(ratios[0])


def _check_memory(schedule: Schedule, leaders: list[int], ends: dict[int, int], size: float) -> None:
    """Refuse sums that would not fit in memory."""
    change = np.zeros(len(schedule.train) + 1)
    for group, leader in enumerate(leaders):
        change[schedule.batches[leader].birth] += 1
        change[ends[group] + 1] -= 1
    at_once = size * np.cumsum(change).max()
    if at_once > LARGEST:
        raise Problem(
            "engine",
            f"the nested engine would keep {at_once / 1e9:.1f} GB of Gram matrices at once",
            "lower population.dim, or keep fewer batches",
        )
