"""Is it seen how alike residuals of one entity are, and what that does to sums of them?"""

import numpy as np
import pytest
from helpers import Z
from scipy.special import ndtr

from genloss.advise.forecasts.worlds.clusters import (
    Clusters,
    apart,
    clusters,
    latent_correlation,
    shared_normals,
    stretches,
)

ENTITIES = np.repeat(np.arange(25), np.arange(25) % 4 + 1)
RNG = np.random.default_rng(0)
DESIGN = np.column_stack([np.ones(ENTITIES.size), RNG.standard_normal((25, 3))[ENTITIES]])


def residuals(alike, rng, loads):
    shared = rng.standard_normal(25)[ENTITIES] * (1 if loads is None else loads)
    noise = 2 * (np.sqrt(alike) * shared + np.sqrt(1 - alike) * rng.standard_normal(ENTITIES.size))
    return noise - DESIGN @ np.linalg.lstsq(DESIGN, noise, rcond=None)[0]


@pytest.mark.parametrize("even", [True, False])
def test_moments_are_without_bias_though_the_fit_takes_from_what_entities_share(even):
    rng = np.random.default_rng(0)
    loads = None if even else np.sqrt(rng.uniform(0.5, 3, ENTITIES.size))
    found = [clusters(residuals(0.4, rng, loads), DESIGN, ENTITIES, loads) for _ in range(1500)]
    shared, own = (np.array([getattr(each, name) for each in found]) for name in ("shared", "own"))
    for values, right in ((shared, 4 * 0.4), (own, 4 * 0.6)):  # b is cut off below 0
        error = values.std() / np.sqrt(len(values))
        assert abs(values.mean() - right) < Z * error + 0.02 * right
        assert abs(values.mean() - 0.8 * right) > 2 * Z * error  # control


def test_design_effect_is_the_variance_of_a_sum_by_the_whole_covariance():
    rng = np.random.default_rng(0)
    along = rng.standard_normal((ENTITIES.size, 2))
    same = ENTITIES[:, None] == ENTITIES
    covariance = np.where(same, 0.3, 0.0) + 0.7 * np.eye(ENTITIES.size)
    right = np.diag(along.T @ covariance @ along) / (along**2).sum(axis=0)
    ones, loads = np.ones(ENTITIES.size), rng.uniform(0.5, 2, ENTITIES.size)
    assert Clusters(ENTITIES, ones, 0.7, 0.3).effects(along) == pytest.approx(right, rel=1e-12)
    assert Clusters(ENTITIES, ones, 0.7, 0.3).alike == pytest.approx(0.3)
    assert apart(ENTITIES).effects(along) == pytest.approx([1, 1])
    covariance = np.where(same, 0.3 * np.outer(loads, loads), 0.0) + 0.7 * np.eye(ENTITIES.size)
    right = np.diag(along.T @ covariance @ along) / (along**2).sum(axis=0) / 2.5
    assert Clusters(ENTITIES, loads, 0.7, 0.3).effects(along, 2.5) == pytest.approx(right, rel=1e-12)


def test_rows_of_their_own_are_no_clusters():
    rng = np.random.default_rng(0)
    rows = np.arange(30)
    found = clusters(rng.standard_normal(30), np.ones((30, 1)), rows)
    assert found.alike == 0
    assert found.variance == pytest.approx(1.0, rel=0.8)
    assert apart(rows[:5]).assumption().state == "failed"  # few entities


def test_labels_that_share_a_number_are_as_alike_as_asked():
    rng = np.random.default_rng(0)
    means = rng.uniform(0.2, 0.7, 60)
    latent = latent_correlation(means, 0.25)
    runs = 20_000
    u, e = rng.standard_normal((runs, 1)), rng.standard_normal((runs, 60))
    labels = ndtr(np.sqrt(latent) * u + np.sqrt(1 - latent) * e) < means
    scaled = (labels - means) / np.sqrt(means * (1 - means))
    pairs = (scaled.sum(axis=1) ** 2 - (scaled**2).sum(axis=1)) / (60 * 59)
    assert abs(pairs.mean() - 0.25) < Z * pairs.std() / np.sqrt(runs) + 0.01
    assert abs(scaled.mean()) < Z * 0.5 / np.sqrt(runs)
    assert latent_correlation(means, 0.0) < 1e-9


def test_an_entity_that_is_drawn_again_is_another():
    places = np.array([[3, 4, 0, 1, 0, 1, 3]])
    entities = np.array([0, 0, 1, 2, 2])
    assert stretches(places, entities).tolist() == [[0, 0, 1, 1, 2, 2, 3]]
    z = shared_normals(places, entities, np.random.default_rng(0))[0]
    assert z[0] == z[1]
    assert z[2] == z[3] != z[4] == z[5]
    assert z[6] != z[0]
