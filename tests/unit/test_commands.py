"""Studies that name rows, estimators, factories and commands: the same numbers, and every failure told and mended."""

import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tomli_w
from sklearn.mixture import GaussianMixture

import genloss
from genloss import Problem
from genloss.cli.main import run_command
from genloss.models import Command
from genloss.models.exchange import from_file, to_file
from genloss.models.process import run_to_end
from genloss.populations.own_rows import columns_of, to_bytes
from genloss.populations.own_rows.from_file import Wanted, rows_of_file
from genloss.streams import stream

pytestmark = pytest.mark.usefixtures("without_pictures")

STUDIES = Path(__file__).parents[2] / "studies"
RNG = np.random.default_rng(0)
TABLE = pd.DataFrame({"a": RNG.normal(size=60), "b": RNG.integers(0, 5, 60), "word": RNG.choice(["red", "blue"], 60)})
TEXTS = [f"word{k} and word{k % 7}" for k in range(60)]
FORMS = {
    "table": TABLE,
    "array": TABLE[["a", "b"]].to_numpy(float),
    "column": TABLE["a"].to_numpy(),
    "labeled": (TABLE[["a", "word"]], TABLE["b"]),
    "labeled arrays": (TABLE[["a"]].to_numpy(), TABLE["b"].to_numpy()),
    "texts": TEXTS,
}
COPY = """
import csv, random, sys
train, out, rows, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
draw = random.Random(seed)
with open(train, newline="") as file:
    names, *data = csv.reader(file)
with open(out, "w", newline="") as file:
    csv.writer(file).writerows([names, *(draw.choice(data) for _ in range(rows))])
"""
WORDS = "{python} gen.py {train} {out} {rows} {seed}"


def rng(*key):
    return stream(0, "test commands", *key)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gen.py").write_text(COPY)
    TABLE[["a", "b"]].to_csv(tmp_path / "my.csv", index=False)
    return tmp_path


def written(folder, name="s.toml", **tables):
    study = {
        "generations": 2,
        "replicates": 3,
        "metrics": ["energy_distance"],
        "population": {"kind": "rows", "file": "my.csv"},
        "generator": {"kind": "command", "command": WORDS, "timeout": 20},
        "workflow": {"kind": "replace", "rows": 20},
    } | tables
    path = folder / name
    path.write_text(tomli_w.dumps(study))
    return path


def values(result):
    return [row.value for row in result.rows]


# rows


