"""What does a record of one's own say? ledger.toml, or ledger.csv with a line for every part of a generation."""

from __future__ import annotations

import csv
import io
import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from genloss.errors import Problem, nearest, shown
from genloss.ledger.contents import rows_in
from genloss.ledger.order import born_where_first_used, in_order
from genloss.ledger.record import REAL, Data, Generation, Maker, Part, Record
from genloss.ledger.said import checked_makers, checked_sampler, checked_weights, share_of, whole_rows
from genloss.results.files import read_regular

NAMES = ("ledger.toml", "ledger.csv")
EXAMPLE = """[data.tickets]
made_by = "real"
rows = 1000

[data.answers]
made_by = "bot-0"
rows = 1000

[[generation]]
name = "bot-0"
trained_on = ["tickets"]

[[generation]]
name = "bot-1"
trained_on = ["tickets", "answers"]
"""
_LARGEST = 50_000_000
_TOP = ("name", "outside", "data", "generation")
_DATA = ("made_by", "rows", "file", "sha256", "sampler")
_GENERATION = ("name", "trained_on")
_PART = ("data", "rows", "weight", "with_replacement")
COLUMNS = (
    *("generation", "data", "made_by", "rows", "used", "with_replacement"),
    *("weight", "file", "sha256", "sampler", "outside"),
)


def read_own(path: Path) -> Record:
    """Read a record of one's own. Errors: `Problem` that names the key, or the line and the column."""
    return _of_table(path, _table(path))


def files_by_maker(path: Path) -> list[tuple[str, Path]]:
    """Return files of rows that generations made, with who made them, in the order of generations.

    A file that several made is that of the last of them. Errors: `Problem`, as `read_own`.
    """
    places, table = read_own(path).places, _table(path)
    made = [_data(path, name, each) for name, each in table["data"].items()]
    last = [(max((places.get(maker.who, -1) for maker in each.made_by), default=-1), each) for each in made]
    names = list(places)
    found = sorted((entry for entry in last if entry[0] >= 0 and entry[1].file), key=lambda entry: entry[0])
    return [(names[place], path.parent / each.file) for place, each in found]


def _table(path: Path) -> dict[str, Any]:
    try:
        text = read_regular(path, most=_LARGEST).decode("utf-8-sig")
    except OSError as error:
        raise Problem(str(path), f"cannot be read: {error.strerror}", "give a folder with a readable record") from error
    except UnicodeDecodeError as error:
        raise Problem(str(path), f"is not a text ({error})", "save it as UTF-8") from error
    return _table_of_lines(path, text) if path.suffix == ".csv" else _toml(path, text)


