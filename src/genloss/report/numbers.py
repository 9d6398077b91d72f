"""How is a number written for a reader? Plain where that is short, with its error to the same place."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable

_ROUNDING = 1e-14  # of a value; a standard error below it is of rounding alone


def short(value: float | int | str, digits: int = 3) -> str:
    """Write a number with `digits` significant digits, without an exponent between 1e-4 and 1e7.

    Whole numbers (int) are counts or labels: they are written in full up to nine digits.

    >>> short(1600.0), short(0.000281), short(6514.2), short(2.5e-7), short("rbf"), short(1e6), short(1e8)
    ('1,600', '0.000281', '6,510', '2.5e-7', 'rbf', '1,000,000', '1e8')
    >>> short(215443), short(10**9)
    ('215,443', '1e9')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, int) and abs(value) < 10**9:
        return f"{value:,}"
    if value == 0 or not math.isfinite(value) or not 1e-4 <= abs(value) < 1e7:
        return re.sub(r"e([+-])0*", lambda sign: "e" + sign[1].strip("+"), f"{value:.{digits}g}")
    rounded = float(f"{value:.{digits}g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 1000 else f"{rounded:g}"


def several(values: Iterable[float], most: int = 8) -> str:
    """Write numbers in their order; of many the first and the last.

    >>> several([0.1, 0.25, 3.0]), several(range(100))
    ('0.1, 0.25, 3', '0, 1, 2, 3, 4, 5, 6, ..., 99')
    """
    each = [short(value if isinstance(value, int) else float(value)) for value in values]
    return ", ".join(each if len(each) <= most else [*each[: most - 1], "...", each[-1]])


def spans(values: Collection[float], factor: float) -> bool:
    """Whether values span more than a factor, so that a logarithmic axis shows them better; all are above 0 then.

    >>> spans([1.0, 100.0], 20), spans([1.0, 20.0], 20), spans([0.0, 100.0], 20), spans([], 20)
    (True, False, False, False)
    """
    return bool(values) and min(values) > 0 and max(values) > factor * min(values)


def with_error(value: float, standard_error: float) -> str:
    """Write an estimate and its standard error, both to the error's second digit at most; of nan that it is not known.

    >>> with_error(-0.0703, math.nan), with_error(0.01, 1e-18)
    ('-0.0703 (standard error not known)', '0.01 ± 0')
    >>> with_error(0.1502, 0.00049), with_error(12.3456, 0.31), with_error(1.0, 0.0), with_error(-4866.1, 1743.2)
    ('0.15020 ± 0.00049', '12.35 ± 0.31', '1 ± 0', '-4,866 ± 1,743')
    """
    if math.isnan(standard_error) and math.isfinite(value):
        return f"{value:.4g} (standard error not known)"
    if standard_error < _ROUNDING * abs(value):
        standard_error = 0.0
    if not (standard_error > 0 and math.isfinite(standard_error) and math.isfinite(value)):
        return f"{value:.4g} ± {standard_error:.2g}"
    if not 1e-4 <= max(abs(value), standard_error) < 1e6:
        return f"{value:.4g} ± {standard_error:.2g}"
    places = min(max(0, 1 - math.floor(math.log10(standard_error))), 12)
    return f"{value:,.{places}f} ± {standard_error:,.{places}f}"
