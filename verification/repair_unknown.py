"""What does it cost not to know how many generators made the labels? Prints a dated table.

Run: OMP_NUM_THREADS=1 .venv/bin/python verification/repair_unknown.py > verification/repair_unknown.txt (ten minutes)

Populations, draws and repeats as in verification/repair.py, diabetes and randhie, T 100 alone. For each cell
GenerationRidgeCV is told n, told nothing (generation=None), or told 1. Rise: mean risk over that of knowing n, minus 1;
interval: 2,000 bootstrap samples of repeats, 95 %. Held: share of repeats whose 90 % interval of n holds n.
"""

import datetime
import platform

import numpy as np
import repair as judged
from sklearn.linear_model import RidgeCV

from genloss.advise import GenerationRidgeCV
from genloss.streams import stream

ROWS, SETS, KINDS = 100, ("diabetes", "randhie"), ("least squares", "ridge")


def once(population, generation, generator_rows, kind, rng):
    """Risks of RidgeCV and of ours told n, nothing, 1; what is believed of n, and whether its interval holds n."""
    shown, penalty = judged.teach(population, generation, generator_rows, kind, rng)
    places = population.draw(ROWS, rng)
    x, y = population.x[places], shown[places] + rng.standard_normal(ROWS)
    fits = [RidgeCV(alphas=judged.ALPHAS * ROWS).fit(x, y)]
    for told in (generation, None, 1):
        method = "empirical_bayes" if penalty else "empirical_bayes_robust"
        ours = GenerationRidgeCV(
            generation=told, generator_rows=generator_rows, generator_penalty=penalty, method=method
        )
        fits.append(ours.fit(x, y))
    low, high = fits[2].generation_interval_
    risks = [float(((fit.predict(population.x) - population.truth) ** 2).mean()) for fit in fits]
    return [*risks, fits[2].generation_, low <= generation <= high]


def main():
    """Print a line for every cell, then medians."""
    print(
        f"{datetime.date.today()}  Python {platform.python_version()}, numpy {np.__version__}; {judged.REPEATS} repeats"
    )
    print(
        "generators data n T0 | saved against RidgeCV: known, unknown, told 1 | rise of unknown [interval], of 1 | held"
    )
    found = {}
    for name, x, y in judged.data_sets():
        if name not in SETS:
            continue
        population = judged.Population(x, y)
        for kind in KINDS:
            for generation in judged.GENERATIONS:
                for given in judged.GENERATOR_ROWS:
                    rows = given or max(60, 3 * population.x.shape[1])
                    rng = stream(96, name, kind, generation, rows)
                    drawn = np.array([once(population, generation, rows, kind, rng) for _ in range(judged.REPEATS)])
                    mean = drawn.mean(axis=0)
                    again = drawn[rng.integers(len(drawn), size=(judged.BOOTSTRAPS, len(drawn)))].mean(axis=1)
                    low, high = np.quantile(again[:, 2] / again[:, 1] - 1, [0.025, 0.975])
                    saved, rise = 1 - mean[1:4] / mean[0], mean[2:4] / mean[1] - 1
                    found.setdefault((kind, generation), []).append((*saved, *rise, mean[4], mean[5]))
                    print(
                        f"{kind:<13} {name:<8} {generation:>2} {rows:>3} | "
                        + " ".join(f"{each:>6.1%}" for each in saved)
                        + f" | {rise[0]:>6.1%} [{low:>6.1%}, {high:>6.1%}] {rise[1]:>7.1%} | {mean[5]:.0%}",
                        flush=True,
                    )
    for (kind, generation), cells in found.items():
        table = np.array(cells)
        known, unknown, one, cost, wrong, believed, held = np.median(table, axis=0)
        print(
            f"{kind}, n = {generation}: median of {len(table)} cells: known {known:.0%}, unknown {unknown:.0%}, told 1 "
            f"{one:.0%}; not knowing costs {cost:.0%} (worst {table[:, 3].max():.0%}), telling 1 {wrong:.0%} (worst "
            f"{table[:, 4].max():.0%}); believed n {believed:.1f}, held {held:.0%}"
        )


if __name__ == "__main__":
    main()
