"""Are workflows read as batches as one would by hand?"""

import numpy as np
import pytest

from genloss import Workflow
from genloss.errors import Problem
from genloss.models import Generator, LeastSquares, Predictor, Ridge
from genloss.theory.reuse import SharedRows, from_workflow, risk, risk_of_power
from genloss.theory.reuse.of_workflow import reuse_too_large
from genloss.theory.reuse.setting import reuse_chain_risk
from genloss.theory.ridge import mixture_risk, replace_risk
from genloss.theory.ridge.fresh import blocks_of

D = 40
SPECTRUM, TRUTH = np.arange(1, D + 1.0) ** -0.7, np.arange(1, D + 1.0) ** -0.3
FITS = 4
G = np.arange(FITS)
RIDGE = 0.07


def read(form, penalty=RIDGE, **more):
    batches = from_workflow(Workflow.from_dict(form), noise=0.5, generations=FITS - 1, **more)
    return risk(SPECTRUM, TRUTH, batches, penalty=penalty).total


def by_hand(batches, ridge):
    """Risk of (rows, weights, labeler or None, share) with ridge c per fit."""
    made, used = [], np.zeros(FITS)
    for rows, weights, labeler, share in batches:
        teachers = np.zeros((FITS, FITS))
        if labeler is not None:
            teachers[labeler + 1 :, labeler] = 1
        made.append(SharedRows(rows, np.asarray(weights, dtype=float), teachers, 0.5, share))
        used += rows * (np.asarray(weights) > 0) * (1 if share is None else np.asarray(share))
    return risk(SPECTRUM, TRUTH, made, penalty=np.asarray(ridge) / used).total


def births(use, n=60):
    """One batch per birth, labeled by the fit before; use(g, birth) is its weight in fit g."""
    return [(n, [use(g, m) if m <= g else 0.0 for g in G], m - 1 if m else None, None) for m in G]


