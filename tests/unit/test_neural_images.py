"""Networks that draw images: what they draw, the labels of what is drawn, starts, weights, bytes."""

from importlib.util import find_spec

import numpy as np
import pytest

from genloss.errors import Problem
from genloss.models import check
from genloss.models.neural import VAE
from genloss.populations.own_rows import to_bytes

torch_is_here = find_spec("torch") is not None
pytestmark = pytest.mark.skipif(not torch_is_here, reason="torch is not installed: pip install torch==2.13.0")
MODELS = [
    pytest.param(VAE(hidden=16, latent=2, budget={"steps": 150}, rate=1e-2, batch=32, chunk=64), id="vae"),
]


def rng(seed=0):
    return np.random.default_rng(seed)


def images(count=120, classes=2):
    """Images of 3 x 4 pixels, brighter by label."""
    y = np.arange(count) % classes
    return 2.0 + 3.0 * y[:, None, None] + rng(1).normal(size=(count, 3, 4)), y


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("given", [images(), images()[0]], ids=["labeled", "alone"])
def test_a_network_keeps_the_contract(model, given):
    short = type(model)(**{**vars(model), "budget": {"steps": 40}})
    checked = check(short, given)
    assert [finding.what for finding in checked.missing] in ([], ["weights"]), str(checked)  # 40 steps learn little


@pytest.mark.parametrize("model", MODELS)
def test_what_is_drawn_has_the_mean_and_label_of_what_was_fitted(model):
    X, y = images()
    made, labels = model.fit((X, y), None, rng()).sample(300, rng(1))
    assert made.shape == (300, 3, 4)
    for label in (0, 1):
        assert abs(made[labels == label].mean() - X[y == label].mean()) < 0.8
    assert set(labels) == {0, 1}


@pytest.mark.parametrize("model", MODELS)
def test_labels_are_as_often_as_in_the_rows_or_all_alike(model):
    rare = (images()[0][:66], np.r_[np.zeros(60, int), np.ones(6, int)])
    for classes, share in (("fitted", 6 / 66), ("balanced", 0.5)):
        short = type(model)(**{**vars(model), "budget": {"steps": 2}, "classes": classes})
        labels = short.fit(rare, None, rng()).sample(400, rng())[1]
        assert abs(labels.mean() - share) < 4.5 * np.sqrt(share * (1 - share) / 400)


@pytest.mark.parametrize("model", MODELS)
def test_two_fits_with_one_key_are_the_same_bytes_and_chunks_are_kept(model):
    one, other = (model.fit(images(), None, rng(3)) for _ in range(2))
    for name, array in one.state().items():
        assert array.tobytes() == other.state()[name].tobytes()
    again = model.from_state({name: array.copy() for name, array in one.state().items()})
    assert to_bytes(again.sample(100, rng(1))) == to_bytes(one.sample(100, rng(1)))
    few, many = one.sample(64, rng(1))[0], one.sample(128, rng(1))[0]
    alone = model.fit(images()[0], None, rng(3))
    assert np.array_equal(alone.sample(64, rng(1)), alone.sample(128, rng(1))[:64])
    assert few.shape == (64, 3, 4)
    assert many.shape == (128, 3, 4)
    assert one.sample(0, rng())[0].shape == (0, 3, 4)


@pytest.mark.parametrize("model", MODELS)
def test_rows_of_weight_nearly_none_are_hardly_learned(model):
    X, y = images()
    weights = np.where(y == 1, 1.98, 0.02)
    brighter, plain = (model.fit(X, each, rng()).sample(300, rng(1)).mean() for each in (weights, None))
    assert brighter > plain + 0.5


@pytest.mark.parametrize("model", MODELS)
def test_a_start_goes_on_from_an_earlier_fit_and_keeps_its_units(model):
    begun = model.fit(images(), None, rng())
    short = type(model)(**{**vars(model), "budget": {"steps": 1}})
    X, _ = images()
    on = short.fit((X + 1.0, images()[1]), None, rng(1), start=begun)
    assert np.array_equal(on.frame.center, begun.frame.center)
    gone = max(np.abs(on.weights[name] - begun.weights[name]).max() for name in begun.weights)
    assert 0 < gone < 0.05
    with pytest.raises(Problem, match="start"):
        short.fit(images(), None, rng(), start=object())
    with pytest.raises(Problem, match="labels"):
        short.fit(images(classes=3), None, rng(), start=begun)


@pytest.mark.parametrize("options", [{"hidden": 0}, {"latent": 1.5}, {"classes": "all"}, {"chunk": 0}, {"rate": -1}])
def test_settings_that_cannot_be_are_refused_by_name(options):
    with pytest.raises(Problem, match=next(iter(options))):
        VAE(**options)


def test_noise_is_part_of_what_is_drawn_where_it_is_asked_for():
    X = images()[0]
    asked = {"hidden": 16, "latent": 2, "budget": {"steps": 150}, "rate": 1e-2}
    with_noise, means = (VAE(**asked, noise=noise).fit(X, None, rng()).sample(300, rng()) for noise in (True, False))
    assert with_noise.var(axis=0).mean() > 1.3 * means.var(axis=0).mean()
