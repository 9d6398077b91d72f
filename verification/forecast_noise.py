"""Which law of a table's unknown noise makes forecasts of least squares cover? Prints a dated table.

Run: OMP_NUM_THREADS=1 .venv/bin/python -W ignore verification/forecast_noise.py > verification/forecast_noise.txt

Least squares risk is proportional to the noise variance, so runs with the residuals' own variance serve every law:
4,000 draws of the variance, each times a run. 40 tables of each data set; what happens is drawn 200 times, as in
verification/forecast.py. Coverage (lowest table) and interval score over that of the replicates' own interval.
Laws: fixed, the residuals' mean square; resampled, that of resampled residuals; tail, what the package believes.
"""

import datetime
import platform

import forecast as judged
import numpy as np
from sklearn.linear_model import LinearRegression

from genloss.advise.forecasts.from_rows import _runs
from genloss.advise.forecasts.worlds import world_of
from genloss.advise.forecasts.worlds.functions import Function
from genloss.advise.forecasts.worlds.noise import noise_variances
from genloss.streams import stream
from genloss.workflows import schedule_of

TABLES, REPLICATES, BLOCKS, DRAWS, LEVEL = 40, 200, 30, 4000, 0.05
SETS = ("diabetes", "fair", "randhie", "anes96")


def laws(residuals, rng):
    """Draws of the noise variance by law."""
    squares = residuals**2
    return {
        "fixed": np.full(DRAWS, squares.mean()),
        "resampled": rng.choice(squares, size=(DRAWS, squares.size)).mean(axis=1),
        "tail": noise_variances(residuals, DRAWS, rng),
    }


def judge(x, y, rows, workflow, rng):
    """Coverage and score of every law on every table."""
    truth = x @ np.linalg.lstsq(x, y, rcond=None)[0]
    noise = float(np.std(y - truth))
    model, found = LinearRegression(), {}
    seen = np.array([judged.happens(model, x, y, truth, noise, rows, workflow, rng) for _ in range(REPLICATES)])
    own = judged.score(*np.quantile(seen, [LEVEL / 2, 1 - LEVEL / 2], axis=0), seen)
    for _ in range(TABLES):
        places = rng.integers(len(x), size=rows)
        world = world_of(model, x[places], y[places])
        schedule, flat = (
            schedule_of(workflow, judged.LAST, rows=rows),
            Function(np.zeros(rows), float(np.sqrt(world.seen.noise)), world.seen.residuals),
        )
        runs = np.concatenate([_runs(world, flat, schedule, rng)[0] for _ in range(BLOCKS)])
        for law, variances in laws(world.seen.residuals, rng).items():
            scaled = (variances / np.mean(world.seen.residuals**2))[:, None] * runs[rng.integers(len(runs), size=DRAWS)]
            low, high = np.quantile(scaled, [LEVEL / 2, 1 - LEVEL / 2], axis=0)
            covered = float(((low <= seen) & (seen <= high)).mean())
            found.setdefault(law, []).append((covered, judged.score(low, high, seen) / own))
    return found


def main():
    """Print."""
    print(f"{datetime.date.today()}  Python {platform.python_version()}, numpy {np.__version__}; {TABLES} tables each")
    for name, inputs, labels, rows in judged.data_sets():
        if name not in SETS:
            continue
        kept = inputs.std(axis=0) > 0
        x = (inputs[:, kept] - inputs[:, kept].mean(axis=0)) / inputs[:, kept].std(axis=0)
        for workflow in ("replace", "accumulate"):
            found = judge(x, labels - labels.mean(), rows, workflow, stream(78, name, workflow))
            for law, pairs in found.items():
                covered, scores = np.array(pairs).T
                print(
                    f"{name:<9} {workflow:<11} {law:<10} {covered.mean():>5.1%} ({covered.min():>5.1%})  score "
                    f"{scores.mean():.2f} ({scores.std(ddof=1) / TABLES**0.5:.2f})",
                    flush=True,
                )


if __name__ == "__main__":
    main()
