"""Which streams of counts are looked at, with which share of the chance of a false alarm, and what does each mean?

Every stream has its scores, the cells into which they fall, and the laws that it looks for. Streams see the same rows
in other ways, so their evidence is neither multiplied nor averaged: each has a weight, weights add up to 1, and a
stream alarms where its evidence times its weight reaches 1 / alpha.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from genloss.audit.alternatives import GAINED, LOST, scaled, tilted
from genloss.audit.cells import PER_CELL, Cells, cells, tail_cells
from genloss.audit.matched import centered, matched
from genloss.audit.moments import Moments
from genloss.audit.process import Others
from genloss.audit.scale import Scale, bands, scale_of
from genloss.audit.scores import SMALL, distance_to, extremeness, log_nearest, log_variance, reached
from genloss.errors import Problem
from genloss.streams import stream

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
Score = Callable[[Array, Array], Array]
"""Scores, given rows along all axes and along the leading ones with their lengths."""

LOSS, SHIFT = "loss", "shift"
WEIGHTS = {
    "variance": 0.25, "spread": 0.06, "tail": 0.12, "tail gained": 0.03, "coverage": 0.14, "recall": 0.10,
    "diversity": 0.10, "location": 0.14, "unsupported": 0.06,
}  # fmt: skip
"""Of every metric; they add up to 1 and are shared by its streams."""
CELLS, MANY_CELLS, MANY = 12, 16, 1000
PROBES, ANCHORS, BALLS, LOCATIONS = 256, 1024, 32, 8
SHARES = (0.05, 0.01)


@dataclass(frozen=True, eq=False)
class Stream:
    """One stream of counts. metric: of `WEIGHTS`. part: which band, axis, share or ball. meaning: loss or shift."""

    metric: str
    part: str
    meaning: str
    weight: float
    score: Score
    cells: Cells
    others: Others

    @property
    def name(self) -> str:
        """Metric and part."""
        return f"{self.metric} {self.part}".strip()


@dataclass(frozen=True, eq=False)
class Scored:
    """counts (K,): of scores by cell."""

    counts: Counts
    moments: Moments


@dataclass(frozen=True, eq=False)
class Seen:
    """A generation as streams see it: as it is, centered, and matched in mean and deviation. rows: how many."""

    rows: int
    plain: tuple[Scored, ...]
    centered: tuple[Scored, ...]
    matched: tuple[Scored, ...]


@dataclass(frozen=True, eq=False)
class Reference:
    """Real rows, parted in two: one half fits units and anchors, the other is what generations are compared with."""

    scale: Scale
    streams: tuple[Stream, ...]
    own: tuple[Moments, ...]
    mean: Array
    deviation: Array
    seed: int
    rows: int

    def seen(self, rows: Array, number: int) -> Seen:
        """Score a generation's rows. number: of the generation, by which the order of rows and ties are keyed."""
        turned = self.scale.turned(rows[stream(self.seed, "audit", "order", number).permutation(len(rows))])
        return Seen(
            len(rows),
            tuple(self._scored(turned, number)),
            tuple(self._scored(centered(turned), number)),
            tuple(self._scored(matched(turned, self.mean, self.deviation), number)),
        )

    def _scored(self, turned: Array, number: int) -> Iterator[Scored]:
        near, known = self.scale.near(turned), dict[int, Array]()
        for place, each in enumerate(self.streams):
            if id(each.score) not in known:
                known[id(each.score)] = each.score(turned, near)
            scores = known[id(each.score)]
            numbers = stream(self.seed, "audit", "ties", number, place).random(len(scores))
            yield Scored(each.cells.counts(scores, numbers), Moments.of(scores))


