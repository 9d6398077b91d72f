"""How is a loss of each row looked at, which a user measured? As it is: higher is worse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from genloss.audit.lens import DIFFERENCE, HIGHER, LOSS, Lens, Part

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Losses(Lens):
    """One number a row, a loss."""

    kind: ClassVar[str] = "loss"

    def parts(self) -> Iterator[Part]:
        """Yield the one stream."""
        yield Part("loss", "", LOSS, 1.0, "loss", HIGHER, None, DIFFERENCE)

    def scores(self, rows: Array) -> Mapping[str, Array]:
        """Return the losses."""
        return {"loss": rows}

    def to_dict(self) -> dict[str, Any]:
        """Nothing is kept."""
        return {}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make it again."""
        del data
        return cls()
