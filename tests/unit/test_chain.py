"""A chain of a model of one's own: one call, several workflows on the same rows, kept generations, failures alone."""

import html
import json
import os
import random
import re
import subprocess
import sys
from dataclasses import dataclass
from decimal import Decimal
from importlib.metadata import version
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from helpers_ending_models import Ends
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

import genloss
from genloss import Problem
from genloss.cli.main import run_command
from genloss.errors import Damaged
from genloss.populations.own_rows import columns_of, evidence_of, from_bytes, suffix_of, to_bytes
from genloss.report import with_error
from genloss.results.moments import Moments
from genloss.streams import stream
from genloss.study.generations import measure_generations
from genloss.study.runner.rows import floor_rows
from genloss.study.runner.status import status
from genloss.study.subjects.own import subject as own

pytestmark = pytest.mark.usefixtures("without_pictures")

RNG = stream(21, "chain")
ROWS = RNG.multivariate_normal([1.0, 2.0], [[1.0, 0.5], [0.5, 2.0]], 120)
TABLE = pd.DataFrame({"height": ROWS[:, 0], "city": RNG.choice(["a", "b", "c"], 120, p=[0.6, 0.37, 0.03])})
TEXTS = [" ".join(RNG.choice(["sun", "rain", "wind", "fog", "ice"], 6)) for _ in range(60)]
SMALL = {"generations": 2, "seeds": 3}


@dataclass(frozen=True)
class Again:
    """Draws rows of its data again. failing: the seed whose data begin with this value make it fail."""

    calls: tuple = ()
    failing: float | None = None

    def fit(self, data, weights, rng, *, start=None):
        del weights, rng, start
        if self.failing is not None and float(np.asarray(data)[0, 0]) == self.failing:
            raise RuntimeError("the GPU is on fire")
        return Drawn(data)


@dataclass(frozen=True, eq=False)
class Drawn:
    data: object

    def sample(self, count, rng):
        places = rng.integers(len(self.data), size=count)
        if isinstance(self.data, list):
            return [self.data[place] for place in places]
        return self.data.iloc[places] if hasattr(self.data, "iloc") else self.data[places]


class Moody:
    """Not the same rows for the same key."""

    hidden = np.random.default_rng(0)

    def __repr__(self):
        return "Moody()"

    def fit(self, data, weights, rng, *, start=None):
        del weights, rng, start
        return Drawn(data + self.hidden.normal(size=data.shape))


def values(result, metric, **labels):
    return [row.value for row in result.select(metric=metric, **labels).rows]


def test_workflows_share_seeds_real_rows_and_the_first_fit():
    found = genloss.chain(Again(), ROWS, ["replace rows=80", "fixed_real rows=80"], **SMALL)
    for metric in ("energy_distance", "variance_left", "tail_left", "correlation_distance"):
        first, other = (values(found, metric, case=c, generation=0) for c in ("replace rows=80", "fixed_real rows=80"))
        assert first == other
    apart = [row for row in found.beside if row.method == "difference" and row.metric == "variance_left"]
    assert [row.generation for row in apart] == [0, 1, 2]
    assert (apart[0].value, apart[0].standard_error) == (0.0, 0.0)
    one, other = (
        values(found, "variance_left", case=c, generation=2)[0] for c in ("replace rows=80", "fixed_real rows=80")
    )
    assert apart[2].value == pytest.approx(other - one)
    floors = {row.metric: row.value for row in found.beside if row.method == "floor"}
    assert floors.keys() == {"energy_distance", "variance_left", "tail_left", "correlation_distance"}
    assert abs(floors["variance_left"] - 1) < 0.5


@pytest.mark.parametrize(
    ("data", "metrics"),
    [
        (TABLE, {"kinds_left", "rare_kinds_left", "kind_distance", "energy_distance", "variance_left", "tail_left"}),
        (TEXTS, {"words_left", "pairs_left", "text_length", "unseen_mass"}),
    ],
    ids=["table", "texts"],
)
def test_rows_are_judged_by_what_they_hold(data, metrics, tmp_path):
    found = genloss.chain(Again(), data, "replace", **SMALL)
    assert {row.metric for row in found.rows} == metrics
    assert all(np.isfinite(row.value) for row in found.rows)
    assert genloss.chain(Again(), data, "replace", out=tmp_path, **SMALL).rows == found.rows  # kept rows are the same


@pytest.mark.parametrize(
    ("model", "data"),
    [
        (GaussianMixture(1), pd.DataFrame(ROWS, columns=["a", "b"])),
        (LinearRegression(), (TABLE[["height"]], TABLE["height"] + 1)),
        (LinearRegression(), (ROWS[:, :1], TABLE["height"])),
    ],
    ids=["density", "tables", "array and column"],
)
def test_models_that_return_arrays_are_given_tables_again(model, data, tmp_path):
    found = genloss.chain(model, data, ["accumulate", "replace"], metrics=["variance_left"], out=tmp_path, **SMALL)
    assert len(found.rows) == 6


def test_tables_of_arrow_are_tables():
    import pyarrow as pa

    frame, arrow = (genloss.chain(Again(), data, "replace", **SMALL) for data in (TABLE, pa.Table.from_pandas(TABLE)))
    assert [row.value for row in frame.rows] == [row.value for row in arrow.rows]


@pytest.mark.parametrize("rows", [ROWS, TABLE, TEXTS, (ROWS, np.array(["x", "y"] * 60)), (TABLE, TABLE["height"])])
def test_rows_come_back_from_their_file(rows):
    back = from_bytes(to_bytes(rows), suffix_of(rows))
    assert to_bytes(back) == to_bytes(rows)
    assert type(back) is type(rows)


def test_a_run_that_was_stopped_goes_on_from_its_rows_with_the_same_bytes(tmp_path):
    made, stops = [], []

    @dataclass(frozen=True)
    class Counted(Again):
        def fit(self, data, weights, rng, *, start=None):
            made.append(len(data))
            if len(made) in stops:
                raise KeyboardInterrupt
            return super().fit(data, weights, rng, start=start)

    whole = genloss.chain(Counted(), ROWS, "replace", out=tmp_path / "whole", **SMALL)
    needed = len(made)
    for stop in (3, needed - 1):
        folder = tmp_path / f"stopped at {stop}"
        made.clear()
        stops[:] = [stop]
        with pytest.raises(KeyboardInterrupt):
            genloss.chain(Counted(), ROWS, "replace", out=folder, **SMALL)
        made.clear()
        stops.clear()
        again = genloss.chain(Counted(), ROWS, "replace", out=folder, **SMALL)
        assert len(made) < needed
        assert again.rows == whole.rows
        for path in (tmp_path / "whole" / "generations").rglob("*.npz"):
            assert (folder / path.relative_to(tmp_path / "whole")).read_bytes() == path.read_bytes()


