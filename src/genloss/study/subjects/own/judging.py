"""Who judges labeled rows, and what does it see? A small classifier, fitted once to a study's held-out real rows."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.populations.own_rows import sha256_of, to_bytes

Array = NDArray[np.float64]
HIDDEN = (128, 32)
"""Units of the judge's hidden layers; the last one are the features."""


@dataclass(frozen=True, eq=False)
class Judge:
    """A classifier that is fixed. classes: all labels. center, scale: of each column, in whose units it was fitted."""

    classes: NDArray[Any]
    center: Array
    scale: Array
    layers: tuple[tuple[Array, Array], ...]

    def inputs(self, rows: Any) -> Array:
        """Return the inputs of rows (X, y) in its units, (rows, columns)."""
        return (_numbers(rows[0]) - self.center) / self.scale

    def features(self, inputs: Array) -> Array:
        """Return the last hidden layer, (rows, units)."""
        found = inputs
        for matrix, free in self.layers[:-1]:
            found = np.maximum(found @ matrix + free, 0.0)
        return found

    def judged(self, inputs: Array) -> NDArray[np.int64]:
        """Return the places of the labels that it gives."""
        matrix, free = self.layers[-1]
        found = self.features(inputs) @ matrix + free
        return (found[:, 0] > 0).astype(np.int64) if found.shape[1] == 1 else found.argmax(axis=1)

    def places(self, labels: Any) -> NDArray[np.int64]:
        """Return the places of labels; -1 for one that no held-out row has."""
        given = np.asarray(labels)
        found = np.searchsorted(self.classes, given).clip(max=len(self.classes) - 1)
        return np.asarray(np.where(self.classes[found] == given, found, -1))


def judge_of(held_out: Any) -> Judge:
    """Return the judge that is fitted to held-out rows (X, y): the same rows, the same judge."""
    return _fitted(_Rows(held_out, sha256_of(to_bytes(held_out))))


def seen_by(judge: Judge, real: Any, made: Any) -> Mapping[str, Any]:
    """Return what metrics need of real rows (X, y) and of made ones."""
    real_inputs, made_inputs = judge.inputs(real), judge.inputs(made)
    return {
        "real_inputs": real_inputs,
        "generated_inputs": made_inputs,
        "real_features": judge.features(real_inputs),
        "generated_features": judge.features(made_inputs),
        "real_labels": judge.places(real[1]),
        "generated_labels": judge.places(made[1]),
        "judged_labels": judge.judged(made_inputs),
    }


@dataclass(frozen=True)
class _Rows:
    """Rows that are told apart by their SHA-256."""

    rows: Any
    sha256: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Rows) and self.sha256 == other.sha256

    def __hash__(self) -> int:
        return hash(self.sha256)


@lru_cache(maxsize=4)
def _fitted(held: _Rows) -> Judge:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    inputs, labels = _numbers(held.rows[0]), np.asarray(held.rows[1])
    classes, counts = np.unique(labels, return_counts=True)
    if len(classes) < 2 or counts.min() < 2:
        found = "held-out rows of one label alone" if len(classes) < 2 else "a label that one held-out row has"
        raise Problem(
            "metrics", f"{found}: the rows held out do not allow them", "hold out more rows, or leave rare labels out"
        )
    center, scale = _units(held.rows[0], inputs)
    learner = MLPClassifier(HIDDEN, alpha=1e-3, max_iter=200, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        learner.fit((inputs - center) / scale, labels)
    return Judge(classes, center, scale, tuple(zip(learner.coefs_, learner.intercepts_, strict=True)))


def _units(given: Any, inputs: Array) -> tuple[Array, Array]:
    """Return center and scale of columns: pixels have one unit, the columns of a table each their own."""
    if np.ndim(given) > 2:
        return np.zeros(inputs.shape[1]), np.full(inputs.shape[1], float(np.abs(inputs).max()) or 1.0)
    deviations = inputs.std(axis=0)
    return inputs.mean(axis=0), np.where(deviations > 0, deviations, 1.0)


def _numbers(inputs: Any) -> Array:
    rows = np.asarray(inputs, dtype=float)
    return rows.reshape(len(rows), -1)
