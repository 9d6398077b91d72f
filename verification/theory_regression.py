"""Do the formulas of regression meet rows that are drawn, at half a percent?

Run from the repository: python verification/theory_regression.py > verification/theory_regression.txt
(about ten minutes on one processor). Every formula, five or more settings, 100 directions, plain numpy
draws (tests/plain_regression.py), sample sizes fixed here. Rule: |simulation - theory| <= 4.5 standard
errors + the allowance that the formula states, 0 where it is exact. Rows of one setting share their
draws, so their z go together.
"""

import datetime
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
import plain_regression as plain

from genloss.streams import stream
from genloss.theory.ridge import Block, accumulate_risk, mixture_risk, replace_risk
from genloss.theory.ridge.mixing import fresh_mixing_risk, relabeled_risk
from genloss.theory.ridge.strong import strong_collapse_risk
from genloss.workflows import TRUTH as REAL

Z, SEED, DIM = 4.5, 20261125, 100
J = np.arange(1, DIM + 1.0)
SPECTRA = {"flat": np.ones(DIM), "j^-1": J**-1.0, "j^-1.5": J**-1.5, "two levels": np.where(J <= 20, 5.0, 0.2)}
TRUTH = J**-0.3
T = REAL
rows_of_table: list[tuple[str, float, float]] = []


def report(formula, setting, names, risks, theory, allowance):
    """Print one line per value and keep its relative error."""
    theory, allowance = np.broadcast_arrays(np.atleast_1d(theory), np.atleast_1d(allowance))
    mean, error = risks.mean(-1), risks.std(-1, ddof=1) / np.sqrt(risks.shape[-1])
    for name, seen, se, right, allowed in zip(names, mean, error, theory, allowance, strict=True):
        off = seen - right
        ok = abs(off) <= Z * se + allowed
        rows_of_table.append((formula, abs(off / right), off / se))
        print(
            f"{formula:12} {setting:52} {name:14} {right:11.6f} {seen:11.6f} {100 * se / seen:6.2f} "
            f"{100 * off / right:7.2f} {off / se:6.1f} {100 * allowed / right:8.2f}  {'yes' if ok else 'NO'}",
            flush=True,
        )


def run_mixture(formula, setting, spectrum, fits, penalties, shown, replicates, theory=None):
    """Simulate fits and compare those shown."""
    s = SPECTRA[spectrum]
    risks = plain.mixtures(s, TRUTH, fits, penalties, replicates=replicates, rng=stream(SEED, formula, setting))
    if theory is None:
        found = mixture_risk(s, TRUTH, [[Block(*b) for b in fit] for fit in fits], penalty=penalties)
        theory = found.total, found.allowance
    names = [f"fit {k}" for k in shown]
    report(formula, setting, names, risks[shown], theory[0][shown], theory[1][shown])


def replaced(setting, spectrum, rows, noise, penalties, shown, replicates):
    """A chain of fits on fresh rows, its own risks, against replace_risk."""
    fits = [[(t, n - 1 if n else T, s, 1.0)] for n, (t, s) in enumerate(zip(rows, noise, strict=True))]
    each = [
        replace_risk(
            SPECTRA[spectrum],
            TRUTH,
            noise=noise[n],
            rows=rows[n],
            penalty=penalties[n],
            generation=n,
            generator_rows=rows[:n],
            generator_noise=noise[:n],
            generator_penalty=penalties[:n],
        )
        for n in range(len(rows))
    ]
    theory = np.array([r.total for r in each]), np.array([r.allowance for r in each])
    run_mixture("replace", setting, spectrum, fits, penalties, shown, replicates, theory)


