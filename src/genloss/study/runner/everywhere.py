"""What must a study say so that every machine means the same by it? Where files lie, in full."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from genloss.study.study import Study

Place = TypeVar("Place", Path, Path | None)


def place_on(scheduler: str | None, place: Place) -> Place:
    """Return a folder, in full where machines of a cluster write to it: they work in folders of their own."""
    return place if scheduler is None or place is None else place.absolute()


def study_on(scheduler: str | None, study: Study) -> Study:
    """Return a study whose data are looked for in folders that machines of a cluster may see too."""
    if scheduler is None:
        return study
    places = study.places
    cache = None if places.cache is None else places.cache.absolute()
    return replace(
        study, places=replace(places, folders=tuple(each.absolute() for each in places.folders), cache=cache)
    )
