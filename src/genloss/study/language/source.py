"""Where in the user's file does a thing stand, and what is in the file?"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genloss.errors import Problem, shown

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
        if re.match(r"claim \d", path[0]):
            return self._line_of_claim(int(path[0].split()[1]), path[-1])
        names = [part for part in path if not part.startswith("case")]
        section = ""
        best = None
        for number, line in enumerate(self.text.splitlines(), start=1):
            header = re.match(r"\s*\[+\s*([\w.\-]+)\s*\]+", line)
            if header:
                section = header[1].removeprefix("case.")
                if names == section.split("."):
                    best = best or number
            elif names and re.match(rf"\s*(?:[\w\-]+\s*\.\s*)?{re.escape(names[-1])}\s*=", line):
                if section == ".".join(names[:-1]):
                    return number
                best = best or number
            elif names and re.search(rf"[{{,]\s*{re.escape(names[-1])}\s*=", line):
                best = best or number
        return best

    def _line_of_claim(self, place: int, key: str) -> int | None:
        """Return the line of a key of the claim at a place, counted from 1, or else of its header."""
        first = 0
        for number, line in enumerate(self.text.splitlines(), start=1):
            if re.match(r"\s*\[\[\s*claim\s*\]\]", line):
                place -= 1
                first = number if place == 0 else first
            if place == 0 and re.match(rf"\s*(?:\[claim\.)?{re.escape(key)}\s*[=\]]", line):
                return number
            if place < 0:
                break
        return first or None


def _mend(path: Path) -> str:
    inside = sorted(each.name for each in path.glob("*.toml")) if path.is_dir() else []
    if inside:
        return f"give one study: {path / inside[0]}" + f" or another of the {len(inside)} there" * (len(inside) > 1)
    return "give the path of a study file (.toml)"


def read(path: Path) -> tuple[dict[str, Any], Source]:
    """Read a TOML file, or say what is wrong with it."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
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
