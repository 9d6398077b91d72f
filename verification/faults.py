"""What does the package do with faults: studies, tables and files that are wrong, kills, full disks, clocks that jump?

Run: .venv/bin/python verification/faults.py PART [COUNT [SEED]], a part of PARTS; it prints its count, its seconds and
every finding. verification/faults.txt has every look, also those before a mend.
"""

import os
import pickle
import platform
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from datetime import date
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import helpers_faults
import helpers_faults_disk
import helpers_faults_kill
import helpers_faults_ledgers
import helpers_faults_tables


def kills(way, count, seed):
    """Kill a run or a chain `count` times; what is finished must stay, and the bytes must be those of no kill."""
    with tempfile.TemporaryDirectory() as folder:
        seen = helpers_faults_kill.after_kills(
            helpers_faults_kill.at_moments, way, Path(folder), kills=count, seed=seed
        )
    told = ", ".join(f"{number} {name}" for name, number in seen.items() if name not in ("wrong", "length", "kills"))
    return f"{count} kills of {seen['length']:.1f} s each: {told}", seen["wrong"]


def studies(count, seed):
    """Ask everything of so many wrong studies."""
    rng, seen, wrong = random.Random(seed), Counter(), []
    pool = [*helpers_faults.plain_studies(), *helpers_faults.small_studies() * 2]
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(count):
            said, drawn = helpers_faults.ask_study(rng, pool, Path(folder))
            if said in ("made", "told", "computed", "Problem"):
                seen[said] += 1
            else:
                wrong.append(said)
                keep(said, drawn)
    return f"{count} studies: {dict(seen)}", wrong


def tables(count, seed):
    """Read so many damaged tables, and forecast from one in eight of them; as many data frames of Python."""
    rng, seen, wrong = random.Random(seed), Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        for place in range(count):
            ending, content = helpers_faults_tables.damaged_table(rng)
            path = Path(folder) / f"table{ending}"
            path.write_bytes(content)
            asked = [("read", lambda path=path, place=place: helpers_faults_tables.ask_reader(path, place))]
            if place % 8 == 0:
                asked.append(("command", lambda path=path: helpers_faults_tables.ask_forecast(path)))
                asked.append(("frame", lambda: helpers_faults_tables.ask_frame(rng)))
            for name, ask in asked:
                said = helpers_faults.answered(ask)
                if said in ("read", "forecast", "Problem"):
                    seen[f"{name}: {said}"] += 1
                else:
                    wrong.append(f"{name}: {said}")
                    keep(said, (ending, content))
            path.unlink()
    return f"{count} tables: {dict(seen)}", wrong


def ledgers(count, seed):
    """Read so many damaged records of who made what; one in four by the command too."""
    rng, seen, wrong = random.Random(seed), Counter(), []
    with tempfile.TemporaryDirectory() as folder:
        kept, place = helpers_faults_ledgers.kept_seed(Path(folder) / "run"), Path(folder) / "record"
        for number in range(count):
            helpers_faults_ledgers.damaged(rng, kept, place)
            asked = [("read", helpers_faults_ledgers.ask_ledger)]
            asked += [("command", helpers_faults_ledgers.ask_command)] * (number % 4 == 0)
            for name, ask in asked:
                said = helpers_faults.answered(lambda ask=ask: ask(place))
                if said in ("read", "Problem"):
                    seen[f"{name}: {said}"] += 1
                else:
                    wrong.append(f"{name}: {said}")
            shutil.rmtree(place)
    return f"{count} records: {dict(seen)}", wrong


def disk(most, _seed):
    """Let every step of the writer fail, and kill after each, at most `most` calls of a step."""
    wrong, met = [], Counter()
    with tempfile.TemporaryDirectory() as folder:
        path, whole = helpers_faults_disk.prepared(Path(folder))
        out = Path(folder) / "out"
        works = dict.fromkeys(helpers_faults_disk.STEPS, helpers_faults_disk.at_step)
        works |= dict.fromkeys(("fsync", "link", "open"), helpers_faults_disk.killed_at)
        for name, work in works.items():
            for at in range(1, most + 1):
                found = work(name, at, path, whole, out)
                if found is None:
                    break
                met[name if work is helpers_faults_disk.at_step else f"killed after {name}"] += 1
                wrong += found
    return f"{sum(met.values())} faults: {dict(met)}", wrong


def writes(most, _seed):
    """Let the disk be full at every write of everything that writes, once and from then on, at most `most` each."""
    wrong, met = [], Counter()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        for name, work in helpers_faults_disk.doors(Path(folder)).items():
            out.mkdir()
            wrong += [f"{name}: exit code {code}: {told[-300:]}" for code, told in [work(out)] if code]
            whole = helpers_faults_disk.contents(out)
            shutil.rmtree(out)
            for ever in (False, True):
                for at in range(1, most + 1):
                    found = helpers_faults_disk.at_write(work, at, ever=ever, whole=whole, out=out)
                    if found is None:
                        break
                    met[name] += 1
                    wrong += [f"{name}, {'ever' if ever else 'once'}: {each}" for each in found]
    return f"{sum(met.values())} full disks: {dict(met)}", wrong


def clocks(count, seed):
    """Run while clocks jump."""
    rng, wrong = random.Random(seed), []
    with tempfile.TemporaryDirectory() as folder:
        path, whole = helpers_faults_disk.prepared(Path(folder))
        for place in range(count):
            with helpers_faults_disk.jumping(rng):
                code, told = helpers_faults_disk.said_of(path, Path(folder) / str(place))
            wrong += [f"exit code {code}: {told[-300:]}"] * (code != 0)
            wrong += ["bytes differ"] * (helpers_faults_disk.contents(Path(folder) / str(place)) != whole)
    return f"{count} runs", wrong


def writers(count, _seed):
    """Run twice at once into one folder."""
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        path, whole = helpers_faults_disk.prepared(Path(folder))
        for _ in range(count):
            wrong += helpers_faults_disk.at_once(path, whole, Path(folder) / "out")
    return f"{count} pairs of runs", wrong


def keep(said, drawn):
    """Keep what led to a finding, where FAULTS names a folder."""
    if "FAULTS" in os.environ:
        place = Path(os.environ["FAULTS"]) / sha256(said.encode()).hexdigest()[:12]
        place.with_suffix(".said").write_text(said)
        place.write_bytes(pickle.dumps(drawn))


PARTS = {
    "studies": studies,
    "tables": tables,
    "ledgers": ledgers,
    "disk": disk,
    "writes": writes,
    "clocks": clocks,
    "writers": writers,
    **{f"kills, {way}": lambda count, seed, way=way: kills(way, count, seed) for way in helpers_faults_kill.WAYS},
}


def main(part, count="100", seed="1"):
    """Do one part; print what was seen."""
    start = time.monotonic()
    said, wrong = PARTS[part](int(count), int(seed))
    print(f"{date.today()}, Python {platform.python_version()}, {platform.machine()}: {part}, seed {seed}")
    print(f"  {said}; {time.monotonic() - start:.0f} s, {len(wrong)} findings")
    for finding, times in Counter(wrong).most_common(40):
        print(f"  FINDING ({times} times): {finding}")


if __name__ == "__main__":
    main(*sys.argv[1:])
