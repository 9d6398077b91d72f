"""How much does a long chain of ridge fits lose when fits train again on rows? One setting at a time, compiled."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from genloss.theory.arguments import Array
from genloss.theory.reuse.of_workflow import uses_of
from genloss.theory.ridge.columns import Curves, Signal
from genloss.theory.ridge.pools import pools_of
from genloss.theory.ridge.replace_columns import Teachers
from genloss.theory.ridge.spectra import wide_nodes
from genloss.workflows import Schedule

__all__ = ["is_long", "long_chains"]

_LONG = 100_000  # steps from which on a chain is worth the half second that loading compiled code takes
_LISTED = 64  # different eigenvalues that are followed as they are


def is_long(fits: int, dim: int, batches: int) -> bool:
    """Whether a chain of so many fits takes long: in the time of arrays of settings, half a hundredth of a second."""
    return fits**3 * (dim + batches) > _LONG


def long_chains(signal: Signal, schedule: Schedule, penalty: Array) -> tuple[Signal, Curves, Teachers]:
    """As `reuse_chains`, for one schedule with its own rows; subsamples too. penalty: (fits, settings).

    Returns also the spectrum on which teachers are known: nodes that count directions, then those that carry signal.
    """
    from genloss.theory.reuse.compiled import Batches, Truth, follow  # loads a compiler
    from genloss.theory.reuse.compiled_classes import Uses

    values, count = _nodes(signal.values.tobytes(), signal.multiplicity.tobytes())
    carrier, power = (np.array(part[:, 0], dtype=float) for part in (signal.values, signal.power))
    truth = Truth(values, count, float(signal.dim), carrier, power)
    pools = pools_of(schedule, penalty.shape[0])
    born = np.array([float(batch.rows) for batch in schedule.batches])
    batches = Batches(born[pools.batch] * pools.chance, pools.origin, np.array(pools.scale, dtype=float))
    weights, sampled, replaced = uses_of(schedule)
    fits = slice(pools.fits)
    uses = Uses(
        np.ascontiguousarray(weights[fits, pools.batch]),
        np.ascontiguousarray(sampled[fits, pools.batch]),
        np.ascontiguousarray(replaced[fits, pools.batch]),
    )
    chains = [follow(truth, batches, uses, each.copy()) for each in penalty.T]
    by_signal, by_noise = (np.stack([np.diagonal(chain.Q[part]) for chain in chains], axis=1) for part in (0, 1))
    drift, own_error, own_bias = (
        np.stack([getattr(chain, name) for chain in chains], axis=1) for name in ("drift", "own_error", "own_bias")
    )
    nothing = np.zeros(drift.shape)
    relative, more, exact = 0.005 + drift, 2 * own_bias * own_error, np.zeros(drift.shape, dtype=bool)
    curves = Curves(by_signal, by_noise, nothing, relative, more, exact)
    whole = Signal(
        np.concatenate([values[:, None], signal.values]),
        np.concatenate([count[:, None], np.zeros_like(signal.power)]),
        np.concatenate([np.zeros((values.size, 1)), signal.power]),
    )
    loss = np.stack([np.concatenate([np.zeros((pools.fits, values.size)), c.A_rho], axis=1) for c in chains], axis=-1)
    own = np.stack([c.own_power * count for c in chains], axis=-1)
    own = np.concatenate([own, np.zeros((*own.shape[:2], signal.values.size, own.shape[-1]))], axis=2)
    first = np.zeros((1, *loss.shape[1:]))
    teachers = Teachers(
        np.concatenate([first, loss**2 * whole.power + own[0]]),
        np.concatenate([first, own[1]]),
        np.concatenate([first, loss]),
        np.concatenate([np.zeros((1, drift.shape[1])), drift]),
        np.zeros((loss.shape[0] + 1, drift.shape[1]), dtype=bool),
    )
    return whole, curves, teachers


@lru_cache(maxsize=16)
def _nodes(values: bytes, multiplicity: bytes) -> tuple[Array, Array]:
    """Return what stands for a spectrum's directions; nothing changes what it returns."""
    listed, count = np.frombuffer(values).copy(), np.frombuffer(multiplicity).copy()  # compiled for what can be written
    return (listed, count) if listed.size <= _LISTED else wide_nodes(listed, count)
