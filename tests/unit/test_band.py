"""Is the band form of a symmetric matrix the matrix, and does it solve?"""

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge as Theirs

from genloss.errors import Problem
from genloss.models import KernelRidge
from genloss.models.kernel.band import WIDTH, banded, solve
from genloss.models.kernel.path import KernelPath
from genloss.streams import stream


def positive(size):
    half = stream(110, "band", size).standard_normal((size, size))
    return half @ half.T / size


def dense(form):
    """The band as a whole matrix."""
    size = form.diagonals.shape[1]
    below = sum(np.diag(line[: size - k], -k) for k, line in enumerate(form.diagonals))
    return below + below.T - np.diag(form.diagonals[0])


@pytest.mark.parametrize("rows", [16, 512])
@pytest.mark.parametrize(("size", "width"), [(1, 4), (2, 4), (4, 4), (5, 4), (6, 4), (7, 4), (60, 7), (200, WIDTH)])
def test_the_band_turned_back_is_the_matrix(size, width, rows, monkeypatch):
    monkeypatch.setattr("genloss.models.kernel.band._ROWS", rows)
    matrix = positive(size)
    form = banded(matrix.copy(), width)
    identity = np.eye(size)
    turn = form.back(identity)
    np.testing.assert_allclose(form.into(turn), identity, atol=1e-13)
    np.testing.assert_allclose(turn @ dense(form) @ turn.T, matrix, atol=1e-13)
    assert form.diagonals.shape == (min(width, size - 1) + 1, size)
    columns = stream(111, "columns").standard_normal((size, 3))
    found = form.back(solve(form.factor(0.5), form.into(columns)))
    np.testing.assert_allclose(found, np.linalg.solve(matrix + 0.5 * identity, columns), atol=1e-12)


@pytest.mark.parametrize("matrix", [np.zeros((30, 30)), np.ones((30, 30)), np.eye(30), np.diag(np.arange(30.0))])
def test_matrices_of_low_rank_or_none(matrix):
    form = banded(matrix.copy(), 4)
    columns = stream(111, "columns").standard_normal((30, 3))
    found = form.back(solve(form.factor(0.5), form.into(columns)))
    np.testing.assert_allclose(found, np.linalg.solve(matrix + 0.5 * np.eye(30), columns), atol=1e-13)


def test_what_is_not_positive_definite_is_refused_with_the_penalty():
    with pytest.raises(np.linalg.LinAlgError):
        banded(-positive(30), 4).factor(1e-3)
    x = np.repeat(100 * stream(112, "x").standard_normal((40, 3)), 5, axis=0)
    path = KernelPath.of(KernelRidge(1e-3, "polynomial", 1.0, 5, 1.0), x)
    with pytest.raises(Problem, match="1e-18: the kernel matrix plus the penalty cannot be solved"):
        path.dual(np.ones(200), [1e-18])


def test_chains_on_more_rows_than_one_block_are_scikit_learns():
    """Panels, blocks of rows and their ends all take part; scikit-learn fits one after the other."""
    rng = stream(113, "blocks")
    x, noise, penalties = rng.standard_normal((1100, 5)), rng.standard_normal((2, 1100, 2)), [[1e-5, 1e-2], [0.1, 0.1]]
    model, truth = KernelRidge(1e-3, gamma=0.1), np.sin(x[:, 0])
    gram = model.gram(x, x)
    found = KernelPath.of(model, x).chains(truth, noise, penalties)
    for chain, schedule in zip(found, penalties, strict=True):
        shown = np.repeat(truth[:, None], 2, axis=1)
        for fit, new, penalty in zip(chain, noise, schedule, strict=True):
            theirs = Theirs(alpha=penalty * 1100, kernel="precomputed").fit(gram, shown + new)
            shown = theirs.predict(gram)
            np.testing.assert_allclose(fit, shown, atol=1e-8 * np.abs(shown).max())
