"""What happens to a Gaussian that is fitted to its own samples? All the answers behind one door."""

from genloss.theory.gaussian.accumulate import Accumulated, accumulated_limit, accumulated_moments
from genloss.theory.gaussian.chain import LogVariance, log_variance, variance_moment
from genloss.theory.gaussian.collapse import expected_collapse, variance_below
from genloss.theory.gaussian.dimensions import DistanceOfFits, log_determinant, squared_distance_of_fits
from genloss.theory.gaussian.distance import Distance, chain_moments, squared_distance
from genloss.theory.gaussian.rows import FirstRows, RowMoments, first_rows, row_moments

__all__ = [
    "Accumulated",
    "Distance",
    "DistanceOfFits",
    "FirstRows",
    "LogVariance",
    "RowMoments",
    "accumulated_limit",
    "accumulated_moments",
    "chain_moments",
    "expected_collapse",
    "first_rows",
    "log_determinant",
    "log_variance",
    "row_moments",
    "squared_distance",
    "squared_distance_of_fits",
    "variance_below",
    "variance_moment",
]


def __dir__() -> list[str]:
    return sorted(__all__)
