"""Do the laws of generators that smooth follow from their definition, enumerated here or written out as sums?"""

import itertools
from dataclasses import replace as replaced

import numpy as np
import pytest
from scipy.stats import norm

from genloss.errors import Problem
from genloss.metrics import SmoothedErrors, measure
from genloss.models.smoothing import EarlyStopped, KernelDensity
from genloss.streams import stream
from genloss.theory import smoothing
from genloss.workflows import accumulate, fixed_real, fresh_real, replace, window

TWO = {"weights": [0.3, 0.7], "means": [-1.0, 0.5], "deviations": [0.4, 0.6]}


def raw(law, highest):
    """Raw moments of a normal mixture by its definition, on a grid."""
    x = np.linspace(-30, 30, 600_001)
    parts = zip(law["weights"], law["means"], law["deviations"], strict=True)
    p = sum(w * np.exp(-((x - m) ** 2) / 2 / s**2) / s / np.sqrt(2 * np.pi) for w, m, s in parts)
    return np.array([(x**r * p).sum() * (x[1] - x[0]) for r in range(highest + 1)])


def test_weights_at_every_generation():
    share, h = 0.25, 0.5
    for g in range(6):
        found = smoothing.components(fresh_real(10, 30), bandwidth=h, generation=g)
        weights = [share * (1 - share) ** k for k in range(g)] + [(1 - share) ** g]
        np.testing.assert_allclose(found.weights, weights, rtol=1e-12)
        np.testing.assert_allclose(found.variances, [(k + 1) * h**2 for k in range(g + 1)], rtol=1e-11)
        assert np.all(found.scales == 1)


def test_every_workflow_has_weights_that_add_up_to_1():
    for workflow in (replace(5), accumulate(5), fixed_real(5, 9), window(5, keep=3)):
        found = smoothing.components(workflow, bandwidth=0.3, generation=7)
        assert abs(found.weights.sum() - 1) < 1e-12
    assert found.variances.max() == pytest.approx(8 * 0.09)


def test_components_gains_moments_and_density_say_the_same():
    workflow, widths = fresh_real(10, 30), 0.5 * 0.8 ** np.arange(5)
    law = smoothing.components(workflow, bandwidth=widths, generation=4)
    t = np.array([0.5, 1.0, 3.0])
    gains = smoothing.wave_gain(workflow, t, bandwidth=widths, generations=4)[-1]
    np.testing.assert_allclose(gains, np.exp(-np.outer(t**2 / 2, law.variances)) @ law.weights, rtol=1e-11)
    moments = smoothing.expected_moments(workflow, raw(TWO, 6), bandwidth=widths, generations=4)[-1]
    x = np.linspace(-20, 20, 200_001)
    p = smoothing.density(x[::20], law, **TWO)
    np.testing.assert_allclose([(x[::20] ** r * p).sum() * 20 * (x[1] - x[0]) for r in range(7)], moments, rtol=1e-7)


def test_scaled_components_have_the_moments_of_scaled_rows():
    scale, bandwidth = smoothing.early_stopped(0.2)
    law = smoothing.components(fresh_real(10, 30), bandwidth=bandwidth, scale=scale, generation=5)
    truth = raw(TWO, 4)
    found = smoothing.expected_moments(fresh_real(10, 30), truth, bandwidth=bandwidth, scale=scale, generations=5)[-1]
    second = law.weights @ (law.scales**2 * truth[2] + law.variances)
    fourth = law.weights @ (
        law.scales**4 * truth[4] + 6 * law.scales**2 * truth[2] * law.variances + 3 * law.variances**2
    )
    np.testing.assert_allclose([found[2], found[4]], [second, fourth], rtol=1e-10)


def test_hermite_coefficients_are_multiplied_by_the_gain():
    time, workflow = 0.1, fresh_real(10, 30)
    scale, bandwidth = smoothing.early_stopped(time)
    truth = raw(TWO, 4)
    moments = smoothing.expected_moments(workflow, truth, bandwidth=bandwidth, scale=scale, generations=6)
    gain = smoothing.hermite_gain(workflow, [1, 2, 3, 4], time=time, generations=6)

    def hermite(m):
        return np.array([m[1], m[2] - 1, m[3] - 3 * m[1], m[4] - 6 * m[2] + 3])

    for g in range(7):
        np.testing.assert_allclose(hermite(moments[g]), gain[g] * hermite(truth), rtol=1e-9, atol=1e-12)
    limit = smoothing.limit_gain(0.25, once=np.exp(-time * np.arange(1, 5)))
    np.testing.assert_allclose(
        smoothing.hermite_gain(workflow, [1, 2, 3, 4], time=time, generations=200)[-1], limit, rtol=1e-12
    )


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_limits_are_those_of_the_recursion(share):
    rows = {0.1: fresh_real(10, 90), 0.5: fresh_real(10, 10), 1.0: None}[share]
    limit = smoothing.smoothing_limit(share, bandwidth=0.5, variance=2.0, kurtosis=2.0)
    if rows is None:
        assert limit.variance == 2.25
        assert limit.kurtosis == pytest.approx(3 - 4 / 2.25**2)
        return
    moments = smoothing.expected_moments(rows, [1, 0, 2.0, 0, 8.0], bandwidth=0.5, generations=400)[-1]
    assert limit.variance == pytest.approx(moments[2], rel=1e-12)
    assert limit.kurtosis == pytest.approx(moments[4] / moments[2] ** 2, rel=1e-12)
    gain = smoothing.wave_gain(rows, [2.0], bandwidth=0.5, generations=400)[-1]
    np.testing.assert_allclose(gain, smoothing.limit_gain(share, once=np.exp(-0.5)), rtol=1e-12)


