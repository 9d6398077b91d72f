"""Does a cell have as many replicates as it needs, whoever computes it, and is that told?"""

import json
import re

import numpy as np
import pandas as pd
import pytest
import tomli_w

import genloss
from genloss.cli.main import run_command
from genloss.errors import Problem
from genloss.results.cells import Store
from genloss.study import Finished, merge, run_part
from genloss.study.runner.exported import exported
from genloss.study.runner.status import status
from genloss.study.runner.verify import verify

pytestmark = pytest.mark.usefixtures("without_pictures")
TARGET = 0.04
STUDY = {
    "replicates": 330,
    "generations": 2,
    "metrics": ["excess_risk", "parameter_error"],
    "population": {"kind": "linear_gaussian", "dim": 3, "noise": [0.5, 1.0]},
    "workflow": {"kind": "replace", "rows": 30},
    "generator": {"kind": "ridge", "penalty": [0.1, 0.5, 1.0]},
}


@pytest.fixture(scope="module")
def fixed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stopping") / "fixed"
    return genloss.run(STUDY, out=folder, workers=1), folder


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stopping") / "stopped"
    return genloss.run(STUDY, out=folder, workers=1, stop_at_se=TARGET), folder


def simulated(result):
    return [row for row in result.rows if row.method == "simulation"]


def plainly(values):
    """After how many replicates a cell stops: the rule, written down once more."""
    for count in (40, 80, 160, 320, 330):
        first = [np.array(each[:count]) for by_generation in values.values() for each in by_generation.values()]
        if all(x.std(ddof=1) / np.sqrt(count) <= TARGET * abs(x.mean()) for x in first):
            return count
    return 330


def test_the_count_is_that_of_the_rule_and_the_rows_are_those_of_so_many_replicates(fixed, stopped):
    counts = {}
    for path in (fixed[1] / "cells").glob("*/*.json"):
        cell = json.loads(path.read_text())
        settings = cell["describes"]["settings"]
        counts[settings["population"]["noise"], settings["generator"]["penalty"]] = plainly(cell["values"])
    assert len(set(counts.values())) > 2  # so that the test sees cells that stop early, late and not at all
    assert 330 in counts.values()
    for row in simulated(stopped[0]):
        assert row.replicates == counts[row.axes["population.noise"], row.axes["generator.penalty"]]
        assert row.stop_at_se == TARGET
    for count in set(counts.values()):
        same = {(r.cell, r.metric, r.generation): r for r in simulated(genloss.simulate(STUDY | {"replicates": count}))}
        for row in simulated(stopped[0]):
            if row.replicates == count:
                other = same[row.cell, row.metric, row.generation]
                assert (row.value, row.standard_error, row.quantiles) == (
                    other.value,
                    other.standard_error,
                    other.quantiles,
                )


def test_workers_stores_and_what_is_there_already_change_nothing(fixed, stopped, tmp_path):
    rows = simulated(stopped[0])
    assert simulated(genloss.simulate(STUDY, workers=2, stop_at_se=TARGET)) == rows
    assert simulated(genloss.simulate(STUDY, store=fixed[1] / "cells", stop_at_se=TARGET)) == rows  # more than needed
    genloss.simulate(STUDY | {"replicates": 70}, store=tmp_path / "cells")  # fewer, and none of the looks
    assert simulated(genloss.simulate(STUDY, store=tmp_path / "cells", workers=2, stop_at_se=TARGET)) == rows
    one = STUDY | {"generator": {"kind": "ridge", "penalty": [1.0]}}
    alone = {(r.axes["population.noise"], r.metric, r.generation): (r.replicates, r.value)
             for r in simulated(genloss.simulate(one, stop_at_se=TARGET))}  # fmt: skip
    for row in rows:
        if row.axes["generator.penalty"] == 1.0:
            assert alone[row.axes["population.noise"], row.metric, row.generation] == (row.replicates, row.value)


def test_only_what_is_needed_is_computed(stopped):
    store = Store(stopped[1] / "cells")
    held = {len(v) for name in store.names() for v in store.read(name).values.values()}
    assert held == {row.replicates for row in simulated(stopped[0])}


