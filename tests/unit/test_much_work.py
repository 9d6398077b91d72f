"""Is work that would not end, or not fit, refused or cut short before it begins?"""

from shutil import disk_usage
from types import SimpleNamespace

import numpy as np
import pytest

import genloss
from genloss import Problem, room, workflows
from genloss.advise.comparison import workflows as comparison
from genloss.advise.forecasts import from_rows
from genloss.cli import main
from genloss.doors import COMMAND
from genloss.study.page import explanation
from genloss.workflows import Workflow

pytestmark = pytest.mark.usefixtures("without_pictures")

LONG = {
    "generations": 10_000,
    "report": [0, 10_000],
    "population": {"kind": "linear_gaussian", "dim": 100_000, "noise": 1.0},
    "generator": {"kind": "ridge", "penalty": 0.1},
}


@pytest.mark.parametrize(
    ("workflow", "told"), [("replace rows=20", 1000), ("accumulate rows=20", 240), ("window rows=20 keep=3", 1000)]
)
def test_explain_compiles_what_it_tells(monkeypatch, workflow, told):
    study = genloss.Study.from_dict(LONG | {"workflow": workflow})
    compiled = []
    whole = Workflow.compile

    def noted(self, generations):
        compiled.append(generations)
        return whole(self, generations)

    monkeypatch.setattr(Workflow, "compile", noted)
    one = explanation.explain(study).workflows[0]
    assert max(compiled) == told == len(one.generations) - 1
    lines = explanation.told_lines(one, whole=False)
    assert f"  ... generations {told + 1:,} to 10,000 go on by the same rules and are not told one by one" in lines


def test_explain_tells_all_generations_of_a_short_study():
    one = explanation.explain(LONG | {"workflow": "accumulate rows=20", "generations": 120, "report": [0]}).workflows[0]
    assert len(one.generations) == 121
    assert one.untold == ""


@pytest.mark.parametrize(
    ("asked", "where", "mend"),
    [
        ({"generations": 10_000, "dim": 100_000}, "generations", "generations=5000"),
        ({"generations": 10, "dim": 300_000}, "replicates", "replicates=100"),
        ({"generations": 5000, "dim": 10_000}, "dim", "dim=2"),
    ],
)
def test_a_comparison_without_end_is_refused_before_paths_are_drawn(monkeypatch, asked, where, mend):
    def drawn(*_args, **_more):
        raise AssertionError("paths were drawn")

    monkeypatch.setattr(comparison, "paths", drawn)
    pair = [workflows.replace(50), workflows.accumulate(50)]
    with pytest.raises(Problem) as found:
        genloss.compare(pair, **asked)
    assert found.value.where == where
    assert mend in found.value.mend
    name, value = mend.split("=")
    mended = asked | {name: int(value)}
    with pytest.raises(AssertionError, match="drawn"):
        genloss.compare(pair, **(mended | {"dim": 2} if name == "generations" else mended))


@pytest.mark.parametrize(
    ("population", "workflow"),
    [
        ({"kind": "linear_gaussian", "dim": 100_000, "noise": 1.0}, "replace rows=20"),
        ({"kind": "linear_gaussian", "dim": 3000, "noise": 1.0, "spectrum": {"power_law": 1.5}}, "replace rows=5000"),
        ({"kind": "linear_gaussian", "dim": 3000, "noise": 1.0}, "window rows=2000 keep=2"),
        ({"kind": "multivariate_gaussian", "dim": 200}, "replace rows=500"),
        ({"kind": "zipf", "categories": 50_000}, "replace rows=500"),
    ],
)
def test_memory_is_asked_for_before_engines_are_touched(monkeypatch, population, workflow):
    """What fits a large machine is refused on a small one, and says both sizes."""

    def touched(*_args, **_more):
        raise AssertionError("an engine was touched")

    study = {"generations": 200, "report": [0, 200], "population": population, "workflow": workflow}
    study |= {"generator": {"kind": "ridge", "penalty": 0.1}} if "noise" in population else {}
    monkeypatch.setattr("genloss.study.runner.simulated.plan_group", touched)
    monkeypatch.setattr(room, "memory", lambda: 1e12)
    with pytest.raises(AssertionError, match="touched"):
        genloss.simulate(study)
    monkeypatch.setattr(room, "memory", lambda: 2e8)
    with pytest.raises(Problem, match=r"would take .* GB at once, and this machine has 0\.2 GB"):
        genloss.simulate(study)


def test_the_disk_is_asked_before_a_run_leaves_anything(monkeypatch, tmp_path):
    study = {"generations": 9, "replicates": 10_000, "population": {"kind": "gaussian"}, "workflow": "replace rows=9"}
    free = disk_usage(tmp_path)
    monkeypatch.setattr(room.shutil, "disk_usage", lambda place: free._replace(free=1_500_000 * place.is_dir()))
    with pytest.raises(Problem, match=r"10 generations x 1 metric x 10,000 replicates .* MB are free there"):
        genloss.run(study, out=tmp_path / "new" / "out")
    assert not (tmp_path / "new").exists()
    small = genloss.run(study | {"replicates": 20}, out=tmp_path / "out")
    assert small.rows


