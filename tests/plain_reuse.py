"""What do ridge fits that share rows lose? Slow and obvious twice: equations by iteration, and rows that are drawn.

A batch is (rows, weights, teachers, covariance): its size, a weight per fit, the share of each fit in
the label each fit sees (strictly lower triangular), and the covariance of the noises the fits see.
"""

import itertools

import numpy as np

from genloss.theory.reuse import SharedRows


def shared(rows, weights, teachers, covariance, sampled=None, replace=False):
    """Say a batch in theory's words."""
    return SharedRows(rows, weights, teachers, 0.0, sampled, replace, covariance)


def by_iteration(spectrum, truth, batches, ridge, *, sweeps=4000, damping=0.5):
    """Solve chi = sum s A^-1 and Q as they stand, by damped iteration from a start; ridge c > 0 for every fit.

    Returns Q (fits, fits), the losses A^-1 c per direction, (fits, dim), chi and the matrices E rr' per batch.
    """
    fits = len(ridge)
    one, c = np.eye(fits), np.diag(np.asarray(ridge, dtype=float))
    parts = [(n, np.diag(w), one - p, s) for n, w, p, s in batches]
    chi, q = spectrum.sum() * np.linalg.inv(c), np.zeros((fits, fits))
    for _ in range(sweeps):
        kept = [np.linalg.solve(one + w @ t @ chi, w) for _, w, t, _ in parts]
        residual = [k @ (t @ q @ t.T + s) @ k.T for k, (_, _, t, s) in zip(kept, parts, strict=True)]
        m = sum(n * k @ t for k, (n, _, t, _) in zip(kept, parts, strict=True))
        d = sum(n * r for r, (n, *_) in zip(residual, parts, strict=True))
        inverse = np.linalg.inv(c + spectrum[:, None, None] * m)
        loss = inverse @ c @ np.ones(fits)
        new_chi = np.einsum("i,igh->gh", spectrum, inverse)
        new_q = np.einsum("i,ig,ih->gh", spectrum * truth**2, loss, loss)
        new_q = new_q + np.einsum("i,igh->gh", spectrum**2, inverse @ d @ np.swapaxes(inverse, 1, 2))
        off = np.abs(new_chi - chi).max() / np.abs(chi).max() + np.abs(new_q - q).max() / np.abs(new_q).max()
        chi, q = chi + damping * (new_chi - chi), q + damping * (new_q - q)
        if off < 1e-15:
            break
    return q, loss.T, chi, residual


def cells(rows, weights, teachers, covariance, share):
    """Split a batch whose rows enter each fit by chance into the 2^fits batches of one pattern each."""
    split = []
    for pattern in itertools.product((0, 1), repeat=len(weights)):
        inside = np.array(pattern)
        chance = np.prod(np.where(inside, share, 1 - np.asarray(share)))
        if chance > 0:
            split.append((rows * chance, inside * weights, teachers, covariance))
    return split


def counts(rows, weights, teachers, covariance, share, *, most):
    """Split a batch whose rows enter each fit k times, k a Poisson number, by all counts up to `most`."""
    split = []
    for times in itertools.product(range(most + 1), repeat=len(weights)):
        k = np.array(times)
        factorial = np.array([np.prod(np.arange(1.0, t + 1)) for t in times])
        chance = np.prod(np.exp(-np.asarray(share)) * np.asarray(share) ** k / factorial)
        split.append((rows * chance, k * weights, teachers, covariance))
    return split


def drawn(spectrum, truth, batches, ridge, *, shares=None, replace=False, replicates, rng, inputs="gauss"):
    """Risks (fits, replicates), gains, and training residuals of fits to drawn rows; ridge 0 is the pseudo-inverse.

    shares: per batch None, or how often each fit draws each of the batch's rows: exactly share x rows of them.
    """
    fits = len(ridge)
    risks, gains = np.empty((fits, replicates)), np.zeros((fits, spectrum.size))
    residuals = np.full((len(batches), fits, replicates), np.nan)
    for replicate in range(replicates):
        data = []
        for n, w, p, s in batches:
            x = (
                rng.standard_normal((n, spectrum.size))
                if inputs == "gauss"
                else rng.choice([-1.0, 1.0], (n, spectrum.size))
            )
            values, vectors = np.linalg.eigh(s)
            noise = rng.standard_normal((n, fits)) @ (vectors * np.sqrt(np.maximum(values, 0))).T
            data.append((x * np.sqrt(spectrum), noise, w, p))
        models = np.zeros((fits, spectrum.size))
        for g in range(fits):
            left, right, weight = [], [], []
            for b, (x, noise, w, p) in enumerate(data):
                if w[g] == 0:
                    continue
                y = x @ (truth + p[g] @ (models - truth)) + noise[:, g]
                index = np.arange(len(x))
                if shares is not None and shares[b] is not None:
                    index = rng.choice(len(x), round(shares[b][g] * len(x)), replace=replace)
                left.append(x[index])
                right.append(y[index])
                weight.append(np.full(index.size, float(w[g])))
            x, y, root = np.vstack(left), np.concatenate(right), np.sqrt(np.concatenate(weight))
            a, z = x * root[:, None], y * root
            if ridge[g] > 0:
                models[g] = np.linalg.solve(a.T @ a + ridge[g] * np.eye(spectrum.size), a.T @ z)
            else:
                models[g] = np.linalg.lstsq(a, z, rcond=None)[0]
            start = 0
            for b, (_, _, w, _) in enumerate(data):
                if w[g] > 0:
                    count = left.pop(0).shape[0]
                    residuals[b, g, replicate] = np.mean((y - x @ models[g])[start : start + count] ** 2)
                    start += count
        risks[:, replicate] = (models - truth) ** 2 @ spectrum
        gains += models / truth / replicates
    return risks, gains, residuals
