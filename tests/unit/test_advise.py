"""Is advice best among what it could have said, and what theory says in cases that are known?"""

import itertools

import numpy as np
import pytest

from genloss.advise import exchange_rate, optimal_weights, penalty_schedule, worth_of_real_batch
from genloss.errors import Problem
from genloss.theory.reuse import from_workflow, risk
from genloss.theory.reuse.risks import prepared
from genloss.theory.reuse.search import cross_validated_penalties, slopes_at
from genloss.theory.ridge.mixing import optimal_penalty
from genloss.theory.ridge.spectra import PowerLaw
from genloss.workflows import accumulate, fixed_real, fresh_real, replace, window

D = 40
SPECTRUM, TRUTH = np.arange(1, D + 1.0) ** -0.7, np.arange(1, D + 1.0) ** -0.3
NOISE, LAST = 0.5, 3
WORKFLOWS = {
    "accumulate": accumulate(60),
    "fixed real": fixed_real(60),
    "window": window(60, 2),
    "replace": replace(60),
    "fewer rows than dim": accumulate(15),
}


def value(workflow, penalties, weights):
    batches = from_workflow(workflow, noise=NOISE, generations=LAST)
    return float(weights @ risk(SPECTRUM, TRUTH, batches, penalty=penalties).total)


@pytest.fixture(scope="module", params=list(itertools.product(WORKFLOWS, ("horizon", "sum"))), ids=" ".join)
def advice(request):
    name, goal = request.param
    workflow = WORKFLOWS[name]
    return workflow, penalty_schedule(SPECTRUM, TRUTH, workflow, noise=NOISE, generations=LAST, goal=goal)


def test_no_penalty_can_be_changed_to_advantage(advice):
    workflow, best = advice
    assert value(workflow, best.penalties, best.weights) == pytest.approx(best.value, rel=1e-12)
    for g, factor in itertools.product(range(LAST + 1), (0.5, 0.9, 1.1, 2.0)):
        changed = best.penalties.copy()
        changed[g] = changed[g] * factor or 1e-6
        assert value(workflow, changed, best.weights) >= best.value * (1 - 1e-8), (g, factor)


def test_no_alternative_is_better_and_each_has_the_value_it_claims(advice):
    workflow, best = advice
    assert ("least squares" in best.alternatives) == all(
        abs(used - D) > 1 for used in workflow.compile(LAST).rows_used(0)
    )
    for name, other in best.alternatives.items():
        assert best.value <= other.value, name
        assert value(workflow, other.penalties, best.weights) == pytest.approx(other.value, rel=1e-10), name
        assert best.saving[name] == pytest.approx(1 - best.value / other.value)
    fixed = best.alternatives["fixed"]
    for factor in (0.9, 1.1):
        assert value(workflow, fixed.penalties * factor, best.weights) >= fixed.value * (1 - 1e-9)
    counted = np.array([workflow.compile(LAST).rows_used(g).sum() for g in range(LAST + 1)])
    assert np.ptp(best.alternatives["alpha"].penalties * counted) < 1e-9 * counted[0]


def test_the_penalties_of_a_grid_are_no_better():
    best = penalty_schedule(SPECTRUM, TRUTH, accumulate(60), noise=NOISE, generations=2)
    grid = np.exp(np.linspace(np.log(1e-4), np.log(3), 13))
    batches = from_workflow(accumulate(60), noise=NOISE, generations=2)
    ready, tried = prepared(SPECTRUM, SPECTRUM * TRUTH**2, batches), []
    changed = [None, None, None]
    for each in itertools.product(grid, repeat=3):  # a fit is solved again where its penalty or one before is another
        begin = next(g for g in range(3) if each[g] != changed[g])
        for g in range(begin, 3):
            ready.recursion.fill(g, each[g] * ready.rows[g])
        tried.append((float(ready.recursion.found.Q[:, 2, 2].sum()), each))
        changed = each
    least = min(tried)
    assert least[0] == pytest.approx(risk(SPECTRUM, TRUTH, batches, penalty=least[1]).total[-1], rel=1e-12)
    assert best.value <= least[0] < best.value * 1.02  # a grid of steps of 2.4 comes near
    ratio = grid[1] / grid[0]
    assert np.all(np.abs(np.log(best.penalties / least[1])) < 1.5 * np.log(ratio))


