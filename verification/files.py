"""How much memory and time does a table of ten million rows take, and are its moments right? Prints a dated table.

Run: .venv/bin/python verification/files.py > verification/files.txt (about five minutes, 7 GB in a temporary folder;
Linux, for the peak of memory is read in /proc). Each file is read by a process of its own: one pass, moments of all
rows and a sample of 100,000. The target is a linear function of the features plus noise, so that least squares from
the moments must find its coefficients within their standard errors.
"""

import datetime
import json
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv as arrow_csv
from pyarrow import parquet as arrow_parquet

from genloss.populations.tables import Reading, scan_table
from genloss.streams import stream

ROWS, CHUNK, KEPT = (1_000_000, 10_000_000), 500_000, 100_000
FEATURES = [f"x{place}" for place in range(8)]
WORDS = np.array(["amber", "blue", "coral", "denim"])
TRUTH = {**{name: 0.1 * (place + 1) for place, name in enumerate(FEATURES)}, "visits": 0.05, "member": 1.0}
TRUTH |= {"color=blue": -0.5, "color=coral": 0.25, "color=denim": 0.75}
NOISE = 2.0


def chunks(rows):
    """Draw the table, some rows at a time: correlated numbers, counts, truth values and words; 1 % of x0 missing."""
    mixing = np.eye(8) + 0.3 * np.tri(8)
    for chunk in range(rows // CHUNK):
        rng = stream(11, "files", chunk)
        numbers = rng.standard_normal((CHUNK, 8)) @ mixing + 50.0
        visits, member = rng.poisson(3.0, CHUNK), rng.random(CHUNK) < 0.3
        color = rng.choice(4, size=CHUNK, p=[0.4, 0.3, 0.2, 0.1])
        signal = numbers @ [TRUTH[name] for name in FEATURES] + 0.05 * visits + member
        signal += np.array([0.0, -0.5, 0.25, 0.75])[color]
        columns = {name: pa.array(numbers[:, place]) for place, name in enumerate(FEATURES)}
        columns["x0"] = pa.array(numbers[:, 0], mask=rng.random(CHUNK) < 0.01)
        columns |= {"visits": visits, "member": member, "color": WORDS[color]}
        yield pa.table(columns | {"y": signal + NOISE * rng.standard_normal(CHUNK)})


def write(rows, folder):
    """Write the table in every format, as an Arrow file also in one batch."""
    paths = [folder / f"{rows}.{ending}" for ending in ("parquet", "arrow", "csv", "jsonl", "one.arrow")]
    schema = next(chunks(CHUNK)).schema
    with (
        arrow_parquet.ParquetWriter(paths[0], schema) as parquet,
        pa.ipc.new_file(str(paths[1]), schema) as arrow,
        arrow_csv.CSVWriter(str(paths[2]), schema) as csv,
        paths[3].open("w") as lines,
    ):
        for table in chunks(rows):
            parquet.write_table(table)
            arrow.write_table(table, max_chunksize=1 << 16)
            csv.write_table(table)
            table.to_pandas().to_json(lines, orient="records", lines=True, double_precision=15)
    with pa.memory_map(str(paths[1])) as file, pa.ipc.new_file(str(paths[4]), schema) as arrow:
        arrow.write_table(pa.ipc.open_file(file).read_all().combine_chunks())
    return paths


def peak():
    """Peak of the memory of this process, in MB."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1000


def read(path):
    """Read one file and print what was seen as JSON."""
    before, began = peak(), time.perf_counter()
    moments, rows = scan_table(path, Reading("y", missing="drop"), rows=KEPT, rng=stream(1, "sample"))
    seconds = time.perf_counter() - began
    coefficients = np.linalg.solve(moments.scatter, moments.cross)
    error = NOISE * np.sqrt(np.diag(np.linalg.inv(moments.scatter)))
    z = (coefficients - [TRUTH[name] for name in moments.names]) / error
    left = np.sqrt((moments.target_scatter - coefficients @ moments.cross) / moments.rows)
    even = (rows.numbers.mean() - (rows.read + 1) / 2) / (rows.read / np.sqrt(12 * KEPT))
    middle = (rows.target.mean() - moments.target_mean) / np.sqrt(moments.target_scatter / moments.rows / KEPT)
    said = {"before": before, "peak": peak(), "seconds": seconds, "read": moments.read, "used": moments.rows}
    said |= {"z": np.abs(z).max(), "noise": left, "even": even, "middle": middle}
    print(json.dumps(said | {"scatter": moments.scatter.tolist()}))


def main():
    """Write the tables, read each in a process of its own, and print what was seen."""
    print(
        f"{datetime.date.today()}  Python {platform.python_version()}, numpy {np.__version__}, pyarrow {pa.__version__}"
    )
    print("8 numbers, a count, a truth value, a word of 4; 1 % of the rows with a missing entry, dropped")
    print(
        "z: largest |z| of 13 coefficients; noise: estimated, truth 2; sample: z of mean row number, of mean target\n"
    )
    print("rows        format    file MB  imports MB  peak MB  seconds  used rows    z     noise   sample z")
    with tempfile.TemporaryDirectory() as folder:
        for rows in ROWS:
            scatters = []
            for path in write(rows, Path(folder)):
                child = [sys.executable, __file__, str(path)]
                seen = json.loads(subprocess.run(child, check=True, capture_output=True, text=True).stdout)
                scatters.append(np.array(seen["scatter"]))
                print(
                    f"{seen['read']:<11,} {path.name.split('.', 1)[1]:<9} {path.stat().st_size / 1e6:>7.0f} "
                    f"{seen['before']:>11.0f} {seen['peak']:>8.0f} {seen['seconds']:>8.1f} {seen['used']:>10,} "
                    f"{seen['z']:>5.2f} {seen['noise']:>8.5f}   {seen['even']:+.2f} {seen['middle']:+.2f}",
                    flush=True,
                )
                path.unlink()
            spread = np.abs(scatters[0])
            apart = max(float((np.abs(other - scatters[0]) / spread.max()).max()) for other in scatters[1:])
            print(f"{'':11} largest difference of the scatters of two formats: {apart:.1e} of the largest entry")


if __name__ == "__main__":
    read(Path(sys.argv[1])) if len(sys.argv) > 1 else main()