def test_a_damaged_generation_is_made_again(tmp_path):
    whole = genloss.chain(Again(), ROWS, "replace", out=tmp_path, **SMALL)
    files = sorted((tmp_path / "generations").rglob("generation-0001-synth.npz"))
    right = files[0].read_bytes()
    files[0].write_bytes(right[:-1] + bytes([right[-1] ^ 1]))
    for path in (tmp_path / "cells").rglob("*.json"):
        path.unlink()
    for path in (tmp_path / "generations").rglob("generation-0002.json"):
        path.unlink()
    with pytest.warns(Damaged, match="computed again"):
        assert genloss.chain(Again(), ROWS, "replace", out=tmp_path, **SMALL).rows == whole.rows
    assert files[0].read_bytes() == right


SPOILT = {
    # What of a folder is spoiled, and how.
    "rows edited": ("synth.npz", lambda path: path.write_bytes(path.read_bytes()[:-1] + b"?")),
    "rows removed": ("synth.npz", lambda path: path.unlink()),
    "sum edited": ("synth.npz.sha256", lambda path: path.write_text("0", encoding="ascii")),
    "sum removed": ("synth.npz.sha256", lambda path: path.unlink()),
    "manifest edited": ("json", lambda path: path.write_bytes(path.read_bytes() + b",")),
    "manifest removed": ("json", lambda path: path.unlink()),
}


@pytest.mark.parametrize("spoilt", SPOILT)
def test_a_damaged_generation_of_a_finished_run_is_told_and_made_again(spoilt, tmp_path, capsys):
    asked = {"metrics": ["variance_left"], "out": tmp_path, **SMALL}
    whole = genloss.chain(Again(), ROWS, ["replace", "accumulate"], **asked)
    assert (status(tmp_path).finished, status(tmp_path).damaged) == (2, ())
    name, spoil = SPOILT[spoilt]
    (path,) = (tmp_path / "generations").glob(f"replace*/seed-001/generation-0001[.-]{name}")
    right = path.read_bytes()
    spoil(path)
    found = status(tmp_path)
    assert found.finished == 1
    (line,) = found.damaged
    assert line.startswith(str(path.parent / "generation-0001"))
    if "removed" in spoilt:
        assert line.startswith(f"{path}: it was removed")
    assert run_command(["verify", str(tmp_path)]) == 2  # the model was given in Python
    assert line in capsys.readouterr().err
    with pytest.warns(Damaged, match="computed again"):
        again = genloss.chain(Again(), ROWS, ["replace", "accumulate"], **asked)
    assert again.rows == whole.rows
    assert path.read_bytes() == right
    assert (status(tmp_path).finished, status(tmp_path).damaged) == (2, ())


@pytest.mark.parametrize("ending", [".arrow", ".arrow.sha256", ".json"])
def test_verify_names_a_file_that_was_removed(ending, tmp_path, capsys):
    study = {"generations": 2, "replicates": 2, "metrics": ["variance_left"], "workflow": "replace rows=20"}
    study["population"] = {"kind": "rows", "data": "iris"}
    study["generator"] = {"kind": "sklearn", "estimator": "KernelDensity"}
    genloss.run(study, out=tmp_path)
    assert run_command(["verify", str(tmp_path)]) == 0
    path = min((tmp_path / "generations").rglob(f"generation-0001*{ending}"))
    path.unlink()
    capsys.readouterr()
    assert run_command(["verify", str(tmp_path)]) == 1
    assert f"{path}: it was removed" in "".join(capsys.readouterr())


def test_manifests_say_who_made_the_rows(tmp_path):
    genloss.chain(Again(), ROWS, "fixed_real", out=tmp_path, **SMALL)
    (path,) = (tmp_path / "generations").rglob("seed-000/generation-0002.json")
    told = json.loads(path.read_text(encoding="utf-8"))
    assert [part["made_by"][0]["who"] for part in told["trained_on"]] == ["real", "generation 1"]
    assert sum(part["share"] for part in told["trained_on"]) == pytest.approx(1.0)
    assert all(len(part["sha256"]) == 64 for part in told["trained_on"])


def test_a_model_that_fails_costs_its_seed_alone(tmp_path):
    looked = []

    class Looks(Again):
        seen = looked

        def __repr__(self):
            return "Looks()"

        def fit(self, data, weights, rng, *, start=None):
            self.seen.append(float(np.asarray(data)[0, 0]))
            return super().fit(data, weights, rng, start=start)

    genloss.chain(Looks(), ROWS, "replace", generations=0, seeds=3)
    found = genloss.chain(Again(failing=list(dict.fromkeys(looked))[1]), ROWS, "replace", out=tmp_path, **SMALL)
    assert {row.replicates for row in found.rows} == {2}
    (gap,) = [gap for gap in found.gaps if gap.startswith("left out")]
    assert "seed 1, generation 0" in gap
    assert "RuntimeError: the GPU is on fire" in gap
    assert "the GPU is on fire" in (tmp_path / "index.html").read_text(encoding="utf-8")
    with pytest.raises(Problem, match="seed 0, generation 0: RuntimeError"):
        genloss.chain(Failing(), ROWS, "replace", **SMALL)


@dataclass(frozen=True)
class Surviving:
    """Fails in all seeds but those whose real rows begin with one of these values."""

    firsts: tuple = ()

    def fit(self, data, weights, rng, *, start=None):
        del weights, rng, start
        if data[0, 0] in ROWS[:, 0] and data[0, 0] not in self.firsts:
            raise RuntimeError("the GPU is on fire")
        return Drawn(data + 1e-9)  # rows that it makes are none of the real ones


def first_values(seeds):
    """Return the value with which the real rows of each seed begin, in their order."""
    looked = []

    class Looks(Again):
        def __repr__(self):
            return "Looks()"

        def fit(self, data, weights, rng, *, start=None):
            looked.append(float(data[0, 0]))
            return super().fit(data, weights, rng, start=start)

    genloss.chain(Looks(), ROWS, "replace", generations=0, seeds=seeds)
    return list(dict.fromkeys(looked))


@pytest.mark.parametrize("left", [1, 2, 4])
def test_of_one_seed_no_standard_error_is_told_and_of_how_many_the_values_are(left, tmp_path):
    """One seed that was left had a standard error of 0, and nothing said of how many seeds the numbers were."""
    model = Surviving(tuple(first_values(4)[:left]))
    asked = {"generations": 2, "seeds": 4, "metrics": ["variance_left"], "out": tmp_path}
    found = genloss.chain(model, ROWS, ["replace", "accumulate"], **asked)
    simulated = [*found.rows, *(row for row in found.beside if row.method == "difference")]
    assert {row.replicates for row in simulated} == {left}
    assert {np.isnan(row.standard_error) for row in simulated} == {left == 1}
    assert all(bool(row.quantiles) == (left > 1) for row in found.rows)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    for said in (repr(found), found.summary(), page):
        assert (f"values of {left} of 4 seeds" in " ".join(said.split())) == (left < 4)
        assert ("not known" in said.replace("the law of a model of your own is not known", "")) == (left == 1)
        assert not re.search(r"± (0|nan)(?![.\d])", said)
    assert ("standard error not known, 1 replicate)" in str(found.rows[0])) == (left == 1)
    (figure,) = [panel for each in found.page().figures for panel in each.panels]
    points = [half for each in figure.curves if not each.dashed for half in each.half_width]
    assert all((half > 0) == (left > 1) for half in points)
    assert points
    again = genloss.Result.load(found.save(tmp_path / "found.json"))
    assert again == found
    assert found.to_frame().standard_error.isna().all() == (left == 1)


