"""Does long work say how long it will take, in few lines, and keep its first answer where it is stopped?"""

import dataclasses
import itertools

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

import genloss
from genloss.advise.forecasts import from_rows
from genloss.cli.main import INTERRUPTED, run_command
from genloss.cli.progress import Lines
from genloss.cli.watching import Watched
from genloss.streams import stream

pytestmark = pytest.mark.usefixtures("without_pictures")

TINY = """
seed = 1
generations = 2
replicates = 20
[population]
kind = "linear_gaussian"
dim = 3
noise = 1.0
[workflow]
kind = "replace"
rows = 20
[generator]
kind = "least_squares"
"""


class Work:
    """Work whose clock is set by hand, and what was said of it."""

    def __init__(self):
        self.now, self.said = 0.0, []
        self.talk = Lines(lambda line: self.said.append((round(self.now, 6), line)), clock=lambda: self.now)

    def do(self, tell, total, each, steps=1):
        for done in range(steps, total + 1, steps):
            self.now += each
            tell(done, total)


def test_an_estimate_at_once_then_a_line_a_minute_and_one_at_the_end():
    work = Work()
    work.do(work.talk.part("simulating", "paths"), 400, 2.0, steps=5)  # 160 seconds
    assert work.said == [
        (4.0, "simulating: about 160 s for 400 paths".replace("160 s", "3 min")),
        (64.0, "simulating: 160 of 400 paths, 40%, about 95 s left"),
        (124.0, "simulating: 310 of 400 paths, 78%, about 35 s left"),
        (160.0, "simulating: 400 paths done after 3 min"),
    ]


