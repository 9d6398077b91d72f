"""Where does a regression go when each generation is refitted to rows that a verifier kept?

A row is y = x.w + noise, D = w less the verifier's guess, and it is judged by r = x.D + noise, which is normal with
variance sigma^2 (1 + delta^2), delta^2 = D'SD / sigma^2. Let M = E(r^2 | kept) / E r^2. For Gaussian inputs and any
rule that looks at r alone, kept rows have

    E(xx') = S - (1 - M) S D D' S / (sigma^2 (1 + delta^2)),   E(x r) = M S D:

they look like rows of the guess + R D, R = M (1 + delta^2) / (1 + delta^2 M), with label noise R sigma^2, along whose D
the inputs vary less. The fit to them follows from the deterministic equivalents of plain rows, by the formula for a
change of rank one. A loop is followed by the mean of its fits, in units of the truth and of the verifier's error, and
by their covariances. Derivation: docs/theory/verifier.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from genloss.errors import Problem
from genloss.theory.arguments import Array
from genloss.theory.filters.counts import LIKELY, SURE, inverse_rows, refuse_few
from genloss.theory.filters.directions import Directions, Fit
from genloss.theory.filters.kept_rows import KeptRows, kept_rows
from genloss.theory.filters.positions import Point, still_needed
from genloss.theory.filters.rule import Keep
from genloss.theory.ridge.fit import PlainFit, plain_fit

__all__ = ["regressions"]


def regressions(setting: Directions, keep: Keep) -> Iterator[Point]:
    """Yield generation after generation, without end. What the verifier is, is in the setting and in keep.by."""
    zero = np.zeros(setting.truth.size)
    truth, v = Fit(zero + 1, zero), Fit(zero, zero + 1)
    fit = _plain(setting, setting.rows)
    seen = fit.seen(setting.truth, np.asarray(setting.noise))
    means = [truth.shrunk(fit.shrink)]
    cov = (fit.shrink**2 * seen)[None, None, :]  # of the fits that are still needed, oldest first
    yield _point(setting, means[0], cov[0, 0], 1.0, 0.0)
    while True:
        outside = keep.by == "outside"
        guess = (truth if outside else means[0]).moved(v, 1.0)
        apart = means[-1].moved(guess, -1.0)
        sight = np.eye(len(means))[-1] - (0.0 if outside else np.eye(len(means))[0])
        width = np.einsum("i,j,ijd->d", sight, sight, cov)
        still = np.zeros_like(cov[0]) if outside else cov[0]  # Cov(guess, fit) of each fit
        own, noise = sight @ still, still[0]
        step = _step(setting, keep, _Judged(guess, apart, width, own, noise))
        shrink = step.fit.shrink
        shared = shrink * (still + step.along * np.einsum("i,ijd->jd", sight, cov))
        again = noise + 2 * step.along * own + step.along**2 * width
        means.append(guess.moved(apart, step.along).shrunk(shrink))
        top = np.concatenate([cov, shared[:, None]], axis=1)
        last = np.concatenate([shared, (shrink**2 * (again + step.seen))[None]])[None]
        cov = np.concatenate([top, last])
        left = still_needed(len(means), keep)
        means, cov = [means[i] for i in left], cov[np.ix_(left, left)]
        yield _point(setting, means[-1], cov[-1, -1], step.share, step.offset)


def _point(setting: Directions, mean: Fit, variance: Array, share: float, offset: float) -> Point:
    off = Fit(mean.truth - 1, mean.error)
    bias = float(setting.product(off, off).sum())
    return Point(bias + float(variance.sum()), bias, share, offset)


@dataclass(frozen=True, slots=True)
class _Judged:
    """The fit that labels the rows, and who judges them. guess, apart: means of the guess and of D, the fit less it.

    width, own, noise: variance of D, its covariance with the guess, and the guess's variance, (dim,), times s.
    """

    guess: Fit
    apart: Fit
    width: Array
    own: Array
    noise: Array


@dataclass(frozen=True, slots=True)
class _Step:
    """One fit to kept rows. along: the factor on D in the teacher that it follows. seen: noise in each direction."""

    fit: PlainFit
    along: float
    seen: float
    share: float
    offset: float


def _step(setting: Directions, keep: Keep, judged: _Judged) -> _Step:
    """Fit to the rows that stay."""
    mean_square = setting.product(judged.apart, judged.apart)
    square = mean_square + judged.width
    offset2 = _seen_offset(square, judged.width * (judged.width + 2 * mean_square)) / setting.noise**2
    drawn = setting.rows / keep.share if setting.kept and keep.share is not None else setting.rows
    rows = kept_rows(keep, offset2, drawn)
    fit = _plain(setting, setting.rows if setting.kept else setting.rows * rows.share)
    turned, missed = _missed(setting, judged, square, rows, fit)
    inverse = _inverse(setting, keep, rows, fit)
    seen = (rows.along * setting.noise**2 + missed) * inverse
    return _Step(fit, rows.along - turned, seen, rows.share, float(np.sqrt(offset2)))


def _seen_offset(square: Array, fourth: Array) -> float:
    """Return E |D|^4 / E |D|^2, at which a factor that depends on |D|^2 acts on |D|^2; fourth: Var |D|^2 / 2."""
    total = float(square.sum())
    return total + 2 * float(fourth.sum()) / total if total > 0 else 0.0


def _missed(setting: Directions, judged: _Judged, square: Array, rows: KeptRows, fit: PlainFit) -> tuple[float, float]:
    """Return by how much the fit follows D less, and the variance of what it misses of its teacher, guess + R D.

    With G = (S + kappa)^-1 and S' = S - c SDD'S of kept rows, (S' + kappa)^-1 = G + c GSDD'SG / (1 - c D'SGSD).
    """
    with_guess = setting.product(judged.apart, judged.guess) + judged.own
    taught = with_guess + rows.along * square  # of D and the teacher
    c = rows.narrowed / setting.noise**2
    unlearned, followed = float((fit.rest * taught).sum()), float((fit.shrink * square).sum())
    turned = c * unlearned / (1 - c * followed)
    teacher = setting.product(judged.guess, judged.guess) + judged.noise + rows.along * (with_guess + taught)
    missed = fit.rest**2 * teacher + 2 * turned * fit.rest * fit.shrink * taught + (turned * fit.shrink) ** 2 * square
    return turned, float(missed.sum()) - c * (unlearned + turned * followed) ** 2


def _inverse(setting: Directions, keep: Keep, rows: KeptRows, fit: PlainFit) -> float:
    """Return what a unit of residual variance does to each direction."""
    dim, share = setting.nodes.dim, 1.0 if setting.kept else rows.share
    fixed = setting.kept or keep.share is not None
    lost = dim + 1 if setting.penalty == 0 else float(fit.df2)
    refuse_few(setting.rows, share, lost=lost, fixed=fixed, spare=LIKELY if setting.penalty > 0 else SURE)
    if setting.penalty > 0:
        return float(1 / fit.slack)
    plain = float(inverse_rows(setting.rows, np.asarray(share), lost=lost, fixed=fixed))
    return plain * (1 + (rows.parallel - 1) / dim)


def _plain(setting: Directions, rows: float) -> PlainFit:
    """Return the equivalent of a fit; least squares on fewer rows than features, of which few are kept, is refused."""
    least = 1.0 if setting.penalty > 0 else setting.nodes.dim + 2
    if rows < least:
        found = f"about {rows:.3g} rows for {setting.nodes.dim:g} features"
        raise Problem("rows", found, "draw more rows, keep more of them, or give a penalty")
    return plain_fit(setting.nodes, np.asarray(rows), np.asarray(setting.penalty), finite_size=True, name="rows")
