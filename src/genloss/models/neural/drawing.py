"""What do networks share that draw rows, images first? In which units rows are fitted, and from where labels come.

Rows are images, an array (rows, height, width), or an array or table of numbers, alone or with a label each, (X, y). A
network that is given labels draws rows of a label; which labels new rows have is declared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.models.adapters.forms import Form, numbers_of
from genloss.models.neural.labeling import parts_of

Array = NDArray[np.float64]
State = Mapping[str, NDArray[Any]]
_FRAME = ("center", "scale", "classes", "shares", "limits", "shape", "names")


@dataclass(frozen=True, eq=False)
class Frame:
    """How rows are held, and in which units they are fitted.

    center: of each column. scale: the standard deviation of each column; of images one for all pixels, the root of
    their mean variance. classes: the labels, or none; shares: of the rows that were fitted, which have each. limits: of
    images, the lowest and the highest pixel; of other rows none.
    """

    form: Form
    center: Array
    scale: Array
    classes: NDArray[Any]
    shares: Array
    limits: Array

    @classmethod
    def of(cls, data: Any, weights: Array | None, name: str, start: Frame | None = None) -> Frame:
        """Read rows. start: the frame of an earlier fit, whose units and labels stay."""
        numbers, labels, form = read(data, name)
        classes = np.unique(labels)
        if start is not None:
            classes = np.union1d(start.classes, classes) if classes.size else classes
            if classes.size != start.classes.size:
                found = f"the earlier fit knows {start.classes.size} labels, and there are {classes.size}"
                raise Problem("generator.start", found, "give rows with labels that it knows")
            center, scale, limits = start.center, start.scale, start.limits
        else:
            images, variances = len(form.shape) > 1, numbers.var(axis=0)
            scale = np.sqrt(variances.mean(keepdims=True) if images else variances)
            center, scale = numbers.mean(axis=0), np.where(scale > 0, scale, 1.0)
            limits = np.array([numbers.min(), numbers.max()] if images else [])
        counted = np.ones(len(numbers)) if weights is None else weights
        shares = np.array([counted[labels == label].sum() for label in classes], dtype=float)
        return cls(form, center, scale, classes, shares / (shares.sum() or 1.0), limits)

    def scaled(self, data: Any, name: str) -> tuple[Array, NDArray[np.int64]]:
        """Return rows in the units of the fit, and which label each has."""
        numbers, labels, _ = read(data, name)
        return (numbers - self.center) / self.scale, np.searchsorted(self.classes, labels)

    def drawn_labels(self, count: int, how: str, rng: np.random.Generator) -> NDArray[np.int64]:
        """Return labels of new rows. how: "fitted", as often as in the rows fitted, or "balanced", all alike."""
        if how == "balanced":
            return np.asarray(rng.permutation(np.resize(np.arange(self.classes.size), count)))
        return np.asarray(rng.choice(self.classes.size, size=count, p=self.shares))

    def back(self, numbers: Any, labels: NDArray[np.int64], *, clip: bool) -> Any:
        """Return rows as they were given. clip: whether pixels are cut to the limits."""
        found = np.asarray(numbers, dtype=float) * self.scale + self.center
        rows = self.form.back(found.clip(*self.limits) if clip and self.limits.size else found)
        return (rows, self.classes[labels]) if self.classes.size else rows

    def state(self) -> dict[str, NDArray[Any]]:
        """Return it as plain arrays."""
        names = np.array([] if self.form.names is None else [str(name) for name in self.form.names])
        shape = np.array(self.form.shape, dtype=np.int64)
        held = (self.center, self.scale, self.classes, self.shares, self.limits, shape, names)
        return dict(zip(_FRAME, held, strict=True))

    @classmethod
    def from_state(cls, state: State) -> tuple[Frame, dict[str, NDArray[Any]]]:
        """Return what `state` returned, and what else there is: weights."""
        form = Form(tuple(state["shape"].tolist()), tuple(state["names"].tolist()) or None)
        frame = cls(form, *(state[name] for name in _FRAME[:5]))
        return frame, {name: array for name, array in state.items() if name not in _FRAME}


def read(data: Any, name: str) -> tuple[Array, NDArray[Any], Form]:
    """Return rows as an array (rows, columns), their labels (rows,), which may be none, and how rows are held."""
    inputs, labels = parts_of(data, name) if isinstance(data, tuple) else (data, np.empty(0))
    numbers, form = numbers_of(inputs, name)
    return numbers, np.asarray(labels), form


def one_hot(labels: NDArray[np.int64], classes: int) -> NDArray[np.float32]:
    """Return (rows, classes): 1 where a row has the label.

    >>> one_hot(np.array([1]), 3).tolist()
    [[0.0, 1.0, 0.0]]
    """
    return np.eye(classes, dtype=np.float32)[labels]


def check_classes(classes: str) -> None:
    """Refuse what says not which labels new rows have."""
    if classes not in ("fitted", "balanced"):
        raise Problem("generator.classes", f"{classes!r}", 'give "fitted" or "balanced"')
