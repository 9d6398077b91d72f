"""Linear fits to batches that are used again: batches enter as Gram matrices, drawn once and kept as sums.

In whitened coordinates (inputs divided by the roots of the spectrum S) the rows of batch m enter every fit
through X'X = U U' and X'E alone, drawn without a row:

    U (dim x k), k = min(rows, dim), triangular, chi variables on its diagonal, N(0, 1) beside it (Bartlett);
    X'E = noise * U z,  z ~ N(0, I_k) given U.

With delta the error of a fit, whitened, and y_m = U_m' delta_teacher + noise * z_m, drawn once and kept,

    (sum_m omega_m U_m U_m' + shift S^-1) delta = sum_m omega_m U_m y_m - shift S^-1/2 w0,

shift = penalty x rows used, by Cholesky. Where few rows and no penalty to speak of leave this ill-conditioned or
singular, the fit comes from an orthogonal factorization of the factors side by side instead. A batch whose
rows each pick an origin is drawn as one factor for each origin, of a multinomial number of rows. Cost per
generation and replicate: dim^2 / 2 normals, dim^3 / 3 for a Gram matrix, and dim^3 / 3 for a fit.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import blas, lapack, qr, solve_triangular

from genloss.errors import impossible
from genloss.metrics import Errors, LinearErrors
from genloss.models import LeastSquares, Ridge
from genloss.populations import LinearGaussian
from genloss.simulation import tridiagonal
from genloss.simulation.nested_plan import Step, plan, reason
from genloss.simulation.task import Streams, Task
from genloss.workflows import TRUTH, Batch, Schedule

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

GAUSSIAN = ("gain", "variance_scale", "sampling_bias")
"""What a sampler may set: labels stay linear in the inputs, with Gaussian noise."""


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of a batch that one origin labels: X'X = columns columns', X'E = columns noise.

    columns: (dim, k), whitened; upper: only its upper triangle counts (the rest is 0). noise: (k,).
    Any rows do: columns = their transpose.
    """

    origin: int
    columns: Array
    noise: Array
    upper: bool = False


Drawing = Callable[[Batch], Iterable[Part]]
Kept = list[tuple[Array, Array]]
"""Columns (dim, k) and labels (k,) of the parts of a batch."""


def covers(task: Task) -> str | None:
    """Say why this engine cannot run the task, or None."""
    if not isinstance(task.population, LinearGaussian):
        return "the population is not linear_gaussian"
    models = [task.generator.model, *(task.predictor.models if task.predictor else ())]
    if not all(isinstance(model, LeastSquares | Ridge) for model in models):
        return "a model is not linear"
    if task.generator.design != "fresh":
        return "the generator's fits share their inputs"
    for batch in task.schedule.batches:
        unknown = [] if batch.sampler is None else [key for key in batch.sampler.given() if key not in GAUSSIAN]
        if unknown:
            return f"a sampler sets {', '.join(unknown)}"
    return reason(task.schedule)


def run(task: Task, streams: Streams) -> list[list[Errors]]:
    """Simulate the task; return errors by model (of the predictor) and reported generation."""
    population = task.population
    if not isinstance(population, LinearGaussian):
        impossible("the nested engine was given a population without a spectrum")
    penalty = task.generator.model.penalty
    steps = plan(task.schedule, task.fits, population.dim, penalty, float(population.spectrum.max()))
    errors = np.stack(
        [
            errors_of_fits(task.schedule, steps, population, _drawing(task, population.dim, streams, replicate))
            for replicate in range(task.replicates)
        ]
    )
    if task.predictor is None:
        return [[LinearErrors(errors[:, n], population.spectrum, population.noise) for n in task.report]]
    teachers = population.coefficients + np.concatenate([np.zeros_like(errors[:, :1]), errors], axis=1)
    return tridiagonal.judged(task, population, teachers, streams)


def errors_of_fits(schedule: Schedule, steps: Sequence[Step], population: LinearGaussian, draw: Drawing) -> Array:
    """Fit every generation of one replicate to the given parts of batches; w - w0 of each fit, (fits, dim)."""
    root, truth = np.sqrt(population.spectrum), population.coefficients
    errors = np.zeros((len(steps), root.size))  # whitened
    sums: dict[int, tuple[Array, Array]] = {}
    kept: dict[int, Kept] = {}
    for g, step in enumerate(steps):
        for born in step.born:
            batch = schedule.batches[born.batch]
            if born.group not in sums:
                sums[born.group] = np.zeros((root.size, root.size), order="F"), np.zeros(root.size)
            gram, moment = sums[born.group]
            for part in draw(batch):
                labels = _labels(batch, part, errors, root * truth)
                moment += born.scale * (part.columns @ labels)
                if born.keep:
                    kept.setdefault(born.batch, []).append((part.columns.copy(), labels))
                _add_gram(gram, part, born.scale)
        if step.rows:
            errors[g] = _fit_rows([(kept[b], omega) for b, omega in step.rows], step.shift, root, truth)
        else:
            errors[g] = _fit_sums([(*sums[group], weight) for group, weight in step.sums], step.shift, root, truth)
        for group in step.groups_done:
            del sums[group]
        for b in step.batches_done:
            del kept[b]
    return errors / root


