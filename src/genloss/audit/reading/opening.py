"""What is at a path? A file of one of the formats, shards in a folder, a saved data set, text files, features."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from genloss.audit.reading.arrays import npy, npz
from genloss.audit.reading.documents import TEXT_COLUMNS, text_files
from genloss.audit.reading.raw import Raw, flattened, joined, of_table
from genloss.audit.reading.samples import is_samples, of_samples
from genloss.errors import Problem
from genloss.ordinary import ordinary
from genloss.populations.tables.folders import check_splits
from genloss.populations.tables.formats import FORMATS, open_source
from genloss.populations.tables.notes import Note

_SHARDS = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".npz", ".npy", ".txt")
"""Shards that a folder may hold besides Parquet and Arrow."""
_KNOWN = (*FORMATS, ".npy", ".txt")


def raw_of(path: Path) -> Raw:
    """Open what is at a path, whatever its format. Errors: `Problem` for what cannot be read."""
    raw = _opened(path)
    raw = of_samples(raw) if is_samples(raw) else raw
    raw = flattened(_without_index(raw))
    if len(raw.names) == 1 and raw.names[0].lower() in TEXT_COLUMNS and not raw.unnamed:
        raw = replace(raw, documents=raw.names[0])
    return raw


_INDEX = re.compile(r"Unnamed: \d+|__index_level_\d+__")


def _without_index(raw: Raw) -> Raw:
    """Leave out what pandas has written as an index, by its name: other files of the same rows have none."""
    left = [name for name in raw.names if _INDEX.fullmatch(name)]
    names = tuple(name for name in raw.names if name not in left)
    if not left or not names:
        return raw
    notes = (*raw.notes, *(Note(name, "left out: it is the index of a data frame") for name in left))
    return replace(
        raw, names=names, read=lambda places: raw.batches(tuple(names[place] for place in places)), notes=notes
    )


def files_in(folder: Path) -> list[Path]:
    """Return files of a folder and of folders in it that are of a format that is read, in order."""
    return [
        each
        for each in sorted(folder.rglob("*"))
        if each.is_file() and each.name.lower().endswith(_KNOWN) and not each.name.startswith((".", "_"))
    ]


def is_saved(folder: Path) -> bool:
    """Tell a folder that `datasets` saved: one data set, or several by split."""
    return (folder / "state.json").is_file() or (folder / "dataset_dict.json").is_file()


def _opened(path: Path) -> Raw:
    where, name = str(path), path.name.lower()
    if path.is_dir():
        return _folder(path)
    if not ordinary(path).is_file() and "*" not in path.name:
        raise Problem(where, "no such file", "give the path of a file that is there")
    if "*" not in path.name and path.stat().st_size == 0:
        raise Problem(where, "empty", "give a file with rows")
    if name.endswith(".npy"):
        return npy(path)
    if name.endswith(".npz"):
        return npz(path)
    if name.endswith(".txt"):
        return text_files([path], where)
    return of_table(open_source(path))


def _folder(path: Path) -> Raw:
    found = [] if is_saved(path) else files_in(path)
    if not any(each.name.lower().endswith((".parquet", ".arrow")) for each in found):
        for ending in _SHARDS:
            shards = [each for each in found if each.name.lower().endswith(ending)]
            if shards and ending == ".txt":
                return text_files(shards, str(path))
            if shards:
                check_splits(tuple(shards), str(path))
                return joined([_reader(ending)(each) for each in shards], str(path))
    return of_table(open_source(path))


def _reader(ending: str) -> Callable[[Path], Raw]:
    return {".npy": npy, ".npz": npz}.get(ending, lambda each: of_table(open_source(each)))
