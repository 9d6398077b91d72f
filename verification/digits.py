"""Does every formula at theory's door have ten digits over the whole domain it states? Against 50-digit twins.

    .venv/bin/python verification/digits.py [points] [name ...] > verification/digits.txt

A twin (verification/twins) is written from the docstring or docs/theory, in mpmath, and shares no code with the
formula. Arguments are drawn log-uniformly to the ends of the domain; what is refused with a `Problem` is drawn anew.
Exits with 1 if an error is above the line.
"""

import datetime
import sys
import time
import warnings
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from twins.case import Case, worst

LINE = 1e-10
ROOMS = ("combine", "drift", "filters", "gaussian", "tails", "loops", "ridge", "workflows", "lineages")


def cases() -> dict[str, Case]:
    """All comparisons, by the name of the function, with a word in brackets where it has several."""
    return {name: case for room in ROOMS for name, case in import_module(f"twins.{room}").CASES.items()}


def main() -> None:
    """Print the worst error of every formula."""
    warnings.simplefilter("error")
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    wanted = sys.argv[2:]
    print(f"{datetime.date.today()}  {points} points a formula, fewer of slow ones, seed 1; line {LINE:g} unless said")
    high = 0
    for name, case in cases().items():
        if wanted and not any(word in name for word in wanted):
            continue
        begun = time.perf_counter()
        error, where = worst(case, points, 1)
        above = error > case.line
        high += above
        kind = f"of {case.absolute:g} at least" if case.absolute else "relative"
        line = f" (line {case.line:g})" if case.line != LINE else ""
        print(f"{'ABOVE ' if above else ''}{name}: {error:.1e} {kind}{line}, {time.perf_counter() - begun:.0f} s")
        print(f"    domain: {case.domain}\n    worst at {where}", flush=True)
    print(f"{high} above the line")
    sys.exit(high > 0)


if __name__ == "__main__":
    main()
