"""How often are independent rows taken for rows that belong together, and which groups are found without an id?

Run: .venv/bin/python verification/audit_clusters.py > verification/audit_clusters.txt (about two minutes)
Sizes and seeds were fixed before the look that is printed. After a first look neighbors were taken from an eighth of
the rows instead of a quarter, since 100 rows along a curve were taken for groups in 10 of 10 tables of five columns.

Shares of rows with a neighbor that is nearer than chance allows; one asks from .05 on.
"""

import datetime
import platform
import time

import numpy as np

from genloss.audit.clusters import SUSPICIOUS, near_rows
from genloss.streams import stream

TIMES = 10
SIZES = (100, 1000, 10_000)
COLUMNS = (2, 5, 20)
RATIOS = (0.0, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5)


def rounded(rng, shape):
    """Return amounts, of which half are rounded to hundreds and a third to tens."""
    amounts, how = np.exp(rng.normal(size=shape)) * 3000, rng.random(shape)
    return np.where(how < 0.5, np.round(amounts, -2), np.where(how < 0.8, np.round(amounts, -1), np.round(amounts)))


def mixture(rng, shape, each):
    """Return rows around so many centers that each has `each` rows in the mean."""
    centers = max(2, shape[0] // each)
    return rng.normal(size=(centers, shape[1]))[rng.integers(0, centers, shape[0])] + 0.05 * rng.normal(size=shape)


def curve(rng, shape):
    """Return rows along a curve, with noise of a twentieth."""
    along = 6 * rng.random((shape[0], 1))
    return np.sin(along * np.arange(1, shape[1] + 1)) + 0.05 * rng.normal(size=shape)


LAWS = {
    "gauss": lambda rng, shape: rng.normal(size=shape),
    "t3": lambda rng, shape: rng.standard_t(3, shape),
    "Cauchy": lambda rng, shape: rng.standard_cauchy(shape),
    "uniform": lambda rng, shape: rng.random(shape),
    "lognormal 1.5": lambda rng, shape: np.exp(1.5 * rng.normal(size=shape)),
    "correlated": lambda rng, shape: rng.normal(size=shape) @ rng.normal(size=(shape[1], shape[1])),
    "Poisson 100": lambda rng, shape: rng.poisson(100, shape),
    "whole numbers": lambda rng, shape: np.round(30 * rng.normal(size=shape)),
    "partly rounded": rounded,
    "50 rows a center": lambda rng, shape: mixture(rng, shape, 50),
    "100 rows a center": lambda rng, shape: mixture(rng, shape, 100),
    "a curve": curve,
}


def share(rows, *key):
    """Return the share of near rows; nan where it cannot be told."""
    seen = near_rows(np.asarray(rows, dtype=float), tuple(map(str, range(rows.shape[1]))), stream(44, "look", *key))
    return np.nan if seen is None else seen.share


def shown(values):
    """Write the mean and the largest share, and how often one would ask."""
    values = np.array(values)
    if np.isnan(values).all():
        return "not told"
    asked = int((values >= SUSPICIOUS).sum())
    return f"mean {np.nanmean(values):.4f}, largest {np.nanmax(values):.4f}, asked {asked} of {len(values)}"


def tables():
    """Print real tables whole, and halves of them."""
    import sklearn.datasets
    import statsmodels.api

    found = {name: getattr(sklearn.datasets, f"load_{name}")().data for name in (
        "digits", "diabetes", "iris", "breast_cancer", "wine")}  # fmt: skip
    for name in ("randhie", "star98", "engel", "grunfeld", "modechoice", "macrodata", "fair", "anes96", "heart"):
        table = getattr(statsmodels.api.datasets, name).load_pandas().data
        found[name] = table.select_dtypes("number").dropna().to_numpy(dtype=float)
    for name, rows in found.items():
        halves = [
            share(rows[stream(44, name, k).permutation(len(rows))[: len(rows) // 2]], name, k) for k in range(TIMES)
        ]
        print(f"{name} {rows.shape}: whole {share(rows, name):.4f}; halves: {shown(halves)}", flush=True)


def main():
    """Print all tables."""
    print(datetime.date.today(), f" Python {platform.python_version()}, numpy {np.__version__}")
    print(f"independent rows, {TIMES} times each")
    for law, draw in LAWS.items():
        for columns in COLUMNS:
            for rows in SIZES:
                times = TIMES if rows < SIZES[-1] else 2
                found = [share(draw(stream(44, law, rows, columns, k), (rows, columns)), law, k) for k in range(times)]
                print(f"{law}, {rows} x {columns}: {shown(found)}", flush=True)
    print("real tables")
    tables()
    print(f"groups: rows of one person differ by so many deviations between persons: {RATIOS}")
    for together in (2, 5):
        for rows in (200, 1000, 5000):
            for columns in (2, 3, 5, 10, 20):
                line = []
                for ratio in RATIOS:
                    rng = stream(44, "persons", together, rows, columns, str(ratio))
                    persons = np.repeat(rng.normal(size=(rows // together, columns)), together, axis=0)
                    line.append(share(persons + ratio * rng.normal(size=persons.shape), "persons"))
                print(f"{together} rows a person, {rows} x {columns}: {' '.join(f'{each:.3f}' for each in line)}")
    rows = stream(44, "time").normal(size=(10_000, 20))
    begin = time.process_time()
    share(rows, "time")
    print(f"10,000 x 20: {time.process_time() - begin:.2f} s of a processor")


if __name__ == "__main__":
    main()
