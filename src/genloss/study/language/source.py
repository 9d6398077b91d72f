"""Where in the user's file does a thing stand, and what is in the file?"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from genloss.errors import Problem, shown
from genloss.ordinary import content

_WRITTEN = 14_000
"""Bits of a whole number that stays below the 4,300 digits that Python writes out."""


@dataclass(frozen=True, slots=True)
class Source:
    """The text of a study, to say the line where something stands."""

    name: str
    text: str = ""

    def at(self, *path: str) -> str:
        """Name the place of a key, with its line where it can be found.

        >>> Source("a.toml", "seed = 1\\n[predictor]\\nrows = 3").at("predictor", "rows")
        'a.toml, line 3: predictor.rows'
        """
        line = self._line(path)
        return f"{self.name}{f', line {line}' if line else ''}: {'.'.join(path)}"

    def _line(self, path: tuple[str, ...]) -> int | None:
        lines = _lines(self.text)
        if re.match(r"claim \d", path[0]):
            return lines.of_claim(int(path[0].split()[1]), path[-1])
        names = [part for part in path if not part.startswith("case")]
        return lines.of_key(".".join(names[:-1]), names[-1]) if names else None


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of a text by what stands on them, counted from 1; of several the first.

    tables: headers, less "case.". keys: by table and key. anywhere: by key, in whatever table or inline.
    claims: of each [[claim]] its header and its keys.
    """

    tables: Mapping[str, int]
    keys: Mapping[tuple[str, str], int]
    anywhere: Mapping[str, int]
    claims: Sequence[tuple[int, Mapping[str, int]]]

    def of_key(self, table: str, key: str) -> int | None:
        """Return the line of a key in a table, else of its own header, else of that key anywhere."""
        exact = self.keys.get((table, key))
        if exact is not None:
            return exact
        whole = f"{table}.{key}" if table else key
        found = [lines[name] for lines, name in ((self.tables, whole), (self.anywhere, key)) if name in lines]
        return min(found, default=None)

    def of_claim(self, place: int, key: str) -> int | None:
        """Return the line of a key of the claim at a place, counted from 1, or else of its header."""
        if not 1 <= place <= len(self.claims):
            return None
        header, keys = self.claims[place - 1]
        return keys.get(key, header)


_HEADER = re.compile(r"\s*(\[+)\s*([\w.\-]+)\s*\]+")
_KEY = re.compile(r"\s*(?:[\w\-]+\s*\.\s*)?([\w\-]+)\s*=")
_INLINE = re.compile(r"[{,]\s*([\w\-]+)\s*=")


@lru_cache(maxsize=4)
def _lines(text: str) -> _Lines:
    """Read every line once: a study may have thousands of cases, and each names the places of all its keys."""
    tables: dict[str, int] = {}
    keys: dict[tuple[str, str], int] = {}
    anywhere: dict[str, int] = {}
    claims: list[tuple[int, dict[str, int]]] = []
    section = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            section = header[2].removeprefix("case.")
            tables.setdefault(section, number)
            if section == "claim" and len(header[1]) == 2:
                claims.append((number, {}))
            elif claims and section.startswith("claim."):
                claims[-1][1].setdefault(section.removeprefix("claim."), number)
            continue
        if key := _KEY.match(line):
            keys.setdefault((section, key[1]), number)
            anywhere.setdefault(key[1], number)
            if claims:
                claims[-1][1].setdefault(key[1], number)
        for inline in _INLINE.finditer(line):
            anywhere.setdefault(inline[1], number)
    return _Lines(tables, keys, anywhere, claims)


def _mend(path: Path) -> str:
    inside = sorted(each.name for each in path.glob("*.toml")) if path.is_dir() else []
    if inside:
        return f"give one study: {path / inside[0]}" + f" or another of the {len(inside)} there" * (len(inside) > 1)
    return "give the path of a study file (.toml)"


def read(path: Path) -> tuple[dict[str, Any], Source]:
    """Read a TOML file, or say what is wrong with it."""
    try:
        text = content(path).decode("utf-8-sig")
    except Problem:
        raise
    except FileNotFoundError as error:
        raise Problem(str(path), "no such file", "give the path of a study file (.toml)") from error
    except UnicodeDecodeError as error:
        raise Problem(str(path), f"byte {error.start} is not UTF-8 text", "save the study as UTF-8 text") from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise Problem(repr(str(path)), f"cannot be read: {why}", _mend(path)) from error
    try:
        return plain(tomllib.loads(text)), Source(str(path), text)
    except (ValueError, RecursionError) as error:  # ValueError also: a number of thousands of digits
        raise Problem(str(path), f"not TOML: {error}", "mend that place; see https://toml.io for the format") from error


def refuse_endless(value: Any, source: Source, *path: str) -> None:
    """Refuse a whole number that Python does not even write out: 0xff..f may have any number of digits."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            refuse_endless(inner, source, *path, str(key))
    elif isinstance(value, list | tuple):
        for inner in value:
            refuse_endless(inner, source, *path)
    elif isinstance(value, int) and value.bit_length() > _WRITTEN:
        raise Problem(source.at(*(path or ("",))), f"{shown(value, 80)} is beyond 1e+100", "give a smaller number")


def plain(value: Any) -> Any:
    """Return mappings as dicts, sequences and arrays as lists, and numpy's numbers as Python's, all the way down."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list | tuple | range) else value