def test_lines_stay_a_minute_apart_where_work_comes_in_large_pieces():
    work = Work()
    tell = work.talk.part("simulating", "paths")
    for second in range(1, 601):
        work.now = float(second)
        if second % 37 == 0:
            tell(second // 37, 16)
        work.talk.beat()
    at = [when for when, _ in work.said]
    assert at[0] == 5.0
    assert {round(b - a) for a, b in itertools.pairwise(at[:-1])} == {60}
    assert work.said[-1] == (592.0, "simulating: 16 paths done after 10 min")


def test_what_comes_before_the_work_is_no_part_of_its_pace():
    work = Work()
    tell = work.talk.part("simulating", "paths")
    work.now = 30.0  # reading, preparing
    work.do(tell, 400, 1.0)
    assert work.said[0] == (32.0, "simulating: about 7 min for 400 paths")


def test_short_work_says_nothing_and_hours_a_line_a_minute_at_most():
    work = Work()
    work.do(work.talk.part("simulating"), 40, 0.1)
    assert work.said == []
    work.do(work.talk.part("simulating"), 7200, 1.0)
    assert 110 < len(work.said) <= 121
    assert work.said[-1][1] == "simulating: 7,200 done after 2 h"


def test_work_of_days_is_told_in_days_at_once():
    """A million replicates: 100,000 parts of ten, of which the first two tell how long the rest takes."""
    work = Work()
    work.do(work.talk.part("simulating on 2 workers", "parts"), 100_000, 2.6)
    assert work.said[0] == (5.2, "simulating on 2 workers: about 3 days for 100,000 parts")


def test_a_part_begins_where_the_one_before_ends():
    work = Work()
    first, second = work.talk.part("predicting", "cells"), work.talk.part("simulating", "parts")
    work.do(first, 20, 1.0)
    work.do(second, 20, 2.0)
    assert [line for _, line in work.said if "for" in line] == [
        "predicting: about 20 s for 20 cells",
        "simulating: about 40 s for 20 parts",
    ]


def test_where_the_end_is_not_known_the_time_so_far_is_said():
    work = Work()
    work.do(work.talk.part("searching", "steps", known=False), 60, 1.0)
    assert work.said[0][1] == "searching: at most 60 steps"
    assert work.said[1] == (60.0, "searching: 60 steps done after 60 s")


def test_work_of_which_nothing_is_finished_is_told_after_some_seconds_and_each_minute():
    work = Work()
    work.talk.part("predicting", "cells")
    tell = work.talk.part("simulating", "parts")
    for _ in range(130):
        work.now += 1.0
        work.talk.beat()
    assert work.said == [
        (5.0, "predicting: nothing is finished after 5 s"),
        (65.0, "predicting: nothing is finished after 65 s"),
        (125.0, "predicting: nothing is finished after 2 min"),
    ]
    tell(1, 10)
    work.now += 100.0
    work.talk.beat()
    assert len(work.said) == 4


def test_a_line_says_cells_their_pace_and_failures_beside_the_time_left():
    work = Work()
    watched = Watched(40, clock=lambda: work.now)
    tell = work.talk.part("simulating", "parts", beside=watched)
    cell = genloss.study.FinishedCell(None)
    for done in range(1, 41):
        work.now += 1.0
        watched.see(dataclasses.replace(cell, failed=ValueError() if done == 3 else None, stored=done == 1))
        tell(done, 40)
    assert work.said == [
        (2.0, "simulating: about 40 s for 40 parts; 2 of 40 cells"),
        (40.0, "simulating: 40 parts done after 40 s; 40 of 40 cells, 1 a second, 1 failed"),
    ]


def test_a_first_answer_is_said_unless_the_last_is_near():
    work = Work()
    tell = work.talk.part("drawing worlds", "paths")
    work.now = 0.2
    tell(50, 100)
    work.talk.say("early")
    assert work.said == []
    work.now = 2.0
    work.talk.say("early")
    assert work.said == [(2.0, "early")]


@pytest.fixture
def table(tmp_path):
    rng = stream(31, "progress")
    x = rng.standard_normal((60, 3))
    path = tmp_path / "my.csv"
    y = x @ [1.0, 2, 0] + rng.standard_normal(60)
    np.savetxt(path, np.column_stack([x, y]), delimiter=",", header="a,b,c,y", comments="", fmt="%.5f")
    return str(path), genloss.forecast(LinearRegression(), x, y, generations=2, replicates=50)


def stopped_after(told):
    """A forecast that is stopped after an early answer, or before."""

    def foretell(*_given, progress, early, **_asked):
        if told is not None:
            if progress:
                progress(50, 4000)
            early(told)
        raise KeyboardInterrupt

    return foretell


def test_who_stops_a_forecast_keeps_its_first_answer(table, monkeypatch, capsys):
    path, told = table
    monkeypatch.setattr(from_rows, "forecast_table", stopped_after(told))
    monkeypatch.setattr("genloss.cli.progress.PILOT", 0.0)
    assert run_command(["forecast", path, "--target", "y"]) == INTERRUPTED
    out, err = capsys.readouterr()
    assert f"after 50 paths: generation 2: risk {told.risk[2]:.3g}, 95 % of paths {told.low[2]:.3g} to" in err
    assert "stopped; this is the answer of 50 paths" in err
    assert out.splitlines()[-1].split()[:2] == ["2", f"{told.risk[2]:.4g}"]
    assert run_command(["forecast", path, "--target", "y", "--quiet"]) == INTERRUPTED
    assert "after 50 paths" not in capsys.readouterr().err
    assert run_command(["forecast", path, "--target", "y", "--json", "-"]) == INTERRUPTED
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(from_rows, "forecast_table", stopped_after(None))
    assert run_command(["forecast", path, "--target", "y"]) == INTERRUPTED
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("command", ["run", "simulate", "predict", "plan", "compare"])
def test_every_long_command_talks_off_a_terminal(command, tmp_path, monkeypatch, capsys):
    """With patience taken away; --quiet takes away the lines."""
    for name in ("PILOT", "LONG"):
        monkeypatch.setattr(f"genloss.cli.progress.{name}", 0.0)
    files = [tmp_path / f"{name}.toml" for name in "abc"]
    for path in files:
        path.write_text(TINY if command == "compare" else TINY.replace("noise = 1.0", "noise = [0.5, 1.0, 2.0]"))
    if command == "plan":
        files[0].write_text(TINY.replace('"least_squares"', '"ridge"\npenalty = 0.1'))
    given = [str(path) for path in (files if command == "compare" else files[:1])]
    extra = {
        "run": ["--out", str(tmp_path / "out"), "--workers", "1"],
        "simulate": ["--workers", "1"],
        "plan": ["--open", "penalties", "--data-sets", "20", "--replicates", "50"],
    }.get(command, [])
    assert run_command([command, *given, *extra]) == 0
    said = f"\n{capsys.readouterr().err}"
    for line in LINES[command]:
        assert f"\n{line} " in said
    if command != "compare":
        extra = ["--out", str(tmp_path / "other")] if command == "run" else extra
        assert run_command([command, *given, *extra, "--quiet"]) == 0
        assert "about" not in capsys.readouterr().err


LINES = {
    "run": ["predicting: about", "simulating on 1 worker: about"],
    "simulate": ["simulating on 1 worker: about"],
    "predict": ["predicting: about"],
    "plan": ["searching: at most", "cross-validating:"],
    "compare": ["comparing: about"],
}


def test_a_terminal_has_a_bar(table, monkeypatch, capsys):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(from_rows, "forecast_table", stopped_after(table[1]))
    assert run_command(["forecast", table[0], "--target", "y"]) == INTERRUPTED
    said = capsys.readouterr().err
    assert "drawing worlds" in said
    assert "50/4000 paths" in said
    assert "after 50 paths" in said


def test_all_cells_are_counted_when_the_last_piece_of_work_is_told():
    """The last line said "10 of 12 cells" where all 12 were done: it was written before the last ones were counted."""
    study = {
        "replicates": 20,
        "generations": 1,
        "population": {"kind": "linear_gaussian", "dim": [3, 4, 5], "noise": 1.0},
        "workflow": {"kind": "replace", "rows": 20},
        "generator": {"kind": "ridge", "penalty": [0.1, 0.2]},
    }
    watched, counted = Watched(6), []
    genloss.simulate(
        study, workers=2, watch=watched.see, progress=lambda done, total: counted.append((done == total, watched()))
    )
    assert [said.partition(" cells")[0] for last, said in counted if last] == ["6 of 6"]
