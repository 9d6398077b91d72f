"""What does a population hand out? Inputs and their clean labels; leading axes are replicates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Draw:
    """Inputs (replicates, rows, features) and the truth's labels (replicates, rows), without noise."""

    inputs: Array
    clean: Array
