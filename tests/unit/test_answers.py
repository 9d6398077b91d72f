"""Has every answer the whole face: short in a shell, whole sentences, a notebook, a table, data, files, a plot?"""

import importlib
import inspect
import json
import pickle
import pkgutil
import sys
import typing
from dataclasses import is_dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from helpers import tiny
from sklearn.base import BaseEstimator
from sklearn.linear_model import LinearRegression
from sklearn.mixture import GaussianMixture

import genloss
from genloss import Problem, Result, Study, advise, workflows
from genloss.audit.share import synthetic_share
from genloss.report import figure
from genloss.results.answer import FORMATS, Answer, Drawn, Summary
from genloss.results.plain import data_fields
from genloss.streams import stream
from genloss.study import explain

mpl.use("Agg")

UNITS = [1.0] * 12


@cache
def rows():
    rng = stream(160, "answers")
    x = rng.standard_normal((60, 3))
    return x, x @ [1.0, 0.5, 0.0] + rng.standard_normal(60)


def result():
    study = Study.from_dict(tiny(question="Is <b>it</b> small?"))
    return genloss.predict(study).merged(genloss.simulate(study))


@cache
def schedule():
    return advise.penalty_schedule(UNITS, 0.3, workflows.accumulate(30), noise=0.5, generations=2)


def audited():
    rng = stream(161, "answers")
    real, calm, narrow = (scale * rng.standard_normal((n, 2)) for scale, n in ((1, 400), (1, 150), (0.5, 150)))
    names = ["<b>a</b>", "b"]
    return genloss.audit(*(pd.DataFrame(real, columns=names), [pd.DataFrame(g, columns=names) for g in (calm, narrow)]))


def ledger():
    with TemporaryDirectory() as place:
        lines = ["generation,data,made_by,rows", "<b>a</b>,r,real,9", "b,s,<b>a</b>,9", "c,r,,", "c,t,b,3"]
        (Path(place) / "ledger.csv").write_text("\n".join(lines))
        return genloss.ledger.read(place)


MAKERS = {
    "Result": result,
    "Explanation": lambda: explain(tiny(question="Is <b>it</b> small?")),
    "Forecast": lambda: genloss.forecast(LinearRegression(), *rows(), generations=2, replicates=50),
    "Comparison": lambda: genloss.compare(
        {"<b>lost</b>": workflows.replace(20), "kept": workflows.accumulate(20)}, generations=3, replicates=50
    ),
    "PenaltySchedule": schedule,
    "Alternative": lambda: schedule().alternatives["alpha"],
    "PenaltyFromRows": lambda: advise.penalty_from_rows(*rows(), generations=2),
    "CombiningFits": lambda: advise.combining_fits(*rows(), estimator="ridge penalty=0.5"),
    "ExchangeRate": lambda: advise.exchange_rate(
        UNITS, 1.0, workflows.accumulate(40), penalty=0.1, noise=0.5, generations=2
    ),
    "RealBatch": lambda: advise.worth_of_real_batch(
        UNITS, 1.0, workflows.replace(40), penalty=0.1, rows=20, real_noise=0.5, noise=0.5, generations=2
    ),
    "RealWeight": lambda: advise.optimal_weights(
        UNITS, 0.3, workflows.fixed_real(30), noise=0.5, generations=2, penalty=0.1
    ),
    "CrossValidationHorizon": lambda: advise.cross_validation_horizon(
        UNITS, 0.3, workflows.replace(30), noise=0.5, generations=2, replicates=5
    ),
    "Folklore": lambda: advise.folklore("half-and-half"),
    "Ledger": ledger,
    "Reproduction": lambda: genloss.reproduce("2412.17646/upper-bound"),
    "Audit": audited,
    "Attribution": lambda: genloss.attribute(GaussianMixture(1), rows()[0], repetitions=2, many=4),
    "SyntheticShare": lambda: synthetic_share(rows()[0][:40], rows()[0][20:], rows()[0] + 3),
    "VerifierNeeded": lambda: advise.verifier_needed(*rows(), generations=3),
    "ShareForecast": lambda: advise.forecast_share("least_squares", *rows(), (0.1, 0.5), replicates=50),
    "ModelsPlan": lambda: advise.plan_models(at_least=0.5, generations=9, rows=4),
    "Plan": lambda: genloss.plan(
        "ridge", *rows(), workflow="fixed_real", open="synthetic_rows", keep_within=0.5, generations=2, replicates=50
    ),
}
"""Every answer, made small. A new answer class needs a line here."""

