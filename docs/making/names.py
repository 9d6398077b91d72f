"""What can be called from Python? A page for each room, whose lines call the docstrings of what it names."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import formulas

import genloss

FOLDER = "reference/python"
MORE = ("genloss.models.neural", "genloss.models.adapters", "genloss.populations.tables")
"""Rooms inside rooms that pages of docs/ use."""


def rooms() -> dict[str, ModuleType]:
    """Return every public room by the name under which a user reaches it; the door first."""
    from importlib import import_module

    found = dict(_inside("genloss", genloss))
    return found | {name: import_module(name) for name in MORE}


def public(name: str, room: ModuleType) -> list[str]:
    """Return what a room names, in full, but for other rooms."""
    return [f"{name}.{each}" for each in room.__all__ if not isinstance(getattr(room, each), ModuleType)]


def pages() -> dict[str, str]:
    """Return a page for each room that names something."""
    made = {}
    for name, room in rooms().items():
        blocks = [
            f'::: {each}\n    options:\n      heading: "{each}"\n      toc_label: "{each.split(".")[-1]}"\n'
            for each in public(name, room)
        ]
        if blocks:
            first = formulas.in_docstring((room.__doc__ or "").strip())
            made[f"{FOLDER}/{name}.md"] = f"# {name}\n\n{first}\n\n" + "\n".join(blocks)
    return made


def _inside(name: str, room: ModuleType) -> Iterator[tuple[str, ModuleType]]:
    yield name, room
    for each in room.__all__:
        inner = getattr(room, each)
        if isinstance(inner, ModuleType) and hasattr(inner, "__all__"):
            yield from _inside(f"{name}.{each}", inner)
