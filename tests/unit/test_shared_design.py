"""Are fits that share their rows those of `maximize`, with its verdicts on which exist? Coefficients to 1e-7.

Blind to what both sides have wrong; `maximize` is checked by test_worlds and test_relabeled. The control is a penalty
that is a hundredth larger.
"""

import numpy as np
import pytest

from genloss.models.likelihood import LINKS, maximize
from genloss.models.pairs import pairs_of
from genloss.models.shared_design import cumulants, maximize_shared, means
from genloss.streams import stream

RUNS = 60


def drawn(kind, rows, columns, offset, strength=1.0):
    """Rows, and what every run has of them: shares and mean labels, as a batch that was drawn has them."""
    rng = stream(61, "shared", kind, rows)
    x = np.column_stack([np.ones(rows), rng.standard_normal((rows, columns))])
    b = strength * 0.5 * rng.standard_normal((RUNS, columns + 1))
    counts, mean = rng.multinomial(rows, np.full(rows, 1 / rows), size=RUNS), LINKS[kind].mean(b @ x.T + offset)
    sums = rng.binomial(counts, mean) if kind == "logistic" else rng.poisson(counts * mean)
    labels = np.divide(sums, counts, out=np.zeros(counts.shape), where=counts > 0)
    return x, labels, counts / rows, b


def places(x):
    return np.broadcast_to(x, (RUNS, *x.shape))


@pytest.mark.parametrize("penalty", [0.0, 0.02])
@pytest.mark.parametrize("offset", [0.0, "rows"])
@pytest.mark.parametrize("kind", LINKS)
@pytest.mark.parametrize("rows", [200, 40, 12])
def test_fits_are_those_of_any_rows(kind, rows, offset, penalty):
    """Of 12 rows some parts of the runs have no fit."""
    offset = stream(62, "offset").normal(0, 0.3, rows) if offset else 0.0
    x, labels, shares, b = drawn(kind, rows, 4, offset)
    expected, exists = maximize(kind, places(x), labels, shares, penalty, offset)
    for start in (None, b, 3 * b):
        found, known = maximize_shared(kind, pairs_of(x), labels, shares, penalty, offset, start)
        np.testing.assert_array_equal(known, exists)
        np.testing.assert_allclose(found[exists], expected[exists], rtol=1e-7, atol=1e-7)
    if penalty:
        other, _ = maximize_shared(kind, pairs_of(x), labels, shares, 1.01 * penalty, offset)
        assert np.abs(other - expected)[exists].max() > 1e-5
    elif rows == 12:
        assert 0 < exists.sum() < RUNS


def test_strong_signals_part_classes_in_most_runs():
    x, labels, shares, _ = drawn("logistic", 40, 4, 0.0, strength=12.0)
    expected, exists = maximize("logistic", places(x), labels, shares)
    found, known = maximize_shared("logistic", pairs_of(x), labels, shares)
    np.testing.assert_array_equal(known, exists)
    np.testing.assert_allclose(found[exists], expected[exists], rtol=1e-6, atol=1e-6)
    assert 0 < exists.sum() < RUNS


def test_sums_without_room_for_products_are_the_same(monkeypatch):
    rng = stream(63, "room")
    x, weights = rng.standard_normal((30, 5)), rng.random((7, 30))
    held = pairs_of(x)
    monkeypatch.setattr("genloss.models.pairs._ROOM", 10)
    monkeypatch.setattr("genloss.models.pairs._AT_ONCE", 400)
    bare, right = pairs_of(x), np.einsum("rt,ti,tj->rij", weights, x, x)
    assert bare.products is None
    for each in (held, bare):
        np.testing.assert_allclose(each.sums(weights), right, rtol=1e-12)
        np.testing.assert_allclose(each.at(np.arange(9)).sums(weights[:, :9]), right * 0 + _of(x, weights), rtol=1e-12)
        np.testing.assert_allclose(each.forms(right), np.einsum("ti,rij,tj->rt", x, right, x), rtol=1e-12)


def _of(x, weights):
    return np.einsum("rt,ti,tj->rij", weights[:, :9], x[:9], x[:9])


@pytest.mark.parametrize("kind", LINKS)
def test_means_and_cumulants_are_those_of_the_links(kind):
    eta = np.linspace(-800, 600 if kind == "poisson" else 800, 41)
    np.testing.assert_allclose(means(kind, eta), LINKS[kind].mean(eta), rtol=1e-14, atol=1e-300)
    np.testing.assert_allclose(cumulants(kind, eta), LINKS[kind].cumulant(eta), rtol=1e-14, atol=1e-300)