COLUMNS = {
    "Plan": ["synthetic_rows", "mean", "missed", "best", "worst"],
    "ModelsPlan": ["exchange", "models", "looked_at", "rows", "whole", "each", "one_model"],
    "Result": ["study", "cell", "case", "generation", "metric", "value", "standard_error", "status"],
    "Explanation": ["workflow", "generation", "batch", "origin", "rows", "share"],
    "Forecast": ["generation", "risk", "standard_error", "low", "high", "worse", "ended"],
    "Comparison": ["generation", "workflow", "ratio", "low", "high", "risk", "chance", "chance_same_luck", "real_rows"],
    "PenaltySchedule": ["way", "generation", "penalty", "risk", "allowance"],
    "Alternative": ["generation", "penalty", "risk"],
    "PenaltyFromRows": ["generation", "risk", "clean_risk"],
    "CombiningFits": ["fit", "weight", "error"],
    "ExchangeRate": ["row", "slope", "worth"],
    "RealBatch": ["way", "real_rows", "risk", "allowance"],
    "RealWeight": ["generation", "risk", "allowance"],
    "Folklore": ["name", "setting", "told", "verdict", "value", "low", "high", "standard_error", "status"],
    "Reproduction": ["name", "claim", "published", "value", "standard_error", "difference", "verdict", "public_word"],
    "Ledger": ["generation", "rows", "models_0", "models_1", "mean_models"],
    "Audit": ["generation", "verdict", "metric", "value", "low", "high", "floors", "evidence", "alarm_at"],
    "Attribution": ["part", "status", "value", "standard_error", "low", "high"],
    "SyntheticShare": ["part", "value", "low", "high"],
    "VerifierNeeded": ["generation", "no_check", "checked_by_first_fit", "at_break_even", "as_good_as_real"],
    "ShareForecast": ["share", "generation", "risk", "standard_error", "low", "high", "times"],
    "CrossValidationHorizon": ["generation", "limit", "predicted", "risk", "standard_error", "excess"],
}


@cache
def made(name):
    return MAKERS[name]()


@pytest.fixture(params=MAKERS)
def answer(request):
    return made(request.param)