def test_seeds_that_are_pooled_have_the_error_of_all_of_them():
    """A result of one seed left adds one value, and no certainty that it does not have."""
    model = Surviving(tuple(first_values(4)[:1]))
    alone = genloss.chain(model, ROWS, "replace", generations=0, seeds=4, metrics=["variance_left"]).rows[0]
    assert Moments.from_standard_error(alone.replicates, alone.value, alone.standard_error).count == 1
    both = Moments.from_standard_error(1, alone.value, alone.standard_error) + Moments.from_values([2.0, 3.0])
    assert both.standard_error == pytest.approx(Moments.from_values([alone.value, 2.0, 3.0]).standard_error)


@dataclass(frozen=True)
class Failing:
    def fit(self, data, weights, rng, *, start=None):
        del data, weights, rng, start
        raise RuntimeError("never")


def test_a_model_that_does_not_repeat_itself_is_told(tmp_path):
    found = genloss.chain(Moody(), ROWS, "replace", out=tmp_path, **SMALL)
    assert any("fitted twice" in gap for gap in found.gaps)
    steady = genloss.chain(Again(), ROWS, "replace", out=tmp_path / "steady", **SMALL)
    assert not any("fitted twice" in gap for gap in steady.gaps)


def test_classifiers_and_regressors_label_rows():
    labels = (ROWS[:, 0] > 1).astype(int)
    found = genloss.chain(LogisticRegression(), (ROWS, labels), "replace", metrics=["held_out_error"], **SMALL)
    assert 0 <= values(found, "held_out_error", generation=0)[0] < 0.2
    numbers = genloss.chain(LinearRegression(), (ROWS[:, :1], ROWS[:, 1]), metrics=["held_out_error"], **SMALL)
    assert 1 < values(numbers, "held_out_error", generation=0)[0] < 3  # the noise is 1.75


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"metrics": ["words_left"]}, "words_left does not measure rows of this form"),
        ({"workflow": "acumulate"}, "did you mean accumulate"),
        ({"workflow": ["replace", "replace"]}, "replace stands twice"),
        ({"workflow": 7}, "7 is not a workflow"),
        ({"held_out": 2}, "held_out: 2"),
        ({"rows": 1000}, "needs 1,000 real rows, and 90 are not held out"),
        ({"workflow": "fixed_real real_weight=0.8", "model": KernelDensity()}, None),
        ({"start": "previous", "model": GaussianMixture(2)}, "cannot begin from an earlier fit"),
        ({"model": LogisticRegression()}, "labels rows, and there are no labels"),
        ({"data": {"a": 1}}, "rows of type dict"),
        ({"data": ["a", 1]}, "some rows are texts and others are not"),
        ({"model": "gmm"}, "'gmm' is not a model"),
        ({"metrics": ["held_out_loss"]}, "a Drawn has no log_prob"),
    ],
)
def test_what_does_not_go_together_is_refused(changes, said):
    asked = {"model": Again(), "data": ROWS, "workflow": "replace", "generations": 1, "seeds": 2} | changes
    if said is None:
        assert genloss.chain(asked.pop("model"), asked.pop("data"), **asked).rows  # it takes weights
        return
    with pytest.raises(Problem, match=said):
        genloss.chain(asked.pop("model"), asked.pop("data"), **asked)


SIDE = ROWS[:, 0] > 1
HELD = {
    "whole": SIDE.astype(int), "small": SIDE.astype(np.uint8), "numbers": SIDE.astype(float), "yes": SIDE,
    "objects": SIDE.astype(int).astype(object), "words": np.where(SIDE, "1", "0"),
    "words as objects": np.where(SIDE, "1", "0").astype(object),
}  # fmt: skip


@dataclass(frozen=True)
class Knowing:
    """Predicts labels that stand in its head, some of them wrong. said: as what they are held."""

    said: str
    wrong: bool = False

    def fit(self, data, weights, rng, *, start=None):
        del weights, rng, start
        return Known(data, HELD[self.said][np.argsort(ROWS[:, 0])], self.wrong)


@dataclass(frozen=True, eq=False)
class Known:
    data: tuple
    labels: np.ndarray
    wrong: bool

    def sample(self, count, rng):
        places = rng.integers(len(self.data[0]), size=count)
        return self.data[0][places], self.data[1][places]

    def predict(self, inputs):
        found = self.labels[np.searchsorted(np.sort(ROWS[:, 0]), inputs[:, 0])]
        return self.labels[-1 - np.searchsorted(np.sort(ROWS[:, 0]), inputs[:, 0])] if self.wrong else found


def error_of(held, said, wrong=False):
    asked = {"metrics": ["held_out_error"], "generations": 0, "seeds": 2}
    return genloss.chain(Knowing(said, wrong), (ROWS, HELD[held]), "replace", **asked).rows[0].value


@pytest.mark.parametrize("held", HELD)
@pytest.mark.parametrize("said", HELD)
def test_who_predicts_every_label_is_never_wrong_however_labels_are_held(held, said):
    """Labels were compared as they are written, so that 1.0 was not 1, and who knew all was wrong in all."""
    if held.startswith("words") != said.startswith("words"):
        sort = "words" if said.startswith("words") else "numbers"
        with pytest.raises(Problem, match=f"predict returned {sort}, and the labels are"):
            error_of(held, said)
        return
    assert error_of(held, said) == 0
    assert error_of(held, said, wrong=True) > 0.3


def test_who_predicts_between_whole_labels_is_off_by_a_distance():
    """A regressor was wrong in all of whole numbers."""
    asked = {"metrics": ["held_out_error"], "generations": 0, "seeds": 2}
    whole, numbers = (
        genloss.chain(LinearRegression(), (ROWS[:, :1], np.round(9 * ROWS[:, 1]).astype(kind)), "replace", **asked)
        for kind in (int, float)
    )
    assert whole.rows[0].value > 20
    assert whole.rows[0].unit == numbers.rows[0].unit