BY_HAND = {
    "accumulate": ({"kind": "accumulate", "rows": 60}, births(lambda *_: 1.0), RIDGE * 60 * (G + 1)),
    "window": (
        {"kind": "window", "rows": 60, "keep": 2},
        births(lambda g, m: float(m > g - 2)),
        RIDGE * 60 * np.minimum(G + 1, 2),
    ),
    "synthetic only": (
        {"kind": "synthetic_only", "rows": 60},
        births(lambda g, m: float((m > 0) == (g > 0))),
        RIDGE * 60 * np.maximum(G, 1),
    ),
    "fixed real": (
        {"kind": "fixed_real", "rows": 60},
        births(lambda g, m: float(m in (0, g))),
        RIDGE * 60 * np.array([1, 2, 2, 2]),
    ),
    "fixed real, weighted": (  # 60 rows carry .8 of the loss: per row .8 x 2 = 1.6 against .4
        {"kind": "fixed_real", "rows": 60, "real_weight": 0.8},
        births(lambda g, m: (0.8 if m == 0 else 0.2 * (m == g)) * 2 if g else 1.0),
        RIDGE * 60 * np.array([1, 2, 2, 2]),
    ),
    "forget": (  # shares decay^age / sum, times the number of batches
        {"kind": "forget", "rows": 60, "decay": 0.5},
        births(lambda g, m: 0.5 ** (g - m) / (2 - 0.5**g) * (g + 1)),
        RIDGE * 60 * (G + 1),
    ),
    "accumulate a subsample": (
        {"kind": "accumulate_subsample", "rows": 60, "take": 45},
        [(60, 1.0 * (m <= G), m - 1 if m else None, 45 / (60 * (G + 1))) for m in G],
        [RIDGE * 45] * FITS,
    ),
    "reset": (
        {"kind": "reset", "rows": 60, "every": 2},
        [
            (60, [1, 0, 1, 0], None, None),
            (60, [0, 1, 0, 0], 0, None),
            (60, [0, 0, 0, 1], 2, None),
        ],
        [RIDGE * 60] * FITS,
    ),
    "terms that overlap": (  # real .7 + .3 x 60 / 120 of the loss, on 180 rows of which 120 differ
        {
            "emit": [
                {"tag": "r", "from": "real", "rows": 60, "at": "start"},
                {"tag": "s", "from": "model", "rows": 60, "at": [1]},
            ],
            "train": [{"select": {"tag": "r"}, "weight": 0.7}, {"weight": 0.3}],
        },
        [(60, [1.0, 1.7, 1.7, 1.7], None, None), (60, [0, 0.3, 0.3, 0.3], 0, None)],
        RIDGE * np.array([60, 120, 120, 120]),
    ),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_named_workflows_are_these_batches(name):
    form, batches, ridge = BY_HAND[name]
    found, right = read(form), by_hand(batches, ridge)
    np.testing.assert_allclose(found, right, rtol=1e-12)
    other = read(BY_HAND["window" if name == "accumulate" else "accumulate"][0])
    assert np.all(np.abs(found[2:] / other[2:] - 1) > 1e-3)  # no two of them are alike


def test_a_restart_repeats_the_first_fit():
    found = read({"kind": "reset", "rows": 60, "every": 2})
    np.testing.assert_allclose(found[2:], found[:2], rtol=1e-12)
    batches = from_workflow(
        Workflow.from_dict({"kind": "reset", "rows": 60, "every": 2}), noise=0.5, generations=FITS - 1
    )
    whole = risk(SPECTRUM, TRUTH, batches, penalty=RIDGE)
    assert whole.cross[2, 0] == pytest.approx(whole.total[0], rel=1e-12)  # the same fit


@pytest.mark.parametrize(
    "form",
    [
        {"kind": "fresh_real", "rows": 60, "synthetic_rows": 90, "real_weight": 0.7},
        {"kind": "golden", "rows": 50},
        {"kind": "regenerate", "rows": 63},
        {"kind": "replace", "rows": [50, 90]},
        {
            "emit": [{"tag": "m", "from": "model", "mix": {"model": 0.6, "previous": 0.2, "truth": 0.2}, "rows": 120}],
            "train": [{"select": {"fresh": True}}],
        },
    ],
)
@pytest.mark.parametrize("penalty", [0.0, RIDGE])
def test_workflows_with_rows_for_one_fit_are_mixture_risk(form, penalty):
    schedule = Workflow.from_dict(form).compile(FITS - 1)
    if penalty == 0 and form["kind" if "kind" in form else "emit"] == "golden":
        schedule = Workflow.from_dict(form | {"rows": 90}).compile(FITS - 1)
    right = mixture_risk(SPECTRUM, TRUTH, blocks_of(schedule, 0.5), penalty=penalty, finite_size=False)
    found = risk(SPECTRUM, TRUTH, from_workflow(schedule, noise=0.5), penalty=penalty)
    np.testing.assert_allclose(found.total, right.total, rtol=1e-12)


def test_draws_with_replacement_are_counted():
    form = {"kind": "accumulate_subsample", "rows": 60, "take": 45}
    once, often = read(form), read(form | {"with_replacement": True})
    assert np.all(np.abs(often / once - 1) > 1e-3)
    # Rows drawn twice are few when the pool is large: the two become one.
    large = {"emit": [{"tag": "r", "from": "real", "rows": 10**7, "at": "start"}], "train": [{"take": 45}]}
    rare = {**large, "train": [{"take": 45, "replace": True}]}
    np.testing.assert_allclose(read(large), read(rare), rtol=1e-4)


def test_noisier_labels_are_of_models_only():
    loud = {"tag": "s", "from": "model", "rows": 60, "sampler": {"variance_scale": 2.0, "sampling_bias": 0.5}}
    real = {"tag": "r", "from": "real", "rows": 60, "at": "start"}
    plain = {"kind": "accumulate", "rows": 60}
    np.testing.assert_allclose(read({"emit": [real, loud], "train": [{}]}), read(plain), rtol=1e-12)
    louder = loud | {"sampler": {"variance_scale": 4.0}}
    batches = from_workflow(Workflow.from_dict({"emit": [real, louder], "train": [{}]}), noise=0.5, generations=1)
    assert [float(b.noise) for b in batches] == [0.5, 1.0]
    mixed = {
        "tag": "m",
        "from": "model",
        "mix": {"model": 0.6, "truth": 0.4},
        "rows": 60,
        "sampler": {"variance_scale": 4.0},
    }
    made = from_workflow(Workflow.from_dict({"emit": [mixed], "train": [{}]}), noise=0.5, generations=1)
    assert [(b.rows, float(b.noise)) for b in made] == [(60, 0.5), (24.0, 0.5), (36.0, 1.0)]


@pytest.mark.parametrize("rows", [25, 90])
def test_replace_on_the_same_inputs_is_its_one_generation_form(rows):
    found = read({"kind": "replace", "rows": rows}, penalty=0.0, design="same")
    for n in range(FITS):
        right = replace_risk(
            SPECTRUM,
            TRUTH,
            noise=0.5 * np.sqrt(n + 1),
            rows=rows,
            penalty=0.0,
            generation=0,
            generator_rows=1,
            generator_noise=0.0,
            finite_size=False,
        )
        assert found[n] == pytest.approx(float(right.total), rel=1e-12)


@pytest.mark.parametrize("decay", [1.0, 0.5])
def test_labels_kept_on_the_same_inputs_are_averaged(decay):
    # Without a penalty on rows > dim: a fit is the truth plus a mean of noises, projected.
    found = read({"kind": "forget", "rows": 90, "decay": decay}, penalty=0.0, design="same")
    coefficient = np.zeros((FITS, FITS))  # of noise k in fit g
    for g in range(FITS):
        labels = [np.eye(FITS)[0], *(coefficient[m - 1] + np.eye(FITS)[m] for m in range(1, g + 1))]
        coefficient[g] = np.average(labels, axis=0, weights=decay ** (g - np.arange(g + 1.0)))
    np.testing.assert_allclose(found, 0.25 * (coefficient**2).sum(axis=1) * D / (90 - D), rtol=1e-12)


def test_two_batches_of_one_model_on_the_same_inputs_halve_the_noise():
    rules = [
        {"tag": "r", "from": "real", "rows": 90, "at": "start"},
        *({"tag": tag, "from": "model", "rows": 90} for tag in "ab"),
    ]
    found = read({"emit": rules, "train": [{"select": {"last": 1}}]}, penalty=0.0, design="same")
    np.testing.assert_allclose(found, 0.25 * (1 + G / 2) * D / (90 - D), rtol=1e-12)


def chain(schedule, model, predictor, generations, which=0):
    return reuse_chain_risk(
        SPECTRUM, SPECTRUM * TRUTH**2, schedule, Generator(model, 0.5), predictor, generations, which
    )


def test_a_predictor_is_one_more_fit():
    schedule = Workflow.from_dict({"kind": "accumulate", "rows": 60}).compile(FITS)
    judged = Predictor((LeastSquares(), Ridge(0.05)), 80, 0.9)
    found = chain(schedule, Ridge(RIDGE), judged, [0, 2, 3], 1)
    for place, n in enumerate((0, 2, 3)):
        fits = n + 1
        batches = from_workflow(schedule, noise=0.5)[:n]
        made = [
            SharedRows(b.rows, np.r_[b.weights[:n], 0], np.pad(b.teachers[:n, :n], (0, 1)), b.noise) for b in batches
        ]
        teachers = np.zeros((fits, fits))
        teachers[n, :n] = np.arange(n) == n - 1
        made.append(SharedRows(80, np.eye(fits)[n], teachers, 0.9))
        right = risk_of_power(SPECTRUM, SPECTRUM * TRUTH**2, made, penalty=[RIDGE] * n + [0.05])
        assert found.total[place] == pytest.approx(right.total[n], rel=1e-11)
        assert found.allowance[place] == pytest.approx(right.allowance[n], rel=1e-9)
    # Generations asked for alone, or without a generator fit, are the same; so are the parts.
    assert chain(schedule, Ridge(RIDGE), judged, [0], 1).total[0] == pytest.approx(found.total[0], rel=1e-14)
    assert chain(schedule, Ridge(RIDGE), judged, [2], 1).total[0] == pytest.approx(found.total[1], rel=1e-12)
    np.testing.assert_allclose(found.bias + found.variance + found.inherited, found.total, rtol=1e-12)
    # A least squares predictor without a generator is exact.
    first = chain(schedule, Ridge(RIDGE), judged, [0], 0)
    assert first.total[0] == pytest.approx(0.81 * D / (80 - D - 1), rel=1e-12)


def test_the_generator_alone_is_its_fits():
    schedule = Workflow.from_dict({"kind": "accumulate", "rows": 60}).compile(FITS - 1)
    right = risk(SPECTRUM, TRUTH, from_workflow(schedule, noise=0.5), penalty=RIDGE)
    found = chain(schedule, Ridge(RIDGE), None, [3, 1])
    np.testing.assert_allclose(found.total, right.total[[3, 1]], rtol=1e-14)
    np.testing.assert_allclose(found.allowance, right.allowance[[3, 1]], rtol=1e-12)


def test_bad_requests_are_named():
    workflow = Workflow.from_dict({"kind": "accumulate", "rows": 60})
    with pytest.raises(Problem) as caught:
        from_workflow(workflow, noise=0.5)
    assert caught.value.where == "generations"
    with pytest.raises(Problem) as caught:
        from_workflow(workflow, noise=-0.5, generations=2)
    assert caught.value.where == "noise"
    filtered = Workflow.from_dict(
        {"emit": [{"tag": "r", "from": "real", "rows": 60}], "train": [{"filter": {"keep_good": 1, "keep_bad": 0.5}}]}
    )
    with pytest.raises(Problem) as caught:
        from_workflow(filtered, noise=0.5, generations=2)
    assert caught.value.where == "workflow"
    assert "filters its rows" in caught.value.found
    assert reuse_too_large(100, 300, 100) is None
    assert "2 GB" in reuse_too_large(500, 2000, 500)
