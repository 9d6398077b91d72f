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
from genloss.audit.kinds import Coding, Places, coding_of, variety
from genloss.audit.matched import centered, matched
from genloss.audit.moments import Moments
from genloss.audit.process import Others
from genloss.audit.scale import Scale, bands, scale_of
from genloss.audit.scores import SMALL, distance_to, extremeness, log_nearest, log_variance, reached
from genloss.errors import Problem
from genloss.populations.own_rows import Columns
from genloss.streams import stream

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

LOSS, SHIFT = "loss", "shift"
WEIGHTS = {
    "variance": 0.22, "spread": 0.05, "tail": 0.10, "tail gained": 0.03, "coverage": 0.12, "recall": 0.08,
    "diversity": 0.08, "location": 0.10, "unsupported": 0.04,
    "kinds": 0.06, "kinds gained": 0.03, "rare kinds": 0.05, "rare kinds gained": 0.02, "shares of kinds": 0.02,
}  # fmt: skip
"""Of every metric; they add up to 1 and are shared by its streams. What rows do not have stays unused."""
CELLS, MANY_CELLS, MANY = 12, 16, 1000
PROBES, ANCHORS, BALLS, LOCATIONS = 256, 1024, 32, 8
SHARES = (0.05, 0.01)
RARE = 0.1
"""Of rows: those whose rarest kind is rarest."""


@dataclass(frozen=True, eq=False)
class View:
    """Rows as scores see them: along all axes; along the leading ones with their lengths; their kinds as places."""

    turned: Array
    near: Array
    kinds: Places


Score = Callable[[View], Array]


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

    scale: Scale | None
    coding: Coding
    streams: tuple[Stream, ...]
    own: tuple[Moments, ...]
    mean: Array
    deviation: Array
    seed: int
    rows: int

    def seen(self, rows: Columns, number: int) -> Seen:
        """Score a generation's rows. number: of the generation, by which the order of rows and ties are keyed."""
        mixed = rows[stream(self.seed, "audit", "order", number).permutation(len(rows))]
        turned, kinds = _turned(self.scale, mixed), self.coding.coded(mixed.kinds)
        moved, stretched = centered(turned), matched(turned, self.mean, self.deviation)
        return Seen(len(rows), *(tuple(self._scored(each, kinds, number)) for each in (turned, moved, stretched)))

    def _scored(self, turned: Array, kinds: Places, number: int) -> Iterator[Scored]:
        view, known = _view(self.scale, turned, kinds), dict[int, Array]()
        for place, each in enumerate(self.streams):
            if id(each.score) not in known:
                known[id(each.score)] = each.score(view)
            scores = known[id(each.score)]
            numbers = stream(self.seed, "audit", "ties", number, place).random(len(scores))
            yield Scored(each.cells.counts(scores, numbers), Moments.of(scores))


def reference_of(rows: Columns, seed: int = 0) -> Reference:
    """Part real rows in two halves at random, and cut cells. Errors: `Problem` where they are too few."""
    least = 2 * (2 * PER_CELL - 1) * SMALL
    if len(rows) < least:
        raise Problem("real", f"{len(rows)} rows", f"give {least} or more: half of them are compared in blocks")
    mixed = rows[stream(seed, "audit", "halves").permutation(len(rows))]
    half = np.arange(len(rows)) < len(rows) // 2
    fitting, comparing = mixed[np.flatnonzero(half)], mixed[np.flatnonzero(~half)]
    scale = scale_of(fitting.numbers) if fitting.names else None
    coding = coding_of(fitting.kinds)
    turned = _turned(scale, comparing)
    view = _view(scale, turned, coding.coded(comparing.kinds))
    known = _view(scale, _turned(scale, fitting), coding.coded(fitting.kinds))
    parts = [
        *(_of_numbers(known.near, turned.shape[1], seed) if scale else ()),
        *(_of_kinds(coding) if fitting.kind_names else ()),
    ]
    streams = tuple(made for part in parts if (made := part(view, seed)) is not None)
    own = tuple(Moments.of(each.score(view)) for each in streams)
    mean, deviation = (turned.mean(axis=0), turned.std(axis=0)) if scale else (np.empty(0), np.empty(0))
    return Reference(scale, coding, streams, own, mean, deviation, seed, len(comparing))


def _turned(scale: Scale | None, rows: Columns) -> Array:
    return np.empty((len(rows), 0)) if scale is None else scale.turned(rows.numbers)


def _view(scale: Scale | None, turned: Array, kinds: Places) -> View:
    return View(turned, turned if scale is None else scale.near(turned), kinds)


