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
from genloss.advise.comparison.chances import chances
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


def off(rate, right, runs=RUNS, drawn=np.inf):
    """How many standard errors a rate of `runs` runs is from the right one, which is known from `drawn` runs."""
    return np.abs(rate - right) / np.sqrt(right * (1 - right) * (1 / runs + 1 / drawn))


def wins(one, other):
    """How often squared errors of three parameters, (runs, 3), are the smaller ones."""
    return ((one**2).sum(-1) < (other**2).sum(-1)).mean()


def test_chances():
    """Replace and accumulate by a loop over generations: real rows shared alone, all luck shared, none."""
    rng = np.random.default_rng(3)
    runs, drawn = 20_000, 200_000
    found = genloss.compare(["replace rows=50", "accumulate rows=50"], generations=4, dim=3, replicates=runs)

    def luck():
        return rng.standard_normal((drawn, 3))

    start = luck()
    lost, kept, same_luck, alone = start, start, start, luck()
    for g in range(1, 5):
        noise = luck()
        lost = lost + noise
        same_luck = same_luck + noise / (g + 1)  # the pool of g batches, and a new one around its mean
        kept, alone = kept + luck() / (g + 1), alone + luck() / (g + 1)
        separate, same, apart = (wins(each, lost) for each in (kept, same_luck, alone))
        assert off(found.chance[1, 0, g], separate, runs, drawn) < Z
        assert off(found.chance_same_luck[1, 0, g], same, runs, drawn) < Z
        assert off(separate, same, runs) > 2 * Z  # one is not taken for the other
        assert g > 1 or off(apart, separate, runs) > 2 * Z  # nor for runs on rows of their own
    for chance in (found.chance, found.chance_same_luck):
        assert chance[0, 1] == pytest.approx(1 - chance[1, 0])
        assert chance[0, 1, 0] == 0.5  # generation 0 is the same fit: a tie


def test_another_number_of_rows_is_another_draw(found):
    """Half the variance and nothing shared, whichever luck: a ratio of two chi^2 of three."""
    right = fisher(3, 3).cdf(2)
    for chance in (found.chance, found.chance_same_luck):
        assert off(chance[2, 0], right).max() < Z


FRESH = Workflow.from_dict(
    {"emit": [{"tag": "outside", "from": "real", "rows": 60}], "train": [{"select": {"last": 1}}]}
)


@pytest.mark.parametrize(
    ("ours", "theirs", "tied", "words"),
    [
        ("replace rows=60", "regenerate rows=60", [0], "that share some real rows"),  # one batch under two tags
        ("replace rows=60", "replace rows=50", [], "on other real rows, since their numbers differ"),
        (FRESH, FRESH, [0, 1, 2], "on the same real rows"),  # what arrives is one supply
        ("replace rows=60", "replace rows=60", [0], "on the same real rows"),
    ],
)
def test_which_rows_two_separate_runs_share(ours, theirs, tied, words):
    """Fits of the same real rows alone are one fit; all others differ."""
    found = genloss.compare({"ours": ours, "theirs": theirs}, generations=2, replicates=100)
    assert np.flatnonzero(found.chance_standard_error[0, 1] == 0).tolist() == tied
    assert np.all(found.chance[0, 1, tied] == 0.5)
    assert np.all(found.chance_same_luck_standard_error[0, 1, tied] == 0)
    assert words in found.summary()


def test_sub_samples_are_luck_of_each_run():
    """10 of the same 30 real rows for each fit: one run with the same luck; separately each takes its own."""
    real = {"tag": "real", "from": "real", "rows": 30, "at": "start"}
    rule = Workflow.from_dict({"emit": [real], "train": [{"take": 10}]})
    found = genloss.compare({"one": rule, "other": rule}, generations=2, replicates=RUNS)
    assert np.all(found.chance_same_luck == 0.5)
    assert np.all(found.chance_same_luck_standard_error == 0)
    assert np.all(found.chance_standard_error[0, 1] == pytest.approx(0.5 / np.sqrt(RUNS), rel=0.01))
    assert off(found.chance[0, 1], 0.5).max() < Z


def test_the_standard_error_of_a_chance():
    """By the runs themselves where both kinds are seen; none of R runs is not never; all tied is exact."""
    rng = np.random.default_rng(8)
    one, other = rng.integers(1, 4, (2, RUNS, 1)).astype(float)  # a third are ties
    found = chances([one, other])
    score = np.where(one == other, 0.5, one < other)
    assert found.chance[0, 1] == pytest.approx(score.mean())
    assert found.standard_error[0, 1] == pytest.approx(score.std() / np.sqrt(RUNS), rel=2e-3)
    never = chances([one + 10, other])
    assert never.chance[0, 1] == 0
    assert never.standard_error[0, 1] == pytest.approx(1 / RUNS, rel=0.01)
    assert chances([one, one]).standard_error[0, 1] == 0


def test_the_same_seed_brings_the_same_chances():
    def asked(seed):
        return genloss.compare(["replace rows=9", "accumulate rows=9"], generations=2, replicates=50, seed=seed)

    assert asked(4) == asked(4)
    assert asked(4) != asked(5)


def test_a_comparison_of_before_is_refused(found, tmp_path):
    old = found.to_dict() | {"schema": "comparison/2", "beats": found.chance.tolist()}
    path = tmp_path / "old.json"
    path.write_text(json.dumps(old))
    with pytest.raises(Problem, match="comparison/2"):
        genloss.advise.Comparison.load(path)


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
        "chance against lost",
        "chance same luck",
        "in two separate runs on the same real rows it errs less than lost with chance",
        "1.64493 times",
        "At generations 1 to 6 the least expected error is that of kept.",
        "synthetic rows",
    ):
        assert text in said
    assert "<svg" in picture.read_text()
    data = json.loads(table.read_text())
    assert data["generations"] == 6
    for name in ("chance", "chance_same_luck"):
        assert data[name][1][0][0] == 0.5 < data[name][1][0][6]
        assert data[f"{name}_standard_error"][1][0][6] == pytest.approx(0.06, abs=0.02)
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
