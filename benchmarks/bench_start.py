"""How long does it take to start? CPU time of whole processes, in turns with what cannot be spared.

A limit is the most that starting may take: times what it stands on, or seconds beyond it.
"""

import os
import resource
import subprocess
import sys
from pathlib import Path
from statistics import median

from clock import BUSY, ONE_THREAD, machine

REPEATS = 21
CODE = "from genloss.cli.main import main; main(['--help'])"
STUDY = Path(__file__).parents[1] / "studies" / "ridge-on-synthetic-labels.toml"
QUIET = {"stdout": subprocess.DEVNULL, "env": {**os.environ, **ONE_THREAD}}


def seconds(code):
    """CPU time of one new process of Python."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True, **QUIET)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def in_turns(ours, theirs):
    """Medians of both, which are taken in turns, so that a busy machine slows both."""
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(REPEATS)]
    ratios = [one / two for one, two in pairs]
    if max(ratios) - min(ratios) > BUSY * median(ratios):
        print(f"the machine was too busy to judge what comes next: {min(ratios):.2f} to {max(ratios):.2f} times")
    return median(one for one, _ in pairs), median(two for _, two in pairs)


def main():
    """Print the table; exit with 1 where one is beyond its limit."""
    print(f"{machine()}; medians of {REPEATS} processes each, in turns, CPU seconds")
    fine = True
    ours, click = in_turns(CODE, "import click")
    fine &= ours <= 1.3 * click
    print(f"genloss --help {ours:.3f}, import click {click:.3f}: {ours / click:.2f} times, at most 1.3")
    for code in ("from genloss import Study", "import genloss.theory.workflows"):
        ours, numpy = in_turns(code, "import numpy")
        fine &= ours - numpy <= 0.5
        print(f"{code} {ours:.3f}, import numpy {numpy:.3f}: {ours - numpy:.3f} beyond it, at most 0.5")
    predict = f"from genloss.cli.main import main; main(['predict', {str(STUDY)!r}, '--quiet'])"
    ours, study = in_turns(predict, f"from genloss import Study; Study.load({str(STUDY)!r})")
    print(f"genloss predict {STUDY.name} {ours:.3f}, loading the study {study:.3f}: no limit is set")
    sys.exit(not fine)


if __name__ == "__main__":
    main()
