"""Kernel ridge regression by one decomposition, and by conjugate gradients: equal to scikit-learn and to each other."""

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge as Theirs
from sklearn.metrics.pairwise import laplacian_kernel, polynomial_kernel, rbf_kernel

from genloss.errors import Problem
from genloss.models import KernelRidge
from genloss.models.kernel.chain import chains
from genloss.models.kernel.kernels import KERNELS, PARAMETERS, Shape
from genloss.models.kernel.path import KernelPath
from genloss.models.kernel.solver import solve
from genloss.streams import stream

PENALTIES = [1e-3, 1e-2, 1.0]
SHAPE = Shape(0.2, 3, 1.0)
MODELS = {name: KernelRidge(0.01, name, 0.2, 3, 1.0) for name in KERNELS}


def data(rows=120, columns=3):
    rng = stream(95, "kernel")
    return rng.standard_normal((rows, 4)), rng.standard_normal((rows, columns)), rng.standard_normal((25, 4))


def test_kernels_are_what_they_are_called():
    x, _, z = data()
    for name, known in (
        ("rbf", rbf_kernel(x, z, gamma=0.2)),
        ("polynomial", polynomial_kernel(x, z, degree=3, gamma=0.2, coef0=1.0)),
        ("laplacian", laplacian_kernel(x, z, gamma=0.2)),
    ):
        np.testing.assert_allclose(KERNELS[name](x, z, SHAPE), known, rtol=1e-12)
        stacked = KERNELS[name](np.array([x, x + 1]), np.array([z, z]), SHAPE)
        np.testing.assert_allclose(stacked[0], known, rtol=1e-12)


@pytest.mark.parametrize("name", KERNELS)
def test_kernels_read_what_their_table_says(name):
    x, _, z = data()
    plain = KERNELS[name](x, z, SHAPE)
    changed = {"gamma": Shape(0.3, 3, 1.0), "degree": Shape(0.2, 4, 1.0), "coef0": Shape(0.2, 3, 2.0)}
    read = tuple(key for key, shape in changed.items() if not np.array_equal(KERNELS[name](x, z, shape), plain))
    assert sorted(read) == sorted(PARAMETERS[name])


def test_arc_cosine_kernels_are_wide_networks():
    """Against 200,000 random units: E relu(w.x) relu(w.z) x 2 and E step(w.x) step(w.z) x 2; 2 % is seen."""
    x, _, z = data()
    w = stream(96, "units").standard_normal((200_000, 4))
    one, other = x[:2] @ w.T, z[:3] @ w.T
    for name, unit in (("arc_cosine", lambda a: np.maximum(a, 0)), ("arc_cosine_steps", lambda a: (a > 0) * 1.0)):
        drawn = 2 * unit(one)[:, None, :] * unit(other)[None, :, :]
        error = drawn.std(axis=-1, ddof=1) / np.sqrt(drawn.shape[-1])
        assert (np.abs(drawn.mean(axis=-1) - KERNELS[name](x[:2], z[:3], SHAPE)) < 4.5 * error).all()
    assert KERNELS["arc_cosine_steps"](np.zeros((1, 4)), z[:1], SHAPE)[0, 0] == pytest.approx(0.5)


@pytest.mark.parametrize("name", KERNELS)
def test_one_decomposition_is_scikit_learn_for_every_penalty(name):
    x, y, z = data()
    path = KernelPath.of(MODELS[name], x)
    gram, crossed = MODELS[name].gram(x, x), MODELS[name].gram(z, x)
    predicted, dual, fitted = path.predict(y, PENALTIES, z), path.dual(y, PENALTIES), path.fitted(y, PENALTIES)
    for place, penalty in enumerate(PENALTIES):
        theirs = Theirs(alpha=penalty * len(x), kernel="precomputed").fit(gram, y)
        scale = np.abs(theirs.predict(crossed)).max()
        np.testing.assert_allclose(predicted[place], theirs.predict(crossed), atol=1e-8 * scale)
        np.testing.assert_allclose(dual[place], theirs.dual_coef_, atol=1e-8 * np.abs(theirs.dual_coef_).max())
        np.testing.assert_allclose(fitted[place], theirs.predict(gram), atol=1e-8 * scale)


