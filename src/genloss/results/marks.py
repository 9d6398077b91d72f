"""Whose file is it? A mark in every page, picture and table says what it answers; no other file is replaced unasked.

A mark is text, "study 9d0d1f6b": what was answered, and its identity. It stands where no reader of that format looks:
a comment, a meta element, a text chunk, a key. A .csv file has no such place: that of a study's rows begins with the
study's id, any other bears no mark.
"""

from __future__ import annotations

import csv
import io
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from genloss.doors import PASTED, Advice, Again, Setting, Words
from genloss.errors import Problem
from genloss.identity import identity
from genloss.ordinary import ordinary
from genloss.results.array_files import ZARR_FILES, marked_netcdf, marked_zarr, netcdf_mark, zarr_mark
from genloss.results.files import Guard, checked_file, opened, write_atomically
from genloss.results.folder_files import FolderGuard, checked_array_folder, same_files, write_folder

Content = str | bytes | Mapping[str, bytes]
"""What a file holds, or by path the files of a folder."""
NETCDF, ZARR = ".nc", ".zarr"

_HEAD, _TAIL = 4096, 1 << 17  # bytes of a file in which its mark stands
_PNG = len(b"\x89PNG\r\n\x1a\n") + 25  # signature and header chunk
_MOST_NAMES = 5
_ID = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, slots=True)
class Mark:
    """What files about to be written are known by, and what they may replace.

    text: the mark. also: whether files with this mark may be replaced as well. force: any file may.
    """

    text: str
    also: Callable[[str], bool] = lambda _mark: False
    force: bool = False

    def leave(self, path: Path, content: Content) -> None:
        """Write a file, or a folder of files, with its mark, if the place is free, ours, or may be taken."""
        if isinstance(content, Mapping):
            write_folder(path, marked_zarr(content, self.text), ZARR_FILES, self.folder_guard(path))
            return
        data = content.encode() if isinstance(content, str) else content
        write_atomically(path, marked(data, path.suffix, self.text), guard=self.guard(path))

    def check(self, path: Path) -> None:
        """Refuse a place that `leave` would refuse, before any work."""
        target = checked_place(path)
        if target.is_file() or (target.is_dir() and any(target.iterdir())):
            self._refuse(path, target)

    def guard(self, path: Path) -> Guard:
        """Return the question that the writer asks of a file that is there; the same bytes are always welcome."""

        def ask(target: Path, data: bytes) -> None:
            if not _holds(target, data):
                self._refuse(path, target)

        return ask

    def folder_guard(self, path: Path) -> FolderGuard:
        """Return the question that the writer asks of a folder that is there; the same files are always welcome."""

        def ask(target: Path, files: Mapping[str, bytes]) -> None:
            if any(target.iterdir()) and not same_files(target, files):
                self._refuse(path, target)

        return ask

    def _refuse(self, path: Path, target: Path) -> None:
        found = None if self.force else mark_of(target, path.suffix)
        if self.force or (found is not None and (found == self.text or self.also(found))):
            return
        other = (
            f"answers something else ({found}; this is {self.text})" if found else _UNMARKED.get(path.suffix, _FOREIGN)
        )
        raise Problem(str(path), f"is there already, and {other}", REPLACE)


REPLACE = Advice(
    "give another name, or say that it may be replaced (",
    Words("force=True", "--force"),
    ")",
    Again((Setting("force"),), PASTED),
)

_FOREIGN = "bears no mark of genloss"
_UNMARKED = {".csv": "a .csv file has no place for a mark of what it answers"}


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and ordinary(path).read_bytes() == data
    except (Problem, OSError):
        return False


def studies_mark(names: list[str]) -> str:
    """Return the mark of what answers one study or several: their ids. What is no id is known by its own.

    >>> studies_mark(["9d0d1f6b00000000"])
    'study 9d0d1f6b00000000'
    """
    each = sorted({part for name in names for part in name.split(", ")})[:_MOST_NAMES]
    return f"study {', '.join(part if _ID.fullmatch(part) else identity(part) for part in each)}"


def marked(content: bytes, ending: str, mark: str) -> bytes:
    """Return a file's content with its mark; what has no place for one is left as it is."""
    if ending == NETCDF:
        return marked_netcdf(content, mark)
    form = _FORMS.get(ending)
    return content if form is None else form.write(content, mark)


def checked_place(path: Path) -> Path:
    """Return where a file goes, or a folder of files by its ending; refuse what it cannot be written to."""
    return checked_array_folder(path, ZARR_FILES) if path.suffix == ZARR else checked_file(path)