def reference_of(rows: Array, seed: int = 0) -> Reference:
    """Part real rows (n, columns) in two halves at random, and cut cells. Errors: `Problem` where they are too few."""
    least = 2 * (2 * PER_CELL - 1) * SMALL
    if len(rows) < least:
        raise Problem("real", f"{len(rows)} rows", f"give {least} or more: half of them are compared in blocks")
    mixed = rows[stream(seed, "audit", "halves").permutation(len(rows))]
    fitting, comparing = mixed[: len(rows) // 2], mixed[len(rows) // 2 :]
    scale = scale_of(fitting)
    turned = scale.turned(comparing)
    near = scale.near(turned)
    streams = tuple(_streams(scale.near(scale.turned(fitting)), turned, near, seed))
    own = tuple(Moments.of(each.score(turned, near)) for each in streams)
    return Reference(scale, streams, own, turned.mean(axis=0), turned.std(axis=0), seed, len(comparing))


def _streams(fitting: Array, turned: Array, near: Array, seed: int) -> Iterator[Stream]:
    """Yield all streams for which there are enough reference scores. fitting, near: leading axes of both halves."""
    made = partial(_made, turned=turned, near=near, seed=seed)
    whole = [(0, turned.shape[1])]
    parts = [*whole, *(bands(turned.shape[1]) if turned.shape[1] > 1 else [])]
    for place, (low, high) in enumerate(parts):
        share = 0.5 if place == 0 and len(parts) > 1 else 1.0 if len(parts) == 1 else 0.5 / (len(parts) - 1)
        score = _of_turned(lambda t, low=low, high=high: log_variance(t[:, low:high]))
        part = "" if place == 0 else f"axes {low + 1} to {high}"
        yield from made("variance", part, LOSS, share, score, partial(tilted, sides=(-1,)))
        if place == 0:
            yield from made("spread", "", SHIFT, 1.0, score, partial(tilted, sides=(1,)))
    far = _of_turned(extremeness)
    for share in SHARES:
        yield from made("tail", f"{share:.0%}", LOSS, 0.5, far, _lost, outside=share)
        yield from made("tail gained", f"{share:.0%}", SHIFT, 0.5, far, _gained, outside=share)
    axes = min(LOCATIONS, turned.shape[1])
    for axis in range(axes):
        along = _of_turned(lambda t, axis=axis: t[:, axis])
        yield from made("location", f"axis {axis + 1}", SHIFT, 1 / axes, along, partial(tilted, sides=(-1, 1)))
    yield from made("diversity", "", LOSS, 1.0, _of_near(log_nearest), partial(tilted, sides=(-1,)))
    probes, radii = _probes(fitting)
    yield from made(
        "recall", "", LOSS, 1.0, _of_near(lambda n: reached(n, probes, radii)), partial(tilted, sides=(-1,))
    )
    anchors = _anchors(fitting, seed)
    inside = max(2 * PER_CELL, round(len(near) / (2 * len(anchors)))) / (len(near) + 1)
    for number, anchor in enumerate(anchors):
        close = _of_near(lambda n, anchor=anchor: -np.sqrt(((n - anchor) ** 2).sum(axis=1)))
        yield from made("coverage", f"ball {number + 1}", LOSS, 1 / len(anchors), close, _lost, outside=inside)
    away = _of_near(lambda n: distance_to(n, fitting[:ANCHORS]))
    for share in SHARES:
        yield from made("unsupported", f"{share:.0%}", SHIFT, 0.5, away, _gained, outside=share)


def _made(
    metric: str, part: str, meaning: str, share: float, score: Score, others: Others, *, turned: Array, near: Array,
    seed: int, outside: float | None = None,
) -> Iterator[Stream]:  # fmt: skip
    """Yield a stream; none where reference scores are too few for two cells."""
    scores = score(turned, near)
    numbers = stream(seed, "audit", "ties", "reference", metric, part).random(len(scores))
    if len(scores) < 2 * PER_CELL - 1:
        return
    if outside is None:
        found = cells(scores, numbers, MANY_CELLS if len(scores) >= MANY else CELLS)
    else:
        found = tail_cells(scores, numbers, outside)
    yield Stream(metric, part, meaning, share * WEIGHTS[metric], score, found, others)


def _lost(balls: Array, drawn: int) -> Array:
    del drawn
    return scaled(balls, LOST)


def _gained(balls: Array, drawn: int) -> Array:
    del drawn
    return scaled(balls, GAINED)


def _of_turned(score: Callable[[Array], Array]) -> Score:
    return lambda turned, near: score(turned)  # noqa: ARG005


def _of_near(score: Callable[[Array], Array]) -> Score:
    return lambda turned, near: score(near)  # noqa: ARG005


def _probes(fitting: Array) -> tuple[Array, Array]:
    """Return rows that generations ought to reach, and within which distance: that of the (n / 32)-th other row."""
    from scipy.spatial.distance import cdist

    probes = fitting[:PROBES]
    away = np.sort(cdist(probes, fitting), axis=1)
    return probes, away[:, max(1, len(fitting) // 32)]


def _anchors(fitting: Array, seed: int) -> Array:
    """Return centers of clusters of rows, at most 32, one to twenty rows."""
    from sklearn.cluster import KMeans

    count = int(np.clip(len(fitting) // 20, 1, BALLS))
    state = int(stream(seed, "audit", "anchors").integers(2**31))
    return np.asarray(KMeans(count, n_init=1, random_state=state).fit(fitting).cluster_centers_)