def test_every_generation_of_one_design():
    x, *_ = data()
    path, noise = KernelPath.of(MODELS["rbf"], x), stream(97, "noise").standard_normal((4, 120, 2))
    truth, gram = np.sin(x[:, 0]), MODELS["rbf"].gram(x, x)
    shown = np.repeat(truth[:, None], 2, axis=1)
    taught = [shown, *path.chains(truth, noise, [0.01])[0]]  # who labels generation 0, 1, ...
    for teacher, new in zip(taught[:-1], noise, strict=True):
        labels = teacher + new
        np.testing.assert_allclose(labels, shown + new, atol=1e-8)
        shown = Theirs(alpha=0.01 * 120, kernel="precomputed").fit(gram, shown + new).predict(gram)


@pytest.mark.parametrize("name", KERNELS)
def test_conjugate_gradients_reach_the_same(name):
    x, y, _ = data(300)
    known = KernelPath.of(MODELS[name], x).dual(y, PENALTIES)
    for held in (True, False):
        seen: list[tuple[int, int]] = []
        found = solve(
            MODELS[name],
            x,
            y,
            PENALTIES,
            landmarks=60,
            tolerance=1e-10,
            held=held,
            rng=stream(98, name),
            progress=lambda done, most, seen=seen: seen.append((done, most)),
        )
        assert found.converged or found.residual < 1e-9
        assert seen[-1][1] == 10
        np.testing.assert_allclose(found.dual, known, atol=1e-7 * np.abs(known).max())


@pytest.mark.parametrize("tolerance", [1e-4, 1e-8, 1e-12])
@pytest.mark.parametrize("name", ["rbf", "polynomial", "laplacian"])
def test_a_kernel_in_single_precision_keeps_the_tolerance(name, tolerance):
    x, y, _ = data(300)
    how = {"landmarks": 60, "tolerance": tolerance}
    found, known = (
        solve(MODELS[name], x, y, PENALTIES, precision=precision, rng=stream(98, name), **how)
        for precision in ("single", "double")
    )
    gram = MODELS[name].gram(x, x)
    size = np.linalg.norm(y, axis=0)
    for penalty, dual in zip(PENALTIES, found.dual, strict=True):
        off = np.linalg.norm(y - gram @ dual - penalty * len(x) * dual, axis=0) / size
        assert off.max() <= found.residual * (1 + 1e-3) + 1e-13
    assert found.converged
    assert found.residual <= tolerance
    assert np.abs(found.dual - known.dual).max() < 10 * tolerance * np.abs(known.dual).max()


def test_single_precision_without_refinement_would_be_seen(monkeypatch):
    """The kernel's rounding in single precision is seen in a residual of 1e-12: what mends it is the refinement."""
    x, y, _ = data(300)
    monkeypatch.setattr("genloss.models.kernel.solver._ROUNDS", 1)
    with pytest.raises(Problem, match="or hold the kernel with precision"):
        solve(MODELS["rbf"], x, y, PENALTIES, precision="single", tolerance=1e-12, landmarks=60, rng=stream(98, "rbf"))


def test_blocks_of_rows_are_the_whole_kernel(monkeypatch):
    x, y, _ = data(200)
    monkeypatch.setattr("genloss.models.kernel.products._BLOCK", 8 * 200 * 7)  # seven rows at a time
    found = solve(MODELS["rbf"], x, y, [0.01], held=False, landmarks=50, rng=stream(99, "blocks"))
    known = KernelPath.of(MODELS["rbf"], x).dual(y, [0.01])
    np.testing.assert_allclose(found.dual, known, atol=1e-6 * np.abs(known).max())


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda x, _: KernelPath.of(KernelRidge(0.01), x[:0]), "inputs"),
        (lambda x, _: KernelPath.of(KernelRidge(0.01), np.where(x > 2, np.nan, x)), "row .* not finite"),
        (lambda *_: KernelPath.of(KernelRidge(0.01), np.zeros((10_001, 1))), "10,001 rows"),
        (lambda x, y: KernelPath.of(KernelRidge(0.01), x).dual(y, [0.0]), "penalties above 0"),
        (lambda x, y: KernelPath.of(KernelRidge(0.01), x).dual(y[:5], [0.1]), "labels"),
        (lambda x, y: solve(KernelRidge(0.01), x, y, [-1.0], rng=stream(1, "x")), "penalties above 0"),
        (lambda x, y: solve(KernelRidge(0.01), x, 0 * y, [1.0], rng=stream(1, "x")), "zeros alone"),
        (
            lambda x, y: solve(KernelRidge(1.0), x, y, [1e-13], landmarks=2, most_steps=3, rng=stream(1, "x")),
            "after 3 steps the residual is",
        ),
        (lambda x, y: solve(KernelRidge(1.0), x, y, [1.0], precision="half", rng=stream(1, "x")), "double, single"),
        (
            lambda x, y: solve(KernelRidge(1.0), x, y, [1.0], precision="single", held=False, rng=stream(1, "x")),
            "single, of a kernel of 120 rows that is not held",
        ),
        (lambda *_: KernelRidge(0.01, "cosine"), "one of rbf, polynomial, laplacian"),
    ],
)
def test_mistakes(ask, said):
    x, y, _ = data()
    with pytest.raises(Problem, match=said):
        ask(x, y)


