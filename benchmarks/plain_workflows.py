"""The covariance of fits as one would write it: a loop over generations, a row of loadings at a time."""

import numpy as np


def covariance(weights, teaching, sizes):
    """Covariance (fits, fits) from shares of batches, shares of teachers and the variance of each batch's mean."""
    loading = np.zeros_like(weights)
    for g in range(weights.shape[0]):
        loading[g] = weights[g] + teaching[g, :g] @ loading[:g]
    return (loading * sizes) @ loading.T


def drawn_paths(weights, teaching, sizes, count, rng):
    """Errors of `count` runs, (count, fits): noise drawn, then passed on generation by generation."""
    drawn = rng.standard_normal((sizes.size, count)) * np.sqrt(sizes)[:, None]
    errors = np.zeros((weights.shape[0], count))
    for g in range(weights.shape[0]):
        errors[g] = weights[g] @ drawn + teaching[g, :g] @ errors[:g]
    return errors.T


def all_pairs(weights, teaching, sizes):
    """The same by sums over pairs of fits and batches, in the order of definition; for few generations."""
    fits, batches = weights.shape
    loading = np.zeros((fits, batches))
    for g in range(fits):
        for b in range(batches):
            loading[g, b] = weights[g, b] + sum(teaching[g, h] * loading[h, b] for h in range(g))
    return np.array([[sum(loading[g] * loading[h] * sizes) for h in range(fits)] for g in range(fits)])