@pytest.mark.filterwarnings("ignore:A column-vector y")
@pytest.mark.parametrize(
    "held", [pd.DataFrame({"y": SIDE.astype(int)}), SIDE[:, None], pd.Series(SIDE.astype(int), dtype="Int64")]
)
@pytest.mark.parametrize("model", [LogisticRegression(C=1e6), LinearRegression()])
def test_labels_in_a_table_of_one_column_are_each_beside_its_own_prediction(held, model):
    """Each prediction was compared with all labels, so that a half of them was wrong; and 1.0 is not 1."""
    asked = {"metrics": ["held_out_error"], "generations": 0, "seeds": 2}
    assert genloss.chain(model, (ROWS, held), "replace", **asked).rows[0].value < 0.15


def test_labels_of_several_columns_have_no_error():
    asked = {"metrics": ["held_out_error"], "generations": 0, "seeds": 2}
    with pytest.raises(Problem, match=r"y of shape \(30, 2\): it is measured of one label a row"):
        genloss.chain(Knowing("numbers"), (ROWS, np.column_stack([SIDE, SIDE]) + 0.0), "replace", **asked)


def test_labels_of_which_some_are_words_are_refused():
    mixed = np.array([1, "a"] * 60, dtype=object)
    with pytest.raises(Problem, match="some labels of y are words, and others are not"):
        genloss.chain(Knowing("words"), (ROWS, mixed), "replace", metrics=["held_out_error"], **SMALL)


STILL = pd.DataFrame({"size": ROWS[:, 0], "flag": 0.1, "cost": ROWS[:, 1], "once": [7.0] + [0.0] * 119})


@pytest.mark.parametrize(
    ("data", "names"),
    [
        (STILL[["size", "cost", "flag"]], "flag"),
        (STILL, "flag, once"),
        (STILL.drop(columns="once").assign(large=2.0**62 + np.arange(120) % 3), "flag, large"),
        (STILL.assign(**{f"k{n}": n for n in range(6)}), "flag, once, k0, k1, k2 and 3 more"),
        ((STILL[["size", "flag"]], STILL.cost), "flag"),
        (np.column_stack([ROWS, np.ones(120)]), "column 2"),
    ],
)
def test_columns_that_are_the_same_in_all_held_out_rows_are_left_out_by_name(data, names, tmp_path):
    """They stopped the chain, in the name of the first seed of the model."""
    asked = {"generations": 1, "seeds": 2, "metrics": ["energy_distance", "variance_left", "mean_shift"]}
    model = GaussianMixture(1, reg_covar=1e-3)
    if isinstance(data, tuple):
        model, asked = LinearRegression(), {**asked, "metrics": ["variance_left"]}
    found = genloss.chain(model, data, ["replace", "accumulate"], out=tmp_path, **asked)
    told = f"metrics of numbers leave out {names}: the same in all 30 held-out rows"
    assert [gap for gap in found.gaps if "the same in" in gap] == [told]
    assert told[1:] in (tmp_path / "index.html").read_text(encoding="utf-8")
    assert all(np.isfinite(row.value) for row in found.rows)


def test_a_column_that_is_left_out_changes_no_other():
    more = {"generations": 1, "seeds": 3, "metrics": ["energy_distance", "tail_left", "correlation_distance"]}
    seen, made = columns_of(STILL[["size", "cost"]]), columns_of(STILL)
    assert evidence_of(made, made).real_rows.shape == (120, 3)
    still = columns_of(STILL[["size", "cost", "flag"]])
    assert np.array_equal(evidence_of(still, still).real_rows, seen.numbers)
    varying = genloss.chain(Again(), STILL[["size", "cost"]], "replace", **more)
    assert not [gap for gap in varying.gaps if "the same in" in gap]


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (STILL[["flag"]], "no column of numbers varies in all 30 held-out rows"),
        (ROWS[:2], "no column of numbers varies in the one held-out row"),
        (STILL[["flag"]].assign(city=TABLE.city), None),
    ],
)
def test_only_where_no_column_varies_it_is_refused_before_any_fit(data, found):
    if found is None:  # its words are judged, and metrics of numbers are none of the defaults
        metrics = {row.metric for row in genloss.chain(Again(), data, "replace", **SMALL).rows}
        assert {"kinds_left", "kind_distance"} <= metrics <= {"kinds_left", "kind_distance", "rare_kinds_left"}
        return
    with pytest.raises(Problem, match=found):
        genloss.chain(Failing(), data, "replace", **SMALL)


@dataclass(frozen=True)
class SaysSo:
    """A labeler whose fit says what it returns."""

    def fit(self, data, weights, rng, *, start=None) -> Known:
        del weights, rng, start
        return Known(data, HELD["whole"][np.argsort(ROWS[:, 0])], wrong=False)


PICTURES = ROWS.reshape(-1, 2, 1).repeat(2, 2)


@pytest.mark.parametrize(
    ("model", "data", "first"),
    [
        (LogisticRegression(), (ROWS, HELD["whole"]), "held_out_error"),
        (LinearRegression(), (ROWS[:, :1], ROWS[:, 1]), "held_out_error"),
        (SaysSo(), (ROWS, HELD["yes"]), "held_out_error"),
        (LogisticRegression(), (PICTURES, HELD["words"]), "held_out_error"),
        (Knowing("whole"), (ROWS, HELD["whole"]), "energy_distance"),
        (GaussianMixture(1), ROWS, "energy_distance"),
    ],
)
def test_who_labels_rows_is_judged_by_the_labels_first(model, data, first):
    found = genloss.chain(model, data, "replace", generations=0, seeds=2)
    assert found.rows[0].metric == first
    assert sum(metric == "held_out_error" for metric in found.study["metrics"]) == (first == "held_out_error")


def test_one_metric_may_be_given_by_its_name_alone():
    alone, listed = (
        genloss.chain(Again(), ROWS, "replace", metrics=metrics, **SMALL)
        for metrics in ("variance_left", ["variance_left"])
    )
    assert alone == listed
    measured = [measure_generations(ROWS, [ROWS + 1], metrics=metrics) for metrics in ("mean_shift", ["mean_shift"])]
    assert measured[0] == measured[1]


@pytest.mark.parametrize(("held_out", "floor"), [(0.25, 30), (0.5, 60), (0.75, 30), (0.9, 12)])
def test_the_floor_is_said_as_it_is_run(held_out, floor, tmp_path, monkeypatch):
    """It was said to be of as many rows as a seed has, and the best that can be expected; it is neither."""
    seen = []
    real = own.floor
    monkeypatch.setattr(own, "floor", lambda rows, *more: seen.append(len(rows)) or real(rows, *more))
    asked = {"metrics": ["energy_distance", "variance_left"], "generations": 0, "seeds": 2, "held_out": held_out}
    genloss.chain(Again(), ROWS, "replace", out=tmp_path, **asked)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    held = round(120 * held_out)
    assert set(seen) == {floor}
    assert f"{floor} rows are compared with {held} held-out ones" in page
    assert ("a fit makes as many" in page) == (floor == held)
    assert "can be expected to do better" not in page
    assert "its estimate may then lie a little below 0" in page


