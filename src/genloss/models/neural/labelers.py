"""Softmax regression and a network with hidden layers that label rows: what a chain of labels does to them.

Softmax regression needs numpy and scipy alone, and is fitted in hundredths of a second: the first to try. The network
needs torch.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np

from genloss.errors import Problem
from genloss.models.neural.batches import batches
from genloss.models.neural.budget import Budget
from genloss.models.neural.checks import check_training
from genloss.models.neural.draws import Draws
from genloss.models.neural.labeling import (
    Array,
    Known,
    LabelingFit,
    State,
    check_settings,
    fit_from_state,
    log_softmax,
    parts_of,
)
from genloss.models.neural.library import made_with, torch
from genloss.models.neural.training import Weights, in_units_of_inputs, on_device, trained
from genloss.models.protocol import Note

_SOFTMAX, _NETWORK = "softmax regression", "a network that labels"
_SOFTMAX_STEPS, _NETWORK_STEPS = Budget(steps=1000), Budget(steps=300)
_FLAT = 1e-5
"""Largest entry of the gradient of the loss at which softmax regression has converged."""
_M = TypeVar("_M")
NOT_CONVERGED = Note("did not converge", "give more steps: budget = {steps = 1000}")


@dataclass(frozen=True)
class Softmax:
    """Multinomial logistic regression: the logits of labels are linear in the input.

    Minimizes the mean over rows of -log p(label | input), each times its weight, plus penalty / 2 times the sum of
    squared coefficients; intercepts are free. penalty: from 0 on. labels: "sampled" draws each label from its
    probabilities, "hard" takes the most probable. inputs: new ones are "real", drawn from all real rows that train, or
    the "same" that it was fitted to, each once. unit: what inputs are divided by, e.g. 16.0 for pixels, or "column":
    each column is centered and divided by its standard deviation. budget: steps of L-BFGS, each over all rows; an
    epoch is a step.

    >>> X, y = np.random.default_rng(0).normal(size=(200, 2)), np.arange(200) % 2
    >>> X[:, 0] += 4 * y
    >>> fit = Softmax(unit="column").fit((X, y), None, np.random.default_rng(0))
    >>> bool((fit.predict(X) == y).mean() > 0.9)
    True
    """

    penalty: float = 1e-3
    labels: str = "sampled"
    inputs: str = "real"
    unit: float | str = "column"
    budget: Budget | Mapping[str, Any] = _SOFTMAX_STEPS
    _real: Known | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "budget", Budget.of(self.budget))
        check_settings(self.labels, self.inputs, self.unit)
        if isinstance(self.penalty, bool) or not 0 <= self.penalty < np.inf:
            raise Problem("generator.penalty", f"{self.penalty!r}", "give a number from 0 on, e.g. 0.001")

    def among(self, rows: Any) -> Softmax:
        """Return the model that knows the real rows (X, y) that train."""
        return _knowing(self, Known.of(rows, self.unit, _SOFTMAX))

    def fit(self, data: Any, weights: Array | None, rng: np.random.Generator, *, start: Any = None) -> LabelingFit:
        """Fit (X, y), from zero or from an earlier fit. Errors: `Problem` for rows without labels."""
        del rng  # the optimum is one
        known = _known(self._real, data, start, self.unit, _SOFTMAX)
        inputs, places = known.read(data, _SOFTMAX)
        zeros = {"W0": np.zeros((inputs.shape[1], known.classes.size)), "b0": np.zeros(known.classes.size)}
        steps = Budget.of(self.budget).steps_for(rows=1, batch=1)
        found, converged = _minimized(_begin(start, known, zeros), inputs, places, weights, self.penalty, steps)
        return LabelingFit(_SOFTMAX, known, found, self.labels, self.inputs, () if converged else (NOT_CONVERGED,))

    def from_state(self, state: State) -> LabelingFit:
        """Return the fit whose `state()` this is."""
        return fit_from_state(_SOFTMAX, state, self.labels, self.inputs)


@dataclass(frozen=True)
class Perceptron:
    """A network with hidden layers that labels rows, trained by Adam on minibatches; it needs torch.

    hidden: units of the hidden layers, e.g. 64 or (64, 64). budget: how long a fit trains. batch: rows of a minibatch;
    where rows have weights they enter with these as probabilities. rate: the size of a step; falls: whether it falls
    to 0 in a straight line. decay: of weights, as AdamW has it. labels, inputs, unit: as `Softmax` has them.
    """

    hidden: int | Sequence[int] = (64,)
    budget: Budget | Mapping[str, Any] = _NETWORK_STEPS
    batch: int = 64
    rate: float = 3e-3
    falls: bool = False
    decay: float = 0.0
    labels: str = "sampled"
    inputs: str = "real"
    unit: float | str = "column"
    _real: Known | None = field(default=None, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        hidden = (self.hidden,) if isinstance(self.hidden, int) else tuple(self.hidden)
        if not hidden or any(isinstance(units, bool) or not isinstance(units, int) or units < 1 for units in hidden):
            raise Problem("generator.hidden", f"{self.hidden!r}", "give numbers of units, e.g. 64 or [64, 64]")
        object.__setattr__(self, "hidden", hidden)
        object.__setattr__(self, "budget", Budget.of(self.budget))
        check_settings(self.labels, self.inputs, self.unit)
        check_training(self.batch, self.rate, self.decay)

    def among(self, rows: Any) -> Perceptron:
        """Return the model that knows the real rows (X, y) that train."""
        return _knowing(self, Known.of(rows, self.unit, _NETWORK))

    def made_with(self) -> dict[str, str]:
        """Say with which torch, device and instructions."""
        return made_with()

    def fit(self, data: Any, weights: Array | None, rng: np.random.Generator, *, start: Any = None) -> LabelingFit:
        """Fit (X, y), from random weights or on from an earlier fit. Errors: `Problem` without torch or labels."""
        draws, t = Draws.of(rng), torch()
        known = _known(self._real, data, start, self.unit, _NETWORK)
        inputs, places = known.read(data, _NETWORK)
        begin = _begin(start, known, self._drawn(draws, inputs.shape[1], known.classes.size))
        x, y = on_device(inputs), on_device(places)
        steps = Budget.of(self.budget).steps_for(rows=len(inputs), batch=self.batch)

        def loss(held: Weights, rows: Any, _step: int) -> Any:
            found = x[rows]
            for layer in range(len(held) // 2):
                found = (t.relu(found) if layer else found) @ held[f"W{layer}"] + held[f"b{layer}"]
            return t.nn.functional.cross_entropy(found, y[rows])

        turns = batches(len(inputs), self.batch, steps, draws.numpy("batches"), weights)
        falls = steps if self.falls else None
        found = trained(begin, loss, turns, rate=self.rate, decay=self.decay, falls_over=falls)
        return LabelingFit(_NETWORK, known, found, self.labels, self.inputs)

    def from_state(self, state: State) -> LabelingFit:
        """Return the fit whose `state()` this is."""
        return fit_from_state(_NETWORK, state, self.labels, self.inputs)

    def _drawn(self, draws: Draws, inputs: int, outputs: int) -> State:
        """Draw initial weights of variance 2 / inputs of each layer, of the last one 1 / inputs."""
        rng, found = draws.torch("weights"), dict[str, Any]()
        widths = (inputs, *tuple(self.hidden), outputs)  # type: ignore[arg-type]
        for layer, (before, after) in enumerate(pairwise(widths)):
            gain = 1.0 if layer == len(widths) - 2 else 2**0.5
            found |= {
                f"W{layer}": in_units_of_inputs(before, after, rng, gain),
                f"b{layer}": np.zeros(after, np.float32),
            }
        return found


def _knowing(model: _M, known: Known) -> _M:
    """Return a copy of a model that knows real rows."""
    made = copy.copy(model)
    object.__setattr__(made, "_real", known)
    return made


def _known(real: Known | None, data: Any, start: Any, unit: float | str, name: str) -> Known:
    """Return what is known of rows: of real ones, where a chain told them; else of an earlier fit; else of these."""
    if start is not None and not (isinstance(start, LabelingFit) and start.name == name):
        raise Problem("generator.start", f"{name} cannot begin from this", f"give a fit of {name}")
    parts_of(data, name)
    if real is not None:
        return real.with_labels(data[1])
    return Known.of(data, unit, name) if start is None else start.known.with_labels(data[1])


def _begin(start: Any, known: Known, fresh: State) -> State:
    """Return the weights to begin from: fresh ones, or an earlier fit's, which may know fewer labels."""
    if start is None:
        return fresh
    last, columns = len(fresh) // 2 - 1, known.places(start.known.classes)
    if any(fresh[name].shape[0] != array.shape[0] for name, array in start.weights.items() if name[0] == "W"):
        raise Problem("generator.start", "the earlier fit has other layers", "give a fit of the same model")
    found = dict(start.weights)
    for name in (f"W{last}", f"b{last}"):
        wide = np.zeros_like(fresh[name])
        wide[..., columns] = start.weights[name]
        found[name] = wide
    return found


