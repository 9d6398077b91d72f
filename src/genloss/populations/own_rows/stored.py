"""How do rows reach a file and come back the same? Arrow for tables, JSON lines for texts, else NPZ; no pickle."""

from __future__ import annotations

import hashlib
import io
import json
from typing import Any

import numpy as np

from genloss.populations.own_rows.given import is_texts

Bytes = np.ndarray[Any, np.dtype[np.uint8]]


SUFFIXES = (".arrow", ".jsonl", ".npz")
"""How files of rows end."""


def suffix_of(rows: Any) -> str:
    """Return the end of the name of a file of such rows."""
    if hasattr(rows, "columns"):
        return ".arrow"
    return ".jsonl" if is_texts(rows) else ".npz"


def to_bytes(rows: Any) -> bytes:
    """Return the content of a file of rows; equal rows give equal bytes with the same versions of the libraries."""
    if hasattr(rows, "columns"):
        return _arrow(rows)
    if is_texts(rows):
        return "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in rows).encode()
    parts = rows if isinstance(rows, tuple) else (rows,)
    arrays = dict(_named(place, part) for place, part in enumerate(parts))
    if isinstance(rows, tuple):
        arrays["parts"] = np.array(len(parts))
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def from_bytes(content: bytes, suffix: str) -> Any:
    """Read rows that `to_bytes` has written. suffix: as `suffix_of` has it. Errors: ValueError for other content."""
    if suffix == ".arrow":
        return _table(content)
    if suffix == ".jsonl":
        return [json.loads(line)["text"] for line in content.decode().splitlines()]
    with np.load(io.BytesIO(content), allow_pickle=False) as held:
        arrays = {name: held[name] for name in held.files}
    count = arrays.pop("parts", None)
    parts = [_part(name, array) for name, array in sorted(arrays.items(), key=lambda item: int(item[0].split("_")[0]))]
    return parts[0] if count is None else tuple(parts)


def sha256_of(content: bytes) -> str:
    """Return the SHA-256 of the content of a file."""
    return hashlib.sha256(content).hexdigest()


def _named(place: int, part: Any) -> tuple[str, Any]:
    """Return a part as an array with its name; a table within a tuple is the bytes of its file."""
    if hasattr(part, "columns"):
        return f"{place}_arrow", np.frombuffer(_arrow(part), dtype=np.uint8)
    if isinstance(part, np.ndarray) and part.dtype != object:
        return f"{place}", part
    if hasattr(part, "to_frame"):
        return f"{place}_series", np.frombuffer(_arrow(part.to_frame()), dtype=np.uint8)
    array = np.asarray(part)
    if array.dtype != object:
        return f"{place}", array
    return f"{place}", np.array([str(value) for value in array])


def _part(name: str, array: Any) -> Any:
    kind = name.partition("_")[2]
    if not kind:
        return array
    table = _table(array.tobytes())
    return table if kind == "arrow" else table.iloc[:, 0]


def _arrow(table: Any) -> bytes:
    import pyarrow as pa

    sink = io.BytesIO()
    held = pa.Table.from_pandas(table, preserve_index=False)
    with pa.ipc.new_file(sink, held.schema) as writer:
        writer.write_table(held)
    return sink.getvalue()


def _table(content: bytes) -> Any:
    import pyarrow as pa

    try:
        with pa.ipc.open_file(pa.BufferReader(content)) as reader:
            return reader.read_all().to_pandas()
    except Exception as error:  # pyarrow's own, or of any kind: the content may be anything
        raise ValueError(str(error)) from error
