"""The covariance of fits under any workflow, row by row: slow, obvious, and without the fast side's ideas.

Every row and every fit is a variable; the table of their second moments about the truth grows by one
variable at a time. Subsamples enter through the chance that a row, or a pair of rows, is taken, where
the fast side adds the noise of sampling to the mean of the pool.
"""

import numpy as np

from genloss.workflows import TRUTH


def second_moments(schedule, *, variance, curvature=0.0, slope=0.0, truth=0.0):
    """Return the covariance (fits, fits) and the drift (fits,) of the fits of a schedule."""
    moments, means, fits, rows_of = np.zeros((0, 0)), np.zeros(0), [], {}

    def grow(cross, own, mean):
        nonlocal moments, means
        moments = np.block([[moments, cross[:, None]], [cross[None, :], np.array([[own]])]])
        means = np.append(means, mean)
        return means.size - 1

    for g, uses in enumerate(schedule.train):
        for position in schedule.born[g]:
            rows_of[position] = [
                grow(*_row(schedule.batches[position], fits, moments, means, (variance, curvature, slope, truth)))
                for _ in range(schedule.batches[position].rows)
            ]
        fits.append(grow(*_fit(schedule, g, uses, rows_of, moments, means)))
    chosen = np.array(fits)
    return moments[np.ix_(chosen, chosen)] - np.outer(means[chosen], means[chosen]), means[chosen]


def _row(batch, fits, moments, means, family):
    """One new row: its moments with every earlier variable, with itself, and its mean."""
    variance, curvature, slope, truth = family
    cross, own, mean = np.zeros(means.size), 0.0, 0.0
    given = batch.sampler.given() if batch.sampler is not None else {}
    gain, shift = given.get("gain", 1.0), given.get("shift", 0.0)
    scale = given.get("variance_scale", 1.0) * given.get("sampling_bias", 1.0)
    for origin, chance in batch.origins:
        if origin == TRUTH:
            own += chance * variance
            continue
        f = fits[origin]
        offset = shift + (gain - 1) * truth
        cross += chance * (gain * moments[f] + offset * means)
        mean += chance * (gain * means[f] + offset)
        own += chance * (gain**2 * moments[f, f] + 2 * gain * offset * means[f] + offset**2)
        own += chance * scale * (variance + slope * means[f] + curvature * moments[f, f])
    return cross, own, mean


def _fit(schedule, g, uses, rows_of, moments, means):
    """One new fit, a weighted mean of rows taken at random: E of weight, and of weight x weight, of every pair."""
    taken = np.zeros((len(uses), means.size))  # expected weight of each row in each term
    together = np.zeros_like(moments)  # expected product of the weights of two rows
    counts = schedule.rows_used(g)
    given = np.array([use.weight if use.weight is not None else np.nan for use in uses])
    if np.isnan(given).all():
        shares = counts / counts.sum()
    elif np.isnan(given).any():
        free = np.where(np.isnan(given), counts, 0.0)
        shares = np.where(np.isnan(given), (1 - np.nansum(given)) * free / free.sum(), given)
    else:
        shares = given / given.sum()
    for t, use in enumerate(uses):
        pool = [row for b in use.batches for row in rows_of[b]]
        if use.factors:
            total = sum(use.factors)
            for b, factor in zip(use.batches, use.factors, strict=True):
                taken[t, rows_of[b]] += shares[t] * factor / total / len(rows_of[b])
            together += np.outer(taken[t], taken[t])
            continue
        size, k = len(pool), int(counts[t])
        each = shares[t] / k  # weight of one taken row
        taken[t, pool] = each * k / size
        pair = k * (k - 1) / size**2 if use.replace else k * (k - 1) / (size * max(size - 1, 1))
        alone = k / size + (k * (k - 1) / size**2 if use.replace else 0.0)
        if use.take is None:
            pair, alone = 1.0, 1.0
        block = np.full((size, size), each**2 * pair)
        np.fill_diagonal(block, each**2 * alone)
        together[np.ix_(pool, pool)] += block
    for t in range(len(uses)):
        for u in range(len(uses)):
            if t != u:
                together += np.outer(taken[t], taken[u])
    weights = taken.sum(axis=0)
    return moments @ weights, float(np.sum(together * moments)), float(weights @ means)
