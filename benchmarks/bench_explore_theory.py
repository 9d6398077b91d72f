"""How long does theory take for one cell of a regression study, as a page with sliders asks it again and again?

    python benchmarks/bench_explore_theory.py [positions] [--before COUNT] [--only WORD]

positions: random settings of the sliders of each row (20): rows of a batch, penalty, noise. Each is one call of
`genloss.predict` on a study that was read before, all generations reported. Printed: the median and the 95th
percentile, in process time, one thread. The floor is 50 ms at the 95th percentile. The earlier build, the commit named
below put into a folder of its own from the history of this repository, answers the first COUNT positions (2); numbers
are equal to PART of themselves, or the row says how far apart they are. --only: rows whose name has this word.

A row is judged unless the machine was busy: one call whose work never changes is timed beside every position, and where
its times spread by more than BUSY of their median, the row says so. Exits 1 where a row that is judged is above the
floor, 2 where the two sides disagree. At the end: the first call in a process of its own, which loads compiled code,
and where that is not kept yet compiles it.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path
from statistics import median

import numpy as np
from clock import BUSY, machine
from earlier import ROOT, answered, taken_out

COMMIT = "b8c4127"  # follows chains that use rows again in arrays over all batches and directions
FLOOR, PART = 0.050, 1e-9

WORKFLOWS = {
    "replace": {"kind": "replace"},
    "accumulate": {"kind": "accumulate"},
    "fixed_real": {"kind": "fixed_real"},
    "window 4": {"kind": "window", "keep": 4},
    "accumulate_subsample": {"kind": "accumulate_subsample"},
    "golden": {"kind": "golden"},
    "forget 0.8": {"kind": "forget", "decay": 0.8},
}
SPECTRA = {"isotropic": None, "power law 1": 1.0, "power law 2": 2.0}

CALLS = """
import json, pickle, sys, time
import numpy as np
import genloss
def same():
    begin = time.process_time()
    total = 0.0
    for i in range(60):
        total += float((np.arange(1.0, 20001.0) ** -0.5).sum()) + sum(range(2000))
    return time.process_time() - begin
found = []
same()
for asked in json.load(open(sys.argv[2])):
    study = genloss.Study.from_dict(asked)
    begin = time.process_time()
    result = genloss.predict(study)
    taken = time.process_time() - begin
    found.append((taken, same(), [(row.value, row.allowance) for row in result.rows]))
with open(sys.argv[1], "wb") as out:
    pickle.dump((0.0, genloss.__file__, found), out)
"""


def study(workflow, law, dim, generations, position):
    """The study of one position of the sliders."""
    rows, penalty, noise = position
    population = {"kind": "linear_gaussian", "dim": dim, "noise": noise}
    if law is not None:
        population |= {"spectrum": {"power_law": law}, "signal": {"coefficients": {"power_law": 0.25}}}
    return {
        "generations": generations,
        "metrics": ["excess_risk"],
        "population": population,
        "workflow": {**workflow, "rows": rows},
        "generator": {"kind": "ridge", "penalty": penalty},
    }


def positions(rng, dim, count):
    """Draw settings of the sliders: half to four times as many rows as features, penalties from 0.001 to 1."""
    rows = np.exp(rng.uniform(np.log(dim / 2), np.log(4 * dim), count)).astype(int)
    penalties, noises = 10 ** rng.uniform(-3, 0, count), rng.uniform(0.1, 1.0, count)
    return [(int(n), float(c), float(s)) for n, c, s in zip(rows, penalties, noises, strict=True)]


def listed(count, only):
    """The rows of the table with their studies; the first study of each is a warm-up at another position."""
    rng = np.random.default_rng(20261129)
    for name, workflow in WORKFLOWS.items():
        for spectrum, law in SPECTRA.items():
            for dim in (100, 300, 1000):
                for generations in (20, 100):
                    places = positions(rng, dim, count + 1)
                    label = f"{name}, {spectrum}, dim {dim}, {generations}"
                    if only in label:
                        yield label, [study(workflow, law, dim, generations, place) for place in places]


def called(source, folder, studies):
    """Seconds of each call but the first one, what stood beside it, and its numbers."""
    asked = folder / "studies.json"
    asked.write_text(json.dumps(studies))
    _, found = answered(CALLS, source, folder, asked)
    return [taken for taken, *_ in found[1:]], [beside for _, beside, _ in found[1:]], [part for *_, part in found[1:]]


def apart(ours, theirs):
    """Return the largest relative difference of two lists of answers, or infinity where they differ in form."""
    pairs = [(np.array(one), np.array(other)) for one, other in zip(ours, theirs, strict=False)]
    if any(one.shape != other.shape for one, other in pairs):
        return float("inf")
    return max(float(np.max(np.abs(a - b) / np.maximum(np.abs(a), np.abs(b)))) for a, b in pairs)


def line_of(label, studies, source, folder, before):
    """Time one row, print it, and return whether it holds; None where the sides disagree."""
    taken, beside, numbers = called(ROOT / "src", folder, studies)
    middle, high = float(np.median(taken)), float(np.quantile(taken, 0.95))
    spread = (max(beside) - min(beside)) / median(beside)
    busy = spread > BUSY
    text, agreed = f"{label:<52} {1e3 * middle:>9.1f} {1e3 * high:>9.1f}", True
    if source is not None and before:
        theirs, _, others = called(source, folder, studies[: before + 1])
        off = apart(numbers[:before], others)
        agreed = off <= PART
        text += f" {1e3 * median(theirs):>11.1f} {median(theirs) / middle:>7.1f} {off:>9.0e}"
    holds = high <= FLOOR
    verdict = "holds" if holds else "ABOVE THE FLOOR"
    if busy:
        verdict += f"; the machine was too busy to judge: the same work took {min(beside) * 1e3:.1f} to "
        verdict += f"{max(beside) * 1e3:.1f} ms"
    print(f"{text}  {verdict if agreed else 'THE SIDES DISAGREE'}", flush=True)
    return (holds or busy) if agreed else None


def main():
    """Check, time, print."""
    reader = argparse.ArgumentParser()
    reader.add_argument("positions", type=int, nargs="?", default=20)
    reader.add_argument("--before", type=int, default=2)
    reader.add_argument("--only", default="")
    given = reader.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        reason = taken_out(folder, COMMIT)
        source = folder / "src" if reason is None else None
        print(f"machine: {machine()}; process time of one call of genloss.predict, one thread, {given.positions} calls")
        print(f"floor: {1e3 * FLOOR:.0f} ms at the 95th percentile; numbers equal to {PART:g} of themselves")
        if source is None:
            print(f"the build of commit {COMMIT} is not here ({reason}): no other side")
        print(
            f"{'workflow, spectrum, dim, generations':<52} {'p50 ms':>9} {'p95 ms':>9} {'before ms':>11} ratio   apart"
        )
        rows = list(listed(given.positions, given.only))
        held = [line_of(label, studies, source, folder, given.before) for label, studies in rows]
        first = next(iter(rows))[1][:1] * 2
        for label, studies in (("replace", first), *((n, s[:1] * 2) for n, s in rows if n.startswith("accumulate,"))):
            asked = folder / "studies.json"
            asked.write_text(json.dumps(studies))
            _, found = answered(CALLS, ROOT / "src", folder, asked)
            print(
                f"first call in a process, {label}: {1e3 * found[0][0]:.0f} ms, the second {1e3 * found[1][0]:.1f} ms"
            )
            if label.startswith("accumulate,"):
                break
    return 2 if None in held else 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
