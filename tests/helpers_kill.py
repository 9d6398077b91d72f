"""Kill a run at random moments, go on, and compare what is left with an uninterrupted run."""

import shutil
import subprocess
import sys
import time

import numpy as np


def contents(folder):
    """Bytes of every file below a folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def command(study, out, *more):
    return [sys.executable, "-m", "genloss", "run", str(study), "--out", str(out), "--quiet", *more]


def survives_kills(study, folder, *, kills, seed):
    """Run uninterrupted and with `kills` random kills; return both contents and how many kills met a run.

    A run that ends before its kill is begun again from nothing.
    """
    begun = time.monotonic()
    subprocess.run(command(study, folder / "whole"), check=True, capture_output=True)
    length = time.monotonic() - begun
    rng, met = np.random.default_rng(seed), 0
    for _ in range(kills):
        process = subprocess.Popen(
            command(study, folder / "killed"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(timeout=rng.uniform(0.2, 1.0) * length)
            shutil.rmtree(folder / "killed")  # it was whole: the next kill is to meet work, not a run with none left
        except subprocess.TimeoutExpired:
            met += 1
            process.kill()
            process.wait()
    subprocess.run(command(study, folder / "killed"), check=True, capture_output=True)
    return contents(folder / "whole"), contents(folder / "killed"), met
