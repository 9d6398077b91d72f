"""What does a claim measure? One number, and how far it may be off, from values along an axis."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import inf, isfinite, nan, sqrt

import numpy as np

from genloss.results.agreement import Z

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

_STEP = 1e-6  # of a numerical derivative, relative


@dataclass(frozen=True, slots=True)
class Series:
    """Values along an axis: x ascending, values, their standard errors and the theory's allowances, one per x."""

    x: Array
    values: Array
    errors: Array
    allowances: Array

    @property
    def half_widths(self) -> Array:
        """How far each value may be off: Z standard errors, and the allowance."""
        return np.asarray(Z * self.errors + self.allowances)


@dataclass(frozen=True, slots=True)
class Number:
    """A measured number and the interval it may lie in.

    standard_error: None where the number is a place on an axis, or an extreme: only the interval says how sure it is.
    """

    value: float
    low: float
    high: float
    standard_error: float | None = None


UNKNOWN = Number(nan, -inf, inf)


@dataclass(frozen=True, slots=True)
class Measure:
    """One line of the table: `says` is its meaning, with {value}, the axis {x}, and {there} for `versus`.

    fewest: how many values it needs. along: whether it reads along an axis. paired: whether it reads the series at
    `versus` itself, rather than being divided by what it gives there. scaled: whether its error goes with its size, as
    that of a mean loss or of a place on an axis of penalties does. wide: the function whose interval says how far the
    number reaches (`power.reach_of`), where that is another one.
    """

    says: str
    function: Callable[[Series, Series], Number]
    fewest: int = 1
    along: bool = True
    paired: bool = False
    scaled: bool = False
    wide: Callable[[Series, Series], Number] | None = None


def measured(name: str, here: Series, versus: Series | None, *, wide: bool = False) -> Number:
    """Measure `here`; over the same at `versus` where that is given, unless the measure reads it itself.

    wide: by the measure's `wide` function, if it has one.

    Standard errors are those of independent values (delta method). Rows that share draws, as generations
    and penalties of one study do, move together: differences and ratios of them are surer than said.
    """
    measure = MEASURES[name]
    function = (measure.wide if wide else None) or measure.function
    if measure.paired:
        return function(here, versus or here)
    number = function(here, here)
    return number if versus is None else _quotient(number, function(versus, versus))


def _smooth(function: Callable[[Array, Array], float]) -> Callable[[Series, Series], Number]:
    """Make a measure of a function (x, values) by the delta method; allowances add at their worst."""

    def measure(here: Series, _: Series) -> Number:
        value = function(here.x, here.values)
        if not isfinite(value):
            return UNKNOWN
        slopes = _gradient(lambda values: function(here.x, values), here.values)
        error = float(np.sqrt(np.sum((slopes * here.errors) ** 2)))
        half = Z * error + float(np.abs(slopes) @ here.allowances)
        return Number(value, value - half, value + half, error) if isfinite(half) else UNKNOWN

    return measure


def _gradient(function: Callable[[Array], float], values: Array) -> Array:
    slopes = np.empty_like(values)
    for i, value in enumerate(values):
        step = np.zeros_like(values)
        step[i] = _STEP * abs(value) or _STEP
        slopes[i] = (function(values + step) - function(values - step)) / (2 * step[i])
    return slopes


def _slope(x: Array, values: Array) -> float:
    """Slope of the straight line of least squares."""
    away = x - x.mean()
    return float(away @ values / (away @ away))


def _exponent(x: Array, values: Array) -> float:
    """Slope of log value against log x; none where either is not positive."""
    return _slope(np.log(x), np.log(values)) if min(x.min(), values.min()) > 0 else nan


def _valley(x: Array, values: Array) -> float:
    """Where the parabola of least squares is lowest; none where it has no lowest point between the ends."""
    away = x - x.mean()
    tilt = float(away**3 @ np.ones_like(x) / (away @ away))
    curved = away**2 - (away**2).mean() - tilt * away  # what a straight line leaves of the square
    square = float(curved @ values / (curved @ curved))
    linear = _slope(x, values) - square * tilt
    lowest = float(x.mean() - linear / (2 * square)) if square > 0 else nan
    return lowest if x.min() <= lowest <= x.max() else nan


def _bend(here: Series, _: Series) -> Number:
    """Slope of the upper half of the values over the slope of the lower half; the middle value is in both."""
    middle = here.x.size // 2
    lower, upper = (_slope_weights(here.x, part) for part in (slice(0, middle + 1), slice(middle, None)))
    below, above = float(lower @ here.values), float(upper @ here.values)
    if not (isfinite(below) and isfinite(above)) or below == 0:
        return UNKNOWN
    variance = here.errors**2
    covariance = (float(upper**2 @ variance), float(upper * lower @ variance), float(lower**2 @ variance))
    slack = float(np.abs(upper - above / below * lower) @ here.allowances) / abs(below)
    return _ratio(above, below, covariance, slack)


def _slope_weights(x: Array, part: slice) -> Array:
    """Weights of the values in the slope of their part's straight line."""
    weights = np.zeros_like(x)
    away = x[part] - x[part].mean()
    weights[part] = away / (away @ away)
    return weights


def _single(_: Array, values: Array) -> float:
    return float(values[0])


def _smallest(here: Series, _: Series) -> Number:
    if not np.all(np.isfinite(here.values)):
        return UNKNOWN
    half = here.half_widths
    return Number(float(here.values.min()), float((here.values - half).min()), float((here.values + half).min()))


