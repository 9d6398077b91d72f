"""What does classifier-free guidance do to classes when a model is trained again on its guided samples?

Classes with means d ~ N(0, tau^2) and within-class law N(d, s^2); pooled N(0, S^2), S^2 = s^2 + tau^2, R = S^2 / s^2.
Guided score: (1 + w) conditional - w unconditional. What comes out depends on the sampler, which must be named.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import hyp2f1

from genloss.errors import Problem, shown
from genloss.theory.arguments import Array, as_numbers, checked_one, guarded
from genloss.workflows.checks import whole

__all__ = ["SAMPLERS", "Classes", "guidance_chain", "guided"]

SAMPLERS = ("ode", "sde", "tilt")
"""Probability-flow ODE, reverse SDE, and the tilted density p(x|c)^(1+w) / p(x)^w."""


@dataclass(frozen=True)
class Classes:
    """within: s, between: tau, standard deviations; generation 0 first, (generations + 1,)."""

    within: Array
    between: Array


@guarded
def guided(within: float, between: float, *, guidance: float, sampler: str, cutoff: float = 0.0) -> tuple[float, float]:
    r"""Return (s', A): the within-class standard deviation of guided samples, and the factor on class means.

    .. math:: \text{ode: } s' = s (s/S)^w, \quad A = (1+w) \, {}_2F_1(-w/2, 1; 3/2; 1 - 1/R)
    .. math:: \text{sde: } s'^2 = s^2 R^{-2w} \frac{R^{2w+1}-1}{(2w+1)(R-1)}, \quad A = R^{-w} \frac{R^{w+1}-1}{R-1}
    .. math:: \text{tilt: } s'^2 = \Big(\frac{1+w}{s^2} - \frac{w}{S^2}\Big)^{-1}, \quad A = \frac{1+w}{s^2} s'^2

    within: s > 0, between: tau > 0. guidance: w >= 0, 0 for none (the scale of many programs is 1 + w). sampler: one of
    "ode", "sde", "tilt". cutoff: guidance only at noise variances above it (ode and sde): a schedule that decreases
    to none along the denoising steps; inf is no guidance.
    Errors: `Problem` for an unnamed sampler and a cutoff with "tilt". Status: exact for normal classes,
    exact scores and exact integration. Source: after arXiv 2407.17493,
    which has no such model; derived in docs/theory/guidance.md.
    Checked by tests/unit/test_guidance.py (the ODEs of moments integrated).

    >>> [round(x, 4) for x in guided(0.5, 1.0, guidance=1.0, sampler="ode")]
    [0.2236, 1.3228]
    """
    s, tau = _classes(within, between)
    w = checked_one("guidance", guidance, lowest=0, meaning="w >= 0, 0 for none")
    if sampler not in SAMPLERS:
        raise Problem("sampler", f"{sampler!r}: the answer depends on it", f"give one of {', '.join(SAMPLERS)}")
    cutoff = _cutoff(cutoff)
    if sampler == "tilt" and cutoff > 0:
        raise Problem(
            "cutoff", "a tilted density has no denoising steps", 'give sampler = "ode" or "sde", or no cutoff'
        )
    if np.isinf(cutoff) or w == 0:
        return s, 1.0
    a = s**2 + cutoff  # the variance at the noise level where guidance ends
    excess = tau**2 / a  # ratio - 1, exact where classes nearly coincide
    ratio = 1 + excess
    if sampler == "tilt":
        narrowed = ratio / (ratio + w * excess)
        return float(s * np.sqrt(narrowed)), float((1 + w) * narrowed)
    if sampler == "ode":
        gain = (1 + w) * float(hyp2f1(-w / 2, 1.0, 1.5, excess / ratio))
        left = s / np.sqrt(a)
        return float(s * np.exp(-w / 2 * np.log1p(excess))), float(1 + (gain - 1) * left)
    spread = a * _fallen(2 * w + 1, excess)
    gain = (1 + w) * _fallen(w + 1, excess)
    left = s**2 / a
    return float(np.sqrt(spread * left**2 + cutoff * left)), float(1 + (gain - 1) * left)


def _classes(within: float, between: float) -> tuple[float, float]:
    s = checked_one("within", within, lowest=0, meaning="a standard deviation > 0")
    tau = checked_one("between", between, lowest=0, meaning="a standard deviation > 0")
    if s == 0 or tau == 0:
        raise Problem("within" if s == 0 else "between", "0: there are no classes to guide to", "give numbers > 0")
    return s, tau


def _cutoff(cutoff: float) -> float:
    """Return the noise variance where guidance ends, or say what is wrong with it."""
    level = as_numbers("cutoff", cutoff, "a noise variance >= 0, or inf")
    if level.ndim or not level >= 0:
        raise Problem("cutoff", shown(cutoff), "give a noise variance >= 0, or inf")
    return float(level) if np.isposinf(level) else checked_one("cutoff", level, lowest=0, meaning="a variance, or inf")


def _fallen(power: float, excess: float) -> float:
    """R^(1 - p) (R^p - 1) / (p x), R = 1 + x, without a power that grows; 1 at x = 0."""
    if excess == 0:
        return 1.0
    return float((1 + excess) / excess * -np.expm1(-power * np.log1p(excess)) / power)


@guarded
def guidance_chain(
    within: float,
    between: float,
    *,
    guidance: float,
    sampler: str,
    generations: int,
    cutoff: float = 0.0,
    unconditional: float = 0.0,
) -> Classes:
    r"""Return the classes' spreads when each generation is trained on guided samples of the one before.

    .. math:: s_{g+1}^2 = (1-\epsilon) s'^2 + \epsilon S_g^2 + \epsilon (1-\epsilon) A^2 \tau_g^2, \qquad
        \tau_{g+1} = (1-\epsilon) A \tau_g

    with s', A of `guided` at (s_g, tau_g) and epsilon the share of each class's rows that are unconditional samples,
    drawn without guidance (the last term: their mean is not the class's; averaged over classes). Index: generation 0
    is the real classes, (s, tau) as given. unconditional: epsilon in [0, 1). Other arguments as in `guided`.

    Any w > 0 without mixing makes classes narrow to nothing while their means spread to a finite width: saturated,
    and without variety. The chain has no scale of its own, so with mixing s / tau settles and both then grow by the
    same factor (1 - epsilon) A each generation, until about epsilon = w / (1 + w), above which classes merge: mixing
    alone keeps variety, and does not hold the spread (docs/theory/guidance.md).
    The chain ends with a `Problem` where s is below 1e-150 tau: nothing is left to measure.
    Status: exact for infinitely many samples. Source: docs/theory/guidance.md.
    Checked by tests/unit/test_guidance.py and tests/statistical/test_closed_loop.py (sampled denoising).

    >>> chain = guidance_chain(0.5, 1.0, guidance=1.0, sampler="ode", generations=3)
    >>> chain.within.round(3).tolist(), chain.between.round(3).tolist()
    ([0.5, 0.224, 0.037, 0.001], [1.0, 1.323, 1.415, 1.419])
    """
    part = checked_one("unconditional", unconditional, lowest=0, highest=1, meaning="a share from 0 to below 1")
    if part == 1:
        raise Problem("unconditional", "1: no class is left", "give a share below 1")
    last = whole(generations, "generations", lowest=0, meaning="a whole number >= 0")
    s, tau = ([size] for size in _classes(within, between))
    for g in range(last):
        if s[-1] < 1e-150 * tau[-1]:
            raise Problem(
                "generations",
                f"not beyond generation {g}, because classes are narrower than 1e-150 of their distances there",
                f"give at most {g}",
            )
        out, gain = guided(s[-1], tau[-1], guidance=guidance, sampler=sampler, cutoff=cutoff)
        pooled = s[-1] ** 2 + tau[-1] ** 2
        s.append(float(np.sqrt((1 - part) * out**2 + part * pooled + part * (1 - part) * (gain * tau[-1]) ** 2)))
        tau.append((1 - part) * gain * tau[-1])
    return Classes(np.array(s), np.array(tau))


def __dir__() -> list[str]:
    return sorted(__all__)