def _labels(batch: Batch, part: Part, errors: Array, truth: Array) -> Array:
    """Labels of a part, less what the truth would say: (k,)."""
    if part.origin == TRUTH:
        return part.noise
    teacher = errors[part.origin]
    if batch.sampler is None:
        return np.asarray(part.columns.T @ teacher + part.noise)
    given = batch.sampler.given()
    gain, scale = given.get("gain", 1.0), given.get("variance_scale", 1.0) * given.get("sampling_bias", 1.0)
    return np.asarray(part.columns.T @ (gain * (truth + teacher) - truth) + np.sqrt(scale) * part.noise)


def _add_gram(gram: Array, part: Part, scale: float) -> None:
    """Add scale x columns columns' to the upper triangle of a Gram matrix; an upper part's columns are overwritten."""
    if part.upper:
        product, failed = lapack.dlauum(part.columns, lower=0, overwrite_c=1)
        if failed:
            impossible(f"LAPACK dlauum returned {failed}")
        gram += product if scale == 1 else scale * product
    else:
        blas.dsyrk(scale, part.columns, beta=1.0, c=gram, lower=0, overwrite_c=1)


def _fit_sums(sums: Sequence[tuple[Array, Array, float]], shift: float, root: Array, truth: Array) -> Array:
    """Solve the normal equations of one fit; the error, whitened."""
    gram, moment = sums[0][0] * sums[0][2], sums[0][1] * sums[0][2]
    for more, other, weight in sums[1:]:
        gram += more if weight == 1 else weight * more
        moment += weight * other
    if shift:
        diagonal = np.einsum("ii->i", gram)
        diagonal += shift / root**2
        moment -= shift * truth / root
    _, solved, failed = lapack.dposv(gram, moment, lower=0, overwrite_a=1)
    if failed:
        impossible(f"LAPACK dposv returned {failed}")
    return np.asarray(solved)


def _fit_rows(batches: Sequence[tuple[Kept, float]], shift: float, root: Array, truth: Array) -> Array:
    """Fit without squaring the factors; the error, whitened. The solution of least norm where there are many."""
    columns = np.concatenate([np.sqrt(omega) * part for parts, omega in batches for part, _ in parts], axis=1)
    labels = np.concatenate([np.sqrt(omega) * part for parts, omega in batches for _, part in parts])
    if shift == 0 and columns.shape[1] < root.size:
        q, r = qr(root[:, None] * columns, mode="economic")
        fitted = q @ solve_triangular(r.T, columns.T @ (root * truth) + labels, lower=True)
        return np.asarray(root * (fitted - truth))
    if shift:
        columns = np.concatenate([columns, np.diag(np.sqrt(shift) / root)], axis=1)
        labels = np.concatenate([labels, -np.sqrt(shift) * truth])
    q, r = qr(columns.T, mode="economic")
    return np.asarray(solve_triangular(r, q.T @ labels))


def _drawing(task: Task, dim: int, streams: Streams, replicate: int) -> Drawing:
    """Draw the batches of one replicate; a batch of a replicate has a stream of its own."""
    noise = task.generator.noise

    def draw(batch: Batch) -> Iterable[Part]:
        rng = streams("generator", *batch.key, "factor", replicate)
        counts = [batch.rows]
        if batch.origin is None:
            shares = np.array([share for _, share in batch.origins])
            counts = rng.multinomial(batch.rows, shares / shares.sum()).tolist()
        for (origin, _), rows in zip(batch.origins, counts, strict=True):
            if rows:
                columns = draw_upper(rows, dim, rng) if rows >= dim else _draw_trapezoid(rows, dim, rng)
                yield Part(origin, columns, noise * rng.standard_normal(min(rows, dim)), rows >= dim)

    return draw


def draw_upper(rows: int, dim: int, rng: np.random.Generator) -> Array:
    """Draw U (dim, dim), upper triangular with U U' ~ Wishart(rows, I), rows >= dim."""
    last = np.arange(dim)
    packed = rng.standard_normal(dim * (dim + 1) // 2)  # by columns
    packed[last * (last + 3) // 2] = np.sqrt(rng.chisquare(rows - dim + 1 + last))
    full, failed = lapack.dtpttr(dim, packed, uplo="U")
    if failed:
        impossible(f"LAPACK dtpttr returned {failed}")
    return np.asarray(full)


def _draw_trapezoid(rows: int, dim: int, rng: np.random.Generator) -> Array:
    """Draw L (dim, rows), lower trapezoidal with L L' ~ Wishart(rows, I), rows < dim."""
    lower = np.asfortranarray(np.tril(rng.standard_normal((dim, rows))))
    first = np.arange(rows)
    lower[first, first] = np.sqrt(rng.chisquare(rows - first))
    return lower
