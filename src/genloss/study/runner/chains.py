"""What becomes of a model of one's own that is trained on its own rows? The question in one call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from genloss.errors import Problem, refuse_uncalled, shown
from genloss.metrics import named
from genloss.models.adapters import adapted, is_model
from genloss.populations.own_rows import as_rows, refuse_too_few, row_count
from genloss.results.again import CHAIN
from genloss.results.files import named_folder
from genloss.results.result import Result
from genloss.study.language.checks import brief
from genloss.study.runner.results import run, simulate
from genloss.study.runner.simulated import Progress
from genloss.study.spec.tables import MOST_GENERATIONS
from genloss.study.study import Study
from genloss.study.subjects.own.excerpts import held_out_rows, real_batches
from genloss.study.subjects.own.measuring import default_metrics
from genloss.workflows import Schedule, Workflow
from genloss.workflows.given import WorkflowLike, workflow_of


def chain(
    model: Any,
    data: Any,
    workflow: WorkflowLike | Sequence[WorkflowLike] = "accumulate",
    *,
    generations: int = 10,
    seeds: int = 5,
    metrics: str | Sequence[str] | None = None,
    rows: int | None = None,
    held_out: float = 0.25,
    start: str = "scratch",
    seed: int = 0,
    out: str | Path | None = None,
    workers: int | None = None,
    processes: bool = False,
    scheduler: str | None = None,
    progress: Progress | None = None,
    force: bool = False,
) -> Result:
    """Fit a model to real rows, then, generation after generation, to rows that earlier fits made; measure each fit.

    model: an object with fit(data, weights, rng, *, start=None), which returns what has sample(count, rng)
    (`genloss.models.Model`), or a model of a library that has an adapter: density models, classifiers and regressors of
    scikit-learn. data: an array (rows, columns), a table of pandas, Arrow or polars with columns of numbers and words,
    (X, y), or a list of texts. workflow: which rows a generation trains on, in words ("accumulate", "fixed_real
    rows=100"), or several: these share seeds, real rows and the fit of generation 0, and are compared by their
    differences. generations: the last one, from 0 on. seeds: how often it is all repeated, from 2 on, each time with
    other real rows and other random numbers. rows: of a batch; default as many as there are to train on. held_out: the
    share of rows, 0 to .9, that no model is fitted to and that all are judged by. metrics: a name or several; default
    those that fit the data, first of which the error of predictions where the model labels rows. start: what a fit
    begins from, "scratch", "base" (the fit of generation 0) or "previous". seed: of the random numbers. out: a folder
    for the page, and for the rows of all generations: a run that was stopped goes on there. force: also into a folder
    of another study. workers, processes, scheduler, progress: as `genloss.simulate` takes them; a model that a cluster
    is to fit must be one that cloudpickle can write.

    Returns mean, standard error and quantiles over seeds of each metric by workflow (`case`) and generation; in
    `.beside` the differences between workflows, and the metrics of real rows beside real rows, which are what no loss
    looks like. A seed in which the model fails is left out, and `.gaps` says why. Status: simulated.
    Errors: `Problem` for data, workflows and metrics that do not go together, and where the model fails in all seeds.

    >>> import numpy as np
    >>> from sklearn.mixture import GaussianMixture
    >>> data = np.random.default_rng(0).normal(size=(80, 1))
    >>> asked = {"generations": 8, "seeds": 4, "metrics": ["variance_left"]}
    >>> found = chain(GaussianMixture(1), data, ["replace", "accumulate"], **asked)
    >>> lost = {row.case: row.value for row in found.select(generation=8).rows}
    >>> lost["replace"] < lost["accumulate"]
    True
    """
    if not is_model(model):
        mend = "give an object with fit(data, weights, rng, *, start=None), e.g. GaussianMixture(3) of scikit-learn"
        raise Problem("model", f"{brief(model)} is not a model", mend)
    if isinstance(generations, bool) or not isinstance(generations, int) or not 0 <= generations <= MOST_GENERATIONS:
        mend = f"give the last generation, from 0 to {MOST_GENERATIONS:,}"
        raise Problem("generations", f"{shown(generations)} is no such number", mend)
    refuse_uncalled("progress", progress)
    folder = None if out is None else named_folder("out", out)
    if metrics is not None and (isinstance(metrics, Mapping) or not isinstance(metrics, Iterable)):
        mend = 'give a list of names, e.g. metrics=["variance_left"]'
        raise Problem("metrics", f"{shown(metrics, 40)} is not a list", mend)
    held = as_rows(data, "data")
    refuse_too_few(held, "data")
    there = _rows_to_train(held, held_out)
    asked = Study.from_dict(
        {
            "question": CHAIN,
            "seed": seed,
            "replicates": seeds,
            "generations": generations,
            "metrics": default_metrics(held, adapted(model)) if metrics is None else named(metrics),
            "population": {"rows": held, "held_out": held_out},
            "generator": {"model": model, "start": start},
            "case": [
                {"name": name, "workflow": _sized(given, there, generations, rows)}
                for name, given in _named(workflow, there).items()
            ],
        }
    )
    kind: dict[str, Any] = {"workers": workers, "processes": processes, "scheduler": scheduler}
    if folder is None:
        return simulate(asked, progress=progress, **kind)
    return run(asked, out=folder, progress=progress, force=force, **kind)


def _named(given: Any, there: int) -> dict[str, WorkflowLike]:
    """Return the workflows by name: as it was written, the name of its kind, or "own rules" where that has none."""
    if isinstance(given, str | Mapping | Workflow | Schedule):
        given = [given]
    if isinstance(given, Sequence) and given:
        named: dict[str, WorkflowLike] = {}
        for place, each in enumerate(given, start=1):
            name = each if isinstance(each, str) else _kind(each, there, place if len(given) > 1 else None)
            if name in named:
                raise Problem("workflow", f"{name} stands twice", "give each workflow once, or names in words")
            named[name] = each
        return named
    raise Problem("workflow", f"{given!r:.60} is not a workflow", 'give "accumulate", or ["replace", "accumulate"]')


def _kind(given: WorkflowLike, there: int, place: int | None) -> str:
    """Name a workflow by its kind, or one of rules that have no name by its place among several."""
    kind = workflow_of(given, rows=there).short().get("kind")
    return str(kind) if kind is not None else "own rules" if place is None else f"own rules {place}"


def _rows_to_train(held: Any, held_out: float) -> int:
    if isinstance(held_out, bool) or not isinstance(held_out, int | float) or not 0 < held_out <= 0.9:
        raise Problem("held_out", f"{held_out!r:.60}", "give a share of the rows above 0 and up to .9")
    count = row_count(held)
    return max(1, count - held_out_rows(count, held_out))


def _sized(given: WorkflowLike, there: int, generations: int, rows: int | None) -> WorkflowLike:
    """Give a workflow its number of rows: as many real ones as there are, over the batches that hold some."""
    if rows is not None or isinstance(given, Workflow):
        return workflow_of(given, rows=rows)
    batches = len(real_batches(workflow_of(given, rows=there).compile(generations)))
    return workflow_of(given, rows=max(1, there // max(1, batches)))
