"""How much do many chains of ridge fits lose under replace, each generation labeled by the one before?

The recursion of theory/ridge/replace.py, for settings in columns (theory/ridge/columns.py). It is linear in the squares
of noises, so the part of the signal and what one unit of noise adds are followed, and noises are left open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.theory.arguments import Array, Flags
from genloss.theory.ridge.columns import Curves, Fits, Signal, added, fits_of

__all__ = ["Teachers", "accumulate_curves", "judged_curves", "replace_curves", "replace_teachers"]


@dataclass(frozen=True, slots=True)
class Teachers:
    """Who labels generation 0, 1, ...: the truth, then every fit; settings last.

    signal, noise: error power by the signal and by one unit of noise, (fits + 1, nodes, settings). loss: of gain, the
    same shape. drift: relative allowance gathered, (fits + 1, settings). exact: whether all fits so far are.
    """

    signal: Array
    noise: Array
    loss: Array
    drift: Array
    exact: Flags


def replace_teachers(signal: Signal, rows: Array, penalty: Array, *, same: bool) -> tuple[Teachers, list[Fits]]:
    """Follow chains of fits. rows, penalty: (fits, settings). same: all fits of a chain have the same inputs."""
    count, settings = rows.shape
    shape = count + 1, signal.values.size, settings
    drift, exact = np.zeros((count + 1, settings)), np.ones((count + 1, settings), dtype=bool)
    known = Teachers(np.zeros(shape), np.zeros(shape), np.zeros(shape), drift, exact)
    listed: list[Fits] = []
    for m in range(count):
        again = m > 0 and np.array_equal(rows[m], rows[m - 1]) and np.array_equal(penalty[m], penalty[m - 1])
        fit = listed[-1] if again else fits_of(signal, rows[m], penalty[m])
        teacher, noises = (0, m + 1) if same else (m, 1)
        error, noise, loss = known.signal[teacher], known.noise[teacher], known.loss[teacher]
        known.signal[m + 1], known.noise[m + 1] = _taught(signal, fit, error, noise, loss, noises * fit.noise_factor)
        known.loss[m + 1] = fit.rest + fit.shrink * loss
        known.drift[m + 1] = known.drift[teacher] + fit.allowance
        known.exact[m + 1] = known.exact[m] & (penalty[m] == 0) & (rows[m] >= signal.dim + 2)
        listed.append(fit)
    return known, listed


def _taught(
    signal: Signal, fit: Fits, error: Array, noise: Array, loss: Array, noises: Array | float
) -> tuple[Array, Array]:
    """Return the error power of a fit by the signal and by one unit of noise, (nodes, settings) each.

    error, noise, loss: of who labels its rows, as in `Teachers`. noises: units of noise in the labels themselves.
    """
    seen = added(fit.rest**2 * (error + (1 - 2 * loss) * signal.power)) / fit.slack
    heard = (noises + added(fit.rest**2 * noise)) / fit.slack
    square, own = fit.shrink**2, fit.rest * (2 * fit.shrink * loss + fit.rest) * signal.power
    return square * (error + signal.multiplicity * seen) + own, square * (noise + signal.multiplicity * heard)


def _bias(signal: Signal, fit: Fits) -> Array:
    """Return the bias of a fit to labels from the truth, (settings,)."""
    return np.asarray(added(fit.rest**2 * signal.power) * (1 + fit.df2 / fit.slack))


def replace_curves(signal: Signal, rows: Array, penalty: Array, generations: Sequence[int], *, same: bool) -> Curves:
    """Return the risk of the fits themselves, as generations of their chains."""
    teachers, fits = replace_teachers(signal, rows, penalty, same=same)
    order = np.array(generations)
    own = np.array([fits[n].allowance for n in generations])
    biases = {id(fit): _bias(signal, fit) for fit in {id(fits[n]): fits[n] for n in generations}.values()}
    bias = np.array([biases[id(fits[n])] for n in generations])
    # on the same inputs n + 1 fits act as one that sees n + 1 noises, taught by the truth
    drift = 0.0 * own if same else teachers.drift[order]
    alone = (penalty[order] == 0) & (rows[order] >= signal.dim + 2)
    return Curves(
        np.array([added(teachers.signal[n + 1]) for n in generations]),
        np.array([added(teachers.noise[n + 1]) for n in generations]),
        np.zeros(own.shape),
        0.005 + drift + own,
        2 * bias * own,
        alone if same else teachers.exact[order + 1],
    )


def accumulate_curves(signal: Signal, rows: Array, generations: Sequence[int]) -> Curves:
    """Return the risk of least squares on all batches so far: `accumulate_risk`. rows: (fits, settings)."""
    so_far, risk, dim = np.zeros(rows.shape[1]), np.zeros(rows.shape[1]), signal.dim
    found = []
    for batch in rows:
        so_far = so_far + batch
        risk = risk + batch / so_far * dim / (so_far - dim - 1)
        found.append(risk)
    by_noise = np.array([found[n] for n in generations])
    nothing = np.zeros(by_noise.shape)
    return Curves(nothing, by_noise, nothing, nothing, nothing, np.ones(by_noise.shape, dtype=bool))


def judged_curves(
    signal: Signal,
    teachers: Teachers,
    place: NDArray[np.int64],
    rows: Array,
    penalty: Array,
    generations: Sequence[int],
) -> Curves:
    """Return the risk of predictors, each taught by the chain in column `place`. rows, penalty: (settings,)."""
    fit = fits_of(signal, rows, penalty)
    parts = []
    for n in generations:
        error, noise, loss = (part[n][:, place] for part in (teachers.signal, teachers.noise, teachers.loss))
        parts.append([added(part) for part in _taught(signal, fit, error, noise, loss, 0.0)])
    by_signal, by_noise = (np.array(part) for part in zip(*parts, strict=True))
    shape = by_signal.shape
    exact = teachers.exact[max(generations)][place] & (penalty == 0) & (rows >= signal.dim + 2)
    return Curves(
        by_signal,
        by_noise,
        np.broadcast_to(fit.noise_factor * fit.df2 / fit.slack, shape),
        0.005 + teachers.drift[np.array(generations)][:, place] + fit.allowance,
        np.broadcast_to(2 * _bias(signal, fit) * fit.allowance, shape),
        np.broadcast_to(exact, shape),
    )
