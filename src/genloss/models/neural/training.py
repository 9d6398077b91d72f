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
    clip: float | None = None,
) -> State:
    """Return the weights after one step of Adam for each minibatch, as plain arrays; `start` stays as it is.

    rate: the size of a step. decay: of weights, as AdamW has it. falls_over: the number of steps over which the rate
    falls to 0 in a straight line; None: it stays. clip: slopes, all weights together, are no longer than this; None: as
    long as they are.
    """
    with one_thread() as t:
        weights = {name: on_device(array).requires_grad_() for name, array in start.items()}
        moments = {name: (t.zeros_like(held), t.zeros_like(held)) for name, held in weights.items()}
        for step, places in enumerate(batches):
            size = rate if falls_over is None else rate * max(0.0, 1 - step / falls_over)
            slopes = t.autograd.grad(loss(weights, places, step), list(weights.values()))
            with t.no_grad():
                slopes = slopes if clip is None else _clipped(t, slopes, clip)
                for (name, held), slope in zip(weights.items(), slopes, strict=True):
                    _adam(held, slope, moments[name], size, decay, step + 1)
        return {name: tensor.detach().cpu().numpy() for name, tensor in weights.items()}


def _clipped(t: Any, slopes: Any, longest: float) -> list[Any]:
    """Shorten slopes to a length, all of them by one factor, so that one odd minibatch does not throw weights away."""
    length = t.sqrt(sum((slope.double() ** 2).sum() for slope in slopes))
    factor = min(1.0, longest / max(float(length), 1e-300))
    return [slope * factor for slope in slopes]


def _adam(held: Any, slope: Any, moments: tuple[Any, Any], size: float, decay: float, step: int) -> None:
    """Take a step of AdamW in place (Loshchilov and Hutter 2019); torch's own takes 2 s to load. step: from 1 on."""
    first, second = moments
    first.lerp_(slope, 1 - _MEMORY[0])
    second.mul_(_MEMORY[1]).addcmul_(slope, slope, value=1 - _MEMORY[1])
    spread = (second / (1 - _MEMORY[1] ** step)).sqrt_().add_(_LEAST)
    held.mul_(1 - size * decay).addcdiv_(first, spread, value=-size / (1 - _MEMORY[0] ** step))


_MEMORY = (0.9, 0.999)
_LEAST = 1e-8
"""Of Adam: what it keeps of the moments of slopes at each step, and what is added to their spread."""


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
