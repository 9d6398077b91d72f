"""What does a verifier say of the labels of a regression? By the truth, off by an error of its own, or by a fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log, pi

import numpy as np

from genloss.errors import Problem
from genloss.models import Labeled, Predicts
from genloss.populations import LinearGaussian
from genloss.simulation.filters import refuse_kinds
from genloss.simulation.task import Task
from genloss.simulation.verdicts import Array, Chosen, judged_by_function
from genloss.workflows import Filter, Schedule

Normal = Callable[[tuple[str | int, ...]], Array]
"""Standard normals by name, (replicates, dim)."""


@dataclass(frozen=True)
class OfLabels:
    """Labeled rows before a verifier. clean: the truth's labels, without noise. fit: that verifies; None: the truth.

    normal, uniform: numbers of the verifier's error, and of the verdict on each row.
    """

    task: Task
    chosen: Filter
    rows: Labeled
    clean: Array
    fit: Predicts | None
    normal: Normal
    uniform: Array

    def good(self) -> Chosen:
        """Whether a label is near the truth."""
        within = self.task.generator.noise if self.chosen.good_within is None else self.chosen.good_within
        return np.asarray(np.abs(self.rows.targets - self.clean) <= within)

    def distance(self) -> Array:
        """How far a label is from the verifier's, in standard deviations of the label noise."""
        return np.asarray(np.abs(self._off()) / self._noise())

    def likelihood(self) -> Array:
        """That of a normal label around the verifier's; without noise only its order has a meaning."""
        if self.chosen.kind == "top_share":
            return -np.abs(self._off())
        noise = self._noise()
        return np.asarray(-0.5 * (self._off() / noise) ** 2 - log(noise) - 0.5 * log(2 * pi))

    def called(self) -> Array:
        """What a user's function says of inputs, labels and the uniform numbers."""
        given, shape = ("inputs", "labels", "uniform"), self.rows.targets.shape
        return judged_by_function(self.chosen, self.task.trusted, given, *self.rows, self.uniform, shape=shape)

    def _noise(self) -> float:
        return noise_of(self.task)

    def _off(self) -> Array:
        return np.asarray(self.rows.targets - self._guess())

    def _guess(self) -> Array:
        if self.fit is not None:
            return self.fit.predict(self.rows.inputs)
        if not self.chosen.verifier_error:
            return self.clean
        size = self.chosen.verifier_error * self._noise()
        return np.asarray(self.clean + size * unit_error(self.task, self.rows.inputs, self.normal(("verifier",))))


def noise_of(task: Task) -> float:
    """Return the standard deviation in which a verifier measures, or say that there is none."""
    noise = task.generator.noise
    if not noise > 0:
        raise Problem(
            "workflow.train filter",
            "the labels have no noise, so that there is no standard deviation to measure in",
            'give noise, or kind = "oracle" with good_within',
        )
    return noise


def unit_error(task: Task, inputs: Array, normal: Array) -> Array:
    """Return a verifier's error at inputs: linear in them, in a random direction, of root mean square 1 over inputs.

    normal: of the direction, (replicates, dim). Result: (replicates, rows).
    """
    return np.asarray((inputs @ unit_direction(task, normal)[..., None])[..., 0])


def unit_direction(task: Task, normal: Array) -> Array:
    """Return coefficients whose function has root mean square 1 over the population's inputs, (replicates, dim)."""
    population = task.population
    if isinstance(population, LinearGaussian):
        unit = normal / np.linalg.norm(normal, axis=-1, keepdims=True)
        return np.asarray(unit / np.sqrt(population.spectrum))
    sizes = np.sqrt(np.mean((population.inputs @ normal.T) ** 2, axis=0))
    return np.asarray(normal / np.where(sizes > 0, sizes, 1.0)[:, None])


def refuse_filters(schedule: Schedule) -> None:
    """Refuse filters that labels of a regression cannot be judged by."""
    categories = "the labels of a regression are no categories"
    refuse_kinds(
        schedule, {"wrong": categories, "keep": categories, "piece": "rows of a regression are judged one by one"}
    )
