"""How many rows does a named conjugate prior stand for, and of which mean?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_one, checked_range, guarded

__all__ = ["PseudoRows", "pseudo_rows"]

_PRIORS = ("normal", "inverse_gamma", "gamma", "beta", "dirichlet")


@dataclass(frozen=True)
class PseudoRows:
    """A prior as rows. rows: how many, >= 0. mean: theirs, a number or one for each category."""

    rows: float
    mean: float | Array


@guarded
def pseudo_rows(prior: str, parameters: ArrayLike, *, estimate: str = "mode", deviation: float = 1.0) -> PseudoRows:
    r"""Return the rows that a named conjugate prior stands for, and their mean.

    ==================  =====================  ==================  =================  ==================================
    prior               of                     mode: rows, mean    mean: rows, mean   parameters
    ==================  =====================  ==================  =================  ==================================
    "normal"            a normal mean          s^2/t^2, m0         s^2/t^2, m0        m0, t; `deviation` s of a row
    "inverse_gamma"     a normal variance      2(a+1), b/(a+1)     2(a-1), b/(a-1)    a, b
    "gamma"             a Poisson mean         b, (a-1)/b          b, a/b             a, b (a rate)
    "beta"              a Bernoulli mean       a+b-2, (a-1)/rows   a+b, a/(a+b)       a, b
    "dirichlet"         shares of categories   sum (a-1), (a-1)/.  sum a, a/sum a     a list of concentrations
    ==================  =====================  ==================  =================  ==================================

    parameters: in this order, (2,), or concentrations (K,). estimate: the "mode" of the posterior in this parameter, or
    its "mean". A prior that is flat stands for no rows.
    Errors: `Problem` where the mode or mean does not exist inside the family for every data set (a beta prior with a
    parameter below 1 has none).
    Status: exact. Source: conjugate families, as in any textbook; derived in docs/theory/priors.md. Checked by
    tests/unit/test_priors.py (the posterior's maximum and mean on a grid).

    >>> pseudo_rows("beta", [3.0, 2.0])
    PseudoRows(rows=3.0, mean=0.6666666666666666)
    """
    if estimate not in ("mode", "mean"):
        raise Problem("estimate", f"{estimate!r}", "give mode or mean")
    if prior not in _PRIORS:
        raise Problem("prior", f"{prior!r}", f"give one of {', '.join(_PRIORS)}")
    lowest = -np.inf if prior == "normal" else 0.0
    given = np.atleast_1d(checked_range("parameters", parameters, lowest=lowest, meaning="the prior's parameters"))
    mode = estimate == "mode"
    if prior == "dirichlet":
        return _of_shares(given, mode=mode)
    if given.shape != (2,):
        raise Problem("parameters", f"{prior} with shape {given.shape}", "give two numbers")
    one, two = given.tolist()
    if prior == "beta":
        shares = _of_shares(given, mode=mode)
        return PseudoRows(shares.rows, float(np.asarray(shares.mean)[0]))
    if two <= 0:
        raise Problem("parameters", f"a second one of {two:g}", "give a number > 0")
    if prior == "normal":
        spread = checked_one("deviation", deviation, lowest=0, meaning="the standard deviation of a row, > 0")
        if spread == 0:
            raise Problem("deviation", "0: one row would tell the mean exactly", "give a number > 0")
        return PseudoRows((spread / two) ** 2, one)
    if prior == "gamma":
        least = 1.0 if mode else 0.0
        return _inside(two, (one - least) / two, one - least)
    shape = one + 1 if mode else one - 1
    return _inside(2 * shape, two / shape if shape else 0.0, shape)


def _of_shares(concentrations: Array, *, mode: bool) -> PseudoRows:
    counts = concentrations - (1.0 if mode else 0.0)
    if counts.ndim != 1 or counts.size < 2 or np.any(counts < 0) or np.any(concentrations <= 0):
        mend = "give numbers >= 1 for a mode" if mode else "give two numbers > 0, or more"
        raise Problem("prior", f"concentrations {concentrations.tolist()}", mend)
    total = float(counts.sum())
    return PseudoRows(total, counts / total if total else np.full(counts.size, 1 / counts.size))


def _inside(rows: float, mean: float, least: float) -> PseudoRows:
    if not least >= 0 or rows <= 0:
        raise Problem("prior", "no such estimate for few rows", "give a larger first parameter")
    return PseudoRows(rows, mean)


def __dir__() -> list[str]:
    return sorted(__all__)
