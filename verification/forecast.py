"""Do forecasts cover what happens on real rows? Coverage, interval score and width; prints a dated table.

Run: OMP_NUM_THREADS=1 .venv/bin/python -W ignore verification/forecast.py > verification/forecast.txt (ten minutes)

Population: a data set; the truth is its least squares fit. A user sees T rows drawn from it (5 splits), forecasts five
generations (400 paths, seen rows only). What happens: 200 times T new rows of the population with their recorded
labels, then generations as the workflow says, risk against the truth over the whole data set. Coverage: share of what
happens inside the 95 % of paths, all generations; lowest split. Score: the interval score over that of the interval
that has the replicates' own 2.5 and 97.5 % points; width likewise. Sizes and seeds were fixed before the first look.
"""

import datetime
import platform
import sys
import time

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.linear_model import LinearRegression, Ridge

from genloss.advise.forecasts.from_rows import forecast
from genloss.streams import stream

SPLITS, REPLICATES, PATHS, LAST, LEVEL = 5, 200, 400, 5, 0.05


def data_sets():
    """Name, inputs, labels, rows that the user sees."""
    yield "diabetes", *load_diabetes(return_X_y=True), 200
    yield "breast cancer", *load_breast_cancer(return_X_y=True), 300
    yield "wine", *load_wine(return_X_y=True), 120
    iris = load_iris().data
    yield "iris", iris[:, :3], iris[:, 3], 60
    digits = load_digits()
    used = digits.data[:, digits.data.std(axis=0) > 0.5]
    yield "digits", used, (digits.target % 2 - 0.5) + stream(90, "digits").standard_normal(len(used)), 400
    from statsmodels.datasets import anes96, engel, fair, randhie, star98

    for name, load, target in (("fair", fair.load, "affairs"), ("randhie", randhie.load, "mdvis")):
        table = load().data.astype(float)
        yield name, table.drop(columns=target).to_numpy(), table[target].to_numpy(), 300

    # three that were not among those of the first two looks
    votes, food, tests = (each.load().data.astype(float) for each in (anes96, engel, star98))
    yield "anes96", votes[["age", "educ", "income", "PID"]].to_numpy(), votes["TVnews"].to_numpy(), 300
    yield "engel", food[["income"]].to_numpy(), food["foodexp"].to_numpy(), 100
    yield (
        "star98",
        tests.iloc[:, 2:14].to_numpy(),
        (tests["NABOVE"] / (tests["NABOVE"] + tests["NBELOW"])).to_numpy(),
        150,
    )


def happens(model, x, y, truth, noise, rows, workflow, rng):
    """Risks of one chain on the population's own rows."""
    shown, kept, risks = None, [], []
    for _ in range(LAST + 1):
        places = rng.integers(len(x), size=rows)
        labels = y[places] if shown is None else shown[places] + noise * rng.standard_normal(rows)
        kept = [*kept, (x[places], labels)] if workflow == "accumulate" else [(x[places], labels)]
        fit = model.fit(np.concatenate([a for a, _ in kept]), np.concatenate([b for _, b in kept]))
        shown = fit.predict(x)
        risks.append(np.mean((shown - truth) ** 2))
    return risks


def score(low, high, seen):
    """Interval score, mean over replicates and generations."""
    miss = np.maximum(low - seen, 0) + np.maximum(seen - high, 0)
    return float((high - low + 2 / LEVEL * miss).mean())


def judged(low, high, seen):
    """Coverage; interval score and width over those of the replicates' own interval."""
    ends = np.quantile(seen, [LEVEL / 2, 1 - LEVEL / 2], axis=0)
    covered = float(((low <= seen) & (seen <= high)).mean())
    return covered, score(low, high, seen) / score(*ends, seen), float(((high - low) / (ends[1] - ends[0])).mean())


def main():
    """Print."""
    print(f"{datetime.date.today()}  Python {platform.python_version()}, numpy {np.__version__}")
    print(
        "data, model, workflow: coverage (lowest split), score and width over the replicates' own, failed assumptions"
    )
    start = time.time()
    for name, inputs, labels, rows in data_sets():
        if sys.argv[1:] and name not in sys.argv[1:]:
            continue
        kept = inputs.std(axis=0) > 0
        x = (inputs[:, kept] - inputs[:, kept].mean(axis=0)) / inputs[:, kept].std(axis=0)
        y = labels - labels.mean()
        truth = x @ np.linalg.lstsq(x, y, rcond=None)[0]
        noise = float(np.std(y - truth))
        for title, model in (("least squares", LinearRegression()), ("ridge .1", Ridge(alpha=0.1 * rows))):
            for workflow in ("replace", "accumulate"):
                covered, scores, widths, failed = [], [], [], set()
                for split in range(SPLITS):
                    rng = stream(61, name, title, workflow, split)
                    places = rng.integers(len(x), size=rows)
                    told = forecast(model, x[places], y[places], workflow=workflow, generations=LAST, replicates=PATHS)
                    seen = np.array(
                        [happens(model, x, y, truth, noise, rows, workflow, rng) for _ in range(REPLICATES)]
                    )
                    for kept, value in zip((covered, scores, widths), judged(told.low, told.high, seen), strict=True):
                        kept.append(value)
                    failed |= {a.name for a in told.assumptions if a.state == "failed"}
                print(
                    f"{name:<14} {title:<14} {workflow:<11} {np.mean(covered):>5.1%} ({min(covered):>5.1%}) "
                    f"{np.mean(scores):>5.2f} {np.mean(widths):>5.2f}  {'; '.join(sorted(failed)) or '-'}",
                    flush=True,
                )
        print(f"{name}: {time.time() - start:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
