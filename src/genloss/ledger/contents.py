"""Are files as their record says: their SHA-256, their rows, and no file twice under two names?"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from genloss.doors import PASTED, Advice, Again, Setting, Words
from genloss.errors import Problem
from genloss.ledger.record import AS_SAID, NO_SUM, NOT_READ, OTHER, OTHER_ROWS, Data, Record
from genloss.results.files import opened

_BLOCK = 1 << 20
UNREAD = Advice(
    "put it back, or let files be as they are said (", Words("files=False", "--no-files"), ")",
    Again((Setting("no_files"),), PASTED),
)  # fmt: skip


def checked_files(record: Record) -> Record:
    """Return a record whose data say whether files are as it says. Errors: `Problem` for one that is not there."""
    return replace(record, data={name: _checked(record, each) for name, each in record.data.items()})


def unread(record: Record) -> Record:
    """Return a record whose files are believed."""
    data = {name: replace(each, state=NOT_READ) if each.file else each for name, each in record.data.items()}
    return replace(record, data=data)


def _checked(record: Record, data: Data) -> Data:
    if not data.file:
        return data
    path = record.folder / data.file
    try:
        found = _sum(path)
        if found != (data.sha256 or found) or found != (_beside(path) or found):
            return replace(data, state=OTHER)
        counted = None if record.seed is not None else rows_in(path)
    except OSError as error:
        why = "is not there" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
        raise Problem(str(path), f"{why}, and {record.where} says that it holds {data.name!r}", UNREAD) from error
    if counted is not None and counted != data.rows:
        return replace(data, sha256=found, state=OTHER_ROWS)
    return replace(data, sha256=found, state=AS_SAID if data.sha256 or _beside(path) else NO_SUM)


def _sum(path: Path) -> str:
    digest = hashlib.sha256()
    with opened(path) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _beside(path: Path) -> str:
    """Return the SHA-256 that stands in a file beside it, "" where there is none."""
    try:
        with opened(path.with_name(f"{path.name}.sha256")) as file:
            return file.read(200).decode("ascii").split()[0].lower()
    except (OSError, ValueError, IndexError):
        return ""


def rows_in(path: Path) -> int | None:
    """Return how many rows a file holds; None where its kind, or what is in it, does not tell. Errors: `OSError`."""
    with opened(path) as file:
        try:
            if path.suffix in (".csv", ".tsv"):
                text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
                lines = csv.reader(text, delimiter="\t" if path.suffix == ".tsv" else ",")
                return max(0, sum(1 for line in lines if line) - 1)
            if path.suffix in (".jsonl", ".ndjson"):
                return sum(1 for line in file if line.strip() and json.loads(line) is not None)
            if path.suffix in (".parquet", ".arrow"):
                return _arrow_rows(file, path.suffix)
        except (ValueError, csv.Error):
            return None
    return None


def _arrow_rows(file: BinaryIO, suffix: str) -> int:
    if suffix == ".parquet":
        import pyarrow.parquet as pq

        return int(pq.read_metadata(file).num_rows)
    import pyarrow as pa

    return int(sum(batch.num_rows for batch in pa.ipc.open_file(file)))


def twice(record: Record) -> Iterator[str]:
    """Yield a sentence for rows that a generation was trained on twice, and for one file under two names."""
    for generation in record.generations:
        names = [part.data for part in generation.parts]
        for name in dict.fromkeys(each for each in names if names.count(each) > 1):
            yield f"{generation.name} was trained on {name} {names.count(name)} times"
    yield from _same({each.name: str(Path(each.file)) for each in record.data.values() if each.file}, "name one file")
    files = {str(Path(each.file)): each for each in record.data.values() if each.file}
    sums = {each.name: each.sha256 for each in files.values()} | {
        each.name: each.sha256 for each in record.data.values() if not each.file
    }
    yield from _same(sums, "hold the same bytes")


def _same(named: Mapping[str, str], how: str) -> Iterator[str]:
    by_value: dict[str, list[str]] = {}
    for name, value in named.items():
        by_value.setdefault(value, []).append(name)
    for value, names in by_value.items():
        if value and len(names) > 1:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            yield f"{', '.join(names[:3])}{more} {how}"
