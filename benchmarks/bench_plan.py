"""Plans: equality with a bisection over `genloss.run`, then the clocks.

    python benchmarks/bench_plan.py

Exits 1 where a ratio is below its floor, 2 where the two sides disagree. The other side halves the range of the open
quantity on a logarithmic scale, with one `genloss.run` (theory left out: it is not looked at) for each value, until the
value is known to PART of itself. Its runs have as many replicates as give its value a standard error of PART of itself,
from the spread of its own runs and the slope of the mean. A plan by theory has no such error: its interval is a bound.
The plan's time has its own check of CHECK runs in it. Equal: both values within Z of the error of the bisection and
(high - low) / 3.92 of the plan.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from clock import Line, machine, once, report, seconds
from threadpoolctl import threadpool_limits

import genloss
from genloss.advise.plans.of_study import planned_study
from genloss.results.agreement import Z

LINEAR = {"kind": "linear_gaussian", "dim": 50, "noise": 1.0}
WORKLOADS = {
    "least squares, fixed_real, 12 generations": (
        {"generations": 12, "population": LINEAR, "workflow": {"kind": "fixed_real", "rows": 400},
         "generator": {"kind": "least_squares"}},
        {"open": "real_rows", "at_most": 0.15, "when": "last"},
    ),
    "ridge, accumulate, 6 generations": (
        {"generations": 6, "population": LINEAR, "workflow": {"kind": "accumulate", "rows": 400},
         "generator": {"kind": "ridge", "penalty": 0.05}},
        {"open": "real_rows", "at_most": 0.12, "when": "last"},
    ),
    "least squares, replace, 8 generations": (
        {"generations": 8, "population": LINEAR, "workflow": {"kind": "replace", "rows": 400},
         "generator": {"kind": "least_squares"}},
        {"open": "synthetic_rows", "at_most": 0.5, "when": "last"},
    ),
}  # fmt: skip
FLOOR, GOAL = 20.0, 50.0
PART = 0.005  # of the value
CHECK = 50  # runs of the plan's own check, which is in its time
LOW, HIGH = 30.0, 100_000.0


def at(study, name, value, replicates):
    """The study at one value."""
    known = planned_study(
        genloss.Study.from_dict(study), case=None, metric=None, replicates=replicates, seed=None, progress=None
    )
    return known.at([{name: float(value)}]).resolved | {"replicates": replicates, "report": [study["generations"]]}


def mean_of(study, name, value, replicates, seed):
    """Mean and standard error of the last generation, by one run of the study into a folder of its own."""
    spec = at(study, name, value, replicates) | {"seed": seed}
    with tempfile.TemporaryDirectory() as place:
        found = genloss.run(spec, out=Path(place) / "out", workers=1)
    row = next(row for row in found.rows if row.method == "simulation")
    return row.value, row.standard_error


def bisected(study, name, limit, replicates, near):
    """Halve until the value is known to a part `near` of itself; the values looked at."""
    low, high, seen = LOW, HIGH, 0
    while high / low > 1 + near:
        middle = float(round(np.sqrt(low * high)))
        if middle in (low, high):
            break
        seen += 1
        value, _ = mean_of(study, name, middle, replicates, seed=seen)
        low, high = (low, middle) if value <= limit else (middle, high)
    return high, seen


def line_of(title, study, asked):
    """Time both sides; the line, and by how many errors the two values differ."""
    known = genloss.plan(study, replicates=CHECK, **asked)
    error = PART * known.value
    limit, name = asked["at_most"], asked["open"]
    spread = mean_of(study, name, known.value, 200, seed=99)[1] * np.sqrt(200)
    subject = planned_study(
        genloss.Study.from_dict(study), case=None, metric=None, replicates=50, seed=None, progress=None
    )
    ends = [known.value * part for part in (0.98, 1.02)]
    first, last = (each.mean[-1] for each in subject.judge([{name: float(round(end))} for end in ends]))
    slope = abs(last - first) / (ends[1] - ends[0])
    replicates = int(max(50, -(-((spread / slope / error) ** 2) // 10) * 10))
    answers = []
    plain = once(lambda: answers.append(bisected(study, name, limit, replicates, PART)))
    value, seen = answers[0]
    ours = seconds(lambda: genloss.plan(study, replicates=CHECK, **asked), repeats=3)
    own, bound = spread / np.sqrt(replicates) / slope, (known.high - known.low) / 3.92
    gap = abs(value - known.value) / np.hypot(own, bound)
    print(f"{title}: plan {known.value:g}, bisection {value:g} ({seen} runs of {replicates} replicates), z {gap:.1f}")
    return Line(title, "a plan", plain, ours, FLOOR, GOAL), gap


def main():
    """Check, time, print; return the exit code."""
    print(machine())
    lines, wrong = [], False
    with threadpool_limits(1):
        for title, (study, asked) in WORKLOADS.items():
            line, gap = line_of(title, study | {"replicates": 50, "seed": 3}, asked)
            lines.append(line)
            wrong |= gap > Z
    status = report(lines)
    return 2 if wrong else status


if __name__ == "__main__":
    sys.exit(main())
