"""Closed forms of the workflow calculus, to rounding; what is refused, and how."""

import numpy as np
import pytest

from genloss import Problem, Workflow, workflows
from genloss.theory.workflows import covariance, unequal_information, variances

LAST = 11
G = np.arange(LAST + 1)
T = G + 1.0  # fits so far
HARMONIC = np.cumsum(T**-2.0)
REAL = {"tag": "real", "from": "real", "rows": 10, "at": "start"}
FRESH = {"tag": "real", "from": "real", "rows": 10, "at": "every"}
MADE = {"tag": "synth", "from": "model", "rows": 10}


def own(emit, train, **more):
    return Workflow.from_dict({"emit": emit, "train": train} | more)


def ratio(workflow, rows=10, **more):
    return rows * np.diag(covariance(workflow, generations=LAST, limit=True, **more))


def subsampled(n, k):
    left = n / k * (1 - k / (T * n))
    gains = np.concatenate([[0.0], (1 + left[:-1]) / T[1:] ** 2])
    return 1 + np.cumsum(gains) + left


CLOSED = {
    "replace": (workflows.replace(10), T),
    "accumulate": (workflows.accumulate(10), HARMONIC),
    "regenerate": (workflows.regenerate(27720), HARMONIC),  # a multiple of 1 .. 12
    "subsample, budget n": (
        workflows.accumulate_subsample(10),
        1 + np.cumsum(np.where(G > 0, (2 - 1 / np.maximum(G, 1)) / T**2, 0)) + 1 - 1 / T,
    ),
    "subsample, budget 4": (workflows.accumulate_subsample(10, 4), subsampled(10, 4)),
    "subsample, with replacement": (workflows.accumulate_subsample(10, 10, True), 2 * HARMONIC),
    "fixed_real": (workflows.fixed_real(10), 1 + 0.25 * (1 - 0.25**G) / 0.75),
    "fresh_real": (workflows.fresh_real(10), 2 / 3 + (1 - 2 / 3) * 0.25**G),
    "reset": (workflows.reset(10, 4), G % 4 + 1),
    "synthetic_only": (workflows.synthetic_only(10), 1 + np.concatenate([[0.0], HARMONIC[:-1]])),
}


@pytest.mark.parametrize("name", CLOSED)
def test_closed_forms(name):
    workflow, right = CLOSED[name]
    found = ratio(workflow, 27720 if name == "regenerate" else 10)
    assert found == pytest.approx(right, rel=1e-10)
    assert np.abs(found - np.roll(right, 1)).max() > 1e-3  # an index off by one is another formula


def test_sizes():
    sizes = np.array([10, 3, 50, 1, 7, 20, 4, 4, 9, 100, 2, 6])
    total = np.cumsum(sizes)
    rows = [int(n) for n in sizes]
    assert variances(workflows.replace(rows), generations=LAST) == pytest.approx(np.cumsum(1 / sizes), rel=1e-12)
    found = variances(workflows.accumulate(10, rows), generations=LAST)
    assert found == pytest.approx(np.cumsum(sizes / total**2), rel=1e-12)
    assert found.max() < 2 / sizes[0]
    tiny = variances(workflows.accumulate(1000, 1), generations=4000)
    assert 1.79 < 1000 * tiny[-1] < 2  # towards 2 as batches get small


