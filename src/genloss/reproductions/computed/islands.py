"""What does each of several models keep that divide one budget of rows and read each other a little?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genloss.reproductions.computed.part import Part, Theory
from genloss.theory.lineages import heterozygosity_of_islands


def kept_by_each(settings: Mapping[str, Any]) -> list[Part]:
    """Return the chance that two draws from one model differ, over the truth's, by number of models and exchange.

    settings: rows_in_all; migration, the shares of rows that the others draw; models, their numbers; generations.
    """
    return [
        _part(settings, float(share), count)
        for share in settings["migration"]
        for count in settings["models"]
        if count > 1 or share == settings["migration"][0]
    ]


def _part(settings: Mapping[str, Any], share: float, count: int) -> Part:
    generations, rows = tuple(settings["generations"]), settings["rows_in_all"] // count
    within = heterozygosity_of_islands(
        1.0, count=count, migration=share if count > 1 else 0.0, rows=rows, generations=max(generations)
    ).within
    known = {g: Theory(float(within[g]), "exact", "heterozygosity_of_islands") for g in generations}
    name = "one model" if count == 1 else f"{count} models, {100 * share:g} % of rows from others"
    return Part(name, generations, theory=known)
