"""Where workflows lead: the closed forms against far generations, and the reading of curves."""

import numpy as np
import pytest

from genloss import Problem, Workflow, workflows
from genloss.theory.workflows import long_run, variances
from genloss.theory.workflows.limits import numerical
from genloss.workflows.forms import FORMS, long_form

REAL = {"tag": "real", "from": "real", "rows": 10, "at": "start"}
FRESH = {"tag": "real", "from": "real", "rows": 10, "at": "every"}
MADE = {"tag": "synth", "from": "model", "rows": 10}


def own(emit, train, **more):
    return Workflow.from_dict({"emit": emit, "train": train} | more)


CONSTANTS = {
    "pi^2/6": (workflows.accumulate(1), np.pi**2 / 6),
    "pi^2/2 - 2": (workflows.accumulate_subsample(1), np.pi**2 / 2 - 2),
    "pi^2/3": (workflows.accumulate_subsample(1, 1, True), np.pi**2 / 3),
    "4/3": (workflows.fixed_real(1), 4 / 3),
    "2/3": (workflows.fresh_real(1), 2 / 3),
    "golden": (workflows.golden(1), (np.sqrt(5) - 1) / 2),
    "1 + pi^2/6": (workflows.synthetic_only(1), 1 + np.pi**2 / 6),
    "8/3": (workflows.edit(1, 0.5, 0.5), 8 / 3),
    "2": (workflows.edit(1, [1.0, 0.5], 0.0), 2.0),
    "3": (workflows.edit(1, [1.0, 1.0, 0.0]), 3.0),
}


@pytest.mark.parametrize("name", CONSTANTS)
def test_constants(name):
    workflow, right = CONSTANTS[name]
    found = long_run(workflow)
    assert (found.rate, found.status) == ("bounded", "exact")
    assert found.limit == pytest.approx(right, rel=1e-12)


BOUNDED = {
    "accumulate": workflows.accumulate(30, 7),
    "subsample": workflows.accumulate_subsample(30, 7),
    "subsample with replacement": workflows.accumulate_subsample(30, 7, True),
    "fixed_real": workflows.fixed_real(30, 7),
    "fixed_real, weighted": workflows.fixed_real(30, 7, 0.2),
    "fresh_real": workflows.fresh_real(30, 7),
    "golden": workflows.golden(30, 7),
    "synthetic_only": workflows.synthetic_only(30),
    "forget nothing": workflows.forget(30, 1.0),
    "edit": workflows.edit(3000, 0.5, 0.9),
}
FAR = {"accumulate": 3000}  # generations until 30 rows of the first count as 7; 1,000 for others


@pytest.mark.parametrize("name", BOUNDED)
def test_bounded_workflows_arrive(name):
    """At generation g what is left is at most of order 1 / g; blind spot: 3 / 1000 of the limit."""
    found, curve = (
        long_run(BOUNDED[name], variance=2.5),
        variances(BOUNDED[name], variance=2.5, limit=True, generations=FAR.get(name, 1000)),
    )
    assert found.limit == pytest.approx(curve[-1], rel=2e-3)
    assert found.relative == pytest.approx(curve[-1] / curve[0], rel=2e-3)
    assert abs(found.limit - curve[0]) > 0.01 * curve[0]


@pytest.mark.parametrize("workflow", [workflows.replace(7), workflows.window(7, 3), workflows.forget(7, 0.8)])
def test_linear_workflows_climb(workflow):
    found, curve = long_run(workflow, variance=2.0), variances(workflow, variance=2.0, limit=True, generations=900)
    assert found.rate == "linear"
    assert found.limit == np.inf
    assert found.coefficient == pytest.approx(curve[-1] - curve[-2], rel=1e-8)


def test_reset_comes_back():
    found = long_run(workflows.reset(7, 5))
    assert (found.rate, found.limit) == ("periodic", 5 / 7)


@pytest.mark.parametrize(("made", "power"), [(3, -1.0), (10, -1.0), (30, -0.5)])
def test_fresh_rows_kept_vanish(made, power):
    found = long_run(own([FRESH, MADE | {"rows": made}], [{}]))
    assert (found.rate, found.exponent) == ("vanishing", pytest.approx(power))
    assert ("log g" in found.criterion) == (made == 10)


READ = {
    "bounded": own([REAL, MADE | {"lag": 2}], [{}]),
    "linear": own([REAL, MADE], [{"select": {"last": 3}, "take": 10, "replace": True}]),
    "periodic": own([REAL, MADE], [{"select": {"last": 2}}], reset=6),
    "vanishing": own([FRESH | {"rows": 30}, MADE], [{"take": 100_000, "short": "all"}]),
}


@pytest.mark.parametrize("rate", READ)
def test_rates_are_read_off(rate):
    found = long_run(READ[rate])
    assert (found.rate, found.status) == (rate, "numerical")


def test_synthetic_curves_are_read_right():
    g = np.arange(1, 2050.0)
    assert numerical(np.log(g) + 1).rate == "logarithmic"
    assert numerical(np.log(g) + 1).coefficient == pytest.approx(1, rel=1e-3)
    assert numerical(np.sqrt(g)).rate == "power"
    assert numerical(np.sqrt(g)).exponent == pytest.approx(0.5, abs=0.01)
    assert numerical(np.cumsum(g**-2)).limit == pytest.approx(np.pi**2 / 6, rel=1e-5)
    assert numerical(2 + 3 * g).coefficient == pytest.approx(3)
    assert numerical(np.ones(2049)).limit == 1
    assert numerical(g**-0.5).exponent == pytest.approx(-0.5, abs=0.01)


def test_growing_rows():
    fast = workflows.replace({"start": 10, "ratio": 1.01})
    assert long_run(fast).rate == "bounded"


def test_a_schedule_has_no_long_run():
    with pytest.raises(Problem, match="a schedule, which ends at generation 3"):
        long_run(workflows.replace(10).compile(3))


def test_few_generations_are_not_read():
    real, made = REAL | {"rows": 3}, MADE | {"rows": 3}
    short = Workflow.from_function(
        lambda g, _history: [{"select": {"last": 1 + g % 2}}], emit=[real, made], generations=3
    )
    assert long_run(short).rate == "unknown"
    assert "too few" in long_run(short).words()


@pytest.mark.parametrize("workflow", [*(w for w, _ in CONSTANTS.values()), *READ.values(), workflows.window(2, 3)])
def test_words_name_the_reason(workflow):
    found = long_run(workflow)
    assert found.criterion in found.words()
    assert found.status in found.words()


def test_a_variance_of_nothing():
    with pytest.raises(Problem, match="variance"):
        long_run(workflows.replace(3), variance=0)


@pytest.mark.parametrize("kind", FORMS)
def test_what_a_name_needs_is_shown_as_it_is_written(kind):
    """A name alone is answered with words that are then read."""
    try:
        long_form({"kind": kind})
    except Problem as problem:
        written = problem.mend.split("'")[1]
        assert written.startswith(f"{kind} rows=100")
        name, *given = written.split()
        assert long_form({"kind": name} | {key: float(value) if "." in value else int(value)
                                           for key, value in (each.split("=") for each in given)})  # fmt: skip
        with_rows = given[1:]
        if with_rows:
            with pytest.raises(Problem, match=f"e.g. in words '{kind} {with_rows[0]}"):
                long_form({"kind": kind, "rows": 20})
    else:
        pytest.fail("every name needs rows")
