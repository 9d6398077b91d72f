"""Which workflows need one number a generation? Replace, accumulate, and their sub-sampled forms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genloss.theory.arguments import Array
from genloss.theory.workflows.noise_sources import VarianceFunction
from genloss.workflows import TRUTH, Schedule

__all__ = ["Chain", "as_chain", "chain_covariance", "chain_variances"]


@dataclass(frozen=True)
class Chain:
    """One new batch a generation, of the fit before, joined to a pool that is kept (accumulate) or not (replace).

    rows, scale: (fits,), rows of each batch and the scale of their variance. share: (fits,), the new
    batch's share of the pool's rows. size: (fits,), rows of the pool. take: (fits,), rows drawn of
    it, 0 for all. replace: whether they are drawn with replacement.
    """

    rows: Array
    scale: Array
    share: Array
    size: Array
    take: Array
    replace: bool


def as_chain(schedule: Schedule) -> Chain | None:
    """Return the chain that a schedule is, or None. Time proportional to the generations."""
    fits = len(schedule.train)
    if len(schedule.batches) != fits or any(len(uses) != 1 for uses in schedule.train):
        return None
    uses = [uses[0] for uses in schedule.train]
    kept = fits > 1 and len(uses[1].batches) == 2
    again = uses[-1].replace
    scale = np.ones(fits)
    for g, (use, batch) in enumerate(zip(uses, schedule.batches, strict=True)):
        if batch.birth != g or batch.origin != (g - 1 if g else TRUTH):
            return None
        count = len(use.batches)
        if use.filter is not None or use.factors or use.batches[count - 1] != g or count != (g + 1 if kept else 1):
            return None
        if use.take is not None and use.replace != again:
            return None
        if batch.sampler is not None and g:
            given = batch.sampler.given()
            scale[g] = given.pop("variance_scale", 1.0) * given.pop("sampling_bias", 1.0)
            if given:
                return None
    rows = np.array([float(batch.rows) for batch in schedule.batches])
    size = np.cumsum(rows) if kept else rows
    take = np.array([0.0 if use.take is None else float(use.take) for use in uses])
    if not again:
        take = np.where(take >= size, 0.0, take)
    return Chain(rows, scale, rows / size, size, take, again)


def chain_variances(chain: Chain, function: VarianceFunction, *, limit: bool) -> Array:
    """Return the variance of every fit, (fits,)."""
    pooled, own = _moments(chain, function, limit=limit)
    return pooled + own


def chain_covariance(chain: Chain, function: VarianceFunction, *, limit: bool) -> Array:
    r"""Return the covariance of all fits, (fits, fits).

    With p the mean of the pool, u the noise of sub-sampling it, f the new batch's share and e its
    noise, fit g is p_g + u_g and p_g = p_{g-1} + f_g (u_{g-1} + e_g): what comes later keeps p_g whole
    and u_g by its share, so Cov(g, h) = Var p_g + f_{g+1} Var u_g for every h > g.
    """
    pooled, own = _moments(chain, function, limit=limit)
    later = pooled + np.append(chain.share[1:], 0.0) * own
    size = pooled.size
    result = np.empty((size, size))
    for g in range(size):
        result[g, g] = pooled[g] + own[g]
        result[g, g + 1 :] = later[g]
        result[g, :g] = later[:g]
    return result


def _moments(chain: Chain, function: VarianceFunction, *, limit: bool) -> tuple[Array, Array]:
    """Return Var p and Var u of every generation."""
    curvature = 0.0 if limit else function.curvature
    start = function.variance
    if not chain.take.any():
        square = chain.share**2 * chain.scale / chain.rows
        if curvature == 0:
            return np.cumsum(start * square), np.zeros_like(square)
        # V(m) of the newest fit is multiplied by 1 + curvature x square, which may end at 0
        if np.all(1 + curvature * square > 0):
            grown = np.expm1(np.cumsum(np.log1p(curvature * square)))
        else:
            grown = np.cumprod(1 + curvature * square) - 1
        return start * grown / curvature, np.zeros_like(square)
    return _sampled(chain, start, curvature, limit=limit)


def _sampled(chain: Chain, start: float, curvature: float, *, limit: bool) -> tuple[Array, Array]:
    """Generation by generation: the noise of sub-sampling depends on how the pool's rows scatter."""
    count = chain.rows.size
    pooled, own = np.zeros(count), np.zeros(count)
    mean, sampled, squares, scales = 0.0, 0.0, 0.0, 0.0
    columns = (chain.rows, chain.scale, chain.share, chain.size, chain.take)
    for g, (rows, scale, share, size, take) in enumerate(zip(*(column.tolist() for column in columns), strict=True)):
        before = mean + sampled
        noise_variance = scale * (start + curvature * before) / rows
        mean += share**2 * (sampled + noise_variance)
        squares += share * (before + rows * noise_variance - squares)  # E of the mean square of the pool's rows
        scales += share * (scale - scales)
        scatter = start * scales if limit else squares - mean
        left = 1.0 if chain.replace else 1.0 - take / size
        if not (limit or chain.replace):
            left *= size / max(size - 1.0, 1.0)
        sampled = left * scatter / take if take else 0.0
        pooled[g], own[g] = mean, sampled
    return pooled, own
