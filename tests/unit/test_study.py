"""Does a study resolve as its author meant, and is what cannot run refused with a way out?"""

import numpy as np
import pytest
from helpers import tiny

import genloss
from genloss import Problem, Study
from genloss.study.spec.grid import axes_of
from genloss.study.subjects.table import subject_of_kind


def problem_of(text, tmp_path):
    path = tmp_path / "study.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Problem) as caught:
        Study.load(path)
    return str(caught.value).replace(f"{tmp_path}/", "")


GOOD = """\
seed = 1
replicates = 4
generations = 2

[population]
kind = "linear_gaussian"
dim = 5
noise = 1.0

[workflow]
kind = "replace"
rows = 10

[generator]
kind = "least_squares"

[predictor]
kind = "ridge"
rows = [4, 20]
penalty = 0.1
"""

SHIFTED = 'kind = "shifted_truth"\nshift = '
BAD = {
    "share": (
        "penalty = 0.1",
        "penalty = 0.1\nsynthetic_share = 1.5",
        "line 21: predictor.synthetic_share: 1.5 is beyond",
    ),
    "features": ("penalty = 0.1", "penalty = 0.1\nfeatures = 0", "line 21: predictor.features: 0 is not between 1"),
    "no shift": ('kind = "least_squares"', 'kind = "shifted_truth"', "generator.shift: missing"),
    "deviations": (
        'kind = "least_squares"',
        SHIFTED + "{deviations = [1.0, 2.0]}",
        "line 16: generator.shift: 2 numbers beside dim = 5",
    ),
    "negative shift": ('kind = "least_squares"', SHIFTED + "{norm = -1.0}", "-1.0 is not a number >= 0"),
    "shifted predictor": ('kind = "ridge"', SHIFTED + "{norm = 1.0}", "predictor.kind: 'shifted_truth' is not known"),
    "unknown key": ("penalty = 0.1", "penaltty = 0.1", "study.toml, line 20: predictor.penaltty: unknown key"),
    "nearest": ("penalty = 0.1", "penaltty = 0.1", "did you mean penalty?"),
    "unknown table": ("[predictor]", "[predicter]", "did you mean predictor?"),
    "swallowed": ("penalty = 0.1", "penalty = 0.1\nmetrics = ['excess_risk']", "a key of the study stands inside"),
    "broken": ("seed = 1", "seed = = 1", "not TOML"),
    "type": ("noise = 1.0", "noise = 'much'", "line 8: population.noise: 'much' is not a number"),
    "boolean": ("dim = 5", "dim = true", "True is not a whole number"),
    "negative rows": ("rows = 10", "rows = -10", "line 12: workflow.rows: -10 is not between 1"),
    "fractional rows": ("rows = [4, 20]", "rows = 4.5", "line 19: predictor.rows: 4.5 is not a whole number"),
    "billion": ("generations = 2", "generations = 1000000000", "1000000000 is not between 0 and 10,000"),
    "nan": ("noise = 1.0", "noise = nan", "nan is not a number >= 0"),
    "infinite": ("penalty = 0.1", "penalty = inf", "inf is not a number >= 0"),
    "missing": ("noise = 1.0", "", "population.noise: missing"),
    "missing table": ('[generator]\nkind = "least_squares"', "", "generator: missing"),
    "kind": ('kind = "replace"', 'kind = "replaced"', "did you mean replace?"),
    "metric": ("seed = 1", "metrics = ['excess_rsk']", "did you mean excess_risk?"),
    "report": ("seed = 1", "report = [0, 7]", "7 is after the last generation, 2"),
    "axis": ("penalty = 0.1", "penalty = {log = [0, 1, 5]}", "does not describe a log axis"),
    "empty axis": ("rows = [4, 20]", "rows = []", "is not a list of 1 to"),
    "twice": ("rows = [4, 20]", "rows = [4, 4]", "the same value stands twice"),
    "take": (
        'kind = "replace"',
        'kind = "accumulate_subsample"\ntake = 99',
        "line 12: workflow.train[0].take: 99 rows without replacement, and 10 to draw from at generation 0",
    ),
    "weight": (
        'kind = "replace"',
        'kind = "fixed_real"\nreal_weight = 1.3',
        "line 12: workflow.real_weight: 1.3 is not",
    ),
    "workflow key": ('kind = "replace"', 'kind = "replace"\nkeep = 3', "line 12: workflow.keep: unknown key"),
    "no term": (
        'kind = "replace"\nrows = 10',
        'emit = [{tag = "r", from = "real", rows = 9, at = [1]}]\ntrain = [{select = {tag = "r"}}]',
        "workflow.train: no term of train selects any rows at generation 0",
    ),
    "tag": (
        'kind = "replace"\nrows = 10',
        'emit = [{tag = "real", from = "real", rows = 9}]\ntrain = [{select = {tag = "reel"}}]',
        "did you mean real?",
    ),
    "file": ("dim = 5", "dim = 5\nspectrum = {file = 'none.npy'}", "none.npy: no such file"),
    "length": ("dim = 5", "dim = 5\nspectrum = [1.0, 2.0]", "2 numbers beside dim = 5"),
    "true is not 1": ("seed = 1", "seed = false", "False is not a whole number"),
    "1.0 is not 1": ("replicates = 4", "replicates = 100.0", "100.0 is not a whole number"),
    "metric twice": ("seed = 1", "metrics = ['excess_risk', 'excess_risk']", "'excess_risk' stands twice"),
    "metric of real rows": (
        "seed = 1",
        "metrics = ['held_out_excess_risk']",
        "study.toml, line 1: metrics: linear_gaussian has no",
    ),
    "list of kinds": ('kind = "ridge"', 'kind = ["ridge", "least_squares"]', "is not text"),
    "table of kinds": ('kind = "ridge"', "kind = {a = 1}", "is not text"),
    "huge noise": ("noise = 1.0", "noise = 1e200", "1e+200 is beyond 1e+100"),
    "huge digits": ("penalty = 0.1", f"penalty = 1{'0' * 400}", "...0000000000 is beyond 1e+100"),
    "thousands of digits": ("penalty = 0.1", f"penalty = 1{'0' * 5000}", "not TOML"),
    "huge axis": ("penalty = 0.1", f"penalty = {{log = [1, 1{'0' * 400}, 3]}}", "is not three numbers"),
    "vanishing spectrum": ("dim = 5", "dim = 5\nspectrum = {power_law = 1000}", "1000 is beyond 50"),
    "exploding penalty": ("penalty = 0.1", "penalty = {rows_power = 1000}", "1000 is beyond 10"),
    "entry": ("dim = 5", "dim = 3\nspectrum = [1.0, -2.0, 3.0]", "entry 1: -2.0 is not a number > 0"),
    "deep": ("dim = 5", f"dim{'.a' * 3000} = 5", "mend"),
    "case": (
        "penalty = 0.1",
        "penalty = 0.1\n[[case]]\nname = 'x'\nseed = 4",
        "a key of the study stands inside [[case]]",
    ),
    "bytes": (None, b"seed = \xff\xfe", "byte 7 is not UTF-8 text"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_says_where_what_and_how_to_mend(name, tmp_path):
    old, new, said = BAD[name]
    assert old is None or old in GOOD
    message = problem_of(new if old is None else GOOD.replace(old, new, 1), tmp_path)
    assert said in message
    assert "\n  mend: " in message


@pytest.mark.parametrize("broken", ["truncated", "nan", "text", "objects"])
def test_bad_data_files_are_refused(broken, tmp_path):
    path = tmp_path / "s.npy"
    np.save(path, np.array([1.0, 2, 3, 4, np.nan if broken == "nan" else 5]))
    if broken == "truncated":
        path.write_bytes(path.read_bytes()[:-8])
    elif broken == "text":
        path.write_text("1 2 3")
    elif broken == "objects":
        np.save(path, np.array([1, "a", None], dtype=object))
    message = problem_of(GOOD.replace("dim = 5", 'dim = 5\nspectrum = {file = "s.npy"}'), tmp_path)
    assert "s.npy" in message
    assert "mend: " in message


def test_a_header_that_promises_too_much_is_refused_before_memory_is_asked_for(tmp_path):
    path = tmp_path / "s.npy"
    np.save(path, np.ones(5))
    path.write_bytes(path.read_bytes().replace(b"(5,), }" + b" " * 10, b"(4000000000,), }" + b" " * 1))
    message = problem_of(GOOD.replace("dim = 5", 'dim = 5\nspectrum = {file = "s.npy"}'), tmp_path)
    assert "its header says 32,000,000,000" in message


def test_what_python_hands_over_is_read_or_refused():
    numpy = tiny(seed=np.int64(3), predictor={"rows": np.array([5, 20]), "penalty": (0.1, np.float32(1.0))})
    assert Study.from_dict(numpy).id == Study.from_dict(tiny()).id
    assert Study.from_dict(tiny() | {"report": None}).id == Study.from_dict(tiny()).id
    assert Study.from_dict(tiny()).with_seed(np.int64(4)).id == Study.from_dict(tiny(seed=4)).id
    endless = tiny()
    endless["population"]["signal"] = endless
    for wrong in (None, [1], endless):
        with pytest.raises(Problem):
            Study.from_dict(wrong)
    with pytest.raises(Problem):
        Study.load("a\0b")


def test_noise_of_the_population_is_followed_cell_by_cell():
    study = Study.from_dict(tiny(population={"noise": [0.1, 2.0]}))
    assert len(list(study.cells())) == 8
    assert all(
        cell.settings["population"]["noise"]
        == cell.settings["generator"]["noise"]
        == cell.settings["predictor"]["noise"]
        for cell in study.cells()
    )


def test_what_cannot_fit_is_refused_before_any_work(monkeypatch):
    import genloss

    monkeypatch.setattr("genloss.room.memory", lambda: 1e10)
    large = tiny(population={"dim": 100_000}, workflow={"rows": 200_000}, predictor={"rows": 10**6, "penalty": 0.1})
    slanted = tiny(population={"dim": 100_000, "spectrum": {"power_law": 1.0}}, predictor={"rows": 10**6})
    with pytest.raises(Problem, match="GB at once"):  # without a spectrum an engine needs no rows at all
        genloss.simulate(Study.from_dict(slanted))
    with pytest.raises(Problem, match="GB at once"):
        genloss.predict(Study.from_dict(large | {"generations": 10_000}))
    many = tiny(predictor={"penalty": {"log": [1e-3, 1, 10_000]}, "rows": {"linear": [1, 1000, 100]}})
    with pytest.raises(Problem, match="1,000,000 cells"):
        genloss.predict(Study.from_dict(many))
    with pytest.raises(Problem, match="workers"):
        genloss.simulate(Study.from_dict(tiny()), workers=0)
    with pytest.raises(Problem, match="7 is not a study"):
        genloss.predict(7)


def test_a_kernel_that_cannot_be_solved_says_what_to_do():
    import genloss

    # A line in 64 features has a kernel of rank 65 on 400 rows.
    kernel = {"kind": "kernel_ridge", "kernel": "polynomial", "degree": 1, "penalty": 1e-300}
    digits = {"kind": "digits", "noise": 1.0}
    study = Study.from_dict(
        tiny(predictor=None, replicates=2)
        | {"population": digits, "generator": kernel, "workflow": {"kind": "replace", "rows": 400}}
    )
    with pytest.raises(Problem, match="raise the penalty"):
        genloss.simulate(study)


def test_penalty_zero_is_refused_where_it_is_undefined(tmp_path):
    text = GOOD.replace('kind = "linear_gaussian"\ndim = 5', 'kind = "digits"')
    text = text.replace('"ridge"', '"kernel_ridge"').replace('"least_squares"', '"kernel_ridge"\npenalty = 0.1')
    assert "drawn rows repeat" in problem_of(text.replace("penalty = 0.1\n", "penalty = 0.0\n"), tmp_path)


def test_resolving_twice_changes_nothing_and_keeps_the_id(tmp_path):
    study = Study.from_dict(tiny(predictor={"penalty": {"log": [1e-3, 10, 5]}}))
    path = tmp_path / "resolved.toml"
    path.write_text(study.toml())
    again = Study.load(path)
    assert again.toml() == study.toml()
    assert again.id == study.id


def test_kernel_ridge_runs_where_the_truth_is_linear():
    import genloss

    kernel = {"kind": "kernel_ridge", "penalty": 0.1, "rows": [5, 20]}
    study = Study.from_dict(tiny(predictor=None) | {"predictor": kernel})
    assert {row.engine for row in genloss.simulate(study).rows} == {"reference"}
    assert "a model is not linear" in genloss.predict(study).gaps[0]


def test_every_form_of_a_workflow_is_one_study():
    from genloss import Workflow

    short = Study.from_dict(tiny(workflow={"kind": "augment"}))
    long = Study.from_dict(
        tiny(workflow=None) | {"workflow": Workflow.from_dict({"kind": "accumulate", "rows": 12}).to_dict()}
    )
    instance = Study.from_dict(
        tiny(workflow=None) | {"workflow": Workflow.from_dict({"kind": "accumulate", "rows": 12})}
    )
    assert short.id == long.id == instance.id
    assert [c.id for c in short.cells()] == [c.id for c in long.cells()]


def test_the_id_follows_the_numbers_not_the_words():
    study = Study.from_dict(tiny())
    assert Study.from_dict(tiny(question="Other words?")).id == study.id
    assert Study.from_dict(tiny(workflow={"kind": "discard"})).id == study.id
    assert Study.from_dict(tiny(seed=4)).id != study.id
    assert study.with_seed(4).id == Study.from_dict(tiny(seed=4)).id


def test_lists_are_axes_and_each_wraps_lists():
    study = Study.from_dict(tiny(workflow={"rows": {"each": [12, [12, 24]]}}))
    axes = axes_of(study.cases[0])
    assert axes["workflow", "rows"] == [12, [12, 24]]
    assert len(list(study.cells())) == 8
    assert axes_of(Study.from_dict(tiny(workflow={"rows": [12, 24]})).cases[0]).keys() == axes.keys() - {
        ("workflow", "rows")
    }


def test_cases_change_the_keys_they_name():
    cases = [
        {"name": "a"},
        {"name": "b", "predictor": {"penalty": 5.0}},
        {"name": "c", "generator": {"kind": "ridge", "penalty": 0.2}},
    ]
    study = Study.from_dict(tiny(case=cases))
    assert [case["predictor"]["penalty"] for case in study.cases] == [[0.1, 1.0], 5.0, [0.1, 1.0]]
    assert [case["generator"]["kind"] for case in study.cases] == ["least_squares", "least_squares", "ridge"]


def test_a_penalty_may_follow_the_rows():
    study = Study.from_dict(tiny(predictor={"penalty": {"rows_power": -0.5}, "rows": [4, 16]}))
    assert [cell.settings["predictor"]["penalty"] for cell in study.cells()] == [0.5, 0.25]


@pytest.mark.parametrize(
    ("kernels", "said"),
    [
        (["rbf"], "fits rbf kernel ridge (gamma 0.5) with"),
        (["laplacian", "rbf"], "fits laplacian or rbf kernel ridge (gamma"),
    ],
)
def test_kernels_of_a_grid_are_told(kernels, said):
    generator = {"kind": "kernel_ridge", "kernel": kernels, "gamma": 0.5, "penalty": 0.1}
    told = genloss.explain(tiny(generator=generator, predictor=None))
    assert said in " ".join(told.asked)


@pytest.mark.parametrize("last", [2**70, 10**30, 1e30])
def test_an_axis_of_huge_whole_numbers_is_as_that_of_doubles(last):
    generator = {"kind": "ridge", "penalty": {"log": [1, last, 3]}}
    cells = Study.from_dict(tiny(generator=generator, predictor=None)).cells()
    assert [cell.axes["generator.penalty"] for cell in cells][-1] == pytest.approx(float(last), rel=1e-9)


def test_noise_on_an_axis_is_said_of_every_fit_that_has_none_of_its_own():
    study = {
        "generations": 1,
        "replicates": 10,
        "population": {"kind": "linear_gaussian", "dim": 3, "noise": [0.1, 0.5]},
        "workflow": {"kind": "replace", "rows": 9},
        "generator": {"kind": "ridge", "penalty": 0.1},
        "predictor": {"kind": "ridge", "penalty": 0.1, "rows": 9, "noise": 2.0},
    }
    (case,) = genloss.Study.from_dict(study).cases
    said = subject_of_kind("linear_gaussian").words(case)
    assert "labels with noise of standard deviation 0.1 to 0.5;" in said
    assert "plus noise of standard deviation 2" in said
    assert "None" not in said
