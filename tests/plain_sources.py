"""Ridge fits to rows of unlike inputs, drawn row by row: the slow definition of `sources_risk`."""

import numpy as np


def risks(coefficients, fits, penalties, test, *, replicates, rng, test_mean=None):
    """Excess risk of every fit in every replicate, (fits, replicates). fits: lists of `Source`; test: a covariance."""
    dim = len(coefficients)
    moment = _matrix(test) + (0 if test_mean is None else np.outer(test_mean, test_mean))
    roots = [[np.linalg.cholesky(_matrix(source.covariance)) for source in fit] for fit in fits]
    found = np.empty((len(fits), replicates))
    for r in range(replicates):
        made = []
        for f, (sources, penalty) in enumerate(zip(fits, penalties, strict=True)):
            parts = [
                _rows(source, root, coefficients if source.origin < 0 else made[source.origin], rng)
                for source, root in zip(sources, roots[f], strict=True)
            ]
            x, y, weight = (np.concatenate(each) for each in zip(*parts, strict=True))
            made.append(_fit(x, y, weight, penalty))
            off = made[-1] - coefficients
            found[f, r] = off @ moment @ off
    assert dim == x.shape[1]
    return found


def _matrix(covariance):
    covariance = np.asarray(covariance, dtype=float)
    return np.diag(covariance) if covariance.ndim == 1 else covariance


def _rows(source, root, teacher, rng):
    x = rng.standard_normal((int(source.rows), len(root))) @ root.T
    if source.mean is not None:
        x = x + source.mean
    return x, x @ teacher + source.noise * rng.standard_normal(len(x)), np.full(len(x), source.weight)


def _fit(x, y, weight, penalty):
    if penalty == 0 and len(x) < x.shape[1]:
        return x.T @ np.linalg.solve(x @ x.T, y)
    return np.linalg.solve((x.T * weight) @ x + penalty * len(x) * np.eye(x.shape[1]), x.T @ (weight * y))
