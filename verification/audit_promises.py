"""What an audit's answer promises beside the verdict, measured. Dated output: audit_promises.txt.

    OMP_NUM_THREADS=1 .venv/bin/python verification/audit_promises.py smallest 2000

smallest: power at the smallest loss that a line says would have been seen; coverage: intervals of effects, by law of
rows; change: the generation of the change; harmless: shifts, units and noise, which must not be called collapsing;
models: chains of models of real tables; wide: more than 500 columns; horizon: a known number of generations. Sizes were
fixed before the first look; every look is kept in the output.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import date
from itertools import product

import numpy as np
from numpy.typing import NDArray

from genloss.audit.cells import cells, tail_cells
from genloss.audit.figures import figures_of
from genloss.audit.horizon import evidence_of
from genloss.audit.kinds import kinds_of
from genloss.audit.lens import RATIO, Part
from genloss.audit.moments import Moments
from genloss.audit.scores import LARGE, SMALL
from genloss.audit.streams import CELLS, MANY, MANY_CELLS, Stream
from genloss.audit.visible_loss import smallest_seen
from genloss.streams import stream

Array = NDArray[np.float64]

SIZES = tuple(product((1000, 2000, 8000), (300, 1000, 4000)))
POOL = 80_000
TAIL = 0.01
"""A tail too small for these sizes."""
ALPHA = 0.05
TARGET = (0.72, 0.88)


def pools() -> dict[str, tuple[Part, int, float, Array]]:
    """Scores of many Gaussian rows by metric: part, rows of a score, weight, scores."""
    rng = stream(3000, "audit", "pools")
    figures = figures_of(rng.normal(size=(1000, 10)), 0)
    some = rng.normal(size=(1000, 10))
    scores = figures.beside(some).scores(rng.normal(size=(POOL, 10)))
    kinds = kinds_of(("a", "b"), words(rng, 1000), 1)
    counted = kinds.scores(words(rng, POOL))
    wide = [part for part in (*figures.parts(), *kinds.parts()) if part.metric in WEIGHT and part.outside != TAIL]
    by_key = {part.key: part for part in wide}
    wanted = {
        "variance": ("variance", SMALL, scores), "variance, one axis": ("variance, axis 1", SMALL, scores),
        "diversity": ("neighbors", LARGE, scores), "recall": ("reached", LARGE, scores),
        "location": ("axis 1", 1, scores), "kinds": ("kinds", LARGE, counted),
        "tail 5 %": ("radius", 1, scores), "rare kinds": ("rarest", 1, counted),
    }  # fmt: skip
    return {name: (by_key[key], size, WEIGHT[by_key[key].metric], of[key]) for name, (key, size, of) in wanted.items()}


WEIGHT = {
    "variance": 0.10, "diversity": 0.08, "recall": 0.06, "location": 0.01, "kinds": 0.05, "tail": 0.03,
    "rare kinds": 0.05,
}  # fmt: skip
"""About what a stream has of all weight."""


def words(rng: np.random.Generator, rows: int) -> NDArray[np.object_]:
    """Two columns of words, commonest first."""
    share = 1 / np.arange(1, 31) ** 1.2
    return rng.choice(np.array([f"w{k}" for k in range(30)], dtype=object), size=(rows, 2), p=share / share.sum())


def chain(
    part: Part, pool: Array, sizes: tuple[int, int, int], seen: Callable, rng
) -> tuple[float | None, Array, Array]:
    """The loss that the line of the last generation names, counts (before + 1, K) of a chain that has it, and the gaps.

    sizes: scores of the reference, of a generation, and generations before. seen: what a line names, of a stream and
    the counts before.
    """
    real, made, before = sizes
    own = rng.choice(pool, real)
    line = Stream(part, 0, 1.0, cell_of(part, own, rng), Moments.of(own))
    numbers = lambda: rng.random(made)  # noqa: E731
    counts = [line.cells.counts(rng.choice(pool, made), numbers) for _ in range(before)]
    lost = seen(line, np.sum([np.zeros(line.cells.count, dtype=np.int64), *counts], axis=0))
    last = rng.choice(pool, made)
    if lost is not None and part.outside is not None:
        outside = rng.binomial(line.cells.counts(last, numbers)[1], max(0.0, 1 - lost))
        counts.append(np.array([made - outside, outside]))
    else:
        counts.append(line.cells.counts(moved(part, last, lost or 0.0, rng), numbers))
    return lost, np.array(counts), line.cells.gaps


def moved(part: Part, scores: Array, lost: float, rng) -> Array:
    """Scores of which so much is lost: a ratio moves logarithms, numbers of kinds fall by one, others move."""
    if part.metric == "kinds":
        whole = np.floor(lost)
        return scores - whole - (rng.random(len(scores)) < lost - whole)
    return scores + np.log1p(-lost) if part.unit == RATIO else scores - lost


def cell_of(part: Part, own: Array, rng):
    """Cells of a stream."""
    numbers = rng.random(len(own))
    if part.outside is not None:
        return tail_cells(own, numbers, part.outside)
    return cells(own, numbers, MANY_CELLS if len(own) >= MANY else CELLS)


def run_smallest(chains: int) -> Iterator[str]:
    """Say the power at the smallest loss that a line says would have been seen."""
    yield f"power at the smallest loss that a line names, {chains} chains; wanted {TARGET[0]} to {TARGET[1]}"
    yield "  N / n: rows of the reference that are compared, and of a generation; at generation 1, and at 5"
    inside = []
    for name, (part, size, weight, pool) in pools().items():
        shown = []
        for (whole, rows), before in product(SIZES, (0, 4)):
            found = power(part, size, weight, pool, whole // 2, rows, before, chains)
            if found is None:
                shown.append("none")
                continue
            lost, share = found
            inside.append(TARGET[0] <= share <= TARGET[1])
            shown.append(f"{lost:.3f}:{share:.2f}{'' if inside[-1] else '!'}")
        yield f"  {name:20s} " + "  ".join(shown)
    yield f"  inside: {np.sum(inside)} of {len(inside)}"


def power(
    part: Part, size: int, weight: float, pool: Array, real: int, rows: int, before: int, chains: int
) -> tuple[float, float] | None:
    """The median loss that a line names, and the share of chains that alarm at their own in its generation; None where
    more than one in ten chains names none."""
    rng = stream(3000, "audit", "power", part.key, part.outside or 0, real, rows, before)
    real, made, at = real // size, rows // size, 1 / (ALPHA * weight)
    if real < 19 or made < 2:
        return None
    seen = lambda line, past: smallest_seen(line, made, past, before + 1, at)  # noqa: E731
    found = [chain(part, pool, (real, made, before), seen, rng) for _ in range(chains)]
    told = [(lost, counts) for lost, counts, _ in found if lost is not None]
    if len(told) < 0.9 * chains:
        return None
    evidence = evidence_of(found[0][2].astype(float), np.array([counts for _, counts in told]), part.law)
    return float(np.median([lost for lost, _ in told])), float((evidence[:, -1] >= at).mean())


def harmless() -> dict[str, tuple[Callable, dict[str, object]]]:
    """What changes without a loss, from generation 5 on, and the options of its audit."""
    import audit as chains

    chains.MNIST = chains.mnist()
    found = {name: (chains.SCENARIOS[name][0], {}) for name in HARMLESS}
    units = chains.changed(chains.gauss, lambda rng, rows: chains.gauss(rng, rows) * np.r_[0.1, np.ones(9)])
    found["units of one column"] = (units, {"expect_shift": ("column 0",)})
    return found


HARMLESS = ("mean .3, all axes", "mean 1, one axis", "mnist mean .5", "noise 20 %")


def run_harmless(count: int, begin: int = 0) -> Iterator[str]:
    """Say how often changes that lose nothing are called collapsing."""
    from genloss.audit.held import of_rows
    from genloss.audit.options import Options
    from genloss.audit.verdicts import losses

    yield f"harmless changes, {count} chains of 15 generations from chain {begin}: ever called collapsing, shifted"
    for name, (make, how) in harmless().items():
        every, blamed = [], dict[str, int]()
        for run in range(begin, begin + count):
            real, made = make(stream(3000, "audit", "harmless", name, run))
            state, _ = of_rows(real, made, Options(seed=run, **how))
            said = losses(state)
            every.append(["stable" if each is None else "collapsing" if each else "shifted" for each in said])
            for what in {each.part.metric for generation in said for each in generation or ()}:
                blamed[what] = blamed.get(what, 0) + 1
        collapsing, shifted = (sum(word in chain for chain in every) for word in ("collapsing", "shifted"))
        by = ", ".join(f"{what} {times}" for what, times in sorted(blamed.items(), key=lambda each: -each[1])[:5])
        yield f"  {name:22s} collapsing {collapsing} of {count}; shifted {shifted}; {by or 'no loss named'}"


def run_power(count: int, begin: int, *asked: str) -> Iterator[str]:
    """Say how soon changes are seen and named, on seeds that chose nothing."""
    import audit as chains

    from genloss.audit.held import of_rows
    from genloss.audit.options import Options
    from genloss.audit.verdicts import losses

    chains.MNIST = chains.mnist()
    yield f"power, {count} chains of 15 generations from chain {begin}: share and median generation, named by"
    for name in asked or chains.SCENARIOS:
        make, wanted, met = chains.SCENARIOS[name]
        every, blamed, early = [], dict[str, int](), 0
        for run in range(begin, begin + count):
            real, made = make(stream(2000, "audit", "power", name, run))
            said = losses(of_rows(real, made, Options(seed=run))[0])
            at = [g for g, each in enumerate(said, 1) if each is not None]
            named = [g for g, each in enumerate(said, 1) if each]
            early += bool(at) and at[0] < chains.CHANGE
            every.append((min(at, default=np.inf), min(named, default=np.inf), bool(said[-1])))
            for what in {each.part.metric for each in (said[named[0] - 1] or ())} if named else ():
                blamed[what] = blamed.get(what, 0) + 1
        found = np.array(every, dtype=float)
        shares, middle = np.isfinite(found[:, :2]).mean(axis=0), np.median(found[:, :2], axis=0)
        by = ", ".join(f"{what} {times}" for what, times in sorted(blamed.items(), key=lambda each: -each[1])[:4])
        yield (
            f"  {name:22s} alarm {shares[0]:.2f} ({middle[0]:.1f}), collapsing {shares[1]:.2f} ({middle[1]:.1f}), last "
            f"{found[:, 2].mean():.2f}; before 5: {early}; alarm to meet {met:.2f}, {wanted}; {by}"
        )


RUNS: dict[str, Callable[..., Iterator[str]]] = {"smallest": run_smallest, "harmless": run_harmless, "power": run_power}

if __name__ == "__main__":
    print(f"{date.today()}, {' '.join(sys.argv[1:])}", flush=True)
    for line in RUNS[sys.argv[1]](*(int(each) if each.isdigit() else each for each in sys.argv[2:])):
        print(line, flush=True)
