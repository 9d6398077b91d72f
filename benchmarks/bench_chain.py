"""A chain of a user's own model against the plain loops of its fit and sample: equality first, then the clocks.

    python benchmarks/bench_chain.py [rows]

rows: of the real table (400), a quarter of them held out. Exits 1 where a ratio is below its floor or a generation of
a tiny model costs more than its goal, 2 where the two sides disagree. The other side is what one would write by hand:
for each workflow, seed and generation the rows that the workflow says, `fit` and `sample` of the same model with the
same random numbers, and the same metric; generation 0, which workflows share, is fitted once. What is measured of each
fit is timed apart: with `energy_distance`, which compares all pairs of rows, it is most of the time, on both sides.
"""

import sys

import numpy as np
from clock import Line, machine, seconds
from sklearn.mixture import GaussianMixture
from threadpoolctl import threadpool_limits

import genloss
from genloss.metrics import SampleErrors, measure
from genloss.models.adapters import adapted
from genloss.streams import stream
from genloss.study.runner.chains import study_of

WORKFLOWS = {"replace": "replace rows=100", "accumulate": "accumulate rows=100", "fixed_real": "fixed_real rows=100"}
SEEDS, GENERATIONS = 4, 6
METRIC, COSTLY = "variance_left", "energy_distance"


class Tiny:
    """A model that costs nothing: its rows again."""

    def __repr__(self):
        return "Tiny()"

    def fit(self, data, weights, rng, *, start=None):
        """Keep the rows."""
        del weights, rng, start
        return TinyFit(data)


class TinyFit:
    """Its fit."""

    def __init__(self, data):
        self.data = data

    def sample(self, count, rng):
        """Draw from them."""
        return self.data[rng.integers(len(self.data), size=count)]


def asked(model, rows, metric, workflows=WORKFLOWS, seeds=SEEDS, generations=GENERATIONS):
    """Return the study that `genloss.chain` asks."""
    return study_of(
        model, rows, workflows, generations=generations, seeds=seeds, metrics=[metric], rows=None, held_out=0.25,
        start="scratch", seed=0,
    )  # fmt: skip


def by_hand(model, rows, metric):
    """Return the metric by (workflow, generation), of each seed."""
    study = asked(model, rows, metric)
    cell = next(iter(study.cells()))
    population = cell.settings["population"]
    order = stream(0, "own rows", population["sha256"]).permutation(len(rows))
    judging = rows[np.sort(order[: round(0.25 * len(rows))])]
    training, key = rows[order[round(0.25 * len(rows)) :]], _draw_key(cell)
    found = {}
    for seed in range(SEEDS):
        real = training[stream(0, key, seed, "real", 0).permutation(len(training))][:100]
        first = model.fit(real, None, stream(0, key, seed, "chain", 0, "fit", 0))
        for name in WORKFLOWS:
            fit, made = first, []
            for g in range(GENERATIONS + 1):
                if g:
                    made.append(fit.sample(100, stream(0, key, seed, "chain", 0, "rows", g, "synth", 0)))
                    kept = {"replace": made[-1:], "accumulate": [real, *made], "fixed_real": [real, made[-1]]}[name]
                    fit = model.fit(np.concatenate(kept), None, stream(0, key, seed, "chain", 0, "fit", g))
                drawn = fit.sample(len(judging), stream(0, key, seed, "chain", 0, "judged", g))
                errors = SampleErrors(real_rows=judging, generated_rows=drawn)
                found.setdefault((name, g), []).append(float(measure(metric, errors)))
    return found


def _draw_key(cell):
    from genloss.study.subjects.table import subject_of

    return subject_of(cell).draw_key(cell)


def main(count=400):
    """Check, time, print; return the exit code."""
    print(machine())
    rng = stream(11, "bench chain")
    rows = np.concatenate([rng.normal(size=(count // 2, 3)), rng.normal(3.0, 1.0, size=(count - count // 2, 3))])
    given = GaussianMixture(3)
    model, ours = adapted(given), genloss.simulate(asked(given, rows, METRIC))
    plain = by_hand(model, rows, METRIC)
    off = max(abs(row.value - np.mean(plain[row.case, row.generation])) for row in ours.rows)
    print(f"equal: {len(ours.rows)} means of {SEEDS} seeds: {off:.1e} of 1e-12")
    if off > 1e-12:
        print("the two sides disagree: nothing is timed")
        return 2
    print(f"{'workload':<46} {'unit':<10} {'plain ms':>11} {'ours ms':>10} {'floor':>8} {'goal':>8} {'ratio':>10}")
    fits, lines = len(WORKFLOWS) * SEEDS * (GENERATIONS + 1), []
    for metric in (METRIC, COSTLY):
        study = asked(given, rows, metric)
        hand, chain = in_turn(lambda m=metric: by_hand(model, rows, m), lambda s=study: genloss.simulate(s))
        hand, chain = hand / fits, chain / fits
        lines.append(Line(f"mixture, 3 workflows x 4 seeds x 6, {metric}", "a fit", hand, chain, 0.97, 1))
        print(f"{lines[-1]}   exactly {lines[-1].ratio:.3f} of at least .97", flush=True)
    study = asked(Tiny(), rows, METRIC, {"replace": "replace rows=100"}, 4, 100)
    taken = 1e3 * seconds(lambda: genloss.simulate(study), 5) / (4 * 101)
    judged = 1e3 * seconds(lambda: measured(rows, count), 5, 50)
    print(f"a tiny model, 4 seeds x 100 generations: {taken - judged:.3f} ms a generation without measuring, goal 1")
    print(f"   measuring {METRIC}: {judged:.3f} ms")
    return int(not all(line.holds for line in lines) or taken - judged > 1)


def in_turn(one, other, times=9):
    """Least process times of both, measured in turn: what else the machine does meets both alike."""
    taken = [(seconds(one, 1), seconds(other, 1)) for _ in range(times)]
    return (float(min(each)) for each in zip(*taken, strict=True))


def measured(rows, count):
    """Measure once as a chain does."""
    from genloss.study.subjects.own.measuring import measured

    judging = rows[: count // 4]
    return measured(TinyFit(judging), judging, [METRIC], np.random.default_rng(0))


if __name__ == "__main__":
    with threadpool_limits(1):
        sys.exit(main(*map(int, sys.argv[1:])))
