"""Until which generation does theory hold when every generation's penalty is cross-validated on its own labels?"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from genloss.advise.penalties.question import Array
from genloss.errors import Problem, impossible
from genloss.results.agreement import Z
from genloss.simulation.chain import chain
from genloss.simulation.layouts import Single
from genloss.streams import stream
from genloss.theory.arguments import checked_one, checked_range, checked_spectrum
from genloss.theory.reuse.risks import from_workflow, risk
from genloss.theory.reuse.search import cross_validated_penalties
from genloss.workflows import Schedule, WorkflowLike, schedule_of
from genloss.workflows.traits import EVEN_BATCHES

__all__ = ["CrossValidationHorizon", "checked_replicates", "cross_validation_horizon", "refuse_uneven"]

_GRID = np.linspace(np.log(1e-8), np.log(1e4), 61)
_LARGEST = 1000  # features


@dataclass(frozen=True)
class CrossValidationHorizon:
    """Penalties chosen on drawn data sets beside their limit. Generation 0 first, (fits,) each.

    limit: the penalties of `theory.reuse_search.cross_validated_penalties`; predicted, allowance: the risk they
    lead to. risk, standard_error: the mean over data sets that choose their own. spread: standard deviation of the
    logarithm of the chosen penalty over data sets. excess: risk / predicted - 1.
    horizon: the last generation before one whose |excess| is beyond the tolerance by 4.5 standard errors; the last
    one asked for where none is; -1: not even generation 0. within_to: the last up to which all are within it by 4.5
    standard errors; between the two it is undecided. words: this, said. replicates: data sets.
    """

    limit: Array
    predicted: Array
    allowance: Array
    risk: Array
    standard_error: Array
    spread: Array
    horizon: int
    within_to: int
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
    workflow: WorkflowLike,
    *,
    noise: float,
    generations: int | None = None,
    tolerance: float = 0.05,
    replicates: int = 400,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> CrossValidationHorizon:
    r"""Draw data sets, choose every generation's penalty on them, and say until when theory's fixed penalties will do.

    `theory.reuse.risk` excludes penalties chosen by looking at the labels it predicts. Their limit is a fixed
    number; on one data set the choice varies, goes with the noise, and is handed on. Each data set minimizes the
    mean squared leave-one-out residual over its pooled rows,

    .. math:: \frac1T \sum_i \Big(\frac{y_i - x_i \cdot w_\lambda}{1 - H_{ii}}\Big)^2,
        \qquad H = X (X'X + \lambda T)^{-1} X',

    on 61 penalties from 1e-8 to 1e4 times the largest eigenvalue and a parabola through the best three.

    spectrum, coefficients: (dim,), dim <= 1000; coefficients may be one number. workflow: any `WorkflowLike`
    of whole batches of one origin and weight 1 (replace, accumulate, window, fixed_real, fresh_real, ...).
    tolerance: the relative error of the risk that is good enough. replicates: data sets. progress:
    called with (done, all) of them.
    Errors: `Problem` for subsamples, filters, weights and mixed laws, and naming the argument.
    Status: simulation, beside an asymptotic formula: the excess holds what choosing costs and what finite size
    does (`allowance`).
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
    checked_replicates(replicates)
    within = checked_one("tolerance", tolerance, lowest=0, meaning="a relative error of the risk, e.g. 0.05")
    truth = np.broadcast_to(truth, values.shape)
    schedule = schedule_of(workflow, generations)
    refuse_uneven(schedule)
    batches = from_workflow(schedule, noise=noise)
    limit = cross_validated_penalties(values, truth, batches)
    known = risk(values, truth, batches, penalty=limit.penalties)
    penalties, risks = np.empty((2, replicates, known.total.size))
    for r in range(replicates):
        penalties[r], risks[r] = _one_data_set(values, truth, schedule, noise, stream(seed, "choice", r))
        if progress:
            progress(r + 1, replicates)
    mean, error = risks.mean(axis=0), risks.std(axis=0, ddof=1) / np.sqrt(replicates)
    within_to, horizon, words = _verdict(mean, error, known.total, within)
    return CrossValidationHorizon(
        limit.penalties,
        known.total,
        known.allowance,
        mean,
        error,
        np.log(penalties).std(axis=0, ddof=1),
        horizon,
        within_to,
        words,
        int(replicates),
    )


def checked_replicates(count: int) -> None:
    """Refuse a number of data sets without a standard error."""
    if not (isinstance(count, int | np.integer) and count >= 2):
        raise Problem("replicates", f"{count!r} data sets", "give a whole number from 2 on, e.g. 400")


def refuse_uneven(schedule: Schedule) -> None:
    """Refuse workflows whose rows do not count alike."""
    schedule.refuse_uncovered(EVEN_BATCHES, "give whole batches of one origin, every row alike")


@dataclass(frozen=True, eq=False)
class _LinearFit:
    """Coefficients that label fresh Gaussian inputs, and the penalty that was chosen for them; the truth has none."""

    coefficients: Array
    spectrum: Array
    noise: float
    penalty: float = 0.0

    def sample(self, count: int, rng: np.random.Generator, **sampler: object) -> tuple[Array, Array]:
        """Draw inputs and their labels."""
        del sampler  # workflows with samplers are refused
        rows = rng.standard_normal((count, self.spectrum.size)) * np.sqrt(self.spectrum)
        return rows, rows @ self.coefficients + self.noise * rng.standard_normal(count)


@dataclass(frozen=True, eq=False)
class _CrossValidatedRidge:
    """Ridge regression with the penalty that leave-one-out chooses."""

    spectrum: Array
    noise: float

    def fit(
        self, data: tuple[Array, Array], weights: Array | None, rng: np.random.Generator, *, start: object = None
    ) -> _LinearFit:
        """Choose a penalty and fit; every row counts alike."""
        del rng, start
        if weights is not None:
            impossible("rows of unlike weight were to be cross-validated")
        penalty, coefficients = _chosen(*data, float(self.spectrum.max()))
        return _LinearFit(coefficients, self.spectrum, self.noise, penalty)


def _one_data_set(
    spectrum: Array, truth: Array, schedule: Schedule, noise: float, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Return chosen penalties and risks, (fits,) each."""
    real = _LinearFit(truth, spectrum, noise)
    fits = chain(
        _CrossValidatedRidge(spectrum, noise),
        lambda batch: real.sample(batch.rows, rng),
        schedule,
        layout=Single(),
        random=lambda *_: rng,
    )
    kept = [fit for fit in fits if isinstance(fit, _LinearFit)]
    risks = [float(spectrum @ (fit.coefficients - truth) ** 2) for fit in kept]
    return np.array([fit.penalty for fit in kept]), np.array(risks)


def _chosen(rows: Array, labels: Array, top: float) -> tuple[float, Array]:
    """Return the penalty that leave-one-out chooses, and the fit there. No difference of near numbers is taken."""
    values, vectors = np.linalg.eigh(rows.T @ rows)
    values = np.maximum(values, 0.0)
    along, turned = vectors.T @ (rows.T @ labels), rows @ vectors
    left = 1 / (values[:, None] + len(rows) * top * np.exp(_GRID))  # (dim, penalties)
    residual = labels[:, None] - turned @ (along[:, None] * left)
    outside = 1 - turned**2 @ left  # what is left of a row's own weight
    seen = np.mean((residual / np.maximum(outside, 1e-12)) ** 2, axis=0)
    best = int(np.argmin(seen))
    step = 0.0
    if 0 < best < _GRID.size - 1:
        low, middle, high = seen[best - 1 : best + 2]
        bend = low - 2 * middle + high
        step = float(np.clip((low - high) / (2 * bend), -1, 1)) if bend > 0 else 0.0
    penalty = top * float(np.exp(_GRID[best] + step * (_GRID[1] - _GRID[0])))
    return penalty, np.asarray(vectors @ (along / (values + len(rows) * penalty)))


def _verdict(mean: Array, error: Array, predicted: Array, within: float) -> tuple[int, int, str]:
    """Return the last generation surely within the tolerance, the last one not surely beyond it, and the words."""
    off = np.abs(mean - predicted)
    slack = within * predicted + 1e-12 * predicted.max()
    sure, beyond = off + Z * error <= slack, off - Z * error > slack
    last = mean.size - 1
    within_to = last if sure.all() else int(np.argmin(sure)) - 1
    horizon = int(np.argmax(beyond)) - 1 if beyond.any() else last
    g, limit = within_to + 1, f"{100 * within:g} %"
    if g > last:
        return within_to, horizon, f"theory is within {limit} for cross-validated penalties up to generation {last}"
    until = f"up to generation {g - 1}" if g else "at no generation"
    if horizon < g:
        told = f"theory is within {limit} {until}, not beyond, because {_off(g, mean, error, predicted)}"
    elif horizon < last:
        first, then = _off(g, mean, error, predicted), _off(horizon + 1, mean, error, predicted)
        told = f"theory is surely within {limit} {until} ({first}), and not beyond generation {horizon}, because {then}"
    else:
        told = f"theory is surely within {limit} {until}, and undecided then: {_off(g, mean, error, predicted)}"
    return within_to, horizon, told


def _off(g: int, mean: Array, error: Array, predicted: Array) -> str:
    size = predicted[g] if predicted[g] > 0 else 1.0
    more = 100 * (mean[g] - predicted[g]) / size
    return (
        f"the risk of generation {g} is {abs(more):.1f} % {'above' if more >= 0 else 'below'} it (standard error "
        f"{100 * error[g] / size:.1f} %), by choosing on the data and by finite size together"
    )