@pytest.mark.parametrize(("word", "sizes"), [("kernel_ridge", "10 truths of 60 numbers"), ("logistic", "10 truths of")])
def test_a_forecast_asks_for_memory_before_truths_are_drawn(monkeypatch, word, sizes):
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(60, 2))
    labels = inputs[:, 0] + rng.normal(size=60)
    labels = (labels > 0).astype(int) if word == "logistic" else labels

    def drawn(*_args, **_more):
        raise AssertionError("truths were drawn")

    monkeypatch.setattr(from_rows, "stream", drawn)
    with pytest.raises(AssertionError, match="drawn"):
        genloss.forecast(word, inputs, labels, replicates=50)
    monkeypatch.setattr(room, "memory", lambda: 4000.0)
    with pytest.raises(Problem, match=sizes) as found:
        genloss.forecast(word, inputs, labels, replicates=50)
    assert "--replicates" in found.value.mend.at(COMMAND)


class Normal:
    """A model of one's own, which may not be fitted here."""

    def fit(self, *_given, **_more):
        raise AssertionError("a model was fitted")


def test_rows_of_own_models_are_counted_before_a_fit(monkeypatch, tmp_path):
    """100 rows of 3 numbers in 3 batches are 7,200 bytes in memory, the 200 made ones 4,800 a seed on the disk."""
    study = {"generations": 2, "report": [0], "workflow": "accumulate rows=100", "generator": Normal()}
    study |= {"population": np.random.default_rng(1).normal(size=(200, 3))}
    free = disk_usage(tmp_path)

    def room_for(held, kept, replicates):
        monkeypatch.setattr(room, "memory", lambda: held / room.SHARE)
        monkeypatch.setattr(room.shutil, "disk_usage", lambda _: free._replace(free=kept / room.SHARE))
        with pytest.raises((Problem, AssertionError)) as found:
            genloss.simulate(study | {"replicates": replicates}, store=tmp_path / "cells", workers=1)
        return str(found.value)

    assert "a model was fitted" in room_for(1e9, 490_000, 100)
    assert "300 rows of 3 batches would take" in room_for(7_100, 1e9, 2)
    assert "100 seeds, 200 rows a seed, would take" in room_for(1e9, 470_000, 100)


@pytest.mark.parametrize("data", [np.random.default_rng(1).normal(size=(200, 3)), ["rain", "sun and fog"] * 40])
def test_rows_that_are_kept_already_want_no_room_again(data, monkeypatch, tmp_path):
    """A run that went on asked for the room of all its rows, and was refused on the disk that held most of them."""
    from sklearn.mixture import GaussianMixture

    from genloss.models import WordChain

    model = WordChain(1) if isinstance(data, list) else GaussianMixture(1)
    asked = {"rows": 50, "generations": 3, "out": tmp_path}
    asked["metrics"] = ["text_length"] if isinstance(data, list) else ["variance_left"]
    first = genloss.chain(model, data, "replace", seeds=2, **asked)
    free = disk_usage(tmp_path)
    monkeypatch.setattr(room.shutil, "disk_usage", lambda _: free._replace(free=0))
    assert genloss.chain(model, data, "replace", seeds=2, **asked).rows == first.rows
    with pytest.raises(Problem, match="150 rows a seed, of which 300 are there already, would take"):
        genloss.chain(model, data, "replace", seeds=3, **asked)


def test_a_process_may_be_given_less_than_the_machine(monkeypatch):
    import resource

    monkeypatch.setattr(resource, "getrlimit", lambda _: (10**9, 10**9))
    assert room._of_process() == 1e9
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert room._of_process() == float("inf")


def test_memory_that_is_used_up_is_no_bug_of_ours(monkeypatch, capsys):
    def full(**_):
        raise MemoryError("Unable to allocate 33.5 GiB")

    monkeypatch.setattr(main, "commands", SimpleNamespace(main=full))
    assert main.run_command([]) == main.BAD_REQUEST
    said = capsys.readouterr().err
    assert said.startswith("error: memory: there is too little of it: Unable to allocate 33.5 GiB\n  mend: ask")


@pytest.mark.parametrize("options", [{"reg_covar": float("nan")}, {"means_init": [[float("inf")]]}])
def test_an_option_of_an_estimator_that_is_no_number_is_refused_by_name(options):
    study = {"generations": 1, "population": {"kind": "rows", "data": "iris"}, "workflow": "replace rows=9"}
    study["generator"] = {"kind": "sklearn", "estimator": "GaussianMixture", "options": options}
    with pytest.raises(Problem, match=r"generator\.options: .*nan or infinity"):
        genloss.Study.from_dict(study)
