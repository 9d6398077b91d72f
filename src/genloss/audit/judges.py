"""By what is the loss of a fit judged? Rows by their energy distance, classes by the log loss, numbers by squares.

A judge stands at held-out rows. What it sees of a fit is compared with what it sees of another, and with these rows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from genloss.audit.distance import Sample, Units, units_of
from genloss.doors import Advice, Words
from genloss.errors import Problem
from genloss.models.adapters.scikit_learn import Behind, Density, Labeler, LabelerFit
from genloss.models.protocol import Fitted
from genloss.populations.own_rows import columns_of, is_texts, made_alike, row_count, take

Array = NDArray[np.float64]

FEWEST_DRAWN, MOST_DRAWN = 300, 3_000
"""Rows that are drawn of a fit to be compared; at least as many as hold down the noise of drawing, at most for time."""
MOST_HELD = 3_000
"""Held-out rows to which all distances are taken."""
_LEAST = 1e-9  # chance of a class


class Judge(Protocol):
    """Compares fits at held-out rows."""

    def seen(self, fit: Fitted[Any], rng: np.random.Generator) -> Any:
        """Return what is seen of a fit."""
        ...

    def apart(self, one: Any, other: Any) -> float:
        """Return the loss of the other where the first is the truth: 0 on average if they are one law."""
        ...

    def loss(self, seen: Any) -> float:
        """Return the loss of what is seen on the held-out rows."""
        ...


@dataclass(frozen=True)
class Kind:
    """A way to judge. at: stands at held-out rows. known: whether the loss is 0 for the truth itself.

    squares: whether losses are squared distances, of which bias and variance are parts that add up.
    """

    measure: str
    unit: str
    at: Callable[[Any], Judge]
    known: bool
    squares: bool


@dataclass(frozen=True, eq=False)
class Distance:
    """The squared energy distance of drawn rows. like: one row as they are held. drawn: how many are."""

    units: Units
    like: Any
    points: Sample
    drawn: int

    def seen(self, fit: Fitted[Any], rng: np.random.Generator) -> Sample:
        """Draw rows."""
        rows = made_alike(fit.sample(self.drawn, rng), self.like, self.drawn)
        return self.units.points(columns_of(rows))

    def apart(self, one: Sample, other: Sample) -> float:
        """Return an unbiased estimate."""
        return one.apart(other)

    def loss(self, seen: Sample) -> float:
        """Return an unbiased estimate."""
        return self.points.apart(seen)


@dataclass(frozen=True, eq=False)
class Classes:
    """The log loss of chances of classes, and the mean divergence of one fit's chances from another's."""

    inputs: Any
    labels: Any
    every: tuple[Any, ...]

    def seen(self, fit: Fitted[Any], rng: np.random.Generator) -> Array:
        """Return the chance of every class at every input, (rows, classes)."""
        del rng
        assert isinstance(fit, LabelerFit)
        if not hasattr(fit.estimator, "predict_proba"):
            found = f"{type(fit.estimator).__name__} has no predict_proba, by which its classes could be compared"
            raise Problem("model", found, "give a classifier that has it, e.g. LogisticRegression")
        flat = self.inputs.reshape(len(self.inputs), -1) if np.ndim(self.inputs) > 2 else self.inputs
        known = list(fit.estimator.classes_)
        chances = np.full((len(self.labels), len(self.every)), _LEAST)
        chances[:, [self.every.index(each) for each in known]] = fit.estimator.predict_proba(flat)
        return np.asarray(np.clip(chances, _LEAST, 1.0))

    def apart(self, one: Array, other: Array) -> float:
        """Return the excess log loss of the other where the first is the truth, exact at these inputs."""
        return float((one * (np.log(one) - np.log(other))).sum(axis=1).mean())

    def loss(self, seen: Array) -> float:
        """Return the log loss."""
        places = [self.every.index(label) for label in self.labels]
        return float(-np.log(seen[np.arange(len(places)), places]).mean())


@dataclass(frozen=True, eq=False)
class Numbers:
    """The squared error of predictions, and the mean squared difference of two fits' predictions."""

    inputs: Any
    labels: Array

    def seen(self, fit: Fitted[Any], rng: np.random.Generator) -> Array:
        """Predict."""
        del rng
        assert isinstance(fit, LabelerFit)
        return np.asarray(fit.predict(self.inputs), dtype=float)

    def apart(self, one: Array, other: Array) -> float:
        """Return the excess of the other where the first is the truth, exact at these inputs."""
        return float(((one - other) ** 2).mean())

    def loss(self, seen: Array) -> float:
        """Return the mean squared error."""
        return float(((self.labels - seen) ** 2).mean())


def kind_of(model: Any, rows: Any) -> Kind:
    """Choose how a model is judged on rows. Errors: `Problem` for texts, and for labels that have no law."""
    if is_texts(rows):
        mend = "give a table of what you measure of each text, or compare held-out losses (metrics=['word_loss'])"
        raise Problem("data", "these are texts, and this distance cannot compare texts", mend)
    if not isinstance(model, Labeler):
        units = units_of(columns_of(rows, "data"))
        drawn, unit = int(np.clip(5 * row_count(rows) // 2, FEWEST_DRAWN, MOST_DRAWN)), "real standard deviations"
        return Kind("squared energy distance", unit, lambda held: _distance(units, held, drawn), True, True)
    if not (isinstance(rows, tuple) and len(rows) == 2):
        raise Problem("data", f"{type(model.estimator).__name__} predicts labels, and the data have none", _LABELS)
    from sklearn.base import is_classifier

    if not is_classifier(model.estimator):
        unit = "squared units of the target"
        return Kind("squared error of predictions", unit, lambda held: Numbers(held[0], _floats(held[1])), False, True)
    if model.labels != "sampled":
        mend = 'give the classifier itself, or Labeler(model, labels="sampled")'
        raise Problem("model", "it gives hard labels only, and refitting needs labels drawn from probabilities", mend)
    every = tuple(sorted(set(_listed(rows[1]))))
    return Kind("log loss", "nats a row", lambda held: Classes(held[0], _listed(held[1]), every), False, False)


_LABELS = Advice(Words("give (X, y)", "say which column the model predicts, with --target"))


def smooths(model: Any) -> bool:
    """Whether this is a kernel density, whose own rows do not show what it smooths away."""
    from sklearn.neighbors import KernelDensity

    inner = model.density if isinstance(model, Behind) else model
    return isinstance(inner, Density) and isinstance(inner.estimator, KernelDensity)


def _distance(units: Units, held: Any, drawn: int) -> Distance:
    some = take(held, np.arange(min(row_count(held), MOST_HELD)))
    return Distance(units, take(held, np.arange(1)), units.points(columns_of(some)), drawn)


def _listed(labels: Any) -> list[Any]:
    return list(np.asarray(labels).tolist())


def _floats(labels: Any) -> Array:
    return np.asarray(labels, dtype=float)