def test_a_floor_without_spread_is_printed_short(tmp_path):
    """Values that differ by rounding alone had twelve digits."""
    data = pd.DataFrame({"size": np.tile(np.arange(1.0, 5.0), 30) / 3, "word": "x"})
    asked = {"metrics": ["kinds_left", "text_length"][:1], "generations": 0, "seeds": 3}
    genloss.chain(Again(), data, "replace", out=tmp_path, **asked)
    assert "1 ± 0<" in (tmp_path / "index.html").read_text(encoding="utf-8")
    assert with_error(0.01, 1e-18) == "0.01 ± 0"
    assert with_error(3e-7, 1e-24) == "3e-07 ± 0"
    near = np.array([0.01, 0.01 + 1e-18, np.nextafter(0.01, 1)])
    (row,) = floor_rows("s", SimpleNamespace(id="c", case="", axes={}), {"energy_distance": near})
    assert row.standard_error == 0
    assert floor_rows_of([0.01, 0.02]) > 0


def floor_rows_of(values):
    (row,) = floor_rows("s", SimpleNamespace(id="c", case="", axes={}), {"energy_distance": values})
    return row.standard_error


TWICE = pd.DataFrame(np.column_stack([ROWS, ROWS]), columns=["a", "b", "a", "b"])


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (TWICE, "more than one column is named a, b\\n.* give every column a name of its own"),
        ((TWICE, ROWS[:, 0]), "more than one column is named a, b"),
        (ROWS[:0], "no rows to train on"),
        (TABLE[:0], "no rows to train on"),
        ([], "no rows to train on"),
        (ROWS[:1], "one row alone"),
        (["a word"], "one row alone"),
        ([""] * 50, "50 texts without a single word"),
        (["12", "..."] * 25, "50 texts without a single word"),
    ],
)
@pytest.mark.parametrize("door", ["chain", "study"])
def test_rows_that_no_chain_can_begin_with_are_refused_before_any_fit(data, said, door):
    model = Failing()  # it would say that it was asked
    asked = {"population": data, "generator": model, "workflow": "replace rows=9", "replicates": 2}
    begin = {"chain": lambda: genloss.chain(model, data, "replace", **SMALL), "study": lambda: genloss.simulate(asked)}
    with pytest.raises(Problem, match=said) as refused:
        begin[door]()
    assert refused.value.where == ("data" if door == "chain" else "population")


@pytest.mark.parametrize("data", [pd.get_dummies(TABLE), TABLE.assign(city=TABLE.city == "a"), ROWS > 1])
def test_columns_of_yes_and_no_are_named_to_models_of_numbers_with_a_way_out_that_works(data):
    names = [name for name in getattr(data, "columns", []) if data[name].dtype == bool]
    with pytest.raises(Problem, match="True or False") as refused:
        genloss.chain(GaussianMixture(1, reg_covar=0.1), data, "replace", **SMALL)
    assert ", ".join(names) in refused.value.found
    assert "dtype=float" in refused.value.mend or "data.astype(float)" in refused.value.mend
    assert genloss.chain(GaussianMixture(1, reg_covar=0.1), data.astype(float), "replace", **SMALL).rows


@pytest.mark.parametrize("form", ["table", "column", "array", "arrow", "labels"])
def test_decimals_are_numbers(form):
    """They were words without a word of it, so that all made rows were of kinds that no real row has."""
    exact = pd.DataFrame({"price": [Decimal(f"{each:.3f}") for each in ROWS[:, 0]], "size": ROWS[:, 1]})
    data = {
        "table": lambda: exact,
        "column": lambda: exact.price,
        "array": lambda: exact.to_numpy(dtype=object),
        "arrow": lambda: pytest.importorskip("pyarrow").Table.from_pandas(exact),
        "labels": lambda: (ROWS, exact.price),
    }[form]()
    model = LinearRegression() if form == "labels" else GaussianMixture(1)
    found = genloss.chain(model, data, "replace", metrics=["variance_left"], generations=0, seeds=3)
    assert 0.3 < found.rows[0].value < 3


def test_workflows_of_rules_without_a_name_are_run_and_told_apart():
    def newest(rows):
        emitted = {"tag": "real", "from": "real", "rows": rows, "at": "every"}
        return genloss.workflows.Workflow.from_dict({"emit": [emitted], "train": [{"select": {"last": 1}}]})

    asked = {"metrics": ["variance_left"], **SMALL}
    assert {row.case for row in genloss.chain(Again(), ROWS, newest(20), **asked).rows} == {"own rules"}
    several = genloss.chain(Again(), ROWS, ["replace rows=20", newest(20), newest(30)], **asked)
    assert {row.case for row in several.rows} == {"replace rows=20", "own rules 2", "own rules 3"}


@pytest.mark.parametrize(("count", "metric"), [(1, "variance_left"), (2, "energy_distance")])
def test_no_number_of_the_outcome_travels_without_its_error(count, metric, tmp_path):
    """Ratios of the last to the first generation had none, and print(found) said no outcome at all."""
    asked = {"metrics": [metric], "generations": 1, "seeds": 8}
    found = genloss.chain(Again(), ROWS, ["replace", "accumulate"][:count], out=tmp_path, **asked)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    said = re.findall(
        r"<p[^>]*>([^<]* in generation 0[^<]*|[^<]*In generation 1 the[^<]*|Compared with the floor[^<]*)</p>", page
    )
    assert len(said) == count + (count > 1)
    assert any("times as much" in each for each in said) == (metric == "variance_left")
    assert f"the {metric.replace('_', ' ')} of real rows compared with other real rows (" in said[0]
    assert re.search(r'class="sub">Again\(.*\) on 120 rows; study with the id', page)
    outcome = [line for line in found.summary().splitlines() if "at generation 0" in line]
    assert len(outcome) == count
    for each in (*said, *outcome):
        assert "." in re.sub(r"\.$", "", each)  # it has a number
        assert not re.search(r"\d\.\d", re.sub(r"-?[\d.]+ ± [\d.]+", "", each)), each
        assert "_" not in each
    assert "at generation 0" in repr(found)


def test_the_page_names_the_versions_of_the_models_package(tmp_path):
    arima = pytest.importorskip("statsmodels.tsa.arima.model", reason="statsmodels is not installed").ARIMA
    asked = {"metrics": ["variance_left"], "generations": 0, "seeds": 2, "rows": 5, "out": tmp_path}
    genloss.chain(arima(ROWS[0], order=(0, 0, 0)), ROWS, "replace", **asked)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert f"statsmodels {version('statsmodels')}" in page


