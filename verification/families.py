"""Do all families lose alike under the same workflow? Prints a dated table and draws docs/figures/families.png.

Run: .venv/bin/python verification/families.py > verification/families.txt (about ten minutes)
Looks: nine families of quadratic variance with 4,000 replicates (standard errors 2 %, largest |z| 1.9 of 36) and with
40,000; families of several parameters once, with the sizes below, fixed before. Their theory is the limit of many rows.
"""

import datetime
import platform
from pathlib import Path

import numpy as np

from genloss.models.families import FAMILIES, Gaussian, quadratic
from genloss.report import Curve, Panel, draw
from genloss.simulation.families.parametric import run_family_rows, run_summaries
from genloss.simulation.families.quadratic import run_sums
from genloss.streams import stream
from genloss.theory.workflows import variances
from genloss.workflows import accumulate, fixed_real, fresh_real, replace

ROWS, LAST = 1000, 30
REPLICATES, SEVERAL, REGRESSIONS = 40_000, 4_000, 200
QUADRATIC = {
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
PARAMETRIC = {
    "gamma, shape 2 unknown": (FAMILIES["gamma_shape"](), [2.0, 1.5]),
    "beta 2, 3": (FAMILIES["beta"](), [2.0, 3.0]),
    "Dirichlet 1, 2, .7": (FAMILIES["dirichlet"](3), [1.0, 2.0, 0.7]),
    "normal mean and variance": (Gaussian(), [0.0, 1.0]),
    "normal, unbiased": (Gaussian(1, "unbiased"), [0.0, 1.0]),
    "normal of 3 dimensions": (Gaussian(3), [*np.zeros(3), *np.eye(3).ravel()]),
    "multinomial .5, .3, .2": (FAMILIES["multinomial"](3), [0.5, 0.3, 0.2]),
    "logistic regression .3, .8": (FAMILIES["logistic_regression"](1), [0.3, 0.8]),
    "Poisson regression .5, .4": (FAMILIES["poisson_regression"](1), [0.5, 0.4]),
}


def of_quadratic(name, workflow):
    """Squared errors over those of generation 0, (fits, replicates), and exact theory."""
    family, mean = QUADRATIC[name]
    rng = stream(21, workflow.short()["kind"], name)
    runs = run_sums(family, mean, workflow.compile(LAST), replicates=REPLICATES, rng=rng)
    variance = float(family.variance(mean))
    known = variances(workflow, generations=LAST, variance=variance, curvature=family.curvature)
    return (runs.estimates - mean) ** 2 / known[0], known / known[0]


def of_parametric(name, workflow):
    """The same of whitened errors, and the limit of many rows."""
    family, truth = PARAMETRIC[name]
    whole = "regression" not in name
    run, replicates = (run_summaries, SEVERAL) if whole else (run_family_rows, REGRESSIONS)
    rng = stream(22, workflow.short()["kind"], name)
    runs = run(family, truth, workflow.compile(LAST), replicates=replicates, rng=rng)
    at = family.checked(truth)
    known = variances(workflow, generations=LAST, limit=True)
    squares = np.array([(family.whitened(fit, at) ** 2).mean(axis=1) for fit in runs.estimates])
    return squares / known[0], known / known[0]


def main():
    """Print and draw."""
    print(
        f"{datetime.date.today()}  Python {platform.python_version()}, numpy {np.__version__}; {ROWS} rows a batch; "
        f"replicates: {REPLICATES} of one mean, {SEVERAL} of several parameters, {REGRESSIONS} of regressions\n"
        f"squared error of generation {LAST} over that of generation 0: theory, simulation (se), difference in %, z"
    )
    panels = []
    for workflow in (replace(ROWS), accumulate(ROWS), fixed_real(ROWS), fresh_real(ROWS)):
        kind, curves = workflow.short()["kind"], []
        for number, name in enumerate([*QUADRATIC, *PARAMETRIC]):
            squares, known = (of_quadratic if name in QUADRATIC else of_parametric)(name, workflow)
            seen, error = squares.mean(axis=1), squares.std(axis=1, ddof=1) / np.sqrt(squares.shape[1])
            off = seen[-1] - known[-1]
            line = f"{kind:<12} {name:<38} {known[-1]:>8.4f} {seen[-1]:>8.4f} ({error[-1]:.4f})"
            print(f"{line} {100 * off / known[-1]:>6.1f} {off / error[-1]:>5.1f}", flush=True)
            x = list(range(LAST + 1))
            points = (x[::5], seen[::5].tolist(), (2 * error[::5]).tolist())
            curves.append(Curve(name, 0.0, x, known.tolist(), *points, number=number))
        panels.append(Panel(kind, "generation n", "squared error / generation 0's", tuple(curves), x_whole=True))
    figures = Path(__file__).parents[1] / "docs" / "figures"
    (figures / "families.png").write_bytes(draw(panels, columns=2, formats=("png",))["png"])


if __name__ == "__main__":
    main()
