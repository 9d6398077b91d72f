"""Is kernel ridge regression the same to the byte, whoever multiplies, also where one of them ends?"""

import os
import signal
from contextlib import contextmanager

import numpy as np
import pytest
from helpers_cluster import LIMIT, cluster
from threadpoolctl import threadpool_limits

from genloss.errors import Problem
from genloss.models import KernelRidge
from genloss.models.kernel import products
from genloss.models.kernel.chain import chains
from genloss.models.kernel.solver import solve
from genloss.streams import stream
from genloss.study import open_workers
from genloss.study.runner.executor import Lost

ROWS, MODEL, PENALTIES = 1201, KernelRidge(1.0, gamma=0.2), [1e-3, 1e-1]
BLOCK = 8 * ROWS * 100
"""Bytes of a hundred rows: thirteen blocks, the last of one row."""
KINDS = ("one thread", "two threads", "two processes", "a cluster")


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch):
    monkeypatch.setattr(products, "_BLOCK", BLOCK)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """A scheduler with two workers."""
    pytest.importorskip("distributed")
    with cluster(tmp_path_factory.mktemp("cluster")) as made:
        yield made


@pytest.fixture
def opened(request):
    """By kind, workers that are open."""

    def of(kind):
        asked = {
            "one thread": {"workers": 1},
            "two threads": {"workers": 2},
            "two processes": {"workers": 2, "processes": True},
        }
        return open_workers(**(asked[kind] if kind in asked else {"scheduler": request.getfixturevalue("two").address}))

    return of


def data():
    rng = stream(211, "kernel workers")
    return rng.standard_normal((ROWS, 3)), rng.standard_normal((ROWS, 2)), rng.standard_normal((2, ROWS, 2))


def solved(workers=None, **how):
    x, y, _ = data()
    asked = {"held": False} if workers is None else {"workers": workers}
    return solve(MODEL, x, y, PENALTIES, landmarks=60, tolerance=1e-9, rng=stream(212, "landmarks"), **asked, **how)


def chained(workers=None):
    x, y, noise = data()
    asked = {"held": False} if workers is None else {"workers": workers}
    how = {"landmarks": 60, "tolerance": 1e-7, "rng": stream(212, "landmarks")}
    return chains(MODEL, x, y[:, 0], noise, PENALTIES, **how, **asked)


def content(answer):
    """All that an answer says, as bytes and numbers."""
    return {name: value.tobytes() if isinstance(value, np.ndarray) else value for name, value in vars(answer).items()}


@pytest.fixture(scope="module")
def plain():
    """The answers of this process alone, by one BLAS thread."""
    with pytest.MonkeyPatch.context() as patch, threadpool_limits(1):
        patch.setattr(products, "_BLOCK", BLOCK)
        yield content(solved()), content(chained())


@pytest.mark.parametrize("kind", KINDS)
def test_the_bytes_are_those_of_one_process(kind, plain, opened):
    with opened(kind) as workers:
        assert (content(solved(workers)), content(chained(workers))) == plain
        assert content(solved(workers)) == plain[0]  # the same workers, another time


class Otherwise:
    """Workers that do something else with what they are given: the negative controls of the equality above."""

    def __init__(self, ordered):
        self.ordered = ordered

    @contextmanager
    def keeping(self, value):
        yield lambda: value

    def as_finished(self, work, items):
        done = [(item, work(item)) for item in items]
        yield from self.ordered(done)


def _swapped(done):
    """The first two pieces in one another's places."""
    (one, first), (other, second), *rest = done
    return [(one, second), (other, first), *rest]


def test_pieces_are_put_in_place_in_any_order_and_others_would_be_seen(plain):
    with threadpool_limits(1):
        assert content(solved(Otherwise(lambda done: done[::-1]))) == plain[0]
        assert content(solved(Otherwise(_swapped))) != plain[0]


def test_blocks_hang_on_the_number_of_rows_alone_and_hold_every_row_once():
    cut = products.parts(ROWS)
    assert [each.stop - each.start for each in cut] == [100] * 12 + [1]
    assert [row for each in cut for row in range(ROWS)[each]] == list(range(ROWS))


