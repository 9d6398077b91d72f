"""Which code does a study name? Found and hashed, and the hashes filled in, so that other code is another study."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from genloss.code.named import Code, Kind, find_command, find_function
from genloss.errors import Problem
from genloss.models.command import words_of
from genloss.study.language.source import Source
from genloss.study.spec.files import same_hash

Filled = Callable[[Kind, str, str | None, str], str]
"""Given kind, name, known SHA-256 and place of code, its SHA-256."""

_ABOVE = 3
"""Folders above a study in which code that has its hash is looked for: results/NAME is two below where it was run."""


def with_code(resolved: Mapping[str, Any], source: Source, folder: Path) -> tuple[dict[str, Any], tuple[Code, ...]]:
    """Return the resolved study with the SHA-256 of the code that it names, and that code. Nothing is executed.

    A study that has a hash already, as the one beside results, may have its code in a folder above it, where the study
    was run that left it there: what has the hash is the same code. It is read where its code is not, or not as it was;
    to run it is refused then, see `present`.
    """
    found: dict[tuple[str, str], Code] = {}

    def filled(kind: Kind, name: str, given: str | None, where: str) -> str:
        code = _find(kind, name, folder, where) if given is None else _hashed(kind, name, given, folder, where)
        return found.setdefault((name, code.sha256), code).sha256

    if "case" not in resolved:
        return _case(resolved, source, (), filled), tuple(found.values())
    cases = [_case(case, source, (f"case {case['name']}",), filled) for case in resolved["case"]]
    return {**resolved, "case": cases}, tuple(found.values())


def _hashed(kind: Kind, name: str, given: str, folder: Path, where: str) -> Code:
    """Find the code of a hash, beside the study or in the nearest folders above it; without files where it is not."""
    for place in (folder, *folder.absolute().parents[:_ABOVE]):
        try:
            code = _find(kind, name, place, where)
        except Problem:
            continue
        if code.sha256 == given:
            return code
    return Code(kind, name, (), given, where)


def present(code: Code, folder: Path) -> None:
    """Refuse code that is not here, or not as it was when the study was made."""
    if not code.files:
        found = _find(code.kind, code.name, folder, code.where)
        same_hash(code.sha256, found.sha256, f"{code.where}: {code.name}", "code")


def hashes_of(tables: Any) -> Iterator[tuple[str, str]]:
    """Return the names and hashes of all code in the tables of a resolved study."""
    if isinstance(tables, Mapping):
        for key in ("function", "entry", "command"):
            if isinstance(tables.get(key), str) and isinstance(tables.get("sha256"), str):
                yield tables[key], tables["sha256"]
        tables = list(tables.values())
    for inner in tables if isinstance(tables, list) else ():
        yield from hashes_of(inner)


def _find(kind: Kind, name: str, folder: Path, where: str) -> Code:
    if kind == "function":
        return find_function(name, folder, where)
    return find_command(tuple(words_of(name, where)), folder, where, name, shell=kind == "shell")


def _case(case: Mapping[str, Any], source: Source, path: tuple[str, ...], filled: Filled) -> dict[str, Any]:
    made = dict(case)
    if case["workflow"]["kind"] == "custom":
        made["workflow"] = _filters(case["workflow"], source.at(*path, "workflow", "filter"), filled)
    generator = case.get("generator", {})
    for key, kind in (("entry", "function"), ("command", "shell" if generator.get("shell") else "command")):
        if generator.get("kind") in ("python", "command") and isinstance(generator.get(key), str):
            sha256 = filled(kind, generator[key], generator["sha256"], source.at(*path, "generator", key))  # type: ignore[arg-type]
            made["generator"] = {**generator, "sha256": sha256}
    return made


def _filters(value: Any, where: str, filled: Filled) -> Any:
    """Fill in hashes wherever in a workflow's rules a filter names a function."""
    if isinstance(value, list):
        return [_filters(inner, where, filled) for inner in value]
    if not isinstance(value, Mapping):
        return value
    made = {key: _filters(inner, where, filled) for key, inner in value.items()}
    one = made.get("filter")
    one = {"function": one} if isinstance(one, str) else one
    if isinstance(one, Mapping) and isinstance(one.get("function"), str):
        made["filter"] = {**one, "sha256": filled("function", one["function"], one.get("sha256"), where)}
    return made
