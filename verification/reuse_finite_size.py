"""How does the error of the theory of shared rows fall with size, and for which rows does it hold?

Run from the repository: python verification/reuse_finite_size.py > verification/reuse_finite_size.txt (ten minutes).

Accumulate, four fits. Given all inputs, a fit is linear in the truth and in the label noise: both are integrated
exactly here, the noise as Gaussian, the truth over independent signs of its coefficients (to which theory is
blind). What is left is the mean over inputs, whose spread falls like 1/dim or faster. Plain numpy and scipy; nothing of
the package but the theory. Replicates were fixed beforehand. Blind spot: the standard error printed. Control: rows
with a random scale each, to which the theory does not apply, and must be seen not to.
"""

import datetime
import sys

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from threadpoolctl import threadpool_limits

from genloss import workflows
from genloss.streams import stream
from genloss.theory import reuse

FITS, NOISE = 4, 0.5
REPLICATES = {100: 400, 200: 200, 400: 60, 800: 16, 1600: 4}
SPECTRA = {"isotropic": (0.0, 0.0), "power law": (1.0, 0.25)}
SETTINGS = {"2 dim rows, penalty .05": (2.0, 0.05), "1.1 dim rows, penalty .001": (1.1, 0.001)}


def gaussian(rng, rows, dim):
    """Independent normal coordinates."""
    return rng.standard_normal((rows, dim))


def signs(rng, rows, dim):
    """Independent signs."""
    return np.sign(rng.standard_normal((rows, dim)))


def heavy(rng, rows, dim):
    """Independent t coordinates with 8 degrees of freedom, of variance 1."""
    return rng.standard_t(8, (rows, dim)) * np.sqrt(6 / 8)


def scaled(rng, rows, dim):
    """Gaussian rows, each times a scale of its own: outside the theory."""
    return rng.standard_normal((rows, dim)) * np.sqrt(rng.chisquare(6, (rows, 1)) / 6)


def risks(draw, rng, spectrum, power, rows, penalty):
    """Expected excess risk of each fit given inputs, (FITS,); power: s w0^2."""
    dim = spectrum.size
    grams, roots, shift = [], [], 0.0
    truth, responses = [], []  # of each fit: to the whitened truth, and to the noise of each batch
    found = []
    for g in range(FITS):
        x = draw(rng, rows, dim)
        grams.append(x.T @ x)
        roots.append(np.linalg.cholesky(grams[-1] + 1e-12 * rows * np.eye(dim)))
        shift = penalty * rows * (g + 1)
        factor = cho_factor(sum(grams) + np.diag(shift / spectrum))
        heard = -np.diag(shift / spectrum) + sum(grams[m] @ truth[m - 1] for m in range(1, g + 1))
        truth.append(cho_solve(factor, heard))
        own = []
        for m in range(g + 1):
            told = roots[m] + sum(grams[j] @ responses[j - 1][m] for j in range(m + 1, g + 1))
            own.append(cho_solve(factor, told))
        responses.append(own)
        found.append(power @ np.square(truth[g]).sum(axis=0) + NOISE**2 * sum(np.square(r).sum() for r in own))
    return np.array(found)


def line(name, draw, spectrum_name, setting, dim):
    """Print one dim of one setting; return the largest error x dim."""
    decay, slope = SPECTRA[spectrum_name]
    ratio, penalty = SETTINGS[setting]
    index = np.arange(1, dim + 1.0)
    spectrum, coefficients = index**-decay, index**-slope
    coefficients = coefficients / np.sqrt(spectrum @ coefficients**2)
    rows = round(ratio * dim)
    batches = reuse.from_workflow(workflows.accumulate(rows=rows), noise=NOISE, generations=FITS - 1)
    risk = reuse.risk(spectrum, coefficients, batches, penalty=penalty)
    rng = stream(8, "finite size", name, spectrum_name, setting, dim)
    drawn = np.stack(
        [risks(draw, rng, spectrum, spectrum * coefficients**2, rows, penalty) for _ in range(REPLICATES[dim])]
    )
    off = drawn.mean(axis=0) / risk.total - 1
    error = drawn.std(axis=0, ddof=1) / np.sqrt(len(drawn)) / risk.total
    shown = " ".join(f"{100 * o:+7.3f} ± {100 * e:.3f}" for o, e in zip(off, error, strict=True))
    allowed = np.max(np.abs(off) / (risk.allowance / risk.total))
    print(f"{dim:>6} {shown}   {dim * off[-1]:+7.2f} ± {dim * error[-1]:.2f}   {allowed:6.2f}", flush=True)


def main():
    """Print every table."""
    print(f"{datetime.date.today()}  numpy {np.__version__}; drawn / theory - 1 in %, fits 0 to {FITS - 1}")
    print("then error x dim of the last fit, and the largest error as a part of the allowance\n")
    tables = [("Gaussian", gaussian, spectrum, setting) for spectrum in SPECTRA for setting in SETTINGS]
    others = (("signs", signs), ("t, 8 degrees", heavy), ("a scale for each row", scaled))
    tables += [(name, draw, "isotropic", "2 dim rows, penalty .05") for name, draw in others]
    for name, draw, spectrum, setting in tables:
        print(f"{name} rows, {spectrum}, {setting}")
        for dim in REPLICATES if draw is gaussian else (100, 200, 400, 800):
            line(name, draw, spectrum, setting, dim)
        print()


if __name__ == "__main__":
    with threadpool_limits(1):
        sys.exit(main())
