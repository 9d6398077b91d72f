"""What has a model of the data itself lost: parameters, categories, words?"""

import numpy as np

from genloss.errors import Problem
from genloss.metrics import diversity
from genloss.metrics.errors_of_fits import Array, CategoricalErrors, FamilyErrors, TextErrors


def standardized_error(errors: FamilyErrors) -> Array:
    """Squared error of the parameters in units of a first fit's: 1 at generation 0, for many rows."""
    return errors.standardized


def variance_left(errors: FamilyErrors) -> Array:
    """Variance of a row of the fit over that of a row of the truth: diversity left, 1 for none lost."""
    return errors.left


def log_variance(errors: FamilyErrors) -> Array:
    """Logarithm of `variance_left`: what a typical chain does. Minus infinity where a chain has ended at a point."""
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(errors.left))


def below_one_percent(errors: FamilyErrors) -> Array:
    """Whether less than 1 % of the variance is left, 0 or 1: its mean is a share of chains."""
    return np.asarray(errors.left < 0.01, dtype=float)


def ended(errors: FamilyErrors) -> Array:
    """Whether the fit has left the interior of its family and stays, 0 or 1: its mean is a share of chains."""
    return np.asarray(errors.ended, dtype=float)


def squared_distance(errors: FamilyErrors) -> Array:
    """Squared Wasserstein-2 distance of the fitted law from the truth, over the truth's variance."""
    if errors.distance is None:
        raise Problem("metrics: squared_distance", "known for gaussian only", "ask for standardized_error instead")
    return errors.distance


def heterozygosity(errors: CategoricalErrors) -> Array:
    """Probability that two rows of the fit differ, 1 - sum p^2."""
    return diversity.heterozygosity(errors.shares)


def entropy(errors: CategoricalErrors) -> Array:
    """Shannon entropy of the fit, nats."""
    return diversity.entropy(errors.shares)


def distinct(errors: CategoricalErrors | TextErrors) -> Array:
    """Categories, or words, that the fit still has."""
    if isinstance(errors, TextErrors):
        return errors.distinct
    return np.asarray(diversity.distinct(errors.shares), dtype=float)


def lost_mass(errors: CategoricalErrors | TextErrors) -> Array:
    """Probability that a real row is one that the fit has lost: of the truth, or share of held-out words."""
    if isinstance(errors, TextErrors):
        return errors.lost_mass
    return np.asarray(((errors.shares == 0) * errors.truth).sum(axis=-1))


def total_variation(errors: CategoricalErrors) -> Array:
    """Half the sum of |fitted - true share|, from 0 to 1."""
    return np.asarray(np.abs(errors.shares - errors.truth).sum(axis=-1) / 2)


def perplexity(errors: TextErrors) -> Array:
    """Exponential of the mean negative log probability of held-out real words."""
    return errors.perplexity


def lost_once(errors: TextErrors) -> Array:
    """Share of the words that the first real text had just once which the fit has not."""
    return errors.lost_once
