"""Kill a run at random moments, go on, and compare what is left with an uninterrupted run.

As a program (study, folder, kills, seed) it has loaded everything when it begins, and every run is a fork of it: the
kills fall on the run, not on the start of Python. Two in three of them fall on the simulation alone: drawing the
page takes most of a run. It prints how many of them met a run.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np


def contents(folder):
    """Bytes of every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def survives_kills(study, folder, *, kills, seed):
    """Run uninterrupted and with `kills` random kills; return both contents and how many kills met a run."""
    program = [sys.executable, __file__, str(study), str(folder), str(kills), str(seed)]
    done = subprocess.run(program, check=True, capture_output=True, text=True)
    return contents(folder / "whole"), contents(folder / "killed"), int(done.stdout.split()[-1])


def begun(work):
    """Start some work in a process of its own; return its number."""
    process = os.fork()
    if process == 0:
        os._exit(work() or 0)
    return process


def ended(process, seconds):
    """Wait for a process at most so long; whether it has ended, by itself and well."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        number, status = os.waitpid(process, os.WNOHANG)
        if number:
            if status:
                raise RuntimeError(f"a run ended with status {status}")
            return True
        time.sleep(0.002)
    return False


def main(study, folder, kills, seed):
    """Run once, then kill and go on, then run to the end."""
    import genloss
    from genloss.cli.main import run_command

    folder = Path(folder)

    def run(out):
        return run_command(["run", str(study), "--out", str(out), "--quiet"])

    def simulate(out):
        genloss.simulate(genloss.Study.load(study), store=out / "cells")

    def seconds(work, out):
        start = time.monotonic()
        ended(begun(lambda: work(out)), 600)
        return time.monotonic() - start

    run(folder / "warm")  # in this process: what it loads, every fork has
    lengths = {run: seconds(run, folder / "whole"), simulate: seconds(simulate, folder / "alone")}
    rng, met = np.random.default_rng(int(seed)), 0
    for kill in range(int(kills)):
        work, out = (simulate, folder / "parts") if kill % 3 else (run, folder / "killed")
        process = begun(lambda work=work, out=out: work(out))
        if not ended(process, rng.uniform(0.02, 1.0) * lengths[work]):
            met += 1
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        if kill % 3 == 2:  # two kills, then to the end, then from the beginning
            seconds(simulate, folder / "parts")
            if contents(folder / "parts") != contents(folder / "alone"):
                raise RuntimeError("a simulation that was killed and went on has left other bytes")
            shutil.rmtree(folder / "parts")
    ended(begun(lambda: run(folder / "killed")), 600)
    sys.stdout.write(f"{met}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
