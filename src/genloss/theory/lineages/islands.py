"""What is kept, of each and of all, by models that mostly read themselves, and what do closed forms say of a pool?"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_generation, checked_one, checked_range, guarded, together

__all__ = [
    "Islands",
    "best_islands",
    "first_best",
    "heterozygosity_of_islands",
    "island_rates",
    "kept_by_islands",
    "pooled_correlation",
    "pooled_variance",
]

_ROWS = "a number of rows from 1 on"
_COUNT = "a number of models from 1 on"


@dataclass(frozen=True, slots=True)
class Islands:
    """How varied are models of categories that mostly read themselves? Chances that two draws differ, by generation.

    within: of two draws from one model, (generations + 1,). between: of two draws from two different models; count: how
    many models there are.
    """

    within: Array
    between: Array
    count: int

    @property
    def whole(self) -> Array:
        """Two draws, each from any of the models with the same chance: within / K + between (1 - 1/K)."""
        return np.asarray(self.within / self.count + self.between * (1 - 1 / self.count))

    @property
    def differentiation(self) -> Array:
        """What part of the variety of all is between models and in none of them: 1 - within / whole.

        0: the models are alike. 1: each model has one category left, and not all the same. Known as F_ST in the study
        of populations. Errors: `Problem` where nothing varied is left.
        """
        if not self.whole.all():
            raise Problem(
                "start", "nothing varied is left, so models differ in no part of it", "give fewer generations"
            )
        return np.asarray(1 - self.within / self.whole)

    @property
    def homogenization(self) -> Array:
        """What part of the variety between models has gone since generation 0: 1 - between / between[0].

        Models that never read each other keep all of it, whatever each of them loses. Errors: `Problem` for one model,
        and where nothing varied was there.
        """
        if self.count == 1 or self.between[0] == 0:
            raise Problem(
                "count", "there are no two models that could grow alike", "give two models and a start above 0"
            )
        return np.asarray(1 - self.between / self.between[0])


@guarded
def heterozygosity_of_islands(start: float, *, count: int, migration: float, rows: int, generations: int) -> Islands:
    r"""Return the variety of K models of n rows each, a share m of whose rows the other models draw, each alike.

    .. math:: w' = (1 - 1/n) (w + q (b - w)), \quad b' = b + \frac{q}{K-1} (w - b), \quad
       q = m \left(2 - \frac{K m}{K - 1}\right)

    w the chance that two draws from one model differ, b the same of two different models, q the chance that two rows of
    one model were drawn from two models. Each model replaces its rows every generation; generation 0 is fitted to
    real rows of its own, so w_0 = (1 - 1/n) H_0 and b_0 = H_0.

    start: H_0, from 0 to 1, of the truth. count: K, from 1 on. migration: m, from 0 (separate) to 1; 1 - 1/K is one
    pool. rows: n, of each model. generations: the last one.
    Status: exact, for any truth; a single run varies. Source: docs/theory/lineages.md. Checked by
    tests/brute/test_lineages.py (every outcome) and tests/unit/test_theory_lineages.py.

    >>> four = heterozygosity_of_islands(1.0, count=4, migration=0.01, rows=50, generations=100)
    >>> four.within[-1].round(3).item(), four.whole[-1].round(3).item()
    (0.427, 0.698)
    """
    h = checked_one("start", start, lowest=0, highest=1, meaning="a heterozygosity from 0 to 1")
    K, m, n = _checked(count, migration, rows)
    if K.ndim or m.ndim or n.ndim:
        raise Problem("count", "lists", "give one number of each")
    last = int(checked_generation(generations))
    found = np.array(list(_steps(K, m, n, last)))
    return Islands(h * found[:, 0], h * found[:, 1], int(K))


def kept_by_islands(count: ArrayLike, migration: ArrayLike, rows: ArrayLike, generations: int) -> tuple[Array, Array]:
    """Return what each and what all keep of the truth's variety in the last generation; arguments broadcast."""
    K, m, n = _checked(count, migration, rows)
    ((within, between),) = deque(_steps(K, m, n, int(checked_generation(generations))), maxlen=1)
    return within, np.asarray(within / K + between * (1 - 1 / K))


