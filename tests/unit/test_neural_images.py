"""Networks that draw images: what they draw, the labels of what is drawn, starts, weights, bytes."""

from importlib.util import find_spec

import numpy as np
import pytest

import genloss
from genloss.errors import Problem
from genloss.models import check
from genloss.models.neural import VAE, Diffusion
from genloss.populations.own_rows import to_bytes

torch_is_here = find_spec("torch") is not None
pytestmark = pytest.mark.skipif(not torch_is_here, reason="torch is not installed: pip install torch==2.13.0")
MODELS = [
    pytest.param(VAE(hidden=16, latent=2, budget={"steps": 100}, rate=1e-2, batch=32, chunk=64), id="vae"),
    pytest.param(
        Diffusion(
            hidden=24, blocks=1, levels=7, first={"steps": 250}, budget={"steps": 40}, rate=1e-2, batch=32, chunk=64
        ),
        id="diffusion",
    ),
]


def rng(seed=0):
    return np.random.default_rng(seed)


def steps(model, count):
    """The budgets of a model."""
    return {name: {"steps": count} for name in ("budget", "first") if hasattr(model, name)}


def images(count=120, classes=2):
    """Images of 3 x 4 pixels, brighter by label."""
    y = np.arange(count) % classes
    return 2.0 + 3.0 * y[:, None, None] + rng(1).normal(size=(count, 3, 4)), y


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("given", [images(), images()[0]], ids=["labeled", "alone"])
def test_a_network_keeps_the_contract(model, given):
    short = type(model)(**{**vars(model), **steps(model, 12)})
    checked = check(short, given)
    assert [finding.what for finding in checked.missing] in ([], ["weights"]), str(checked)  # 12 steps learn little


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
        short = type(model)(**{**vars(model), **steps(model, 2), "classes": classes})
        labels = short.fit(rare, None, rng()).sample(400, rng())[1]
        assert abs(labels.mean() - share) < 4.5 * np.sqrt(share * (1 - share) / 400)


@pytest.mark.parametrize("model", MODELS)
def test_two_fits_with_one_key_are_the_same_bytes_and_chunks_are_kept(model):
    model = type(model)(**{**vars(model), **steps(model, 20)})
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
    begun = type(model)(**{**vars(model), **steps(model, 20)}).fit(images(), None, rng())
    short = type(model)(**{**vars(model), **steps(model, 1)})
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


def test_guidance_narrows_what_is_drawn_and_a_sampler_of_a_workflow_sets_it():
    model = Diffusion(hidden=24, blocks=1, levels=6, first={"steps": 250}, rate=1e-2, batch=32, classes="balanced")
    X, y = images(240)
    X = X + 2.0 * rng(2).normal(size=(240, 1, 1))  # labels overlap
    fit = model.fit((X, y), None, rng())

    def apart(**sampler):
        made, labels = fit.sample(200, rng(1), **sampler)
        return made[labels == 1].mean() - made[labels == 0].mean()

    plain, decreasing, strong = apart(), apart(guidance=4.0, schedule="decreasing"), apart(guidance=4.0)
    assert plain < decreasing < strong
    assert apart(guidance=1.0) == plain
    with pytest.raises(Problem, match="schedule"):
        apart(guidance=2.0, schedule="rising")
    with pytest.raises(Problem, match="guidance"):
        apart(guidance=float("nan"))
    with pytest.raises(Problem, match="no labels"):
        type(model)(**{**vars(model), **steps(model, 2)}).fit(X, None, rng()).sample(2, rng(), guidance=2.0)


def test_the_sampler_of_an_emission_reaches_the_network(tmp_path):
    rule = {"tag": "made", "from": "model", "rows": 30, "sampler": {"guidance": 3.0, "schedule": "decreasing"}}
    workflow = {
        "emit": [{"tag": "real", "from": "real", "rows": 30, "at": "start"}, rule],
        "train": [{"select": {"last": 1}}],
    }
    model = Diffusion(hidden=8, blocks=1, levels=2, first={"steps": 2}, budget={"steps": 2})
    asked = {"generations": 1, "seeds": 2, "metrics": ["recall"], "start": "base"}
    found = genloss.chain(model, images(80), [workflow, "replace rows=30"], out=tmp_path, **asked)
    assert {row.case for row in found.rows} == {"own rules 1", "replace rows=30"}
    assert len(found.beside) > 0
    kept = {path.parts[-3].partition("-")[0]: path.read_bytes() for path in tmp_path.rglob("seed-000/*made*.npz")}
    kept |= {path.parts[-3].partition("-")[0]: path.read_bytes() for path in tmp_path.rglob("seed-000/*synth*.npz")}
    assert len(set(kept.values())) == 2


@pytest.mark.parametrize("kind", [VAE, Diffusion])
def test_pixels_are_cut_to_those_that_were_fitted_and_other_rows_are_not(kind):
    X = images()[0]
    asked = {"hidden": 8, **steps(kind(), 3)}
    made, free = (kind(**asked, clip=clip).fit(X, None, rng()).sample(300, rng()) for clip in (True, False))
    assert made.min() == X.min()
    assert made.max() == X.max()
    assert free.min() < X.min()
    assert np.array_equal(made, free.clip(X.min(), X.max()))
    table = X.reshape(len(X), -1)
    assert kind(**asked).fit(table, None, rng()).sample(300, rng()).min() < X.min()


@pytest.mark.parametrize("model", MODELS)
def test_columns_of_a_table_have_units_of_their_own(model):
    X = images()[0].reshape(120, -1)[:, :2]
    one, other = (model.fit(rows, None, rng()).sample(200, rng(1)) for rows in (X, X * [1.0, 1000.0]))
    assert np.allclose(one * [1.0, 1000.0], other, rtol=1e-3, atol=1e-2)
