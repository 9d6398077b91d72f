"""How good must a verifier be, so that checking synthetic labels pays? From real rows, by theory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from genloss.advise.forecasts.rows_given import rows_given
from genloss.advise.verifiers.answer import Compared, VerifierNeeded
from genloss.advise.verifiers.asked import SAME, NoCheck, beyond_theory, keeps_all, no_check, share_of
from genloss.errors import Problem, is_from, shown
from genloss.populations.tables import TableRows
from genloss.theory.arguments import Array
from genloss.theory.filters.loops import LeastSquaresLoop
from genloss.theory.filters.rule import Keep
from genloss.theory.filters.verifier import break_even, filtered_risk

_MOST = 500  # generations


def verifier_needed(
    X: Any,
    y: ArrayLike,
    *,
    within: float | None = None,
    share: float | str | None = None,
    generations: int = 10,
    missing: str = "refuse",
) -> VerifierNeeded:
    """Say how far off a verifier may be, so that checking synthetic labels pays.

    X, y: real rows and labels, as `genloss.forecast` takes them. Generation 0 is least squares on them; each later
    generation on as many new rows, labeled by the one before, of which a verifier keeps those whose label is
    within so many standard deviations of the label noise of its own guess (default 1), or the nearest share of them,
    0.5 or "50%". generations: the last one, from 1 to 500. missing: as `genloss.forecast` has it.

    Returns the largest error of the verifier at which the checked loop loses no more than an unchecked one, and at
    which it loses no more than the fit to the real rows, as a root mean square over inputs.
    Status: asymptotic, of `theory.filters.verifier.break_even`: inputs as if they were Gaussian; the noise is that of
    the residuals. Labels of two values get the answer and a caution. Errors: `Problem` for rows and labels that
    `genloss.forecast` refuses, fewer rows than coefficients + 2, a check that keeps nearly every row or too few.

    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(400, 10))
    >>> found = verifier_needed(X, X.sum(axis=1) + rng.normal(0, 0.5, 400), generations=8)
    >>> round(found.unchecked.value, 2), round(found.real.value, 2)
    (0.49, 0.12)
    """
    given = rows_given(
        "least_squares", X, y, held_out=None, weights=None, exposure=None, id=None, categories=(), levels=50,
        decimal=None, thousands=None, strip=(), missing=missing, keep=(),
    )  # fmt: skip
    seen = given.seen("least_squares", above=None, held_out=None, seed=0)
    assert seen.labels is not None
    return of_rows(
        seen.shown, seen.labels, seen.target, within=within, share=share, generations=generations, classes=words_in(y)
    )


def words_in(y: ArrayLike) -> tuple[str, ...]:
    """Return the different labels, in order, where they are no numbers."""
    labels = np.asarray(y)
    return () if labels.dtype.kind in "iufc" else tuple(sorted({str(each) for each in labels.ravel().tolist()}))


def of_table(
    read: TableRows, *, within: float | None = None, share: float | str | None = None, generations: int = 10
) -> VerifierNeeded:
    """Return what `verifier_needed` does for the rows of a file."""
    for name, given in (("id", read.entities), ("exposure", read.exposure)):
        if given is not None:
            found = "the theory draws rows one by one" if name == "id" else "least squares has none"
            raise Problem(name, f"is given, and {found}", f"leave {name} out")
    return of_rows(
        read.inputs, read.target, read.target_name, within=within, share=share, generations=generations,
        classes=read.classes,
    )  # fmt: skip


def of_rows(
    inputs: Array,
    labels: Array,
    target: str,
    *,
    within: float | None,
    share: float | str | None,
    generations: int,
    classes: Sequence[str] = (),
) -> VerifierNeeded:
    """Return what `verifier_needed` does; inputs (rows, features), labels (rows,).

    classes: what the labels 0 and 1 stand for, where they were words.
    """
    if within is not None and share is not None:
        raise Problem("share", "is given with within", "give one of the two")
    if isinstance(generations, bool) or not is_from(generations, 1, _MOST) or generations != int(generations):
        raise Problem("generations", shown(generations), f"give a whole number from 1 to {_MOST}")
    rows, dim, noise = fitted(inputs, labels)
    within = 1.0 if within is None and share is None else within
    keep = Keep(within=within, share=share_of(share))
    if keeps_all(keep, rows):
        raise no_check(keep, rows)
    try:
        found = answered(rows, dim, noise, target, keep, int(generations))
    except NoCheck:
        raise
    except Problem as problem:
        raise beyond_theory(problem, keep, rows, dim, int(generations)) from problem
    values = np.unique(labels)
    named = len(classes) == 2 and values.tolist() == [0, 1]
    words = tuple(classes) if named else tuple(f"{value:g}" for value in values)
    return replace(found, two_labels=words if values.size == 2 else ())


def answered(rows: int, dim: int, noise: float, target: str, keep: Keep, generations: int) -> VerifierNeeded:
    """Return the answer for a least squares fit."""
    loop = LeastSquaresLoop(dim, rows=rows, noise=1.0)  # all errors in standard deviations of the noise
    every = np.arange(generations + 1)
    first = filtered_risk(loop, replace(keep, by="first"), generation=every).total
    real = float(first[0])
    if first[-1] > (1 - SAME) * real * (1 + generations):
        raise no_check(keep, rows)
    return VerifierNeeded(
        rows=rows,
        coefficients=dim,
        noise=noise,
        target=target,
        within=keep.within,
        share=keep.share,
        generations=generations,
        unchecked=compared(loop, keep, "unchecked", generations),
        real=compared(loop, keep, "real", generations),
        first_fit=float(np.sqrt(real)),
        risks=tuple((real * (1 + g), float(at)) for g, at in zip(every.tolist(), first.tolist(), strict=True)),
    )


def compared(loop: LeastSquaresLoop, keep: Keep, against: str, last: int) -> Compared:
    """Return the break-even error of a loop and the risks by generation of a verifier that has it."""
    found = break_even(loop, keep, against=against, generation=last)
    value = found.value if np.isfinite(found.value) else 0.0
    risk = filtered_risk(loop, keep, generation=np.arange(last + 1), error=value).total
    return Compared(found.value, found.perfect, found.compared, tuple(risk.tolist()))


def fitted(inputs: Array, labels: Array) -> tuple[int, int, float]:
    """Return rows, coefficients (the intercept among them) and the standard deviation of the residuals."""
    if labels.min(initial=np.inf) == labels.max(initial=-np.inf):
        raise Problem("y", f"{labels[0]:g} in every row", "give labels that vary")
    design = np.column_stack([np.ones(len(inputs)), inputs])
    found, _, rank, _ = np.linalg.lstsq(design, labels, rcond=None)
    rows = len(labels)
    if rows < rank + 2:
        found_ = f"{rows} rows for {rank} coefficients"
        raise Problem("X", found_, f"give at least {rank + 2} rows, or fewer columns")
    noise = float(np.sqrt(np.square(labels - design @ found).sum() / (rows - rank)))
    if noise <= 1e-9 * float(np.std(labels)) or noise == 0:
        raise Problem(
            "y", "the inputs give it exactly, so that no label is far from any guess", "give labels with noise"
        )
    return rows, int(rank), noise
