"""What exactly does a generation train on? Labels, verdicts of filters, subsamples, weights."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module

import numpy as np

from genloss.errors import Problem
from genloss.models import Fitted
from genloss.populations import Draw
from genloss.simulation.task import Task
from genloss.workflows import TRUTH, Batch, Filter, Use, term_shares

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Chosen = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
Places = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
_LARGEST = 200_000_000  # numbers in one block of inputs: 1.6 GB


@dataclass(frozen=True)
class Rows:
    """Inputs with clean real labels, and the noise that will be added to whatever label they get."""

    draw: Draw
    noise: Array

    def labels(self, teacher: Fitted | None) -> Array:
        """Label the rows by the truth (None) or by a fitted model, plus their noise."""
        clean = self.draw.clean if teacher is None else teacher.predict(self.draw.inputs)
        return clean + self.noise


@dataclass(frozen=True)
class Draws:
    """All randomness of one block of replicates.

    rows: the inputs and noise of a batch (None: the predictor's). uniform: numbers in [0, 1) by
    name, (replicates, how many): who draws a row of a mixed law, verdicts of filters, subsamples.
    normal: standard normals by name: a labeler's shift (replicates, dim), a projection (replicates, features, dim).
    judged: new inputs, for fits whose excess risk has no closed form.
    """

    rows: Callable[[Batch | None], Rows]
    uniform: Callable[[tuple[str | int, ...], int], Array]
    normal: Callable[[tuple[str | int, ...]], Array]
    judged: Callable[[], Draw]


@dataclass(frozen=True)
class Labeled:
    """A batch as it lies in the store: drawn once, labeled once, judged once."""

    inputs: Array
    targets: Array
    clean: Array
    synthetic: Chosen
    verdicts: dict[Filter, Chosen] = field(default_factory=dict)


@dataclass(frozen=True)
class Data:
    """What one fit trains on; weights (replicates, rows) multiply squared residuals, None: all 1."""

    inputs: Array
    targets: Array
    weights: Array | None


def label(batch: Batch, rows: Rows, fits: Sequence[Fitted], draws: Draws) -> Labeled:
    """Label the rows of a batch by whoever draws them."""
    clean = rows.draw.clean
    if batch.origin is not None:
        teacher = None if batch.origin == TRUTH else fits[batch.origin]
        synthetic = np.full(clean.shape, not batch.real)
        return Labeled(rows.draw.inputs, _sampled(batch, rows, teacher), clean, synthetic)
    bounds = np.cumsum([probability for _, probability in batch.origins])
    drawn_by = np.searchsorted(
        bounds / bounds[-1], draws.uniform(("origin", *batch.key), clean.shape[-1]), side="right"
    )
    targets = np.empty(clean.shape)
    for i, (origin, _) in enumerate(batch.origins):
        taught = _sampled(batch, rows, None if origin == TRUTH else fits[origin])
        targets = np.where(drawn_by == i, taught, targets)
    synthetic = np.array([origin != TRUTH for origin, _ in batch.origins])[drawn_by]
    return Labeled(rows.draw.inputs, targets, clean, synthetic)


def _sampled(batch: Batch, rows: Rows, teacher: Fitted | None) -> Array:
    """Labels of one origin; a sampler changes what models draw, never the truth."""
    if batch.sampler is None or teacher is None:
        return rows.labels(teacher)
    given = batch.sampler.given()
    unknown = [key for key in given if key not in ("gain", "shift", "variance_scale", "sampling_bias")]
    if unknown:
        raise Problem(
            f"workflow.emit ({batch.tag}).sampler.{unknown[0]}",
            "the labels of a regression have no such setting",
            "use gain, shift, variance_scale or sampling_bias here",
        )
    scale = given.get("variance_scale", 1.0) * given.get("sampling_bias", 1.0)
    fitted = teacher.predict(rows.draw.inputs)
    return np.asarray(given.get("gain", 1.0) * fitted + given.get("shift", 0.0) + np.sqrt(scale) * rows.noise)


def training_set(task: Task, generation: int, stored: Sequence[Labeled], draws: Draws) -> Data:
    """Gather what the terms of a generation select, each row with its share of the loss."""
    uses = task.schedule.train[generation]
    parts = [_pool(task, use, stored, generation, draws) for use in uses]
    used = np.array([(multiplicity > 0).sum(axis=-1) for *_, multiplicity in parts], dtype=float)
    shares = term_shares([use.weight for use in uses], used)
    if np.any(shares.sum(axis=0) == 0):
        raise Problem(
            f"workflow.train at generation {generation}",
            "in some replicate the filter leaves no row to train on",
            "keep more rows, draw more, or train on real rows as well",
        )
    inputs, targets = (np.concatenate([part[i] for part in parts], axis=1) for i in (0, 1))
    weights = [
        multiplicity * (share / np.maximum(multiplicity.sum(axis=-1), 1e-300))[:, None]
        for (*_, multiplicity), share in zip(parts, shares, strict=True)
    ]
    by_row = np.concatenate(weights, axis=1) * targets.shape[-1]
    return Data(inputs, targets, None if np.allclose(by_row, 1.0, rtol=1e-12, atol=0) else by_row)


def _pool(task: Task, use: Use, stored: Sequence[Labeled], generation: int, draws: Draws) -> tuple[Array, Array, Array]:
    """Inputs, labels and relative weights of one term, after its filter and its subsample."""
    batches = [stored[b] for b in use.batches]
    check_size(task, sum(batch.targets.shape[-1] for batch in batches))
    inputs, targets = (np.concatenate(x, axis=1) for x in zip(*((b.inputs, b.targets) for b in batches), strict=True))
    kept = np.concatenate(
        [
            verdict(task, b, task.schedule.batches[p], use.filter, draws)
            for p, b in zip(use.batches, batches, strict=True)
        ],
        axis=1,
    )
    if use.take is not None:
        uniform = draws.uniform(("take", generation, use.term), max(use.take, kept.shape[-1]))
        index, valid = subsample(kept, use, uniform, generation)
        return np.take_along_axis(inputs, index[..., None], axis=1), np.take_along_axis(targets, index, axis=1), valid
    if not use.factors:
        return inputs, targets, kept.astype(float)
    columns, start = [], 0
    for factor, batch in zip(use.factors, batches, strict=True):
        part = kept[:, start : start + batch.targets.shape[-1]].astype(float)
        columns.append(factor * part / np.maximum(part.sum(axis=-1, keepdims=True), 1.0))
        start += part.shape[-1]
    return inputs, targets, np.concatenate(columns, axis=1)


def verdict(task: Task, rows: Labeled, batch: Batch, chosen: Filter | None, draws: Draws) -> Chosen:
    """Which rows a filter keeps; decided at the first asking and stored with the rows."""
    if chosen is None:
        return np.ones(rows.targets.shape, dtype=bool)
    if chosen not in rows.verdicts:
        uniform = draws.uniform(("verdict", *batch.key), rows.targets.shape[-1])
        if chosen.function is not None:
            passed = np.asarray(_imported(chosen.function)(rows.inputs, rows.targets, uniform), dtype=bool)
            if np.shape(passed) != rows.targets.shape:
                raise Problem(
                    "workflow.train filter",
                    f"{chosen.function} returned shape {np.shape(passed)}",
                    f"return one verdict per row, {rows.targets.shape}",
                )
        else:
            within = task.generator.noise if chosen.good_within is None else chosen.good_within
            good = np.abs(rows.targets - rows.clean) <= within
            passed = uniform < np.where(good, chosen.keep_good, chosen.keep_bad)
        acts = rows.synthetic if chosen.tag is None else np.full(rows.targets.shape, batch.tag == chosen.tag)
        rows.verdicts[chosen] = np.where(acts, passed, True)
    return rows.verdicts[chosen]


def subsample(kept: Chosen, use: Use, uniform: Array, generation: int) -> tuple[Places, Array]:
    """Draw `take` of the kept rows of each replicate: their places, and 1 or 0 for a missing row.

    Without replacement: the rows with the smallest uniform numbers. With: row floor(u * kept).
    """
    take, available = int(use.take or 0), kept.sum(axis=-1)
    if use.replace:
        order = np.argsort(~kept, axis=-1, kind="stable")
        picks = np.floor(uniform[:, :take] * available[:, None]).astype(np.int64)
        valid = np.broadcast_to(available[:, None] > 0, picks.shape)
        return np.take_along_axis(order, picks, axis=-1), valid.astype(float)
    if np.any(available < take) and use.short != "all":
        raise Problem(
            f"workflow.train[{use.term}].take",
            f"{take} rows without replacement, and in some replicate {available.min()} after the filter at generation "
            f"{generation}",
            'give fewer, or short = "all", or replace = true',
        )
    ranked = np.argsort(np.where(kept, uniform[:, : kept.shape[-1]], np.inf), axis=-1, kind="stable")[:, :take]
    return ranked, (np.arange(ranked.shape[-1]) < available[:, None]).astype(float)


def _imported(name: str) -> Callable[..., Array]:
    """Find "module:function"."""
    module, _, function = name.partition(":")
    try:
        found: Callable[..., Array] = getattr(import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise Problem(
            "workflow.train filter", f"{name!r} cannot be imported: {error}", 'give "module:function"'
        ) from error
    return found


def check_size(task: Task, rows: int) -> None:
    """Refuse what would not fit in memory."""
    if rows * task.block * task.population.dim > _LARGEST:
        raise Problem(
            "engine",
            f"the reference engine would hold {task.block} x {rows} x {task.population.dim} numbers at once",
            'use engine = "auto", or fewer rows',
        )
