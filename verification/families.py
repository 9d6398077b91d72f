"""Do all families lose alike under the same workflow? Prints a dated table and draws docs/figures/families.png.

Run: .venv/bin/python verification/families.py > verification/families.txt (about a minute)
A first look with 4,000 replicates had standard errors of 2 %: largest |z| 1.9 of 36.
"""

import datetime
import platform
from pathlib import Path

import numpy as np

from genloss.models import quadratic
from genloss.report import Curve, Panel, draw
from genloss.simulation.families import run_sums
from genloss.streams import stream
from genloss.theory.workflows import variances
from genloss.workflows import accumulate, fixed_real, fresh_real, replace

ROWS, LAST, REPLICATES = 1000, 30, 40_000
FAMILIES = {
    "Bernoulli .3": (quadratic.bernoulli(), 0.3),
    "binomial of 5, mean 2": (quadratic.binomial(5), 2.0),
    "Poisson 3": (quadratic.poisson(), 3.0),
    "geometric, mean 2": (quadratic.geometric(), 2.0),
    "negative binomial of size 4, mean 2": (quadratic.negative_binomial(4.0), 2.0),
    "exponential 1.5": (quadratic.exponential(), 1.5),
    "gamma of shape 3, mean 1.5": (quadratic.gamma(3.0), 1.5),
    "normal mean": (quadratic.gaussian_mean(), 0.0),
    "normal variance 2": (quadratic.gaussian_variance(), 2.0),
}


def main():
    """Print and draw."""
    print(
        f"{datetime.date.today()}  Python {platform.python_version()}, numpy {np.__version__}; {ROWS} rows a batch, "
        f"{REPLICATES} replicates\n"
        f"variance of generation {LAST} over that of generation 0: exact theory, simulation (se), z"
    )
    panels = []
    for workflow in (replace(ROWS), accumulate(ROWS), fixed_real(ROWS), fresh_real(ROWS)):
        kind, curves, worst = workflow.short()["kind"], [], 0.0
        for i, (name, (family, mean)) in enumerate(FAMILIES.items()):
            runs = run_sums(family, mean, workflow.compile(LAST), replicates=REPLICATES, rng=stream(21, kind, name))
            known = variances(
                workflow, generations=LAST, variance=float(family.variance(mean)), curvature=family.curvature
            )
            squares = (runs.estimates - mean) ** 2 / known[0]
            seen, error = squares.mean(axis=1), squares.std(axis=1, ddof=1) / np.sqrt(REPLICATES)
            z = (seen[-1] - known[-1] / known[0]) / error[-1]
            worst = max(worst, abs(z))
            print(f"{kind:<12} {name:<38} {known[-1] / known[0]:>8.4f} {seen[-1]:>8.4f} ({error[-1]:.4f}) {z:>5.1f}")
            x = list(range(LAST + 1))
            curves.append(
                Curve(
                    name, i / 8, x, (known / known[0]).tolist(), x[::5], seen[::5].tolist(), (2 * error[::5]).tolist()
                )
            )
        print(f"{kind:<12} largest |z| {worst:.1f}")
        panels.append(Panel(kind, "generation n", "variance / that of generation 0", tuple(curves), x_whole=True))
    figures = Path(__file__).parents[1] / "docs" / "figures"
    (figures / "families.png").write_bytes(draw(panels, columns=2, formats=("png",))["png"])


if __name__ == "__main__":
    main()
