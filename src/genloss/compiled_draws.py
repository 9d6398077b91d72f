"""How do compiled loops draw by numpy's own generators? Through numpy's functions in C; imported when needed.

A call of a generator's method costs microseconds, most of them for checks of its arguments; one number costs some 30
nanoseconds. numpy's library holds its distributions as functions in C (numpy's manual, "Extending via CFFI"), which
take a generator's state: the numbers are those of the method, to the last bit, and the state goes on as it would.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numba
import numpy as np
from llvmlite import binding
from numba import types
from numpy.random import _generator
from numpy.typing import NDArray

from genloss.errors import impossible

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
States = NDArray[np.uintp]

BINOMIAL = 64
"""Numbers of 8 bytes, more than what numpy keeps of the last binomial law has."""

_real, _whole, _state = types.float64, types.int64, types.uintp


def _in_c(name: str, signature: Any) -> Any:
    """Return a function of numpy's library for compiled loops. Errors: `AttributeError` where a build hides it."""
    address = ctypes.cast(getattr(ctypes.CDLL(_generator.__file__), name), ctypes.c_void_p).value
    binding.add_symbol(f"genloss_{name}", address)
    return types.ExternalFunction(f"genloss_{name}", signature)


uniform_number = _in_c("random_standard_uniform", _real(_state))
normal_number = _in_c("random_standard_normal", _real(_state))
poisson_number = _in_c("random_poisson", _whole(_state, _real))
gamma_number = _in_c("random_gamma", _real(_state, _real, _real))
binomial_number = _in_c("random_binomial", _whole(_state, _real, _whole, types.uintp))


def states_of(generators: Sequence[np.random.Generator]) -> States:
    """Return where the states of generators stand in memory; the generators must live as long as these are used."""
    return np.array([each.bit_generator.ctypes.bit_generator.value for each in generators], dtype=np.uintp)


def drawn(
    law: str, generators: Sequence[np.random.Generator], ends: Counts, arguments: Sequence[NDArray[Any]]
) -> NDArray[Any]:
    """Draw numbers of a law. arguments: of the generators' method, (n,). ends: where each generator's part ends."""
    states = states_of(generators)
    if law in ("standard_gamma", "chisquare"):
        halves = 2.0 if law == "chisquare" else 1.0
        return halves * _gamma(states, ends, arguments[0] / halves, np.ones(arguments[0].size))
    if law == "poisson":
        return _poisson(states, ends, arguments[0].astype(float))
    if law == "gamma":
        return _gamma(states, ends, arguments[0].astype(float), arguments[1].astype(float))
    if law == "binomial":
        return _binomial(states, ends, arguments[0].astype(np.int64), arguments[1].astype(float))
    impossible(f"no compiled loop draws {law}")


@numba.njit(cache=True, nogil=True)
def _poisson(states: States, ends: Counts, means: Array) -> Counts:
    """Draw Poisson numbers of means (n,). ends: where the part of each generator ends."""
    drawn = np.empty(means.size, dtype=np.int64)
    start = 0
    for b in range(states.size):
        for i in range(start, ends[b]):
            drawn[i] = poisson_number(states[b], means[i])
        start = ends[b]
    return drawn


@numba.njit(cache=True, nogil=True)
def _gamma(states: States, ends: Counts, shapes: Array, scales: Array) -> Array:
    """Draw gamma numbers of shapes and scales (n,)."""
    drawn = np.empty(shapes.size)
    start = 0
    for b in range(states.size):
        for i in range(start, ends[b]):
            drawn[i] = gamma_number(states[b], shapes[i], scales[i])
        start = ends[b]
    return drawn


@numba.njit(cache=True, nogil=True)
def _binomial(states: States, ends: Counts, trials: Counts, chances: Array) -> Counts:
    """Draw binomial numbers of trials and chances (n,)."""
    drawn, known = np.empty(trials.size, dtype=np.int64), np.zeros(BINOMIAL, dtype=np.int64)
    start = 0
    for b in range(states.size):
        for i in range(start, ends[b]):
            drawn[i] = binomial_number(states[b], chances[i], trials[i], known.ctypes.data)
        start = ends[b]
    return drawn
