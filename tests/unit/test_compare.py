"""What does `genloss compare` say, and does it agree with what the formulas say of the same workflows?"""

import json

import numpy as np
import pytest
import tomli_w
from helpers import Z, tiny
from scipy.stats import chi2
from scipy.stats import f as fisher

import genloss
from genloss import Problem, Workflow, workflows
from genloss.cli.main import run_command
from genloss.theory.workflows import covariance

RUNS = 4000


@pytest.fixture(scope="module")
def found():
    named = {"lost": workflows.replace(50), "kept": workflows.accumulate(50), "more": workflows.replace(100)}
    return genloss.compare(named, generations=4, dim=3, replicates=RUNS, seed=5)


def test_risks_and_bands(found):
    """A run's squared error is risk x chi^2 / dim; quantiles within Z of their standard errors."""
    right = 3 * np.diag(covariance(workflows.accumulate(50), limit=True, generations=4))
    kept = found.workflows[1]
    assert kept.risk == pytest.approx(right, rel=1e-12)
    assert kept.ratio[0] == 1
    for chance, seen in ((0.05, kept.low), (0.95, kept.high)):
        place = chi2.ppf(chance, 3) / 3
        error = np.sqrt(chance * (1 - chance) / RUNS) / (3 * chi2.pdf(3 * place, 3))
        assert np.all(np.abs(seen / kept.ratio - place) < Z * error)
        assert abs(chi2.ppf(chance, 1) - place) > 2 * Z * error  # another number of parameters is seen


def test_chances(found):
    """Errors of two workflows are a Gaussian pair of known covariance where they share the first batch only."""
    rng = np.random.default_rng(3)
    x = rng.standard_normal((400_000, 3, 3))
    start = x[..., 0]
    lost = ((start + x[..., 1]) ** 2).sum(1)
    kept = ((start + x[..., 1] / 2) ** 2).sum(1)  # the same noise of the same batch, at half its share
    right = (kept < lost).mean()
    assert abs(found.beats[1, 0, 1] - right) < Z * np.sqrt(right * (1 - right) / RUNS)
    alone = (((start + x[..., 2] / 2) ** 2).sum(1) < lost).mean()  # luck of its own
    assert abs(alone - right) > 2 * Z * np.sqrt(right * (1 - right) / RUNS)
    assert found.beats[0, 1] == pytest.approx(1 - found.beats[1, 0])
    assert found.beats[0, 1, 0] == 0.5
    apart = fisher(3, 3).cdf(2)  # half the variance, luck of its own: another number of rows is another draw
    assert np.abs(found.beats[2, 0] - apart).max() < Z * np.sqrt(apart * (1 - apart) / RUNS)


def test_costs_and_best(found):
    kept = found.workflows[1]
    assert kept.real_rows.tolist() == [50] * 5
    assert kept.synthetic_rows.tolist() == [0, 50, 100, 150, 200]
    assert kept.trained_rows.tolist() == [50, 100, 150, 200, 250]
    assert found.best() == [(0, 1, "more"), (2, 4, "kept")]  # at 2: 3/100 against 1.361/50
    mix = {"tag": "mix", "from": "mix", "rows": 10, "mix": {"model": 0.5, "truth": 0.5}}
    both = Workflow.from_dict({"emit": [mix], "train": [{"select": {"last": 1}}]})
    (one,) = genloss.compare([both], generations=2, replicates=10).workflows
    assert one.real_rows.tolist() == pytest.approx([10, 15, 20])


