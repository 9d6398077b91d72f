"""With which rows does generation 0 begin: those in hand, or new ones from where they came from?"""

from __future__ import annotations

from genloss.doors import Advice, Setting
from genloss.errors import Problem
from genloss.workflows import Schedule

OWN, NEW = "own_rows", "new_rows"
BEGINNINGS = (OWN, NEW)


def begin_of(asked: str | None, schedule: Schedule, rows: int, *, held_out: bool = False) -> str:
    """Return where to begin; None: with the rows in hand, where generation 0 has one real batch and they are enough.

    held_out: whether rows are held out, where all begins with the fit of the others.
    """
    if asked not in (None, *BEGINNINGS):
        raise Problem("begin", f"{asked!r}", f"give {' or '.join(BEGINNINGS)}")
    if held_out:
        if asked == NEW:
            apart = Advice(f"{NEW} with ", Setting("held_out"), ", which goes on from the fit of the rows in hand")
            raise Problem("begin", apart, "leave one of the two out")
        return OWN
    first = [schedule.batches[b] for b in schedule.born[0]]
    enough = len(first) == 1 and first[0].real and first[0].rows <= rows
    if asked == OWN and not enough:
        found = (
            f"{OWN}, and generation 0 has {', '.join(str(batch.rows) for batch in first)} real rows; there are {rows}"
        )
        raise Problem("begin", found, Advice("give ", Setting("begin", NEW), ", or batches of at most as many rows"))
    return OWN if enough and asked != NEW else NEW
