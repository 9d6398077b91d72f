"""Do long chains, followed one at a time by compiled code, lose what the plain equations and the solver say?"""

import numpy as np
import plain_reuse
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_settings import alone, asked_settings, same_values

from genloss.models import Generator, Predictor, Ridge
from genloss.populations import LinearGaussian
from genloss.theory.coverage import Setting
from genloss.theory.reuse import from_workflow, risk_of_power
from genloss.theory.reuse.long_chains import is_long, long_chains
from genloss.theory.ridge.columns import signal_of
from genloss.theory.together import predict_together
from genloss.workflows import Workflow

SUBSAMPLE = {
    "emit": [{"tag": "a", "from": "real", "rows": 30, "at": "start"}, {"tag": "m", "from": "model", "rows": 30}],
    "train": [{"select": {"tag": "*"}, "take": 20, "replace": True}],
}
FORMS = {
    "accumulate": {"kind": "accumulate", "rows": 14},
    "subsample": {"kind": "accumulate_subsample", "rows": 14},
    "drawn again": SUBSAMPLE,
    "fixed real": {"kind": "fixed_real", "rows": [14, 20, 9]},
    "fixed real by weight": {"kind": "fixed_real", "rows": 14, "real_weight": 0.3},
    "window": {"kind": "window", "rows": 14, "keep": 3},
    "forget": {"kind": "forget", "rows": 14, "decay": 0.7},
    "growing": {"kind": "accumulate", "rows": 14, "synthetic_rows": {"start": 14, "ratio": 1.4}},
}


def by_chain(form, spectrum, power, noise, penalty, last):
    """Risks of all fits and what a long chain says of their allowance."""
    schedule = Workflow.from_dict(form).compile(last)
    _, curves, _ = long_chains(signal_of(spectrum, power), schedule, np.reshape(penalty, (-1, 1)))
    risk = curves.signal + noise**2 * curves.generator
    return risk[:, 0], (risk * curves.relative + curves.more)[:, 0], schedule


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("penalty", [(0.3,) * 7, (0.02,) * 7, (0.0,) * 7, (0.3, 0.0, 0.1, 1.0, 0.0, 0.2, 0.05)])
def test_a_long_chain_is_that_of_the_solver(name, penalty):
    spectrum = np.arange(1, 10.0) ** -1.2
    power = spectrum * np.arange(1, 10)
    found, allowed, schedule = by_chain(FORMS[name], spectrum, power, 0.5, penalty, 6)
    expected = risk_of_power(spectrum, power, from_workflow(schedule, noise=0.5), penalty=penalty)
    np.testing.assert_allclose(found, expected.total, rtol=1e-11)
    np.testing.assert_allclose(allowed, expected.allowance, rtol=1e-11)


@pytest.mark.parametrize("name", ["accumulate", "fixed real", "window", "forget"])
def test_a_long_chain_solves_the_equations_as_they_stand(name):
    """Against damped iteration of the equations of docs/theory/reuse.md, which knows no class and no triangle."""
    spectrum, truth = np.array([1.0, 0.6, 0.6, 0.3, 0.1]), np.array([1.0, -0.5, 0.3, 1.0, 2.0])
    penalty = np.array([0.3, 0.2, 0.4, 0.3])
    found, _, schedule = by_chain(FORMS[name], spectrum, spectrum * truth**2, 0.5, penalty, 3)
    batches = from_workflow(schedule, noise=0.5)
    plain = [(b.rows, np.asarray(b.weights), np.asarray(b.teachers), np.full((4, 4), b.noise**2)) for b in batches]
    used = np.array([sum(b.rows for b in batches if b.weights[g] > 0) for g in range(4)])
    risks = np.diag(plain_reuse.by_iteration(spectrum, truth, plain, penalty * used)[0])
    np.testing.assert_allclose(found, risks, rtol=1e-9)
    assert not np.allclose(
        by_chain(FORMS[name], spectrum, spectrum * truth**2, 0.5, penalty * (1 + 1e-7), 3)[0], risks, rtol=1e-9, atol=0
    )


@settings(max_examples=40, deadline=None)
@given(asked_settings(), st.randoms())
def test_long_chains_stand_beside_others_as_alone(some, random):
    report = sorted(random.sample(range(4), random.randint(1, 4)))
    report = [g for g in report if g < min(len(each.schedule.train) for each in some)] or [0]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_chains_module(), "_LONG", 0)
        found = predict_together(some, "excess_risk", report)
        again = [predict_together([setting], "excess_risk", report)[0] for setting in some]
    assert list(map(repr, found)) == list(map(repr, again))
    for setting, values in zip(some, found, strict=True):
        assert same_values(values, alone(setting, "excess_risk", report))


def long_chains_module():
    """The file that says which chains are long."""
    import sys

    return sys.modules[is_long.__module__]


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("name", ["accumulate", "window", "fixed real by weight"])
def test_few_nodes_stand_for_a_long_spectrum(name, exponent, monkeypatch):
    """A chain of 41 fits at three penalties, on 300 different eigenvalues and on the nodes; wrong nodes are seen."""
    spectrum = np.arange(1, 301.0) ** -exponent
    form = {**FORMS[name], "rows": 200}
    asked = [(form, spectrum, spectrum**0.5, 0.5, np.full(41, penalty), 40) for penalty in (0.3, 1e-2, 1e-5)]
    few = [by_chain(*each)[:2] for each in asked]
    module = long_chains_module()
    monkeypatch.setattr(module, "_LISTED", 1000)
    module._nodes.cache_clear()
    whole = [by_chain(*each)[:2] for each in asked]
    np.testing.assert_allclose(few, whole, rtol=1e-11)
    monkeypatch.setattr(module, "_LISTED", 64)
    monkeypatch.setattr("genloss.theory.ridge.spectra._WIDE_ORDER", 4)
    module._nodes.cache_clear()
    wrong = [by_chain(*each)[:2] for each in asked]
    module._nodes.cache_clear()
    assert not np.allclose(wrong, whole, rtol=1e-9, atol=0)


def test_a_predictor_taught_by_a_long_chain():
    spectrum = np.arange(1, 101.0) ** -1.0
    population = LinearGaussian(spectrum, np.ones(100), 0.3)
    schedule = Workflow.from_dict({"kind": "accumulate", "rows": 150}).compile(25)
    judged = Predictor((Ridge(0.1), Ridge(0.0)), 180, 0.2, 1.0)
    setting = Setting(population, schedule, Generator(Ridge(0.2), 0.4), judged)
    assert is_long(25, 100, 26)
    (found,) = predict_together([setting], "test_error", [0, 1, 10, 25])
    assert same_values(found, alone(setting, "test_error", [0, 1, 10, 25]))