def rows_and_labels():
    rng = stream(141, "mistakes")
    x = rng.standard_normal((60, 4))
    return x, x[:, 0].copy(), rng


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda *_: KernelRidge(0.1, "polynomial", degree=1.5), "degree"),
        (lambda *_: KernelRidge(0.1, "polynomial", coef0=float("nan")), "coef0"),
        (lambda x, *_: KernelPath.of(KernelRidge(0.1, "polynomial", 1.0, 300), 1e9 * x), "not finite"),
        (lambda x, y, _: KernelPath.of(KernelRidge(0.1), x).predict(y, [0.1], x[:, :3]), "3 columns"),
        (lambda x, y, rng: solve(KernelRidge(0.1), x, y, [0.1], tolerance=0, rng=rng), "tolerance"),
        (lambda x, y, rng: solve(KernelRidge(0.1), x, y, [0.1], landmarks=0, rng=rng), "landmarks"),
        (lambda x, y, rng: solve(KernelRidge(0.1), x, y, [0.1], most_steps=0, rng=rng), "most_steps"),
        (lambda x, y, rng: solve(KernelRidge(0.1), x, 1e200 * y, [0.1], rng=rng), "other units"),
        (
            lambda _, y, rng: solve(
                KernelRidge(0.1, gamma=0.2), np.ones((60, 4)), y, [1e-12], tolerance=1e-13, landmarks=20, rng=rng
            ),
            "rounding allows no less",
        ),
    ],
)
def test_what_cannot_be_solved_is_said(ask, said):
    with pytest.raises(Problem, match=said):
        ask(*rows_and_labels())


def test_the_design_is_a_copy_and_labels_of_zeros_are_solved():
    x, y, rng = rows_and_labels()
    path = KernelPath.of(KernelRidge(0.1), x)
    before = path.predict(y, [0.1], x[:5].copy())
    others = x[:5].copy()
    x[:] = 0
    np.testing.assert_array_equal(path.predict(y, [0.1], others), before)
    x, y, rng = rows_and_labels()
    found = chains(KernelRidge(0.1), x, 0 * y, np.zeros((2, 60, 1)), [0.1], rng=rng)
    assert not found.fitted.any()


def test_landmarks_make_steps_fewer():
    x = stream(142, "landmarks").standard_normal((500, 3))
    steps = [
        solve(KernelRidge(0.1, gamma=0.1), x, x[:, 0], [1e-3], landmarks=n, rng=stream(143, "landmarks")).steps
        for n in (2, 100)
    ]
    assert steps[1] <= steps[0] / 2


def test_arc_cosine_has_its_values():
    one = np.eye(3)
    shape = Shape(1.0, 1, 1.0)
    np.testing.assert_allclose(
        KERNELS["arc_cosine"](one, one, shape), np.full((3, 3), 1 / np.pi) + one * (1 - 1 / np.pi)
    )
    np.testing.assert_allclose(KERNELS["arc_cosine"](2 * one[:1], -one[:1], shape), 0, atol=1e-12)
    np.testing.assert_allclose(KERNELS["arc_cosine_steps"](one, one, shape), 0.5 + 0.5 * one, atol=1e-12)