@pytest.mark.parametrize("weight", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("made", [5, 40])
def test_loops_with_any_weight(weight, made):
    q = (1 - weight) ** 2
    kept = workflows.fixed_real(10, made, weight)
    assert ratio(kept) / 10 == pytest.approx(1 / 10 + q * (1 - q**G) / (1 - q) / made, rel=1e-10)
    end = (weight**2 / 10 + q / made) / (1 - q)
    fresh = workflows.fresh_real(10, made, weight)
    assert ratio(fresh) / 10 == pytest.approx(end + (1 / 10 - end) * q**G, rel=1e-10)


@pytest.mark.parametrize("made", [2, 10, 35])
def test_golden_weights_are_the_best(made):
    best = workflows.golden(10, made)
    weight = best.train[0].weight
    k = 10 / made
    assert weight == pytest.approx((np.sqrt(k * k + 4 * k) - k) / 2, rel=1e-12)
    end = [ratio_at_the_end(workflows.fresh_real(10, made, w)) for w in (weight, weight - 0.03, weight + 0.03)]
    assert end[0] == pytest.approx(weight, rel=1e-10)
    assert end[0] < min(end[1:]) - 1e-5


def ratio_at_the_end(workflow):
    return 10 * variances(workflow, generations=300)[-1]


@pytest.mark.parametrize("keep", [1, 2, 5])
def test_slope_of_a_window(keep):
    curve = 10 * variances(workflows.window(10, keep), generations=600)
    assert curve[-1] - curve[-2] == pytest.approx((2 / (keep + 1)) ** 2, rel=1e-10)


@pytest.mark.parametrize("decay", [0.3, 0.9])
def test_slope_of_forgetting(decay):
    curve = 10 * variances(workflows.forget(10, decay), generations=900)
    assert curve[-1] - curve[-2] == pytest.approx((1 - decay) ** 2, rel=1e-10)


def test_fresh_real_rows_that_are_kept():
    """The share f of synthetic rows: variance falls as 1/g below a half, log g / g at it, g^(2f - 2) above."""

    def curve(made):
        rules = own([FRESH, MADE | {"rows": made}], [{}])
        return variances(rules, generations=1600)

    below = curve(3)  # f = 3/13
    assert 1600 * below[-1] * 13 * (1 - 6 / 13) == pytest.approx(1, rel=0.01)
    half = curve(10)
    growth = [g * half[g] / np.log(g) for g in (400, 1600)]
    assert 20 * (1600 * half[1600] - 400 * half[400]) / np.log(4) == pytest.approx(1, rel=0.01), growth
    above = curve(30)  # f = 3/4
    assert np.log2(above[1600] / above[800]) == pytest.approx(2 * 0.75 - 2, abs=0.01)


@pytest.mark.parametrize("n", [1, 3, 50])
@pytest.mark.parametrize("curvature", [-1.0, 0.5])
def test_quadratic_variance(n, curvature):
    """Products in place of sums, for any number of rows."""
    given = {"variance": 0.2, "curvature": curvature, "generations": LAST}
    right = 0.2 * ((1 + curvature / n) ** T - 1) / curvature
    assert variances(workflows.replace(n), **given) == pytest.approx(right, rel=1e-10)
    right = 0.2 * (np.cumprod(1 + curvature / (n * T**2)) - 1) / curvature
    assert variances(workflows.accumulate(n), **given) == pytest.approx(right, rel=1e-10)


def test_heterozygosity_of_an_urn_that_grows():
    found = variances(workflows.accumulate(5), curvature=-1, generations=4000)
    root = np.pi / np.sqrt(5)
    assert 1 - found[-1] == pytest.approx(np.sin(root) / root, rel=1e-4)  # what is left is 1 / (5 x 4000)


def test_reused_random_numbers_are_not_a_workflow_of_ours():
    """One noise for every generation's batch gives T^2: neither replace nor anything near it."""
    loading = np.tril(np.ones((LAST + 1, LAST + 1)))
    same = (loading.sum(axis=1)) ** 2
    assert same == pytest.approx(T**2)
    assert np.all(ratio(workflows.replace(10))[1:] < 0.6 * same[1:])


def test_unequal_information():
    """Accumulate: J_R + J_S (sum of 1 / t^2 - 1), over H^2; a share of both with unequal H by hand."""
    table = unequal_information(workflows.accumulate(10), real=(2, 3), synthetic=(2, 5), generations=LAST)
    right = (3 + 5 * (HARMONIC - 1)) / 4 / 10
    assert table[G, G, 0, 0] == pytest.approx(right, rel=1e-12)
    h, j = np.array([[2.0, 0.3], [0.3, 1.0]]), np.array([[1.0, 0.2], [0.2, 3.0]])
    hs, js = np.array([[1.0, -0.2], [-0.2, 0.7]]), np.array([[0.5, 0.1], [0.1, 0.4]])
    table = unequal_information(workflows.fixed_real(10, 30), real=(h, j), synthetic=(hs, js), generations=2)
    first = np.linalg.inv(h)
    bar = np.linalg.inv(h / 4 + hs * 3 / 4)
    on_real = bar @ (np.eye(2) / 4 + hs @ first * 3 / 4)  # what fit 1 makes of the real rows' score
    right = on_real @ j @ on_real.T / 10 + bar @ js @ bar * 9 / 16 / 30
    assert table[1, 1] == pytest.approx(right, rel=1e-12)
    assert table[1, 0] == pytest.approx(on_real @ j @ first.T / 10, rel=1e-12)
    assert table[0, 2] == pytest.approx(table[2, 0].T, rel=1e-12)


@pytest.mark.parametrize("name", ["accumulate", "fixed_real", "window", "accumulate_subsample"])
def test_equal_information_is_the_scalar_recursion(name):
    more = {"keep": 3} if name == "window" else {"take": 4} if name == "accumulate_subsample" else {}
    workflow = workflows.NAMED[name](10, **more)
    information = np.array([[2.0, 0.3], [0.3, 1.0]])
    table = unequal_information(
        workflow, real=(information, information), synthetic=(information, information), generations=5
    )
    right = covariance(workflow, limit=True, generations=5)
    assert table == pytest.approx(right[:, :, None, None] * np.linalg.inv(information), rel=1e-10)


REFUSED = {
    "filter": (own([REAL, MADE], [{"filter": {"keep_good": 1, "keep_bad": 0.5}}]), "filters its rows"),
    "temperature": (own([REAL, MADE | {"sampler": {"temperature": 0.8}}], [{}]), "temperature"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_linear_law_is_refused_by_name(name):
    workflow, words = REFUSED[name]
    for function in (covariance, variances):
        with pytest.raises(Problem, match=words):
            function(workflow, generations=3)


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"variance": -1}, "variance"),
        ({"curvature": float("nan")}, "curvature"),
        ({"generations": None}, "generations"),
        ({"generations": -1}, "generations"),
        ({"workflow": "replace"}, "workflow"),
        ({"workflow": workflows.replace(3).compile(2)}, "generations"),
    ],
)
def test_arguments_that_cannot_be_used(given, where):
    given = {"workflow": workflows.replace(10), "generations": 3} | given
    with pytest.raises(Problem) as problem:
        covariance(given.pop("workflow"), **given)
    assert problem.value.where == where


def test_a_variance_that_turns_negative():
    bent = own([REAL, MADE | {"sampler": {"shift": 2.0}}], [{"select": {"last": 1}}])
    with pytest.raises(Problem, match="negative at generation 2"):
        covariance(bent, variance=0.25, curvature=-1, generations=3)


def test_tables_above_memory_are_refused(monkeypatch):
    monkeypatch.setattr("genloss.theory.workflows.atoms._LARGEST", 100)
    with pytest.raises(Problem, match="11 fits") as problem:
        covariance(workflows.window(10, 2), generations=10)
    assert problem.value.where == "generations"


def test_a_covariance_that_no_memory_holds_is_refused_at_once():
    with pytest.raises(Problem, match="8,000 GB"):
        covariance(workflows.replace(10), generations=10**6)
