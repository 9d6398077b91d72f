"""WHERE do real rows come from? A distribution, or a real data set."""

from genloss.populations.draw import Draw
from genloss.populations.linear_gaussian import LinearGaussian
from genloss.populations.pool import Pool, digits

Population = LinearGaussian | Pool

__all__ = ["Draw", "LinearGaussian", "Pool", "Population", "digits"]