def _argmin(here: Series, _: Series) -> Number:
    """The place of the smallest value; the interval holds all places that may be it, and what lies past an end."""
    if not np.all(np.isfinite(here.values)):
        return UNKNOWN
    lowest = _lowest(here)
    least = 0.0 if np.all(here.x > 0) else -np.inf  # no place on a positive axis is below 0
    low = least if lowest[0] else float(here.x[lowest].min())
    high = np.inf if lowest[-1] else float(here.x[lowest].max())
    return Number(float(here.x[here.values.argmin()]), low, high)


def _argmin_to_next(here: Series, other: Series) -> Number:
    """As `_argmin`, each end at the next place beyond it: a grid tells nothing of what lies between its places."""
    number = _argmin(here, other)
    before, after = here.x[here.x < number.low], here.x[here.x > number.high]
    low = float(before.max()) if before.size else number.low
    return Number(number.value, low, float(after.min()) if after.size else number.high)


def _lowest(here: Series) -> Array:
    """Which values may be the smallest: not above it by more than Z standard errors of the difference + allowances."""
    best = int(here.values.argmin())
    beyond = Z * np.hypot(here.errors, here.errors[best]) + here.allowances + here.allowances[best]
    return np.asarray(here.values - here.values[best] <= beyond)


def _negative(function: Callable[[Series, Series], Number], sign: float) -> Callable[[Series, Series], Number]:
    """Measure minus the values; sign: -1 where the number is a value, 1 where it is a place."""

    def measure(here: Series, other: Series) -> Number:
        number = function(Series(here.x, -here.values, here.errors, here.allowances), other)
        return number if sign > 0 else Number(-number.value, -number.high, -number.low)

    return measure


def _regret(here: Series, versus: Series) -> Number:
    """The value at the place that is best at `versus`, over the smallest value here."""
    if not (np.all(np.isfinite(here.values)) and np.all(np.isfinite(versus.values))):
        return UNKNOWN
    half, candidates = here.half_widths, np.isin(here.x, versus.x[_lowest(versus)])
    place = np.flatnonzero(here.x == versus.x[versus.values.argmin()])
    if not place.size or not candidates.any():
        return UNKNOWN
    least = _smallest(here, here)
    if least.low <= 0:
        return UNKNOWN
    low = float((here.values - half)[candidates].min()) / least.high
    high = float((here.values + half)[candidates].max()) / least.low
    return Number(float(here.values[place[0]]) / least.value, max(1.0, low), high)


def _quotient(above: Number, below: Number) -> Number:
    """Divide two numbers that are independent; places past the end of a positive axis leave one side open."""
    if above.standard_error is None and below.standard_error is None and min(above.low, below.low) >= 0 < below.value:
        high = above.high / below.low if below.low > 0 else inf
        return Number(above.value / below.value, above.low / below.high, high)
    if not all(map(isfinite, (above.low, above.high, below.low, below.high))) or below.low <= 0 <= below.high:
        return UNKNOWN
    value = above.value / below.value
    if above.standard_error is None or below.standard_error is None:
        ends = [one / other for one in (above.low, above.high) for other in (below.low, below.high)]
        return Number(value, min(ends), max(ends))
    slack = (_slack(above) + abs(value) * _slack(below)) / abs(below.value)
    return _ratio(above.value, below.value, (above.standard_error**2, 0.0, below.standard_error**2), slack)


def _slack(number: Number) -> float:
    """The part of a half width that allowances make."""
    return max(0.0, (number.high - number.low) / 2 - Z * (number.standard_error or 0.0))


def _ratio(above: float, below: float, covariance: tuple[float, float, float], slack: float) -> Number:
    """Divide two numbers with (variance, covariance, variance); the interval is Fieller's, and the slack.

    It holds all r for which above - r below may be 0: right also where the number below is known badly.
    """
    one, both, other = covariance
    square = below**2 - Z**2 * other
    if square <= 0 or not isfinite(slack):
        return UNKNOWN
    value, middle = above / below, (above * below - Z**2 * both) / square
    half = sqrt(max(0.0, middle**2 - (above**2 - Z**2 * one) / square))
    error = sqrt(max(0.0, one - 2 * value * both + value**2 * other)) / abs(below)
    return Number(value, min(value, middle - half) - slack, max(value, middle + half) + slack, error)


MEASURES = {
    "value": Measure("the {value}", _smooth(_single), along=False, scaled=True),
    "smallest": Measure("the smallest {value} along {x}", _smallest, 2, scaled=True),
    "largest": Measure("the largest {value} along {x}", _negative(_smallest, -1), 2, scaled=True),
    "argmin": Measure("the {x} of the smallest {value}", _argmin, 2, scaled=True, wide=_argmin_to_next),
    "argmax": Measure(
        "the {x} of the largest {value}", _negative(_argmin, 1), 2, scaled=True, wide=_negative(_argmin_to_next, 1)
    ),
    "valley": Measure("the {x} where the parabola of least squares through the {value} is lowest", _smooth(_valley), 3),
    "slope": Measure("the slope of the {value} against {x} (straight line of least squares)", _smooth(_slope), 2),
    "exponent": Measure("the power of {x} by which the {value} goes (slope of log on log)", _smooth(_exponent), 2),
    "bend": Measure(
        "the slope of the {value} against {x} over the upper half of it, divided by that over the lower",
        _bend,
        3,
        scaled=True,
    ),
    "regret": Measure(
        "the {value} at the {x} that is best at {there}, divided by the smallest {value}",
        _regret,
        2,
        paired=True,
        scaled=True,
    ),
}
"""What a claim may measure; a new measure is one function and one line here."""
