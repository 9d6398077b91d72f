"""Every engine of the table on one small task of its own, against the definition; a new one must bring its task.

2,000 replicates a side: means, second moments and products of two generations within Z standard errors, and
Kolmogorov-Smirnov tests (helpers.agree); noise 1.2 times as large must be seen.
"""

from dataclasses import replace as replaced

import numpy as np
import pytest
from helpers import Z, agree, excess_risks, mean_and_error

from genloss.errors import Problem
from genloss.models import Generator, KernelRidge, LeastSquares, Predictor, Ridge
from genloss.populations import LinearGaussian, Pool
from genloss.simulation import ENGINES, choose, draws, reference
from genloss.simulation.task import Task
from genloss.workflows import Workflow, accumulate, accumulate_subsample, replace

BLOCK, NOISE = 50, 0.6
FLAT = LinearGaussian(np.full(8, 0.7), np.arange(1, 9.0) ** -0.5, NOISE)
FALLING = LinearGaussian(np.arange(1, 9.0) ** -1.0, np.arange(1, 9.0) ** -0.5, NOISE)
WIDE = LinearGaussian(np.arange(1, 17.0) ** -0.5, np.arange(1, 17.0) ** -0.5, NOISE)
LINE, SHRUNK = Generator(LeastSquares(), NOISE), Generator(Ridge(0.05), NOISE)


def images() -> Pool:
    rng = np.random.default_rng(3)
    inputs = rng.standard_normal((30, 3))
    return Pool("made", inputs, np.sin(inputs[:, 0]), inputs[:4], np.sin(inputs[:4, 0]), NOISE)


def task(population, workflow: Workflow, generator: Generator, predictor: Predictor | None = None) -> Task:
    return Task(population, workflow.compile(2), generator, predictor, (0, 2), BLOCK, BLOCK)


VERIFIED = Workflow.from_dict(
    {
        "emit": [
            {"tag": "real", "from": "real", "rows": 40, "at": "start"},
            {"tag": "made", "from": "model", "rows": 40},
        ],
        "train": [{"select": {"last": 1}, "filter": {"kind": "distance", "within": 1.0, "verifier_error": 0.3}}],
    }
)
EXAMPLES = {
    "isotropic": task(FLAT, replace(24), LINE, Predictor((Ridge(0.1),), 12, NOISE)),
    "cholesky": task(FALLING, replace(24), LINE, Predictor((Ridge(0.1),), 12, NOISE)),
    "tridiagonal": task(
        FALLING, replace(24), LINE, Predictor(tuple(Ridge(p) for p in (0.1, 0.2, 0.3, 0.4, 0.5)), 12, NOISE)
    ),
    "wishart": task(FALLING, replace(24), SHRUNK),
    "nested": task(FALLING, accumulate(20), SHRUNK),
    "subsampled": task(WIDE, accumulate_subsample(40), SHRUNK),
    "verified": task(FALLING, VERIFIED, LINE),
    "pool_kernel": task(images(), replace(20), Generator(KernelRidge(0.05, gamma=0.2), NOISE)),
    "reference": task(FLAT, accumulate_subsample(12), SHRUNK),
    "integrated": task(FALLING, accumulate(20), SHRUNK),
}
NAMED_ONLY = {engine.name for engine in ENGINES if not (engine.draws and engine.auto)}


def test_every_engine_has_a_task() -> None:
    assert {engine.name for engine in ENGINES} == EXAMPLES.keys()
    assert len({engine.name for engine in ENGINES}) == len(ENGINES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_engine_is_chosen_for_its_task(name: str) -> None:
    chosen = choose(EXAMPLES[name], name if name in NAMED_ONLY else "auto")
    assert chosen.name == name
    assert draws(name) == chosen.draws


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_an_engine_has_the_law_of_the_definition(engine) -> None:
    example = EXAMPLES[engine.name]
    found = excess_risks(engine, example, blocks=40, seed=51)
    right = excess_risks(reference, example, blocks=40, seed=52)
    louder = replaced(example, generator=replaced(example.generator, noise=1.2 * NOISE))
    if example.predictor is not None:
        louder = replaced(louder, predictor=replaced(example.predictor, noise=1.2 * NOISE))
    wrong = excess_risks(reference, louder, blocks=40, seed=53)
    if engine.draws:
        assert agree(found, right)
        assert not agree(found, wrong)
        return
    (mean, error), (wanted, other), (off, _) = (mean_and_error(each) for each in (found, right, wrong))
    assert np.all(np.abs(mean - wanted) <= Z * np.hypot(error, other))
    assert np.all(np.abs(mean - off) > Z * np.hypot(error, other))


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_the_same_key_gives_the_same_bytes_and_fewer_replicates_the_first(engine) -> None:
    example = EXAMPLES[engine.name]
    (one, again), (other,) = (
        [excess_risks(engine, example, blocks=1, seed=s) for s in seeds] for seeds in ((1, 1), (2,))
    )
    np.testing.assert_array_equal(one, again)
    assert np.all(one != other)
    fewer = excess_risks(engine, replaced(example, replicates=7), blocks=1, seed=1)
    np.testing.assert_array_equal(fewer, one[..., :7])


@pytest.mark.parametrize("engine", [engine for engine in ENGINES if engine.shares], ids=lambda engine: engine.name)
def test_an_engine_that_shares_draws_gives_what_each_generator_gets_alone(engine) -> None:
    example = EXAMPLES[engine.name]
    beside = Generator(Ridge(0.5), NOISE)
    both = excess_risks(engine, replaced(example, beside=(beside,)), blocks=1, seed=1)
    alone = [
        excess_risks(engine, replaced(example, generator=g), blocks=1, seed=1)[0] for g in (example.generator, beside)
    ]
    np.testing.assert_allclose(both, alone, rtol=1e-12)


@pytest.mark.parametrize("name", [name for name in EXAMPLES if name != "reference"])
def test_an_engine_refuses_by_name_what_it_does_not_cover(name: str) -> None:
    filtered = {
        "emit": [
            {"tag": "real", "from": "real", "rows": 12, "at": "start"},
            {"tag": "made", "from": "model", "rows": 12},
        ],
        "train": [{"filter": {"keep_good": 0.9, "keep_bad": 0.3}}],
    }
    other = replaced(EXAMPLES[name], schedule=Workflow.from_dict(filtered).compile(2))
    with pytest.raises(Problem, match=f"{name} cannot run this"):
        choose(other, name)
