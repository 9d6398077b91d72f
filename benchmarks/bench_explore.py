"""Does the page answer a moved slider within 50 ms? Random positions of every study, each beside genloss.predict.

Equality first: the curves of a position are the numbers that genloss.predict gives for the study that the page saves.
Then the process time of a view that nothing is remembered of: controls, theory, workflow, words, and JSON. Two controls
are moved at random from where the study has them, evenly on their sliders; where the study has more than 100
generations, three in four positions have 100. Promised are 50 ms in 95 of 100 positions, of every study with theory of
a regression up to 1,000 features and of every workflow up to 100 generations; positions beyond (the page marks them as
slow) are reported and not judged.

    python benchmarks/bench_explore.py [--positions 40] [--preset NAME]...
"""

import argparse
import os
import sys
import time

from clock import ONE_THREAD, machine

if any(os.environ.get(name) != value for name, value in ONE_THREAD.items()):
    os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | ONE_THREAD)

import tomllib
from dataclasses import replace

import numpy as np

from genloss import Study, predict
from genloss.errors import Problem
from genloss.explore.desk import Desk
from genloss.explore.position import position_of
from genloss.explore.presets import shipped_shelf
from genloss.explore.said import body_of
from genloss.explore.service import Explorer
from genloss.explore.state import State, number_text, read_state
from genloss.explore.views import FAST_GENERATIONS
from genloss.streams import stream

FLOOR, PART = 50.0, 95  # milliseconds, percentile
SPREAD = 0.25  # of repeated times, beside their median, beyond which the machine was too busy to judge
CHECKED = 3  # positions of a study whose numbers are compared


def moved(control, rng):
    """A random place of a control, as an address writes it."""
    if control.choices:
        return control.choices[rng.integers(len(control.choices))][0]
    place = rng.random()
    if control.scale == "log" and control.low > 0:
        value = control.low * (control.high / control.low) ** place
    else:
        value = control.low + place * (control.high - control.low)
    value = float(f"{value:.4g}")
    value = min(max(value, control.low), control.high)
    return number_text(float(round(value)) if control.kind == "whole" else value)


def random_states(shelf, name, count):
    """States of a study with two controls moved; one that is refused is drawn again."""
    rng = stream(0, "benchmark of the page", name)
    cases, found, tries = shelf.described(name).cases, [], 0
    while len(found) < count and tries < 20 * count:
        tries += 1
        start = State(name, cases[rng.integers(len(cases))])
        try:
            controls = position_of(shelf, start).controls
            chosen = rng.choice(len(controls), size=min(2, len(controls)), replace=False)
            moves = {controls[i].key: moved(controls[i], rng) for i in chosen}
            last = shelf.study(name).resolved["generations"]
            if last > FAST_GENERATIONS and len(found) % 4:
                moves = {"generations": str(FAST_GENERATIONS)} | moves
            state = replace(start, moves=tuple(sorted(moves.items())))
            Desk(shelf).view(state)
            found.append(state)
        except Problem:
            continue
    return found


def milliseconds(shelf, state):
    """Process time of a view of which nothing is remembered, and the view."""
    desk, query = Desk(shelf), state.query()
    start = time.process_time()
    view = desk.view(read_state(query)[0])
    body_of(view)
    return 1000 * (time.process_time() - start), view


def check(shelf, state):
    """The curves of a position are what genloss.predict says of the study that the page saves."""
    view, text = Desk(shelf).view(state), Explorer(Desk(shelf)).study_text(state.query())
    saved = Study.from_dict(tomllib.loads(text), places=shelf.places)
    said = [row.value for row in predict(saved).rows if row.metric == view["metric"] and np.isfinite(row.value)]
    shown = [y for curve in view["theory"]["curves"] for y in curve["y"] if y is not None]
    whole = sorted(said) == sorted(shown) or (view["theory"]["note"] and set(shown) <= set(said))
    if not whole:
        raise SystemExit(f"{state.query()}: the page shows other numbers than genloss.predict says")


def measure(shelf, name, count):
    """Times of a study's positions, promised and slow, and how much repeated times spread."""
    states = random_states(shelf, name, count)
    for state in states[:CHECKED]:
        check(shelf, state)
    promised, slow, spreads, worst = [], [], [], (0.0, "")
    for place, state in enumerate(states):
        taken, view = milliseconds(shelf, state)
        if place % 8 == 0:
            again = [taken, milliseconds(shelf, state)[0], milliseconds(shelf, state)[0]]
            spreads.append((max(again[1:]) - min(again[1:])) / np.median(again))
            taken = min(again) if place == 0 else taken  # the first view of a process compiles
        (slow if view["slow"] else promised).append(taken)
        if not view["slow"] and taken > worst[0]:
            worst = (taken, state.query())
    return promised, slow, float(np.median(spreads)) if spreads else 0.0, worst[1]


def main():
    """Measure every study; exit with 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--positions", type=int, default=40)
    parser.add_argument("--preset", action="append")
    asked = parser.parse_args()
    shelf = shipped_shelf()
    print(f"{machine()}; process time of a view, milliseconds; promised: at most {FLOOR:.0f} at p{PART}")
    print(f"{'study':<38} {'promised':>8} {'p50 ms':>8} {'p95 ms':>8} {'worst':>8} {'slow':>5} {'slow p95':>9}")
    kept = True
    for name in asked.preset or shelf.paths:
        try:
            promised, slow, spread, worst = measure(shelf, name, asked.positions)
        except Problem as problem:
            print(f"{name:<38} {str(problem.found)[:60]}")
            continue
        high = f"{np.percentile(slow, PART):>9.1f}" if slow else f"{'-':>9}"
        if not promised:
            print(f"{name:<38} {0:>8} {'-':>8} {'-':>8} {'-':>8} {len(slow):>5} {high}", flush=True)
            continue
        p50, p95 = np.percentile(promised, [50, PART])
        verdict = "" if p95 <= FLOOR else f"ABOVE {FLOOR:.0f} ms: {worst}"
        verdict += "; the machine was too busy to judge" if spread > SPREAD else ""
        kept &= p95 <= FLOOR
        times = f"{p50:>8.1f} {p95:>8.1f} {max(promised):>8.1f}"
        print(f"{name:<38} {len(promised):>8} {times} {len(slow):>5} {high}  {verdict}", flush=True)
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
