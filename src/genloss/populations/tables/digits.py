"""To how many digits were the numbers of a column written? From the numbers alone."""

from __future__ import annotations

import numpy as np

from genloss.populations.draw import Array

_LOOKED_AT = 400
_ALL = 15  # significant digits: more are those of arithmetic


def half_units(values: Array) -> Array:
    """Return half a unit of the last digit of every number, (rows,): how far rounding can have moved it.

    The last digit is the same decimal place for all, or the same significant one, whichever is coarser: tables have
    both. It is that of the number with the most digits among up to 400 of them.

    >>> half_units(np.array([1.5, 20.25, 3.0])).tolist()
    [0.005, 0.005, 0.005]
    >>> half_units(np.array([0.012, 3.14, 271.0])).tolist()
    [0.0005, 0.005, 0.5]
    """
    few = values[:: max(1, len(values) // _LOOKED_AT)]
    with np.errstate(all="ignore"):
        single = few.astype(np.float32)
    texts = [np.format_float_scientific(value) for value in (single if np.array_equal(single, few) else few)]
    written = [text.split("e") for text in texts]
    digits = [len(mantissa.replace("-", "").replace(".", "").rstrip("0")) for mantissa, _ in written]
    decimals = max(count - 1 - int(power) for count, (_, power) in zip(digits, written, strict=True))
    if max(digits) > _ALL:
        return np.asarray(np.abs(values) * 10.0**-_ALL)
    with np.errstate(divide="ignore"):
        first = np.where(values == 0, -np.inf, np.floor(np.log10(np.abs(values))))
    return np.asarray(0.5 * 10.0 ** np.maximum(first - max(digits) + 1, -max(decimals, 0)))
