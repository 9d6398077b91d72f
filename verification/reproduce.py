"""Does every covered figure come out again, with a seed that no tolerance was chosen by, and how long does it take?

python verification/reproduce.py [quick|full] SEED [NAMES ...] > FILE, names as `genloss reproduce --list` has them, or
none for all. Each figure is run once, on one worker; printed are its verdicts, its numbers beside the published ones,
and its processor seconds.
"""

import sys
import time

import genloss
from genloss.report import as_text
from genloss.reproductions.answer import numbers_table
from genloss.reproductions.entries import all_entries


def main(size: str, seed: int, names: list[str]) -> None:
    """Run the figures one after the other, and print what came of each."""
    verdicts: dict[str, int] = {}
    for name in names or [entry.name for entry in all_entries()]:
        began = time.process_time()
        found = genloss.reproduce(name, quick=size == "quick", seed=seed, workers=1)
        seconds = time.process_time() - began
        for word, count in found.verdicts.items():
            verdicts[word] = verdicts.get(word, 0) + count
        figure = found.figures[0]
        said = ", ".join(f"{count} {word}" for word, count in found.verdicts.items())
        print(f"{name}, {size}: {said}; {seconds:.1f} s; {figure.described}")
        print(as_text(numbers_table(figure)), "\n", flush=True)
    print("In all:", ", ".join(f"{count} {word}" for word, count in sorted(verdicts.items())))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
