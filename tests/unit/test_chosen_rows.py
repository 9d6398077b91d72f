"""Is the mix that is chosen the best one of a grid, and does it meet the closed forms?"""

import numpy as np
import pytest

from genloss.errors import Problem
from genloss.theory.ridge.chosen_rows import best_rows
from genloss.theory.ridge.sources import Source, sources_risk
from genloss.workflows import TRUTH as REAL

DIM = 30
AXES = np.arange(1, DIM + 1.0)
TEST = AXES**-1.0
W0 = np.cos(AXES) / 4
MATCHED, FLAT, STEEP = TEST, np.full(DIM, TEST.mean()), AXES**-2.0 * TEST.sum() / (AXES**-2.0).sum()
ROOT = TEST**0.5 * TEST.sum() / (TEST**0.5).sum()


def source(covariance, rows=1.0, noise=0.5, origin=REAL):
    return Source(rows, origin, noise, covariance)


SETTINGS = {
    "least squares beside real rows": ([source(MATCHED, 60)], [source(FLAT), source(STEEP)], 80, 0.0, ()),
    "ridge": ([source(MATCHED, 20)], [source(FLAT), source(STEEP)], 40, 0.1, ()),
    "labels of a fit": (
        [source(MATCHED, 40)],
        [source(MATCHED, origin=0), source(FLAT)],
        60,
        0.05,
        [[source(MATCHED, 50)]],
    ),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_no_mix_of_a_grid_is_better(name):
    kept, candidates, budget, penalty, before = SETTINGS[name]
    given = {"penalty": penalty, "test_covariance": TEST}
    found = best_rows(W0, kept, candidates, budget=budget, before=before, before_penalty=0.01, **given)
    grid = np.linspace(0.001, 0.999, 200)

    def risk(share):
        mixed = [
            source(c.covariance, n * budget, c.noise, c.origin)
            for c, n in zip(candidates, (share, 1 - share), strict=True)
        ]
        penalties = [*([0.01] * len(before)), penalty]
        return sources_risk(W0, [*before, [*kept, *mixed]], penalty=penalties, test_covariance=TEST).total[-1]

    risks = np.array([risk(share) for share in grid])
    assert found.risk <= risks.min() * (1 + 1e-9)
    assert found.risk >= risks.min() * (1 - 1e-3)
    assert abs(found.shares[0] - grid[risks.argmin()]) < 0.02
    assert found.risk <= min(found.even, np.min(found.alone)) * (1 + 1e-12)
    assert found.shares.sum() == pytest.approx(1)
    assert risks.max() > 1.02 * risks.min()  # a mix matters here


def test_the_closed_forms_of_one_source():
    def alone(covariance):
        return sources_risk(W0, [[source(covariance, 100)]], penalty=0.0, test_covariance=TEST).total[0]

    spare = 0.5**2 / (100 - DIM - 1)
    assert alone(MATCHED) == pytest.approx(spare * DIM, rel=1e-12)
    assert alone(ROOT) == pytest.approx(spare * (TEST**0.5).sum() ** 2 / TEST.sum(), rel=1e-12)
    # Of covariances of one trace the root is best; of those with tr(test^-1 S) = dim, the test's own.
    for turn in (1, 2, 3):
        near = ROOT * (1 + 0.2 * np.cos(turn * AXES))
        assert alone(near * ROOT.sum() / near.sum()) > alone(ROOT)
        near = MATCHED * (1 + 0.2 * np.cos(turn * AXES))
        assert alone(near * DIM / (near / TEST).sum()) > alone(MATCHED)
    assert alone(ROOT) < alone(MATCHED)


def test_the_root_is_taken_and_one_candidate_is_taken_whole():
    found = best_rows(
        W0, [], [source(MATCHED), source(ROOT), source(STEEP)], budget=100, penalty=0.0, test_covariance=TEST
    )
    assert found.shares[1] > 0.9
    assert found.risk < np.min(found.alone) * (1 + 1e-9)
    assert np.isinf(found.without)
    only = best_rows(W0, [source(MATCHED, 50)], [source(FLAT)], budget=10, penalty=0.0, test_covariance=TEST)
    assert only.rows.tolist() == [10.0]
    assert only.risk < only.without


def test_mistakes_are_answered():
    with pytest.raises(Problem, match="give 1 to 12"):
        best_rows(W0, [], [], budget=10, penalty=0.0, test_covariance=TEST)
    with pytest.raises(Problem, match="budget"):
        best_rows(W0, [], [source(FLAT)], budget=0, penalty=0.0, test_covariance=TEST)
    for name, kept, candidates in (
        ("kept", source(FLAT), [source(FLAT)]),
        ("candidates", [], source(FLAT)),
        ("candidates", [], [[source(FLAT)]]),
    ):
        with pytest.raises(Problem, match="not a list of Source") as refused:
            best_rows(W0, kept, candidates, budget=10, penalty=0.0, test_covariance=TEST)
        assert refused.value.where == name


def test_candidates_that_are_the_same_get_equal_shares():
    given = {"budget": 80, "penalty": 0.0, "test_covariance": TEST}
    alike = [source(FLAT), source(STEEP), source(FLAT.tolist(), rows=7.0)]
    found = best_rows(W0, [source(MATCHED, 60)], alike, **given)
    once = best_rows(W0, [source(MATCHED, 60)], alike[:2], **given)
    assert found.shares[0] == found.shares[2]
    assert found.shares[1] != found.shares[0]
    assert found.risk == pytest.approx(once.risk, rel=1e-6)
    none_better = best_rows(W0, [], [source(MATCHED), source(MATCHED)], **given)
    assert none_better.shares.tolist() == [0.5, 0.5]
    unlike = best_rows(W0, [], [source(MATCHED), source(MATCHED, noise=0.6)], **given)
    assert unlike.shares[0] > 0.9  # negative control: other noise is another candidate
