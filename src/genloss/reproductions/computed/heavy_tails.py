"""A memorizer of tokens with a heavy tail: at which power of the rows does its error fall, and what cuts that short?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import zeta

from genloss.reproductions.computed.part import Array, Draw, Part, Theory
from genloss.theory import tails


def parts(settings: Mapping[str, Any]) -> list[Part]:
    """Return parts by rows, for real rows, for a generator that keeps the most frequent tokens alone, and for others.

    settings: exponent, rows, drawn_to (more rows than that are predicted and not drawn), cut and cuts (tokens kept),
    real_share (of a mixture with rows of the generator), first_rows (that an empirical generator has seen).
    """
    b, listed, most = settings["exponent"], settings["rows"], settings["drawn_to"]
    cut, share, first = settings["cut"], settings["real_share"], settings["first_rows"]
    found = []
    for rows in listed:
        cases: dict[str, tuple[float, Draw]] = {
            "real rows": (float(tails.zipf_error(b, rows=rows)), partial(_real, b, rows)),
            "cut": (float(tails.cut_error(b, rows=rows, cut=cut)), partial(_mixed, b, rows, cut, 0.0)),
            "mixed": (
                float(tails.mixed_error(b, rows=rows, cut=cut, real_share=share)),
                partial(_mixed, b, rows, cut, share),
            ),
            "empirical generator": (
                float(tails.two_stage_error(b, first_rows=first, rows=rows)),
                partial(_resampled, b, first, rows),
            ),
        }
        for case, (value, draw) in cases.items():
            theory = {0: Theory(value, "asymptotic", "tails", _ALLOWED * value)}
            found.append(Part(case, (0,), {"rows": rows}, draw if rows <= most else None, theory=theory))
    ends = [
        Part("plateau", (0,), {"cut": k}, theory={0: Theory(float(tails.tail_mass(b, cut=k)), "exact", "tail_mass")})
        for k in settings["cuts"]
    ]
    return [*found, *ends]


_ALLOWED = 0.01
"""Of a value: more than the formulas' own allowances from 1,000 rows and 100 tokens on."""


def _missed(tokens: NDArray[Any], b: float) -> float:
    """Return the probability of what was not seen."""
    return float(1 - (np.unique(tokens).astype(float) ** -b).sum() / zeta(b))


def _real(b: float, rows: int, rng: np.random.Generator, replicates: int) -> Array:
    return np.array([[_missed(rng.zipf(b, rows), b) for _ in range(replicates)]])


def _mixed(b: float, rows: int, cut: int, share: float, rng: np.random.Generator, replicates: int) -> Array:
    """Rows of which a share is real, the others from the law of the most frequent tokens alone."""
    ends = np.cumsum(np.arange(1, cut + 1) ** -b)
    found = []
    for _ in range(replicates):
        real = rng.binomial(rows, share)
        kept = 1 + np.searchsorted(ends, ends[-1] * rng.random(rows - real))
        found.append(_missed(np.concatenate([rng.zipf(b, real), kept]), b))
    return np.array([found])


def _resampled(b: float, first: int, rows: int, rng: np.random.Generator, replicates: int) -> Array:
    """Rows drawn from rows that a generator has seen."""
    return np.array([[_missed(rng.choice(rng.zipf(b, first), rows), b) for _ in range(replicates)]])
