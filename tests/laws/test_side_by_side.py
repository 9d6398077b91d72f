"""Blocks of replicates that are drawn side by side have the bytes of one block after the other."""

from __future__ import annotations

import sys
from dataclasses import replace
from itertools import count

import numpy as np
import pytest

import genloss
from genloss import block_draws, compiled_draws
from genloss.blocks import apart, side_by_side
from genloss.results.cells import Store
from genloss.streams import BLOCK, stream
from genloss.study.runner.keeping import Keeping
from genloss.study.runner.plans import plan_group
from genloss.study.subjects.table import group_cells

WORKFLOWS = {
    "replace": {"kind": "replace", "rows": 12},
    "subsample": {"kind": "accumulate_subsample", "rows": 12},
    "window": {"kind": "window", "rows": 12, "keep": 2},
    "golden": {"kind": "golden", "rows": 12},
    "forget": {"kind": "forget", "rows": 12, "decay": 0.5},
    "mixed": {
        "kind": "custom",
        "emit": [{"tag": "mix", "from": "mix", "mix": {"model": 0.5, "previous": 0.3, "truth": 0.2}, "rows": 9}],
        "train": [{"select": {"last": 1}}],
    },
}
POPULATIONS = {
    "poisson": {"kind": "poisson", "mean": 0.3},  # some replicates end
    "large poisson": {"kind": "poisson", "mean": 9e13},  # where numbers are drawn by another law
    "negative binomial": {"kind": "negative_binomial", "mean": 2.0, "size": 3.0},
    "exponential": {"kind": "exponential", "mean": 2.0},
    "gaussian mean": {"kind": "gaussian_mean", "mean": 2.0, "deviation": 1.0},
    "bernoulli": {"kind": "bernoulli", "mean": 0.2},
    "gaussian": {"kind": "gaussian", "mean": 0.0, "variance": 1.0},
    "multinomial": {"kind": "multinomial", "probabilities": [0.5, 0.3, 0.2]},
    "lost multinomial": {"kind": "multinomial", "probabilities": [0.9, 0.06, 0.04]},
    "gaussian that ends": {"kind": "gaussian", "mean": 0.0, "variance": 1e-90},
    "several gaussians": {"kind": "multivariate_gaussian", "dim": 3},
    "nearly as many directions as rows": {"kind": "multivariate_gaussian", "dim": 8},
    "gamma of unknown shape": {"kind": "gamma_shape", "shape": 0.7, "mean": 2.0},
    "beta": {"kind": "beta", "concentrations": [0.5, 3.0]},
    "dirichlet": {"kind": "dirichlet", "concentrations": [0.5, 3.0, 2.0]},
    "logistic": {"kind": "logistic_regression", "intercept": 0.3, "slopes": [0.8]},
    "poisson of inputs": {"kind": "poisson_regression", "intercept": 1.0, "slopes": [0.4, 0.1]},
    "zipf": {"kind": "zipf", "categories": 12, "exponent": 1.0},
}


def study_of(population, workflow, metrics):
    return genloss.Study.from_dict(
        {
            "generations": 4,
            "replicates": 7 * BLOCK - 3,
            "metrics": metrics,
            "population": population,
            "workflow": workflow,
        }
    )


def plan_of(study):
    (group,) = group_cells(study.cells())
    return plan_group(study.scope, group, "auto", None)


def values(work, width):
    return np.concatenate([unit.values() for unit in replace(work, width=width).units()], axis=-1)


@pytest.mark.parametrize("workflow", WORKFLOWS)
@pytest.mark.parametrize("population", POPULATIONS)
def test_the_bytes_are_those_of_one_block_after_the_other(population, workflow):
    metrics = ["heterozygosity", "distinct"] if population == "zipf" else ["standardized_error", "variance_left"]
    work = plan_of(study_of(POPULATIONS[population], WORKFLOWS[workflow], metrics)).work
    known = values(work, 1)
    assert known.shape[-1] == 7 * BLOCK - 3
    for width in {3, work.width}:  # 3, 3 and 1, and as a run takes them
        assert values(work, width).tobytes() == known.tobytes()


def test_a_block_that_is_drawn_from_its_neighbor_is_seen(monkeypatch):
    """The check above can fail: with the streams of two blocks exchanged the bytes are others."""
    work = plan_of(study_of(POPULATIONS["poisson"], WORKFLOWS["replace"], ["standardized_error"])).work
    known = values(work, 1)
    monkeypatch.setattr(
        "genloss.blocks.side_by_side", lambda keyed, blocks, size: side_by_side(keyed, blocks[::-1], size)
    )
    assert values(work, 4).tobytes() != known.tobytes()


def kept(unit, store):
    """Return what comes of a unit; what is kept of it lies in the store."""
    keeping = Keeping(store)
    made = keeping(unit)
    keeping.end()
    return made


def test_the_pieces_of_a_run_that_was_stopped_are_found_whatever_their_width(tmp_path, monkeypatch):
    study = study_of(POPULATIONS["poisson"], WORKFLOWS["replace"], ["standardized_error"])
    store, plan = Store(tmp_path), plan_of(study)
    assert [len(unit.blocks) for unit in plan.units(3)] == [3, 3, 1]
    for unit in plan.units(3)[1:]:
        kept(unit, store)
    monkeypatch.setattr("genloss.study.runner.units.Unit.values", None)
    first = plan.units(3)[0]
    known = kept(first, None).values
    assert kept(first, store).values.tobytes() == known.tobytes()
    assert len(list(store.names())) == 1
    assert genloss.simulate(study, store=tmp_path, workers=2).rows == genloss.simulate(study, workers=1).rows


