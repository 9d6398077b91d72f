"""What networks share: how long they train, random numbers, minibatches, one thread; what is said without torch."""

import subprocess
import sys
from importlib.metadata import distributions
from importlib.util import find_spec

import numpy as np
import pytest

from genloss.errors import Problem
from genloss.models.neural import Budget
from genloss.models.neural.batches import batches, only_unequal
from genloss.models.neural.draws import Draws, chunks

with_torch = pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed: pip install torch==2.13.0")


def test_a_budget_is_of_steps_or_of_epochs():
    assert Budget.of({"steps": 7}).steps_for(rows=10**6, batch=1) == 7
    assert Budget.of({"epochs": 0.5}).steps_for(rows=100, batch=7) == 8
    assert Budget.of({"epochs": 3}).steps_for(rows=100, batch=64) == 5


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"steps": 3, "epochs": 3},
        {"steps": 0},
        {"steps": 2.5},
        {"steps": True},
        {"epochs": 0},
        {"epochs": float("nan")},
        {"epochs": "3"},
        {"minutes": 3},
        3,
    ],
)
def test_another_budget_is_refused_by_name(given):
    with pytest.raises(Problem, match="budget"):
        Budget.of(given)


def test_rows_come_in_turn_and_by_weight_where_weights_differ():
    rng = np.random.default_rng
    in_turn = np.concatenate(list(batches(10, 4, 5, rng(0))))
    assert sorted(in_turn[:10]) == sorted(in_turn[10:]) == list(range(10))
    alike = np.concatenate(list(batches(10, 4, 5, rng(0), np.full(10, 1.0))))
    assert np.array_equal(alike, in_turn)
    assert only_unequal(np.array([1.0, 2.0])) is not None
    weighed = np.concatenate(list(batches(2, 100, 400, rng(0), np.array([0.5, 1.5]))))
    assert abs(weighed.mean() - 0.75) < 4.5 * np.sqrt(0.75 * 0.25 / weighed.size)


def test_a_purpose_has_its_own_numbers():
    draws, again, other = (Draws.of(np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert draws == again != other
    first = draws.numpy("weights").random(3)
    assert np.array_equal(first, again.numpy("weights").random(3))
    assert not np.array_equal(first, draws.numpy("batches").random(3))
    assert list(chunks(5, 5)) == [(0, 5)]
    assert list(chunks(0, 5)) == []


@with_torch
def test_torch_draws_from_the_key_and_leaves_the_state_of_the_process_alone():
    import torch

    from genloss.models.neural.library import made_with, one_thread

    before = torch.get_rng_state()
    one, other = (torch.rand(4, generator=Draws(3).torch("sample", chunk)) for chunk in (0, 1))
    assert torch.equal(one, torch.rand(4, generator=Draws(3).torch("sample", 0)))
    assert not torch.equal(one, other)
    assert torch.equal(before, torch.get_rng_state())
    threads = torch.get_num_threads()
    with one_thread(), one_thread():
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == threads
    assert set(made_with()) >= {"torch", "device", "instructions", "threads"}


@with_torch
def test_torch_without_a_card_brings_no_package_of_one():
    import torch

    if torch.version.cuda is not None:
        pytest.skip("this torch is built for graphics cards")
    names = {str(each.metadata["Name"]).lower() for each in distributions()}
    assert not [name for name in names if name.startswith(("nvidia-", "triton"))]


def test_nobody_loads_torch_who_fits_no_network():
    said = "import sys, genloss, genloss.models, genloss.study, genloss.models.neural; print('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"


def test_without_torch_the_command_that_installs_it_is_said():
    said = (
        "import sys; sys.modules['torch'] = None\n"
        "from genloss.models.neural.library import torch\n"
        "from genloss import Problem\n"
        "try: torch()\n"
        "except Problem as problem: print(problem)\n"
    )
    ran = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert "pip install torch==2.13.0" in ran.stdout


@with_torch
def test_a_training_is_adam_by_its_definition():
    import torch

    from genloss.models.neural.training import trained

    start = {"a": np.array([[1.0, -2.0]]), "b": np.array([0.5])}
    x = np.array([[1.0, 2.0], [3.0, -1.0], [0.0, 1.0]])
    turns = [places.tolist() for places in batches(3, 2, 6, np.random.default_rng(0))]

    def loss(held, places, step):
        return ((torch.tensor(x)[places] * held["a"]).sum(dim=1) - held["b"] - step).pow(2).mean()

    found = trained(start, loss, turns, rate=0.1, decay=0.2, falls_over=6)
    a, b = start["a"].copy(), start["b"].copy()
    moments = {name: (np.zeros(array.shape), np.zeros(array.shape)) for name, array in start.items()}
    for step, places in enumerate(turns):
        rate, off = 0.1 * (1 - step / 6), (x[places] * a).sum(axis=1) - b - step
        slopes = {"a": (2 * off[:, None] * x[places]).mean(axis=0)[None], "b": np.array([-2 * off.mean()])}
        for name, held in (("a", a), ("b", b)):
            first, second = moments[name]
            first[:] = 0.9 * first + 0.1 * slopes[name]
            second[:] = 0.999 * second + 0.001 * slopes[name] ** 2
            held -= rate * 0.2 * held
            held -= rate * first / (1 - 0.9 ** (step + 1)) / (np.sqrt(second / (1 - 0.999 ** (step + 1))) + 1e-8)
    for name, array in (("a", a), ("b", b)):
        assert np.allclose(found[name], array, atol=1e-5)
        assert np.abs(found[name] - start[name]).max() > 0.1
    assert start["a"].tolist() == [[1.0, -2.0]]