def test_known_numbers_of_the_limit():
    limit = smoothing.smoothing_limit(0.1, bandwidth=0.5)
    assert limit.variance == 3.5
    assert round(limit.kurtosis, 3) == 4.378


def coins(workflow, last):
    """All histories of two rows a batch, -1 or 1, of a bootstrap: mean over them of (mean^2, (mean of x^2)^2 ...)."""
    schedule = workflow.compile(last)
    states = {(): 1.0}  # of all batches so far
    found = []
    for g in range(last + 1):
        for b in schedule.born[g]:
            batch, new = schedule.batches[b], {}
            for state, chance in states.items():
                for rows in itertools.product(*[choices(schedule, state, batch.origin)] * batch.rows):
                    key = (*state, tuple(x for x, _ in rows))
                    new[key] = new.get(key, 0.0) + chance * np.prod([p for _, p in rows])
            states = new
        values = [(chance, training(schedule, state, g)) for state, chance in states.items()]
        found.append(
            [
                sum(c * (sum(w * x * x for x, w in t) - sum(w * x for x, w in t) ** 2) for c, t in values),
                sum(c * abs(sum(w * np.exp(2j * x) for x, w in t)) ** 2 for c, t in values),
            ]
        )
    return np.array(found)


def training(schedule, state, g):
    return [(x, share / schedule.batches[b].rows) for b, share in schedule.shares(g).items() for x in state[b]]


def choices(schedule, state, origin):
    return [(-1.0, 0.5), (1.0, 0.5)] if origin == -1 else training(schedule, state, origin)


@pytest.mark.parametrize("workflow", [replace(2), accumulate(2), fixed_real(2, 2, real_weight=0.3), fresh_real(1, 2)])
def test_finite_rows_by_every_outcome(workflow):
    exact = coins(workflow, 2)
    found = smoothing.finite_rows(workflow, [1, 0, 1, 0, 1], bandwidth=0.0, generations=2)
    np.testing.assert_allclose(found.variance, exact[:, 0], rtol=1e-12)
    np.testing.assert_allclose(found.of_mean_square, 0, atol=1e-15)  # every row has the square 1
    power = smoothing.wave_power(workflow, [2.0], [abs(np.cos(2.0))], bandwidth=0.0, generations=2)
    np.testing.assert_allclose(power[:, 0], exact[:, 1], rtol=1e-12)
    wide = smoothing.relative_variance(workflow, 0.0, generations=2)
    np.testing.assert_allclose(wide, exact[:, 0], rtol=1e-12)


def test_a_bandwidth_that_follows_the_deviation_needs_a_least_share_of_real_rows():
    b = float(smoothing.silverman(500))
    assert b == pytest.approx(1.06 * 500**-0.2)
    least = float(smoothing.least_real_share(b))
    few, many = int(least * 1000 * 0.7), int(least * 1000 * 1.3)
    grown = smoothing.relative_variance(fresh_real(few, 1000 - few), b, generations=400, limit=True)
    still = smoothing.relative_variance(fresh_real(many, 1000 - many), b, generations=400, limit=True)
    assert grown[-1] > 1.5 * grown[-51]
    share = many / 1000
    assert still[-1] == pytest.approx(share * (1 + b**2) / (1 - (1 - share) * (1 + b**2)), rel=2e-2)


def test_many_rows_are_the_limit_of_finite_rows():
    finite = smoothing.relative_variance(fresh_real(10**8, 10**8), 0.5, generations=10)
    limit = smoothing.relative_variance(fresh_real(1, 1), 0.5, generations=10, limit=True)
    np.testing.assert_allclose(finite, limit, rtol=1e-6)


def test_a_covariance_is_so_much_of_the_truths_and_so_much_of_the_noises():
    for workflow in (replace(7), accumulate(7), fixed_real(7, 9, real_weight=0.4)):
        kept, added = smoothing.covariance_factors(workflow, bandwidth=0.5, scale=0.9, generations=6)
        found = smoothing.finite_rows(workflow, [1, 0, 4.0, 0, 48.0], bandwidth=0.5, scale=0.9, generations=6)
        np.testing.assert_allclose(4 * kept + added, found.variance, rtol=1e-12)


def test_cumulants_of_a_normal_law_end_at_the_second():
    np.testing.assert_allclose(smoothing.cumulants([1, 2, 5, 14, 43]), [2, 1, 0, 0], atol=1e-12)