def both(*key):
    return side_by_side(lambda block, *more: stream(3, block, *more), range(2), 10)(*key)


def test_what_has_no_axis_of_replicates_is_refused():
    with pytest.raises(AssertionError, match="20 replicates draw numbers of shape"):
        both("x").standard_normal(7)
    with pytest.raises(AttributeError):
        both("x").permutation(20)


@pytest.mark.parametrize(
    "draw",
    [
        lambda rng, r: rng.standard_normal((r, 2)),
        lambda rng, r: rng.random(r),
        lambda rng, r: rng.standard_exponential((r, 1)),
        lambda rng, r: rng.standard_gamma(2.0, (r, 3)),
        lambda rng, r: rng.gamma(np.full(r, 2.0), 1.5),
        lambda rng, r: rng.chisquare(np.arange(1.0, 4.0), (r, 3)),
        lambda rng, r: rng.poisson(np.full((r, 2), 4.0)),
        lambda rng, r: rng.binomial(5, np.full(r, 0.3)),
        lambda rng, r: rng.integers(9, size=(r, 4)),
        lambda rng, r: rng.choice(3, size=(r, 2), p=[0.2, 0.3, 0.5]),
        lambda rng, r: rng.multinomial(7, [0.5, 0.5], size=r),
        lambda rng, r: rng.multinomial(7, np.full((r, 2), 0.5)),
        lambda rng, r: rng.multinomial(1, np.full((r, 1, 2), 0.5), size=(r, 3)),
    ],
)
def test_every_law_is_drawn_by_block(draw):
    known = np.concatenate([draw(stream(3, block, "x"), 10) for block in range(2)])
    found = draw(both("x"), 20)
    assert found.dtype == known.dtype
    assert found.tobytes() == known.tobytes()


def test_the_part_of_one_block_is_everything():
    rng = stream(3, "x")
    assert list(apart(rng, 10)) == [(slice(0, 10), rng)]


LAWS = [
    lambda rng: rng.poisson(np.geomspace(1e-3, 1e12, 20)),
    lambda rng: rng.poisson(np.geomspace(1e-3, 1e3, 60).reshape(20, 3)),
    lambda rng: rng.poisson(4.0, size=(20, 2)),
    lambda rng: rng.gamma(np.geomspace(1e-2, 1e6, 20), np.geomspace(1e3, 1e-3, 20)),
    lambda rng: rng.gamma(2.5, np.linspace(1.0, 2.0, 20)),
    lambda rng: rng.binomial(np.arange(20), np.linspace(0.0, 1.0, 20)),
    lambda rng: rng.binomial(10**6, np.full(20, 0.3)),
]


@pytest.mark.parametrize("draw", LAWS)
def test_the_compiled_loop_draws_what_calls_of_the_generators_draw(draw, monkeypatch):
    """The numbers, their kind, and what the generators draw next."""
    monkeypatch.setattr(block_draws, "_worth_loading", lambda _: False)
    slow = both("x")
    known, then = draw(slow), slow.random(20)
    calls = []
    drawn = compiled_draws.drawn
    monkeypatch.setattr(compiled_draws, "drawn", lambda *given: calls.append(given) or drawn(*given))
    monkeypatch.setattr(block_draws, "_worth_loading", lambda _: True)
    fast = both("x")
    found = draw(fast)
    assert calls
    assert found.dtype == known.dtype
    assert found.tobytes() == known.tobytes()
    assert fast.random(20).tobytes() == then.tobytes()


@pytest.mark.parametrize(
    ("draw", "said"),
    [
        (lambda rng: rng.poisson(np.full(20, -1.0)), "lam < 0"),
        (lambda rng: rng.poisson(np.full(20, 1e19)), "lam value too large"),
        (lambda rng: rng.gamma(np.full(20, -1.0), 1.0), "shape < 0"),
        (lambda rng: rng.binomial(3, np.full(20, 1.5)), "p > 1"),
    ],
)
def test_what_numpy_refuses_is_refused(draw, said, monkeypatch):
    monkeypatch.setattr(block_draws, "_worth_loading", lambda _: True)
    with pytest.raises(ValueError, match=said):
        draw(both("x"))


def test_loops_are_loaded_when_calls_have_cost_as_much(monkeypatch):
    monkeypatch.delitem(sys.modules, "genloss.compiled_draws", raising=False)
    monkeypatch.setattr(block_draws, "_calls", count())
    worth = [block_draws._worth_loading(100) for _ in range(1_000)]
    assert worth.index(True) == block_draws._LOADING / 100
    assert all(worth[worth.index(True) :])


@pytest.mark.parametrize("rows", [7, 12, 40])
def test_the_bytes_of_flat_regressions_are_those_of_one_block_after_the_other(rows):
    study = genloss.Study.from_dict(
        {
            "generations": 2,
            "replicates": 7 * BLOCK - 3,
            "population": {"kind": "linear_gaussian", "dim": 12, "noise": 0.5},
            "workflow": {"kind": "replace", "rows": 30},
            "generator": {"kind": "least_squares"},
            "predictor": {"kind": "ridge", "rows": rows, "penalty": [0.01, 0.1, 1.0]},
        }
    )
    plan = plan_of(study)
    known = values(plan.work, 1)
    assert plan.engine.name == "isotropic"
    assert plan.work.width > 1
    for width in (2, 3, plan.work.width):
        assert values(plan.work, width).tobytes() == known.tobytes()
