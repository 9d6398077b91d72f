"""Expected risks given all inputs, label noise integrated exactly: the mean of the law with less variance.

A value of a replicate is E[excess risk | inputs] (Rao and Blackwell). Its mean over replicates is the expected
excess risk, and the standard error of that mean is that of any independent sample; it is not a draw
of the law, so it has no quantiles. Where a predictor is taught by a chain of least-squares fits the chain
is integrated as well (`rao_blackwell`); without a predictor, all fits of a workflow (`nested_means`).
"""

from __future__ import annotations

from genloss.blocks import Streams
from genloss.metrics import Errors, ExpectedErrors
from genloss.simulation.linear import nested_means, rao_blackwell
from genloss.simulation.task import Task


def covers(task: Task) -> str | None:
    """Say why the noise of this task cannot be integrated, or None."""
    return nested_means.covers(task) if task.predictor is None else rao_blackwell.covers(task)


def run(task: Task, streams: Streams) -> list[list[Errors]]:
    """Integrate; return expected errors by model (of the predictor) and reported generation."""
    risks = nested_means.run(task, streams)[None] if task.predictor is None else rao_blackwell.run(task, streams)
    return [[ExpectedErrors(risk, task.population.noise) for risk in of_model] for of_model in risks]