def test_fits_that_draw_no_more_are_forgotten():
    """Only the newest fit, and those that later batches are drawn from, are held: memory does not grow."""
    import weakref

    held, most = [], []

    @dataclass(frozen=True)
    class Watched(Again):
        def fit(self, data, weights, rng, *, start=None):
            most.append(sum(each() is not None for each in held))
            fitted = super().fit(data, weights, rng, start=start)
            held.append(weakref.ref(fitted))
            return fitted

    genloss.chain(Watched(), ROWS, "replace", generations=8, seeds=2, metrics=["mean_shift"])
    assert max(most) <= 3
    most.clear()
    genloss.chain(Watched(), ROWS, "regenerate rows=9", generations=8, seeds=2, metrics=["mean_shift"])
    assert max(most) >= 8  # the control: a workflow that draws from every earlier fit


class Named(NamedTuple):
    x: np.ndarray
    y: np.ndarray


def test_a_named_tuple_stays_one_for_the_next_fit(tmp_path):
    class Reads:
        def __repr__(self):
            return "Reads()"

        def fit(self, data, weights, rng, *, start=None):
            del weights, rng, start
            assert len(data.x) == len(data.y)
            return Drawn(np.column_stack(data))

    class Parted(Reads):
        def fit(self, data, weights, rng, *, start=None):
            return InParts(super().fit(data, weights, rng, start=start))

    data = Named(ROWS[:, :1], ROWS[:, 1])
    found = genloss.chain(Parted(), data, "replace", metrics=["mean_shift"], out=tmp_path, **SMALL)
    assert len(found.rows) == 3


@dataclass(frozen=True, eq=False)
class InParts:
    whole: Drawn

    def sample(self, count, rng):
        rows = self.whole.sample(count, rng)
        return rows[:, :1], rows[:, 1]


@pytest.mark.parametrize("dtype", ["string", "boolean", "object"])
def test_missing_entries_of_every_kind_are_one_kind(dtype):
    values = {"string": ["a", pd.NA, "b"], "boolean": [True, pd.NA, False], "object": ["a", None, float("nan")]}[dtype]
    kinds = columns_of(pd.DataFrame({"x": pd.array(values, dtype=dtype)})).kinds[:, 0].tolist()
    assert kinds[1] == "(no entry)"
    assert kinds.count("(no entry)") == (2 if dtype == "object" else 1)


_COUNTING = """
import numpy as np
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads as threads
import genloss

class Counting:
    def __repr__(self):
        return "Counting()"
    def fit(self, data, weights, rng, *, start=None):
        return Fit(threads())

class Fit:
    def __init__(self, threads):
        self.threads = threads
    def sample(self, count, rng):
        return rng.normal(self.threads, 1e-9, size=(count, 1))

rows = np.zeros((40, 1)) + np.arange(40)[:, None]
for workers in (1, 2):
    found = genloss.chain(Counting(), rows, "replace", generations=1, seeds=2, metrics=["mean_shift"], workers=workers)
    print(threads(), *(f"{row.value:.6f}" for row in found.rows))
"""


def test_a_fit_in_a_thread_keeps_to_one_processor():
    """OpenMP counts threads for each thread that asks: a limit that the first thread set is not that of others."""
    environment = {**os.environ, "OMP_NUM_THREADS": "3"}
    said = subprocess.run(
        [sys.executable, "-c", _COUNTING], env=environment, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    one = genloss.chain(
        Steady(1.0), np.arange(40.0)[:, None], "replace", generations=1, seeds=2, metrics=["mean_shift"]
    )
    expected = [f"{row.value:.6f}" for row in one.rows]
    assert [line.split() for line in said if line] == [["3", *expected]] * 2


class Steady:
    """Rows at one place."""

    def __init__(self, place):
        self.place = place

    def __repr__(self):
        return f"Steady({self.place})"

    def fit(self, data, weights, rng, *, start=None):
        del data, weights, rng, start
        return Steady(self.place)

    def sample(self, count, rng):
        return rng.normal(self.place, 1e-9, size=(count, 1))


def test_an_answer_draws_workflows_beside_one_another_with_bars_of_few_seeds():
    rows = stream(23, "drawn").standard_normal((60, 2))
    asked = {"generations": 1, "seeds": 3, "metrics": ["variance_left", "mean_shift"]}
    found = genloss.chain(GaussianMixture(1), rows, ["replace", "accumulate"], **asked)
    (figure,) = found.page().figures
    assert [panel.title for panel in figure.panels] == ["variance left", "mean shift"]
    for panel, metric in zip(figure.panels, asked["metrics"], strict=True):
        assert [curve.label for curve in panel.curves] == ["replace", "accumulate", "real beside real"]
        errors = [row.standard_error for row in found.select(metric=metric, case="replace").rows]
        np.testing.assert_allclose(panel.curves[0].half_width, 4.3027 * np.array(errors), rtol=1e-4)  # t of 2 degrees


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"progress": 3}, "progress: 3 cannot be called"),
        ({"progress": "bar"}, "progress: 'bar' cannot be called"),
        ({"out": ""}, "out: '' is not the name of a folder"),
        ({"out": "  "}, "out: '  ' is not the name of a folder"),
        ({"out": "s3://bucket/mine"}, "out: 's3://bucket/mine' is an address"),
        ({"out": 3}, "out: 3 is not a path"),
        ({"out": b"mine"}, "out: b'mine' is not a path"),
        ({"metrics": 3}, "metrics: 3 is not a list"),
    ],
)
def test_arguments_of_another_kind_are_refused_by_name(changes, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Problem, match=said):
        genloss.chain(Again(), ROWS, "replace", **{**SMALL, **changes})
    assert not list(tmp_path.iterdir())


STUDY = {
    "population": {"kind": "linear_gaussian", "dim": 3, "noise": 1.0},
    "workflow": {"kind": "replace", "rows": 9},
    "generator": {"kind": "ridge", "penalty": 0.1},
    "generations": 1,
    "replicates": 2,
}


@pytest.mark.parametrize(
    "ask",
    [
        lambda: genloss.predict(STUDY, progress=3),
        lambda: genloss.simulate(STUDY, progress=3),
        lambda: genloss.study.iterate(STUDY, progress=3),
        lambda: genloss.run(STUDY, out="mine", progress=3),
        lambda: genloss.forecast("least_squares", ROWS, ROWS.sum(axis=1), progress=3),
        lambda: genloss.advise.compare(STUDY, generations=1, progress=3),
    ],
)
def test_what_is_told_of_progress_can_be_called(ask, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Problem, match="progress: 3 cannot be called"):
        ask()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("ask", [genloss.simulate, genloss.study.iterate])
def test_a_store_has_a_name(ask):
    with pytest.raises(Problem, match="store: '' is not the name of a folder"):
        ask(STUDY, store="")


