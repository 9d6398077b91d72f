"""Linear fits to batches that are used again: batches enter as Gram matrices, drawn once and kept as sums.

In whitened coordinates (inputs divided by the roots of the spectrum S) the rows X of a batch enter every fit
through X'X and X'E alone. With at least dim rows they are drawn without a row, as if the batch were

    X (dim x dim), lower triangular, chi variables on its diagonal, N(0, 1) below (Bartlett),  E ~ N(0, noise^2 I).

With delta the error of a fit, whitened, and y_m = X_m delta_teacher + E_m, drawn once and kept,

    (sum_m omega_m X_m'X_m + shift S^-1) delta = sum_m omega_m X_m'y_m - shift S^-1/2 w0,

shift = penalty x rows used, by Cholesky. Where few rows and no penalty to speak of leave this ill-conditioned or
singular, the fit comes from an orthogonal factorization of the rows instead. A batch whose rows each pick
an origin is drawn in parts, one for each origin, of a multinomial number of rows. Cost per generation and
replicate: dim^2 / 2 normals, dim^3 / 3 for a Gram matrix, and dim^3 / 3 for a fit, whatever rows is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import blas, lapack, qr, solve_triangular

from genloss.blocks import Streams
from genloss.errors import impossible
from genloss.metrics import Errors, LinearErrors
from genloss.models import LeastSquares, Ridge
from genloss.populations import LinearGaussian
from genloss.simulation.linear import tridiagonal
from genloss.simulation.linear.nested_steps import Step, steps_of
from genloss.simulation.task import Task
from genloss.workflows import TRUTH, Batch, Schedule
from genloss.workflows.traits import MIXED_LAW, WHOLE_BATCHES, sampler

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

COVERED = WHOLE_BATCHES | {MIXED_LAW} | sampler("gain", "variance_scale", "sampling_bias")
"""What a sampler may set: labels stay linear in the inputs, with Gaussian noise."""


@dataclass(frozen=True, slots=True)
class LabeledRows:
    """Rows of a batch that one origin labels, or any others with the same X'X and X'E; replicates lead.

    rows: (replicates, k, dim), whitened; rows of zeros do not count. noise: (replicates, k).
    lower: rows are lower triangular.
    """

    origin: int
    rows: Array
    noise: Array
    lower: bool = False


Drawing = Callable[[Batch], Iterable[LabeledRows]]
Kept = list[tuple[Array, Array]]
"""Rows (replicates, k, dim) and labels (replicates, k) of the parts of a batch."""


def covers(task: Task) -> str | None:
    """Say why this engine cannot run the task, or None."""
    return linear_reason(task) or task.schedule.uncovered(COVERED)


def linear_reason(task: Task) -> str | None:
    """Say why fits are not linear in fresh Gaussian inputs and noise, or None; whichever rows they train on."""
    if not isinstance(task.population, LinearGaussian):
        return "the population is not linear_gaussian"
    models = [task.generator.model, *(task.predictor.models if task.predictor else ())]
    if not all(isinstance(model, LeastSquares | Ridge) for model in models):
        return "a model is not linear"
    if task.generator.design != "fresh":
        return "the generator's fits share their inputs"
    return None


def run(task: Task, streams: Streams) -> list[list[Errors]]:
    """Simulate the task; return errors by model (of the predictor), or generator, and reported generation.

    Generators beside the first share its draws and Gram matrices where their fits come from the same sums.
    """
    population = task.population
    if not isinstance(population, LinearGaussian):
        impossible("the nested engine was given a population without a spectrum")
    chains = [
        steps_of(
            task.schedule,
            [generator.penalty_at(g) for g in range(task.fits)],
            population.dim,
            float(population.spectrum.max()),
            task.block,
        )
        for generator in (task.generator, *task.beside)
    ]
    found: dict[int, list[list[Errors]]] = {}
    for places in _alike(chains):
        draw = drawing(task, population.dim, streams)
        errors = errors_of_chains(task.schedule, [chains[i] for i in places], population, draw, task.replicates)
        found |= {i: judged(task, population, each, streams) for i, each in zip(places, errors, strict=True)}
    return [row for i in range(len(chains)) for row in found[i]]


def _alike(chains: Sequence[tuple[Step, ...]]) -> list[list[int]]:
    """Group chains whose steps differ in their shifts only."""
    groups: dict[tuple[Step, ...], list[int]] = {}
    for i, steps in enumerate(chains):
        groups.setdefault(tuple(replace(step, shift=0.0) for step in steps), []).append(i)
    return list(groups.values())


def judged(task: Task, population: LinearGaussian, errors: Array, streams: Streams) -> list[list[Errors]]:
    """Report the generator's fits, given w - w0 (replicates, fits, dim), or predictors that they teach."""
    if task.predictor is None:
        return [[LinearErrors(errors[:, n], population.spectrum, population.noise) for n in task.report]]
    teachers = population.coefficients + np.concatenate([np.zeros_like(errors[:, :1]), errors], axis=1)
    return tridiagonal.judged(task, population, teachers, streams)


