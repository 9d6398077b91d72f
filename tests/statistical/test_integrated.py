"""The integrated engine in a study: the same means as drawn risks, smaller standard errors, no quantiles.

Both sides within Z standard errors on fresh seeds. Blind spot: shifts below the drawn side's standard error, 1 to 3 %.
Negative control: a noise 1.2 times as large must be rejected.
"""

import numpy as np
import pytest
from helpers import Z, tiny

from genloss import Problem, Study, simulate

CHAIN = {"population": {"dim": 20}, "workflow": {"rows": 60}, "predictor": {"rows": [15, 80]}, "replicates": 300}
REUSE = {
    "population": {"dim": 20},
    "workflow": {"kind": "accumulate", "rows": 60},
    "generator": {"kind": "ridge", "penalty": {"alpha": 3.0}},
    "predictor": None,
    "replicates": 300,
}


def values(result):
    rows = result.rows
    return np.array([row.value for row in rows]), np.array([row.standard_error for row in rows])


@pytest.mark.parametrize("changes", [CHAIN, REUSE], ids=["chain", "reuse"])
def test_means_agree_and_errors_are_smaller(changes):
    result = simulate(Study.from_dict(tiny(seed=21, **changes)), engine="integrated")
    given, small = values(result)
    assert {row.engine for row in result.rows} == {"integrated"}
    assert not any(row.quantiles for row in result.rows)

    def differs(noise):
        other = tiny(seed=22, **changes)
        other["population"] = other["population"] | {"noise": noise}
        mean, error = values(simulate(Study.from_dict(other)))
        return np.abs(mean - given) > Z * np.hypot(error, small), error

    off, error = differs(0.5)
    assert not off.any()
    assert np.median(small / error) < 0.8
    assert differs(0.6)[0].any()


def test_it_is_used_only_when_named_and_says_what_it_cannot():
    assert "integrated" not in {row.engine for row in simulate(Study.from_dict(tiny())).rows}
    with pytest.raises(Problem, match="integrated cannot run this: the generator is not least squares"):
        simulate(Study.from_dict(tiny(generator={"kind": "ridge", "penalty": 0.1})), engine="integrated")
    with pytest.raises(Problem, match="needs coefficient_error, and of these fits only expected_excess_risk"):
        simulate(Study.from_dict(tiny(metrics=["parameter_error"], workflow={"rows": 12})), engine="integrated")
