"""A variational autoencoder that draws images: the chain in which variance contracts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from genloss.errors import Problem
from genloss.models.neural.batches import batches
from genloss.models.neural.budget import Budget
from genloss.models.neural.checks import check_count, check_training
from genloss.models.neural.drawing import Array, Frame, State, check_classes, one_hot
from genloss.models.neural.draws import Draws, chunks
from genloss.models.neural.library import made_with, one_thread, torch
from genloss.models.neural.training import Weights, in_units_of_inputs, on_device, trained

_NAME = "a variational autoencoder"
_STEPS = Budget(steps=800)


@dataclass(frozen=True)
class VAE:
    r"""A variational autoencoder (Kingma and Welling 2014) of images or other rows of numbers.

    A row is x = m(z, y) + s e with z and e standard normal: m a network with one hidden layer, s one number that is
    learned; y is the label, where rows have one. A second network says where z of a given row lies. Their loss is minus
    the evidence lower bound, the mean over rows, in nats.

    hidden: units of the hidden layers. latent: numbers in z. noise: whether s e is added to rows that are drawn; else
    they are the means m. classes: which labels new rows have, "fitted", as often as in the rows fitted, or "balanced".
    clip: whether pixels of images are cut to the lowest and highest of those that were fitted; other rows never are.
    budget, batch, rate: how it is trained. chunk: rows that are drawn at once. Needs torch.
    """

    hidden: int = 128
    latent: int = 8
    noise: bool = True
    classes: str = "fitted"
    clip: bool = True
    budget: Budget | Mapping[str, Any] = _STEPS
    batch: int = 64
    rate: float = 3e-3
    chunk: int = 500

    def __post_init__(self) -> None:
        object.__setattr__(self, "budget", Budget.of(self.budget))
        check_classes(self.classes)
        check_training(self.batch, self.rate)
        for name in ("hidden", "latent", "chunk"):
            check_count(name, getattr(self, name))

    def made_with(self) -> dict[str, str]:
        """Say with which torch, device and instructions."""
        return made_with()

    def fit(self, data: Any, weights: Array | None, rng: np.random.Generator, *, start: Any = None) -> VAEFit:
        """Fit rows, from random weights or on from an earlier fit."""
        draws, t = Draws.of(rng), torch()
        if start is not None and not isinstance(start, VAEFit):
            raise Problem("generator.start", f"{_NAME} cannot begin from this", f"give a fit of {_NAME}")
        frame = Frame.of(data, weights, _NAME, None if start is None else start.frame)
        rows, labels = frame.scaled(data, _NAME)
        classes = frame.classes.size
        begin = self._drawn(draws, rows.shape[1], classes) if start is None else start.weights
        x, y = on_device(rows), on_device(one_hot(labels, classes) if classes else np.empty((len(rows), 0)))
        noise, steps = draws.torch("noise"), Budget.of(self.budget).steps_for(rows=len(rows), batch=self.batch)

        def loss(held: Weights, places: Any, _step: int) -> Any:
            given, label = x[places], y[places]
            inner = (
                t.relu(t.cat([given, label], dim=1) @ held["in"] + held["in_bias"]) @ held["where"] + held["where_bias"]
            )
            mean, log_spread = inner[:, : self.latent], inner[:, self.latent :]
            z = mean + (log_spread / 2).exp() * t.randn(mean.shape, generator=noise).to(mean.device)
            away = (given - decoded(t, held, z, label)) ** 2
            unlike = (away / held["log_noise"].exp() + held["log_noise"]).sum(dim=1)
            far = (mean**2 + log_spread.exp() - 1 - log_spread).sum(dim=1)
            return (unlike + far).mean() / 2

        turns = batches(len(rows), self.batch, steps, draws.numpy("batches"), weights)
        return VAEFit(self, frame, trained(begin, loss, turns, rate=self.rate))

    def from_state(self, state: State) -> VAEFit:
        """Return the fit whose `state()` this is."""
        return VAEFit(self, *Frame.from_state(state))

    def _drawn(self, draws: Draws, columns: int, classes: int) -> State:
        rng = draws.torch("weights")

        def zeros(count: int) -> Any:
            return np.zeros(count, np.float32)

        return {
            "in": in_units_of_inputs(columns + classes, self.hidden, rng, 2**0.5),
            "in_bias": zeros(self.hidden),
            "where": in_units_of_inputs(self.hidden, 2 * self.latent, rng),
            "where_bias": zeros(2 * self.latent),
            "from": in_units_of_inputs(self.latent + classes, self.hidden, rng, 2**0.5),
            "from_bias": zeros(self.hidden),
            "out": in_units_of_inputs(self.hidden, columns, rng),
            "out_bias": zeros(columns),
            "log_noise": zeros(1),
        }


def decoded(t: Any, held: Weights, z: Any, label: Any) -> Any:
    """Return the means of rows, given z and the label."""
    return t.relu(t.cat([z, label], dim=1) @ held["from"] + held["from_bias"]) @ held["out"] + held["out_bias"]


@dataclass(frozen=True, eq=False)
class VAEFit:
    """A fitted variational autoencoder."""

    model: VAE
    frame: Frame
    weights: State

    def sample(self, count: int, rng: np.random.Generator) -> Any:
        """Draw rows, and labels where it was given some."""
        draws, classes = Draws.of(rng), self.frame.classes.size
        labels = (
            self.frame.drawn_labels(count, self.model.classes, draws.numpy("labels")) if classes else np.empty(0, int)
        )
        parts = [np.empty((0, self.frame.center.size))]
        with one_thread() as t, t.no_grad():
            held = {name: on_device(array) for name, array in self.weights.items()}
            for number, size in chunks(count, self.model.chunk):
                first, noise = number * self.model.chunk, draws.torch("sample", number)
                z = t.randn(size, self.model.latent, generator=noise).to(held["out"].device)
                mine = labels[first : first + size]
                label = on_device(one_hot(mine, classes) if classes else np.empty((size, 0)))
                rows = decoded(t, held, z, label)
                if self.model.noise:
                    rows = rows + (held["log_noise"] / 2).exp() * t.randn(rows.shape, generator=noise).to(rows.device)
                parts.append(rows.cpu().numpy().astype(float))
        return self.frame.back(np.concatenate(parts), labels, clip=self.model.clip)

    def state(self) -> dict[str, Any]:
        """Return all that it holds as plain arrays."""
        return {**self.frame.state(), **self.weights}
