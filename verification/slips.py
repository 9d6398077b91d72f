"""Which number shows each slip in the published text? One line each: as printed, as we have it, as drawn.

Run from the repository: python verification/slips.py > verification/slips.txt (a minute or two).
The slips are listed in docs/theory/slips.md. "drawn" is plain numpy, every row drawn, mean +- standard error.
"""

import datetime
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
import plain_regression as plain

from genloss.streams import stream
from genloss.theory.ridge import Block, mixture_risk, replace_risk
from genloss.theory.ridge.equivalents import effective_ridge
from genloss.theory.ridge.scaling import synthetic_scaling
from genloss.theory.ridge.spectra import PowerLaw
from genloss.workflows import TRUTH as REAL

T = REAL
FLAT, ONES, STEEP = np.ones(50), np.ones(50), np.arange(1, 51.0) ** -2


def line(number, what, printed, ours, risks=None):
    """Print one slip."""
    drawn = ""
    if risks is not None:
        drawn = f"{np.mean(risks):10.4f} +- {np.std(risks, ddof=1) / np.sqrt(np.size(risks)):.4f}"
    print(f"{number:>3}  {what:66} {printed:>12} {ours:>10.4f} {drawn}", flush=True)


def projections(spectrum, rows, count, replicates, rng):
    """Products of `count` independent projections on the span of `rows` drawn rows."""
    for _ in range(replicates):
        product = np.eye(spectrum.size)
        for _ in range(count):
            x = rng.standard_normal((rows, spectrum.size)) * np.sqrt(spectrum)
            product = np.linalg.pinv(x) @ x @ product
        yield product


def noise_and_projections():
    """Print slips 1 to 6."""
    # 1: n sigma0 rho instead of n sigma0^2 rho; isotropic, d=50, T0=T=100, penalty .05, sigma0 = sigma = .2, n = 5
    flat, truth = FLAT, np.full(50, 50**-0.5)
    right = replace_risk(
        flat, truth, noise=0.2, rows=100, penalty=0.05, generation=5, generator_rows=100, generator_noise=0.2
    )
    rng = stream(1, "slip", 1)
    fits = [[(100, n - 1 if n else T, 0.2, 1.0)] for n in range(6)]
    risks = plain.mixtures(flat, truth, fits, [0.0] * 5 + [0.05], replicates=4000, rng=rng)[-1]
    line(
        1,
        "eq. (1): risk with n sigma0 rho for n sigma0^2 rho",
        f"{right.bias + right.variance + right.inherited / 0.2:.4f}",
        right.total,
        risks,
    )

    # 2 and 3: products of n = 4 projections, S = j^-2, T0 = 20, d = 50
    steep, ones = STEEP, ONES
    k = float(effective_ridge(steep, rows=20, penalty=0.0))
    products = list(projections(steep, 20, 4, 3000, stream(1, "slip", 2)))
    line(
        2,
        "Lemma F.7: E u'Qv without S in the product, u = v = 1",
        f"{np.sum((1 / (steep + k)) ** 4):.3g}",
        np.sum((steep / (steep + k)) ** 4),
        [p.sum() for p in products],
    )
    chain = mixture_risk(steep, ones, [[Block(20, n - 1 if n else T, 0.0)] for n in range(4)], penalty=0.0)
    line(
        3,
        "Lemma F.8: E |Q w0|^2_S for n = 4, w0 = 1",
        "slips.md",
        chain.powers[4, 4].sum(),
        [steep @ (p @ ones) ** 2 for p in products],
    )

    # 4: Q'Q = Q for products: E tr Q'Q against E tr Q, isotropic, d = 50, T0 = 25, n = 3: exact d phi0^-3
    products = list(projections(flat, 25, 3, 1500, stream(1, "slip", 4)))
    line(
        4,
        "Q'Q = Q: max |Q'Q - Q|, 0 as printed (one draw)",
        "0",
        np.abs(products[0].T @ products[0] - products[0]).max(),
    )
    line(
        4,
        "   in the mean, isotropic: E tr Q'Q = E tr Q = d phi0^-n",
        "6.2500",
        50 / 8,
        [np.sum(p**2) for p in products],
    )

    # 6: rho times (1/phi0 - 1) = (T0 - d) / d is a trace, so positive; the sign at phi0 = 1/2
    line(6, "F.5: (T0 - d) / d at phi0 = 1/2, printed as 1 - 1/phi0", "-1.0", 1.0)


