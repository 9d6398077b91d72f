"""`genloss.predict` on 10,000 cells of small models: the same rows as an earlier build gives, then the clocks.

    python benchmarks/bench_predict.py [repeats] [--cells COUNT] [--profile NAME]

repeats: processes of ours whose median counts (3). The earlier build is the commit of earlier.py, put into a folder of
its own from the history of this repository; without that history its side is left out, with the reason. Each side is
one call of `genloss.predict(mapping)` in a process of its own, which has imported genloss and nothing else of it: what
is loaded on the way counts. Equal: the same rows in the same order, every word alike, every number to PART of itself.
--cells: about so many cells a study instead of 10,000. --profile: where our time goes in one study, by its letter.
Exits 1 where a ratio is below its floor, 2 where the two sides disagree.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import median

from clock import Line, heading, machine
from earlier import COMMIT, ROOT, answered, in_a_process, taken_out

FLOOR, GOAL = 10.0, 20.0
PART = 1e-11

ONE_CALL = """
import json, pickle, sys, time
import genloss
study = json.load(open(sys.argv[2]))
begin = time.process_time()
result = genloss.predict(study)
taken = time.process_time() - begin
words = [(r.study, r.cell, r.case, dict(r.axes), r.generation, r.metric, r.unit, r.method, r.status, r.engine,
          r.version, r.replicates, dict(r.quantiles)) for r in result.rows]
numbers = [(r.value, r.standard_error, r.allowance) for r in result.rows]
with open(sys.argv[1], "wb") as out:
    pickle.dump((taken, genloss.__file__, words, numbers, result.gaps), out)
"""

PROFILED = """
import cProfile, json, pstats, sys
import genloss
study = json.load(open(sys.argv[1]))
profile = cProfile.Profile()
profile.runcall(genloss.predict, study)
pstats.Stats(profile).sort_stats("tottime").print_stats(40)
"""


def steps(count, first, by):
    """So many numbers from the first on."""
    return [round(first + by * i, 6) for i in range(count)]


def studies(cells=10_000):
    """Five studies of so many cells each, 10,000 where nothing else is asked."""
    part = (cells / 10_000) ** (1 / 3)

    def some(count):
        return max(2, round(count * part))

    linear = {"kind": "linear_gaussian", "dim": 20}
    five = [
        {"kind": "replace"},
        {"kind": "accumulate"},
        {"kind": "fixed_real"},
        {"kind": "window", "keep": 3},
        {"kind": "forget", "decay": 0.8},
    ]
    many, few = ({"each": steps(max(2, round(cells / each)), 50, 1)} for each in (10, 20))
    families = {"gaussian": {"kind": "gaussian"}, "poisson": {"kind": "poisson", "mean": 2.0}}
    return {
        "a replace, ridge predictor": {
            "generations": 10,
            "population": {**linear, "noise": steps(some(20), 0.1, 0.05)},
            "workflow": {"kind": "replace", "rows": 60},
            "generator": {"kind": "least_squares"},
            "predictor": {"kind": "ridge", "rows": steps(some(25), 30, 1), "penalty": steps(some(20), 0.001, 0.01)},
        },
        "b accumulate, ridge, 50 noises": {
            "generations": 10,
            "population": {**linear, "noise": steps(some(50), 0.1, 0.01)},
            "workflow": {"kind": "accumulate", "rows": {"each": steps(some(20), 30, 1)}},
            "generator": {"kind": "ridge", "penalty": steps(some(10), 0.001, 0.001)},
        },
        "c families, five workflows": {
            "generations": 10,
            "case": [
                {
                    "name": f"{family} {form['kind']}",
                    "population": law,
                    "workflow": {**form, "rows": many},
                }
                for family, law in families.items()
                for form in five
            ],
        },
        "d categories, four workflows": {
            "generations": 10,
            "metrics": ["heterozygosity"],
            "case": [
                {
                    "name": form["kind"],
                    "population": {"kind": "zipf", "categories": 20, "exponent": steps(5, 0.5, 0.25)},
                    "workflow": {**form, "rows": few},
                }
                for form in five[:4]
            ],
        },
        "e accumulate, ridge, one noise": {
            "generations": 10,
            "population": {**linear, "noise": 0.3},
            "workflow": {"kind": "accumulate", "rows": {"each": steps(round(cells**0.5), 30, 1)}},
            "generator": {"kind": "ridge", "penalty": steps(round(cells**0.5), 0.001, 0.001)},
        },
    }


def predicted(source, study, folder):
    """Seconds of one call, its rows in words and numbers, and its gaps."""
    asked = folder / "study.json"
    asked.write_text(json.dumps(study))
    taken, *answer = answered(ONE_CALL, source, folder, asked)
    return taken, answer


def difference(ours, theirs):
    """Say where two answers differ, or the largest relative difference of two numbers."""
    for one, other, what in zip(ours, theirs, ("words", "numbers", "gaps"), strict=True):
        if what != "numbers" and one != other:
            at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), "the end")
            return f"{what} differ at {at}: {len(one)} and {len(other)}"
    pairs = ((a, b) for one, other in zip(ours[1], theirs[1], strict=True) for a, b in zip(one, other, strict=True))
    return max((abs(a - b) / max(abs(a), abs(b)) for a, b in pairs if a != b), default=0.0)


def line_of(name, study, source, folder, repeats):
    """Compare, then time one study; None where the sides disagree."""
    runs = [predicted(ROOT / "src", study, folder) for _ in range(repeats)]
    ours, answer = median(taken for taken, _ in runs), runs[0][1]
    count = len({(words[1], words[2]) for words in answer[0]})
    if source is None:
        print(f"{name:<46} {count:,} cells, {1e3 * ours / count:.4f} ms a cell; no other side")
        return True
    theirs, other = predicted(source, study, folder)
    off = difference(answer, other)
    if isinstance(off, str) or off > PART:
        print(f"{name}: the two sides disagree: {off}")
        return None
    line = Line(name, "cell", theirs / count, ours / count, FLOOR, GOAL)
    print(f"{line}   ({count:,} cells, {len(answer[0]):,} rows, {off:.0e} apart)", flush=True)
    return line.holds


def main():
    """Check, time, print."""
    reader = argparse.ArgumentParser()
    reader.add_argument("repeats", type=int, nargs="?", default=3)
    reader.add_argument("--cells", type=int, default=10_000)
    reader.add_argument("--profile")
    given = reader.parse_args()
    listed = studies(given.cells)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        if given.profile:
            name = next(name for name in listed if name.startswith(given.profile))
            (folder / "study.json").write_text(json.dumps(listed[name]))
            in_a_process(PROFILED, ROOT / "src", folder / "study.json")
            return 0
        reason = taken_out(folder)
        source = folder / "src" if reason is None else None
        print(f"machine: {machine()}; process time of one call of genloss.predict in a process of its own, one thread")
        print(f"numbers equal to {PART:g} of themselves; ours: median of {given.repeats}; the other side once")
        if source is None:
            print(f"the build of commit {COMMIT} is not here ({reason}): no ratios")
        print(heading())
        held = [line_of(name, study, source, folder, given.repeats) for name, study in listed.items()]
    return 2 if None in held else 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
