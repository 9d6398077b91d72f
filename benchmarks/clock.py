"""How are two ways to the same numbers timed? Process time, one BLAS thread, median after a warm-up.

A benchmark runs to its end and reports every row; a row says where the machine was too busy for a judgment.
"""

import platform
import time
from dataclasses import dataclass
from statistics import median

ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
"""Variables by which a process that is begun has one thread."""

BUSY = 0.25
"""Largest spread of repeated ratios, beside their median, at which a row is judged."""


class Seconds(float):
    """The median of repeated measurements, in seconds; sums and multiples keep what each measurement took."""

    def __new__(cls, taken):
        """Keep all of `taken`."""
        self = super().__new__(cls, median(taken))
        self.taken = tuple(taken)
        return self

    def __mul__(self, factor):
        """Multiply every measurement."""
        return Seconds([each * factor for each in self.taken])

    def __truediv__(self, factor):
        """Divide every measurement."""
        return Seconds([each / factor for each in self.taken])

    def __add__(self, other):
        """Add measurement by measurement."""
        return Seconds([one + two for one, two in pairs(self, other)])

    def __sub__(self, other):
        """Subtract measurement by measurement."""
        return Seconds([one - two for one, two in pairs(self, other)])


def pairs(one, other):
    """Put measurements side by side, as many as the longer has; a single time stands beside all."""
    first, second = (getattr(each, "taken", (float(each),)) for each in (one, other))
    return [(first[i % len(first)], second[i % len(second)]) for i in range(max(len(first), len(second)))]


def seconds(work, repeats, calls=1):
    """Process time of one call of `work`, over `repeats` measurements of `calls` calls; one warm-up."""
    work()
    return Seconds([_once(work, calls) for _ in range(repeats)])


def once(work):
    """Process time of one call, without a warm-up, for what takes long."""
    return Seconds([_once(work, 1)])


def _once(work, calls):
    start = time.process_time()
    for _ in range(calls):
        work()
    return (time.process_time() - start) / calls


@dataclass(frozen=True)
class Line:
    """One row of the table: both times in seconds a unit, and what their ratio ought to be."""

    name: str
    unit: str
    plain: float
    ours: float
    floor: float
    goal: float

    @property
    def ratio(self):
        """How many times faster ours is."""
        return self.plain / float(self.ours)

    @property
    def ratios(self):
        """The same by measurement."""
        return [one / other for one, other in pairs(self.plain, self.ours)]

    @property
    def busy(self):
        """Whether repeated ratios lie too far apart for a judgment."""
        return max(self.ratios) - min(self.ratios) > BUSY * median(self.ratios)

    @property
    def holds(self):
        """Whether the ratio is at least the floor."""
        return self.ratio >= self.floor

    def __str__(self):
        verdict = "BELOW FLOOR" if not self.holds else "goal" if self.ratio >= self.goal else "floor"
        if self.busy:
            verdict += f"; the machine was too busy to judge: {min(self.ratios):,.0f} to {max(self.ratios):,.0f}"
        return (
            f"{self.name:<46} {self.unit:<10} {1e3 * float(self.plain):>11.3f} {1e3 * float(self.ours):>10.4f} "
            f"{self.floor:>8,.0f} {self.goal:>8,.0f} {float(self.ratio):>10,.0f}  {verdict}"
        )


def heading(plain="plain"):
    """Return what stands above rows; plain: what the other side is called."""
    return f"{'workload':<46} {'unit':<10} {plain + ' ms':>11} {'ours ms':>10} {'floor':>8} {'goal':>8} {'ratio':>10}"


def report(lines):
    """Print the rows under a heading as they come, and return the exit status: 1 if one is below its floor.

    lines: rows, made one after the other, so that none is lost with a later one.
    """
    print(f"\n{heading()}")
    held = []
    for line in lines:
        print(line, flush=True)
        held.append(line.holds)
    return int(not all(held))


def machine():
    """Name the machine."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as text:
            model = next(line.split(":")[1].strip() for line in text if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    return f"{model}, {platform.system()}, Python {platform.python_version()}"