def replace():
    """Sections: least squares, ridge, minimum norm, fresh and same inputs, unlike fits, double descent."""
    replaced("least squares T=200, n to 20, flat", "flat", [200] * 21, [0.6] * 21, [0.0] * 21, [0, 5, 20], 2500)
    replaced("least squares T=150, n to 10, j^-1.5", "j^-1.5", [150] * 11, [0.6] * 11, [0.0] * 11, [0, 3, 10], 4000)
    replaced(
        "least squares T0=200 then ridge, j^-1", "j^-1", [200] * 5 + [80], [0.6] * 6, [0.0] * 5 + [0.05], [5], 4000
    )
    replaced("ridge .05 T=120, n to 20, j^-1.5", "j^-1.5", [120] * 21, [0.6] * 21, [0.05] * 21, [0, 5, 20], 3000)
    replaced("ridge .2 T=60, n to 10, two levels", "two levels", [60] * 11, [0.6] * 11, [0.2] * 11, [0, 3, 10], 3000)
    replaced("minimum norm T0=50, then T=300, flat", "flat", [50] * 5 + [300], [0.6] * 6, [0.0] * 6, [1, 4, 5], 3000)
    replaced(
        "minimum norm T0=40 then ridge, j^-1", "j^-1", [40] * 5 + [300], [0.6] * 6, [0.0] * 5 + [0.01], [1, 4, 5], 3000
    )
    replaced("minimum norm, no noise, n to 20, flat", "flat", [90] * 20 + [300], [0.0] * 21, [0.0] * 21, [5, 20], 3000)
    replaced(
        "unlike rows, noise, penalties, two levels",
        "two levels",
        [150, 60, 300, 90],
        [0.3, 1.0, 0.6, 0.2],
        [0.0, 0.1, 0.0, 0.02],
        [1, 2, 3],
        4000,
    )
    for t in (60, 90, 95, 105, 110, 150):
        replaced(
            f"double descent, no penalty, T={t}, j^-1", "j^-1", [t], [0.6], [0.0], [0], 12000 if 80 < t < 120 else 4000
        )
    for spectrum, t0, penalty in (
        ("flat", 50, 0.0),
        ("j^-1", 50, 0.02),
        ("j^-1.5", 70, 0.1),
        ("two levels", 40, 0.02),
        ("flat", 200, 0.1),
    ):
        setting = f"same inputs T0={t0} then T=300 ridge {penalty}, {spectrum}"
        risks = plain.same_inputs(
            SPECTRA[spectrum],
            TRUTH,
            rows=t0,
            noise=0.6,
            generations=5,
            predictor=(300, 0.6, penalty),
            replicates=2500,
            rng=stream(SEED, setting),
        )
        right = replace_risk(
            SPECTRA[spectrum],
            TRUTH,
            noise=0.6,
            rows=300,
            penalty=penalty,
            generation=[1, 5],
            generator_rows=t0,
            generator_noise=0.6,
            design="same",
        )
        report("replace", setting, ["n=1", "n=5"], risks[[1, 5]], right.total, right.allowance)


def mixture():
    """Several origins, weights, penalties, minimum norm."""
    fresh = [[(200, T, 0.6, 1.0)]] + [[(100, T, 0.6, 1.0), (100, n, 0.9, 1.0)] for n in range(20)]
    run_mixture("mixture", "fresh real + newest, least squares, flat", "flat", fresh, [0.0] * 21, [1, 5, 20], 2500)
    weighted = [[(120, T, 0.6, 1.0)]] + [[(60, T, 0.6, 3.0), (120, n, 0.3, 0.5)] for n in range(8)]
    run_mixture("mixture", "weights 3 and .5, ridge .05, j^-1.5", "j^-1.5", weighted, [0.05] * 9, [1, 4, 8], 3000)
    light = [[(200, T, 0.6, 1.0)]] + [[(120, T, 0.6, 1.0), (240, n, 0.6, 0.1)] for n in range(5)]
    run_mixture("mixture", "weights 1 and .1, least squares, two levels", "two levels", light, [0.0] * 6, [1, 5], 3000)
    few = [[(50, T, 0.6, 1.0)]] + [[(40, T, 0.6, 5.0), (30, n, 0.6, 0.1)] for n in range(5)]
    run_mixture("mixture", "weights 5 and .1, minimum norm, j^-1", "j^-1", few, [0.0] * 6, [1, 5], 3000)
    every = [[(120, T, 0.6, 1.0)]] + [[(30, T, 0.6, 1.0), *((30, k, 0.6, 1.0) for k in range(n))] for n in range(1, 7)]
    run_mixture("mixture", "truth and every earlier model, ridge .02, j^-1", "j^-1", every, [0.02] * 7, [2, 6], 2500)
    lagged = [[(150, T, 0.6, 1.0)]] * 2 + [
        [(80, n, 0.5, 2.0), (80, n - 1, 0.5, 1.0), (40, T, 0.5, 0.0)] for n in range(1, 8)
    ]
    run_mixture("mixture", "two newest models, a block of weight 0, flat", "flat", lagged, [0.1] * 9, [2, 8], 2500)


def accumulate():
    """Old labels kept: exact."""
    for spectrum, rows, noise in (
        ("flat", [200] * 21, [0.6] * 21),
        ("j^-1.5", [150] * 8, [0.6] * 8),
        ("two levels", [120, 60, 200, 30, 90], [0.6] * 5),
        ("j^-1", [300, 50, 50, 50, 50], [0.3, 0.6, 0.9, 1.2, 0.2]),
        ("flat", [110] * 5, [1.0] * 5),
    ):
        setting = f"{len(rows)} batches from {rows[0]} rows, {spectrum}"
        risks = plain.accumulated(
            SPECTRA[spectrum], TRUTH, rows=rows, noise=noise, replicates=2500, rng=stream(SEED, setting)
        )
        shown = [0, 1, len(rows) - 1]
        right = accumulate_risk(DIM, rows=rows, noise=noise, generation=shown)
        report("accumulate", setting, [f"n={n}" for n in shown], risks[shown], right.total, 0.0)


