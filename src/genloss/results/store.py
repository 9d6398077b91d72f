"""In which formats is a result kept, and which one is read back? Never pickle; no time stamps."""

import io
import json
from collections.abc import Callable, Mapping
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from genloss.errors import Problem
from genloss.results.row import FIRST, LAST, MIDDLE, Row
from genloss.results.select import axis_names

if TYPE_CHECKING:
    from genloss.results.result import Result

SCHEMA = "result/1"
_TEXTS = ("study", "cell", "case", "metric", "unit", "method", "status", "engine", "version")
_NUMBERS = ("value", "standard_error", "allowance")
_COUNTS = ("generation", "replicates")


def as_json(result: "Result") -> str:
    """Return the JSON text of a result."""
    return json_text(result.to_dict())


def json_text(data: Mapping[str, Any]) -> str:
    """Return JSON text of plain data; what is not a finite number is written as "nan", "inf" or "-inf"."""
    return json.dumps(_finite(data), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def as_csv(result: "Result") -> str:
    """Return one line per row; every line can be read alone."""
    return result.to_frame().to_csv(index=False, lineterminator="\n")


def as_parquet(result: "Result") -> bytes:
    """Return the frame as Parquet; an axis that mixes words and numbers becomes words."""
    buffer = io.BytesIO()
    result.to_frame().apply(_one_kind).to_parquet(buffer, index=False)
    return buffer.getvalue()


def _one_kind(column: "pd.Series[Any]") -> "pd.Series[Any]":
    kinds = {type(value) for value in column.dropna()} if column.dtype == object else set()
    return column.map(str, na_action="ignore") if str in kinds and len(kinds) > 1 else column


def _as_html(result: "Result") -> str:
    from genloss.results.page import as_page

    return as_page(result)


def _as_markdown(result: "Result") -> str:
    from genloss.results.page import as_markdown

    return as_markdown(result)


FORMATS: Mapping[str, Callable[["Result"], str | bytes]] = {
    ".json": as_json,
    ".csv": as_csv,
    ".parquet": as_parquet,
    ".html": _as_html,
    ".md": _as_markdown,
}


def encoded(result: "Result", path: Path) -> str | bytes:
    """Return what the file `path` is to hold, by its ending."""
    if path.suffix not in FORMATS:
        *endings, last = FORMATS
        raise Problem(str(path), f"no such format: {path.suffix!r}", f"end the name in {', '.join(endings)} or {last}")
    return FORMATS[path.suffix](result)


def frame(rows: tuple[Row, ...]) -> pd.DataFrame:
    """Return one line per row; axes and quantiles are columns, quantiles beside the value."""
    levels = sorted({level for row in rows for level in row.quantiles}, key=float)
    columns = [*FIRST, *axis_names(rows), *MIDDLE, *(f"quantile_{level}" for level in levels), *LAST]
    return pd.DataFrame([row.flat() for row in rows], columns=columns)


def decoded(path: Path) -> tuple[dict[str, Any], tuple[Row, ...], tuple[str, ...]]:
    """Read study, rows and gaps from the .json file of a result."""
    if path.suffix in FORMATS and path.suffix != ".json":
        raise Problem(
            str(path), f"a {path.suffix} file holds only a part of a result", "give the .json file of the run"
        )
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise Problem(str(path), f"cannot be read: {error.strerror}", "give the .json file of a run") from error
    except (ValueError, RecursionError) as error:
        raise Problem(str(path), f"not JSON: {error}", "give the .json file of a run") from error
    schema = data.get("schema") if isinstance(data, dict) else None
    if schema != SCHEMA:
        found = f"schema {schema!r}" if schema else "not a saved result: it names no schema"
        raise Problem(str(path), found, f"give the .json file of a run; this version reads {SCHEMA}")
    try:
        study, rows, gaps = data["study"], data["rows"], data["gaps"]
        return dict(study), tuple(_row(row) for row in rows), tuple(map(str, gaps))
    except (KeyError, TypeError, ValueError) as error:
        said = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise Problem(str(path), f"not a whole result: {said}", "save the result again, or repeat the run") from error


def _row(data: Any) -> Row:
    """Make a row of plain data; a value of the wrong kind is a ValueError that names it."""
    if not isinstance(data, Mapping):
        raise ValueError(f"a row is {data!r}")
    wanted = {_TEXTS: str, _COUNTS: int, _NUMBERS: float | int, ("axes", "quantiles"): dict}
    number = {name: float(data[name]) for name in _NUMBERS if data.get(name) in ("nan", "inf", "-inf")}
    quantiles = {key: float(value) for key, value in data["quantiles"].items()} if data.get("quantiles") else {}
    row = Row(**{**data, **number, "quantiles": quantiles})
    for names, kind in wanted.items():
        for name in names:
            if not isinstance(getattr(row, name), kind):
                raise ValueError(f"{name} is {getattr(row, name)!r}")
    return row


def _finite(data: Any) -> Any:
    """Replace what JSON has no number for by its name."""
    if isinstance(data, dict):
        return {key: _finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_finite(value) for value in data]
    return str(data) if isinstance(data, float) and not isfinite(data) else data
