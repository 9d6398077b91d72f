"""How much do many chains of ridge fits lose under replace, each generation labeled by the one before?

The recursion of theory/ridge/replace.py, for settings in columns (theory/ridge/columns.py). It is linear in the squares
of noises, so the part of the signal and what one unit of noise adds are followed, and noises are left open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genloss.theory.arguments import Array
from genloss.theory.ridge.columns import Curves, Fits, Flags, Signal, added, fits_of

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
    listed = []
    for m in range(count):
        fit = fits_of(signal, rows[m], penalty[m])
        teacher, noises = (0, m + 1) if same else (m, 1)
        seen = added(fit.rest**2 * (known.signal[teacher] + (1 - 2 * known.loss[teacher]) * signal.power)) / fit.slack
        heard = (noises * fit.noise_factor + added(fit.rest**2 * known.noise[teacher])) / fit.slack
        square, loss = fit.shrink**2, known.loss[teacher]
        own = fit.rest * (2 * fit.shrink * loss + fit.rest) * signal.power
        known.signal[m + 1] = square * (known.signal[teacher] + signal.multiplicity * seen) + own
        known.noise[m + 1] = square * (known.noise[teacher] + signal.multiplicity * heard)
        known.loss[m + 1] = fit.rest + fit.shrink * loss
        known.drift[m + 1] = known.drift[teacher] + fit.allowance
        known.exact[m + 1] = known.exact[m] & (penalty[m] == 0) & (rows[m] >= signal.dim + 2)
        listed.append(fit)
    return known, listed


def replace_curves(signal: Signal, rows: Array, penalty: Array, generations: Sequence[int], *, same: bool) -> Curves:
    """Return the risk of the fits themselves, as generations of their chains."""
    teachers, fits = replace_teachers(signal, rows, penalty, same=same)
    order = np.array(generations)
    own = np.array([fits[n].allowance for n in generations])
    bias = np.array([fits[n].bias for n in generations])
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
    signal: Signal, teachers: Teachers, place: Array, rows: Array, penalty: Array, generations: Sequence[int]
) -> Curves:
    """Return the risk of predictors, each taught by the chain in column `place`. rows, penalty: (settings,)."""
    fit = fits_of(signal, rows, penalty)
    square, slack = fit.shrink**2, fit.slack
    parts = []
    for n in generations:
        error, noise, loss = (part[n][:, place] for part in (teachers.signal, teachers.noise, teachers.loss))
        seen = added(fit.rest**2 * (error + (1 - 2 * loss) * signal.power)) / slack
        heard = added(fit.rest**2 * noise) / slack
        own = fit.rest * (2 * fit.shrink * loss + fit.rest) * signal.power
        parts.append(
            (
                added(square * (error + signal.multiplicity * seen) + own),
                added(square * (noise + signal.multiplicity * heard)),
            )
        )
    by_signal, by_noise = (np.array(part) for part in zip(*parts, strict=True))
    shape = by_signal.shape
    exact = teachers.exact[max(generations)][place] & (penalty == 0) & (rows >= signal.dim + 2)
    return Curves(
        by_signal,
        by_noise,
        np.broadcast_to(fit.noise_factor * fit.df2 / slack, shape),
        0.005 + teachers.drift[np.array(generations)][:, place] + fit.allowance,
        np.broadcast_to(2 * fit.bias * fit.allowance, shape),
        np.broadcast_to(exact, shape),
    )
