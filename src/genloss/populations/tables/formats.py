"""Which format is a table in, by its name?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from genloss.errors import Problem
from genloss.ordinary import ordinary
from genloss.populations.tables.arrays import arrays
from genloss.populations.tables.columnar import arrow, parquet
from genloss.populations.tables.folders import folder, pattern
from genloss.populations.tables.records import records
from genloss.populations.tables.separated import separated
from genloss.populations.tables.source import TableSource

FORMATS: dict[str, Callable[[Path], TableSource]] = {
    ".csv": separated,
    ".csv.gz": separated,
    ".tsv": separated,
    ".tsv.gz": separated,
    ".parquet": lambda path: parquet((path,), str(path)),
    ".arrow": lambda path: arrow((path,), str(path)),
    ".feather": lambda path: arrow((path,), str(path)),
    ".npz": arrays,
    ".jsonl": records,
    ".jsonl.gz": records,
    ".ndjson": records,
    ".ndjson.gz": records,
    ".json": records,
    ".json.gz": records,
}
"""Readers by the end of the file's name."""


def open_source(path: Path) -> TableSource:
    """Open a table on disk: a file, a folder, or a name with stars."""
    where = str(path)
    if path.is_dir():
        return folder(path)
    if "*" in path.name:
        return pattern(path)
    opened = next((FORMATS[ending] for ending in FORMATS if path.name.lower().endswith(ending)), None)
    if opened is None:
        known = ", ".join(FORMATS)
        mend = f"save it as one of {known}, or give a folder of Parquet files or a saved Hugging Face data set"
        raise Problem(where, "not a format that is read here", mend)
    if not ordinary(path).is_file():
        raise Problem(where, "no such file", "give the path of a file that is there")
    return opened(path)
