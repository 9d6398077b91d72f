"""Until which generation does theory hold when every generation's penalty is cross-validated on its own labels?"""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from genloss.advise.chain import Array
from genloss.errors import Problem
from genloss.report import short
from genloss.streams import stream
from genloss.theory.arguments import checked_one, checked_range, checked_spectrum
from genloss.theory.reuse import from_workflow, risk
from genloss.theory.reuse_search import cross_validated_penalties
from genloss.workflows import TRUTH, Schedule, Workflow, compiled

__all__ = ["CrossValidationHorizon", "cross_validation_horizon"]

_GRID = np.linspace(np.log(1e-8), np.log(1e4), 161)
_LARGEST = 1000  # features


@dataclass(frozen=True)
class CrossValidationHorizon:
    """Penalties chosen on drawn data sets beside their limit. Generation 0 first, (fits,) each.

    limit: the penalties of `theory.reuse_search.cross_validated_penalties`; predicted, allowance: the risk they
    lead to. risk, standard_error: the mean over data sets that choose their own. spread: standard deviation of the
    logarithm of the chosen penalty over data sets. excess: risk / predicted - 1.
    horizon: the last generation up to which |excess| is within the tolerance; -1: not even generation 0; the last
    one asked for where none is beyond. words: this, said. replicates: data sets.
    """

    limit: Array
    predicted: Array
    allowance: Array
    risk: Array
    standard_error: Array
    spread: Array
    horizon: int
    words: str
    replicates: int

    @property
    def excess(self) -> Array:
        """Part by which choosing on the data raises the risk."""
        return self.risk / self.predicted - 1

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists and numbers."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in given.items()}

    def __repr__(self) -> str:
        return f"<CrossValidationHorizon of {self.limit.size} fits, {self.replicates} data sets: {self.words}>"


def cross_validation_horizon(
    spectrum: ArrayLike,
    coefficients: ArrayLike,
    workflow: Workflow | Schedule,
    *,
    noise: float,
    generations: int | None = None,
    tolerance: float = 0.05,
    replicates: int = 400,
    seed: int = 0,
) -> CrossValidationHorizon:
    r"""Draw data sets, choose every generation's penalty on them, and say until when theory's fixed penalties will do.

    `theory.reuse.risk` excludes penalties chosen by looking at the labels it predicts. Their limit is a fixed
    number; on one data set the choice varies, goes with the noise, and is handed on. Each data set minimizes
    generalized cross-validation over its pooled rows,

    .. math:: \frac{|y - Xw_\lambda|^2 / T}{(1 - \mathrm{df}_\lambda / T)^2},

    which is leave-one-out to leading order, on 161 penalties from 1e-8 to 1e4 times the largest eigenvalue and a
    parabola through the best three. Only second moments of each batch are kept.

    spectrum, coefficients: (dim,), dim <= 1000; coefficients may be one number. workflow: whole batches of one
    origin and weight 1 (replace, accumulate, window, fixed_real, fresh_real, ...). replicates: data sets.
    Errors: `Problem` for subsamples, filters, weights and mixed laws, and naming the argument.
    Status: simulation, beside an asymptotic formula: the excess holds what choosing costs and what finite size
    does (`allowance`). The horizon is judged at the estimates; their standard errors are in the answer.
    Source: docs/theory/advice.md. Checked by tests/statistical/test_choice.py (rows and leave-one-out by hand).

    >>> from genloss.workflows import replace
    >>> common = {"noise": 0.5, "generations": 1, "replicates": 100, "tolerance": 0.2}
    >>> seen = cross_validation_horizon([1.0] * 20, 0.2, replace(60), **common)
    >>> seen.horizon
    1
    """
    values = checked_spectrum(spectrum, positive=True)
    if values.size > _LARGEST:
        raise Problem("spectrum", f"{values.size} features", f"give at most {_LARGEST}: data sets are drawn")
    truth = checked_range("coefficients", coefficients, lowest=-np.inf, meaning="one number, or one per feature")
    if truth.shape not in ((), values.shape):
        raise Problem("coefficients", f"shape {truth.shape} beside {values.size} eigenvalues", "give one per feature")
    if not (isinstance(replicates, int) and replicates >= 2):
        raise Problem("replicates", f"{replicates!r}", "give a whole number of data sets from 2 on")
    within = checked_one("tolerance", tolerance, lowest=0, meaning="a relative error of the risk, e.g. 0.05")
    truth = np.broadcast_to(truth, values.shape)
    schedule = compiled(workflow, generations)
    batches = from_workflow(schedule, noise=noise)
    _refuse(schedule)
    limit = cross_validated_penalties(values, truth, batches)
    known = risk(values, truth, batches, penalty=limit.penalties)
    penalties, risks = np.empty((2, replicates, known.total.size))
    for r in range(replicates):
        penalties[r], risks[r] = _one_data_set(values, truth, schedule, noise, stream(seed, "choice", r))
    mean, error = risks.mean(axis=0), risks.std(axis=0, ddof=1) / np.sqrt(replicates)
    beyond = np.flatnonzero(np.abs(mean - known.total) > within * known.total)
    horizon = int(beyond[0]) - 1 if beyond.size else mean.size - 1
    return CrossValidationHorizon(
        limit.penalties,
        known.total,
        known.allowance,
        mean,
        error,
        np.log(penalties).std(axis=0, ddof=1),
        horizon,
        _words(horizon, mean, error, known.total),
        replicates,
    )


