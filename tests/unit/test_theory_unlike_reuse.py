"""Is the theory of rows used again by unlike batches that of like ones where they are alike, and sources_risk else?"""

import numpy as np
import pytest

from genloss.errors import Problem
from genloss.theory.reuse import SharedRows, from_workflow, risk
from genloss.theory.reuse.unlike import unlike_risk
from genloss.theory.ridge.sources import Source, sources_risk
from genloss.workflows import TRUTH as REAL
from genloss.workflows import accumulate, window

DIM = 24
SPECTRUM = np.arange(1, DIM + 1.0) ** -1.0
OTHER = SPECTRUM[::-1].copy()
TRUTH = np.cos(np.arange(DIM)) / 3


@pytest.mark.parametrize("workflow", [accumulate(40), window(50, 2), accumulate(5)], ids=["all", "window", "few"])
@pytest.mark.parametrize("penalty", [0.0, 0.1, [0.05, 0.2, 0.01, 0.1]])
def test_alike_batches_are_the_theory_of_one_covariance(workflow, penalty):
    batches = from_workflow(workflow.compile(3), noise=0.4)
    known = risk(SPECTRUM, TRUTH, batches, penalty=penalty)
    found = unlike_risk(TRUTH, batches, np.tile(SPECTRUM, (len(batches), 1)), penalty=penalty, test_spectrum=SPECTRUM)
    for part in ("total", "bias", "variance", "allowance"):
        np.testing.assert_allclose(getattr(found, part), getattr(known, part), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(np.einsum("i,ghi->gh", SPECTRUM, found.moments), known.cross, rtol=1e-9, atol=1e-12)


def shared(rows, fit, origin, noise, fits, weight=1.0):
    teachers = np.zeros((fits, fits))
    if origin != REAL:
        teachers[fit, origin] = 1.0
    return SharedRows(rows, weight * np.eye(fits)[fit], teachers, noise)


@pytest.mark.parametrize("penalty", [0.0, 0.1])
def test_batches_of_one_fit_each_are_sources(penalty):
    parts = [(60, 0, REAL, 0.3, SPECTRUM), (40, 1, 0, 0.2, OTHER), (50, 1, REAL, 0.4, SPECTRUM), (70, 2, 1, 0.1, OTHER)]
    batches = [shared(rows, fit, origin, noise, 3) for rows, fit, origin, noise, _ in parts]
    found = unlike_risk(TRUTH, batches, [s for *_, s in parts], penalty=penalty, test_spectrum=OTHER)
    fits = [[Source(n, a, e, s) for n, f, a, e, s in parts if f == fit] for fit in range(3)]
    known = sources_risk(TRUTH, fits, penalty=penalty, test_covariance=OTHER, finite_size=False)
    np.testing.assert_allclose(found.total, known.total, rtol=1e-9)


REFUSED = {
    "a batch too few": ({"spectra": [SPECTRUM]}, "spectra"),
    "a sampled batch": ({"batches": [SharedRows(9.0, [1.0], [[0.0]], 0.1, sampled=0.5)] * 2}, "batches"),
    "a matrix to judge": ({"test_spectrum": np.eye(DIM)}, "test_spectrum"),
    "penalties of other fits": ({"penalty": [0.1, 0.1]}, "penalty"),
    "flat without a penalty": ({"penalty": 0.0, "spectra": [SPECTRUM, np.eye(DIM)[0]]}, "spectra"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_by_name(name):
    changed, where = REFUSED[name]
    batches = [shared(40, 0, REAL, 0.1, 1)] * 2
    given = {"batches": batches, "spectra": [SPECTRUM] * 2, "penalty": 0.1, "test_spectrum": SPECTRUM} | changed
    with pytest.raises(Problem) as refused:
        unlike_risk(TRUTH, given.pop("batches"), given.pop("spectra"), **given)
    assert refused.value.where.startswith(where)