def test_generation_0_alone_is_the_clean_optimum():
    best = penalty_schedule(SPECTRUM, TRUTH, accumulate(60), noise=NOISE, generations=0)
    known = optimal_penalty(
        SPECTRUM, TRUTH, noise=NOISE, rows=60, generation=0, generator_rows=60, generator_noise=NOISE
    )
    assert best.penalties[0] == pytest.approx(known.clean_penalty, rel=1e-4)
    assert best.value == pytest.approx(known.clean_risk, rel=1e-9)
    for name in ("fixed at clean", "alpha at clean", "cross-validated"):
        assert best.alternatives[name].penalties[0] == pytest.approx(known.clean_penalty, rel=1e-3), name


def test_without_noise_the_best_penalty_is_0():
    best = penalty_schedule(SPECTRUM, TRUTH, replace(60), noise=0.0, generations=2)
    assert best.penalties.tolist() == [0.0] * 3
    assert best.value == pytest.approx(0.0, abs=1e-15)


def test_leave_one_out_on_isotropic_inputs_falls_with_the_rows():
    batches = from_workflow(accumulate(200), noise=NOISE, generations=20)
    chosen = cross_validated_penalties([1.0] * 100, 0.1, batches)
    slope = np.log(chosen.penalties[20] / chosen.penalties[1]) / np.log(21 / 2)
    assert -1.05 < slope < -0.8
    assert chosen.risk[20] - chosen.risk[19] < 0.01 * chosen.risk[20]  # the bias is frozen


def test_a_row_left_out_is_a_new_row_at_generation_0_and_better_than_new_when_its_noise_was_handed_on():
    known = risk(SPECTRUM, TRUTH, from_workflow(accumulate(60), noise=NOISE, generations=2), penalty=0.05)
    np.testing.assert_allclose(known.left_out_residual[0, 0], known.test_residual[0, 0], rtol=1e-12)
    assert np.all(np.isnan(known.left_out_residual[2, :2]))
    assert np.all(known.left_out_residual[0, 1:] < known.test_residual[0, 1:] * 0.999)
    assert np.nanmin(known.left_out_residual - known.training_residual) > 0


def test_slopes_are_differences_of_risks():
    batches = from_workflow(window(60, 2), noise=NOISE, generations=LAST)
    made = prepared(SPECTRUM, SPECTRUM * TRUTH**2, batches)
    penalties = np.array([0.1, 0.02, 0.3, 0.05])
    risks, slopes = slopes_at(made, penalties)
    np.testing.assert_allclose(risks, risk(SPECTRUM, TRUTH, batches, penalty=penalties).total, rtol=1e-12)
    for g in range(LAST + 1):
        ends = [
            risk(SPECTRUM, TRUTH, batches, penalty=penalties * np.exp(step * (np.arange(4) == g))).total
            for step in (1e-4, -1e-4)
        ]
        np.testing.assert_allclose(slopes[g], (ends[0] - ends[1]) / 2e-4, atol=1e-5)


def test_a_long_spectrum_and_its_power_law_give_the_same_advice():
    count = 3000
    ways = [
        (PowerLaw(1.0, count), PowerLaw(0.5, count)),
        (np.arange(1, count + 1.0) ** -1, np.arange(1, count + 1.0) ** -0.5),
    ]
    found = [penalty_schedule(*way, accumulate(300), noise=NOISE, generations=1) for way in ways]
    np.testing.assert_allclose(found[0].value, found[1].value, rtol=1e-8)


def test_the_best_weight_is_the_best_of_the_workflow_itself():
    for make in (fixed_real, fresh_real):
        best = optimal_weights(SPECTRUM, TRUTH, make(60), noise=NOISE, generations=LAST, penalty=0.05)
        grid = np.linspace(0.05, 0.95, 10)
        last = np.eye(LAST + 1)[-1]
        tried = [value(make(60, real_weight=float(w)), 0.05, last) for w in grid]
        assert best.risk[-1] <= min(tried)
        assert abs(best.real_weight - grid[np.argmin(tried)]) < 0.11
        assert best.by_rows == pytest.approx(value(make(60), 0.05, last))
        own = value(make(60, real_weight=best.real_weight), 0.05, last)
        assert best.risk[-1] == pytest.approx(own, rel=1e-10)
    joint = optimal_weights(SPECTRUM, TRUTH, fixed_real(60), noise=NOISE, generations=1)
    alone = optimal_weights(SPECTRUM, TRUTH, fixed_real(60), noise=NOISE, generations=1, penalty=0.05)
    assert joint.risk[-1] <= alone.risk[-1]