def _refuse(schedule: Schedule) -> None:
    for batch in schedule.batches:
        if batch.origin is None:
            raise Problem(
                "workflow", f"the rows {batch.tag!r} of generation {batch.birth} have mixed origins", "draw them apart"
            )
        if batch.sampler is not None:
            raise Problem(
                "workflow", f"the rows {batch.tag!r} of generation {batch.birth} have a sampler", "leave it out"
            )
    for g, uses in enumerate(schedule.train):
        rows = sum(schedule.batches[b].rows for use in uses for b in use.batches)
        even = all(np.isclose(share * rows, schedule.batches[b].rows) for b, share in schedule.shares(g).items())
        if not even or any(use.take is not None for use in uses):
            raise Problem(
                "workflow", f"generation {g} weighs rows, or draws a subsample", "give whole batches, each row alike"
            )


def _one_data_set(
    spectrum: Array, truth: Array, schedule: Schedule, noise: float, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Return chosen penalties and risks, (fits,) each."""
    drawn: dict[int, tuple[Array, Array, float]] = {}
    fits: list[Array] = []
    penalties = []
    for g, uses in enumerate(schedule.train):
        for b in schedule.born[g]:
            batch = schedule.batches[b]
            teacher = truth if batch.origin == TRUTH else fits[batch.origin or 0]
            rows = rng.standard_normal((batch.rows, spectrum.size)) * np.sqrt(spectrum)
            labels = rows @ teacher + noise * rng.standard_normal(batch.rows)
            drawn[b] = rows.T @ rows, rows.T @ labels, float(labels @ labels)
        used = [b for use in uses for b in use.batches]
        gram, cross, square = (sum(part) for part in zip(*(drawn[b] for b in used), strict=True))
        count = sum(schedule.batches[b].rows for b in used)
        penalty, fit = _chosen(np.asarray(gram), np.asarray(cross), float(square), count, float(spectrum.max()))
        penalties.append(penalty)
        fits.append(fit)
    return np.array(penalties), np.array([float(spectrum @ (fit - truth) ** 2) for fit in fits])


def _chosen(gram: Array, cross: Array, square: float, rows: int, top: float) -> tuple[float, Array]:
    """Return the penalty that generalized cross-validation chooses, and the fit there."""
    values, vectors = np.linalg.eigh(gram)
    values, along = np.maximum(values, 0.0), vectors.T @ cross

    def score(logs: Array) -> Array:
        left = 1 / (values + rows * top * np.exp(logs)[:, None])
        residual = square - 2 * (along**2 * left).sum(axis=1) + (along**2 * values * left**2).sum(axis=1)
        return np.asarray(residual / (1 - (values * left).sum(axis=1) / rows) ** 2)

    seen = score(_GRID)
    best = int(np.clip(np.argmin(seen), 1, _GRID.size - 2))
    low, middle, high = seen[best - 1 : best + 2]
    bend = low - 2 * middle + high
    step = np.clip((low - high) / (2 * bend), -1, 1) if bend > 0 else 0.0
    penalty = top * float(np.exp(_GRID[best] + step * (_GRID[1] - _GRID[0])))
    return penalty, vectors @ (along / (values + rows * penalty))


def _words(horizon: int, mean: Array, error: Array, predicted: Array) -> str:
    g = horizon + 1
    if g == mean.size:
        return f"theory will do for cross-validated penalties up to generation {horizon}, the last one asked for"
    seen = f"{short(float(mean[g]))} ± {short(float(error[g]))}"
    return (
        f"theory will do {f'up to generation {horizon}, not beyond' if g else 'at no generation'}, because penalties "
        f"chosen on the data lead to a risk of {seen} at generation {g}, where it says {short(float(predicted[g]))}"
    )
