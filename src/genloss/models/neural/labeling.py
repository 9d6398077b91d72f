"""What do networks share that label rows (X, y)? From where inputs come, which labels there are, how one is drawn.

The labels of a generation are the only thing that is made: inputs are real. They are drawn from all real rows that
train, so that they do not change from generation to generation, and with them the labels that there are: one that an
early generation loses is still known, and its probability is small, not zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.models.adapters.forms import Form, numbers_of
from genloss.models.protocol import Note

Array = NDArray[np.float64]
State = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Known:
    """What a labeler knows of the rows that it labels. All of it but the labels of a fit.

    inputs: among which new ones are drawn, (rows, columns). form: how they are held. classes: all labels, sorted.
    center, scale: of each column, in whose units it is fitted.
    """

    inputs: Array
    form: Form
    classes: NDArray[Any]
    center: Array
    scale: Array

    @classmethod
    def of(cls, rows: Any, unit: float | str, name: str) -> Known:
        """Read rows (X, y). unit: a number, or "column" for the mean and standard deviation of each column."""
        inputs, labels = parts_of(rows, name)
        numbers, form = numbers_of(inputs, name)
        classes = np.unique(np.asarray(labels))
        if unit == "column":
            center, scale = numbers.mean(axis=0), numbers.std(axis=0)
            scale[scale == 0] = 1.0
        else:
            center, scale = np.zeros(numbers.shape[1]), np.full(numbers.shape[1], float(unit))
        return cls(numbers, form, classes, center, scale)

    def with_labels(self, labels: Any) -> Known:
        """Return the same with these labels among those that are known."""
        return replace(self, classes=np.union1d(self.classes, np.asarray(labels)))

    def read(self, rows: Any, name: str) -> tuple[Array, NDArray[np.int64]]:
        """Return the inputs of rows (X, y) in the units of the fit, and which label each has."""
        inputs, labels = parts_of(rows, name)
        return (numbers_of(inputs, name)[0] - self.center) / self.scale, self.places(labels)

    def places(self, labels: Any) -> NDArray[np.int64]:
        """Return which label each one is; -1 for one that is not known."""
        given = np.asarray(labels)
        found = np.searchsorted(self.classes, given).clip(max=len(self.classes) - 1)
        return np.asarray(np.where(self.classes[found] == given, found, -1))

    def state(self) -> dict[str, NDArray[Any]]:
        """Return it as plain arrays."""
        names = np.array([] if self.form.names is None else [str(name) for name in self.form.names])
        named = {"shape": np.array(self.form.shape, dtype=np.int64), "names": names}
        return {"inputs": self.inputs, "classes": self.classes, "center": self.center, "scale": self.scale, **named}

    @classmethod
    def from_state(cls, state: State) -> Known:
        """Return what `state` returned."""
        names = tuple(state["names"].tolist()) or None
        form = Form(tuple(state["shape"].tolist()), names)
        return cls(state["inputs"], form, state["classes"], state["center"], state["scale"])


def parts_of(rows: Any, name: str) -> tuple[Any, Any]:
    """Return inputs and labels; rows that are not such are refused."""
    if not (isinstance(rows, tuple) and len(rows) == 2):
        raise Problem("population", f"{name} labels rows, and there are no labels", "give (X, y)")
    inputs, labels = rows
    if np.asarray(labels).dtype.kind == "f":
        found = f"{name} labels rows with one of some kinds, and the labels are numbers with a fraction"
        raise Problem("population", found, "give whole numbers or words as labels: y.astype(int)")
    return inputs, labels


def logits(weights: State, inputs: Array) -> Array:
    """Return the numbers whose exponentials are the probabilities but for their sum, (rows, classes).

    weights: `W0`, `b0`, `W1`, ... of layers with what is below 0 set to 0 between them; one layer is a linear model.
    """
    found, layers = inputs, len(weights) // 2
    for layer in range(layers):
        found = found @ weights[f"W{layer}"] + weights[f"b{layer}"]
        found = np.maximum(found, 0.0) if layer < layers - 1 else found
    return np.asarray(found, dtype=float)


def log_softmax(given: Array) -> Array:
    """Return logarithms of probabilities, (rows, classes)."""
    away = given - given.max(axis=1, keepdims=True)
    return np.asarray(away - np.log(np.exp(away).sum(axis=1, keepdims=True)))


@dataclass(frozen=True, eq=False)
class LabelingFit:
    """A fitted labeler. name: of its model. weights: as `logits` takes them. labels, inputs: settings of its model."""

    name: str
    known: Known
    weights: State
    labels: str
    inputs: str
    notes: tuple[Note, ...] = ()

    def sample(self, count: int, rng: np.random.Generator, *, temperature: float | None = None) -> tuple[Any, Any]:
        """Draw inputs and label them. temperature: divides the logits of drawn labels; below 1 they are surer."""
        if temperature is not None and not 0 < temperature < np.inf:
            raise Problem("sampler.temperature", f"{temperature!r}", "give a number above 0")
        inputs = self.known.inputs[self._places(count, rng)]
        given = self._logits(inputs) / (1.0 if temperature is None else temperature)
        if self.labels == "hard" or not count:
            picked = given.argmax(axis=1)
        else:
            sums = np.exp(log_softmax(given)).cumsum(axis=1)
            picked = (rng.random((count, 1)) * sums[:, -1:] < sums).argmax(axis=1)
        return self.known.form.back(inputs), self.known.classes[picked]

    def predict(self, inputs: Any) -> NDArray[Any]:
        """Return the most probable label of each row."""
        return np.asarray(self.known.classes[self._logits(numbers_of(inputs, self.name)[0]).argmax(axis=1)])

    def log_prob(self, rows: Any) -> Array:
        """Return the logarithm of the probability of each row's label, given its input; -inf for an unknown label."""
        inputs, labels = parts_of(rows, self.name)
        logs = log_softmax(self._logits(numbers_of(inputs, self.name)[0]))
        places = self.known.places(labels)
        return np.where(places < 0, -np.inf, logs[np.arange(len(logs)), places])

    def state(self) -> dict[str, NDArray[Any]]:
        """Return all that it holds as plain arrays."""
        return {**self.known.state(), **self.weights}

    def _logits(self, inputs: Array) -> Array:
        return logits(self.weights, (inputs - self.known.center) / self.known.scale)

    def _places(self, count: int, rng: np.random.Generator) -> NDArray[np.int64]:
        there = len(self.known.inputs)
        if self.inputs == "real":
            return rng.integers(there, size=count)
        rounds = [rng.permutation(there) for _ in range(-(-count // there))]
        return np.concatenate([*rounds, np.empty(0, dtype=np.int64)])[:count]


def fit_from_state(name: str, state: State, labels: str, inputs: str) -> LabelingFit:
    """Return the fit whose `state` this is."""
    weights = {key: array for key, array in state.items() if key[0] in "Wb" and key[1:].isdigit()}
    return LabelingFit(name, Known.from_state(state), weights, labels, inputs)


def check_settings(labels: str, inputs: str, unit: float | str) -> None:
    """Refuse settings that no labeler has."""
    if labels not in ("sampled", "hard"):
        raise Problem("generator.labels", f"{labels!r}", 'give "sampled" or "hard"')
    if inputs not in ("real", "same"):
        raise Problem("generator.inputs", f"{inputs!r}", 'give "real" or "same"')
    if unit != "column" and (isinstance(unit, str | bool) or not 0 < unit < np.inf):
        raise Problem("generator.unit", f"{unit!r}", 'give "column", or a number above 0, e.g. 16.0')
