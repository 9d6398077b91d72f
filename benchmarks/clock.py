"""How are two ways to the same numbers timed? Process time, one BLAS thread, median after a warm-up."""

import platform
import time
from dataclasses import dataclass
from statistics import median


def seconds(work, repeats, calls=1):
    """Median process time of one call of `work`, over `repeats` measurements of `calls` calls; one warm-up."""
    work()
    taken = []
    for _ in range(repeats):
        start = time.process_time()
        for _ in range(calls):
            work()
        taken.append((time.process_time() - start) / calls)
    return median(taken)


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
        return self.plain / self.ours

    @property
    def holds(self):
        """Whether the ratio is at least the floor."""
        return self.ratio >= self.floor

    def __str__(self):
        verdict = "BELOW FLOOR" if not self.holds else "goal" if self.ratio >= self.goal else "floor"
        return (
            f"{self.name:<46} {self.unit:<10} {1e3 * self.plain:>11.3f} {1e3 * self.ours:>10.4f} "
            f"{self.floor:>8,.0f} {self.goal:>8,.0f} {self.ratio:>10,.0f}  {verdict}"
        )


def machine():
    """Name the machine."""
    try:
        with open("/proc/cpuinfo") as text:
            model = next(line.split(":")[1].strip() for line in text if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    return f"{model}, {platform.system()}, Python {platform.python_version()}"
