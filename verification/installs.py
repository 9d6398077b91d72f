"""Does a wheel, and a source archive, work where nothing else is installed, for every Python and both ends of versions?

For each Python from 3.11 to 3.14 that this machine has: a bare environment, the wheel with the lowest versions that
pyproject.toml allows (`uv`, resolution lowest-direct) and with the newest; the source archive once. In each a study is
predicted and simulated, and a page, a picture and an audit are made, from a folder that holds no part of the
repository, warnings of ours being errors. For a Python that is not here it is asked whether every library has a wheel.

    python verification/installs.py [PYTHON ...] > verification/installs.txt

PYTHON: paths of interpreters beside those that stand on the path.
"""

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
ENDS = ("lowest-direct", "highest")
WORK = """
import sys, warnings
warnings.filterwarnings("error", module="genloss")
import numpy as np, pandas as pd, genloss
study = genloss.Study.from_dict({
    "schema": "study/1", "question": "Does an installed genloss answer?", "seed": 7, "replicates": 40, "generations": 3,
    "metrics": ["excess_risk"], "population": {"kind": "linear_gaussian", "dim": 10, "noise": 0.5},
    "workflow": {"kind": "accumulate", "rows": 40}, "generator": {"kind": "ridge", "penalty": 0.1}})
result = genloss.run(study, out="run")
frame = result.to_frame()
theory = frame[frame.method == "theory"].set_index("generation").value
simulated = frame[frame.method == "simulation"].set_index("generation")
apart = ((simulated.value - theory) / simulated.standard_error).abs().max()
assert apart < 4.5 or ((simulated.value / theory - 1).abs() < .15).all(), apart
result.save("page.html"); result.save("rows.parquet"); result.save("rows.csv")
rng = np.random.default_rng(7)
X = rng.normal(size=(200, 3))
table = pd.DataFrame(X, columns=["a", "b", "c"]).assign(y=X @ [1.0, 2.0, 0.0] + rng.normal(size=200))
print(genloss.forecast("least_squares", X, table.y, generations=3).summary().splitlines()[0])
audit = genloss.audit(table, [table.sample(150, replace=True, random_state=g) for g in range(2)])
audit.save("audit.html")
from genloss.study.shipped import shipped_names
assert len(shipped_names()) > 20
print("good")
"""


def uv(*words: str) -> subprocess.CompletedProcess[str]:
    """Call uv, which makes environments and chooses versions."""
    return subprocess.run([sys.executable, "-m", "uv", *words], capture_output=True, text=True, check=False)


def found(version: str) -> str | None:
    """Return an interpreter of this version that runs."""
    for python in (*sys.argv[1:], shutil.which(f"python{version}")):
        if python is not None:
            said = subprocess.run([python, "-V"], capture_output=True, text=True, check=False)
            if said.returncode == 0 and said.stdout.startswith(f"Python {version}."):
                return python
    return None


def tried(archive: Path, python: str, end: str) -> tuple[bool, str]:
    """Install an archive in an environment of its own, and work with it."""
    with tempfile.TemporaryDirectory() as place:
        environment = Path(place) / "environment"
        made = uv("venv", "--no-project", "--python", python, str(environment))
        if made.returncode:
            return False, made.stderr[-300:]
        there = environment / ("Scripts" if os.name == "nt" else "bin")
        # An archive that is installed is the one direct wish; its libraries are direct where its own file is asked.
        chosen = compiled("--python", str(there / "python"), end)
        if chosen.returncode:
            return False, chosen.stderr[-1500:]
        listed = Path(place) / "chosen.txt"
        listed.write_text(chosen.stdout, encoding="utf-8")
        into = ("pip", "install", "--python", str(there / "python"))
        for words in (("--only-binary", ":all:", "-r", str(listed)), ("--no-deps", str(archive))):
            put = uv(*into, *words)
            if put.returncode:
                return False, put.stderr[-1500:]
        for words in (["python", "-c", WORK], ["genloss", "--version", "--verbose"], ["genloss", "predict", "x.toml"]):
            if words[0] == "genloss" and words[1] == "predict":
                shutil.copy(HERE / "studies" / "double-descent.toml", Path(place) / "x.toml")
            ran = subprocess.run(
                [str(there / words[0]), *words[1:]], cwd=place, capture_output=True, text=True, check=False
            )
            if ran.returncode:
                return False, f"{words[:2]}: {ran.stdout[-300:]}{ran.stderr[-1500:]}"
        versions = subprocess.run([str(there / "genloss"), "--version", "--verbose"], capture_output=True, text=True)
        return True, next(line for line in versions.stdout.splitlines() if line.startswith("needs: "))


def compiled(*python: str) -> subprocess.CompletedProcess[str]:
    """Choose versions of what pyproject.toml asks for, of wheels alone; the last word is the end of versions."""
    *which, end = python
    return uv(
        "pip", "compile", *which, "--resolution", end, "--only-binary", ":all:", "--no-header", "--annotation-style",
        "line", str(HERE / "pyproject.toml"),
    )  # fmt: skip


def resolved(version: str, end: str) -> tuple[bool, str]:
    """Whether every library has a wheel for a Python that is not here."""
    said = compiled("--python-version", version, end)
    return said.returncode == 0, said.stderr[-800:] if said.returncode else f"{len(said.stdout.splitlines())} libraries"


def main() -> int:
    """Try all, and print a paragraph each; 1 where one failed."""
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.system()} {platform.machine()}")
    failed = 0
    with tempfile.TemporaryDirectory() as place:
        built = uv("build", "-o", place, str(HERE))
        if built.returncode:
            print(built.stderr)
            return 1
        wheel, archive = next(Path(place).glob("*.whl")), next(Path(place).glob("*.tar.gz"))
        print(f"wheel {wheel.stat().st_size / 1e6:.2f} MB, source archive {archive.stat().st_size / 1e6:.2f} MB")
        jobs = [(wheel, version, end) for version in PYTHONS for end in ENDS] + [(archive, "3.12", "highest")]
        for what, version, end in jobs:
            python = found(version)
            good, said = tried(what, python, end) if python else resolved(version, end)
            how = "works" if python else "not here; every library has a wheel"
            kind = what.suffix.lstrip(".")
            print(f"\n{kind}, Python {version}, {end}: {how if good else 'FAILED'}\n  {said}", flush=True)
            failed += not good
    print(f"\n{failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