def errors_of_fits(
    schedule: Schedule, steps: Sequence[Step], population: LinearGaussian, draw: Drawing, replicates: int
) -> Array:
    """Fit every generation to the given parts of batches; w - w0 of each fit, (replicates, fits, dim)."""
    return np.asarray(errors_of_chains(schedule, [steps], population, draw, replicates)[0])


def errors_of_chains(
    schedule: Schedule,
    chains: Sequence[Sequence[Step]],
    population: LinearGaussian,
    draw: Drawing,
    replicates: int,
) -> Array:
    """Fit chains that differ in their shifts on the same inputs and noise; (chains, replicates, fits, dim)."""
    root, dim, steps = np.sqrt(population.spectrum), population.dim, chains[0]
    truth = root * population.coefficients
    errors = np.zeros((len(chains), replicates, len(steps), dim))  # whitened, as is the truth
    sums: dict[int, tuple[Array, Array]] = {}
    kept: dict[int, list[tuple[Array, list[Array]]]] = {}
    for g, step in enumerate(steps):
        for born in step.born:
            batch = schedule.batches[born.batch]
            if born.group is not None and born.group not in sums:
                sums[born.group] = np.zeros((replicates, dim, dim)), np.zeros((len(chains), replicates, dim))
            for part in draw(batch):
                labels = [_labels(batch, part, each, truth) for each in errors]
                if born.keep:
                    kept.setdefault(born.batch, []).append((part.rows.copy(), labels))
                if born.group is not None:
                    _add(sums[born.group], part, labels, born.scale)
        for c, shift in enumerate(chain[g].shift for chain in chains):
            if step.rows:
                rows = [([(x, y[c]) for x, y in kept[b]], omega) for b, omega in step.rows]
                errors[c, :, g] = _fit_rows(rows, shift, root, truth)
            else:
                sides = [(sums[group][0], sums[group][1][c], weight) for group, weight in step.sums]
                errors[c, :, g] = fit_sums(sides, shift, root, truth)
        for group in step.groups_done:
            del sums[group]
        for b in step.batches_done:
            del kept[b]
    return errors / root


def _labels(batch: Batch, part: LabeledRows, errors: Array, truth: Array) -> Array:
    """Labels of a part, less what the truth would say: (replicates, k)."""
    if part.origin == TRUTH:
        return part.noise
    teacher, noise = errors[:, part.origin], part.noise
    if batch.sampler is not None:
        gain, loudness = distortion(batch)
        teacher, noise = gain * (truth + teacher) - truth, loudness * noise
    return np.asarray((part.rows @ teacher[..., None])[..., 0] + noise)


def distortion(batch: Batch) -> tuple[float, float]:
    """By what a batch's sampler multiplies a model's labels, and the standard deviation of their noise."""
    given = {} if batch.sampler is None else batch.sampler.given()
    return given.get("gain", 1.0), float(np.sqrt(given.get("variance_scale", 1.0) * given.get("sampling_bias", 1.0)))


def _add(sums: tuple[Array, Array], part: LabeledRows, labels: Sequence[Array], scale: float) -> None:
    """Add scale x X'y of every chain, and scale x X'X to the lower triangles; triangular rows are overwritten."""
    gram, moments = sums
    for moment, each in zip(moments, labels, strict=True):
        moment += scale * (each[:, None] @ part.rows)[:, 0]
    for into, rows in zip(gram, part.rows, strict=True):
        if part.lower:
            product, failed = lapack.dlauum(rows.T, lower=0, overwrite_c=1)
            if failed:
                impossible(f"LAPACK dlauum returned {failed}")
            into += product.T if scale == 1 else scale * product.T
        else:
            blas.dsyrk(scale, rows.T, beta=1.0, c=into.T, lower=0, overwrite_c=1)


def fit_sums(sums: Sequence[tuple[Array, Array, float]], shift: float, root: Array, truth: Array) -> Array:
    """Solve the normal equations of one fit; the errors, whitened, (replicates, dim)."""
    gram, moment = (part * sums[0][2] for part in sums[0][:2])
    for more, other, weight in sums[1:]:
        gram += more if weight == 1 else weight * more
        moment += weight * other
    if shift:
        np.einsum("rii->ri", gram)[:] += shift / root**2
        moment -= shift * truth / root**2
    for matrix, right in zip(gram, moment, strict=True):
        _, right[:], failed = lapack.dposv(matrix.T, right, lower=0, overwrite_a=1)
        if failed:
            impossible(f"LAPACK dposv returned {failed}")
    return np.asarray(moment)