def mark_of(path: Path, ending: str) -> str | None:
    """Return the mark of a file, or of a folder of files; None where it has none."""
    if ending in (ZARR, NETCDF):
        return zarr_mark(path) if ending == ZARR else netcdf_mark(path)
    try:
        with opened(path) as file:
            head = file.read(_HEAD)
            file.seek(max(file.seek(0, io.SEEK_END) - _TAIL, 0))
            tail = file.read(_TAIL)
    except OSError:
        return None
    if ending == ".csv":
        return _study_of_rows(head)
    form = _FORMS.get(ending)
    if form is None:
        return None
    found = form.find(tail if form.at_end else head)
    return None if found is None else found.decode("ascii", "replace")


def _study_of_rows(head: bytes) -> str | None:
    """Return the mark of a table of rows: its first column is the study."""
    heading, _, rest = head.partition(b"\n")
    if not heading.startswith(b"study,cell,case,"):
        return None
    try:
        first = next(csv.reader([rest.partition(b"\n")[0].decode("utf-8", "replace")]), [""])
    except csv.Error:
        return None
    return studies_mark([first[0]]) if first and first[0] else None


def _behind(begin: bytes, place: bytes, line: str) -> Callable[[bytes, str], bytes]:
    """Return what puts a line with the mark behind the first place of some bytes, in content that begins so."""

    def write(content: bytes, mark: str) -> bytes:
        before, found, rest = content.partition(place)
        if not content.startswith(begin) or not found:
            return content
        return before + found + line.format(mark).encode() + rest

    return write


def _png(content: bytes, mark: str) -> bytes:
    """Put a text chunk behind the header."""
    body = b"tEXtgenloss\0" + mark.encode()
    chunk = (len(body) - 4).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")
    return content[:_PNG] + chunk + content[_PNG:]


def parquet_mark(mark: str) -> dict[bytes, bytes]:
    """Return the metadata of a Parquet file that hold its mark."""
    return {b"genloss": f"<!-- genloss: {mark} -->".encode()}


def _parquet(content: bytes, mark: str) -> bytes:
    import pyarrow.parquet as pq

    held = pq.read_schema(io.BytesIO(content)).metadata or {}
    if parquet_mark(mark).items() <= held.items():
        return content
    table = pq.read_table(io.BytesIO(content))
    buffer = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({**held, **parquet_mark(mark)}), buffer)
    return buffer.getvalue()


def _png_mark(head: bytes) -> bytes | None:
    size = int.from_bytes(head[_PNG : _PNG + 4], "big")
    body = head[_PNG + 4 : _PNG + 8 + size]
    return body.removeprefix(b"tEXtgenloss\0") if body.startswith(b"tEXtgenloss\0") else None


def _found(pattern: bytes) -> Callable[[bytes], bytes | None]:
    """Return the search for a mark, the one group of a pattern."""
    compiled = re.compile(pattern)

    def search(part: bytes) -> bytes | None:
        found = compiled.search(part)
        return found[1] if found else None

    return search


_COMMENT = rb"<!-- genloss: ([ -~]+?) -->"


@dataclass(frozen=True, slots=True)
class _Form:
    """How a mark is put into a file of one form, and how it is found there again: at the end, or at the beginning."""

    write: Callable[[bytes, str], bytes]
    find: Callable[[bytes], bytes | None]
    at_end: bool = False


_FORMS: Mapping[str, _Form] = {
    ".html": _Form(
        _behind(b"<!doctype html>", b'<meta charset="utf-8">', '\n<meta name="genloss" content="{}">'),
        _found(rb'<meta name="genloss" content="([ -~]+?)">'),
    ),
    ".json": _Form(_behind(b"{\n", b"{", '\n "mark": "{}",'), _found(rb'\A\{\n "mark": "([ -~]+?)",\n')),
    ".md": _Form(
        lambda content, mark: content + f"\n<!-- genloss: {mark} -->\n".encode(), _found(_COMMENT), at_end=True
    ),
    ".parquet": _Form(_parquet, _found(_COMMENT), at_end=True),
    ".png": _Form(_png, _png_mark),
    ".svg": _Form(_behind(b"<?xml", b"?>", "\n<!-- genloss: {} -->"), _found(_COMMENT)),
    ".xml": _Form(_behind(b"<?xml", b"?>", "\n<!-- genloss: {} -->"), _found(_COMMENT)),
    ".toml": _Form(
        lambda content, mark: f"# genloss: {mark}\n".encode() + content, _found(rb"\A# genloss: ([ -~]+)\n")
    ),
}
"""By ending."""