def conditions_and_exponents():
    """Print slips 7 to 14."""
    flat, steep, ones = FLAT, STEEP, ONES
    # 7: after Cor. 4.4, the condition phi >= 1 under which lambda = 0 gives sigma^2 phi / (1 - phi)
    line(
        7,
        "after Cor. 4.4: phi/(1-phi) at phi = 2, printed as valid there",
        f"{2 / (1 - 2):.1f}",
        float(
            replace_risk(
                flat, 0.0, noise=1.0, rows=25, penalty=0.0, generation=0, generator_rows=1, generator_noise=0.0
            ).total
        ),
    )

    # 8, 9: Cor. 5.2 with b > 1; slopes of the best risk from T = 1e7 to 1e8, beta = 2, r = .375, dim = T0 / 2, n = 1
    for b in (0.8, 1.3):
        best = []
        for t in (1e7, 1e8):
            t0 = round(t**b)
            grid = t ** -np.linspace(0.3, 1.2, 300)
            best.append(
                replace_risk(
                    PowerLaw(2.0, t0 // 2),
                    PowerLaw(0.25, t0 // 2),
                    noise=1.0,
                    rows=t,
                    penalty=grid,
                    generation=1,
                    generator_rows=t0,
                    generator_noise=1.0,
                ).total.min()
            )
        law, slope = synthetic_scaling(2.0, 0.375, growth=b).best, np.log10(best[0] / best[1])
        print(f"  8  Cor. 5.2: best exponent, b = {b}{'':44} {b * 0.6:>7.4f} {law:>10.4f} {slope:10.4f} (minimized)")
    kept = [synthetic_scaling(2.0, 0.375, growth=b).at_critical_decay for b in (0.3, 0.5)]
    print(
        f"  9  divergence at l_crit: exponent {kept[0]:.2f} at b = .3, {kept[1]:.2f} at b = .5; printed the other way"
    )

    # 10: eq. (64): bias without kappa^2
    k = float(effective_ridge(steep, rows=100, penalty=0.01))
    clean = replace_risk(
        steep, ones, noise=0.0, rows=100, penalty=0.01, generation=0, generator_rows=1, generator_noise=0.0
    ).total
    risks = plain.mixtures(steep, ones, [[(100, T, 0.0, 1.0)]], [0.01], replicates=2000, rng=stream(1, "slip", 10))[0]
    line(10, "eq. (64): bias without kappa^2", f"{clean / k**2:.3g}", clean, risks)

    # 12: n sigma0^2 rho with new inputs and T0 < d: it saturates. Same arguments, no signal, n = 8
    both = [
        replace_risk(
            flat, 0.0, noise=0.0, rows=150, penalty=0.0, generation=8, generator_rows=25, generator_noise=0.6, design=d
        ).total
        for d in ("same", "fresh")
    ]
    risks = plain.mixtures(
        flat,
        0.0 * ones,
        [[(25, n - 1 if n else T, 0.6, 1.0)] for n in range(8)] + [[(150, 7, 0.0, 1.0)]],
        [0.0] * 9,
        replicates=2000,
        rng=stream(1, "slip", 12),
    )[-1]
    line(12, "n sigma0^2 rho for new inputs with T0 < d, n = 8", f"{both[0]:.4f}", both[1], risks)

    # 14: scikit-learn's alpha is lambda T
    from sklearn.linear_model import Ridge

    x, y = np.random.default_rng(0).standard_normal((80, 50)), np.arange(80.0)
    ours = plain.ridge(x, y, 0.1)
    off = [np.abs(Ridge(alpha=a, fit_intercept=False).fit(x, y).coef_ - ours).max() for a in (0.1, 8.0)]
    print(f" 14  scikit-learn's alpha, lambda = .1, T = 80: .1 is off by {off[0]:.2f}, 8 by {off[1]:.0e}")


print(f"{datetime.date.today()}  numpy {np.__version__}\n")
print(f"{'no':>3}  {'what':66} {'as printed':>12} {'as here':>10} drawn")
noise_and_projections()
conditions_and_exponents()