CALLS = {
    "words": (["replace", "fixed_real real_weight=0.6"], {}),
    "rows": (["replace", "accumulate rows=20"], {"rows": 30}),
    "a table": ([{"kind": "window", "rows": 20, "keep": 2}], {"seed": 3, "held_out": 0.5}),
    "own rules": ([OWN_RULES := {"emit": [{"tag": "real", "from": "real", "rows": 20, "at": "every"}],
                                 "train": [{"select": {"last": 1}}]}], {"start": "base"}),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_the_call_that_makes_a_run_again_is_said_and_makes_it(name, tmp_path, monkeypatch, capsys):
    """genloss run, status and verify cannot: the file holds neither model nor rows."""
    workflows, more = CALLS[name]
    monkeypatch.chdir(tmp_path)
    genloss.chain(Again(), ROWS, workflows, out="mine", **SMALL, **more)
    page = html.unescape((tmp_path / "mine" / "index.html").read_text(encoding="utf-8"))
    assert "genloss run study.toml --out DIR" not in page
    assert 'out="DIR")' in page
    (tmp_path / "mine" / "index.html").unlink()
    assert run_command(["status", "mine"]) == 0
    said = capsys.readouterr().out
    assert "genloss run" not in said
    assert json.loads((run_command(["status", "mine", "--json"]), capsys.readouterr().out)[1])["again"] in said
    again = said.split("with the model and the rows: ")[1]
    eval(again, {"genloss": genloss, "model": Again(), "rows": ROWS})
    assert (tmp_path / "mine" / "index.html").is_file()
    assert run_command(["verify", "mine"]) == 2
    told = capsys.readouterr().err
    assert "genloss.chain(model, rows," in told
    assert 'mine-again"' in told
    eval(again.replace('"mine"', '"mine-again"'), {"genloss": genloss, "model": Again(), "rows": ROWS})
    for file in ("rows.csv", "study.toml"):
        assert (tmp_path / "mine" / file).read_bytes() == (tmp_path / "mine-again" / file).read_bytes()
    assert run_command(["run", "mine/study.toml", "--out", "mine"]) == 2
    assert "call genloss.chain again with the same arguments" in capsys.readouterr().err
    assert "genloss.chain(model, rows, [" in genloss.chain(Again(), ROWS, workflows, **SMALL, **more).page().facts[0][1]


def test_a_chain_whose_study_file_is_damaged_goes_on(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    genloss.chain(Again(), ROWS, "replace", out="mine", **SMALL)
    before = (tmp_path / "mine" / "rows.csv").read_bytes()
    (tmp_path / "mine" / "study.toml").write_text("no = [")
    assert run_command(["status", "mine"]) == 0
    assert "of a chain that was made in Python: remove mine/study.toml" in capsys.readouterr().out
    (tmp_path / "mine" / "study.toml").unlink()
    genloss.chain(Again(), ROWS, "replace", out="mine", **SMALL)
    assert (tmp_path / "mine" / "rows.csv").read_bytes() == before


@dataclass(frozen=True)
class Writes:
    """Does the same as `Again`, once to a copy and once in place. where: what it writes to."""

    where: str
    copies: bool = False

    def fit(self, data, weights, rng, *, start=None):
        del weights, rng, start
        if self.where != "fit":
            return Written(data, self.where, self.copies)
        data = data.copy() if self.copies else data
        if isinstance(data, list):
            data[:] = [text + " sun" for text in data]
        elif hasattr(data, "columns"):
            data.iloc[:, 0] *= 1.5
        else:
            data *= 1.5
        return Drawn(data)


@dataclass(frozen=True, eq=False)
class Written:
    data: object
    where: str
    copies: bool

    def sample(self, count, rng):
        rows = rng.permutation(np.resize(np.arange(len(self.data)), count))
        made = self.data[rows]
        if self.where == "what it keeps":
            np.add(self.data, 1, out=self.data)
        return made

    def log_prob(self, rows):
        if self.where == "held-out rows":
            rows = rows.copy() if self.copies else rows
            rows *= 2
        return -(rows**2).sum(axis=1)


@pytest.mark.parametrize("data", [ROWS, TABLE, TEXTS], ids=["array", "table", "texts"])
@pytest.mark.parametrize("kept", [False, True])
def test_a_fit_that_writes_to_its_rows_spoils_none_of_others(data, kept, tmp_path):
    """In-place work on rows changed the batch for later generations, and silently the numbers."""
    metric = {"metrics": ["words_left"] if data is TEXTS else ["variance_left"]}
    for workflows in (["fixed_real"], ["replace", "fixed_real", "accumulate"]):
        found = []
        for copies in (True, False):
            out = {"out": tmp_path / f"{len(workflows)} {copies}"} if kept else {}
            found.append(genloss.chain(Writes("fit", copies), data, workflows, **metric, **out, **SMALL))
        right, wrong = ([(row.case, row.generation, row.value) for row in each.rows] for each in found)
        assert wrong == right


def test_a_fit_that_writes_to_held_out_rows_spoils_none_of_others():
    asked = {"metrics": ["mean_shift", "variance_left", "held_out_loss"], **SMALL}
    right, wrong = (
        genloss.chain(Writes("held-out rows", copies), ROWS, ["fixed_real", "replace"], **asked) for copies in (1, 0)
    )
    assert [row.value for row in wrong.rows] == [row.value for row in right.rows]


def test_a_workflow_has_the_same_numbers_beside_another_where_drawing_changes_the_fit():
    asked = {"metrics": ["mean_shift"], **SMALL}
    alone, beside = (
        genloss.chain(Writes("what it keeps"), ROWS, flows, **asked)
        for flows in (["replace"], ["accumulate rows=90", "replace"])
    )
    assert values(alone, "mean_shift") == values(beside, "mean_shift", case="replace")
    assert [gap for gap in alone.gaps if "sample changes the fit" in gap]


def bell(factor):
    @dataclass(frozen=True)
    class Bell:
        def fit(self, data, weights, rng, *, start=None):
            del weights, rng, start
            return Drawn(data * factor)

    return Bell()


def test_a_model_whose_code_was_edited_gives_no_old_numbers(tmp_path):
    asked = {"metrics": ["variance_left"], "out": tmp_path, **SMALL}
    first = genloss.chain(bell(1.0), ROWS, "replace", **asked)
    assert genloss.chain(bell(1.0), ROWS, "replace", **asked).rows == first.rows
    with pytest.raises(Problem, match=r"the code or the settings of its model have changed since.*\n.*force=True"):
        genloss.chain(bell(2.0), ROWS, "replace", **asked)
    other = genloss.chain(bell(2.0), ROWS, "replace", **asked, force=True)
    assert values(other, "variance_left")[0] == pytest.approx(4 * values(first, "variance_left")[0], rel=0.5)


def test_a_run_that_finished_nothing_is_in_nobodys_way(tmp_path):
    with pytest.raises(Problem, match="never"):
        genloss.chain(Failing(), ROWS, "replace", out=tmp_path, **SMALL)
    assert genloss.chain(Again(), ROWS, "replace", out=tmp_path, **SMALL).rows
    with pytest.raises(Problem, match="is of another study"):  # the control: now something is finished
        genloss.chain(Failing(), ROWS, "replace", out=tmp_path, **SMALL)


@dataclass(frozen=True)
class Middle:
    """A bell around the mean of its rows. counts: whether weights and a start move it."""

    counts: bool

    def fit(self, data, weights, rng, *, start=None):
        del rng
        place = np.average(data, axis=0, weights=weights if self.counts else None)
        return At(place if start is None or not self.counts else (place + start.place) / 2)


@dataclass(frozen=True)
class At:
    place: np.ndarray

    def sample(self, count, rng):
        return rng.normal(self.place, size=(count, 2))


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize(
    ("workflow", "start", "said"),
    [
        ("fixed_real rows=40 real_weight=0.9", "scratch", "takes no weights: rows that should count more count alike"),
        ("replace rows=40", "base", "takes no start: every fit begins anew"),
        ("fixed_real rows=40", "scratch", ""),
    ],
)
def test_weights_and_a_start_that_count_for_nothing_are_told(workflow, start, said, counts, kept, tmp_path):
    asked = {"metrics": ["mean_shift"], "start": start, "out": tmp_path if kept else None, **SMALL}
    found = genloss.chain(Middle(counts), ROWS, ["accumulate rows=40", workflow], **asked)
    told = [gap for gap in found.gaps if " takes no " in gap]
    assert len(told) == (said != "" and not counts)
    assert all(f"Middle(counts=False) {said}: " in gap for gap in told)


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("of", ["numpy.random", "random", ""])
def test_random_numbers_of_the_whole_program_are_named(of, kept, tmp_path):
    draw = {"numpy.random": np.random.random, "random": random.random, "": lambda: 0.0}[of]

    class Shares:
        def __repr__(self):
            return "Shares()"

        def fit(self, data, weights, rng, *, start=None):
            del weights, rng, start
            return Drawn(data + draw())

    found = genloss.chain(Shares(), ROWS, "replace", out=tmp_path if kept else None, **SMALL)
    told = [gap for gap in found.gaps if gap.startswith("Shares() was fitted twice")]
    assert len(told) == (of != "")
    assert all(f"draws from, or seeds, {of}, which" in gap for gap in told)


@dataclass(frozen=True)
class Choosy:
    """Fails where fewer of its rows differ than `least`; the rows of `replace` come to that by themselves."""

    least: int

    def fit(self, data, weights, rng, *, start=None):
        del weights, rng, start
        if len(np.unique(data[:, 0])) < self.least:
            raise RuntimeError("too few rows that differ")
        return Drawn(data)


@pytest.mark.parametrize("kept", [True, False])
def test_a_failure_costs_its_workflow_and_seed_alone(kept, tmp_path):
    flows = ["accumulate rows=90", "replace rows=90"]
    asked = {"generations": 2, "seeds": 8, "metrics": ["variance_left"], "out": tmp_path if kept else None}
    whole = genloss.chain(Choosy(0), ROWS, flows, **asked | {"out": None})
    found = genloss.chain(Choosy(38), ROWS, flows, **asked)
    gaps = [gap for gap in found.gaps if gap.startswith("left out")]
    counts = {case: {row.replicates for row in found.select(case=case).rows} for case in flows}
    assert counts[flows[0]] == {8}
    assert counts[flows[1]] == {8 - len(gaps)}
    assert 0 < len(gaps) < 8
    said = r"left out: generator: replace rows=90, seed \d, generation [12]: RuntimeError"
    assert all(re.match(said, gap) for gap in gaps)
    first = {row.value for row in found.select(case=flows[0]).rows}
    assert first == {row.value for row in whole.select(case=flows[0]).rows}
    apart = {row.replicates for row in found.beside if row.method == "difference"}
    assert apart == {8 - len(gaps)}
    if kept:
        assert genloss.chain(Choosy(38), ROWS, flows, **asked).rows == found.rows


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("place", [0, 1])
def test_a_workflow_that_fails_in_all_seeds_is_a_gap_beside_the_others(kept, place, tmp_path):
    flows = ["accumulate rows=90", "fixed_real rows=90"]
    flows.insert(place, "replace rows=90")
    asked = {"metrics": ["variance_left"], "out": tmp_path if kept else None, **SMALL}
    found = genloss.chain(Choosy(80), ROWS, flows, **asked)
    assert {row.case for row in found.rows} == {"accumulate rows=90", "fixed_real rows=90"}
    (gap,) = [gap for gap in found.gaps if gap.startswith("left out")]
    assert gap.startswith("left out: replace rows=90 in all 3 seeds: generator: replace rows=90, seed 0, generation 1")
    apart = [(row.case, row.engine, row.replicates) for row in found.beside if row.method == "difference"]
    assert set(apart) == {("fixed_real rows=90", "less accumulate rows=90", 3)}
    if kept:
        page = (tmp_path / "index.html").read_text(encoding="utf-8")
        assert "replace rows=90 in all 3 seeds" in page


def begins(seeds):
    """The first values of the real rows of each seed."""
    seen = []

    @dataclass(frozen=True)
    class Sees(Ends):
        def fit(self, data, weights, rng, *, start=None):
            seen.append(float(data[0, 0]))
            return super().fit(data, weights, rng, start=start)

    genloss.chain(Sees("", np.nan), ROWS, "replace", generations=0, seeds=seeds, metrics=["mean_shift"])
    return list(dict.fromkeys(seen))


@pytest.mark.parametrize(("how", "processes"), [("process", True), ("program", False)])
def test_a_model_that_ends_its_process_costs_its_seed(how, processes, tmp_path):
    asked = {"generations": 0, "seeds": 3, "metrics": ["mean_shift"], "out": tmp_path}
    found = genloss.chain(Ends(how, begins(3)[1]), ROWS, "replace", workers=1, processes=processes, **asked)
    assert {row.replicates for row in found.rows} == {2}
    (gap,) = [gap for gap in found.gaps if gap.startswith("left out")]
    assert "seed 1" in gap
    assert ("SystemExit: 3" if how == "program" else "the process that ran the model ended") in gap


@pytest.mark.parametrize("report", [[0, 2], [2]])
def test_what_is_found_out_at_generation_0_is_told_where_that_is_not_reported(report):
    spec = {"seed": 0, "replicates": 2, "generations": 2, "metrics": ["mean_shift"], "report": report}
    flow = genloss.workflows.fixed_real(rows=40, real_weight=0.9)
    asked = spec | {"population": {"rows": ROWS}, "generator": {"model": Middle(False)}, "workflow": flow}
    assert [gap for gap in genloss.simulate(asked).gaps if "takes no weights" in gap]
