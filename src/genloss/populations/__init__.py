"""WHERE do real rows come from? A distribution, or a real data set."""

from genloss.populations.catalog import DATASETS
from genloss.populations.draw import Draw
from genloss.populations.from_data import data_pool, digits
from genloss.populations.linear_gaussian import LinearGaussian
from genloss.populations.places import NO_FOLDER, Places
from genloss.populations.pool import Pool

Population = LinearGaussian | Pool

__all__ = ["DATASETS", "NO_FOLDER", "Draw", "LinearGaussian", "Places", "Pool", "Population", "data_pool", "digits"]


def __dir__() -> list[str]:
    return sorted(__all__)
