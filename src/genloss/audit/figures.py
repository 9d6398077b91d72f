"""How are columns of numbers looked at? Along axes on which half of the real rows vary, in regions, by neighbors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from genloss.audit.learned import AXES, Learned, Recent
from genloss.audit.lens import DIFFERENCE, EITHER, GAINED, HIGHER, LOSS, LOST, LOWER, RATIO, SHIFT, Lens, Part, within
from genloss.audit.matched import centered, matched
from genloss.audit.overlapping import inside, several_nearest
from genloss.audit.packed import packed, unpacked
from genloss.audit.scale import Scale, bands, scale_of
from genloss.audit.scores import (
    distance_to,
    distances,
    extremeness,
    log_nearest,
    log_variances,
    nearest_of,
    radius,
    reached,
)
from genloss.streams import stream

Array = NDArray[np.float64]
Index = NDArray[np.int64]

PROBES, FAR, BALLS, LOCATIONS = 256, 512, 32, 8
BANK = 4096
"""Rows of the reference that are kept along leading axes, to cut cells for what is learned later."""
SHARES = (0.05, 0.01)
FIT = 5_000
"""Rows by which centers and radii are found, at most: more would not move them."""
NAMED, LATER = 10_000, 20_000
"""Rows of a generation, at most, by which a loss is named, and by which what was learned is asked of it: the rows that
the reference keeps for that are fewer."""
PARTS = 10
_FAR = {"far": "", "radius": ", over all axes"}
SHORT = (0.03, 0.06)
"""Of the reference: the rows around which generations were shortest of rows, for what is small and what is larger."""
CENTERS, AROUND = 512, 16
"""Balls around rows that fit, which overlap; and how many are nearest to a row: by these it is told how short of rows
it is around there."""
_MOST_NAMED = 3
_ROWS_A_BALL, _LEAST_INSIDE = 20, 10


@dataclass(frozen=True, eq=False)
class Figures(Lens):
    """Rows of numbers (rows, columns) as scores.

    names: of the columns. probes (p, axes), radii (p,): what blocks ought to reach. anchors, far (n, axes): centers of
    balls, and rows from which distance is told. large (parts, axes), held (parts,): centers of parts that hold all
    rows, and the share of the half that fits in each. inside: share of the reference in a ball. fitted: rows of that
    half. reach, real (balls,): radii of balls around the first of `far`, and the share of the half that fits in each.
    fitted_mean (k,): of that half along leading axes. mean, deviation (k,): of the reference along the axes. bank
    (rows, k): reference rows along leading axes. learned: what was found later.
    """

    kind: ClassVar[str] = "numbers"

    names: tuple[str, ...]
    scale: Scale
    probes: Array
    radii: Array
    anchors: Array
    far: Array
    large: Array
    held: Array
    inside: float
    fitted: int
    reach: Array
    real: Array
    fitted_mean: Array
    mean: Array
    deviation: Array
    bank: Array
    learned: tuple[Learned, ...] = ()

    def parts(self) -> Iterator[Part]:
        """Yield what is looked at in columns of numbers."""
        axes = len(self.scale.lengths)
        every = bands(axes) if axes > 1 else []
        there = [(_band(a, b), f"{_band(a, b)}{self._along(a) if b == a + 1 else ''}") for a, b in every]
        there += [("remaining axes", "remaining axes")] if self.scale.leaves_out else []
        yield Part("variance", "", LOSS, 0.5 if there else 1.0, "variance", LOWER)
        yield Part("spread", "", SHIFT, 1.0, "variance", HIGHER)
        for key, part in there:
            yield Part("variance", part, LOSS, 0.5 / len(there), f"variance, {key}", LOWER)
        for share, (far, part) in product(SHARES, _FAR.items() if axes > 1 else [("far", "")]):
            name, each = f"{share:.0%}{part}", 0.5 / (len(_FAR) if axes > 1 else 1)
            yield Part("tail", name, LOSS, each, far, LOST, share, RATIO, f"{far}, centered")
            yield Part("tail gained", name, SHIFT, each, far, GAINED, share)
        many = min(LOCATIONS, axes)
        for axis in range(many):
            key = f"axis {axis + 1}"
            yield Part("location", f"{key}{self._along(axis)}", SHIFT, 1 / many, key, EITHER, None, DIFFERENCE)
        yield Part("diversity", "", LOSS, 1.0, "neighbors", LOWER)
        yield Part("recall", "", LOSS, 1.0, "reached", LOWER, None, DIFFERENCE, "reached, matched")
        yield from self._places_parts()
        for share in SHARES:
            yield Part("unsupported", f"{share:.0%}", SHIFT, 0.5, "away", GAINED, share)

    def _places_parts(self) -> Iterator[Part]:
        """Yield small balls, which hold half of the rows together, and large parts that hold all."""
        count, parts = len(self.anchors), len(self.large)
        share = 0.5 if parts > 1 else 1.0
        for ball, center in enumerate(self.anchors, 1):
            key, name = f"ball {ball}", f"ball {ball}{self._around(center)}"
            yield Part("coverage", name, LOSS, share / count, key, LOST, self.inside, RATIO, f"{key}, matched")
        for part, held in enumerate(self.held if parts > 1 else (), 1):
            key, name = f"part {part}", f"part {part}{self._around(self.large[part - 1])}"
            cut = float(within(held, self.fitted))
            yield Part("coverage", name, LOSS, 0.5 / parts, key, LOST, cut, RATIO, f"{key}, matched")

    def _along(self, axis: int) -> str:
        """Name the columns that an axis is mostly of."""
        unit = np.zeros(len(self.scale.lengths))
        unit[axis] = 1.0
        return self._mostly(unit)

    def _mostly(self, direction: Array) -> str:
        """Name the columns that vary most along a direction of the leading axes; of one column there is no other."""
        if len(self.names) < 2:
            return ""
        spread = np.abs(self.scale.loadings[:, : len(direction)] @ direction)
        order = np.argsort(-spread, kind="stable")[:_MOST_NAMED]
        return f", mostly {', '.join(self.names[place] for place in order if spread[place] > 0.5 * spread[order[0]])}"

    def _around(self, center: Array) -> str:
        """Say where a center lies: the columns in which it is furthest from the mean, in standard deviations."""
        away = self.scale.loadings[:, : len(center)] @ (center / self.scale.lengths[: len(center)])
        order = [place for place in np.argsort(-np.abs(away), kind="stable")[:_MOST_NAMED] if abs(away[place]) > 0.5]
        told = ", ".join(f"{self.names[place]} {away[place]:+.1f} sd" for place in order)
        return f", around {told}" if told else ", around the mean"

    def learned_parts(self, found: Learned, share: float) -> Iterator[Part]:
        """Yield what is looked at in later generations. share: of the weights of metrics that are learned."""
        name, after = found.name, f"found after generation {found.after}"
        least = f"{after}{self._mostly(found.least)}"
        half = f"lower half of directions, {after}"
        side = f"{after}{self._mostly(found.side)}"
        yield Part("learned variance", least, LOSS, share / 2, f"{name}, least", LOWER)
        yield Part("learned variance", half, LOSS, share / 2, f"{name}, lower half", LOWER)
        yield Part("learned location", side, SHIFT, share, f"{name}, side", EITHER, None, DIFFERENCE)
        short, many = f"{name}, short", len(SHORT)
        for each in SHORT:
            part = f"shortest {each:.0%}, {after}"
            yield Part("learned region", part, LOSS, share / many, short, LOST, each, RATIO, f"{short}, matched")

    def scores(self, rows: Array) -> Mapping[str, Array]:
        """Return scores of rows of numbers."""
        return self._scores(self.scale.turned(rows), self.scale.left_out(rows))

    def learned_scores(self, found: Learned) -> Mapping[str, Array]:
        """Return scores of the reference for what was learned."""
        every = dict(found.scores(self.bank))
        every[f"{found.name}, short"] = found.shortage(self._around_rows(self.scale.near(self.bank)))
        return _as_kept(every)

    def noticed(self, recent: Recent, rows: Array) -> Recent:
        """Return what recent generations were like, with one more."""
        turned = self.scale.turned(rows)
        return recent.then(turned[:, :AXES], inside(self.scale.near(turned), self._ball_centers, self.reach))

    @property
    def unseen(self) -> Recent:
        """What is known of generations before there is any."""
        return Recent.none(min(AXES, len(self.scale.lengths)), len(self.reach))

    def _scores(self, turned: Array, left_out: Array | None) -> dict[str, Array]:
        near, logs = self.scale.near(turned), log_variances(turned)
        found = {"variance": logs.mean(axis=1), "neighbors": log_nearest(near)}
        found |= {"far": extremeness(turned), "radius": radius(turned)}
        for begin, end in bands(turned.shape[1]) if turned.shape[1] > 1 else []:
            found[f"variance, {_band(begin, end)}"] = logs[:, begin:end].mean(axis=1)
        if left_out is not None:
            found["variance, remaining axes"] = left_out
        for axis in range(min(LOCATIONS, turned.shape[1])):
            found[f"axis {axis + 1}"] = turned[:, axis]
        found["away"] = distance_to(near, self.far)
        moved, stretched = centered(turned), self.scale.near(matched(turned, self.mean, self.deviation))
        found |= {"far, centered": extremeness(moved), "radius, centered": radius(moved)}
        for each, ending in ((near, ""), (stretched[:NAMED], ", matched")):
            found |= self._places(each, ending)
        for frozen in self.learned:
            found |= frozen.scores(turned[:LATER, :AXES])
        return _as_kept(found)

    def _places(self, near: Array, ending: str) -> Iterator[tuple[str, Array]]:
        yield f"reached{ending}", reached(near, self.probes, self.radii)
        for ball, away in enumerate(distances(near, self.anchors).T, 1):
            yield f"ball {ball}{ending}", -away
        closest = nearest_of(near, self.large)
        for part in range(len(self.large)):
            yield f"part {part + 1}{ending}", np.asarray(closest == part, dtype=float)
        if self.learned:
            nearest = self._around_rows(near[:LATER])
            for each in self.learned:
                yield f"{each.name}, short{ending}", each.shortage(nearest)

    def _around_rows(self, near: Array) -> Index:
        return several_nearest(near, self._ball_centers, AROUND)

    @property
    def _ball_centers(self) -> Array:
        return self.far[: len(self.reach)]

    def beside(self, rows: Array) -> Figures:
        """Return it with what it keeps of the reference that generations are compared with."""
        turned = self.scale.turned(rows)
        return replace(self, mean=turned.mean(axis=0), deviation=turned.std(axis=0), bank=turned[:BANK, :AXES])

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        arrays = {name: packed(getattr(self, name)) for name in _ARRAYS}
        learned = [each.to_dict() for each in self.learned]
        return {
            "names": list(self.names),
            "scale": self.scale.to_dict(),
            "inside": self.inside,
            "fitted": self.fitted,
            "learned": learned,
        } | arrays

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make it again."""
        return cls(
            names=tuple(data["names"]),
            scale=Scale.from_dict(data["scale"]),
            inside=float(data["inside"]),
            fitted=int(data["fitted"]),
            learned=tuple(Learned.from_dict(each) for each in data["learned"]),
            **{name: unpacked(data[name]) for name in _ARRAYS},
        )