def _minimized(
    begin: State, inputs: Array, places: Any, weights: Array | None, penalty: float, steps: int
) -> tuple[State, bool]:
    """Return the coefficients of the least loss, and whether they were reached in so many steps."""
    from scipy.optimize import minimize

    rows, shape = np.arange(len(inputs)), begin["W0"].shape
    shares = np.full(len(inputs), 1 / len(inputs)) if weights is None else weights / np.sum(weights)

    def loss(flat: Array) -> tuple[float, Array]:
        matrix, free = flat[shape[1] :].reshape(shape), flat[: shape[1]]
        logs = log_softmax(inputs @ matrix + free)
        away = np.exp(logs)
        away[rows, places] -= 1
        away *= shares[:, None]
        value = -float(shares @ logs[rows, places]) + penalty / 2 * float((matrix**2).sum())
        return value, np.concatenate([away.sum(axis=0), (inputs.T @ away + penalty * matrix).ravel()])

    flat = np.concatenate([begin["b0"], begin["W0"].ravel()])
    found = minimize(loss, flat, jac=True, method="L-BFGS-B", options={"maxiter": steps, "gtol": _FLAT, "ftol": 0.0})
    converged = bool(found.success) or float(np.abs(found.jac).max()) <= _FLAT
    return {"b0": found.x[: shape[1]], "W0": found.x[shape[1] :].reshape(shape)}, converged
