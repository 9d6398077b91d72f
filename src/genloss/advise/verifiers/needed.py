"""How good must a verifier be, so that checking synthetic labels pays? From real rows, by theory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from genloss.advise.forecasts.rows_given import rows_given
from genloss.advise.verifiers.answer import Compared, VerifierNeeded
from genloss.errors import Problem, is_from, shown
from genloss.populations.tables import TableRows
from genloss.theory.arguments import Array
from genloss.theory.filters.loops import LeastSquaresLoop
from genloss.theory.filters.rule import Keep
from genloss.theory.filters.verifier import break_even, filtered_risk

_MOST = 500  # generations


def verifier_needed(
    X: Any, y: ArrayLike, *, within: float | None = None, share: float | None = None, generations: int = 10
) -> VerifierNeeded:
    """Say how far off a verifier may be, so that checking synthetic labels pays.

    X, y: real rows and labels, as `genloss.forecast` takes them. Generation 0 is least squares on them; each later
    generation on as many new rows, labeled by the one before, of which a verifier keeps those whose label is
    within so many standard deviations of the label noise of its own guess (default 1), or the nearest share of them.
    generations: the last one, from 1 to 500.

    Returns the largest error of the verifier at which the checked loop loses no more than an unchecked one, and at
    which it loses no more than the fit to the real rows, as a root mean square over inputs.
    Status: asymptotic, of `theory.filters.verifier.break_even`: inputs as if they were Gaussian; the noise is that of
    the residuals. Errors: `Problem` for fewer rows than coefficients + 2, and labels that the inputs give exactly.

    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(400, 10))
    >>> found = verifier_needed(X, X.sum(axis=1) + rng.normal(0, 0.5, 400), generations=8)
    >>> round(found.unchecked.value, 2), round(found.real.value, 2)
    (0.49, 0.13)
    """
    given = rows_given(
        "least_squares", X, y, held_out=None, weights=None, exposure=None, id=None, categories=(), levels=50,
        decimal=None, thousands=None, strip=(), missing="refuse", keep=(),
    )  # fmt: skip
    target = str(getattr(y, "name", None) or "the label")
    inputs, labels = np.asarray(given.given.X, dtype=float), np.asarray(given.given.y, dtype=float)
    return of_rows(inputs, labels, target, within=within, share=share, generations=generations)


def of_table(
    read: TableRows, *, within: float | None = None, share: float | None = None, generations: int = 10
) -> VerifierNeeded:
    """Return what `verifier_needed` does for the rows of a file."""
    for name, given in (("id", read.entities), ("exposure", read.exposure)):
        if given is not None:
            found = "the theory draws rows one by one" if name == "id" else "least squares has none"
            raise Problem(name, f"is given, and {found}", f"leave {name} out")
    return of_rows(read.inputs, read.target, read.target_name, within=within, share=share, generations=generations)


def of_rows(
    inputs: Array, labels: Array, target: str, *, within: float | None, share: float | None, generations: int
) -> VerifierNeeded:
    """Return what `verifier_needed` does; inputs (rows, features), labels (rows,)."""
    if within is not None and share is not None:
        raise Problem("share", "is given with within", "give one of the two")
    if isinstance(generations, bool) or not is_from(generations, 1, _MOST) or generations != int(generations):
        raise Problem("generations", shown(generations), f"give a whole number from 1 to {_MOST}")
    rows, dim, noise = fitted(inputs, labels)
    within = 1.0 if within is None and share is None else within
    keep = Keep(within=within, share=share)
    try:
        return answered(rows, dim, noise, target, keep, int(generations))
    except Problem as problem:
        what = "within" if share is None else "share"
        raise Problem(what, f"theory cannot tell: {problem.found}", "give a larger number, or more rows") from problem


def answered(rows: int, dim: int, noise: float, target: str, keep: Keep, generations: int) -> VerifierNeeded:
    """Return the answer for a least squares fit."""
    loop = LeastSquaresLoop(dim, rows=rows, noise=1.0)  # all errors in standard deviations of the noise
    every = np.arange(generations + 1)
    first = filtered_risk(loop, replace(keep, by="first"), generation=every).total
    real = float(first[0])
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