def test_a_fit_keeps_its_rows_variance_if_asked():
    rows = stream(1, "rows").standard_normal((4, 30))
    kept = KernelDensity(0.5, keep_variance=True).fit(rows, None, stream(1, "fit"))
    spread = kept.centers.var(axis=1) + kept.deviation**2
    np.testing.assert_allclose(spread, rows.var(axis=1), rtol=1e-12)
    plain = KernelDensity(0.5, decay=0.5).in_generation(2).fit(rows, None, stream(1, "fit"))
    np.testing.assert_allclose(plain.deviation, 0.125)
    rule = KernelDensity(1.06, "silverman").fit(rows, None, stream(1, "fit"))
    np.testing.assert_allclose(rule.deviation, 1.06 * rows.std(axis=1) * 30**-0.2)


def test_rows_are_drawn_by_weight():
    rows = np.array([[0.0, 1.0, 2.0]])
    fit = KernelDensity(0.0).fit(rows, np.array([[0.0, 0.75, 2.25]]), stream(1, "fit"))
    drawn = fit.sample(40_000, stream(1, "sample"))
    assert set(drawn.ravel()) == {1.0, 2.0}
    assert abs(drawn.mean() - 1.75) < 4.5 * np.sqrt(0.75 * 0.25 / 40_000)
    with pytest.raises(Problem, match="drawn from the fit as it is"):
        fit.sample(3, stream(1, "sample"), temperature=0.5)


def test_metrics_of_a_fit_that_is_the_truth():
    parts = [np.array(TWO[name]) for name in ("weights", "means", "deviations")]
    parts[2] = np.array([0.5, 0.5])
    one = SmoothedErrors(
        np.array([[-1.0, 0.5]]), np.array([[0.6, 1.4]]), np.array([0.5]), parts[0], parts[1], parts[2], 2.0
    )
    assert measure("variance_left", one) == pytest.approx(1)
    assert measure("wave_left", one) == pytest.approx(1)
    assert measure("transport_distance", one) == pytest.approx(0, abs=1e-5)
    moments = raw({"weights": parts[0], "means": parts[1] - parts[0] @ parts[1], "deviations": parts[2]}, 4)
    assert measure("kurtosis", one) == pytest.approx(moments[4] / moments[2] ** 2, rel=1e-6)
    far = replaced(one, kernel_centers=one.kernel_centers + 3.0)
    deviation = np.sqrt(moments[2])
    assert measure("transport_distance", far) == pytest.approx(3 / deviation, rel=1e-3)


def test_the_distance_is_the_area_between_distribution_functions():
    """By centers one after the other, on other points."""
    rng = stream(2, "distance")
    centers, weights, wide = rng.standard_normal((3, 40)), rng.random((3, 40)) + 0.1, np.array([0.0, 0.05, 0.7])
    parts = [np.array(TWO[name]) for name in ("weights", "means", "deviations")]
    found = measure("transport_distance", SmoothedErrors(centers, weights, wide, *parts, 1.0))
    x = np.linspace(-9, 9, 200_001)
    true = sum(w * norm.cdf(x, m, s) for w, m, s in zip(*parts, strict=True))
    moments = raw({**TWO, "means": parts[1] - parts[0] @ parts[1]}, 2)
    for c, w, h, value in zip(centers, weights, wide, found, strict=True):
        fitted = sum(a * (norm.cdf(x, b, h) if h else x >= b) for a, b in zip(w / w.sum(), c, strict=True))
        area = np.trapezoid(np.abs(fitted - true), x) / np.sqrt(moments[2])
        assert value == pytest.approx(area, rel=2e-3)


def test_the_time_of_generation_falls():
    late = EarlyStopped(0.5, decay=0.5).in_generation(1).fit(np.ones((1, 2)), None, stream(1, "fit"))
    np.testing.assert_allclose(late.centers, np.exp(-0.25))
    np.testing.assert_allclose(late.deviation**2, 1 - np.exp(-0.5))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (lambda: smoothing.smoothing_limit(0.0, bandwidth=0.5), "no limit"),
        (lambda: smoothing.silverman(100, factor=0), "give a number > 0"),
        (lambda: smoothing.smoothing_limit(0.5, bandwidth=-1), "standard deviation of the noise"),
        (lambda: smoothing.components(accumulate(5), bandwidth=0.9 ** np.arange(40), generation=39), "one bandwidth"),
        (lambda: smoothing.components(replace(5), bandwidth=[0.1], generation=3), "one per generation"),
        (lambda: smoothing.components(replace(5).compile(2), bandwidth=0.1, generation=3), "earlier one"),
        (lambda: smoothing.wave_power(replace(5), [1.0], [0.5, 0.5], bandwidth=0.1, generations=1), "one value a freq"),
        (lambda: smoothing.finite_rows(replace(5), [1, 0, 1], bandwidth=0.1, generations=1), "E x\\^4"),
        (lambda: smoothing.expected_moments(replace(5), [2, 0], bandwidth=0.1, generations=1), "give 1, E x"),
    ],
)
def test_what_has_no_answer_is_refused(asked, said):
    with pytest.raises(Problem, match=said):
        asked()
