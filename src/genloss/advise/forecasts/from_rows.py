"""What will happen to a user's own model if it is taught by its own labels? A risk curve with two bands."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import replace
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.advise.forecasts.bands import summed
from genloss.advise.forecasts.from_fit import forecast_from_fit
from genloss.advise.forecasts.result import Forecast
from genloss.advise.forecasts.worlds import World, world_of
from genloss.advise.forecasts.worlds.protocol import Array, Truths, WorldLaw
from genloss.errors import Problem, impossible
from genloss.models.laws import LawFit, LawModel
from genloss.simulation.chain import chain
from genloss.simulation.layouts import Replicated
from genloss.streams import stream
from genloss.workflows import Schedule, Workflow
from genloss.workflows.traits import WHOLE_BATCHES

_LARGEST = 1e100
RUNS = 5  # of each truth: what is believed has heavier tails than chance, so truths are worth more than runs


def forecast(
    estimator: Any,
    X: ArrayLike,
    y: ArrayLike | None = None,
    *,
    workflow: Workflow | Mapping[str, Any] | str = "replace",
    generations: int = 10,
    paths: int = 400,
    held_out: tuple[ArrayLike, ArrayLike] | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Forecast:
    """Forecast the risk of an estimator that later generations fit to labels of earlier ones.

    Worlds are drawn that could have made the rows: a truth from what is believed after seeing them, real labels with
    the rows' own noise, labels of models with the noise of the law; in each the estimator is refitted generation after
    generation as the workflow says. 5 runs of each truth.

    estimator, and what risk is:
    LinearRegression, Ridge, RidgeCV, GenerationRidge, KernelRidge: mean (f - truth)^2 over the inputs, label^2;
    LogisticRegression (squared penalty or none; y of two values), PoissonRegressor (counts): excess log loss, nats a
    row;
    EmpiricalCovariance (a Gaussian law of X; no y): divergence of the fitted law, nats a row.
    Others are refused by name. Where an estimate may not exist, the forecast ends with the last generation in which
    it does in 97.5 % of paths.

    held_out: rows and labels that judge. Then generation 0 is the fit of the given rows themselves, later ones label
    the same inputs, risk is the held-out loss, and the first-order mean stands beside it, which needs no paths
    (LogisticRegression(C=inf), PoissonRegressor(alpha=0); replace and accumulate).

    X (rows, features), y (rows,). workflow: a name (its batches have as many rows as X), which may have settings,
    "window keep=3", a table as in a study, or a `Workflow`; whole batches. paths: multiples of 10. progress: called
    with (paths done, paths), with held_out (generations done, generations).
    Status: simulation, as good as the worlds: docs/theory/forecast.md has the coverage on real data, failures included.
    """
    rows, labels = checked(X, y)
    if isinstance(paths, bool) or not isinstance(paths, Integral) or paths < 50 or paths % 10:
        raise Problem("paths", f"{paths!r}", "give a multiple of 10 from 50 on, e.g. 400")
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise Problem("seed", f"{seed!r}", "give a whole number from 0 on")
    kinds = None
    if labels is not None and type(estimator).__name__ != "EmpiricalCovariance":
        labels, kinds = _numbers(estimator, labels)
    schedule = _schedule(workflow, len(rows), generations)
    asked = _asked(estimator, rows, workflow, int(paths), int(seed))
    if held_out is not None:
        judge, judged = _held_out(held_out, rows)
        if labels is None:
            raise Problem("y", "no labels", "give y")
        judged, _ = _numbers(estimator, judged, kinds)
        asked = (*asked, ("held_out", f"{len(judge)} rows"))
        told = forecast_from_fit(estimator, rows, labels, (judge, judged), schedule, int(paths), int(seed), progress)
        return replace(told, asked=asked)
    world = world_of(estimator, rows, labels)
    believed = world.draw_truths(int(paths) // RUNS, stream(int(seed), "forecast", "truths"))
    risks, ended = np.empty((2, len(believed), RUNS, generations + 1))
    for t, truth in enumerate(believed):
        risks[t], ended[t] = _runs(world, truth, schedule, stream(int(seed), "forecast", t))
        if progress:
            progress((t + 1) * RUNS, int(paths))
    told = summed(risks, ended, np.array([world.plain_risk(truth) for truth in believed]), world)
    return replace(told, asked=asked)


def _asked(estimator: Any, rows: Array, workflow: object, paths: int, seed: int) -> tuple[tuple[str, str], ...]:
    return (
        ("estimator", repr(estimator)),
        ("X", f"{len(rows)} rows of {rows.shape[1]} features"),
        ("workflow", workflow if isinstance(workflow, str) else repr(workflow)),
        ("paths", str(paths)),
        ("seed", str(seed)),
    )


def checked(X: ArrayLike, y: ArrayLike | None) -> tuple[Array, NDArray[Any] | None]:
    """Return finite rows (rows, features) and as many labels of any kind, or say what is wrong."""
    try:
        rows = np.asarray(X, dtype=float)
    except (TypeError, ValueError) as error:
        raise Problem("X", str(error), "give numbers; genloss forecast reads words of a file as categories") from error
    labels = None if y is None else np.asarray(y)
    if rows.ndim != 2 or not rows.size or not np.isfinite(rows).all():
        raise Problem("X", f"shape {rows.shape}, or a number that is not finite", "give finite rows (rows, features)")
    if np.abs(rows).max() > _LARGEST:
        raise Problem("X", f"numbers above {_LARGEST:g}", "give other units")
    if labels is not None and labels.shape != (len(rows),):
        raise Problem("y", f"shape {labels.shape} for {len(rows)} rows", "give one label a row")
    return rows, labels


def _numbers(
    estimator: Any, labels: NDArray[Any], kinds: NDArray[Any] | None = None
) -> tuple[Array, NDArray[Any] | None]:
    """Return labels as numbers, and the two classes of any kind that became 0 and 1, in order, as in scikit-learn."""
    if type(estimator).__name__ == "LogisticRegression":
        kinds = np.unique(labels) if kinds is None else kinds
        if kinds.size == 2 and np.isin(labels, kinds).all():
            return (labels == kinds[1]).astype(float), kinds
    try:
        numbers = labels.astype(float)
    except (TypeError, ValueError) as error:
        raise Problem("y", str(error), "give numbers, or two classes to LogisticRegression") from error
    if not np.isfinite(numbers).all() or np.abs(numbers).max() > _LARGEST:
        raise Problem("y", f"a number that is not finite or above {_LARGEST:g}", "give finite labels in other units")
    return numbers, kinds


def _held_out(held_out: Any, rows: Array) -> tuple[Array, NDArray[Any]]:
    if not isinstance(held_out, tuple | list) or len(held_out) != 2:
        raise Problem("held_out", f"{type(held_out).__name__}", "give a pair, rows and their labels")
    judge, judged = checked(*held_out)
    if judged is None or judge.shape[1] != rows.shape[1]:
        found = f"held_out of shape {judge.shape} for X of shape {rows.shape}, or no labels"
        raise Problem("held_out", found, "give rows with the same columns, and their labels")
    return judge, judged


def _schedule(workflow: Workflow | Mapping[str, Any] | str, rows: int, generations: int) -> Schedule:
    if isinstance(workflow, str):
        workflow = _read(workflow)
    if isinstance(workflow, Mapping):
        workflow = {"rows": rows} | dict(workflow)
    made = workflow if isinstance(workflow, Workflow) else Workflow.from_dict(workflow)
    schedule = made.compile(generations)
    schedule.refuse_uncovered(WHOLE_BATCHES, "give whole batches of one origin each")
    return schedule


def _read(words: str) -> dict[str, Any]:
    """Read "name key=value ..." as the table of a study."""
    name, *settings = words.split() or [words]
    read: dict[str, Any] = {"kind": name}
    for setting in settings:
        key, equals, value = setting.partition("=")
        try:
            read |= tomllib.loads(f"{key} = {value}") if equals else {}
        except tomllib.TOMLDecodeError as problem:
            raise Problem("workflow", f"{setting!r} is no setting: {problem}", 'e.g. "window keep=3"') from problem
        if not equals:
            raise Problem("workflow", f"{setting!r} in {words!r}", 'give key=value, e.g. "window keep=3"')
    return read


def _runs(world: World, truth: Any, schedule: Schedule, rng: np.random.Generator) -> tuple[Array, Truths]:
    """Risks of runs with one truth, (runs, generations + 1), and whether they had ended."""
    risks, ended = np.empty((RUNS, len(schedule.train))), np.zeros((RUNS, len(schedule.train)), dtype=bool)
    fits = chain(
        LawModel(WorldLaw(world, truth)),
        lambda batch: world.draw_real(truth, batch.rows, RUNS, rng),
        schedule,
        layout=Replicated(),
        random=lambda *_: rng,
    )
    for g, fit in enumerate(fits):
        if not isinstance(fit, LawFit):
            impossible("a world's law was fitted to something else")
        risks[:, g], ended[:, g] = world.risk(fit.parameters, truth), fit.ended
    return risks, ended
