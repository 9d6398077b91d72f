"""Damaged tables of every format, drawn by a seed, and what readers and forecasts answer to them."""

import contextlib
import datetime
import decimal
import gzip
import io
import json
import math
import re
import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet
from helpers_faults import WORDS, damaged_text

import genloss
from genloss.cli.main import run_command
from genloss.populations.tables import Reading, read_rows
from genloss.streams import stream

LONG = "x" * 200_000


def _columns(rng, rows):
    """A table as lists by name: numbers, words, dates, decimals, nested values, nulls, huge cells."""
    kinds = {
        "number": lambda: rng.gauss(0, 1),
        "count": lambda: rng.randrange(9),
        "word": lambda: rng.choice(("amber", "blue", "coral")),
        "money": lambda: f"${rng.randrange(10**6):,}.50",
        "date": lambda: datetime.date(2020, 1, 1 + rng.randrange(28)),
        "time": lambda: datetime.datetime(2020, 1, 1, rng.randrange(24)),
        "decimal": lambda: decimal.Decimal(rng.randrange(10**6)) / 100,
        "flag": lambda: rng.random() < 0.5,
        "nested": lambda: [rng.random(), rng.random()],
        "struct": lambda: {"a": rng.random()},
        "bytes": lambda: b"ab",
        "null": lambda: None,
        "odd": lambda: rng.choice((math.nan, math.inf, -math.inf, 1e308, 5e-324, 1e-200, 0.0)),
        "one": lambda: 1.0,
    }
    names = ["number", "number", "number", *rng.choices(list(kinds), k=rng.choice((0, 0, 1, 2, 3)))]
    if rng.random() < 0.05:
        names = ["number"] * 400
    table = {f"{name}{place}": [kinds[name]() for _ in range(rows)] for place, name in enumerate(names)}
    first = zip(*list(table.values())[:3], strict=True)
    table["y"] = [sum(each) + rng.gauss(0, 1) for each in first]
    for name in list(table):
        if name != "y" and rng.random() < 0.1:
            table[rng.choice(WORDS[:-3]) + name[:1]] = table.pop(name)
        elif rng.random() < 0.1 and table[name]:
            table[name][rng.randrange(len(table[name]))] = rng.choice((None, "n/a", LONG, 10**30, -1, "", 1e300))
    return table


def _arrow(table):
    held = {}
    for name, values in table.items():
        try:
            held[name] = pa.array(values)
        except (pa.ArrowException, OverflowError, UnicodeEncodeError):
            held[name] = pa.array([ascii(value) for value in values])
    clean = [name.encode(errors="replace").decode() for name in held]
    return pa.table(list(held.values()), names=clean)


def _text(rng, table, separator):
    lines = [separator.join(table), *(separator.join(map(str, row)) for row in zip(*table.values(), strict=True))]
    return rng.choice(("\n", "\r\n")).join(lines).encode(rng.choice(("utf-8", "utf-8", "utf-16", "latin-1")), "replace")


def _jsonl(_rng, table):
    return "\n".join(
        json.dumps(dict(zip(table, row, strict=True)), default=str) for row in zip(*table.values(), strict=True)
    ).encode(errors="replace")


def _parquet(_rng, table):
    sink = io.BytesIO()
    pyarrow.parquet.write_table(_arrow(table), sink)
    return sink.getvalue()


def _feather(_rng, table):
    held, sink = _arrow(table), io.BytesIO()
    with pa.ipc.new_file(sink, held.schema) as writer:
        writer.write_table(held)
    return sink.getvalue()


