"""Which files of a reader do the examples of a page speak of? Small ones of that kind, by page."""

import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.mixture import GaussianMixture

import genloss
from genloss.streams import stream

ROOT = Path(__file__).parents[1]


def _rng(*key):
    return stream(33, "docs", *key)


def _table(rows, scale=1.0, key="table"):
    def write(path):
        values = _rng(key, rows, int(100 * scale)).normal(scale=scale, size=(rows, 4))
        frame = pd.DataFrame(values, columns=["income", "age", "weight", "price"])
        frame["y"] = frame["income"] + 0.5 * frame["age"] + _rng("y", rows).normal(size=rows)
        frame.to_parquet(path) if path.suffix == ".parquet" else frame.to_csv(path, index=False)

    return write


def _regression(path, target="price"):
    X = _rng("regression").normal(size=(200, 3))
    frame = pd.DataFrame(X, columns=["rooms", "age", "distance"])
    frame[target] = X @ [2.0, -1.0, 0.5] + _rng("noise").normal(size=200)
    frame.to_csv(path, index=False)


def _by_generation(path):
    rng = _rng("generations")
    parts = [
        pd.DataFrame(
            {
                "generation": name,
                "patient": np.arange(900),
                "pulse": rng.normal(size=900),
                "pressure": rng.normal(size=900),
            }
        )
        for name in ("real", "1", "2")
    ]
    pd.concat(parts, ignore_index=True).to_parquet(path)


def _pilots(path):
    lines = [
        {"rows": n, "generation": g, "seed": seed, "value": (2 + g) * 1.5 / n * (1 + 0.02 * np.sin(7 * seed + n))}
        for n in (50, 100, 200)
        for g in range(4)
        for seed in range(4)
    ]
    pd.DataFrame(lines).to_csv(path, index=False)


RESAMPLED = """class Again:
    def fit(self, data, weights, rng, *, start=None):
        return Fit(data, weights)


class Fit:
    def __init__(self, data, weights):
        self.data, self.weights = data, weights

    def sample(self, count, rng):
        rows = len(self.data[1] if isinstance(self.data, tuple) else self.data)
        chances = None if self.weights is None else self.weights / self.weights.sum()
        places = rng.choice(rows, size=count, p=chances)
        if isinstance(self.data, tuple):
            return self.data[0].iloc[places], self.data[1][places]
        return self.data.iloc[places]


def make(depth=3):
    return Again()
"""
COMMAND = """import csv, random, sys
head, *rows = csv.reader(open(sys.argv[1]))
drawn = random.Random(sys.argv[4]).choices(rows, k=int(sys.argv[3]))
csv.writer(open(sys.argv[2], "w", newline="")).writerows([head, *drawn])
"""


STUDY = """generations = 2
replicates = 80

[population]
kind = "linear_gaussian"
dim = 5
noise = 0.5

[workflow]
kind = "replace"
rows = 50

[generator]
kind = "least_squares"
"""


def my_rows(path):
    rng = _rng("my rows")
    rows = {
        "age": rng.integers(18, 80, 90),
        "income": rng.normal(30, 9, 90).round(2),
        "city": rng.choice(["a", "b"], 90),
    }
    pd.DataFrame(rows | {"y": rng.normal(size=90).round(3), "id": np.arange(90)}).to_csv(path, index=False)


def _text(content):
    return lambda path: path.write_text(content, encoding="utf-8")


def _chain(path):
    rows = _rng("chain").normal(size=(60, 2))
    genloss.chain(GaussianMixture(1), rows, "replace", generations=1, seeds=2, out=path)


def _ledger(path):
    path.mkdir()
    lines = "generation,data,made_by,rows\nbot-0,tickets,real,12000\nbot-1,tickets,,\nbot-1,answers-0,bot-0,8000\n"
    (path / "ledger.csv").write_text(lines, encoding="utf-8")


def _mixture(path):
    text = (ROOT / "studies" / "mixture-on-iris.toml").read_text(encoding="utf-8")
    study = tomllib.loads(text) | {"replicates": 2, "generations": 1}
    study.pop("claim", None)
    study.pop("report", None)
    genloss.run(genloss.Study.from_dict(study), out=path)


FILES = {
    "docs/howto/audit.md": {
        "real.csv": _table(1500),
        **{f"gen{k}.csv": _table(500 + k) for k in (1, 2, 3, 9)},
        "all.parquet": _by_generation,
    },
    "docs/howto/check-synthetic-rows.md": {"data.csv": lambda path: _regression(path, "y")},
    "docs/howto/commands-and-studies.md": {
        "my.csv": my_rows,
        "model.py": _text(RESAMPLED),
        "gen.py": _text(COMMAND),
    },
    "docs/howto/ledger.md": {"results/mine": _chain, "my-project": _ledger},
    "docs/howto/long-runs.md": {"study.toml": _text(STUDY)},
    "docs/howto/plan.md": {"data.csv": lambda path: _regression(path, "y")},
    "docs/howto/plan-from-pilots.md": {"pilots.csv": _pilots},
    "docs/howto/unknown-share.md": {
        "pool.csv": _table(400, 0.8, "pool"),
        "real.csv": _table(500, 1.0, "real"),
        "made.csv": _table(500, 0.8, "made"),
        "data.csv": _regression,
    },
    "docs/howto/your-own-model.md": {"rows.csv": _table(80), "results/mixture-on-iris": _mixture},
}
