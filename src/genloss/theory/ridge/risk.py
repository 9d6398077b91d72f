"""What does a risk formula return? The total, its parts by name, and how far to trust them."""

from __future__ import annotations

from dataclasses import dataclass

from genloss.theory.arguments import Array

__all__ = ["Risk"]


@dataclass(frozen=True, slots=True)
class Risk:
    """Expected excess risk and its parts, each of the broadcast shape of the arguments.

    total: E(x.w - x.w0)^2 at the generation asked for.
    bias, variance: the two parts of the same predictor at generation 0, trained on real labels.
    inherited: total - bias - variance, what the earlier generations add; negative where their
        shrinkage happens to help.
    allowance: how far finite size may push the true mean from total: total * (0.005 + the sum of
        1 / (T - df2 - 1) over the fits that are not exact), and twice that of the last on its bias;
        0 where status is "exact".
    status: "exact" if every fit is least squares on more rows than features, else "asymptotic".
    """

    total: Array
    bias: Array
    variance: Array
    inherited: Array
    allowance: Array
    status: str