def _npz(rng, table):
    numbers = np.empty((len(table["y"]), 3), dtype=object)
    for place, values in enumerate(list(table.values())[:3]):
        for row, value in enumerate(values):
            numbers[row, place] = value
    with np.errstate(all="ignore"):
        try:
            numbers = numbers.astype(rng.choice((float, np.float32, "U", np.float16, complex)))
        except (TypeError, ValueError, OverflowError):
            numbers = np.array([[str(value)[:99] for value in row] for row in numbers])
    sink, held = io.BytesIO(), {"X": numbers, "y": np.array(table["y"], dtype=rng.choice((object, str)))}
    if rng.random() < 0.8:
        try:
            held["y"] = np.array(table["y"], dtype=float)
        except (TypeError, ValueError, OverflowError):
            held["y"] = np.array([1])
    np.savez(sink, **held)
    return sink.getvalue()


def _npy(_rng, table):
    sink = io.BytesIO()
    np.save(sink, np.zeros((len(table["y"]), 3)))
    return sink.getvalue()


MAKERS = {
    ".csv": lambda rng, table: _text(rng, table, rng.choice((",", ";", "|"))),
    ".tsv": lambda rng, table: _text(rng, table, "\t"),
    ".csv.gz": lambda rng, table: gzip.compress(_text(rng, table, ","), mtime=0),
    ".jsonl": _jsonl,
    ".json": lambda _rng, table: json.dumps(table, default=str).encode(errors="replace"),
    ".parquet": _parquet,
    ".arrow": _feather,
    ".feather": _feather,
    ".npz": _npz,
    ".npy": _npy,
    ".txt": lambda rng, table: _text(rng, table, " "),
}


def damaged_table(rng):
    """The end of a name and the bytes of a table, mostly damaged."""
    ending = rng.choice(list(MAKERS))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        content = MAKERS[ending](rng, _columns(rng, rng.choice((0, 1, 2, 9, 40, 40, 40, 40))))
    for _ in range(rng.choice((0, 1, 1, 2))):
        way, held = rng.random(), bytearray(content)
        if way < 0.35 and held:
            for _ in range(rng.choice((1, 1, 8, 64))):
                at = rng.randrange(8 * len(held))
                held[at // 8] ^= 1 << (at % 8)
        elif way < 0.5:
            held = held[: rng.randrange(len(held) + 1)]
        elif way < 0.6:
            held += rng.choice((b"\0" * 9, b"\xff\xfe", b"\n\n\n", b'"', bytes(held)))
        elif way < 0.75:
            held = bytearray(damaged_text(rng, held.decode("utf-8", "replace")).encode("utf-8", "replace"))
        elif way < 0.9:
            ending = rng.choice(list(MAKERS))
        content = bytes(held)
    return ending, content


def ask_reader(path, seed):
    """Read a table; finite numbers, or a `Problem`."""
    reading = Reading("y", missing=("refuse", "drop", "mean")[seed % 3])
    found = read_rows(path, reading, rows=50, rng=stream(seed, "sample"))
    for part in (found.inputs, found.target):
        if not np.isfinite(part).all():
            return "silent: a number that is none"
    return "read"


def ask_forecast(path):
    """Forecast from a table as the command does; its exit code."""
    words = ["forecast", str(path), "--target", "y", "--generations", "2", "--replicates", "50", "--json", "-"]
    said, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(errors):
        code = run_command([*words, "--missing", "drop", "--quiet"])
    if code == 2 and "mend: " in errors.getvalue() and len(errors.getvalue()) < 8000:
        return "Problem"
    if code == 0 and not re.search(r"\b(nan|NaN|Infinity)\b", said.getvalue()):
        return "forecast"
    return f"exit code {code}: {errors.getvalue()[-300:]} {said.getvalue()[:100]}"


def ask_frame(rng):
    """Forecast from a data frame of Python."""
    table = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in _columns(rng, 40).items()})
    table = table.infer_objects() if rng.random() < 0.7 else table.convert_dtypes()
    asked = {"generations": 2, "replicates": 50, "missing": "drop"}
    found = genloss.forecast("least_squares", table.drop(columns="y"), table["y"], **asked)
    for line in found.table():
        for name, value in line.items():
            if isinstance(value, float) and math.isnan(value):
                return f"silent: {name} is not a number"
    return "forecast"
