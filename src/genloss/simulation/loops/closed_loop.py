"""Draw the closed loop: tokens from the last model, sharpened, beside a share of outside data; refit; repeat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.errors import Problem
from genloss.simulation import loop
from genloss.workflows import NAMED, Batch, Use

Array = NDArray[np.float64]

__all__ = ["closed_loop"]


def closed_loop(
    truth: ArrayLike,
    outside: ArrayLike,
    *,
    share: float,
    temperature: float,
    rows: int,
    generations: int,
    replicates: int,
    rng: np.random.Generator,
    accumulate: bool = False,
) -> Array:
    """Return the token shares of every fit, (generations + 1, replicates, K); generation 0 is fitted to the truth.

    Each later generation draws `rows` tokens, each from `outside` with probability `share` and else from the last fit
    with shares to the power 1 / temperature; it is fitted to these (or, accumulate, to all so far) by counting. Tokens
    that are lost come back from outside only. Shares: (K,), sum to 1.
    """
    start, other = (np.asarray(law, dtype=float) for law in (truth, outside))
    for name, law in (("truth", start), ("outside", other)):
        if law.ndim != 1 or law.shape != start.shape or np.any(law < 0) or abs(law.sum() - 1) > 1e-9:
            raise Problem(name, f"shape {law.shape}, sum {law.sum():g}", "give shares >= 0 that sum to 1, one a token")
    if not 0 <= share <= 1 or not temperature > 0:
        raise Problem(
            "share", f"{share!r} and temperature {temperature!r}", "give a share from 0 to 1, a temperature > 0"
        )
    if min(rows, replicates) < 1 or generations < 0:
        raise Problem("rows", f"{rows} rows, {replicates} replicates", "give whole numbers from 1 on")

    def drawn(batch: Batch, fits: Sequence[Array]) -> Array:
        law = (
            np.broadcast_to(start, (replicates, start.size))
            if batch.real
            else share * other + (1 - share) * risen(fits[-1])
        )
        return rng.multinomial(rows, law / law.sum(axis=1, keepdims=True)).astype(float)

    def risen(shares: Array) -> Array:
        with np.errstate(divide="ignore"):
            logs = np.log(shares) / temperature
        raised = np.exp(logs - logs.max(axis=1, keepdims=True))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))

    def fitted(_g: int, uses: Sequence[Use], kept: Mapping[int, Array], _fits: Sequence[Array]) -> Array:
        counts = np.sum([kept[b] for use in uses for b in use.batches], axis=0)
        return np.asarray(counts / counts.sum(axis=1, keepdims=True))

    workflow = NAMED["accumulate" if accumulate else "replace"](rows)
    return np.array(list(loop.generations(workflow.compile(generations), drawn, fitted)))
