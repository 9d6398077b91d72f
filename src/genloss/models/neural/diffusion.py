"""A diffusion model that draws images of a label, with guidance: the chain in which guidance narrows what is drawn.

Noise levels, preconditioning and the sampler are those of Karras et al. (2022, "EDM"), guidance without a classifier is
that of Ho and Salimans (2022). A decreasing guidance together with a dropped condition is the setting of ReDiFine
(arXiv 2407.17493), whose constants we could not read: the rate of decrease, exp(-2 u), and a drop of 0.2 are ours, so
that nothing here is a reproduction of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.models.neural.batches import batches
from genloss.models.neural.budget import Budget
from genloss.models.neural.checks import check_count, check_number, check_training
from genloss.models.neural.drawing import Array, Frame, State, check_classes
from genloss.models.neural.draws import Draws, chunks
from genloss.models.neural.library import made_with, one_thread, torch
from genloss.models.neural.training import Weights, in_units_of_inputs, on_device, trained

_NAME = "a diffusion model"
_FIRST, _STEPS = Budget(steps=1200), Budget(steps=150)
_SPREAD = 0.5
"""Standard deviation of rows in the units of the network, as EDM has it."""
_LOG_NOISE = (-1.2, 1.2)
"""Mean and deviation of the logarithm of the noise that rows are trained with, as EDM has it."""
_LEVELS = (80.0, 0.002, 7.0)
"""Largest and smallest noise of the sampler, and the power that spaces those between, as EDM has it."""
_WAVES = 32
"""Frequencies by which the network is told the noise."""
_FALL = 2.0
"""How fast guidance decreases: w(u) = 1 + (w - 1) exp(-2 u), u from 0 to 1 over the steps. Ours."""
SCHEDULES = ("constant", "decreasing")


@dataclass(frozen=True)
class Diffusion:
    """A diffusion model of images or other rows of numbers, of a label if they have one: a network of residual blocks.

    hidden, blocks: units of a block, and how many there are. drop: how often a row's label is hidden in training, from
    which a network learns what it draws without one; guidance needs it. guidance, schedule: rows are drawn by
    D + (w - 1) (D - D0), D and D0 being what the network says with and without the label; w = 1 is as fitted,
    "constant" keeps w, "decreasing" lets it fall towards 1. The emission of a workflow may set both too, as its
    sampler. levels: steps of the sampler. classes: which labels new rows have, "fitted" or "balanced". clip: whether
    pixels of images are cut to the lowest and the highest of those that were fitted, without which guidance drives them
    out of every range, generation by generation. budget: how long a fit trains that begins from an earlier one, first:
    one that begins from nothing. batch, rate, chunk: as other networks have them.
    Needs torch.
    """

    hidden: int = 192
    blocks: int = 2
    drop: float = 0.1
    guidance: float = 1.0
    schedule: str = "constant"
    levels: int = 18
    classes: str = "fitted"
    clip: bool = True
    budget: Budget | Mapping[str, Any] = _STEPS
    first: Budget | Mapping[str, Any] = _FIRST
    batch: int = 64
    rate: float = 1e-3
    chunk: int = 500

    def __post_init__(self) -> None:
        object.__setattr__(self, "budget", Budget.of(self.budget))
        object.__setattr__(self, "first", Budget.of(self.first))
        check_classes(self.classes)
        check_training(self.batch, self.rate)
        for name in ("hidden", "blocks", "levels", "chunk"):
            check_count(name, getattr(self, name))
        check_number("drop", self.drop, most=1.0)
        _check_sampler(self.guidance, self.schedule, "generator")

    def made_with(self) -> dict[str, str]:
        """Say with which torch, device and instructions."""
        return made_with()

    def fit(self, data: Any, weights: Array | None, rng: np.random.Generator, *, start: Any = None) -> DiffusionFit:
        """Fit rows, from random weights for the budget `first`, or on from an earlier fit for `budget`."""
        draws, t = Draws.of(rng), torch()
        frame = Frame.of(data, weights, _NAME, start.frame if isinstance(start, DiffusionFit) else None)
        rows, labels = frame.scaled(data, _NAME)
        begin = self._begin(start, draws, rows.shape[1], frame.classes.size)
        x = on_device(rows * _SPREAD)
        y = on_device(labels if labels.size else np.zeros(len(rows), dtype=np.int64))
        budget = Budget.of(self.first if start is None else self.budget)
        steps, noise, nothing = (
            budget.steps_for(rows=len(rows), batch=self.batch),
            draws.torch("noise"),
            frame.classes.size,
        )

        def loss(held: Weights, places: Any, _step: int) -> Any:
            given = x[places]
            level = t.exp(_LOG_NOISE[0] + _LOG_NOISE[1] * t.randn(len(places), 1, generator=noise)).to(given.device)
            hidden = (t.rand(len(places), generator=noise) < self.drop).to(given.device)
            added = t.randn(given.shape, generator=noise).to(given.device)
            found = denoised(t, held, given + level * added, level, t.where(hidden, nothing, y[places]))
            return (((found - given) ** 2) * (level**2 + _SPREAD**2) / (level * _SPREAD) ** 2).mean()

        turns = batches(len(rows), self.batch, steps, draws.numpy("batches"), weights)
        return DiffusionFit(self, frame, trained(begin, loss, turns, rate=self.rate))

    def from_state(self, state: State) -> DiffusionFit:
        """Return the fit whose `state()` this is."""
        return DiffusionFit(self, *Frame.from_state(state))

    def _begin(self, start: Any, draws: Draws, columns: int, classes: int) -> State:
        fresh = self._drawn(draws, columns, classes)
        if start is None:
            return fresh
        if not isinstance(start, DiffusionFit):
            raise Problem("generator.start", f"{_NAME} cannot begin from this", f"give a fit of {_NAME}")
        if {name: np.shape(array) for name, array in start.weights.items()} != {
            n: np.shape(a) for n, a in fresh.items()
        }:
            raise Problem("generator.start", "the earlier fit has other layers", "give a fit of the same model")
        return start.weights

    def _drawn(self, draws: Draws, columns: int, classes: int) -> State:
        rng, wide = draws.torch("weights"), self.hidden

        def zeros(*shape: int) -> Any:
            return np.zeros(shape, np.float32)

        found = {
            "in": in_units_of_inputs(columns, wide, rng),
            "in_bias": zeros(wide),
            "level": in_units_of_inputs(2 * _WAVES, wide, rng, 2**0.5),
            "label": in_units_of_inputs(wide, classes + 1, rng, wide**0.5).T.copy(),
            "out": zeros(wide, columns),
            "out_bias": zeros(columns),
        }
        for block in range(self.blocks):
            found |= {
                f"up{block}": in_units_of_inputs(wide, wide, rng),
                f"told{block}": in_units_of_inputs(wide, wide, rng),
                f"up{block}_bias": zeros(wide),
                f"down{block}": in_units_of_inputs(wide, wide, rng, 0.5),
                f"down{block}_bias": zeros(wide),
            }
        return found


def denoised(t: Any, held: Weights, noisy: Any, level: Any, label: Any) -> Any:
    """Return rows without their noise, (rows, columns), as the network sees them: D of EDM.

    noisy: rows with noise of standard deviation `level`, (rows, 1). label: of each row, the last one is none.
    """
    both = level**2 + _SPREAD**2
    waves = (level.log() / 4) * 2.0 ** t.linspace(-3, 4, _WAVES, device=noisy.device)
    told = t.nn.functional.silu(t.cat([waves.cos(), waves.sin()], dim=1) @ held["level"] + held["label"][label])
    found = (noisy / both.sqrt()) @ held["in"] + held["in_bias"]
    for block in range(sum(name.startswith("told") for name in held)):
        up = t.nn.functional.silu(found) @ held[f"up{block}"] + told @ held[f"told{block}"] + held[f"up{block}_bias"]
        found = found + t.nn.functional.silu(up) @ held[f"down{block}"] + held[f"down{block}_bias"]
    out = t.nn.functional.silu(found) @ held["out"] + held["out_bias"]
    return noisy * _SPREAD**2 / both + out * level * _SPREAD / both.sqrt()


def guidances(guidance: float, schedule: str, levels: int) -> NDArray[np.float64]:
    """Return the weight of each step, (levels,): w, or 1 + (w - 1) exp(-2 u), u in the middle of each step.

    >>> guidances(3.0, "constant", 2).tolist(), guidances(3.0, "decreasing", 18).mean().round(2).item()
    ([3.0, 3.0], 1.86)
    """
    if schedule == "constant":
        return np.full(levels, float(guidance))
    return np.asarray(1 + (guidance - 1) * np.exp(-_FALL * (np.arange(levels) + 0.5) / levels))


def noise_levels(levels: int) -> NDArray[np.float64]:
    """Return the noise of each step of the sampler and, last, none, (levels + 1,)."""
    high, low, power = _LEVELS
    ends = np.linspace(high ** (1 / power), low ** (1 / power), levels) ** power
    return np.append(ends, 0.0)


@dataclass(frozen=True, eq=False)
class DiffusionFit:
    """A fitted diffusion model."""

    model: Diffusion
    frame: Frame
    weights: State

    def sample(
        self, count: int, rng: np.random.Generator, *, guidance: float | None = None, schedule: str | None = None
    ) -> Any:
        """Draw rows, and labels where it was given some. guidance, schedule: default those of the model."""
        weight = self.model.guidance if guidance is None else guidance
        how = self.model.schedule if schedule is None else schedule
        _check_sampler(weight, how, "sampler")
        draws, classes = Draws.of(rng), self.frame.classes.size
        if weight != 1 and not classes:
            raise Problem("sampler.guidance", f"{weight:g}, and rows have no labels", "give (X, y), or a guidance of 1")
        drawn = self.frame.drawn_labels(count, self.model.classes, draws.numpy("labels")) if classes else None
        labels = np.zeros(count, dtype=np.int64) if drawn is None else drawn
        weights = guidances(weight, how, self.model.levels)
        parts = [np.empty((0, self.frame.center.size))]
        with one_thread() as t, t.no_grad():
            held = {name: on_device(array) for name, array in self.weights.items()}
            for number, size in chunks(count, self.model.chunk):
                first = number * self.model.chunk
                start = t.randn(size, parts[0].shape[1], generator=draws.torch("sample", number)).to(held["out"].device)
                label = on_device(labels[first : first + size])
                parts.append(_drawn_rows(t, held, start, label, weights).cpu().numpy().astype(float) / _SPREAD)
        return self.frame.back(np.concatenate(parts), labels, clip=self.model.clip)

    def state(self) -> dict[str, Any]:
        """Return all that it holds as plain arrays."""
        return {**self.frame.state(), **self.weights}


def _drawn_rows(t: Any, held: Weights, start: Any, label: Any, weights: NDArray[np.float64]) -> Any:
    """Follow the flow from noise to rows in Heun's steps (EDM, algorithm 1, without noise on the way)."""
    levels = noise_levels(len(weights))

    def slope(rows: Any, level: float, weight: float) -> Any:
        tall = t.full((len(rows), 1), level, device=rows.device)
        found = denoised(t, held, rows, tall, label)
        if weight != 1:
            free = denoised(t, held, rows, tall, t.full_like(label, len(held["label"]) - 1))
            found = free + weight * (found - free)
        return (rows - found) / level

    rows = start * levels[0]
    for (before, after), weight in zip(pairwise(levels.tolist()), weights.tolist(), strict=True):
        first = slope(rows, before, weight)
        there = rows + (after - before) * first
        if after > 0:
            there = rows + (after - before) / 2 * (first + slope(there, after, weight))
        rows = there
    return rows


def _check_sampler(guidance: Any, schedule: Any, where: str) -> None:
    if isinstance(guidance, bool) or not isinstance(guidance, int | float) or not 0 <= guidance <= 100:
        raise Problem(f"{where}.guidance", f"{guidance!r}", "give a number from 0 to 100; 1 is as fitted")
    if schedule not in SCHEDULES:
        raise Problem(f"{where}.schedule", f"{schedule!r}", f"give one of {', '.join(SCHEDULES)}")
