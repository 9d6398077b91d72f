"""What does a forecast mean for the one who decides? Until when it is safe, and what is lost beside what."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from genloss.advise.forecasts.worlds.protocol import Array
from genloss.report import short, with_error

HALF = 0.5  # of the paths, which may do worse than the plain model where a generation is safe
TIMES = (2.0, 10.0)
"""Multiples of generation 0's risk whose first generation is told."""


def first_above(risk: Array, times: float) -> int | None:
    """Return the first generation whose mean risk exceeds `times` that of generation 0; None: none that is known."""
    above = np.flatnonzero(risk > times * risk[0])
    return int(above[0]) if above.size else None


def ratio(risk: Array, standard_error: Array, generation: int) -> tuple[float, float]:
    """Return a generation's mean risk over generation 0's, and its standard error.

    The error is that of independent means. Both means are of the same paths, whose risks rise and fall together as a
    rule: then it is too large rather than too small.
    """
    value = float(risk[generation] / risk[0])
    relative = standard_error[[0, generation]] / risk[[0, generation]]
    return value, float(value * np.hypot(*relative)) if generation else 0.0


def safe(horizon: int | None, last: int, workflow: str, plain: str) -> str:
    """Say until when at most half of the paths do worse than the plain model, `horizon` as `Forecast` has it."""
    if horizon is None:
        return f"Safe up to generation {last} under {workflow}, the last one that is forecast"
    if horizon < 0:
        return f"Safe in no generation under {workflow}: already in generation 0 most paths do worse than {plain}"
    return (
        f"Safe until generation {horizon} under {workflow}: from generation {horizon + 1} on most paths do worse than "
        f"{plain}"
    )


def truths_safe(low: int | None, high: int | None, beyond: float, last: int) -> str:
    """Say between which generations the last safe one lies, over truths; fields as `Forecast` has them.

    >>> truths_safe(3, 8, 0.0, 10)
    'Over the truths that these rows allow, the last safe generation is between 3 and 8 (95 % of them).'
    >>> truths_safe(3, None, 0.21, 10)[53:]
    'generation is 3 or a later one (95 % of them); for 21 % of them generation 10 is safe, too.'
    """
    if low is None:
        return f"For at least 97.5 % of the truths that these rows allow, all generations up to {last} are safe."
    first = "none" if low < 0 else f"{low}"
    if high is None:
        found = f"{first} or a later one"
    elif high < 0:
        return "For at least 97.5 % of the truths that these rows allow, no generation is safe."
    else:
        found = f"{low}" if low == high else f"between {'none' if low < 0 else low} and {high}"
    told = f"Over the truths that these rows allow, the last safe generation is {found} (95 % of them)"
    return told + (f"; for {100 * beyond:.0f} % of them generation {last} is safe, too." if beyond > 0.0 else ".")


def relative(risk: Array, standard_error: Array, plain_risk: float, plain: str, last: int) -> str:
    """Say a generation's mean risk as a multiple of generation 0's and as a part of the plain model's."""
    times, error = ratio(risk, standard_error, last)
    told = [f"{with_error(times, error)} times that of generation 0"] if last else []
    if np.isfinite(plain_risk):
        part = float(risk[last]) / plain_risk
        told.append(
            f"{f'{short(100 * part)} %' if part < 1 else f'{short(part)} times'} {'of ' * (part < 1)}that of {plain}"
        )
    return f"the mean risk of generation {last} is {' and '.join(told)}" if told else ""


def tail(risk: float, median: float, plain_risk: float, last: int) -> str:
    """Say why a mean lies above the plain model's where most paths lie below; nothing where it does not."""
    if not median < plain_risk < risk:
        return ""
    return (
        f"The mean of generation {last} is above that of the plain model although most paths are below, since few "
        f"paths lose very much: the median is {short(median)}."
    )


def growth(risk: Array, last: int) -> str:
    """Say when the mean risk first exceeds twice and ten times that of generation 0."""
    found = [(times, first_above(risk[: last + 1], times)) for times in TIMES]
    told = [f"{short(times)} times that of generation 0 in generation {first}" for times, first in found if first]
    if told:
        return f"The mean risk first exceeds {' and '.join(told)}."
    return f"The mean risk stays below {short(TIMES[0])} times that of generation 0."


def worst_share(worse: Array, replicates: int, plain: str) -> str:
    """Define safe, and say the largest share of paths that do worse than the plain model."""
    most, meaning = int(np.argmax(worse)), f"Safe means: at most half of the paths do worse than {plain}."
    if worse[most] > HALF:
        return meaning
    count = f"none of {replicates} paths does"
    if worse[most] > 0:
        count = f"at most {share(float(worse[most]), replicates)} of them do, in generation {most}"
    return f"{meaning} Up to generation {worse.size - 1} {count}."


def share(part: float, replicates: int) -> str:
    """Write a share of paths with its standard error: "16 % (± 5 %)"; of all or none of them without."""
    if part in (0.0, 1.0):
        return f"{100 * part:.0f} %"
    error = np.sqrt(part * (1 - part) / replicates)
    return f"{100 * part:.0f} % (± {100 * error:.0f} %)"


def axis(unit: str, target: str) -> str:
    """Name the axis of the risk: what is measured, of which column, in which unit.

    >>> axis("mean squared error against the truth, label²", "price"), axis("excess log loss, nats a row", "bought")
    ('squared error of price', 'excess log loss of bought (nats a row)')
    >>> axis("mean squared error against the truth, label²", ""), axis("divergence of the fitted law, nats a row", "y")
    ('squared error of the label, label²', 'divergence of the fitted law (nats a row)')
    """
    quantity, _, measure = unit.partition(", ")
    if quantity.startswith("mean squared error"):
        return f"squared error of {target}" if target else f"squared error of the label, {measure}"
    of = f" of {target}" if target and ("loss" in quantity or "deviance" in quantity) else ""
    return f"{quantity}{of} ({measure})" if measure else f"{quantity}{of}"


def risk_words(unit: str, target: str) -> str:
    """Say what risk is, of which column and in which unit.

    >>> print(risk_words("mean squared error against the truth, label²", "price"))
    mean squared error of price against the truth, in squared units of price
    >>> risk_words("excess log loss, nats a row", "bought"), risk_words("excess log loss, nats a row", "")
    ('excess log loss of bought, in nats a row', 'excess log loss, in nats a row')
    """
    quantity, _, measure = unit.partition(", ")
    if target and quantity.startswith("mean squared error"):
        return f"mean squared error of {target}{quantity[18:]}, in squared units of {target}"
    of = f" of {target}" if target and ("loss" in quantity or "deviance" in quantity) else ""
    return f"{quantity}{of}, in {measure}" if measure else f"{quantity}{of}"


def joined(parts: Sequence[str]) -> str:
    """Join what is said into one sentence."""
    return "; ".join(part for part in parts if part) + "."


def capital(words: str) -> str:
    """Begin with a capital letter."""
    return words[:1].upper() + words[1:]