def _band(begin: int, end: int) -> str:
    return f"axis {end}" if end == begin + 1 else f"axes {begin + 1} to {end}"


def _as_kept(scores: Mapping[str, Array]) -> dict[str, Array]:
    """Return scores to seven digits, on both sides alike: scores that are equal have to stay so."""
    return {key: np.asarray(values.astype(np.float32), dtype=float) for key, values in scores.items()}


_ARRAYS = (
    "probes",
    "radii",
    "anchors",
    "far",
    "large",
    "held",
    "reach",
    "real",
    "fitted_mean",
    "mean",
    "deviation",
    "bank",
)


def figures_of(rows: Array, seed: int, names: tuple[str, ...] = ()) -> Figures:
    """Fit units, axes and anchors to half of the real rows (n, columns). names: of the columns."""
    scale = scale_of(rows)
    turned = scale.turned(rows)
    near = scale.near(turned)
    some = near[:FIT]
    probes, centers = near[:PROBES], near[:CENTERS]
    radii, reach = _radii(some, probes), _radii(some, centers)
    anchors = _centers(some, BALLS, seed, "balls")
    large = _centers(some, PARTS, seed, "parts")
    real, held = inside(some, centers, reach) / len(some), _shares(near, large)
    within_ball = max(_LEAST_INSIDE / len(rows), 0.5 / len(anchors))
    none = np.empty(0)
    mean = turned[:, :AXES].mean(axis=0)
    named = names or tuple(f"column {place}" for place in range(rows.shape[1]))
    return Figures(
        names=named, scale=scale, probes=probes, radii=radii, anchors=anchors, far=near[:FAR],
        large=large, held=held, inside=within_ball, fitted=len(rows), reach=reach, real=real, fitted_mean=mean,
        mean=none, deviation=none, bank=np.empty((0, 0)),
    )  # fmt: skip


def _shares(near: Array, centers: Array) -> Array:
    """Return the share of rows that are nearest to each center; none is 0."""
    nearest = nearest_of(near, centers)
    return np.asarray((np.bincount(nearest, minlength=len(centers)) + 0.5) / (len(near) + 0.5 * len(centers)))


def _radii(near: Array, centers: Array) -> Array:
    """Return the distance of each center, which is one of the rows, to its (n / 32)-th other row."""
    place = max(1, len(near) // 32)
    return np.asarray(np.partition(distances(near, centers).T, place, axis=1)[:, place])


def _centers(near: Array, most: int, seed: int, what: str) -> Array:
    """Return centers of clusters of rows, at most so many, one to twenty rows."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    count = int(np.clip(len(near) // _ROWS_A_BALL, 1, most))
    state = int(stream(seed, "audit", what).integers(2**31))
    with threadpool_limits(1):
        return np.asarray(KMeans(count, n_init=1, random_state=state).fit(near).cluster_centers_)
