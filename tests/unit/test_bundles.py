"""Do small items travel in bundles of half a second, each once, whatever they cost and wherever one fails?"""

import itertools
import operator
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest

from genloss.study.runner import bundles
from genloss.study.runner.bundles import MOST, SECONDS, Bundled, Bundles, Done
from genloss.study.runner.workers import Workers


def _worked_through(items, cost, monkeypatch):
    """Work on items that take so many seconds each, by a clock that nothing else moves; return all bundles."""
    now = [0.0]

    def work(item):
        now[0] += cost(item)
        return -item

    monkeypatch.setattr(bundles, "time", SimpleNamespace(monotonic=lambda: now[0]))
    todo, found, all_bundles = Bundles(items), [], []
    while bundle := todo.next():
        done = Bundled(work)(bundle)
        all_bundles.append(done)
        found += todo.heard(bundle, done)
    return found, all_bundles


@pytest.mark.parametrize("cost", [0.0001, 0.001, 0.02, 0.49, 3.0])
def test_bundles_take_half_a_second(cost, monkeypatch):
    count = 20_000 if cost < 0.01 else 100
    found, done = _worked_through(range(count), lambda _: cost, monkeypatch)
    assert found == [(i, -i) for i in range(count)]
    grown = done[7:-1]  # after seven bundles of four times as many items, and before the last
    assert all(min(SECONDS, MOST * cost) <= each.seconds + 1e-9 for each in grown)
    assert all(each.seconds <= max(SECONDS + cost, cost) + 1e-9 for each in done)


def test_dear_items_behind_cheap_ones_are_given_back(monkeypatch):
    found, done = _worked_through(range(3000), lambda i: 0.001 if i < 2000 else 2.0, monkeypatch)
    assert sorted(found) == [(i, -i) for i in range(3000)]
    assert max(each.seconds for each in done) < 2 * SECONDS + 2.0 + 1e-9  # without: a bundle of 500 takes 1000 seconds


def test_any_costs_any_order_every_item_once(monkeypatch):
    rng = np.random.default_rng(11)
    for _ in range(20):
        costs = rng.exponential(size=300) * 10.0 ** rng.integers(-4, 1, size=300)
        found, _ = _worked_through(range(300), lambda i, costs=costs: costs[i], monkeypatch)
        assert sorted(i for i, _ in found) == list(range(300))


def test_an_item_that_fails_comes_back_alone_and_what_was_done_before_it_stays():
    def work(item):
        if item == 3:
            raise ValueError("three")
        return item

    todo = Bundles(range(6))
    todo.heard(todo.next(), Done([0], 0.001))
    bundle = todo.next()
    assert bundle == [1, 2, 3, 4]
    assert todo.heard(bundle, Bundled(work)(bundle)) == [(1, 1), (2, 2)]
    bundle = todo.next()
    assert bundle[0] == 3
    with pytest.raises(ValueError, match="three"):
        Bundled(work)(bundle)


@pytest.mark.parametrize("processes", [False, True])
def test_every_item_comes_back_once_from_threads_and_processes(processes):
    with Workers(2, processes=processes).opened() as workers:
        assert workers.workers == 2
        assert sorted(workers.as_finished(operator.neg, range(1, 3000))) == [(i, -i) for i in range(1, 3000)]
        begun = itertools.count(1)
        next(iter(workers.as_finished(operator.neg, begun)))
        assert next(begun) < 20  # no further ahead of the reader than a few for each
    with Workers(2, processes=processes).opened() as workers, pytest.raises(ZeroDivisionError):
        list(workers.as_finished(partial(operator.floordiv, 1), range(-700, 300)))
