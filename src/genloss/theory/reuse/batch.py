"""What does theory know of a batch that several fits may train on, and how often does a row enter each fit?"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from genloss.errors import Problem
from genloss.theory.arguments import Array, as_numbers, checked_one, checked_range

__all__ = ["Batch", "Batches", "Entries", "checked_batches", "entries_of"]


@dataclass(frozen=True)
class Batch:
    """Rows drawn once, whose inputs, labels and noise every fit that uses them shares.

    rows: their number, at least 1e-6. weights: omega of each row in each fit's loss, (fits,), >= 0; 0 where a
    fit does not use them. teachers: (fits, fits); entry (g, h), h < g, is the share of fit h in the
    label that fit g sees, the rest is the truth. Labels that are kept have the same row in every fit.
    noise: standard deviation of a noise kept with the label, one number >= 0, or the covariance
    (fits, fits) of the noises that the fits see on one row.
    share: None where each fit uses all rows; else how often a fit uses each row in expectation,
    (fits,), drawn anew for every row and fit. replace: without replacement (False) a row is used
    with this probability, with replacement (True) this often, a Poisson number; one flag or (fits,).
    Without replacement the number of rows used counts as fixed, as where exactly so many are taken: where a coin
    is thrown for every row, risk and allowance hold for the rows that were in fact used.
    """

    rows: float
    weights: ArrayLike
    teachers: ArrayLike
    noise: ArrayLike
    share: ArrayLike | None = None
    replace: ArrayLike = False


@dataclass(frozen=True)
class Batches:
    """All batches as arrays: rows (B,), weights and share (B, K), replace (B, K), teachers and noise (B, K, K)."""

    rows: Array
    weights: Array
    share: Array
    replace: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    teachers: Array
    noise: Array


@dataclass(frozen=True)
class Entries:
    """How one fit uses rows: batch `place` has `rows` rows of weight `weight` > 0 in it; (entries,) each."""

    place: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    rows: Array
    weight: Array


def checked_batches(batches: object) -> Batches:
    """Return the batches as arrays, or say which argument of which batch is wrong."""
    if not isinstance(batches, list | tuple) or not batches or not all(isinstance(b, Batch) for b in batches):
        raise Problem(
            "batches",
            "not a list of genloss.theory.reuse.Batch",
            "give at least one genloss.theory.reuse.Batch",
        )
    fits = as_numbers("batches[0].weights", batches[0].weights, "a weight per row >= 0, one per fit").size
    parts = [_checked(f"batches[{m}]", batch, fits) for m, batch in enumerate(batches)]
    rows, weights, share, replace, teachers, noise = (np.stack(column) for column in zip(*parts, strict=True))
    unused = ~(weights * share > 0).any(axis=0)
    if unused.any():
        raise Problem(
            "batches", f"fit {int(np.argmax(unused))} uses no row", "give it a weight above 0 in at least one batch"
        )
    return Batches(rows, weights, share, replace.astype(bool), teachers, noise)


def _checked(where: str, batch: Batch, fits: int) -> tuple[Array, ...]:
    rows = checked_one(f"{where}.rows", batch.rows, lowest=1e-6, meaning="a number of rows of at least 1e-6")
    weights = checked_range(
        f"{where}.weights", batch.weights, lowest=0, highest=1e12, meaning="a weight per row, 0 to 1e12, one per fit"
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
    share = (
        np.ones(fits) if batch.share is None else as_numbers(f"{where}.share", batch.share, "how often a row is used")
    )
    if share.shape not in ((), (fits,)):
        raise Problem(f"{where}.share", f"shape {share.shape} for {fits} fits", "give one share per fit")
    share, replace = np.broadcast_to(share, (fits,)), np.broadcast_to(replace, (fits,))
    checked_range(f"{where}.share", share, lowest=0, meaning="how often a row is used, >= 0")
    checked_range(f"{where}.share", share[~replace], lowest=0, highest=1, meaning="a probability, or replace=True")
    return np.asarray(rows), weights, share, replace, teachers, _covariance(f"{where}.noise", batch.noise, fits)


def _covariance(where: str, noise: ArrayLike, fits: int) -> Array:
    """Return the covariance of the noises that the fits see on one row."""
    given = as_numbers(where, noise, "a standard deviation >= 0, or a covariance")
    if given.ndim == 0:
        return np.full(
            (fits, fits),
            checked_one(
                where, given, lowest=0, highest=1e100, meaning="a standard deviation, 0 to 1e100, or a covariance"
            )
            ** 2,
        )
    if given.shape != (fits, fits) or not np.all(np.isfinite(given)):
        raise Problem(where, f"shape {given.shape} for {fits} fits", "give a standard deviation, or (fits, fits)")
    low = np.linalg.eigvalsh(given)[0] if np.allclose(given, given.T, rtol=1e-9, atol=0) else -np.inf
    if low < -1e-9 * np.abs(given).max():
        raise Problem(where, "a matrix that is no covariance", "give a symmetric matrix without negative eigenvalues")
    return given


def entries_of(batches: Batches, fit: int) -> Entries:
    """Return how many rows of which weight a fit sees, in expectation.

    Rows drawn with replacement enter k times, with probability exp(-share) share^k / k!.
    """
    place, rows, weight = [], [], []
    for m in np.flatnonzero(batches.weights[:, fit] * batches.share[:, fit]):
        share, omega = batches.share[m, fit], batches.weights[m, fit]
        times, chance = np.ones(1), np.array([share])
        if batches.replace[m, fit]:
            times = np.arange(1.0, np.ceil(share + 12 * np.sqrt(share) + 30))
            chance = np.exp(times * np.log(share) - share - gammaln(times + 1))
        place.append(np.full(times.size, m))
        rows.append(batches.rows[m] * chance)
        weight.append(omega * times)
    return Entries(np.concatenate(place), np.concatenate(rows), np.concatenate(weight))