def test_rows_of_least_squares_are_worth_what_the_closed_form_says():
    n, d, last = 200.0, 50, 4

    def exact(first, each):
        total = first + each * np.arange(last + 1)
        return float((np.r_[first, [each] * last] / total * d / (total - d)).sum() * NOISE**2)

    h = 1e-3
    real = (exact(n + h, n) - exact(n - h, n)) / (2 * h)
    synthetic = (exact(n, n + h) - exact(n, n - h)) / (2 * h) / last
    rate = exchange_rate([1.0] * d, 1.0, accumulate(200), penalty=0.0, noise=NOISE, generations=last)
    assert rate.real_slope == pytest.approx(real, rel=1e-5)
    assert rate.synthetic_slope == pytest.approx(synthetic, rel=1e-4)
    assert rate.worth == pytest.approx(real / synthetic, rel=1e-3)


def test_synthetic_rows_that_hurt_have_no_exchange_rate():
    rate = exchange_rate(SPECTRUM, TRUTH, accumulate(60), penalty=1.0, noise=NOISE, generations=LAST)
    assert rate.synthetic_slope > 0
    assert rate.worth is None
    assert "do not lower" in rate.summary()


def test_a_real_batch_kept_or_fresh_is_the_workflow_that_has_it():
    worth = worth_of_real_batch(
        SPECTRUM, TRUTH, replace(60), penalty=0.05, rows=60, real_noise=NOISE, noise=NOISE, generations=LAST, born=1
    )
    last = np.eye(LAST + 1)[-1]
    assert worth.without == pytest.approx(value(replace(60), 0.05, last))
    assert worth.fresh == pytest.approx(value(fresh_real(60), 0.05, last))  # generation 0 has 60 real rows in both
    assert worth.total_rows == (60, 180)
    assert worth.fresh < worth.kept < worth.without


GOOD = {"noise": NOISE, "generations": LAST}


@pytest.mark.parametrize(
    ("where", "call"),
    [
        ("goal", lambda: penalty_schedule(SPECTRUM, TRUTH, accumulate(60), goal="mean", **GOOD)),
        ("weights", lambda: penalty_schedule(SPECTRUM, TRUTH, accumulate(60), weights=[1, 1, 1, 1], **GOOD)),
        ("weights", lambda: penalty_schedule(SPECTRUM, TRUTH, accumulate(60), goal="sum", weights=[1], **GOOD)),
        ("noise", lambda: penalty_schedule(SPECTRUM, TRUTH, accumulate(60), generations=LAST)),
        ("generations", lambda: penalty_schedule(SPECTRUM, TRUTH, accumulate(60), noise=NOISE)),
        ("coefficients", lambda: penalty_schedule(SPECTRUM, 0.0, accumulate(60), **GOOD)),
        ("workflow", lambda: optimal_weights(SPECTRUM, TRUTH, replace(60), **GOOD)),
        ("workflow", lambda: exchange_rate(SPECTRUM, TRUTH, accumulate(60), penalty=0.1, noise=NOISE, generations=0)),
        ("penalty", lambda: optimal_weights(SPECTRUM, TRUTH, fixed_real(60), penalty=-1.0, **GOOD)),
        (
            "born",
            lambda: worth_of_real_batch(
                SPECTRUM, TRUTH, replace(60), penalty=0.1, rows=5, real_noise=1, born=9, **GOOD
            ),
        ),
    ],
)
def test_what_cannot_be_advised_is_said(where, call):
    with pytest.raises(Problem) as problem:
        call()
    assert problem.value.where == where


@pytest.mark.parametrize(
    ("given", "said"),
    [("accumulate", "says no number of rows"), (3, "is not a workflow"), ([1, 2], "entries are not batches")],
)
def test_what_is_no_workflow_is_named(given, said):
    with pytest.raises(Problem, match=rf"workflow: .*{said}"):
        penalty_schedule([1.0] * 5, 1.0, given, noise=0.5, generations=2)
