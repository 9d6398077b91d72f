"""Which studies can be looked at, and what is each of them called?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from genloss.errors import Problem, nearest
from genloss.populations.places import NO_FOLDER, Places
from genloss.study.language.source import read
from genloss.study.shipped import shipped_names, shipped_path
from genloss.study.study import Study

_PAPER = re.compile(r"arXiv \d{4}\.\d{4,5}")
_MOST_PAPERS = 3


@dataclass(frozen=True)
class Preset:
    """A study that a page of sliders begins from. title: its question; source: the papers that its claims name."""

    name: str
    title: str
    source: str
    cases: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, as /api/presets lists it."""
        return {"name": self.name, "title": self.title, "source": self.source, "cases": list(self.cases)}


FIRST = "ridge-on-synthetic-labels"
"""The study that a page opens with: its formulas are there at once, on a new installation too."""


@dataclass(frozen=True)
class Shelf:
    """The studies that can be looked at, by name; nothing else can be opened by a name. places: where data are sought.

    The first is shown where none is asked for.
    """

    paths: Mapping[str, Path]
    places: Places = NO_FOLDER

    def presets(self) -> Iterator[Preset]:
        """Describe every study, from its text alone."""
        return (_described(name, path) for name, path in self.paths.items())

    def first(self) -> str:
        """Return the name of the study that is shown where none is asked for."""
        return next(iter(self.paths))

    def described(self, name: str) -> Preset:
        """Describe the study of a name. Errors: `Problem` where no study of the shelf has it."""
        return _described(name, self._path(name))

    def study(self, name: str) -> Study:
        """Return the study of a name. Errors: `Problem` where no study of the shelf has it."""
        return _loaded(self._path(name), self.places)

    def _path(self, name: str) -> Path:
        if name not in self.paths:
            raise Problem("preset", f"no study {name!r} is here", nearest(name, list(self.paths)))
        return self.paths[name]


def shipped_shelf(own: Path | None = None, *, places: Places = NO_FOLDER) -> Shelf:
    """Return the studies that come with genloss, behind the user's own study where one is given.

    >>> "accumulation" in shipped_shelf().paths
    True
    """
    names = sorted(shipped_names(), key=lambda name: name != FIRST)  # the others stay in order of the alphabet
    shipped = {name: shipped_path(name) for name in names}
    if own is None:
        return Shelf(shipped, places)
    return Shelf({own.stem: own} | {name: path for name, path in shipped.items() if name != own.stem}, places)


@lru_cache(maxsize=256)
def _described(name: str, path: Path) -> Preset:
    raw, _ = read(path)
    cases = tuple(str(case.get("name", f"case {place}")) for place, case in enumerate(raw.get("case", ()), 1))
    return Preset(name, str(raw.get("question") or name), ", ".join(_papers(raw)), cases)


def _papers(raw: Mapping[str, Any]) -> list[str]:
    """The papers that claims name, each once; what else they name is in genloss's own documentation."""
    sources = " ".join(str(claim.get("source", "")) for claim in raw.get("claim", ()))
    return list(dict.fromkeys(_PAPER.findall(sources)))[:_MOST_PAPERS]


@lru_cache(maxsize=64)
def _loaded(path: Path, places: Places) -> Study:
    return Study.load(path, places=places)