def loaded():
    """Load every file of the package, so that no answer class stays unseen."""
    for module in pkgutil.walk_packages(genloss.__path__, "genloss."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def classes(base=Answer):
    """All answer classes that are loaded and can be made; those of tests left out."""
    found = {each for child in base.__subclasses__() for each in (child, *classes(child))}
    return {each for each in found if not inspect.isabstract(each) and each.__module__.startswith("genloss.")}


def door():
    """Everything public of the door and of its advice."""
    rooms = ((genloss, genloss.__all__), (advise, advise.__all__))
    return {name: getattr(room, name) for room, names in rooms for name in names}


NO_ANSWERS = {"Problem", "Study", "Workflow"}
"""Classes at the door that are questions, or refusals."""


def test_every_answer_at_the_door_has_the_face():
    public = door()
    at_the_door = {
        name for name, each in public.items() if inspect.isclass(each) and not issubclass(each, BaseEstimator)
    }
    for name in at_the_door - NO_ANSWERS:
        assert issubclass(public[name], Answer), f"{name} is at the door and no Answer"
        assert name in MAKERS, f"{name} needs a line in MAKERS"
    returned = {
        name: typing.get_type_hints(each)["return"] for name, each in public.items() if inspect.isfunction(each)
    }
    assert {"forecast", "compare", "predict", "penalty_schedule"} <= set(returned)
    for name, kind in returned.items():
        if name not in ("iterate",):
            assert inspect.isclass(kind), f"{name} returns no answer"
            assert issubclass(kind, Answer), f"{name} returns no answer"


def test_every_answer_class_is_made_here():
    loaded()
    assert {each.__name__ for each in classes()} == set(MAKERS) == set(COLUMNS)


def test_what_lacks_a_part_of_the_face_cannot_be_made():
    class Half(Answer):
        schema = "half/1"

    with pytest.raises(TypeError, match="abstract"):
        Half()


def test_the_face_is_one(answer):
    kind = type(answer)
    assert is_dataclass(kind)
    face = [base for base in (Answer, Drawn) if issubclass(kind, base)]
    own = {name for each in kind.__mro__ if each not in (*face, object) for name in vars(each)}
    final = {name for base in face for name, part in vars(base).items() if getattr(part, "__final__", False)}
    assert {"__repr__", "__eq__", "summary", "to_frame", "to_dict", "save", "load", "_repr_html_"} <= final
    assert not own & final, f"{own & final} stand in {kind.__name__} and in the face"
    assert not {"words", "told"} & {name for name in dir(answer) if not name.startswith("_")}


def test_repr_is_short_and_shows_no_array(answer):
    lines = repr(answer).splitlines()
    assert lines[0].startswith(f"<{type(answer).__name__}: ")
    assert 1 < len(lines) <= 12
    assert max(map(len, lines)) <= 100
    assert "array(" not in repr(answer)
    assert "{" not in repr(answer)


def test_repr_of_many_lines_is_cut():
    many = {f"a workflow with a name {'x' * 40} {i}": workflows.replace(20 + i) for i in range(20)}
    lines = repr(genloss.compare(many, generations=1, replicates=5)).splitlines()
    assert len(lines) == 12
    assert "summary" in lines[-1]
    assert max(map(len, lines)) <= 100


def test_summary_is_sentences(answer):
    said = answer.summary()
    assert isinstance(said, Summary)
    assert repr(said) == str(said)
    lines = said.splitlines()
    assert len(lines) >= 2
    for line in lines:
        assert line[-1] in ".:?", line
        assert "nan" not in line.lower().split(), line
    if type(answer).__name__ not in ("Explanation", "Ledger"):  # which hold no number that could be uncertain
        assert any(word in said for word in ("asymptotic", "simulat", "theory"))


def test_a_notebook_shows_it_escaped(answer):
    shown = answer._repr_html_()
    assert "<table" in shown
    assert f"&lt;{type(answer).__name__}: " in shown
    assert "<b>" not in shown
    assert shown.count("<tr>") <= 21
    assert Summary("<b>\nc")._repr_html_() == "<p>&lt;b&gt;</p><p>c</p>"


@pytest.mark.parametrize("name", MAKERS)
def test_to_frame_is_the_table(name):
    frame, lines = made(name).to_frame(), made(name).table()
    assert set(COLUMNS[name]) <= set(frame.columns)
    assert len(frame) == len(lines) > 1
    for place in (0, -1):
        for column, value in lines[place].items():
            if isinstance(value, float) and np.isfinite(value):
                assert frame[column].iloc[place] == value


def test_data_are_json_and_come_back(answer, tmp_path):
    data = answer.to_dict()
    assert data["schema"] == type(answer).schema
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    written = json.loads(answer.json())
    assert set(written.pop("checksum")) == set(data) - {"schema"}
    assert written == data
    again = type(answer).load(answer.save(tmp_path / "answer.json"))
    assert again == answer
    assert repr(again) == repr(answer)
    assert again.summary() == answer.summary()
    assert again.to_frame().equals(answer.to_frame())
    assert answer != "an answer"


def test_what_differs_is_unequal():
    one, other = schedule().alternatives["alpha"], schedule().alternatives["fixed"]
    assert one == one
    assert one != other
    assert one != schedule()


def test_schemas_are_names_of_their_own_and_others_are_refused(answer, tmp_path):
    schemas = [each.schema for each in classes()]
    assert len(set(schemas)) == len(schemas)
    path = tmp_path / "other.json"
    path.write_text(json.dumps(answer.to_dict() | {"schema": "other/1"}))
    with pytest.raises(Problem, match=rf"schema 'other/1'\n.*reads {type(answer).schema}"):
        type(answer).load(path)


def test_a_file_that_lacks_or_twists_something_is_refused(answer, tmp_path):
    path = tmp_path / "broken.json"
    data = answer.to_dict()
    for field in data_fields(answer):
        rest = {key: value for key, value in data.items() if key != field.name}
        for broken, said in ((rest, f"no '{field.name}'"), (rest | {field.name: "twisted"}, field.name)):
            if field.metadata.get("later") and field.name not in broken:
                continue  # files of older versions do not have it
            path.write_text(json.dumps(broken))
            if isinstance(getattr(answer, field.name), str) and field.name in broken:
                continue
            with pytest.raises(Problem, match=rf"not whole: .*{said}"):
                type(answer).load(path)


def bytes_of(path):
    """Bytes of a file, or of all files of a folder."""
    files = sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]
    return b"".join(each.read_bytes() for each in files)


