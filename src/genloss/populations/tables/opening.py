"""How is a file of text opened? As it is or unpacked, in UTF-8."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from genloss.errors import Problem
from genloss.ordinary import ordinary


@contextmanager
def unpacked(path: Path) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """Open a file: as it is, to tell how much is read, and unpacked if it is gzip, told by its first bytes."""
    with ordinary(path).open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        if packed:
            with gzip.GzipFile(fileobj=raw) as stream:
                yield raw, cast(BinaryIO, stream)
        else:
            yield raw, raw


def refuse_utf16(begins: bytes, where: str, kind: str) -> None:
    """Refuse UTF-16 by the first two bytes of a file."""
    if begins[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Problem(where, "written in UTF-16", f"save it in UTF-8 {kind}".strip())
