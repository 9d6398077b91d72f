"""In which formats are rows kept, and which one is read back? Never pickle; no time stamps."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genloss.errors import Problem
from genloss.grouping import grouped
from genloss.identity import identity
from genloss.ordinary import ordinary
from genloss.results.files import read_regular
from genloss.visible import spreadsheet_cell

if TYPE_CHECKING:
    import pandas as pd

    Column = pd.Series[Any]

CHECKSUM, MARK = "checksum", "mark"
UNSEALED = ("schema", MARK, CHECKSUM)
_WAY_OUT = (
    "make the file again (genloss run goes on from its finished cells); "
    f'to read it as it is, take "{CHECKSUM}" out of it'
)
MOST_BYTES = 1 << 32

Table = tuple[Sequence[str], Sequence[Mapping[str, Any]]]
"""Columns, and lines by column; what a line lacks is absent."""


def json_text(data: Mapping[str, Any]) -> str:
    """Return JSON text of plain data; what is not a finite number is written as "nan", "inf" or "-inf"."""
    return json.dumps(_finite(data), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _finite(data: Any) -> Any:
    """Replace what JSON has no number for by its name."""
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return str(data) if isinstance(data, float) and not isfinite(data) else data


def sealed(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return plain data with a checksum of every field: of a mapping by key, of rows by cell.

    >>> sealed({"schema": "a/1", "study": {"seed": 3}})["checksum"]
    {'study': {'seed': '4e07408562bedb8b'}}
    """
    plain: dict[str, Any] = _finite(dict(data))
    return plain | {CHECKSUM: {key: _sums(value) for key, value in plain.items() if key not in UNSEALED}}


def check_seal(path: Path, data: Mapping[str, Any], known: Sequence[str]) -> bool:
    """Refuse data that are not what was written, by name; return whether they had a checksum at all.

    known: the keys of data that an older version wrote without one.
    """
    sums = data.get(CHECKSUM)
    if sums is not None and not isinstance(sums, dict):
        raise _edited(path, CHECKSUM)
    expected = known if sums is None else list(sums)
    for key in data:
        if key not in expected and key not in UNSEALED:
            raise Problem(str(path), f"{key!r:.60} is unknown: the file was damaged or edited", _WAY_OUT)
    for key, told in (sums or {}).items():
        if key not in data:
            raise Problem(str(path), f"not whole: no {key!r}: the file was damaged or edited", _WAY_OUT)
        found = _sums(data[key])
        if isinstance(found, dict) and isinstance(told, dict):
            for name in {**told, **found}:
                if found.get(name) != told.get(name):
                    raise _edited(path, _place(key, name, data[key]))
        elif found != told:
            raise _edited(path, key)
    return sums is not None


def _sums(value: Any) -> Any:
    """Return checksums of a value; none of one that holds what this version never writes: NaN, endless nesting."""
    try:
        return _each_sum(value)
    except (ValueError, RecursionError):
        return None


def _each_sum(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: identity(inner) for key, inner in value.items()}
    if isinstance(value, list) and value and all(isinstance(each, dict) and "cell" in each for each in value):
        return {name: identity(rows) for name, rows in grouped(value, lambda row: str(row["cell"])).items()}
    return identity(value)


def _place(key: str, name: str, value: Any) -> str:
    """Name what differs: a key of a mapping, or the rows of a cell with the axes that a reader knows it by."""
    if isinstance(value, dict):
        return f"{key}.{name}"
    axes = next((row.get("axes") for row in value if isinstance(row, dict) and row.get("cell") == name), None)
    told = ", ".join(f"{axis} = {each}" for axis, each in axes.items()) if isinstance(axes, dict) else ""
    return f"{key} of cell {name}" + (f" ({told})" if told else "")


def _edited(path: Path, place: str) -> Problem:
    return Problem(str(path), f"{place}: was edited or damaged: its checksum does not fit its content", _WAY_OUT)


def frame(table: Table) -> pd.DataFrame:
    """Return one line of a frame for every line of a table."""
    import pandas as pd

    columns, lines = table
    return pd.DataFrame(lines, columns=list(columns))


def as_csv(table: Table) -> str:
    """Return the text of a table with a heading; what a spreadsheet would run is quoted."""
    return csv_of(frame(table))


def csv_of(lines: pd.DataFrame, *, heading: bool = True) -> str:
    """Return the text of a frame as `as_csv` does, with or without its heading."""
    worded = [i for i, kind in enumerate(lines.dtypes) if kind.kind not in "bifu"]
    cells = lines.copy()
    for i in worded:
        quoted = lines.iloc[:, i].map(lambda value: spreadsheet_cell(value) if isinstance(value, str) else value)
        cells.isetitem(i, list(quoted))
    names = [spreadsheet_cell(name) for name in lines.columns]
    return cells.set_axis(names, axis=1).to_csv(index=False, header=heading, lineterminator="\n")


def as_parquet(table: Table) -> bytes:
    """Return a table as Parquet; a column that mixes words and numbers becomes words."""
    buffer = io.BytesIO()
    frame(table).apply(_one_kind).to_parquet(buffer, index=False)
    return buffer.getvalue()


def _one_kind(column: Column) -> Column:
    kinds = {type(value) for value in column.dropna()} if column.dtype == object else set()
    return column.map(str, na_action="ignore") if str in kinds and len(kinds) > 1 else column


def read_json(path: Path, schema: str, what: str) -> dict[str, Any]:
    """Return the data of a .json file that names this schema; `what` says what it should hold, e.g. "a result"."""
    if path.suffix in (".csv", ".parquet", ".html", ".md"):
        raise Problem(str(path), f"a {path.suffix} file holds only a part of {what}", f"give the .json file of {what}")
    mend = f"give the .json file of {what}"
    try:
        content = read_regular(ordinary(path), most=MOST_BYTES)
    except Problem:
        raise
    except OSError as error:
        raise Problem(str(path), f"cannot be read: {error.strerror}", mend) from error
    try:
        data = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise Problem(str(path), f"not JSON: {error}", mend) from error
    found = data.get("schema") if isinstance(data, dict) else None
    if found != schema:
        said = f"schema {found!r}" if found else f"not {what}: it names no schema"
        raise Problem(str(path), said, f"{mend}; this version reads {schema}")
    return dict(data)
