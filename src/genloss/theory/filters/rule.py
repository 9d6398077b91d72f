"""Which rows does a verifier keep, and by whose guess?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genloss.errors import Problem, shown
from genloss.theory.arguments import Array, checked_one
from genloss.theory.filters.kept import Kept, contraction, kept, kept_best, kept_chances, kept_moments
from genloss.workflows.checks import whole

__all__ = ["EVERY_ROW", "Keep"]


@dataclass(frozen=True, slots=True)
class Keep:
    """A verifier: the rows that it keeps are near its own guess of their label.

    within: a row whose label is within this many standard deviations of the label noise stays with the chance
    keep_good, any other with keep_bad; inf keeps all. share: instead of it, the nearest share of the rows stays.
    by: whose guess that is. "outside": a verifier that is no fit of the loop; one whose error is 0 is an oracle, with
    the two chances as its rates. "first": the fit of generation 0. A whole number k from 1 on: the fit k generations
    before the one that is made (1: the fit that labels the rows), or the first where there is none so old.
    Errors: `Problem` for values out of range, and for both or none of within and share.

    >>> Keep(within=1.0).contraction().round(4).item()
    0.2911
    """

    within: float | None = None
    share: float | None = None
    keep_good: float = 1.0
    keep_bad: float = 0.0
    by: str | int = "outside"

    def __post_init__(self) -> None:
        kept_chances(self.keep_good, self.keep_bad)
        if self.within is not None and self.within != np.inf:
            checked_one("within", self.within, lowest=1e-6, meaning="a distance from 1e-6 on, in standard deviations")
        if self.share is not None:
            checked_one("share", self.share, lowest=1e-3, highest=1, meaning="a share of the rows from .001 to 1")
        if isinstance(self.by, str) and self.by not in ("outside", "first"):
            raise Problem("by", f"{shown(self.by)} is no verifier", 'give "outside", "first", or generations back')
        if not isinstance(self.by, str):
            whole(self.by, "by", lowest=1, meaning="how many generations back the verifier is, from 1 on")
        if self.within is not None and self.share is not None:
            raise Problem("share", "is given with within", "give one of the two")
        if self.within is None and self.share is None:
            raise Problem("within", "one of within and share is needed", "give a distance, or the share that is kept")
        self.contraction()

    def contraction(self) -> Array:
        """Return rho, the factor on the distance from the guess, to first order: `verifier.contraction`."""
        return contraction(within=self.within, share=self.share, keep_good=self.keep_good, keep_bad=self.keep_bad)

    def drops(self) -> bool:
        """Whether there are rows that it drops because they are far: else it is no check."""
        return self.share != 1 and self.within != np.inf and self.keep_bad < self.keep_good

    def law(self, offset: Array, drawn: float) -> Kept:
        """Return the law of normal rows that stay out of `drawn`.

        offset: of their mean from the guess, in standard deviations. Where the nearest share of N rows stays, they lie
        within the distance of the next row, whose rank is a beta variable: three points have its mean and variance.
        """
        if self.share is None:
            return kept(offset, within=np.inf if self.within is None else self.within, **self._chances())
        parts, weight = _ranks(self.share, drawn)
        law = kept_best(offset[..., None], share=parts)
        mean = law.mean @ weight
        variance = law.variance @ weight
        spread = variance + self.share * drawn * ((law.mean - mean[..., None]) ** 2 @ weight)
        return Kept(np.full_like(mean, self.share), mean, variance, spread, law.within @ weight)

    def moments(self, scale: float, drawn: float) -> tuple[float, float, float]:
        """Return share, second and fourth moment of what stays of N(0, scale^2), in units of scale."""
        if self.share is None:
            within = np.asarray(np.inf if self.within is None else self.within / scale)
            share, second, fourth = kept_moments(within, **self._chances())
            return float(share), float(second), float(fourth)
        parts, weight = _ranks(self.share, drawn)
        _, second, fourth = kept_moments(kept_best(0.0, share=parts).within, 1.0, 0.0)
        return self.share, float(second @ weight), float(fourth @ weight)

    def _chances(self) -> dict[str, float]:
        return {"keep_good": self.keep_good, "keep_bad": self.keep_bad}


def _ranks(share: float, drawn: float) -> tuple[Array, Array]:
    """Return three shares of a normal law, and weights, for the rank of the nearest row that does not stay."""
    if share == 1:
        return np.ones(1), np.ones(1)
    middle = (share * drawn + 1) / (drawn + 1)
    width = np.sqrt(3 * middle * (1 - middle) / (drawn + 2))
    parts = middle + width * np.array([-1.0, 0.0, 1.0])
    return np.clip(parts, 1e-3, 1 - 1e-12), np.array([1.0, 4.0, 1.0]) / 6


EVERY_ROW = Keep(within=np.inf)
"""No check at all."""
