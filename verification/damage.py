"""Do status, verify and run answer whatever was done to a run's folder, and does a run that goes on leave its bytes?

Damages 60 copies of a finished run, one to three files each, in thirteen ways drawn beforehand. Prints what happened.
"""

import contextlib
import io
import os
import platform
import random
import shutil
import sys
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path

import tomli_w

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from helpers import tiny
from helpers_faults_kill import contents

from genloss.cli.main import run_command

FOLDERS, SEED = 60, 52
LINKS = ("nowhere", "/dev/zero", "/dev/null", "..", "index.html")
WAYS = {
    "cut": lambda path, rng: path.write_bytes(path.read_bytes()[: rng.randrange(path.stat().st_size)]),
    "a flipped bit": lambda path, rng: path.write_bytes(flipped(path.read_bytes(), rng)),
    "100,000 brackets": lambda path, _: path.write_bytes(b"[" * 100_000),
    "more behind": lambda path, rng: path.write_bytes(path.read_bytes() + rng.randbytes(9)),
    "empty": lambda path, _: path.write_bytes(b""),
    "noise": lambda path, rng: path.write_bytes(rng.randbytes(500)),
    "NaN for a digit": lambda path, _: path.write_bytes(path.read_bytes().replace(b"1", b"NaN", 1)),
    "a huge number": lambda path, _: path.write_bytes(path.read_bytes().replace(b"0.", b"1e999", 1)),
    "gone": lambda path, _: path.unlink(),
    "its folder gone": lambda path, _: shutil.rmtree(path.parent),
    "a folder": lambda path, _: (path.unlink(), path.mkdir()),
    "a pipe": lambda path, _: (path.unlink(), os.mkfifo(path)),
    "a link": lambda path, rng: (path.unlink(), path.symlink_to(rng.choice(LINKS))),
}


def flipped(content: bytes, rng: random.Random) -> bytes:
    """Content with one bit flipped."""
    changed, place = bytearray(content), rng.randrange(8 * len(content))
    changed[place // 8] ^= 1 << (place % 8)
    return bytes(changed)


def said(*words: str) -> tuple[int, str]:
    """Exit code and messages of a command."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as errors:
        code = run_command(list(words))
    return code, errors.getvalue()


def main() -> None:
    """Damage, ask, go on, compare."""
    print(f"{date.today()}, Python {platform.python_version()}, {platform.machine()}")
    rng, codes, wrong = random.Random(SEED), Counter[str](), 0
    with tempfile.TemporaryDirectory() as place:
        study, whole, folder = Path(place) / "study.toml", Path(place) / "whole", Path(place) / "damaged"
        study.write_text(tomli_w.dumps(tiny(replicates=22, predictor={"rows": [5, 20], "penalty": 0.1})))
        said("run", str(study), "--out", str(whole), "--quiet")
        right = contents(whole)
        for _ in range(FOLDERS):
            shutil.copytree(whole, folder)
            done = []
            for name in rng.sample(list(right), rng.choice((1, 1, 2, 3))):
                way = rng.choice(list(WAYS))
                if (folder / name).is_file() and not (way == "its folder gone" and "/" not in name):
                    WAYS[way](folder / name, rng)
                    done.append((name, way))
            run = ["run", str(study), "--out", str(folder), "--quiet"]
            for words in (["status", str(folder)], ["verify", str(folder), "--quiet"], run, [*run, "--force"]):
                code, told = said(*words)
                name = words[0] + " --force" * (words[-1] == "--force")
                codes[f"{name} {code}"] += 1
                fine = code in (0, 1, 2) and "Traceback" not in told and (code != 2 or "error: " in told)
                left = contents(folder) if words[0] == "run" and code == 0 else right
                if not fine or any(left.get(file) != content for file, content in right.items()):
                    wrong += 1
                    print(f"WRONG: {name} after {done}: {code}, {told[-300:]}")
            shutil.rmtree(folder)
    print(f"{FOLDERS} damaged folders, {wrong} wrong answers; commands by exit code:")
    print("\n".join(f"  {name}: {count}" for name, count in sorted(codes.items())))


if __name__ == "__main__":
    main()
