"""An audit against the peers that do the nearest job, and against its own limits: equality first, then the clocks.

    python benchmarks/bench_audit.py [FOLDER] [--large]

FOLDER: with an environment for each peer, FOLDER/evidently, sdmetrics, prdc, pot; those that are not there are made
with venv and pip, which need the network; without FOLDER the peers are left out. Each peer and ours run in processes of
their own on the same Parquet files (100,000 rows of 50 numbers; prdc holds all distances, so on 5,000 rows), on one
thread, median of three, process time with reading and without imports.

0. Equality: an unchanged table is not called collapsing or shifted, one of half the variance is called collapsing.
1. At least 20 times as fast as sdmetrics' QualityReport, 5 times as fast as Evidently's drift preset.
2. At most 15 microseconds for each row of a generation of 10 numbers, once the real rows are known.
3. The tenth generation onto a kept state costs at most 1.2 times a tenth of auditing all ten.
4. --large: 10,000,000 rows of 50 numbers as one generation, in one pass, with at most 1 GB of memory, by the command.

Exits 1 where a goal is missed, 2 where equality does not hold.
"""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from clock import ONE_THREAD, machine

from genloss.audit.kept_state import load_state, save_state
from genloss.audit.options import MOST_ROWS, Options
from genloss.audit.sketch import sketch
from genloss.audit.state import begun, key_of
from genloss.populations.own_rows import columns_of

PINS = {
    "evidently": ["evidently==0.7.23", "pandas<3"],
    "sdmetrics": ["sdmetrics==0.32.0"],
    "prdc": ["prdc==0.2", "pandas"],
    "pot": ["POT==0.9.7.post1", "pandas"],
}
GOALS = {"sdmetrics": 20, "evidently": 5}
HERE = Path(__file__).parent
REPEATS = 3


def table(path, rows, scale, seed, columns=50, batch=100_000):
    """Write normal numbers, some of which hang together, in row groups."""
    rng = np.random.default_rng(seed)
    mix = np.eye(columns) + 0.3 * np.diag(np.ones(columns - 1), 1)
    names = [f"x{place}" for place in range(columns)]
    writer = None
    for first in range(0, rows, batch):
        block = scale * rng.normal(size=(min(batch, rows - first), columns)) @ mix
        held = pa.table(dict(zip(names, block.T, strict=True)))
        writer = writer or pq.ParquetWriter(path, held.schema)
        writer.write_table(held)
    writer.close()
    return path


def environment(folder, name):
    """Return the Python of a peer's own environment, made if it is not there."""
    python = folder / name / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder / name], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *PINS[name], "pyarrow"], check=True)
    return python


def job(python, name, real, made, repeats=REPEATS):
    """Run a job in processes of its own; the median of seconds, what it said."""
    told = []
    for _ in range(repeats):
        done = subprocess.run(
            [python, HERE / "audit_peer.py", name, real, made],
            env={**os.environ, **ONE_THREAD}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            return None, done.stderr.strip().splitlines()[-1][:100]
        told.append(json.loads(done.stdout.splitlines()[-1]))
    return median(each["seconds"] for each in told), told[0]["score"]


def beside_peers(peers, folder):
    """Compare with peers on the same files. Yields whether goals hold, None for a wrong verdict."""
    sizes = {100_000: ("sdmetrics", "evidently", "pot"), 5_000: ("prdc",)}
    for rows, names in sizes.items():
        paths = [
            table(folder / f"{name}{rows}.parquet", rows, scale, seed)
            for seed, (name, scale) in enumerate((("real", 1), ("same", 1), ("half", 0.5**0.5)))
        ]
        print(f"{rows:,} rows of 50 numbers")
        ours, same = job(sys.executable, "genloss", paths[0], paths[1])
        _, half = job(sys.executable, "genloss", paths[0], paths[2], 1)
        print(f"  {'genloss':<10} {ours:>9.2f} s             unchanged: {same}; half the variance: {half}")
        if half != "collapsing" or same in ("collapsing", "shifted"):
            print("  A VERDICT IS WRONG")
            yield None
        for name in names if peers else ():
            python = environment(peers, name)
            theirs, same = job(python, name, paths[0], paths[1])
            _, half = job(python, name, paths[0], paths[2], 1)
            if theirs is None:
                print(f"  {name:<10} does not run: {same}")
                yield name not in GOALS
                continue
            goal = f"goal {GOALS[name]}" if name in GOALS else ""
            print(f"  {name:<10} {theirs:>9.2f} s {theirs / ours:>7.1f} times  unchanged: {same}; half: {half}  {goal}")
            yield theirs / ours >= GOALS.get(name, 0)


def ten_generations(folder):
    """Audit ten generations at once, and the tenth onto a kept state. Yields whether goals hold."""
    rng = np.random.default_rng(7)
    real, *made = (rng.normal(size=(100_000, 10)) for _ in range(11))
    rows, options = 100_000, Options()

    def sketched(given, side):
        return sketch([columns_of(given)], key_of(0, "rows", side), MOST_ROWS)

    def of_all():
        begin = time.process_time()
        state = begun("real", sketched(real, 0), options)
        known = time.process_time()
        for side, each in enumerate(made[:9], 1):
            state = state.then(str(side), sketched(each, side))
        nine = time.process_time()
        path = save_state(state, folder / "nine.json", force=True)
        state.then("10", sketched(made[9], 10))
        onto = time.process_time()
        load_state(path).then("10", sketched(made[9], 10))
        end = time.process_time()
        each = (nine - known) / 9
        return known - begin, each, end - onto, (known - begin + 10 * each) / 10

    taken = [of_all() for _ in range(REPEATS)]
    first, each, tenth, share = (median(column) for column in zip(*taken, strict=True))
    a_row = 1e6 * each / rows
    print(f"{rows:,} rows of 10 numbers a generation: the real rows {first:.2f} s, each generation {each:.2f} s")
    print(f"  a row of a generation: {a_row:.1f} microseconds (goal at most 15)")
    print(f"  the tenth onto a kept state: {tenth:.2f} s, {tenth / share:.2f} times its share {share:.2f} (goal 1.2)")
    yield a_row <= 15
    yield tenth <= 1.2 * share


def large(folder):
    """Audit ten million rows by the command. Yields whether it holds."""
    real = table(folder / "real.parquet", 100_000, 1, 1)
    made = table(folder / "large.parquet", 10_000_000, 1, 2)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [Path(sys.executable).parent / "genloss", "audit", real, made, "--quiet"]
    done = subprocess.run(command, env={**os.environ, **ONE_THREAD}, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"10,000,000 rows of 50 numbers by the command: {done.stdout.split()[:1]}, {taken:.0f} s of one core")
    print(f"  most memory: {after.ru_maxrss / 1e6:.2f} GB of any process so far (goal at most 1)")
    yield done.returncode in (0, 3)
    yield after.ru_maxrss <= 1e6


def main():
    """Print all comparisons."""
    asked = [each for each in sys.argv[1:] if not each.startswith("-")]
    print(machine())
    with TemporaryDirectory() as place:
        folder = Path(place)
        held = [*(large(folder) if "--large" in sys.argv else ())]
        held += [*ten_generations(folder), *beside_peers(Path(asked[0]) if asked else None, folder)]
    print("all goals hold" if all(held) else "A VERDICT IS WRONG" if None in held else "A GOAL IS MISSED")
    sys.exit(2 if None in held else 0 if all(held) else 1)


if __name__ == "__main__":
    main()