@pytest.fixture
def pictures_once(monkeypatch):
    """The same panels give the same picture, as tests/unit/test_figure.py says: each is drawn of them once."""
    drawn = {}

    def once(panels, *, columns, formats):
        asked = pickle.dumps((panels, columns))
        found = drawn.setdefault(asked, {})
        missing = [each for each in formats if each not in found]
        found |= figure.draw(panels, columns=columns, formats=missing) if missing else {}
        return {each: found[each] for each in formats}

    for place in ("results.answer", "report.page"):
        monkeypatch.setattr(f"genloss.{place}.draw", once)


@pytest.mark.usefixtures("pictures_once")
def test_every_format_is_written_and_the_same_each_time(answer, tmp_path):
    for ending in FORMATS:
        if ending in (".png", ".svg") and not answer.page().figures:
            with pytest.raises(Problem, match="no curve to draw"):
                answer.save(tmp_path / f"a{ending}")
            continue
        if ending in (".nc", ".zarr") and not isinstance(answer, Result):
            with pytest.raises(Problem, match="has a table, not arrays on a grid"):
                answer.save(tmp_path / f"a{ending}")
            continue
        one, other = (bytes_of(answer.save(tmp_path / f"{name}{ending}")) for name in "ab")
        assert one == other
        assert len(one) > 50
    page = (tmp_path / "a.html").read_text()
    assert "<h1>" in page
    assert "<script" not in page
    assert "<b>" not in page
    text = (tmp_path / "a.md").read_text()
    assert text.startswith("## ")
    assert text.count("|") > 8
    with pytest.raises(Problem, match=r"no such format: '\.xlsx'"):
        answer.save(tmp_path / "a.xlsx")
    assert not (tmp_path / "a.xlsx").exists()


def test_plot_draws_on_the_axes_given(answer):
    from matplotlib import pyplot

    curved = isinstance(answer, Drawn | Result)
    assert curved == bool(answer.page().figures)
    if not curved:
        assert not hasattr(answer, "plot")
        return
    figure, axes = pyplot.subplots()
    assert answer.plot(axes) is axes
    assert axes.lines or axes.containers
    assert axes.get_xlabel()
    assert axes.get_legend().get_texts()
    own = answer.plot(ax=None)
    assert own.figure is not figure
    pyplot.close("all")


def test_a_number_that_is_not_finite_comes_back(tmp_path):
    told = made("Forecast")
    risk = told.risk.copy()
    risk[-1] = np.nan
    odd = replace(told, risk=risk, plain_risk=np.inf)
    again = type(told).load(odd.save(tmp_path / "odd.json"))
    assert np.isnan(again.risk[-1])
    assert again.plain_risk == np.inf
    assert again == odd


def test_results_do_not_load_pandas():
    import subprocess

    code = (
        "import sys, genloss.results; print([m for m in ('pandas', 'matplotlib', 'scipy.stats') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
