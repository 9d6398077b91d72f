"""How is a table of a study file read? Its kind, its keys, each key's value, and where it stands if it is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from genloss.errors import Problem, nearest
from genloss.study.language.checks import brief
from genloss.study.language.key import MISSING, Key
from genloss.study.language.source import Source, plain
from genloss.study.language.values import same, value_of
from genloss.study.spec.tables import STUDY, TABLES
from genloss.workflows import ALIASES


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the tables of a study, or of one of its cases.

    source: the study file. folder: where the files that it names stand. path: of the case within the study.
    """

    source: Source
    folder: Path
    path: tuple[str, ...] = ()

    def at(self, *keys: str) -> str:
        """Name the place of a key."""
        return self.source.at(*self.path, *keys)

    def refuse(self, key: str, known: list[str], *keys: str) -> NoReturn:
        """Refuse a key that is none of the known ones; keys: its place."""
        raise Problem(self.at(*keys), "unknown key", nearest(key, known))

    def no_table(self, name: str, given: object) -> NoReturn:
        """Refuse what stands where a table is due."""
        mend = f"write [{name}] and its keys below it"
        own = {"generator": "an object with fit", "population": "rows", "workflow": "a Workflow"}.get(name)
        mend += f"; from Python, {own} may stand there" if own else ""
        raise Problem(self.at(name), f"{brief(given)} is not a table", mend)

    def study_value(self, name: str, key: Key, raw: Mapping[str, Any]) -> Any:
        """Read a key that stands before the first table."""
        value = plain(raw.get(name, key.default))
        if value is MISSING:
            raise Problem(self.at(name), "missing", f"before the first table, give {key.meaning}")
        wrong = None if same(value, key.default) else key.check(value)
        if wrong:
            raise Problem(self.at(name), wrong, f"give {key.meaning}")
        return value

    def table(self, name: str, given: Any) -> dict[str, Any]:
        """Read the table [name]: its kind, and all keys of that kind with their defaults filled in."""
        given = plain(given)
        if not isinstance(given, Mapping):
            self.no_table(name, given)
        if name == "workflow" and "kind" not in given and ("emit" in given or "train" in given):
            given = {"kind": "custom", **given}
        kind = self._kind(name, given)
        keys = TABLES[name][kind]
        for key in given:
            if key in STUDY and key not in keys:
                found = f"a key of the study stands inside [{name}]"
                raise Problem(self.at(name, key), found, f"move {key} before the first table")
            if key != "kind" and key not in keys:
                self.refuse(key, ["kind", *keys], name, key)
        place = {key: self.at(name, key) for key in keys}
        return {"kind": kind} | {
            key: value_of(spec, given.get(key, spec.default), place[key], self.folder) for key, spec in keys.items()
        }

    def _kind(self, name: str, given: Mapping[str, Any]) -> str:
        known = ", ".join(TABLES[name])
        if "kind" not in given:
            raise Problem(self.at(name, "kind"), "missing", f"give one of {known}")
        kind = ALIASES.get(str(given["kind"]), given["kind"])
        if not isinstance(kind, str):
            mend = f"give one of {known}; for several kinds use [[case]]"
            raise Problem(self.at(name, "kind"), f"{brief(kind)} is not text", mend)
        if kind not in TABLES[name]:
            raise Problem(self.at(name, "kind"), f"{kind!r} is not known", nearest(kind, list(TABLES[name])))
        return kind
