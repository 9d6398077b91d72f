"""How is a network trained? Minibatch after minibatch by Adam, from weights that are left as they were."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.models.neural.library import device, one_thread, torch

Weights = dict[str, Any]
"""Tensors by name."""
State = dict[str, NDArray[np.float32]]
"""The same as plain arrays."""
Loss = Callable[[Weights, NDArray[np.int64], int], Any]
"""Weights, the places of the rows of a minibatch, the number of the step; returns the loss, a tensor of one number."""


def trained(
    start: Mapping[str, Any],
    loss: Loss,
    batches: Iterable[NDArray[np.int64]],
    *,
    rate: float,
    decay: float = 0.0,
    falls_over: int | None = None,
) -> State:
    """Return the weights after one step of Adam for each minibatch, as plain arrays; `start` stays as it is.

    rate: the size of a step. decay: of weights, as AdamW has it. falls_over: the number of steps over which the rate
    falls to 0 in a straight line; None: it stays.
    """
    with one_thread() as t:
        weights = {name: on_device(array).requires_grad_() for name, array in start.items()}
        steps = t.optim.AdamW(list(weights.values()), lr=rate, weight_decay=decay)
        for step, places in enumerate(batches):
            if falls_over is not None:
                steps.param_groups[0]["lr"] = rate * max(0.0, 1 - step / falls_over)
            steps.zero_grad(set_to_none=True)
            loss(weights, places, step).backward()
            steps.step()
        return {name: tensor.detach().cpu().numpy() for name, tensor in weights.items()}


def on_device(array: Any) -> Any:
    """Return a copy of an array as a tensor where networks are computed; floats have 32 bits."""
    given = np.asarray(array)
    held = given.astype(np.float32) if given.dtype.kind == "f" else given
    return torch().tensor(held, device=device())


def in_units_of_inputs(inputs: int, outputs: int, rng: Any, gain: float = 1.0) -> Any:
    """Draw a matrix (inputs, outputs) of normal numbers of standard deviation gain / sqrt(inputs).

    rng: a torch.Generator of the processor, e.g. `draws.torch("weights")`.
    """
    return torch().randn(inputs, outputs, generator=rng).numpy() * np.float32(gain / np.sqrt(inputs))