def strong():
    """A share of shifted rows, on the inputs and on random projections."""
    signal, shift = J**-0.5 / 10, J**0.3 / 60
    for spectrum, rows, share, penalty, features in (
        ("flat", 300, 0.5, 0.05, None),
        ("j^-1", 60, 0.5, 0.05, None),
        ("j^-1.5", 200, 0.2, 0.01, None),
        ("two levels", 1000, 0.1, 0.1, None),
        ("flat", 200, 0.5, 0.0, None),
        ("j^-1", 40, 0.5, 0.0, None),
        ("flat", 300, 0.5, 0.05, 60),
        ("j^-1", 80, 0.5, 0.05, 200),
        ("j^-1.5", 200, 0.2, 0.01, 40),
        ("two levels", 150, 0.4, 0.1, 150),
        ("flat", 200, 0.5, 0.0, 60),
        ("j^-1", 40, 0.5, 0.0, 80),
    ):
        setting = f"n={rows} p2={share} penalty {penalty} features {features}, {spectrum}"
        risks = plain.shifted(
            SPECTRA[spectrum],
            signal,
            shift,
            noise=0.3,
            rows=rows,
            synthetic=round(share * rows),
            penalty=penalty,
            features=features,
            replicates=6000,
            rng=stream(SEED, setting),
        )
        right = strong_collapse_risk(
            SPECTRA[spectrum],
            signal,
            shift,
            noise=0.3,
            rows=rows,
            synthetic_share=share,
            penalty=penalty,
            features=features,
        )
        three = np.stack([risks[0], risks[1], risks[0] - risks[1]])
        values = np.array([right.total, right.bias + right.variance, right.shift])
        report("strong", setting, ["total", "clean", "shift"], three, values, right.allowance * np.ones(3))


def mixing():
    """Relabeled rows, and new rows each time, after many generations."""
    for spectrum, rows, penalty, weight in (
        ("flat", 200, 0.1, 0.5),
        ("j^-1", 200, 0.0, 0.3),
        ("j^-1.5", 60, 0.05, 0.7),
        ("two levels", 60, 0.0, 0.4),
        ("j^-1", 400, 0.02, 0.9),
        ("flat", 60, 0.0, 0.618),
    ):
        setting = f"relabeled T={rows} penalty {penalty} w={weight}, {spectrum}"
        risks = plain.relabeled(
            SPECTRA[spectrum],
            TRUTH,
            noise=0.6,
            rows=rows,
            penalty=penalty,
            real_weight=weight,
            generations=40,
            replicates=3000,
            rng=stream(SEED, setting),
        )
        right = relabeled_risk(SPECTRA[spectrum], TRUTH, noise=0.6, rows=rows, penalty=penalty, real_weight=weight)
        report("mixing", setting, ["limit"], risks[None], right.total, right.allowance)
    for spectrum, rows, synthetic, penalty, weight in (
        ("flat", 150, 150, 0.0, 0.661),
        ("j^-1", 100, 100, 0.05, 0.6),
        ("j^-1.5", 60, 120, 0.02, 0.7),
        ("two levels", 200, 100, 0.0, 0.5),
        ("flat", 40, 40, 0.1, 0.6),
    ):
        setting = f"fresh T={rows}+{synthetic} penalty {penalty} w={weight}, {spectrum}"
        total = rows + synthetic
        shares = weight * total / rows, (1 - weight) * total / synthetic
        fits = [[(rows, T, 0.6, 1.0)]]
        fits += [[(rows, T, 0.6, shares[0]), (synthetic, n, 0.6, shares[1])] for n in range(14)]
        risks = plain.mixtures(
            SPECTRA[spectrum], TRUTH, fits, [penalty] * 15, replicates=2000, rng=stream(SEED, setting)
        )
        right = fresh_mixing_risk(
            SPECTRA[spectrum],
            TRUTH,
            noise=0.6,
            rows=rows,
            synthetic_rows=synthetic,
            penalty=penalty,
            real_weight=weight,
        )
        report("mixing", setting, ["fit 14"], risks[-1:], right.total, right.allowance)


def main():
    """Print the table and its summary."""
    start = time.process_time()
    print(f"{datetime.date.today()}  numpy {np.__version__}  seed {SEED}  dim {DIM}  Z {Z}\n")
    print(
        f"{'formula':12} {'setting':52} {'what':14} {'theory':>11} {'simulation':>11} {'SE %':>6} {'off %':>7} "
        f"{'z':>6} {'allow %':>8}  within"
    )
    for part in (replace, mixture, accumulate, strong, mixing):
        part()
    print("\nformula       values  |off| median %  |off| max %  rms z")
    for formula in dict.fromkeys(row[0] for row in rows_of_table):
        off = np.array([row[1:] for row in rows_of_table if row[0] == formula])
        print(
            f"{formula:12} {len(off):7d} {100 * np.median(off[:, 0]):14.2f} {100 * off[:, 0].max():12.2f} "
            f"{np.sqrt(np.mean(off[:, 1] ** 2)):6.2f}"
        )
    print(f"\n{time.process_time() - start:.0f} s of processor time")


main()