def test_parts_the_same_folder_again_and_an_interrupt_give_the_same_bytes(stopped, tmp_path, monkeypatch):
    def files(folder):
        return {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file() and p.suffix != ".png"}

    whole = files(stopped[1])
    for k in (1, 2):
        run_part(STUDY, (k, 2), out=tmp_path / str(k), stop_at_se=TARGET)
    assert not isinstance(merge([tmp_path / "2", tmp_path / "1"], out=tmp_path / "all"), Finished)
    assert files(tmp_path / "all") == whole
    monkeypatch.chdir(tmp_path)
    assert run_command(["run", "all/study.toml", "--out", "all", "--quiet"]) == 0  # the file says it
    assert files(tmp_path / "all") == whole

    def stop(done, _total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        genloss.run(STUDY, out=tmp_path / "cut", stop_at_se=TARGET, progress=stop, workers=1)
    genloss.run(STUDY, out=tmp_path / "cut", stop_at_se=TARGET, workers=2)
    assert files(tmp_path / "cut") == whole


def test_the_command_says_it_everywhere(stopped, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.toml").write_text(tomli_w.dumps(STUDY))
    assert run_command(["run", "s.toml", "--out", "r", "--stop-at-se", str(TARGET)]) == 0
    told = capsys.readouterr().err
    assert "at most 330 replicates, fewer where each standard error is at most 4 % of its mean" in told
    for name in ("rows.csv", "rows.json", "study.toml"):
        assert (tmp_path / "r" / name).read_bytes() == (stopped[1] / name).read_bytes()
    assert "stop_at_se = 0.04" in (tmp_path / "r" / "study.toml").read_text()
    page = (tmp_path / "r" / "index.html").read_text()
    assert re.search(r"until each standard error was at most 4 % of its mean \(80 to 330 replicates; \d+ of", page)
    frame = pd.read_csv(tmp_path / "r" / "rows.csv")
    assert set(frame[frame["method"] == "simulation"]["stop_at_se"]) == {TARGET}
    assert genloss.Result.load(tmp_path / "r" / "rows.json").rows == stopped[0].rows
    found = status(tmp_path / "r")
    assert (found.finished, found.missing) == (6, 0)
    assert verify(tmp_path / "r", cells=6).agrees
    for name in ("rows.csv", "rows.json", "index.html"):
        (tmp_path / "r" / name).unlink()
    assert simulated(exported(tmp_path / "r").result) == simulated(stopped[0])
    assert run_command(["simulate", "s.toml", "--stop-at-se", str(TARGET), "--quiet", "--json", "a.json"]) == 0
    assert "stop_at_se" in (tmp_path / "a.json").read_text()


def test_a_fixed_number_leaves_no_trace(fixed):
    for name in ("rows.csv", "rows.json", "study.toml", "index.html"):
        assert "stop" not in (fixed[1] / name).read_text().replace("stopped", "").partition("<dt>")[0].lower()
    assert genloss.Study.from_dict(STUDY).id != genloss.Study.from_dict(STUDY).with_stop(0.5).id


@pytest.mark.parametrize("wrong", [0, -0.1, 1.5, float("nan"), "1 %", True])
def test_what_is_no_share_is_refused(wrong):
    with pytest.raises(Problem, match=r"stop_at_se: .*\n  mend: give a share of the mean, above 0"):
        genloss.simulate(STUDY, stop_at_se=wrong)


def test_own_models_are_compared_seed_by_seed():
    from sklearn.mixture import GaussianMixture

    study = {
        "generations": 1,
        "replicates": 3,
        "population": {"rows": np.arange(40.0).reshape(20, 2) % 7},
        "workflow": {"kind": "replace", "rows": 9},
        "generator": {"model": GaussianMixture(1)},
        "metrics": ["variance_left"],
    }
    with pytest.raises(Problem, match="stop_at_se: adds replicates to cells one by one, and models of your own"):
        genloss.simulate(study, stop_at_se=0.1)


def test_a_cell_that_fails_at_a_later_look_has_no_rows():
    from genloss.study.subjects.regression.subject import REGRESSION

    simulate, blocks = REGRESSION.simulate, []

    def failing(scope, group, engine, draws, report):
        blocks.append(scope.block)
        if scope.block >= 8:
            raise Problem("here", "too much", "less")
        return simulate(scope, group, engine, draws, report)

    object.__setattr__(REGRESSION, "simulate", failing)
    try:
        result = genloss.simulate(STUDY, stop_at_se=TARGET)
    finally:
        object.__setattr__(REGRESSION, "simulate", simulate)
    assert {row.replicates for row in result.rows} == {80}
    assert sum(gap.startswith("failed: ") for gap in result.gaps) == 6 - len({row.cell for row in result.rows})
