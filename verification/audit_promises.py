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
from dataclasses import replace
from datetime import date
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from scipy.special import ndtr, ndtri
from sklearn.mixture import GaussianMixture

from genloss.audit.cells import cells, tail_cells
from genloss.audit.effects import of_means, of_shares
from genloss.audit.figures import figures_of
from genloss.audit.horizon import evidence_of, needed
from genloss.audit.kinds import kinds_of
from genloss.audit.learned import learned
from genloss.audit.lens import RATIO, Part
from genloss.audit.moments import Moments
from genloss.audit.process import process
from genloss.audit.scores import LARGE, SMALL
from genloss.audit.streams import CELLS, LAWS, MANY, MANY_CELLS, Stream
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


LAWS_OF_ROWS: dict[str, Callable[[np.random.Generator, int], Array]] = {
    "normal": lambda rng, rows: rng.normal(size=(rows, 10)),
    "t5": lambda rng, rows: rng.standard_t(5, size=(rows, 10)),
    "t3": lambda rng, rows: rng.standard_t(3, size=(rows, 10)),
    "lognormal": lambda rng, rows: np.exp(rng.normal(size=(rows, 10))),
}
COVERED = {
    "variance": "variance", "axes 2 to 4": "variance, axes 2 to 4", "axis 1": "variance, axis 1",
    "learned, lower half": "learned after 1, lower half", "learned, least": "learned after 1, least",
    "diversity": "neighbors", "recall": "reached", "location": "axis 1", "learned location": "learned after 1, side",
}  # fmt: skip


