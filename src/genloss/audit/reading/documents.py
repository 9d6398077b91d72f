"""How are documents read? A folder of text files, one document each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pyarrow as pa

from genloss.audit.reading.raw import Batch, Raw
from genloss.errors import Problem
from genloss.ordinary import content

TEXT_COLUMNS = ("text", "content", "document", "completion", "response", "output", "body", "answer")
"""Names of a column that holds documents, where it is the only one."""
_AT_ONCE = 256


def text_files(paths: Sequence[Path], where: str) -> Raw:
    """Open files of text in UTF-8, one document each."""
    return Raw(where, ("text",), len(paths), partial(_batches, paths), loose=True, documents="text")


def _batches(paths: Sequence[Path], wanted: tuple[int, ...]) -> Iterator[Batch]:
    for first in range(0, len(paths), _AT_ONCE):
        texts = [_text(path) for path in paths[first : first + _AT_ONCE]]
        yield Batch(tuple(pa.array(texts, pa.string()) for _ in wanted), str(paths[first].parent), first + 1)


def _text(path: Path) -> str:
    try:
        return content(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem(str(path), "not in UTF-8", "save it in UTF-8") from error
