"""What does theory know of a batch that several fits may train on, and how often does a row enter each fit?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.theory.arguments import Array, as_numbers, checked_one, checked_range

__all__ = ["Batches", "Entries", "SharedRows", "checked_batches", "entries_of"]


@dataclass(frozen=True)
class SharedRows:
    """Rows drawn once, whose inputs, labels and noise every fit that uses them shares.

    rows: their number, at least 1e-6. weights: omega of each row in each fit's loss, (fits,), >= 0; 0 where a
    fit does not use them. teachers: (fits, fits); entry (g, h), h < g, is the share of fit h in the
    label that fit g sees, the rest is the truth. Labels that are kept have the same row in every fit.
    noise: standard deviation of a noise kept with the label, the same for every fit, one number >= 0.
    sampled: None where each fit uses all rows; else how often a fit uses each row in expectation,
    (fits,), drawn anew for every row and fit. replace: without replacement (False) a row is used
    with this probability, with replacement (True) this often, a Poisson number; one flag or (fits,).
    Without replacement the number of rows used counts as fixed, as where exactly so many are taken: where a coin
    is thrown for every row, risk and allowance hold for the rows that were in fact used.
    noise_covariance: None, or the covariance (fits, fits) of further noises that the fits see on one row.
    """

    rows: float
    weights: ArrayLike
    teachers: ArrayLike
    noise: float
    sampled: ArrayLike | None = None
    replace: ArrayLike = False
    noise_covariance: ArrayLike | None = None


@dataclass(frozen=True)
class Batches:
    """All batches as arrays, B of them for K fits."""

    rows: Array  # (B,)
    weights: Array  # (B, K)
    sampled: Array  # (B, K)
    replace: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]  # (B, K)
    teachers: Array  # (B, K, K)
    noise_covariance: Array  # (B, K, K), by the noise and the covariance of a batch


@dataclass(frozen=True)
class Entries:
    """How one fit uses rows: batch `place` has `rows` rows of weight `weight` > 0 in it; (entries,) each."""

    place: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    rows: Array
    weight: Array


def checked_batches(batches: object) -> Batches:
    """Return the batches as arrays, or say which argument of which batch is wrong."""
    if not isinstance(batches, list | tuple) or not batches or not all(isinstance(b, SharedRows) for b in batches):
        raise Problem(
            "batches",
            "not a list of genloss.theory.reuse.SharedRows",
            "give at least one genloss.theory.reuse.SharedRows",
        )
    fits = as_numbers("batches[0].weights", batches[0].weights, "a weight per row >= 0, one per fit").size
    parts = [_checked(f"batches[{m}]", batch, fits) for m, batch in enumerate(batches)]
    rows, weights, sampled, replace, teachers, noise = (np.stack(column) for column in zip(*parts, strict=True))
    unused = ~(weights * sampled > 0).any(axis=0)
    if unused.any():
        raise Problem(
            "batches", f"fit {int(np.argmax(unused))} uses no row", "give it a weight above 0 in at least one batch"
        )
    return Batches(rows, weights, sampled, replace.astype(bool), teachers, noise)


def _checked(where: str, batch: SharedRows, fits: int) -> tuple[Array, ...]:
    rows = checked_one(f"{where}.rows", batch.rows, lowest=1e-6, meaning="a number of rows of at least 1e-6")
    weights = checked_range(
        f"{where}.weights",
        batch.weights,
        lowest=0,
        highest=1e12,
        smallest=0.0,
        meaning="a weight per row, 0 to 1e12, one per fit",
    )
    if weights.shape != (fits,):
        raise Problem(
            f"{where}.weights",
            f"shape {weights.shape} for {fits} fits, as batches[0].weights has it",
            "give one weight per fit",
        )
    teachers = checked_range(f"{where}.teachers", batch.teachers, lowest=-1e6, highest=1e6, meaning="shares of fits")
    if teachers.shape != (fits, fits) or np.any(np.triu(teachers)):
        found = f"shape {teachers.shape} for {fits} fits"
        if teachers.shape == (fits, fits):
            g, h = (int(i[0]) for i in np.nonzero(np.triu(teachers)))
            found = f"fit {g} would see labels of fit {h}, which is not fitted yet"
        raise Problem(
            f"{where}.teachers",
            found,
            "give a strictly lower triangular matrix: row g holds the shares of fits 0..g-1",
        )
    replace = np.asarray(batch.replace)
    if replace.dtype != bool or replace.shape not in ((), (fits,)):
        raise Problem(
            f"{where}.replace", f"{batch.replace!r:.60}", f"give True or False, or one of them per fit ({fits})"
        )
    sampled, often = np.ones(fits), "how often a row is used"
    if batch.sampled is not None:
        sampled = as_numbers(f"{where}.sampled", batch.sampled, often)
    if sampled.shape not in ((), (fits,)):
        raise Problem(f"{where}.sampled", f"shape {sampled.shape} for {fits} fits", "give one number per fit")
    sampled, replace = np.broadcast_to(sampled, (fits,)), np.broadcast_to(replace, (fits,))
    checked_range(f"{where}.sampled", sampled, lowest=0, meaning=f"{often}, >= 0")
    checked_range(f"{where}.sampled", sampled[~replace], lowest=0, highest=1, meaning="a probability, or replace=True")
    noise = checked_one(f"{where}.noise", batch.noise, lowest=0, highest=1e100, meaning="a standard deviation >= 0")
    covariance = np.full((fits, fits), noise**2)
    if batch.noise_covariance is not None:
        covariance = covariance + _covariance(f"{where}.noise_covariance", batch.noise_covariance, fits)
    return np.asarray(rows), weights, sampled, replace, teachers, covariance


def _covariance(where: str, covariance: ArrayLike, fits: int) -> Array:
    """Return the covariance of the noises that the fits see on one row."""
    given = as_numbers(where, covariance, "a covariance")
    if given.shape != (fits, fits) or not np.all(np.isfinite(given)):
        raise Problem(where, f"shape {given.shape} for {fits} fits", "give one row and column per fit, (fits, fits)")
    low = np.linalg.eigvalsh(given)[0] if np.allclose(given, given.T, rtol=1e-9, atol=0) else -np.inf
    if low < -1e-9 * np.abs(given).max():
        raise Problem(
            where, "a matrix that is not a covariance", "give a symmetric matrix without negative eigenvalues"
        )
    return given


def entries_of(batches: Batches, fit: int) -> Entries:
    """Return how many rows of which weight a fit sees, in expectation.

    Rows drawn with replacement enter k times, with probability exp(-s) s^k / k!, s the mean number.
    """
    place, rows, weight = [], [], []
    for m in np.flatnonzero(batches.weights[:, fit] * batches.sampled[:, fit]):
        sampled, omega = batches.sampled[m, fit], batches.weights[m, fit]
        times, chance = np.ones(1), np.array([sampled])
        if batches.replace[m, fit]:
            from scipy.special import gammaln  # loaded where rows are drawn with replacement

            times = np.arange(1.0, np.ceil(sampled + 12 * np.sqrt(sampled) + 30))
            chance = np.exp(times * np.log(sampled) - sampled - gammaln(times + 1))
        place.append(np.full(times.size, m))
        rows.append(batches.rows[m] * chance)
        weight.append(omega * times)
    return Entries(np.concatenate(place), np.concatenate(rows), np.concatenate(weight))
