"""Whole studies, simulated by the code of today and by that of an earlier commit: equality first, then the clocks.

    python benchmarks/bench_runs.py [replicates]

replicates: of each study at most so many (all that it has). The old side is the commit of earlier.py, taken
out of the history by `git archive` into a temporary folder; each side runs in a process of its own with one BLAS thread
and one worker, and its time is that of the processor within `genloss.simulate`, imports included. Values of a case
whose engine draws as it did must be the same bytes; where the engine is another one, means and variances must agree
within z standard errors of both.

Exits 1 where a ratio is below its floor, 2 where the two sides disagree; without the history it says so and exits 0.
"""

import json
import sys
import tempfile
from pathlib import Path

import numpy as np
from clock import Line, heading, machine
from earlier import COMMIT, ROOT, answered, taken_out

Z = 4.5
ROWS = (
    ("R eight workflows x 81 generations, Poisson", "studies/eight-workflows.toml", {}, 10, 20),
    (
        "R four workflows x 101 generations, Gaussian",
        "studies/gaussian-collapse.toml",
        {"generations": 100, "report": [0, 1, 10, 100]},
        3,
        6,
    ),
)

ONE_SIDE = """
import json, pickle, sys, time, tomllib
kept, path, asked = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
with open(path, "rb") as file:
    spec = tomllib.load(file)
spec["replicates"] = min(spec["replicates"], asked.pop("most"))
spec.update(asked)
spec.pop("claim", None)
start = time.process_time()
import genloss
result = genloss.simulate(genloss.Study.from_dict(spec), workers=1)
taken = time.process_time() - start
rows = [
    (row.case, row.generation, row.metric, row.engine, row.value, row.standard_error, dict(row.quantiles))
    for row in result.rows
]
with open(kept, "wb") as file:
    pickle.dump((taken, genloss.__file__, rows), file)
"""


def side(source, study, asked, folder):
    """Simulate a study, with what is asked of it, in a process of its own; return the time, and rows by their place."""
    taken, rows = answered(ONE_SIDE, source, folder, ROOT / study, json.dumps(asked))
    return taken, {row[:3]: row[3:] for row in rows}


def agree(old, new):
    """Print how both sides' rows agree, case by case; return whether they do."""
    whole = old.keys() == new.keys()
    for case in dict.fromkeys(place[0] for place in old):
        pairs = [(old[place], new[place]) for place in old if place[0] == case]
        engines = f"{pairs[0][0][0]} and {pairs[0][1][0]}"
        if all(one[0] == two[0] for one, two in pairs):
            same = all(one == two for one, two in pairs)
            print(f"equal: {case}, by {engines}: {'every digit' if same else 'NOT EVERY DIGIT'}")
        else:
            z = max(abs(one[1] - two[1]) / np.hypot(one[2], two[2]) for one, two in pairs)
            same = z < Z
            print(f"equal: {case}, by {engines}: mean squared errors, largest |z| {z:.2f} of {Z}")
        whole = whole and same
    return whole


def row(line, most, folder):
    """Check and time one study; return its line, or None where the two sides disagree."""
    name, study, asked, floor, goal = line
    print(f"\n{name}: {study}")
    side(ROOT / "src", study, asked | {"most": 20}, folder)  # compiled loops are kept, as on any second run
    ours, new = side(ROOT / "src", study, asked | {"most": most}, folder)
    before, old = side(Path(folder) / "src", study, asked | {"most": most}, folder)
    return Line(name, "study", before, ours, floor, goal) if agree(old, new) else None


def main(most=1_000_000):
    """Check, time, print; return the exit code."""
    print(f"machine: {machine()}; one worker, process time of one run in a process of its own")
    with tempfile.TemporaryDirectory() as folder:
        reason = taken_out(folder)
        if reason is not None:
            print(f"skipped: commit {COMMIT} is not in the history of {ROOT.name}: {reason}")
            return 0
        lines = [row(line, most, folder) for line in ROWS]
    print(f"\n{heading('old')}")
    for line, asked in zip(lines, ROWS, strict=True):
        print(asked[0] + ": the two sides disagree" if line is None else line)
    return 2 if None in lines else int(not all(line.holds for line in lines))


if __name__ == "__main__":
    sys.exit(main(*(int(argument) for argument in sys.argv[1:])))
