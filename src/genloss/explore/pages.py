"""Which files does the page consist of? Those that the package lists, read once; no other file has an address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files as resources
from importlib.resources.abc import Traversable
from typing import NamedTuple

KINDS: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
"""The media type of a file by its ending; files of other endings are not the page's."""


class File(NamedTuple):
    """A file of the page: its bytes, and their media type."""

    content: bytes
    kind: str


Files = Mapping[str, File]
"""The files of the page by their names, "vendor/uPlot.min.css" for one in a folder."""


@dataclass(frozen=True, slots=True)
class _Found:
    name: str
    place: Traversable


def page_files() -> Files:
    """Return the files of the page as the package has them."""
    folder = resources("genloss.explore") / "page"
    return {
        each.name: File(each.place.read_bytes(), KINDS[_ending(each.name)])
        for each in (_inside(folder, "") if folder.is_dir() else ())
        if _ending(each.name) in KINDS
    }


def _ending(name: str) -> str:
    return name[name.rfind(".") :] if "." in name else ""


def _inside(folder: Traversable, before: str) -> Iterator[_Found]:
    for each in sorted(folder.iterdir(), key=lambda one: one.name):
        if each.is_dir():
            yield from _inside(each, f"{before}{each.name}/")
        else:
            yield _Found(f"{before}{each.name}", each)
