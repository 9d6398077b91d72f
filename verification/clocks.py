"""When does a replace chain lose its tail, and when itself? Two clocks; draws docs/figures/clocks.png, prints a table.

Run: .venv/bin/python verification/clocks.py > verification/clocks.txt (about a minute)
Sizes and seeds were fixed before the first look.
"""

import datetime
import platform
from pathlib import Path

import numpy as np
from scipy.stats import norm

from genloss.metrics.diversity import heterozygosity
from genloss.report import Curve, Panel, draw
from genloss.simulation.texts.unigram import replace_counts
from genloss.streams import stream
from genloss.theory.drift.ancestors import survival_of_seen
from genloss.theory.drift.diversity import expected_heterozygosity
from genloss.theory.gaussian.chain import log_variance

ROWS, REPLICATES = 200, 400
SHOWN = [0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 1000]
SEEN = (1, 3, 10)
EDGE = 3.0  # standard deviations beyond which the Gaussian's tail begins


def zipf(categories):
    """Probabilities in proportion to 1/k."""
    weights = 1 / np.arange(1, categories + 1)
    return weights / weights.sum()


def categories_panel():
    """Survival of words by how often the real rows had them, and heterozygosity, both from exact theory."""
    rows = np.array(
        [
            replace_counts(zipf(200), rows=ROWS, generations=SHOWN[-1], rng=stream(51, "words", r))[SHOWN]
            for r in range(REPLICATES)
        ]
    )
    curves = []
    for place, times in enumerate(SEEN):
        known = survival_of_seen(times, rows=ROWS, generation=SHOWN)
        there = rows[:, :1] == times
        alive = (rows > 0) & there
        per_run = alive.sum(axis=2) / np.maximum(there.sum(axis=2), 1)
        weight = there.sum(axis=2).astype(float)
        seen = (per_run * weight).sum(axis=0) / weight.sum(axis=0)
        error = np.sqrt(((per_run - seen) ** 2 * weight**2).sum(axis=0)) / weight.sum(axis=0)
        name = f"early: words seen {times} time{'s' if times > 1 else ''}"
        curves.append((name, place, known, seen, error))
    left = heterozygosity(rows.astype(float)) / (1 - (zipf(200) ** 2).sum())
    known = np.array([expected_heterozygosity(1.0, rows=ROWS, generation=g) for g in SHOWN])
    curves.append(("late: heterozygosity", 3, known, left.mean(axis=0), left.std(axis=0, ddof=1) / REPLICATES**0.5))
    return curves


def gaussian_panel():
    """Median mass beyond three standard deviations of the truth, and median variance; theory for the variance."""
    rng, replicates = stream(52, "gaussian"), 20_000
    mean, variance = np.zeros(replicates), np.ones(replicates)
    medians = {"variance": [], "tail": []}
    for g in range(SHOWN[-1] + 1):
        mean = mean + np.sqrt(variance / ROWS) * rng.standard_normal(replicates)
        variance = variance * rng.chisquare(ROWS - 1, replicates) / (ROWS - 1)
        if g in SHOWN:
            deviation = np.sqrt(variance)
            tail = norm.sf((EDGE - mean) / deviation) + norm.cdf((-EDGE - mean) / deviation)
            for name, values in (("variance", variance), ("tail", tail / (2 * norm.sf(EDGE)))):
                step = 0.5 / replicates**0.5  # one standard error of a median, in ranks
                low, middle, high = np.quantile(values, [0.5 - step, 0.5, 0.5 + step])
                medians[name].append((middle, (high - low) / 2))
    known = np.exp(log_variance(rows=ROWS, generation=SHOWN).mean)
    tail, variance = (np.array(medians[name]) for name in ("tail", "variance"))
    return [
        ("early: mass beyond 3 sd, median", 0, None, tail[:, 0], tail[:, 1]),
        ("late: variance, median", 3, known, variance[:, 0], variance[:, 1]),
    ]


def half_life(known):
    """First generation, by interpolation over the logarithm, at which half is left."""
    return float(np.exp(np.interp(-0.5, -np.asarray(known), np.log1p(SHOWN))) - 1)


def main():
    """Print and draw."""
    today, numpy = datetime.date.today(), np.__version__
    print(f"{today}  Python {platform.python_version()}, numpy {numpy}; replace, {ROWS} rows a generation")
    panels = []
    for title, curves in (("200 categories of probability 1/k", categories_panel()), ("Gaussian", gaussian_panel())):
        drawn = []
        for name, place, known, seen, error in curves:
            z = np.abs(seen - known)[1:] / np.maximum(error[1:], 1e-12) if known is not None else None
            worst = f"largest |z| {z[error[1:] > 0].max():.1f}" if z is not None else "no formula: simulation alone"
            print(f"{title}: {name}: half is left at generation {half_life(seen):.0f}; {worst}")
            x = [g + 1 for g in SHOWN]
            line = ([], []) if known is None else (x, known.tolist())
            drawn.append(Curve(name, place / 3, *line, x, seen.tolist(), (1.96 * error).tolist()))
        panels.append(Panel(title, "fits so far (generation + 1)", "share of the truth's", tuple(drawn), x_log=True))
    figures = Path(__file__).parents[1] / "docs" / "figures"
    (figures / "clocks.png").write_bytes(draw(panels, columns=2, formats=("png",))["png"])


if __name__ == "__main__":
    main()
