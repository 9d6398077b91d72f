"""How often does the interval of a share hold the share, by share and data, and what breaks it? About twenty minutes.

1,000 real rows, 1,000 of the generator, a pool of 800 (digits: 400, 600, 400), level .95; each repetition draws all of
them anew (digits: other splits). "holds": share of intervals with the true share, where nothing can be told [0, 1];
"told": share of answers; "estimate", "width": means where told; "none": answers that no share fits.

    .venv/bin/python verification/synthetic_share.py > verification/synthetic_share.txt
"""

from __future__ import annotations

import datetime
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

from genloss.audit.share import synthetic_share
from genloss.models.adapters import adapted
from genloss.streams import stream

SHARES, REPETITIONS, FEWER = (0.0, 0.3, 1.0), 20, 10
REAL, MADE, POOL = 1000, 1000, 800
Draw = Callable[[int, np.random.Generator], Any]
Laws = Callable[[np.random.Generator], tuple[Draw, Draw, Draw, Draw]]
"""Of one repetition: real rows, the generator's, the real part of the pool, its made part."""


def narrower(deviation: float, columns: int = 2, shift: float = 0.0) -> Laws:
    """Return Gaussians, the generator's narrower; shift: of the real part of the pool."""

    def laws(_rng: np.random.Generator) -> tuple[Draw, Draw, Draw, Draw]:
        def of(scale: float, mean: float) -> Draw:
            return lambda count, rng: rng.normal(mean, scale, size=(count, columns))

        return of(1.0, 0.0), of(deviation, 0.0), of(1.0, shift), of(deviation, 0.0)

    return laws


def mixed(_rng: np.random.Generator) -> tuple[Draw, Draw, Draw, Draw]:
    """Return a table of numbers and words, and a generator that forgets correlations and rare words."""

    def real(count: int, rng: np.random.Generator) -> pd.DataFrame:
        kind = rng.choice(["a", "b", "c", "d"], size=count, p=[0.5, 0.3, 0.15, 0.05])
        age = rng.gamma(4.0, 10.0, size=count)
        return pd.DataFrame(
            {"age": age, "income": 0.5 * age + rng.normal(0, 10, count) + 9 * (kind == "c"), "kind": kind}
        )

    def made(count: int, rng: np.random.Generator) -> pd.DataFrame:
        kind = rng.choice(["a", "b", "c", "d"], size=count, p=[0.52, 0.31, 0.15, 0.02])
        age = rng.gamma(4.0, 10.0, size=count)
        return pd.DataFrame({"age": age, "income": 0.45 * age + rng.normal(3, 11, count), "kind": kind})

    return real, made, real, made


def digits(other: str = "") -> Laws:
    """Return splits of real images by 10 principal components of 600 others, and a mixture of 8 Gaussians of these.

    other: who made the pool: "", the same fit; "third", a fit two generations on; "kernel", a kernel density. Not of
    pixels: those of real images are whole numbers, by which alone any generator is told.
    """

    def laws(rng: np.random.Generator) -> tuple[Draw, Draw, Draw, Draw]:
        images = load_digits().data / 16.0
        order = rng.permutation(len(images))
        images = PCA(10, random_state=0).fit(images[order[:600]]).transform(images)
        train, real, pool = order[:600], iter(order[600:1200]), iter(order[1200:])
        model = adapted(GaussianMixture(8))
        fit = pooled = model.fit(images[train], None, rng)
        if other == "third":
            for _ in range(2):
                pooled = model.fit(pooled.sample(600, rng), None, rng)
        if other == "kernel":
            pooled = adapted(KernelDensity(bandwidth=0.3)).fit(images[train], None, rng)
        taken: Draw = lambda count, _rng: images[[next(real) for _ in range(count)]]  # noqa: E731
        held: Draw = lambda count, _rng: images[[next(pool) for _ in range(count)]]  # noqa: E731
        return taken, fit.sample, held, pooled.sample

    return laws


CASES: dict[str, tuple[Laws, int, tuple[int, int, int]]] = {
    "Gaussian, sd .8": (narrower(0.8), REPETITIONS, (REAL, MADE, POOL)),
    "Gaussian, sd .9": (narrower(0.9), REPETITIONS, (REAL, MADE, POOL)),
    "Gaussian, sd .98": (narrower(0.98), REPETITIONS, (REAL, MADE, POOL)),
    "table of numbers and words": (mixed, REPETITIONS, (REAL, MADE, POOL)),
    "digits, mixture of 8": (digits(), FEWER, (400, 600, 400)),
    "digits, pool two generations on": (digits("third"), FEWER, (400, 600, 400)),
    "BREAKS: digits, pool of a kernel density": (digits("kernel"), FEWER, (400, 600, 400)),
    "BREAKS: Gaussian, sd .8, real part of the pool shifted by .2": (
        narrower(0.8, shift=0.2), FEWER, (REAL, MADE, POOL),
    ),
}  # fmt: skip


def run(name: str) -> None:
    """Run one case, and print."""
    laws, repetitions, (reals, mades, pooled) = CASES[name]
    print(f"\n{name}: {reals:,} real, {mades:,} made, pool {pooled:,}; {repetitions} repetitions")
    for share in SHARES:
        began, found = time.time(), []
        for number in range(repetitions):
            rng = stream(5, name, int(100 * share), number)
            real, made, own, other = laws(rng)
            of_made = round(share * pooled)
            parts = [own(pooled - of_made, rng)] * (of_made < pooled) + [other(of_made, rng)] * (of_made > 0)
            pool = pd.concat(parts) if hasattr(parts[0], "columns") else np.concatenate(parts)
            found.append(synthetic_share(pool, real(reals, rng), made(mades, rng), seed=number))
        told = [each for each in found if each.answered]
        holds = np.mean([any(low <= share <= high for low, high in each.pieces) for each in found])
        inside = [each for each in told if each.pieces]
        width = np.mean([each.pieces[-1][1] - each.pieces[0][0] for each in inside]) if inside else np.nan
        value = np.mean([each.value for each in told]) if told else np.nan
        error = np.sqrt(max(holds * (1 - holds), 0.05 * 0.95) / repetitions)
        print(
            f"  share {share:4.2f}: holds {holds:.2f} ± {error:.2f}, told {len(told) / repetitions:.2f}, estimate "
            f"{value:.3f}, width {width:.2f}, none {len(told) - len(inside)}, separation "
            f"{np.mean([each.separation for each in found]):.1f}, {found[-1].by} ({time.time() - began:.0f} s)",
            flush=True,
        )


if __name__ == "__main__":
    print(f"{datetime.date.today()}")
    for case in sys.argv[1:] or CASES:
        run(case)