def run_coverage(times: int) -> Iterator[str]:
    """Say how often intervals hold the true value: of unchanged rows, which is that of any loss that moves scores."""
    yield f"coverage of 95 % intervals, {times} samples; N / n rows: 500 / 300, 500 / 1000, 4000 / 1000"
    for law, draw in LAWS_OF_ROWS.items():
        rng = stream(3000, "audit", "coverage", law)
        figures = figures_of(draw(rng, 1000), 0).beside(draw(rng, 1000))
        taught = learned(1, figures.noticed(figures.unseen, draw(rng, 300)), figures.fitted_mean, figures.real)
        scores = replace(figures, learned=(taught,)).scores(draw(rng, POOL))
        for name, key in COVERED.items():
            pool, ratio = scores[key], name not in ("recall", "location", "learned location")
            size, shown = max(1, round(POOL / len(pool))), []
            for whole, rows in ((500, 300), (500, 1000), (4000, 1000)):
                held = 0
                for _ in range(times):
                    made, real = (Moments.of(rng.choice(pool, many // size)) for many in (rows, whole))
                    found = of_means(made, real, ratio=ratio)
                    held += found is not None and found.low <= found.equal <= found.high
                shown.append(f"{held / times:.3f}")
            yield f"  {law:10s} {name:20s} {'  '.join(shown)}  kurtosis of scores {kurtosis(pool):.1f}"
        yield f"  {law:10s} {'tail 5 %':20s} {'  '.join(tails_held(rng, times))}"


def tails_held(rng: np.random.Generator, times: int) -> Iterator[str]:
    """Yield how often the interval of a tail that lost half holds .5; the law of rows is nothing to it."""
    for whole, rows in ((500, 300), (500, 1000), (4000, 1000)):
        beyond, held = round(0.05 * (whole + 1)), 0
        for _ in range(times):
            lost = rng.binomial(rows, 0.5 * rng.beta(beyond, whole + 1 - beyond))
            found = of_shares(int(lost), rows, beyond, whole + 1)
            held += found.low <= 0.5 <= found.high
        yield f"{held / times:.3f}"


def kurtosis(scores: Array) -> float:
    """Return the fourth standardized moment, less 3."""
    standard = (scores - scores.mean()) / scores.std()
    return float((standard**4).mean() - 3)


def run_change(chains: int) -> Iterator[str]:
    """Say how far the change that is told lies from the change at generation 6, for twice the smallest visible loss."""
    yield f"told change less true one, {chains} chains of 12 generations, 2,000 real rows, 300 or 1,000 a generation"
    for name, (part, size, weight, pool) in pools().items():
        for rows in (300, 1000):
            rng = stream(3000, "audit", "change", name, rows)
            real, made, at = 1000 // size, rows // size, 1 / (ALPHA * weight)
            away, early, unseen = [], 0, 0
            for _ in range(chains):
                told = told_change(part, pool, (real, made), at, rng)
                unseen += told is None
                early += told is not None and told[0] < 6
                away += [] if told is None or told[0] < 6 else [told[1] - 6]
            near = np.mean(np.abs(away) <= 1) if away else np.nan
            yield f"  {name:20s} {rows:5d}  within one {near:.3f}; alarm before {early}; not seen {unseen}"


def told_change(part: Part, pool: Array, sizes: tuple[int, int], at: float, rng) -> tuple[int, int] | None:
    """The generation of the first alarm of one chain, and the change that is told then."""
    own, made = rng.choice(pool, sizes[0]), sizes[1]
    line = Stream(part, 0, 1.0, cell_of(part, own, rng), Moments.of(own))
    numbers = lambda: rng.random(made)  # noqa: E731
    counts = [line.cells.counts(rng.choice(pool, made), numbers) for _ in range(5)]
    lost = 2 * (smallest_seen(line, made, np.sum(counts, axis=0), 6, at) or 1.0)
    lost = min(lost, 0.98) if part.outside is not None or part.unit == RATIO else lost
    for _ in range(7):
        last = rng.choice(pool, made)
        if part.outside is not None:
            outside = rng.binomial(line.cells.counts(last, numbers)[1], 1 - lost)
            counts.append(np.array([made - outside, outside]))
        else:
            counts.append(line.cells.counts(moved(part, last, lost, rng), numbers))
    found = process(line.cells.gaps, np.array(counts), line.others)
    seen = np.flatnonzero(found.evidence >= at)
    return None if not len(seen) else (int(seen[0]) + 1, found.first_change(int(seen[0]) + 1)[0])


def run_horizon(chains: int) -> Iterator[str]:
    """Say how often streams pass what is needed for 20 generations where nothing changes, and how soon they see."""
    yield f"horizon 20, {chains} chains of one stream, 300 scores a generation beside 500; change at generation 6"
    gaps = np.array([41, 42, 42, 42, 42, 42, 41, 42, 42, 42, 42, 41])
    cases = (("lower", gaps), ("either", gaps), ("lost", np.array([476, 25])), ("gained", np.array([476, 25])))
    for (law, balls), chance in product(cases, (0.05, 0.005)):
        rng = stream(3000, "audit", "horizon", law, int(1000 * chance))
        needs = needed(tuple(balls.tolist()), law, 300, 20, chance)
        shares = rng.dirichlet(balls, chains)
        null = np.stack([rng.multinomial(300, shares) for _ in range(20)], axis=1)
        others = LAWS[law](balls[None] + null[:, :5].sum(axis=1), 300)[:, 0]
        changed = null.copy()
        for t in range(5, 20):
            changed[:, t] = rng.multinomial(300, others / others.sum(axis=1, keepdims=True))
        quiet, seen = (evidence_of(balls.astype(float), each, law) for each in (null, changed))
        ever = [(quiet.max(axis=1) >= x).mean() for x in (needs, 1 / chance)]
        soon = [np.median(np.where((seen >= x).any(axis=1), (seen >= x).argmax(axis=1) + 1, 99)) for x in
                (needs, 1 / chance)]  # fmt: skip
        means = [np.minimum(np.where((seen >= x).any(axis=1), (seen >= x).argmax(axis=1) + 1, 21), 21).mean() for x in
                 (needs, 1 / chance)]  # fmt: skip
        yield (
            f"  {law:8s} chance {chance:.3f}: needs {needs:6.1f} in place of {1 / chance:.0f}; ever {ever[0]:.4f} in "
            f"place of {ever[1]:.4f}; seen at {soon[0]:.0f} (mean {means[0]:.2f}) in place of {soon[1]:.0f} "
            f"({means[1]:.2f})"
        )


def harmless() -> dict[str, tuple[Callable, dict[str, object]]]:
    """What changes without a loss, from generation 5 on, and the options of its audit."""
    import audit as chains

    chains.MNIST = chains.mnist()
    found = {name: (chains.SCENARIOS[name][0], {}) for name in HARMLESS}
    units = chains.changed(chains.gauss, lambda rng, rows: chains.gauss(rng, rows) * np.r_[0.1, np.ones(9)])
    found["units of one column"] = (units, {"expect_shift": ("column 0",)})
    return found


HARMLESS = ("mean .3, all axes", "mean 1, one axis", "mnist mean .5", "noise 20 %")


def run_harmless(count: int, begin: int = 0, *asked: str) -> Iterator[str]:
    """Say how often changes that lose nothing are called collapsing."""
    from genloss.audit.held import of_rows
    from genloss.audit.options import Options
    from genloss.audit.verdicts import losses

    yield f"harmless changes, {count} chains of 15 generations from chain {begin}: ever called collapsing, shifted"
    for name, (make, how) in harmless().items():
        if asked and name not in asked:
            continue
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


def copula(rows: Array, rng: np.random.Generator) -> Array:
    """Fit a Gaussian copula with the columns' own values, and draw as many rows."""
    ranks = (np.argsort(np.argsort(rows + 1e-9 * rng.random(rows.shape), axis=0), axis=0) + 0.5) / len(rows)
    root = np.linalg.cholesky(np.corrcoef(ndtri(ranks).T) + 1e-6 * np.eye(rows.shape[1]))
    drawn = rng.normal(size=rows.shape) @ root.T
    return np.stack([np.quantile(column, ndtr(each)) for column, each in zip(rows.T, drawn.T, strict=True)], axis=1)


def tables() -> dict[str, Array]:
    """Real tables of numbers; wine has 178 rows, fewer than an audit takes."""
    import audit as chains
    from sklearn.datasets import load_breast_cancer, load_digits

    found = {"digits": load_digits().data, "breast cancer": load_breast_cancer().data, "randhie": chains.randhie()}
    return {name: rows[:, rows.std(axis=0) > 0] for name, rows in found.items()}


def run_models(seeds: int) -> Iterator[str]:
    """Say by when chains of models are caught, and by when their rows' distance to held-out rows has moved."""
    import audit as chains

    from genloss.audit.held import of_rows
    from genloss.audit.options import Options
    from genloss.audit.verdicts import losses

    yield f"models of tables, {seeds} seeds, 6 generations: caught, named; when held-out loss moved by 2 sd"
    small = lambda rows, rng: GaussianMixture(  # noqa: E731
        5, random_state=int(rng.integers(2**31)), reg_covar=1e-3 * rows.var(axis=0).mean()
    ).fit(rows).sample(len(rows))[0][rng.permutation(len(rows))]  # fmt: skip
    models = {"mixture": small, "kernels": chains.kernels, "copula": copula}
    for (table, whole), (model, fit) in product(tables().items(), models.items()):
        caught, named, lost = [], [], []
        for seed in range(seeds):
            rng = stream(3000, "audit", "models", table, model, seed)
            order = rng.permutation(len(whole))
            many = min(len(whole) // 5, 500)
            held, training = whole[order[:many]], whole[order[many : 2 * many]]
            real = whole[order[2 * many : min(len(whole), 2 * many + 2000)]]
            made = []
            lost.append([distance(held, training, real)])
            for _ in range(6):
                training = fit(training, rng)
                made.append(training)
                lost[-1].append(distance(held, training, real))
            said = losses(of_rows(real, made, Options(seed=seed))[0])
            caught.append(next((g for g, each in enumerate(said, 1) if each is not None), 99))
            named.append(next((g for g, each in enumerate(said, 1) if each), 99))
        every = np.array(lost)
        spread = every.std(axis=0, ddof=1)
        moved_by = np.flatnonzero((every.mean(axis=0) - every[:, 0].mean())[1:] > 2 * spread[0])
        by = int(moved_by[0]) + 1 if len(moved_by) else None
        yield f"  {table:14s} {model:8s} caught {caught}, collapsing {named}; loss moved by {by}; n {many}"


def distance(held: Array, made: Array, real: Array) -> float:
    """Return the squared energy distance of two samples in deviations of real rows."""
    a, b = held / real.std(axis=0).clip(1e-9), made / real.std(axis=0).clip(1e-9)
    inner = [cdist(each, each).sum() / (len(each) * (len(each) - 1)) for each in (a, b)]
    return float(2 * cdist(a, b).mean() - inner[0] - inner[1])


def run_wide(count: int) -> Iterator[str]:
    """Say what is seen in rows of more than 500 columns: nothing, or four fifths of the variance from generation 3."""
    from time import process_time

    from genloss.audit.held import of_rows
    from genloss.audit.options import Options
    from genloss.audit.verdicts import losses

    yield f"wide, {count} chains of 8 generations of 300 beside 2,000 rows; alarms, collapsing, by (and generations)"
    for columns, what in product((600, 1000), ("nothing", "all directions", "directions that axes leave out")):
        alarms, named, by, seconds = [], [], dict[str, int](), 0.0
        for run in range(count):
            rng = stream(3000, "audit", "wide", columns, what, run)
            real, made = rng.normal(size=(2000, columns)), [rng.normal(size=(300, columns)) for _ in range(8)]
            if what == "all directions":
                made[2:] = [np.sqrt(0.8) * rows for rows in made[2:]]
            elif what != "nothing":
                figures = of_rows(real, made[:1], Options(seed=run))[0].figures
                held, _ = np.linalg.qr(figures.scale.axes / figures.scale.deviation[:, None])
                made[2:] = [np.sqrt(0.8) * rows + (1 - np.sqrt(0.8)) * (rows @ held) @ held.T for rows in made[2:]]
            begun = process_time()
            state, _ = of_rows(real, made, Options(seed=run))
            seconds += process_time() - begun
            said = losses(state)
            alarms.append(next((g for g, each in enumerate(said, 1) if each is not None), 0))
            named.append(next((g for g, each in enumerate(said, 1) if each), 0))
            for each in {f"{one.part.metric} ({one.part.part})" for one in (said[-1] or ())}:
                by[each] = by.get(each, 0) + 1
        most = ", ".join(f"{each} {times}" for each, times in sorted(by.items(), key=lambda each: -each[1])[:3])
        row = 1e6 * seconds / count / (2000 + 8 * 300)
        yield f"  {columns:5d} {what:30s} alarms at {alarms}, named at {named}; {row:.0f} us a row; {most or 'none'}"


RUNS: dict[str, Callable[..., Iterator[str]]] = {
    "smallest": run_smallest, "coverage": run_coverage, "change": run_change, "harmless": run_harmless,
    "power": run_power, "models": run_models, "wide": run_wide, "horizon": run_horizon,
}  # fmt: skip

if __name__ == "__main__":
    print(f"{date.today()}, {' '.join(sys.argv[1:])}", flush=True)
    for line in RUNS[sys.argv[1]](*(int(each) if each.isdigit() else each for each in sys.argv[2:])):
        print(line, flush=True)