@guarded
def best_islands(*, rows_in_all: int, migration: float, generations: int) -> NDArray[np.int64]:
    """Return which number of models keeps most in each of them, by generation, (generations + 1,).

    All models share R rows a generation: K models have R/K each, rounded down, and K goes from 1 to R. More models lose
    more variety each, at once; but what they read from each other, all of them lose more slowly, as long as they read
    each other seldom. So the best number is 1 at first and grows with the generations. It stays 1 where models never
    read each other (migration 0), and where all read one pool, which is as one model of all rows.

    rows_in_all: R, from 1 to 10,000. migration: the share of rows that the others draw, of two models or more.
    generations: the last one. Of numbers that are equally good it is the smallest.
    Status: exact, for expected heterozygosity of any truth. Source: docs/theory/lineages.md. Checked by
    tests/unit/test_theory_lineages.py.

    >>> best_islands(rows_in_all=200, migration=0.03, generations=1000)[[0, 100, 300, 500, 1000]].tolist()
    [1, 1, 5, 20, 40]
    """
    most = checked_one("rows_in_all", rows_in_all, lowest=1, highest=10_000, meaning="a number of rows up to 10,000")
    m = checked_one("migration", migration, lowest=0, highest=1, meaning="a share of rows from 0 to 1")
    count = np.arange(1, int(most) + 1, dtype=float)
    steps = _steps(count, np.where(count > 1, m, 0.0), most // count, int(checked_generation(generations)))
    return np.array([1 + first_best(within) for within, _ in steps])


def first_best(values: Array) -> int:
    """Return where a value is greatest, up to rounding; the first of several."""
    return int(np.argmax(values >= values.max() * (1 - 1e-12)))


def _steps(K: Array, m: Array, n: Array, last: int) -> Iterator[tuple[Array, Array]]:
    """Yield within and between, for a truth of 1, generation by generation."""
    apart = _apart(K, m)
    joins = apart / np.maximum(K - 1, 1)
    kept = 1 - 1 / n
    within, between = kept + 0 * K, np.ones(K.shape)
    yield within, between
    for _ in range(last):
        within, between = kept * (within + apart * (between - within)), between + joins * (within - between)
        yield within, between


def _apart(K: Array, m: Array) -> Array:
    """Return the chance that two rows of one model were drawn from two models."""
    return np.asarray(m * (2 - m * K / np.maximum(K - 1, 1)))


def _checked(count: ArrayLike, migration: ArrayLike, rows: ArrayLike) -> tuple[Array, Array, Array]:
    K, m, n = together(
        count=checked_range("count", count, lowest=1, meaning=_COUNT, whole=True),
        migration=checked_range("migration", migration, lowest=0, highest=1, meaning="a share of rows from 0 to 1"),
        rows=checked_range("rows", rows, lowest=1, meaning=_ROWS, whole=True),
    )
    if np.any((K == 1) & (m > 0)):
        raise Problem("migration", "one model alone, and a share of its rows comes from others", "give migration 0")
    return K, m, n


@guarded
def island_rates(*, count: int, migration: float, rows: int) -> Array:
    r"""Return which part of variety is lost a generation in the end, and which part of the rest fades first, (2,).

    The two numbers of `heterozygosity_of_islands` follow a matrix with the eigenvalues 1 - r:

    .. math:: r_{1,2} = \tfrac12 \left(t \mp \sqrt{t^2 - 4 d}\right), \quad
       t = \tfrac1n + (1 - \tfrac1n) q + \tfrac{q}{K-1}, \quad d = \frac{q}{n (K - 1)}

    The smaller one first: the variety of all is lost at this rate once models have grown as alike as their exchange
    makes them; 1 / r is the number of rows of one model that would lose as fast. 0: separate models keep for ever what
    differs between them. The larger says how soon that state is reached.

    Arguments as there. Status: exact. Source: docs/theory/lineages.md. Checked by
    tests/unit/test_theory_lineages.py.

    >>> slow, fast = island_rates(count=4, migration=0.01, rows=50)
    >>> round(1 / slow), round(1 / fast)
    (325, 23)
    """
    K, m, n = _checked(count, migration, rows)
    if K.ndim or m.ndim or n.ndim:
        raise Problem("count", "lists", "give one number of each")
    q = _apart(K, m)
    joins = q / max(float(K) - 1, 1.0)
    own = 1 / n + (1 - 1 / n) * q
    if K == 1:
        return np.array([1 / float(n), 1.0])
    root = np.sqrt((own - joins) ** 2 + 4 * (1 - 1 / n) * q * joins)
    fast = (own + joins + root) / 2
    return np.array([float(joins / n / fast), float(fast)])


@guarded
def pooled_variance(generation: ArrayLike, *, count: ArrayLike) -> Array:
    """Return n Var / V of each of K models that draw n rows from one pool of all models' output: 1 + g / K.

    Every model gives the same number of rows to each. Two models share 1/K of what their rows' means say of the
    models before, and each adds noise of its own. generation: g, any shape. count: K. Shapes broadcast.
    Status: exact for whole rows and curvature 0, else leading term in 1/n. Source: docs/theory/lineages.md.
    Checked by tests/unit/test_theory_lineages.py.

    >>> pooled_variance([0, 10], count=2).tolist()
    [1.0, 6.0]
    """
    g, K = _pool(generation, count, 1)
    return 1 + g / K


@guarded
def pooled_correlation(generation: ArrayLike, *, count: ArrayLike) -> Array:
    """Return the correlation of two models' errors under one pool, g / (g + K). Arguments, status as `pooled_variance`.

    Status: exact for whole rows and curvature 0, else leading term in 1/n. Source: docs/theory/lineages.md.
    Checked by tests/unit/test_theory_lineages.py.

    >>> pooled_correlation(10, count=[2, 3, 5]).round(3).tolist()
    [0.833, 0.769, 0.667]
    """
    g, K = _pool(generation, count, 2)
    return g / (g + K)


def _pool(generation: ArrayLike, count: ArrayLike, lowest: int) -> tuple[Array, Array]:
    g, K = together(
        generation=checked_generation(generation).astype(float),
        count=checked_range("count", count, lowest=lowest, meaning=f"a number of models from {lowest} on", whole=True),
    )
    return g, K
