"""What have fits to say of themselves? What many say alike is told once, with how many of how many said it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from genloss.study.subjects.protocol import Notes, OfModel


def counted(model: str, notes: Sequence[Notes]) -> list[str]:
    """Count. model: as it is called. notes: of each fit; those of the model itself come first, once.

    >>> counted("Mine()", [(("did not converge", "raise max_iter"),), (), ()])
    ['Mine() did not converge in 1 of 3 fits: raise max_iter']
    """
    of_model = dict.fromkeys(note for each in notes for note in each if isinstance(note, OfModel))
    once = [f"{model} {what}: {mend}" for what, mend in of_model]
    notes = [tuple(note for note in each if not isinstance(note, OfModel)) for each in notes]
    seen = Counter((what, mend) for each in notes for what, mend in each)
    fits = f"{len(notes)} fit{'s' * (len(notes) != 1)}"
    return once + [
        f"{model} {what} in {count} of {fits}{': ' if mend else ''}{mend}" for (what, mend), count in seen.items()
    ]
