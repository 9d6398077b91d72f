"""Does a run that is killed a hundred times leave the bytes of an uninterrupted one? Prints what happened."""

import platform
import sys
import tempfile
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from helpers_kill import survives_kills

STUDY = """
seed = 3
replicates = 200
generations = 4
[population]
kind = "linear_gaussian"
dim = 40
noise = 0.5
[workflow]
kind = "{kind}"
rows = 60
[generator]
kind = "ridge"
penalty = 0.1
[predictor]
kind = "ridge"
rows = [10, 20, 50, 100]
penalty = [0.01, 0.1, 1.0]
"""


def main() -> None:
    """Kill replace (fast engine) and accumulate (reference) 50 times each."""
    print(f"{date.today()}, Python {platform.python_version()}, {platform.machine()}")
    for seed, kind in enumerate(("replace", "accumulate")):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "study.toml"
            path.write_text(STUDY.format(kind=kind))
            whole, killed, met = survives_kills(path, Path(folder), kills=50, seed=seed)
        same = "equal" if whole == killed else "DIFFERENT"
        print(f"{kind}: 50 kills, {met} met a run; {len(whole)} files, bytes {same}")


if __name__ == "__main__":
    main()