def _fit_rows(batches: Sequence[tuple[Kept, float]], shift: float, root: Array, truth: Array) -> Array:
    """Fit rows without squaring them; the errors, whitened. The solution of least norm where there are many."""
    rows = np.concatenate([np.sqrt(omega) * part for parts, omega in batches for part, _ in parts], axis=1)
    labels = np.concatenate([np.sqrt(omega) * part for parts, omega in batches for _, part in parts], axis=1)
    found = np.empty((len(rows), root.size))
    for r, (x, y) in enumerate(zip(rows, labels, strict=True)):
        counts = x.any(axis=1)
        found[r] = fit_one(x[counts], y[counts], shift, root, truth)
    return found


def fit_one(rows: Array, labels: Array, shift: float, root: Array, truth: Array) -> Array:
    """Fit one replicate by an orthogonal factorization."""
    if shift == 0 and len(rows) < root.size:
        q, r = qr((rows * root).T, mode="economic")
        fitted = q @ solve_triangular(r.T, rows @ truth + labels, lower=True)
        return np.asarray(root * fitted - truth)
    if shift:
        rows = np.concatenate([rows, np.diag(np.sqrt(shift) / root)])
        labels = np.concatenate([labels, -np.sqrt(shift) * truth / root])
    q, r = qr(rows, mode="economic")
    return np.asarray(solve_triangular(r, q.T @ labels))


def drawing(task: Task, dim: int, streams: Streams) -> Drawing:
    """Draw batches for the whole block of replicates; a batch has streams of its own."""
    kept = slice(task.replicates)

    def draw(batch: Batch) -> Iterable[LabeledRows]:
        key = ("generator", *batch.key)
        if batch.origin is None:
            yield from _draw_mixed(batch, dim, task, streams(*key, "mixed"))
            return
        noise = streams(*key, "noise").standard_normal((task.block, min(batch.rows, dim)))[kept]
        if batch.rows < dim:
            rows = streams(*key, "normals").standard_normal((task.block, batch.rows, dim))[kept]
        else:
            normals = streams(*key, "normals").standard_normal((task.block, dim * (dim + 1) // 2))[kept]
            square = streams(*key, "chi").chisquare(batch.rows - np.arange(dim)[::-1], (task.block, dim))[kept]
            rows = triangular(normals, np.sqrt(square))
        yield LabeledRows(batch.origin, rows, task.generator.noise * noise, batch.rows >= dim)

    return draw


def _draw_mixed(batch: Batch, dim: int, task: Task, rng: np.random.Generator) -> Iterable[LabeledRows]:
    """Draw a batch whose rows each pick an origin: a part for each, of a random number of rows."""
    shares = np.array([share for _, share in batch.origins])
    counts = rng.multinomial(batch.rows, shares / shares.sum(), task.block)
    most = np.minimum(counts.max(axis=0), dim)  # of the whole block, as is every draw
    rows = [np.zeros((task.replicates, k, dim)) for k in most]
    noise = [np.zeros((task.replicates, k)) for k in most]
    for replicate, count in enumerate(counts[: task.replicates]):
        for n, x, e in zip(count.tolist(), rows, noise, strict=True):
            k = min(n, dim)
            e[replicate, :k] = task.generator.noise * rng.standard_normal(k)
            if n < dim:
                x[replicate, :n] = rng.standard_normal((n, dim))
            else:
                chi = np.sqrt(rng.chisquare(n - np.arange(dim)[::-1]))
                x[replicate] = triangular(rng.standard_normal((1, dim * (dim + 1) // 2)), chi[None])[0]
    for (origin, _), x, e, k in zip(batch.origins, rows, noise, most, strict=True):
        if k:
            yield LabeledRows(origin, x, e)


def triangular(normals: Array, chi: Array) -> Array:
    """Put chi (replicates, dim) on the diagonal of lower triangles X of normals (replicates, dim (dim + 1) / 2).

    X'X ~ Wishart(n, I) where chi_j^2 ~ chi^2(n - dim + 1 + j), j from 0: Bartlett, the axes in reverse order.
    """
    count, dim = chi.shape
    last = np.arange(dim)
    normals[:, last * (last + 3) // 2] = chi
    full = np.empty((count, dim, dim))
    for into, packed in zip(full, normals, strict=True):
        upper, failed = lapack.dtpttr(dim, packed, uplo="U")  # by columns, which are the rows of X
        if failed:
            impossible(f"LAPACK dtpttr returned {failed}")
        into[:] = upper.T
    return full
