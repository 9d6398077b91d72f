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
        with open(SAID, "w", encoding="utf-8") as said:
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


def work_of(way, folder, *, page):
    """Return what is run, given where: a chain, a run as the command with its page, or its simulation alone."""
    import genloss
    from genloss.cli.main import run_command

    study = folder / "study.toml"
    study.write_text(STUDY)
    data = np.random.default_rng(0).normal(size=(40, 2))
    sizes = {"generations": 4, "seeds": 4} if page else {"generations": 2, "seeds": 2}

    def chain(out):
        genloss.chain(Mean(), data, ["replace", "accumulate"], **sizes, out=out)

    def run(out):
        return run_command(["run", str(study), "--out", str(out), "--quiet", *WAYS[way]])

    def simulate(out):
        genloss.simulate(study, store=out / "cells", workers=int(WAYS[way][1]), processes="--processes" in WAYS[way])

    return chain if way == "chain" else run if page else simulate


def at_moments(way, folder, kills, seed):
    """Kill at moments drawn over the length of a run with its page, by two signals; go on after most; compare."""
    work, rng = work_of(way, folder, page=True), np.random.default_rng(seed)
    work(folder / "warm")
    start = time.monotonic()
    assert ended(begun(lambda: work(folder / "whole")), 600) == 0
    length = time.monotonic() - start
    look = Look(work, work, folder)
    for kill in range(kills):
        look.killed(SIGNALS[kill % 2], wait=lambda process: ended(process, rng.uniform(0.0, 0.95) * length))
        if kill % 4 == 3 or rng.random() >= 0.25:  # else another kill falls on what is left
            look.gone_on()
    return look.told(length=length)


def at_files(way, folder, kills, seed):
    """Kill once so many results are finished, drawn beforehand, no page; what goes on has one thread."""
    plain = work_of(way if way == "chain" else "one thread", folder, page=False)
    plain(folder / "whole")
    look, rng = Look(work_of(way, folder, page=False), plain, folder), np.random.default_rng(seed)
    most = len(finished(folder / "whole")) // 2
    for _ in range(kills):
        look.killed(signal.SIGKILL, wait=lambda process: look.filled(process, rng.integers(1, most + 1)))
        look.gone_on()
    return look.told()


class Look:
    """Kills of some work, each compared with the files of no kill once it was gone on with."""

    def __init__(self, work, going_on, folder):
        self.work, self.going_on, self.out = work, going_on, folder / "killed"
        self.right, self.had, self.seen, self.wrong = contents(folder / "whole"), {}, Counter(), []

    def killed(self, how, *, wait):
        """Begin, and kill where it has not ended by itself after a wait; remember what is finished."""
        self.seen["kills"] += 1
        process = begun(lambda: self.work(self.out))
        if wait(process) is None:
            self.seen["met"] += 1
            os.kill(process, how)
            code = ended(process, 60)
            if how == signal.SIGTERM and code not in (0, 130, -how):  # the last: before it could hear it
                self.note(f"exit code {code} after {how.name}: {Path(SAID).read_text(encoding='utf-8')[-1500:]}")
        if left := left_over(process):
            self.note(f"{left} processes left over after {how.name}")
        self.had = finished(self.out)
        self.seen["cells kept"] += len(self.had)
        self.seen["half-written"] += len([*self.out.rglob("*.part")])

    def filled(self, process, results):
        """Wait until so many results are finished; return the exit code of what ended before."""
        while len(finished(self.out)) < results:
            if (code := ended(process, 0.002)) is not None:
                return code
        return None

    def gone_on(self):
        """Run to the end, compare, and begin anew."""
        if (code := ended(begun(lambda: self.going_on(self.out)), 600)) != 0:
            self.note(f"exit code {code} of the run that went on: {Path(SAID).read_text(encoding='utf-8')[-1500:]}")
        found, now = contents(self.out), finished(self.out)
        for name in self.had:
            if now.get(name) != self.had[name]:
                self.note(f"lost or made again: {name}")
        for name in self.right.keys() | found.keys():
            if found.get(name) != self.right.get(name):
                self.note(f"{name} {'differs' if name in self.right else 'left over'}")
        self.seen["compared"] += 1
        shutil.rmtree(self.out)

    def note(self, what):
        """Keep a finding, with the number of its kill."""
        self.wrong.append(f"{self.seen['kills']}: {what}")

    def told(self, **more):
        """Everything that was seen."""
        return {"files": len(self.right), **more, **self.seen, "wrong": self.wrong}


def after_kills(how, way, folder, *, kills, seed):
    """Kill so often, at_moments or at_files, in a program of its own; return what was seen."""
    program = [sys.executable, __file__, how.__name__, way, str(folder), str(kills), str(seed)]
    done = subprocess.run(program, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def main(how, way, folder, kills, seed):
    """Kill, and print what was seen."""
    seen = {"at_moments": at_moments, "at_files": at_files}[how](way, Path(folder), int(kills), int(seed))
    sys.stdout.write(json.dumps(seen) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
