"""Does a benchmark tell every row, which of them are below their floor, and when the machine was too busy?"""

import importlib.util
from pathlib import Path

import pytest

PLACE = Path(__file__).parents[2] / "benchmarks" / "clock.py"
SPEC = importlib.util.spec_from_file_location("clock_of_benchmarks", PLACE)
clock = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(clock)


def line(ours, *, plain=10.0, floor=4):
    return clock.Line("a job", "fit", plain, ours, floor, 20)


def test_every_row_is_told_after_one_below_its_floor(capsys):
    assert clock.report(iter([line(5.0), line(2.0), line(0.1)])) == 1
    below, held, goal = capsys.readouterr().out.splitlines()[-3:]
    assert below.endswith("BELOW FLOOR")
    assert held.endswith("floor")
    assert goal.endswith("goal")
    assert clock.report([line(2.0)]) == 0


def test_a_busy_machine_is_told():
    calm, busy = clock.Seconds([2.0, 2.1, 1.9]), clock.Seconds([2.0, 2.8, 1.9])
    assert not line(calm).busy
    assert line(busy).busy
    assert "the machine was too busy to judge: 4 to 5" in str(line(busy))
    slowed = line(busy, plain=clock.Seconds([10.0, 14.0, 9.5]))  # both sides alike: their ratios stay
    assert not slowed.busy
    assert slowed.ratios == pytest.approx([5.0] * 3)


def test_sums_and_multiples_keep_what_each_measurement_took():
    taken = clock.Seconds([1.0, 2.0, 6.0])
    assert float(taken) == 2
    assert (taken * 2 / 4).taken == (0.5, 1.0, 3.0)
    assert (taken + taken - 1.0).taken == (1.0, 3.0, 11.0)


def test_time_is_taken_as_often_as_asked():
    calls = []
    taken = clock.seconds(lambda: calls.append(1), 3, calls=2)
    assert len(calls) == 1 + 3 * 2
    assert len(taken.taken) == 3
    assert len(clock.once(lambda: calls.append(1)).taken) == 1
