"""Kill a run or a chain at a random moment, let it go on, and say whether anything finished was lost.

As a program (way, folder, kills, seed) it has loaded everything when it begins, and every run is a fork of it, in a
session of its own: what a killed run leaves behind is found by that session. It prints what it saw as JSON.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

from genloss.cli.main import interrupt

STUDY = """
seed = 3
replicates = 96
generations = 2
[population]
kind = "linear_gaussian"
dim = 12
noise = 0.5
[workflow]
kind = "accumulate"
rows = [20, 30, 40, 50]
[generator]
kind = "ridge"
penalty = [0.1, 1.0]
[predictor]
kind = "ridge"
rows = [10, 20]
penalty = 0.1
"""
WAYS = {
    "one thread": ["--workers", "1"],
    "two threads": ["--workers", "2"],
    "two processes": ["--workers", "2", "--processes"],
    "reference engine": ["--workers", "2", "--engine", "reference"],
    "chain": [],
}
SAID = str(Path(tempfile.gettempdir()) / f"genloss-faults-{os.getpid()}.txt")
SIGNALS = (signal.SIGKILL, signal.SIGTERM)


class Mean:
    """A model of one's own: rows around the mean of the rows it was fitted to, not fast."""

    def fit(self, data, weights, _rng, *, start=None):
        assert start is None
        time.sleep(0.002)
        return Around(np.average(data, axis=0, weights=weights))


class Around:
    """The fit of `Mean`."""

    def __init__(self, mean):
        self.mean = mean

    def sample(self, count, rng):
        return self.mean + rng.standard_normal((count, len(self.mean)))


def contents(folder):
    """Bytes of every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def finished(folder):
    """What shows that a finished result stays as it is: content and number of the file of every cell and row."""
    kept = [p for p in folder.glob("generations/**/*.npz") if p.with_name(f"{p.name}.sha256").exists()]
    names = [*folder.glob("cells/*/*.json"), *kept]
    return {str(p.relative_to(folder)): (p.read_bytes(), p.stat().st_ino) for p in names}


def begun(work):
    """Start some work in a process and a session of its own; return its number."""
    process = os.fork()
    if process == 0:
        os.setsid()
        signal.signal(signal.SIGTERM, interrupt)
        with open(SAID, "w") as said:
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
        code = 1
        try:
            code = work() or 0
        except KeyboardInterrupt:
            code = 130
        finally:
            os._exit(code)
    return process


def ended(process, seconds):
    """Wait for a process at most so long; return its exit code, None where it still runs."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        number, status = os.waitpid(process, os.WNOHANG)
        if number:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    return None


def left_over(session, seconds=3.0):
    """Processes of a session that still run after so long; they are ended."""
    until = time.monotonic() + seconds
    while True:
        running = [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and _in(p, session)]
        if not running or time.monotonic() > until:
            break
        time.sleep(0.01)
    for process in running:
        os.kill(process, signal.SIGKILL)
    return len(running)


def _in(place, session):
    try:
        state, *rest = (place / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return False
    return state != "Z" and int(rest[2]) == session


def work_of(way, folder):
    """Return what is run, given where."""
    import genloss
    from genloss.cli.main import run_command

    study = folder / "study.toml"
    study.write_text(STUDY)
    data = np.random.default_rng(0).normal(size=(40, 2))

    def run(out):
        return run_command(["run", str(study), "--out", str(out), "--quiet", *WAYS[way]])

    def chain(out):
        genloss.chain(Mean(), data, ["replace", "accumulate"], generations=4, seeds=4, out=out)

    return chain if way == "chain" else run


def main(way, folder, kills, seed):
    """Run once undisturbed; then again and again: kill, go on, compare."""
    folder = Path(folder)
    work, out, whole = work_of(way, folder), folder / "killed", folder / "whole"
    work(folder / "warm")
    start = time.monotonic()
    assert ended(begun(lambda: work(whole)), 600) == 0
    length = time.monotonic() - start
    right, rng, seen, wrong = contents(whole), np.random.default_rng(int(seed)), Counter(), []
    for kill in range(int(kills)):
        how = SIGNALS[kill % 2]
        process = begun(lambda: work(out))
        code = ended(process, rng.uniform(0.0, 0.95) * length)
        if code is None:
            seen["met"] += 1
            os.kill(process, how)
            code = ended(process, 60)
            if how == signal.SIGTERM and code not in (0, 130, -how):  # the last: before it could hear it
                wrong.append(f"{kill}: exit code {code} after {how.name}: {Path(SAID).read_text()[-1500:]}")
        if left := left_over(process):
            wrong.append(f"{kill}: {left} processes left over after {how.name}")
        had = finished(out)
        seen["cells kept"] += len(had)
        seen["half-written"] += len([*out.rglob("*.part")])
        if kill % 4 != 3 and rng.random() < 0.25:
            continue  # another kill falls on what is left
        if (code := ended(begun(lambda: work(out)), 600)) != 0:
            wrong.append(f"{kill}: exit code {code} of the run that went on")
        found, now = contents(out), finished(out)
        wrong += [f"{kill}: lost or made again: {name}" for name in had if now.get(name) != had[name]]
        wrong += [f"{kill}: {name} differs" for name in right if found.get(name) != right[name]]
        wrong += [f"{kill}: {name} left over" for name in found if name not in right]
        seen["compared"] += 1
        shutil.rmtree(out)
    sys.stdout.write(json.dumps({"files": len(right), "length": length, **seen, "wrong": wrong}) + "\n")


def after_kills(way, folder, *, kills, seed):
    """Kill so often, in a program of its own; return what was seen."""
    program = [sys.executable, __file__, way, str(folder), str(kills), str(seed)]
    done = subprocess.run(program, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


if __name__ == "__main__":
    main(*sys.argv[1:])
