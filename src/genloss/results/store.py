"""In which formats are rows kept, and which one is read back? Never pickle; no time stamps."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genloss.errors import Problem
from genloss.ordinary import content
from genloss.visible import spreadsheet_cell

if TYPE_CHECKING:
    import pandas as pd

    Column = pd.Series[Any]

_LARGEST = 4_000_000_000  # bytes of a result

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


def frame(table: Table) -> pd.DataFrame:
    """Return one line of a frame for every line of a table."""
    import pandas as pd

    columns, lines = table
    return pd.DataFrame(lines, columns=list(columns))


def as_csv(table: Table) -> str:
    """Return the text of a table with a heading; what a spreadsheet would run is quoted."""
    columns, _ = table
    names = [spreadsheet_cell(name) for name in columns]
    cells = frame(table).map(lambda value: spreadsheet_cell(value) if isinstance(value, str) else value)
    return cells.set_axis(names, axis=1).to_csv(index=False, lineterminator="\n")


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
        data = json.loads(content(path, largest=_LARGEST))
    except Problem:
        raise
    except OSError as error:
        raise Problem(str(path), f"cannot be read: {error.strerror}", mend) from error
    except (ValueError, RecursionError) as error:
        raise Problem(str(path), f"not JSON: {error}", mend) from error
    found = data.get("schema") if isinstance(data, dict) else None
    if found != schema:
        said = f"schema {found!r}" if found else f"not {what}: it names no schema"
        raise Problem(str(path), said, f"{mend}; this version reads {schema}")
    return dict(data)
