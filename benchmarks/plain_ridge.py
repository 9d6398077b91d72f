"""What a researcher writes today: draw rows, a pseudo-inverse per generation, Ridge per penalty, brentq."""

import numpy as np
from scipy.optimize import brentq
from sklearn.linear_model import Ridge


def risks(spectrum, truth, *, generator_rows, rows, penalties, generations, noise, rng):
    """Excess risks of one replicate, (penalties, generations + 1)."""
    found = np.empty((len(penalties), generations + 1))
    root, teacher = np.sqrt(spectrum), truth
    for n in range(generations + 1):
        x = rng.standard_normal((rows, spectrum.size)) * root
        y = x @ teacher + noise * rng.standard_normal(rows)
        for p, penalty in enumerate(penalties):
            fit = Ridge(alpha=penalty * rows, fit_intercept=False).fit(x, y)
            found[p, n] = spectrum @ (fit.coef_ - truth) ** 2
        if n < generations:
            x = rng.standard_normal((generator_rows, spectrum.size)) * root
            teacher = np.linalg.pinv(x) @ (x @ teacher + noise * rng.standard_normal(generator_rows))
    return found


def kappa(spectrum, rows, penalty):
    """The effective ridge of one point."""

    def gap(k):
        return k - penalty - k * np.sum(spectrum / (spectrum + k)) / rows

    return brentq(gap, penalty, penalty + spectrum.sum() / rows, xtol=1e-300, rtol=1e-14)
