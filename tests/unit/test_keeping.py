"""Are blocks kept for whoever goes on, in few files, whatever they cost and whoever computes the last one?

Blind spot: a process that is killed between two writes (test_faults kills at each). Negative control: the same blocks,
each of which takes long, leave a file each.
"""

import threading

import numpy as np
import pytest

from genloss.results.cells import Store
from genloss.study import Study
from genloss.study.runner import parts
from genloss.study.runner.keeping import SECONDS, Keeping
from genloss.study.runner.plans import plan_group
from genloss.study.subjects.table import group_cells

BLOCKS = 12
ASKED = {
    "generations": 1,
    "replicates": 10 * BLOCKS,
    "population": {"kind": "linear_gaussian", "dim": 3, "noise": 1.0, "spectrum": {"power_law": 1.0}},
    "workflow": {"kind": "replace", "rows": 9},
    "generator": {"kind": "ridge", "penalty": 0.1},
}


class Clock:
    """A clock by which each block takes so long."""

    def __init__(self, seconds):
        self.seconds, self.now = seconds, 0.0

    def __call__(self):
        self.now += self.seconds / 2  # asked before a block, and after it
        return self.now


@pytest.fixture
def written(monkeypatch):
    """Blocks of the files of blocks that are written."""
    found, whole = [], parts.Parts.write

    def write(self, blocks, values):
        found.append(blocks)
        whole(self, blocks, values)

    monkeypatch.setattr(parts.Parts, "write", write)
    return found


def units(store):
    study = Study.from_dict(ASKED)
    (group,) = group_cells(study.cells())
    return plan_group(study.scope, group, "auto", store).units()


def cell_of(store):
    (name,) = store.names()
    return store.path(name).read_bytes()


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The file of a cell whose blocks were each in a file of their own, and were read there."""
    store = Store(tmp_path_factory.mktemp("plain"))
    for unit in units(store):
        each = Keeping(store)
        each(unit)
        each.end()
    return cell_of(store)


@pytest.mark.parametrize(("seconds", "files"), [(0.0, 0), (SECONDS / 3.9, 2), (2 * SECONDS, BLOCKS - 1)])
def test_files_of_blocks_are_as_few_as_half_a_second_allows(seconds, files, plain, written, tmp_path):
    store = Store(tmp_path)
    keeping = Keeping(store, clock=Clock(2 * seconds))
    for unit in units(store):
        keeping(unit)
    assert len(written) == files
    assert cell_of(store) == plain
    assert not list(tmp_path.rglob("*.npy"))


def test_what_waits_is_written_at_the_end_and_another_process_goes_on(plain, written, tmp_path):
    store = Store(tmp_path)
    all_units = units(store)
    order = np.random.default_rng(5).permutation(BLOCKS)
    for some in np.split(order, [4, 9]):
        keeping = Keeping(store)
        for i in some:
            keeping(all_units[i])
        keeping.end()
    assert sum(map(len, written)) == BLOCKS
    assert len(written) < BLOCKS  # those that follow one another are one file
    assert cell_of(store) == plain


def test_a_block_that_is_there_is_read_and_not_computed(plain, tmp_path, monkeypatch):
    store = Store(tmp_path)
    all_units = units(store)
    first = Keeping(store)
    for unit in all_units[:-1]:
        first(unit)
    first.end()
    computed, tried = [], type(all_units[0]).tried
    monkeypatch.setattr(type(all_units[0]), "tried", lambda unit: computed.append(unit.blocks) or tried(unit))
    last = Keeping(store)
    for unit in all_units:
        last(unit)
    assert computed == [all_units[-1].blocks]
    assert cell_of(store) == plain
    again = Keeping(store)  # whole cells are read as blocks
    assert np.array_equal(again(all_units[3]).values, first(all_units[3]).values)


def test_a_thread_that_writes_late_leaves_no_blocks_behind(plain, monkeypatch, tmp_path):
    """One thread is about to write its first blocks while another computes all the rest, and writes the cell."""
    store, writing, rest_done, whole = Store(tmp_path), threading.Event(), threading.Event(), parts.Parts.write
    keeping, (first, *others) = Keeping(store, clock=Clock(4 * SECONDS)), units(store)

    def write(self, blocks, values):
        if first.blocks == blocks:
            writing.set()
            rest_done.wait(0.5)  # longer than the others take, unless they wait for this one
        whole(self, blocks, values)

    monkeypatch.setattr(parts.Parts, "write", write)
    late = threading.Thread(target=keeping, args=(first,))
    late.start()
    assert writing.wait(10)
    for unit in others:
        keeping(unit)
    rest_done.set()
    late.join()
    assert cell_of(store) == plain
    assert not list(tmp_path.rglob("*.npy"))
