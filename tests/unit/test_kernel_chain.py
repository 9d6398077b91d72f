"""Chains of kernel ridge fits, every penalty on its own, by both ways: are they scikit-learn's?"""

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge as Theirs

from genloss.errors import Problem
from genloss.models import KernelRidge
from genloss.models.kernel.chain import chains
from genloss.models.kernel.kernels import KERNELS
from genloss.models.kernel.path import KernelPath
from genloss.streams import stream

PENALTIES = np.array([1e-3, 1e-2, 1.0])
MODELS = {name: KernelRidge(0.01, name, 0.2, 3, 1.0) for name in KERNELS}


def world(rows=80, generations=3, columns=2):
    """Return inputs, truth, the noise of every generation, and other inputs."""
    rng = stream(101, "kernel chain")
    x = rng.standard_normal((rows, 4))
    return x, np.sin(x[:, 0]), 0.3 * rng.standard_normal((generations, rows, columns)), rng.standard_normal((9, 4))


def by_hand(model, penalties, x, truth, noise, z):
    """Fit one chain, column and generation after the other with scikit-learn; predictions on x, then on z."""
    gram, crossed = model.gram(x, x), model.gram(z, x)
    found = np.empty((len(penalties), len(noise), len(x) + len(z), noise.shape[2]))
    for p, own in enumerate(penalties):
        for c in range(noise.shape[2]):
            shown = truth
            for g, (new, penalty) in enumerate(zip(noise, np.broadcast_to(own, len(noise)), strict=True)):
                fit = Theirs(alpha=penalty * len(x), kernel="precomputed").fit(gram, shown + new[:, c])
                shown = fit.predict(gram)
                found[p, g, :, c] = np.concatenate([shown, fit.predict(crossed)])
    return found[:, :, : len(x)], found[:, :, len(x) :]


def apart(one, other):
    """Largest difference over the largest number."""
    return np.abs(one - other).max() / np.abs(other).max()


@pytest.mark.parametrize("name", KERNELS)
def test_chains_of_every_penalty_are_scikit_learns(name):
    x, truth, noise, z = world()
    fitted, predicted = by_hand(MODELS[name], PENALTIES, x, truth, noise, z)
    path = KernelPath.of(MODELS[name], x)
    assert apart(path.chains(truth, noise, PENALTIES), fitted) < 1e-8
    assert apart(path.chains(truth, noise, PENALTIES, z), predicted) < 1e-8
    assert apart(path.chains(truth, noise, PENALTIES * (1 + 1e-6)), fitted) > 1e-8  # a millionth would be seen
    for held in (True, False):
        found = chains(
            MODELS[name], x, truth, noise, PENALTIES, tolerance=1e-11, landmarks=30, held=held, rng=stream(102, name)
        )
        assert apart(found.fitted, fitted) < 1e-8
        assert apart(np.matmul(MODELS[name].gram(z, x), found.dual), predicted) < 1e-8


@pytest.mark.parametrize("name", ["rbf", "arc_cosine"])
def test_a_chain_may_have_a_penalty_for_each_generation(name):
    x, truth, noise, z = world()
    schedules = np.array([[1e-3, 1e-2, 1.0], [0.3, 1e-3, 1e-3], [1e-2, 1e-2, 1e-2], [1.0, 0.1, 1e-2]])
    fitted, predicted = by_hand(MODELS[name], schedules, x, truth, noise, z)
    path = KernelPath.of(MODELS[name], x)
    assert apart(path.chains(truth, noise, schedules), fitted) < 1e-8
    assert apart(path.chains(truth, noise, schedules, z), predicted) < 1e-8
    assert apart(path.chains(truth, noise, schedules[:, ::-1]), fitted) > 1e-2  # the order of generations is seen
    assert np.array_equal(path.chains(truth, noise, [1e-2])[0], path.chains(truth, noise, schedules)[2])
    for precision in ("double", "single"):
        found = chains(
            MODELS[name],
            x,
            truth,
            noise,
            schedules,
            tolerance=1e-11,
            landmarks=30,
            precision=precision,
            rng=stream(104, name),
        )
        assert apart(found.fitted, fitted) < 1e-8
        assert apart(np.matmul(MODELS[name].gram(z, x), found.dual), predicted) < 1e-8


