"""Does a plan find the answers that are known in closed form?

Blind spot: the closed forms are of many rows, so plans of few rows are tested against simulation elsewhere
(tests/unit/test_plan.py and every plan's own check). Negative controls: the golden weight refuses one half and two
thirds, pi^2/6 a bound of 1.6, the floor of a share the square root's neighbors.
"""

import numpy as np
import pytest

from genloss import Study, plan
from genloss.advise.plans.of_study import planned_study
from genloss.advise.plans.regime import regime_of

POISSON = {"kind": "poisson", "mean": 3.0}
FOUR = {"kind": "multinomial", "probabilities": [0.25] * 4}
FEW = {"replicates": 50}


def study(workflow, population=None, *, generations=12, **more):
    return {
        "generations": generations,
        "replicates": 50,
        "population": POISSON if population is None else population,
        "workflow": workflow,
        **more,
    }


@pytest.mark.parametrize("synthetic", [250, 1000, 4000])
def test_the_golden_weight_and_its_form_for_unequal_sizes(synthetic):
    """With k real rows for each synthetic one the best weight is (sqrt(k^2 + 4 k) - k) / 2, whatever the truth."""
    asked = study({"kind": "fresh_real", "rows": 1000, "synthetic_rows": synthetic}, FOUR, generations=60)
    k = 1000 / synthetic
    known = (np.sqrt(k**2 + 4 * k) - k) / 2
    found = plan(asked, open="real_weight", **FEW)
    assert found.value == pytest.approx(known, abs=2e-3)
    assert found.mean[-1] == pytest.approx(
        known, rel=1e-3
    )  # the error that is left is the weight itself, for many rows
    assert all(abs(found.value - wrong) > 0.02 for wrong in (1 / 2, 2 / 3, 1 / (1 + 1 / k)))


def test_accumulation_never_costs_more_than_pi_squared_over_six():
    asked = study({"kind": "accumulate", "rows": 200}, generations=20)
    bound = np.pi**2 / 6 - 1
    never = plan(asked, open="generations", keep_within=bound, **FEW)
    assert never.value == never.domain[1] == 400
    assert never.high == np.inf
    sums = np.cumsum(1 / np.arange(1, 500) ** 2)
    last = int(np.flatnonzero(sums <= 1.6)[-1])  # the generation g whose sum of 1/(t + 1)^2 is the last below 1.6
    assert plan(asked, open="generations", keep_within=0.6, **FEW).value == last


def test_accumulation_of_batches_of_any_size_costs_less_than_twice():
    rng = np.random.default_rng(5)
    for _ in range(2):
        sizes = [200, *rng.integers(1, 2000, size=20).tolist()]
        asked = study({"kind": "accumulate", "rows": 200, "synthetic_rows": sizes}, generations=20)
        found = plan(asked, open="generations", keep_within=1.0, **FEW)
        assert found.value == found.domain[1]
        of_sizes = 200 * np.cumsum(np.array(sizes) / np.cumsum(sizes) ** 2.0)
        assert found.mean[20] / found.mean[0] == pytest.approx(of_sizes[-1], rel=1e-9)


SHIFTED = {
    "population": {"kind": "linear_gaussian", "dim": 200, "noise": 0.3},
    "generator": {"kind": "shifted_truth", "shift": {"norm": 0.7071}},
}


def strong(rows, share=0.5):
    predictor = {"kind": "ridge", "rows": rows, "penalty": 1e-6, "synthetic_share": share}
    return study({"kind": "replace", "rows": 400}, generations=1, predictor=predictor, **SHIFTED)


def test_strong_collapse_has_a_floor_that_is_the_share_squared():
    """With endless rows the risk is share^2 E |shift|^2, below which no number of rows goes."""
    found = plan(strong(10**9), open="synthetic_share", at_most=0.01, when="last", **FEW)
    known = np.sqrt(0.01 / 0.7071**2)
    assert found.value == pytest.approx(known, rel=0.01)
    assert found.low <= known <= found.high
    assert abs(found.value - known**2) > 0.05


def test_below_some_share_the_floor_does_not_bind():
    """A share p costs p^2 |shift|^2 whatever the rows, and p |shift|^2 d / (T - d) as noise of labels does.

    With 2,000 rows for 200 features the second is larger until p = d / (T - d) = 0.11: below it more rows help, and the
    share that costs 5 % is the first order's.
    """
    found = plan(strong(2000), open="synthetic_share", at_most=0.0105, when="last", **FEW)
    room, shift, part = 0.0105 - 0.09 * 200 / 1800, 0.7071**2, 200 / 1800
    known = np.roots([shift * (1 - part), shift * part, -room]).max()
    assert found.value == pytest.approx(known, abs=0.6 / 2000)  # half a row
    assert known < 0.1 * part
    assert abs(found.value - np.sqrt(room / shift)) > 0.02  # what the floor alone would allow


def test_the_best_penalty_of_one_isotropic_fit():
    """sigma^2 dim / (rows |w|^2) in the objective (1/rows) |error|^2 + penalty |w|^2."""
    asked = study(
        {"kind": "replace", "rows": 100},
        {"kind": "linear_gaussian", "dim": 20, "noise": 0.5},
        generations=0,
        generator={"kind": "ridge", "penalty": 1.0},
    )
    found = plan(asked, open="penalty", **FEW)
    assert found.value == pytest.approx(0.25 * 20 / 100, rel=0.02)
    assert found.value != pytest.approx(0.25 / 100, rel=0.5)


@pytest.mark.parametrize(
    ("power", "name"), [(0.0, "linear"), (0.5, "power"), (1.0, "log"), (1.5, "bounded"), (2.0, "bounded")]
)
def test_only_rows_that_grow_faster_than_linearly_keep_replace_bounded(power, name):
    rows = [int(100 * (g + 1) ** power) for g in range(80)]
    asked = Study.from_dict(study({"kind": "replace", "rows": rows}, generations=16))
    subject = planned_study(asked, case=None, metric=None, replicates=50, seed=None, progress=None)
    assert regime_of(subject, {}).name == name


RIDGE = {"kind": "linear_gaussian", "dim": 30, "noise": 0.5}


def test_a_fixed_penalty_makes_accumulation_a_power_law_and_the_best_penalties_grow():
    """The mean fit shrinks like g^-(penalty / (eigenvalue + penalty)): the loss goes on growing, slower and slower.

    With penalty x rows fixed it stays where it is; the best penalties grow towards the last fit.
    """
    fixed = study(
        {"kind": "accumulate", "rows": 300}, RIDGE, generations=8, generator={"kind": "ridge", "penalty": 0.1}
    )
    subject = planned_study(Study.from_dict(fixed), case=None, metric=None, replicates=50, seed=None, progress=None)
    regime = regime_of(subject, {})
    assert regime.name in ("log", "power")
    alpha = study({"kind": "accumulate", "rows": 300}, RIDGE, generator={"kind": "ridge", "penalty": {"alpha": 30.0}})
    kept = planned_study(Study.from_dict(alpha), case=None, metric=None, replicates=50, seed=None, progress=None)
    assert regime_of(kept, {}).name == "bounded"
    best = plan(fixed, open="penalties", **FEW).penalties
    assert best[-1] > 5 * max(best[1:-4])
