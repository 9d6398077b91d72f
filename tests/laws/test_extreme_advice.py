"""Whatever legal or wild numbers advice and models are given: finite answers in their range, or a `Problem`."""

import inspect
import math
import warnings
from dataclasses import fields, is_dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genloss import advise
from genloss.errors import Problem

HUGE = 10**400
QUIET = settings(deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
NOISE = st.sampled_from([0.0, 0.5, 1e-100, 1e100, 1e-300, 1e300, -1.0, math.nan, math.inf, HUGE, None])
SPECTRA = st.sampled_from([[1.0] * 3, [1e-100, 1.0, 1e100], [1e-300, 1.0], [0.0, 1.0], [1e300], [math.nan], [-1.0], []])
COEFFICIENTS = st.sampled_from(
    [[1.0, 0.5, 0.1], [1e-100, 1.0, 1e100], [0.0, 0.0, 0.0], [1.0, 0.5], [1e300], [math.inf]]
)
WORKFLOWS = st.sampled_from(["replace rows=9", "accumulate rows=9", "fixed_real rows=9 real_weight=1e-100", "x", None])
BY_NAME = {
    "spectrum": SPECTRA,
    "coefficients": COEFFICIENTS,
    "workflow": WORKFLOWS,
    "workflows": st.lists(WORKFLOWS, max_size=2),
    "noise": NOISE,
    "real_noise": NOISE,
    "penalty": st.sampled_from([0.1, 1e-100, 1e100, 1e-300, 0.0, -1.0, math.nan, HUGE, [0.1, 1.0]]),
    "rows": st.sampled_from([1, 9, 1e12, 0, 0.5, -1, math.nan, HUGE, None]),
    "born": st.sampled_from([0, 1, 3, -1, HUGE]),
    "generations": st.sampled_from([0, 1, 2, 3, -1, 0.5, HUGE, None]),
    "dim": st.sampled_from([1, 2, 0, HUGE]),
    "band": st.sampled_from([0.9, 1e-100, 1 - 1e-12, 0.0, 1.0, math.nan]),
    "tolerance": st.sampled_from([0.05, 1e-100, 1e100, 0.0, math.nan]),
    "replicates": st.just(50),
    "goal": st.sampled_from(["horizon", "last", "x"]),
    "X": st.sampled_from([np.eye(9)[:, :2] + 0.1, np.eye(9)[:, :2] * 1e58, np.full((9, 2), 1e-70), np.ones((2, 2))]),
    "y": st.sampled_from([np.arange(9.0), np.arange(9.0) * 1e-59, np.arange(9.0) * 1e-200, np.full(9, math.nan)]),
}
DOORS = [
    *("cross_validation_horizon", "exchange_rate", "optimal_weights", "penalty_from_rows", "penalty_schedule"),
    *("worth_of_real_batch", "compare", "combining_fits"),
]


def numbers(found):
    """Every number in plain data."""
    if isinstance(found, float | np.floating):
        yield float(found)
    elif isinstance(found, np.ndarray) and found.dtype.kind == "f":
        yield from found.ravel().tolist()
    elif isinstance(found, dict):
        for each in found.values():
            yield from numbers(each)
    elif isinstance(found, tuple | list):
        for each in found:
            yield from numbers(each)
    elif is_dataclass(found):
        for field in fields(found):
            yield from numbers(getattr(found, field.name))


def asked(function):
    """Arguments of a function by name, some left at their default."""
    given_ = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name in BY_NAME:
            given_[name] = BY_NAME[name]
        else:
            assert parameter.default is not inspect.Parameter.empty
    return st.fixed_dictionaries(given_)


@pytest.mark.parametrize("name", DOORS)
def test_advice_is_finite_or_there_is_a_problem(name):
    function = getattr(advise, name)

    @settings(QUIET, max_examples=15)
    @given(asked(function))
    def walk(drawn):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                found = function(**drawn)
            except Problem as problem:
                said = str(problem)
                assert len(said) < 3000
                return
        assert not any(math.isnan(number) for number in numbers(found))

    walk()