ENDINGS = {
    "csv": lambda table, path: table.to_csv(path, index=False),
    "tsv": lambda table, path: table.to_csv(path, index=False, sep="\t"),
    "jsonl": lambda table, path: table.to_json(path, orient="records", lines=True, double_precision=15),
    "parquet": lambda table, path: table.to_parquet(path),
    "feather": lambda table, path: table.to_feather(path),
    "npz": lambda table, path: np.savez(path, **{name: table[name].to_numpy() for name in table}),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_rows_are_the_same_from_every_format(tmp_path, ending):
    table = TABLE.astype({"word": object})
    if ending == "npz":
        table = table.assign(word=np.array(TABLE["word"].tolist()))
    ENDINGS[ending](table, tmp_path / f"rows.{ending}")
    if ending == "npz":
        np.savez(tmp_path / "rows.npz", a=table["a"], b=table["b"], word=np.array(TABLE["word"].tolist()))
    read = rows_of_file(tmp_path / f"rows.{ending}", Wanted())
    assert list(read.columns) == ["a", "b", "word"]
    np.testing.assert_allclose(read["a"], TABLE["a"], rtol=1e-9)
    assert read["b"].dtype == np.int64
    assert read["word"].tolist() == TABLE["word"].tolist()
    inputs, target = rows_of_file(tmp_path / f"rows.{ending}", Wanted(target="b", drop=["word"]))
    assert list(inputs.columns) == ["a"]
    assert target.tolist() == TABLE["b"].tolist()


def test_texts_and_arrays_are_rows(tmp_path):
    (tmp_path / "t.txt").write_text("one text\n\n  another one \nNA\n")
    assert rows_of_file(tmp_path / "t.txt", Wanted()) == ["one text", "another one", "NA"]
    (tmp_path / "t.jsonl").write_text('{"text": "one "}\n{"text": "NA"}\n')
    assert rows_of_file(tmp_path / "t.jsonl", Wanted()) == ["one ", "NA"]
    np.save(tmp_path / "a.npy", FORMS["array"])
    np.testing.assert_array_equal(rows_of_file(tmp_path / "a.npy", Wanted()), FORMS["array"])
    np.save(tmp_path / "o.npy", np.array([{}, 1], dtype=object))
    with pytest.raises(Problem, match="pickled objects, which are never read"):
        rows_of_file(tmp_path / "o.npy", Wanted())


@pytest.mark.parametrize(
    ("content", "wanted", "found", "mend"),
    [
        ("a,b\n1,2\n,3\n", {}, "missing entries among the numbers of column 'a' \\(row 2\\)", 'missing="drop"'),
        ("a,b\n1,2\n3,4\n", {"target": "c"}, "there is no column 'c'", "known here: a, b"),
        ("a,b\n1,2\n3,4\n", {"columns": ["a", "a"]}, "'a' is named twice", "once"),
        ("a,b\n1,2\n3,4\n", {"drop": ["a", "b"]}, "no column is left", "fewer"),
    ],
)
def test_tables_that_are_no_rows_are_refused(tmp_path, content, wanted, found, mend):
    (tmp_path / "m.csv").write_text(content)
    with pytest.raises(Problem, match=found) as caught:
        rows_of_file(tmp_path / "m.csv", Wanted(**wanted))
    assert mend in caught.value.mend
    if "missing" in found:
        assert rows_of_file(tmp_path / "m.csv", Wanted(missing="drop"))["a"].tolist() == [1]


def test_a_study_of_a_file_has_the_numbers_of_a_chain(folder):
    options = {"n_components": 2}
    path = written(folder, generator={"kind": "sklearn", "estimator": "GaussianMixture", "options": options})
    asked = {"generations": 2, "seeds": 3, "rows": 20, "metrics": ["energy_distance"]}
    whole = pd.read_csv(folder / "my.csv")
    assert values(genloss.simulate(path)) == values(genloss.chain(GaussianMixture(2), whole, "replace", **asked))
    study = genloss.Study.load(path)
    again = genloss.Study.from_dict(study.resolved)
    assert again.id == study.id
    assert study.with_seed(5).with_seed(0).id == study.id
    whole.loc[0, "a"] += 1
    whole.to_csv(folder / "my.csv", index=False)
    assert genloss.Study.load(path).id != study.id
    (folder / "s.toml").write_text(study.toml())
    with pytest.raises(Problem, match="the study was made for data of SHA-256"):
        genloss.Study.load(path)


def test_a_run_is_told_of_where_its_rows_are_not(folder, monkeypatch, capsys):
    path = written(folder, generator={"kind": "sklearn", "estimator": "GaussianMixture"})
    out = folder / "out"
    assert run_command(["run", str(path), "--out", str(out), "--quiet"]) == 0
    monkeypatch.chdir("/")
    capsys.readouterr()
    assert run_command(["status", str(out)]) == 0
    assert "1 of 1 cells finished" in capsys.readouterr().out
    assert run_command(["simulate", str(out / "study.toml"), "--quiet"]) == 2
    assert "my.csv is not here" in capsys.readouterr().err
    monkeypatch.setenv("GENLOSS_DATA", str(folder))
    assert run_command(["simulate", str(out / "study.toml"), "--quiet"]) == 0


def test_default_metrics_are_those_of_the_rows(folder):
    (folder / "t.txt").write_text("\n".join(TEXTS))
    raw = {
        "population": {"kind": "rows", "file": "t.txt"},
        "generator": {"kind": "command", "command": WORDS, "format": "jsonl"},
        "generations": 1,
        "workflow": {"kind": "replace", "rows": 20},
    }
    assert "words_left" in genloss.Study.from_dict(raw, folder=folder).resolved["metrics"]


# commands


@pytest.mark.parametrize("form", ["csv", "parquet", "npz", "jsonl"])
@pytest.mark.parametrize("rows", FORMS.values(), ids=FORMS)
def test_rows_come_back_from_a_file_as_they_went(tmp_path, form, rows):
    (tmp_path / f"x.{form}").write_bytes(to_file(rows, form))
    back = from_file(tmp_path / f"x.{form}", rows, 60)
    assert type(back) is type(rows)
    assert to_bytes(back) == to_bytes(rows) or str(back) == str(rows)


@pytest.mark.parametrize("shell", [False, True])
@pytest.mark.parametrize("name", ["table", "array", "labeled", "labeled arrays"])
def test_a_command_is_a_model(folder, name, shell):
    fit = Command(WORDS, folder=folder, shell=shell).fit(FORMS[name], None, rng())
    one, same, other = (fit.sample(9, rng(key)) for key in (0, 0, 1))
    assert to_bytes(one) == to_bytes(same) != to_bytes(other)
    assert len(one[0] if isinstance(one, tuple) else one) == 9
    assert type(one) is type(FORMS[name])


def test_a_command_keeps_a_fit_and_begins_from_an_earlier_one(folder):
    (folder / "gen.py").write_text(
        "import sys, pathlib, shutil\n"
        "train, out, rows, state, start, generation = sys.argv[1:]\n"
        "kept = pathlib.Path(state, 'n')\n"
        "before = pathlib.Path(start, 'n').read_text() if start else '0'\n"
        "kept.write_text(kept.read_text() if kept.exists() else str(int(before) + 1))\n"
        "open(out, 'w').write('x_0\\n' + f'{kept.read_text()}{generation}\\n' * int(rows))\n"
    )
    words = "{python} gen.py {train} {out} {rows} {state} {start} {generation}"
    model = Command(words, folder=folder)
    first = model.fit(np.ones((5, 1)), None, rng())
    second = model.in_generation(3).fit(np.ones((5, 1)), None, rng(), start=first)
    assert second.sample(2, rng()).tolist() == [[23], [23]]  # the first was run for it
    assert second.sample(1, rng()).tolist() == [[23]]
    assert first.sample(1, rng()).tolist() == [[10]]
    with pytest.raises(Problem, match=r"the command has no \{start\}"):
        Command(WORDS, folder=folder).fit(np.ones((5, 1)), None, rng(), start=first)


WRONG = {
    "exit code": ("sys.exit('no memory')", "ended with exit code 1; it said: no memory"),
    "signal": ("import os; os.kill(os.getpid(), 9)", "was ended by signal 9"),
    "no output": ("", r"wrote no file \{out\}"),
    "too few rows": ("open(out, 'w').write('x_0,x_1\\n1,2\\n')", "wrote 1 rows, and 9 were asked for"),
    "NaN": ("open(out, 'w').write('x_0,x_1\\n' + '1,nan\\n' * rows)", "column 'x_1' has nothing, or NaN, in row 1"),
    "infinite": ("open(out, 'w').write('x_0,x_1\\n' + '1,inf\\n' * rows)", "column 'x_1' has inf in row 1"),
    "words": ("open(out, 'w').write('x_0,x_1\\n' + '1,two\\n' * rows)", "column 'x_1', which holds numbers, has 'two'"),
    "other columns": ("open(out, 'w').write('x_0,z\\n' + '1,2\\n' * rows)", "no column 'x_1', and 'z', which"),
    "no table": ("open(out, 'wb').write(b'\\xff\\xfe\\x00')", "what the command wrote cannot be read"),
    "empty": ("open(out, 'w').write('')", "what the command wrote cannot be read: empty"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_a_command_does_wrong_is_told(folder, name):
    body, found = WRONG[name]
    begin = "import sys\ntrain, out, rows = sys.argv[1], sys.argv[2], int(sys.argv[3])\n"
    (folder / "gen.py").write_text(begin + body)
    with pytest.raises(Problem, match=found) as caught:
        Command(WORDS, folder=folder).fit(FORMS["array"], None, rng()).sample(9, rng())
    assert caught.value.where == "generator"
    assert caught.value.mend


def test_npz_of_a_command_is_never_unpickled(folder):
    (folder / "gen.py").write_text(
        "import sys, os, numpy as np\n"
        "class Bad:\n    def __reduce__(self): return (os.mkdir, ('unpickled',))\n"
        "np.savez(sys.argv[2], x=np.array([Bad()] * int(sys.argv[3]), dtype=object))\n"
    )
    with pytest.raises(Problem, match="pickled objects, which are never read"):
        Command(WORDS, format="npz", folder=folder).fit(FORMS["column"], None, rng()).sample(9, rng())
    assert not (folder / "unpickled").exists()


def test_a_hung_command_is_ended_with_its_children(folder):
    (folder / "gen.py").write_text(
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open('child', 'w').write(str(child.pid))\n"
        "time.sleep(60)\n"
    )
    begin = time.monotonic()
    with pytest.raises(Problem, match="had not ended after 3 s, and was ended with all it had started") as caught:
        Command(WORDS, timeout=3, folder=folder).fit(FORMS["array"], None, rng()).sample(9, rng())
    assert time.monotonic() - begin < 30
    assert "timeout" in caught.value.mend
    child = int((folder / "child").read_text())
    for _ in range(100):
        if not _runs(child):
            break
        time.sleep(0.1)
    assert not _runs(child)


def _runs(process):
    try:
        return Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_a_command_has_no_input_and_leaves_nothing(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", None)
    ended = run_to_end([sys.executable, "-c", "print(repr(input()))"], folder, 20)
    assert ended.code == 1
    assert "EOFError" in ended.said
    Command(WORDS, folder=folder).fit(FORMS["array"], None, rng()).sample(9, rng())
    assert os.listdir(tmp_path / "temp") == []


@pytest.mark.parametrize(
    ("command", "found", "mend"),
    [
        ("no-such-program {train} {out} {rows}", "'no-such-program' is not a program", "{python}"),
        ("{python} gen.py {train} {out}", "there is no {rows} in it", "{rows}"),
        (
            "{python} gen.py {trian} {out} {rows}",
            "{trian} is not one of the places that are filled in",
            "did you mean train?",
        ),
        ("{python} gen.py '{train} {out} {rows}", "cannot be split into words", "quotation mark"),
        ("{python} gen.py {train} {out} {rows} {start}", "{start} is the folder {state} of an earlier fit", "{state}"),
        ("", "no command", "{train}"),
        (7, "7 is not text", "{train}"),
    ],
)
def test_a_command_that_cannot_be_run_is_refused_at_once(command, found, mend):
    with pytest.raises(Problem) as caught:
        Command(command)
    assert found in caught.value.found
    assert mend in caught.value.mend


@pytest.mark.parametrize(("key", "value"), [("format", "xlsx"), ("timeout", 0), ("timeout", True)])
def test_settings_of_a_command_are_checked(key, value):
    with pytest.raises(Problem, match=f"generator.{key}"):
        Command(WORDS, **{key: value})


def test_weights_go_to_a_command_or_are_refused(folder):
    weights = np.linspace(0, 2, 60)
    with pytest.raises(Problem, match=r"the command has no \{weights\}"):
        Command(WORDS, folder=folder).fit(TABLE, weights, rng())
    (folder / "gen.py").write_text(
        "import sys\n"
        "rows = [float(line) for line in open(sys.argv[3]).read().split()[1:]]\n"
        "open(sys.argv[2], 'w').write('x\\n' + f'{rows[-1]}\\n' * int(sys.argv[4]))\n"
    )
    model = Command("{python} gen.py {train} {out} {weights} {rows}", folder=folder)
    assert model.fit(FORMS["column"], weights, rng()).sample(1, rng()).tolist() == [2.0]


# studies


def test_a_seed_that_fails_costs_itself(folder, capsys):
    path = written(folder, replicates=6)
    (folder / "gen.py").write_text(
        "import os, sys\nos.makedirs('n', exist_ok=True)\nopen(f'n/{len(os.listdir(\"n\"))}', 'w')\n"
        "if len(os.listdir('n')) == 4: print('out of luck', file=sys.stderr); sys.exit(3)\n" + COPY
    )
    capsys.readouterr()
    assert run_command(["run", str(path), "--out", str(folder / "two"), "--trust", "--json", "-"]) == 1
    found = json.loads(capsys.readouterr().out)
    (gap,) = [gap for gap in found["gaps"] if gap.startswith("left out")]
    assert "generator: seed" in gap
    assert "ended with exit code 3; it said: out of luck" in gap
    assert "(mend: " in gap
    assert {row["replicates"] for row in found["rows"] if row["method"] == "simulation"} == {5}


def test_an_untrusted_study_executes_nothing(folder, capsys):
    (folder / "gen.py").write_text("open('executed', 'w')\n" + COPY)
    path = written(folder)
    assert run_command(["simulate", str(path), "--quiet"]) == 2
    assert "names code, which may do on this machine whatever you may" in capsys.readouterr().err
    assert run_command(["explain", str(path)]) == 0
    shown = capsys.readouterr().out
    assert "csv.reader(file)" in shown
    assert "which is not a text" in shown  # Python itself
    assert not (folder / "executed").exists()
    with pytest.raises(Problem, match="names code"):
        genloss.simulate(path)
    first = genloss.Study.load(path).id
    (folder / "gen.py").write_text(COPY)
    assert genloss.Study.load(path).id != first


FACTORY = """
import numpy as np
class Normal:
    def __init__(self, scale): self.scale = scale
    def fit(self, data, weights, rng, *, start=None): return Fit(np.asarray(data).mean(axis=0), self.scale)
class Fit:
    def __init__(self, mean, scale): self.mean, self.scale = mean, scale
    def sample(self, count, rng): return rng.normal(self.mean, self.scale, (count, len(self.mean)))SHORT
def make(scale=1.0): return Normal(scale)
def mixture(**options):
    from sklearn.mixture import GaussianMixture
    return GaussianMixture(**options)
def nothing(): return 3
def broken(): raise RuntimeError("no weights here")
thing = 4
"""


def python(entry, **options):
    return {"kind": "python", "entry": entry, "options": options}


@pytest.mark.parametrize("processes", [False, True])
def test_a_factory_makes_the_model(folder, processes):
    (folder / "mine.py").write_text(FACTORY.replace("SHORT", ""))
    one = genloss.simulate(
        written(folder, generator=python("mine.py:make", scale=0.5)), trust=True, processes=processes
    )
    assert len(one.rows) == 3
    named = written(
        folder, generator={"kind": "sklearn", "estimator": "GaussianMixture", "options": {"n_components": 2}}
    )
    made = written(folder, "t.toml", generator=python("mine.py:mixture", n_components=2))
    assert values(genloss.simulate(made, trust=True)) == values(genloss.simulate(named))


@pytest.mark.parametrize(
    ("entry", "options", "found"),
    [
        ("mine.py:nothing", {}, "returned 3, which is not a model"),
        ("mine.py:thing", {}, "is int 4, not a function"),
        ("mine.py:makes", {}, "has no makes"),
        ("mine.py:make", {"depth": 3}, "cannot be called with the options depth"),
        ("mine.py:broken", {}, "RuntimeError: no weights here"),
        ("mine.py", {}, "is not the name of a function"),
        ("none.py:make", {}, "no such file"),
        ("no_such_package.a:make", {}, "no module 'no_such_package'"),
        ("bad.py:make", {}, "cannot be executed: line 1: SyntaxError"),
    ],
)
def test_an_entry_that_is_no_factory_is_refused(folder, capsys, entry, options, found):
    (folder / "mine.py").write_text(FACTORY.replace("SHORT", ""))
    (folder / "bad.py").write_text("def make(:")
    path = written(folder, generator=python(entry, **options))
    assert run_command(["simulate", str(path), "--trust", "--quiet"]) == 2
    told = capsys.readouterr().err
    assert found in told
    assert "mend:" in told


@pytest.mark.parametrize(
    ("cut", "found"),
    [("[:-1]", r"returned 44 rows|returned 19 rows|returned 14 rows"), ("[:, :1]", "1 column of numbers")],
)
def test_a_sample_of_another_shape_is_told(folder, capsys, cut, found):
    import re

    (folder / "mine.py").write_text(FACTORY.replace("SHORT", cut))
    path = written(folder, generator=python("mine.py:make"))
    assert run_command(["simulate", str(path), "--trust", "--quiet"]) == 2  # all seeds fail
    assert re.search(found, capsys.readouterr().err)


BAD = {
    "no rows": {"population": {"kind": "rows"}},
    "two homes": {"population": {"kind": "rows", "file": "my.csv", "data": "iris"}},
    "no file": {"population": {"kind": "rows", "file": "none.csv"}},
    "no data set": {"population": {"kind": "rows", "data": "irsi"}},
    "no column": {"population": {"kind": "rows", "file": "my.csv", "target": "c"}},
    "one column as text": {"population": {"kind": "rows", "file": "my.csv", "columns": "a"}},
    "estimator": {"generator": {"kind": "sklearn", "estimator": "GaussianMixtur"}},
    "option": {"generator": {"kind": "sklearn", "estimator": "GaussianMixture", "options": {"n_component": 3}}},
    "options": {"generator": {"kind": "sklearn", "estimator": "GaussianMixture", "options": 3}},
    "format": {"generator": {"kind": "command", "command": WORDS, "format": "xlsx"}},
    "place": {"generator": {"kind": "command", "command": "{python} gen.py {train} {out} {row}"}},
    "program": {"generator": {"kind": "command", "command": "no-such-program {train} {out} {rows}"}},
    "untrusted": {},
}


def test_messages(golden, folder, capsys):
    said = []
    for name, tables in BAD.items():
        path = written(folder, "study.toml", **tables)
        assert run_command(["simulate", "study.toml", "--quiet"]) == 2, name
        told = capsys.readouterr().err.replace(sys.executable, "PYTHON").replace(f"{path.parent}/", "")
        said.append(f"## {name}\n{_without_hash(told)}")
    golden("command-messages.txt", "\n".join(said))


def _without_hash(text):
    import re

    return re.sub(r"SHA-256 [0-9a-f]{64}", "SHA-256 ...", text)


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "npz"])
@pytest.mark.parametrize("labeled", [False, True])
def test_kinds_that_are_written_as_numbers_stay_kinds(form, labeled, tmp_path):
    """A command's were numbers beside real kinds, so that what it made was measured as another column, or refused."""
    kinds = pd.Series(pd.Categorical([1, 2, 1, 3]), name="kind")
    rows = (TABLE[["a"]][:4], kinds) if labeled else TABLE[["a"]][:4].assign(kind=kinds)
    path = tmp_path / f"rows.{form}"
    path.write_bytes(to_file(rows, form))
    back, real = columns_of(from_file(path, rows, 4)), columns_of(rows)
    assert real.kind_names == back.kind_names
    assert back.kinds.tolist() == real.kinds.tolist() == [["1"], ["2"], ["1"], ["3"]]


@pytest.mark.parametrize("name", ["mixture-on-iris", "bigram-command-on-real-text"])
def test_the_worked_studies_run(tmp_path, name):
    found = genloss.run(STUDIES / f"{name}.toml", out=tmp_path, trust=True)
    assert not [gap for gap in found.gaps if gap.startswith("left out")]
    last = {row.case: row.value for row in found.select(generation=max(row.generation for row in found.rows)).rows}
    assert len(last) >= 2
    if "bigram" in name:
        words = found.select(metric="words_left", generation=3).rows
        lost = {row.case: row for row in words}
        apart = lost["accumulate"].value - lost["replace"].value
        assert apart > 4.5 * (lost["accumulate"].standard_error + lost["replace"].standard_error)