class Killing:
    """Workers of which one is killed in the middle of the third step."""

    def __init__(self, workers, kill):
        self.workers, self.kill, self.heard = workers, kill, 0

    def keeping(self, value):
        return self.workers.keeping(value)

    def as_finished(self, work, items):
        for each in self.workers.as_finished(work, items):
            self.heard += 1
            if self.heard == 2 * 13 + 2:
                self.kill()
            yield each


def test_a_process_that_is_killed_has_its_blocks_computed_again(plain, opened):
    with opened("two processes") as workers:
        solved(workers)
        first, pool = next(iter(workers.executor.pool._processes)), workers.executor.pool
        assert content(solved(Killing(workers, lambda: os.kill(first, signal.SIGKILL)))) == plain[0]
        assert workers.executor.pool is not pool  # it was seen, and others were begun


def test_a_process_that_is_killed_when_nothing_is_left_to_do_keeps_nobody_waiting(opened):
    with opened("two processes") as workers:
        solved(workers)
        os.kill(next(iter(workers.executor.pool._processes)), signal.SIGKILL)


def test_a_worker_of_a_cluster_that_is_killed_has_its_blocks_computed_again(plain, tmp_path):
    pytest.importorskip("distributed")
    with cluster(tmp_path / "cluster") as made, open_workers(scheduler=made.address) as workers:
        victim = made.workers[0]
        assert content(solved(Killing(workers, victim.kill))) == plain[0]
        assert victim.wait(LIMIT)
        made.said(made.worker(), "(Registered to)")
        assert content(solved(workers)) == plain[0]


def test_a_scheduler_that_is_lost_ends_it_in_our_words(tmp_path):
    pytest.importorskip("distributed")
    said = r"scheduler tcp://127.*does not answer any more\n  mend: start one with"
    with (
        cluster(tmp_path / "cluster") as made,
        open_workers(scheduler=made.address) as workers,
        pytest.raises(Lost, match=said),
    ):
        solved(workers, progress=lambda *_: made.begun[0].kill())


def test_rows_go_to_a_worker_once_and_directions_in_every_step(two, monkeypatch):
    with open_workers(scheduler=two.address) as workers:
        sent, engine = [], workers.executor
        place = engine._place

        def noting(plugin, name):
            sent.append(len(getattr(plugin, "content", b"")))
            place(plugin, name)

        monkeypatch.setattr(engine, "_place", noting)
        found = solved(workers)
    rows = ROWS * 3 * 8
    columns = ROWS * 8 * 2 * len(PENALTIES)
    large = [each for each in sent if each]
    assert rows < large[0] < rows + 1000
    assert max(large[1:]) < columns + 1000
    assert len(large) - 1 >= found.steps + 1  # a step each, and the residual that is computed anew


def test_what_is_read_from_a_file_is_dropped_with_it():
    from genloss.study.runner import kept_file

    with kept_file.in_file([1, 2]) as first:
        assert first() is first()
    with kept_file.in_file([3]) as second:
        assert second() == [3]
        assert list(kept_file._read) == [second.path]
    assert not second.path.parent.exists()


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: open_workers(0), r"workers: 0 is not a whole number from 1 to 1024"),
        (lambda: open_workers(scheduler="here"), r"scheduler: 'here' is not an address"),
        (lambda: open_workers(2, scheduler="tcp://127.0.0.1:9"), "has workers of its own"),
    ],
)
def test_workers_that_cannot_be_opened_are_told(ask, said):
    with pytest.raises(Problem, match=said), ask():
        pass


@pytest.mark.parametrize("given", [2, 0, "tcp://10.0.0.1:8786", open_workers(2)])
def test_what_is_not_open_workers_is_told(given):
    with pytest.raises(Problem, match=r"is not workers that are open\n  mend: open them: with genloss.study.open_work"):
        solved(given)


def test_workers_that_have_ended_are_told():
    with open_workers(1) as workers:
        pass
    with pytest.raises(Problem, match=r"they have ended .*\n  mend: put the call into the context"):
        solved(workers)


def test_what_workers_do_not_do_is_told():
    with open_workers(1) as workers:
        with pytest.raises(Problem, match="held: True, and workers"):
            solved(workers, held=True)
        with pytest.raises(Problem, match=r"not held\n  mend: leave precision out, or workers"):
            solved(workers, precision="single")
