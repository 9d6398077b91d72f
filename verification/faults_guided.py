"""Does coverage-guided fuzzing of what reads files find a traceback, a warning or a number that is none?

Needs atheris (pip install atheris), which is of no group of this package. Run:
.venv/bin/python verification/faults_guided.py READER [RUNS [SEED]], a reader of READERS, or all; each runs in a process
of its own with as many runs, a seed and a limit of time. Prints runs, edges covered and every distinct finding.
verification/faults.txt has every look.
"""

import json
import os
import platform
import random
import re
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

SECONDS = 60
CORPUS = 40
"""Files that each reader begins from, whole and damaged."""


def _studies(_rng, _folder):
    import helpers_faults

    pool = [helpers_faults.toml_bytes(study) for study in helpers_faults.small_studies()]
    return [content for content in pool if content is not None] + [b"", b"[workflow]\n"]


def _read_study(content, folder):
    import genloss

    path = folder / "study.toml"
    path.write_bytes(content)
    study = genloss.Study.load(path)
    return None if repr(study) and study.toml() and study.id else "says nothing"


def _tables(ending):
    def made(rng, _folder):
        import helpers_faults_tables as tables

        return [tables.MAKERS[ending](rng, tables._columns(rng, rows)) for rows in (2, 9, 40, 40, 40)]

    return made


def _read_table(ending):
    def read(content, folder):
        import helpers_faults_tables as tables

        path = folder / f"table{ending}"
        path.write_bytes(content)
        said = tables.ask_reader(path, len(content))
        return None if said == "read" else said

    return read


def _idx(_rng, _folder):
    head = bytes([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 3])
    return [head + bytes(18), bytes([0, 0, 8, 1, 0, 0, 0, 5, 0, 1, 2, 3, 4]), b"\0\0\x0d\x01\0\0\0\1\0\0\0\0"]


def _read_idx(content, _folder):
    from genloss.populations.idx import decode

    return None if decode(content, where="table.idx") is not None else "nothing"


def _results(_rng, folder):
    from helpers import tiny

    import genloss

    genloss.predict(genloss.Study.from_dict(tiny())).save(folder / "a.json")
    genloss.simulate(genloss.Study.from_dict(tiny(replicates=2))).save(folder / "b.json")
    return [(folder / name).read_bytes() for name in ("a.json", "b.json")]


def _read_result(content, folder):
    import helpers_faults

    import genloss

    path = folder / "result.json"
    path.write_bytes(_unsigned(content))
    found = genloss.Result.load(path)
    found.summary()
    return helpers_faults.not_finite(found)


def _unsigned(content):
    """A result without its checksum, which is read with a warning: else every change is refused before it is read."""
    return re.sub(rb'"checksum"', b'"checksun"', content, count=1)


def _cells(_rng, folder):
    from helpers import tiny

    import genloss
    from genloss.results.cells import Store

    genloss.simulate(genloss.Study.from_dict(tiny(replicates=2)), store=folder / "cells")
    store = Store(folder / "cells")
    return [store.path(name).read_bytes().partition(b", ")[2] for name in store.names()]


def _read_cell(content, folder):
    """Read what stands behind a checksum that is right."""
    from hashlib import sha256

    from genloss.results.cells import Store

    said = re.search(rb'"name": "([0-9a-f]{16})"', content)
    store, name = Store(folder / "read"), said[1].decode() if said else "0123456789abcdef"
    path = store.path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b'{"checksum": "' + sha256(content).hexdigest().encode() + b'", ' + content)
    return None if store.look(name) is not None else "nothing"


def _ledgers(ending):
    def made(_rng, _folder):
        import helpers_faults_ledgers as ledgers
        import tomli_w

        return [ledgers.LINES.encode()] if ending == ".csv" else [tomli_w.dumps(ledgers.OWN).encode()]

    return made


def _read_ledger(ending):
    def read(content, folder):
        import helpers_faults_ledgers as ledgers

        place = folder / f"ledger{ending}"
        place.write_bytes(content)
        said = ledgers.ask_ledger(folder)
        return None if said == "read" else said

    return read


READERS = {
    "study": (_studies, _read_study),
    **{ending[1:]: (_tables(ending), _read_table(ending)) for ending in (".csv", ".jsonl", ".npz", ".parquet")},
    "idx": (_idx, _read_idx),
    "result": (_results, _read_result),
    "cell": (_cells, _read_cell),
    "ledger.toml": (_ledgers(".toml"), _read_ledger(".toml")),
    "ledger.csv": (_ledgers(".csv"), _read_ledger(".csv")),
}


def corpus(reader, seed, folder):
    """Write what a reader begins from; in a process of its own, since what numba compiles cannot be instrumented."""
    folder = Path(folder)
    for name in ("corpus", "made"):
        (folder / name).mkdir()
    for place, content in enumerate(READERS[reader][0](random.Random(seed), folder / "made")[:CORPUS]):
        (folder / "corpus" / str(place)).write_bytes(content)


def guided(reader, runs, seed, folder):
    """Fuzz one reader in this process; print each finding once."""
    import atheris

    with atheris.instrument_imports(include=["genloss"]):
        import helpers_faults

        from genloss.cli.main import run_command  # noqa: F401  (loads what readers use, instrumented)

        read, folder, seen = READERS[reader][1], Path(folder), set()
        corpus, work = folder / "corpus", folder / "work"
        work.mkdir()
        for path in corpus.iterdir():  # loads all that is loaded lazily
            helpers_faults.answered(lambda path=path: read(path.read_bytes(), work))

    def once(content):
        said = helpers_faults.answered(lambda: read(content, work))
        if said not in ("answered", "Problem") and said not in seen:
            seen.add(said)
            if "FAULTS" in os.environ:
                (Path(os.environ["FAULTS"]) / f"{reader}-{len(seen)}").write_bytes(content)
            print(f"FINDING {json.dumps(said)} {content[:200]!r}", flush=True)

    flags = [f"-atheris_runs={runs}", f"-seed={seed}", "-max_len=6000", "-timeout=60", "-rss_limit_mb=6000"]
    atheris.Setup([sys.argv[0], str(corpus), *flags, f"-max_total_time={SECONDS}", "-print_final_stats=1"], once)
    atheris.Fuzz()


def main(reader="all", runs="20000", seed="1"):
    """Fuzz in processes of their own; print what was seen."""
    print(f"{date.today()}, Python {platform.python_version()}, {platform.machine()}: guided, seed {seed}")
    for name in READERS if reader == "all" else [reader]:
        start = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, __file__, "--corpus", name, seed, folder], check=True)
            words = [sys.executable, __file__, "--inside", name, runs, seed, folder]
            done = subprocess.run(
                words,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=3 * SECONDS,
                check=False,
            )
        told = done.stdout + done.stderr
        edges = re.findall(r"cov: (\d+)", told)
        executed = re.findall(r"number_of_executed_units:\s*(\d+)|Done (\d+) in", told)
        count = max((int(each) for pair in executed for each in pair if each), default=0)
        findings = [line for line in told.splitlines() if line.startswith("FINDING")]
        print(
            f"  {name}: {count} runs, {edges[0] if edges else '?'} to {edges[-1] if edges else '?'} edges, "
            f"{time.monotonic() - start:.0f} s, exit code {done.returncode}, {len(findings)} findings",
            flush=True,
        )
        for line in findings[:20]:
            print(f"    {line[:400]}", flush=True)
        if not count:
            print("    " + "\n    ".join(told.splitlines()[-6:]), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--corpus"]:
        corpus(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    elif sys.argv[1:2] == ["--inside"]:
        guided(sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5])
    else:
        main(*sys.argv[1:])