@dataclass(frozen=True, eq=False)
class Part:
    """A stream before its cells are cut. share: of the weight of its metric. outside: share of two cells, or None."""

    metric: str
    part: str
    meaning: str
    share: float
    score: Score
    others: Others
    outside: float | None = None

    def __call__(self, view: View, seed: int) -> Stream | None:
        """Cut cells at the scores of reference rows; None where these are too few."""
        scores = self.score(view)
        numbers = stream(seed, "audit", "ties", "reference", self.metric, self.part).random(len(scores))
        if len(scores) < 2 * PER_CELL - 1:
            return None
        if self.outside is None:
            found = cells(scores, numbers, MANY_CELLS if len(scores) >= MANY else CELLS)
        else:
            found = tail_cells(scores, numbers, self.outside)
        weight = self.share * WEIGHTS[self.metric]
        return Stream(self.metric, self.part, self.meaning, weight, self.score, found, self.others)


def _of_numbers(fitting: Array, axes: int, seed: int) -> Iterator[Part]:
    """Yield what is looked at in columns of numbers. fitting: leading axes of the half that fits anchors."""
    low, high, both = (partial(tilted, sides=sides) for sides in ((-1,), (1,), (-1, 1)))
    every = bands(axes) if axes > 1 else []
    whole: Score = lambda view: log_variance(view.turned)  # noqa: E731
    yield Part("variance", "", LOSS, 0.5 if every else 1.0, whole, low)
    yield Part("spread", "", SHIFT, 1.0, whole, high)
    for begin, end in every:
        score = partial(_variance_of, begin=begin, end=end)
        yield Part("variance", f"axes {begin + 1} to {end}", LOSS, 0.5 / len(every), score, low)
    far: Score = lambda view: extremeness(view.turned)  # noqa: E731
    for share in SHARES:
        yield Part("tail", f"{share:.0%}", LOSS, 0.5, far, _lost, share)
        yield Part("tail gained", f"{share:.0%}", SHIFT, 0.5, far, _gained, share)
    for axis in range(min(LOCATIONS, axes)):
        yield Part("location", f"axis {axis + 1}", SHIFT, 1 / min(LOCATIONS, axes), partial(_along, axis=axis), both)
    yield Part("diversity", "", LOSS, 1.0, lambda view: log_nearest(view.near), low)
    probes, radii = _probes(fitting)
    yield Part("recall", "", LOSS, 1.0, lambda view: reached(view.near, probes, radii), low)
    anchors = _anchors(fitting, seed)
    for number, anchor in enumerate(anchors):
        close = partial(_closeness, anchor=anchor)
        inside = max(2 * PER_CELL / len(fitting), 0.5 / len(anchors))
        yield Part("coverage", f"ball {number + 1}", LOSS, 1 / len(anchors), close, _lost, inside)
    away: Score = lambda view: distance_to(view.near, fitting[:ANCHORS])  # noqa: E731
    for share in SHARES:
        yield Part("unsupported", f"{share:.0%}", SHIFT, 0.5, away, _gained, share)


def _of_kinds(coding: Coding) -> Iterator[Part]:
    """Yield what is looked at in columns of words."""
    low, high = (partial(tilted, sides=sides) for sides in ((-1,), (1,)))
    many: Score = lambda view: variety(view.kinds)  # noqa: E731
    yield Part("kinds", "", LOSS, 1.0, many, low)
    yield Part("kinds gained", "", SHIFT, 1.0, many, high)
    rare: Score = lambda view: coding.rarest(view.kinds)  # noqa: E731
    yield Part("rare kinds", "", LOSS, 1.0, rare, _lost, RARE)
    yield Part("rare kinds gained", "", SHIFT, 1.0, rare, _gained, RARE)
    common = coding.commonest(LOCATIONS)
    for column, place in common:
        share = float(np.exp(-coding.rarity[column][place]))
        score = partial(_is_kind, column=column, place=place)
        name = next(kind for kind, held in coding.places[column].items() if held == place)
        yield Part("shares of kinds", f"column {column}: {name}", SHIFT, 1 / len(common), score, _either, share)


def _variance_of(view: View, *, begin: int, end: int) -> Array:
    return log_variance(view.turned[:, begin:end])


def _along(view: View, *, axis: int) -> Array:
    return view.turned[:, axis]


def _closeness(view: View, *, anchor: Array) -> Array:
    return np.asarray(-np.sqrt(((view.near - anchor) ** 2).sum(axis=1)))


def _is_kind(view: View, *, column: int, place: int) -> Array:
    return np.asarray(view.kinds[:, column] == place, dtype=float)


def _lost(balls: Array, drawn: int) -> Array:
    del drawn
    return scaled(balls, LOST)


def _gained(balls: Array, drawn: int) -> Array:
    del drawn
    return scaled(balls, GAINED)


def _either(balls: Array, drawn: int) -> Array:
    return np.concatenate([_lost(balls, drawn), _gained(balls, drawn)])


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