@pytest.mark.parametrize("tolerance", [1e-2, 1e-9])
def test_errors_are_within_the_stated_bounds(tolerance):
    x, truth, noise, z = world(rows=300)
    model, seen = KernelRidge(0.01, gamma=0.2), []
    found = chains(
        model,
        x,
        truth,
        noise,
        PENALTIES,
        tolerance=tolerance,
        landmarks=20,
        rng=stream(103, "bounds"),
        progress=lambda done, most: seen.append((done, most)),
    )
    path = KernelPath.of(model, x)
    before = np.broadcast_to(truth[:, None], (3, 1, 300, 2))
    labels = np.concatenate([before, found.fitted[:, :-1]], axis=1) + noise
    shift = (PENALTIES * 300)[:, None, None, None]
    off = np.linalg.norm(labels - model.gram(x, x) @ found.dual - shift * found.dual, axis=2)
    size = np.linalg.norm(labels, axis=2)
    assert (off / size).max(axis=(0, 2)) == pytest.approx(found.residuals, rel=1e-3)
    assert found.residuals.max() <= 10 * tolerance
    assert found.converged == (found.residuals.max() <= tolerance)
    wrong = np.linalg.norm(found.fitted - path.chains(truth, noise, PENALTIES), axis=2)
    assert (wrong <= np.cumsum(off, axis=1) + 1e-10).all()
    elsewhere = np.abs(np.matmul(model.gram(z, x), found.dual) - path.chains(truth, noise, PENALTIES, z))[:, 0]
    assert (elsewhere <= (off[:, 0] / np.sqrt(4 * shift[:, 0, 0]))[:, None] + 1e-10).all()  # K(x, x) = 1
    assert seen == [(1, 3), (2, 3), (3, 3)]
    if tolerance == 1e-2:
        assert wrong.max() > 1e-4  # loose is not exact: the bounds hold something


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"x": np.full((80, 4), np.nan)}, "inputs"),
        ({"x": np.empty((0, 4))}, "inputs"),
        ({"truth": np.ones(79)}, "truth|labels"),
        ({"noise": np.ones((3, 79, 2))}, "noise"),
        ({"noise": np.full((3, 80, 2), np.inf)}, "noise"),
        ({"noise": np.empty((0, 80, 2))}, "noise"),
        ({"penalties": [0.0]}, "penalties above 0"),
        ({"penalties": []}, "penalties above 0"),
        ({"penalties": np.ones((2, 4))}, r"shape \(2, 4\)\n  mend: give \(chains,\), or \(chains, 3\)"),
        ({"penalties": [[1.0, 1.0, 0.0]]}, "penalties above 0"),
        ({"penalties": np.empty((0, 3))}, "penalties"),
    ],
)
def test_mistakes_are_refused_by_both(changes, said):
    x, truth, noise, _ = world()
    given = {"x": x, "truth": truth, "noise": noise, "penalties": PENALTIES} | changes
    rest = (given["truth"], given["noise"], given["penalties"])
    with pytest.raises(Problem, match=said):
        chains(KernelRidge(0.01), given["x"], *rest, rng=stream(1, "x"))
    with pytest.raises(Problem, match=said):
        KernelPath.of(KernelRidge(0.01), given["x"]).chains(*rest)


def test_unconverged_is_never_silent():
    x, truth, noise, _ = world()
    with pytest.raises(Problem, match="after 3 steps the residual is"):
        chains(KernelRidge(0.01), x, truth, noise, [1e-13], landmarks=2, most_steps=3, rng=stream(1, "x"))