def _toml(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        raise Problem(
            str(path), f"is not TOML: {error}", "correct that line; genloss ledger --help has an example"
        ) from error


def _of_table(path: Path, table: Mapping[str, Any]) -> Record:
    """Make a record of the tables of ledger.toml."""
    _known(f"{path}", table, _TOP)
    outside = tuple(_text(f"{path}: outside", each) for each in _listed(f"{path}: outside", table.get("outside", [])))
    listed = _tables(f"{path}: generation", table.get("generation"), "[[generation]]")
    given = table.get("data")
    if not isinstance(given, Mapping) or not given:
        raise Problem(f"{path}: data", "is missing", 'give [data.NAME] tables with made_by = "real" and rows = 1000')
    data = {name: _data(path, name, each) for name, each in given.items()}
    generations: dict[str, Generation] = {}
    for number, each in enumerate(listed):
        generation = _generation(path, number, each, data)
        if generation.name in generations:
            mend = f'give each its own name, e.g. "{generation.name}-{number}"'
            raise Problem(f"{path}: generation[{number}].name", f"two generations are called {generation.name!r}", mend)
        if generation.name == REAL or generation.name in outside:
            what = "the maker of real rows" if generation.name == REAL else "listed in outside"
            raise Problem(f"{path}: generation[{number}].name", f"{generation.name!r} is {what}", "give another name")
        generations[generation.name] = generation
    ordered = in_order(list(generations.values()), data, outside, str(path))
    used = {part.data for generation in ordered for part in generation.parts}
    idle = [name for name in data if name not in used]
    notes = [f"{', '.join(idle)}: listed, and no generation was trained on it"] if idle else []
    return Record(
        where=path,
        folder=path.parent,
        name=_text(f"{path}: name", table.get("name", path.parent.resolve().name or "ledger")),
        generations=ordered,
        data=born_where_first_used(ordered, {name: each for name, each in data.items() if name in used}),
        outside=outside,
        notes=tuple(notes),
    )


def _data(path: Path, name: str, given: Any) -> Data:
    where = f"{path}: data.{name}"
    if not isinstance(given, Mapping):
        raise Problem(where, f"{shown(given, 40)} is not a table", f'write [data.{name}] and made_by = "real" below it')
    _known(where, given, _DATA)
    if "made_by" not in given:
        raise Problem(f"{where}.made_by", "is missing", 'give "real", the name of a generation, or shares of several')
    file = _text(f"{where}.file", given["file"]) if "file" in given else ""
    counted = _counted(where, path.parent, file) if file and "rows" not in given else None
    if "rows" not in given and counted is None:
        found = (
            "is missing, and the rows of such a file are not counted" if file else "is missing, and no file is given"
        )
        raise Problem(f"{where}.rows", found, "give rows = 1000, or the file that holds them")
    rows = whole_rows(f"{where}.rows", given.get("rows", counted))
    sha256 = _text(f"{where}.sha256", given["sha256"]).lower() if "sha256" in given else ""
    if sha256 and (len(sha256) != 64 or set(sha256) - set("0123456789abcdef")):
        raise Problem(f"{where}.sha256", f"{shown(sha256, 40)} is not a SHA-256", "give its 64 digits, or leave it out")
    return Data(
        name,
        _makers(where, given["made_by"]),
        rows,
        0,
        file,
        sha256,
        checked_sampler(f"{where}.sampler", given.get("sampler", {})),
    )


def _counted(where: str, folder: Path, file: str) -> int | None:
    """Return the number of rows in a file, None where that is not known of its kind."""
    try:
        return rows_in(folder / file)
    except OSError as error:
        mend = "give the name of a file beside the record, or the number of rows instead of a file"
        raise Problem(f"{where}.file", f"{folder / file} is not there: {error.strerror}", mend) from error


def _makers(where: str, given: Any) -> tuple[Maker, ...]:
    shares = given if isinstance(given, Mapping) else {given: 1.0} if isinstance(given, str) else None
    if not shares:
        mend = 'give "real", the name of a generation, or { real = 0.3, bot-0 = 0.7 }'
        raise Problem(f"{where}.made_by", f"{shown(given, 40)} does not say who made it", mend)
    return checked_makers(where, [Maker(who, share) for who, share in shares.items()])


def _generation(path: Path, number: int, given: Mapping[str, Any], data: Mapping[str, Data]) -> Generation:
    where = f"{path}: generation[{number}]"
    _known(where, given, _GENERATION)
    if "name" not in given:
        raise Problem(f"{where}.name", "is missing", f'give name = "model-{number}"')
    name = _text(f"{where}.name", given["name"])
    parts = []
    for place, each in enumerate(_listed(f"{where}.trained_on", given.get("trained_on", []))):
        inner = f"{where}.trained_on[{place}]"
        table = {"data": each} if isinstance(each, str) else each
        if not isinstance(table, Mapping) or "data" not in table:
            mend = 'give a name of the data, or { data = "tickets", weight = 0.6 }'
            raise Problem(inner, f"{shown(each, 40)} is not the name of data", mend)
        _known(inner, table, _PART)
        of = _text(f"{inner}.data", table["data"])
        if of not in data:
            raise Problem(f"{inner}.data", f"{of!r} is not among the data", nearest(of, list(data)))
        rows = _rows_used(inner, "used" if path.suffix == ".csv" else "rows", table, data[of])
        weight = share_of(f"{inner}.weight", table["weight"]) if "weight" in table else None
        parts.append(Part(of, float(rows), weight))
    checked_weights(f"{where}.trained_on", [part.weight for part in parts])
    if len(parts) == 1:  # then all of the loss is theirs
        parts = [replace(parts[0], weight=1.0)]
    return Generation(name, tuple(parts))


def _rows_used(where: str, key: str, part: Mapping[str, Any], of: Data) -> int:
    """Return how many rows of some data a part used: no more than there are, unless they were drawn with replacement.

    key: as the record calls their number. of: the data, all of whose rows were used where the part says no number.
    """
    again = part.get("with_replacement", False)
    if not isinstance(again, bool):
        mend = "give with_replacement = true where a row may have been used more than once, or leave it out"
        raise Problem(f"{where}.with_replacement", f"{shown(again, 40)} is neither true nor false", mend)
    rows = whole_rows(f"{where}.{key}", part["rows"]) if "rows" in part else of.rows
    if rows > of.rows and not again:
        found = f"{rows:,} rows were used, and {of.name!r} has {of.rows:,}"
        said = "true under with_replacement" if key == "used" else "with_replacement = true"
        mend = f"give at most {of.rows}, or {said} where a row may have been used more than once"
        raise Problem(f"{where}.{key}", found, mend)
    return rows


def _known(where: str, table: Mapping[str, Any], known: Sequence[str]) -> None:
    for key in table:
        if key not in known:
            raise Problem(f"{where}: {key}", "unknown key", nearest(key, list(known)))


def _text(where: str, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Problem(where, f"{shown(value, 40)} is not a text", "give a name in quotes")
    return value


def _listed(where: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Problem(where, f"{shown(value, 40)} is not a list", f"give [{shown(value, 40)}]")
    return value


def _tables(where: str, value: Any, example: str) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not value or not all(isinstance(each, Mapping) for each in value):
        found = "is missing" if value is None else f"{shown(value, 40)} is not a list of tables"
        raise Problem(where, found, f"write {example} tables with name and trained_on")
    return value


def _table_of_lines(path: Path, text: str) -> dict[str, Any]:
    """Return the lines of ledger.csv as the tables that ledger.toml has."""
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise Problem(str(path), f"is not CSV: {error}", "save it with commas, and quotes around commas") from error
    head = [cell.strip() for cell in lines[0]] if lines else []
    for name in head:
        if name not in COLUMNS:
            raise Problem(f"{path}: {name or 'a column'}", "unknown column", nearest(name, list(COLUMNS)))
    for name in ("generation", "data"):
        if name not in head:
            raise Problem(f"{path}: {name}", "no such column", f"begin with the line {','.join(COLUMNS[:4])}")
    table: dict[str, Any] = {"data": {}, "generation": [], "outside": []}
    for number, cells in enumerate(lines[1:], start=2):
        if any(cell.strip() for cell in cells):
            if len(cells) != len(head):
                found = f"{len(cells)} cells under {len(head)} columns"
                raise Problem(
                    f"{path}, line {number}",
                    found,
                    "give each line as many entries as there are columns, empty ones among them",
                )
            filled = {name: cell.strip() for name, cell in zip(head, cells, strict=True) if cell.strip()}
            _add_line(f"{path}, line {number}", filled, table)
    return table


def _add_line(where: str, line: Mapping[str, str], table: dict[str, Any]) -> None:
    for name in ("generation", "data"):
        if name not in line:
            raise Problem(
                f"{where}: {name}", "is missing", "write in each line a generation and what it was trained on"
            )
    said: dict[str, Any] = {key: line[key] for key in ("file", "sha256") if key in line}
    if "made_by" in line:
        shares = _pairs(f"{where}: made_by", line["made_by"]) if "=" in line["made_by"] else line["made_by"]
        said["made_by"] = shares
    if "rows" in line:
        said["rows"] = _number(f"{where}: rows", line["rows"])
    if "sampler" in line:
        said["sampler"] = _pairs(f"{where}: sampler", line["sampler"])
    known = table["data"].setdefault(line["data"], {})
    for key, value in said.items():
        if known.setdefault(key, value) != value:
            found = f"{value!r:.60}, and an earlier line says {known[key]!r:.60} of {line['data']!r}"
            raise Problem(f"{where}: {key}", found, "write the same in each line, or leave it empty in later lines")
    part: dict[str, Any] = {"data": line["data"]}
    if "used" in line:
        part["rows"] = _number(f"{where}: used", line["used"])
    if "with_replacement" in line:
        part["with_replacement"] = {"true": True, "false": False}.get(
            line["with_replacement"].lower(), line["with_replacement"]
        )
    if "weight" in line:
        part["weight"] = _number(f"{where}: weight", line["weight"])
    if "outside" in line and line["outside"] not in table["outside"]:
        table["outside"].append(line["outside"])
    names = {each["name"]: each for each in table["generation"]}
    if line["generation"] not in names:
        table["generation"].append({"name": line["generation"], "trained_on": [part]})
    elif table["generation"][-1]["name"] == line["generation"]:
        table["generation"][-1]["trained_on"].append(part)
    else:
        found = f"two generations are called {line['generation']!r}: its lines do not stand together"
        raise Problem(f"{where}: generation", found, "put the lines of a generation below one another, or rename one")


def _pairs(where: str, text: str) -> dict[str, float]:
    """Read "real=0.3; bot-0=0.7"."""
    found: dict[str, float] = {}
    for pair in text.split(";"):
        name, _, value = pair.rpartition("=")
        if not name.strip() or name.strip() in found:
            raise Problem(
                where, f"{pair.strip()!r:.40} is not of the form name=number", "give e.g. real=0.3; bot-0=0.7"
            )
        found[name.strip()] = _number(where, value.strip())
    return found


def _number(where: str, text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        pass
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise Problem(where, f"{text!r:.40} is not a number", "give a number such as 1000 or 0.5")
    return value