def test_parameters_in_pieces_are_the_same_law(monkeypatch):
    monkeypatch.setattr("genloss.advise.comparison.workflows._AT_ONCE", 1)
    found = genloss.compare([workflows.accumulate(50)], generations=2, dim=4, replicates=2000, seed=5)
    (each,) = found.workflows
    wide = (each.high - each.low) / each.ratio
    assert wide == pytest.approx((chi2.ppf(0.95, 4) - chi2.ppf(0.05, 4)) / 4, rel=0.15)


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"workflows": []}, "workflows"),
        ({"workflows": ["replace"]}, "workflows"),
        ({"workflows": "replace rows=3"}, "workflows"),
        ({"workflows": [workflows.replace(3).compile(2)]}, "workflows"),
        ({"workflows": [workflows.replace(3), workflows.replace(3)]}, "workflows"),
        ({"replicates": 1}, "replicates"),
        ({"dim": 0}, "dim"),
        ({"band": 1.0}, "band"),
        ({"generations": -1}, "generations"),
        ({"replicates": 10**9}, "replicates"),
    ],
)
def test_requests_that_cannot_be_met(given, where):
    given = {"workflows": [workflows.replace(3)], "generations": 2} | given
    with pytest.raises(Problem) as problem:
        genloss.compare(given.pop("workflows"), **given)
    assert problem.value.where == where


def written(folder, name, form):
    path = folder / f"{name}.toml"
    path.write_text(form if isinstance(form, str) else tomli_w.dumps(form))
    return str(path)


def test_files_side_by_side(tmp_path, capsys):
    lost = written(tmp_path, "lost", {"workflow": {"kind": "replace", "rows": 10}})
    kept = written(tmp_path, "kept", {"generations": 6, "workflow": {"kind": "accumulate", "rows": 10}})
    picture, table = tmp_path / "both.svg", tmp_path / "both.json"
    assert (
        run_command(["compare", lost, kept, "--picture", str(picture), "--json", str(table), "--replicates", "50"]) == 0
    )
    said = capsys.readouterr().out
    for text in (
        "beats lost",
        "1.64493 times",
        "At generations 1 to 6 the least expected error is that of kept.",
        "synthetic rows",
    ):
        assert text in said
    assert "<svg" in picture.read_text()
    data = json.loads(table.read_text())
    assert data["generations"] == 6
    assert data["workflows"][0]["ratio"] == pytest.approx([1, 2, 3, 4, 5, 6, 7])
    assert data["workflows"][0]["long_run"]["limit"] == "inf"
    end = data["workflows"][1]["long_run"]
    assert end["limit"] / end["first"] == pytest.approx(np.pi**2 / 6)


def test_a_study_brings_its_workflows_and_its_size(tmp_path, capsys):
    study = tiny(workflow={"kind": "replace", "rows": {"each": [12, 24]}})
    path = written(tmp_path, "study", study)
    assert run_command(["compare", path, "--json", "-", "--replicates", "20"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert (data["dim"], data["generations"]) == (6, 2)
    assert [each["workflow"]["rows"] for each in data["workflows"]] == [12, 24]
    assert [each["risk"][0] for each in data["workflows"]] == pytest.approx([0.5, 0.25])


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ("workflow = [", "not TOML"),
        ({"generations": 3}, "missing"),
        ({"workflow": {"kind": "replace"}}, "rows"),
        ({"workflow": {"kind": "replace", "rows": 5}, "seeds": 3}, "unknown key"),
        ({"workflow": {"kind": "replace", "rows": 5}, "generations": -3}, "generations"),
    ],
)
def test_files_that_cannot_be_used(tmp_path, capsys, form, words):
    assert run_command(["compare", written(tmp_path, "bad", form)]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert "bad.toml" in said


def test_a_file_that_is_not_there(tmp_path, capsys):
    assert run_command(["compare", str(tmp_path / "none.toml")]) == 2
    assert "none.toml" in capsys.readouterr().err


def test_sizes_that_differ_must_be_named(tmp_path, capsys):
    paths = [
        written(tmp_path, f"d{dim}", {"dim": dim, "workflow": {"kind": "replace", "rows": 5 + dim}}) for dim in (1, 2)
    ]
    assert run_command(["compare", *paths]) == 2
    assert "--dim" in capsys.readouterr().err
    assert run_command(["compare", *paths, "--dim", "2", "--replicates", "20"]) == 0
