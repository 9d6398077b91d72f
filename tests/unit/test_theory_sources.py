"""Is the theory of unlike sources the mixture theory where inputs are alike, and what does it refuse?"""

import numpy as np
import pytest

from genloss.errors import Problem
from genloss.theory.ridge import Block, mixture_risk
from genloss.theory.ridge.sources import Source, sources_risk
from genloss.workflows import TRUTH as REAL

DIM = 50
SPECTRUM = np.arange(1, DIM + 1.0) ** -1.2
TRUTH = np.cos(np.arange(DIM)) / 5
CHAINS = [
    [[(90, REAL, 0.3, 1.0)], [(40, 0, 0.2, 2.5), (50, REAL, 0.4, 1.0)], [(70, 1, 0.2, 1.0), (20, 0, 0.1, 1.0)]],
    [[(30, REAL, 0.3, 1.0)], [(15, 0, 0.2, 1.0), (20, REAL, 0.4, 1.0)]],
]


def sources(chain, covariance):
    return [[Source(rows, origin, noise, covariance, None, weight) for rows, origin, noise, weight in f] for f in chain]


@pytest.mark.parametrize("penalty", [0.0, 1e-7, 0.05, 2.0])
@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("finite_size", [False, True])
def test_alike_covariances_are_the_mixture_theory(chain, penalty, finite_size):
    blocks = [[Block(*block) for block in fit] for fit in chain]
    known = mixture_risk(SPECTRUM, TRUTH, blocks, penalty=penalty, finite_size=finite_size)
    for covariance in (SPECTRUM, np.diag(SPECTRUM)):
        found = sources_risk(
            TRUTH, sources(chain, covariance), penalty=penalty, test_covariance=covariance, finite_size=finite_size
        )
        for part in ("total", "bias", "variance", "inherited"):
            np.testing.assert_allclose(getattr(found, part), getattr(known, part), rtol=1e-9, atol=1e-12)
        for ours, theirs in zip(found.learned, known.effective_weights, strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-9)
        assert found.exact == known.exact


def test_axes_and_matrices_that_share_them_are_one():
    turn = np.linalg.qr(np.sin(np.outer(np.arange(DIM) + 1.0, np.arange(DIM) + 2.0)))[0]
    other = SPECTRUM[::-1].copy()
    fits = [[Source(60, REAL, 0.3, SPECTRUM)], [Source(30, 0, 0.2, other), Source(50, REAL, 0.4, SPECTRUM)]]
    turned = [
        [Source(s.rows, s.origin, s.noise, (turn * np.asarray(s.covariance)) @ turn.T) for s in fit] for fit in fits
    ]
    plain = sources_risk(TRUTH, fits, penalty=0.03, test_covariance=other)
    # Rows of either sign along each axis are as likely, so the moments across axes are nothing but the mean's.
    whole = sources_risk(turn @ TRUTH, turned, penalty=0.03, test_covariance=(turn * other) @ turn.T)
    np.testing.assert_allclose(whole.total, plain.total, rtol=1e-9)


def test_one_source_of_other_inputs_is_known_in_closed_form():
    rows, noise = 120, 0.7
    found = sources_risk(TRUTH, [[Source(rows, REAL, noise, SPECTRUM)]], penalty=0.0, test_covariance=np.ones(DIM))
    assert found.status == "exact"
    assert found.total[0] == pytest.approx(noise**2 * (1 / SPECTRUM).sum() / (rows - DIM - 1), rel=1e-12)


def test_the_moments_give_the_risk_on_any_inputs():
    fits = [[Source(60, REAL, 0.3, SPECTRUM), Source(40, REAL, 0.3, SPECTRUM[::-1])]]
    found = sources_risk(TRUTH, fits, penalty=0.1, test_covariance=SPECTRUM)
    again = sources_risk(TRUTH, fits, penalty=0.1, test_covariance=np.ones(DIM))
    assert found.moments[0].sum() == pytest.approx(again.total[0], rel=1e-12)
    assert found.moments[0] @ SPECTRUM == pytest.approx(found.total[0], rel=1e-12)


REFUSED = {
    "a short covariance": ({"covariance": SPECTRUM[:-1]}, {}, "fits[0][0].covariance"),
    "not symmetric": ({"covariance": np.triu(np.ones((DIM, DIM)))}, {}, "fits[0][0].covariance"),
    "a mean of another length": ({"mean": [1.0]}, {}, "fits[0][0].mean"),
    "flat without a penalty": ({"covariance": [1.0] * 49 + [0.0]}, {"penalty": 0.0}, "fits[0][0].covariance"),
    "as many rows as features": ({"rows": DIM}, {"penalty": 0.0}, "fits[0]: rows"),
    "a negative penalty": ({}, {"penalty": -1.0}, "penalty"),
    "an origin that is not fitted": ({"origin": 0}, {}, "fits[0][0].origin"),
    "no test covariance": ({}, {"test_covariance": [0.0] * DIM}, "test_covariance"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_by_name(name):
    changed, asked, where = REFUSED[name]
    given = {"rows": 80, "origin": REAL, "noise": 0.1, "covariance": SPECTRUM} | changed
    with pytest.raises(Problem) as refused:
        sources_risk(TRUTH, [[Source(**given)]], **({"penalty": 0.1, "test_covariance": SPECTRUM} | asked))
    assert refused.value.where == where


NOT_NESTED = {
    "sources of no fit": ([Source(60, REAL, 0.3, SPECTRUM)], "fits", "[[Source("),
    "one source": (Source(60, REAL, 0.3, SPECTRUM), "fits", "[[Source("),
    "a number of fits": (3, "fits", "[[Source("),
    "a number for a fit": ([3], "fits[0]", "[Source("),
    "a word for a fit": (["ab"], "fits[0]", "[Source("),
    "other blocks": ([[Block(60, REAL, 0.3)]], "fits[0]", "[Source("),
    "a fit to nothing": ([[]], "fits[0]", "give at least one Source"),
}


@pytest.mark.parametrize("name", NOT_NESTED)
def test_fits_that_are_no_lists_of_sources_are_answered(name):
    fits, where, mend = NOT_NESTED[name]
    with pytest.raises(Problem) as refused:
        sources_risk(TRUTH, fits, penalty=0.1, test_covariance=SPECTRUM)
    assert refused.value.where == where
    assert mend in str(refused.value)
