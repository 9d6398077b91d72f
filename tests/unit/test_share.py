"""Does the interval of a share hold the share, and does every other outcome get words of its own?"""

import json

import numpy as np
import pandas as pd
import pytest

from genloss import Problem
from genloss.audit import telling
from genloss.audit.fieller import Scores, away, shares
from genloss.audit.share import SyntheticShare, share_of, synthetic_share
from genloss.cli.main import run_command
from genloss.populations.own_rows import row_count
from genloss.streams import stream

pytestmark = pytest.mark.usefixtures("without_pictures")

Z = 4.5


def rng(*key):
    return stream(0, "test share", *key)


# Fieller's set


@pytest.mark.parametrize(
    ("scores", "z", "pieces"),
    [
        (Scores(0.5, 1.0, 1e-4, 0.0, 0.0), 2.0, [(0.48, 0.52)]),
        (Scores(0.0, 1.0, 1e-4, 0.0, 0.0), 2.0, [(0.0, 0.02)]),
        (Scores(1.0, 1.0, 1e-4, 0.0, 0.0), 2.0, [(0.98, 1.0)]),
        (Scores(2.0, 1.0, 1e-4, 1e-4, 1e-4), 2.0, []),
        (Scores(-1.0, 1.0, 1e-4, 1e-4, 1e-4), 2.0, []),
        (Scores(0.0, 0.0, 1.0, 1.0, 1.0), 2.0, [(0.0, 1.0)]),
        (Scores(0.0, 0.0, 0.0, 0.0, 0.0), 2.0, [(0.0, 1.0)]),
        (Scores(1.0, 0.0, 0.0, 0.0, 0.0), 2.0, []),
        (Scores(0.5, 2.0, 0.0, 1.0, 0.0), 2.0, [(0.0, 0.625)]),  # the square falls out: 2 p <= 1.25 + ...
        (Scores(2.0, 0.0, 0.0, 1.0, 1.0), 2.0, [(0.0, 0.0), (1.0, 1.0)]),
        (Scores(1.9, 0.1, 0.0, 1.0, 1.0), 2.0, [(0.0, 0.02564), (0.92564, 1.0)]),
    ],
)
def test_the_set_of_shares(scores, z, pieces):
    found = shares(scores, z)
    places = np.linspace(0, 1, 4001)
    believed = np.array([(scores.pool - p * scores.made) ** 2 <= z**2 * _variance(scores, p) + 1e-12 for p in places])
    inside = np.array([any(low - 1e-9 <= p <= high + 1e-9 for low, high in found) for p in places])
    assert (believed == inside).mean() > 0.999
    assert len(found) == len(pieces) or scores.v_real == 1.0 == scores.v_made


def _variance(scores, p):
    return scores.v_pool + (1 - p) ** 2 * scores.v_real + p**2 * scores.v_made


def test_the_set_is_the_inequality_for_any_numbers():
    draw, places = rng("any"), np.linspace(0, 1, 501)
    kinds = set()
    for _ in range(300):
        scores = Scores(*draw.normal(size=2), *draw.exponential(draw.choice([1e-4, 0.3]), size=3))
        found = shares(scores, 1.96)
        kinds.add(len(found))
        far = np.array([away(scores, p) for p in places])
        sure = np.abs(far - 1.96) > 1e-6
        inside = np.array([any(low <= p <= high for low, high in found) for p in places])
        assert ((far <= 1.96) == inside)[sure].all()
    assert kinds >= {0, 1}


@pytest.mark.parametrize("share", [0.0, 0.2, 0.7, 1.0])
def test_the_set_holds_the_share_as_often_as_it_says(share):
    draw, errors, held, narrower = rng("covers", int(10 * share)), np.array([0.05, 0.04, 0.06]), 0, 0
    for _ in range(3000):
        pool, real, made = np.array([share, 0.0, 1.0]) + errors * draw.normal(size=3)
        scores = Scores(pool - real, made - real, *(errors**2))
        held += any(low <= share <= high for low, high in shares(scores, 1.96))
        alone = Scores(pool - real, made - real, errors[0] ** 2, 0.0, 0.0)
        narrower += any(low <= share <= high for low, high in shares(alone, 1.96))
    assert abs(held / 3000 - 0.95) < Z * np.sqrt(0.95 * 0.05 / 3000)
    assert narrower / 3000 < 0.95 - Z * np.sqrt(0.95 * 0.05 / 3000)  # the pool's error alone is too little


# words for every outcome


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        (Scores(0.3, 1.0, 1e-4, 1e-4, 1e-4), "the generator made 30.0% of the pool, believed: 27."),
        (Scores(0.0, 1.0, 1e-4, 1e-4, 1e-4), "that nothing was made is believed, too"),
        (Scores(1.0, 1.0, 1e-4, 1e-4, 1e-4), "that all was made is believed, too"),
        (Scores(0.5, 1.0, 1.0, 1e-4, 1e-4), "every share from 0 to 1 is believed"),
        (Scores(1.5, 1.0, 1e-4, 1e-4, 1e-4), "no share: the pool's rows are more like the generator's than its own"),
        (Scores(-0.5, 1.0, 1e-4, 1e-4, 1e-4), "no share: the pool's rows are less like the generator's than real ones"),
        (Scores(0.1, 0.3, 1e-2, 5e-3, 5e-3), "the share cannot be told"),
        (Scores(0.0, 0.0, 1e-2, 1e-2, 1e-2), "the share cannot be told"),
        (Scores(0.0, 0.0, 0.0, 0.0, 0.0), "the share cannot be told"),
    ],
)
def test_every_outcome_has_words(scores, said, tmp_path):
    told = share_of(scores, level=0.95, rows=(300, 200, 250), by="a classifier", seed=0)
    assert said in (text := str(told.summary()).lower()), text
    assert "not" in text
    assert told.page().answer[0].lower().startswith(text[:20])
    assert told.panels()[0].curves
    told.save(tmp_path / "share.json")
    assert SyntheticShare.load(tmp_path / "share.json") == told


def test_rows_that_would_do_are_told():
    few = share_of(Scores(0.1, 0.2, 1e-2, 5e-3, 5e-3), level=0.95, rows=(300, 200, 250), by="", seed=0)
    assert few.separation == pytest.approx(2.0)
    assert few.rows_needed == 1100  # four times as many, and a tenth more
    assert "About 1,100 real rows" in few.summary()
    none = share_of(Scores(0.1, -0.2, 1e-2, 5e-3, 5e-3), level=0.95, rows=(300, 200, 250), by="", seed=0)
    assert none.rows_needed is None
    assert "look like one law" in none.summary()
    two = SyntheticShare(
        True, 0.5, ((0.0, 0.1), (0.9, 1.0)), 0.95, 5.0, 1, 1, 1, "", 0, "", scores=(0.5, 1.0, 1.0, 0, 0)
    )
    assert "0.0% to 10.0% or 90.0% to 100.0%" in two.summary()


# rows


def real_rows(count, *key):
    return rng("real", *key).normal(size=(count, 2))


def made_rows(count, *key):
    return rng("made", *key).normal(0.6, 0.8, size=(count, 2))


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_shares_of_pools_are_found(share):
    held, values = 0, []
    for k in range(3):
        made = round(share * 300)
        pool = np.concatenate([real_rows(300 - made, "pool", k), made_rows(made, "pool", k)])
        told = synthetic_share(pool, real_rows(300, k), made_rows(300, k), seed=k)
        assert told.answered
        values.append(told.value)
        held += any(low <= share <= high for low, high in told.pieces)
        error = (told.high - told.low) / 4 if told.pieces else 0.1
    assert held >= 2
    assert abs(np.mean(values) - share) < Z * max(error, 0.04) / 2
    assert abs(np.mean(values) - (share + 0.4)) > Z * max(error, 0.04) / 2


def test_no_row_scores_itself(monkeypatch):
    """Of two halves of one law in many columns a classifier tells nothing, unless it saw what it scores."""
    real, made, pool = (rng("one law", k).normal(size=(120, 15)) for k in range(3))
    honest, _ = telling.scores_of(pool, real, made, rng("halves"))
    assert abs(honest.separation) < Z
    monkeypatch.setattr(telling, "_halves", lambda count, _rng: [np.arange(count)] * 2)
    seen, _ = telling.scores_of(pool, real, made, rng("halves"))
    assert seen.separation > 2 * Z


def test_of_many_rows_some_are_learned_from_and_all_are_scored(monkeypatch):
    monkeypatch.setattr(telling, "_MOST", 50)
    fitted, of = [], telling._fit
    monkeypatch.setattr(telling, "_fit", lambda model, *rows: fitted.append(max(map(len, rows))) or of(model, *rows))
    scores, _ = telling.scores_of(real_rows(70, "p"), real_rows(240, "r"), made_rows(260, "m"), rng("many"))
    assert max(fitted) == 50
    assert scores.separation > Z


def test_what_cannot_be_told_is_an_answer():
    told = synthetic_share(*(rng("alike", k).normal(size=(100, 2)) for k in range(3)))
    assert not told.answered
    assert told.value is None
    assert (told.low, told.high) == (0.0, 1.0)


def table(count, share, *key):
    draw = rng("table", *key)
    kind = draw.choice(["a", "b", "c"], size=count, p=[0.6, 0.4 - share, share])
    return pd.DataFrame({"age": draw.gamma(4, 10, size=count), "kind": kind})


def test_tables_with_words_and_texts_are_pools():
    pool = pd.concat([table(300, 0.3, "pool"), table(100, 0.02, "of it")])
    told = synthetic_share(pool, table(500, 0.3, "real"), table(500, 0.02, "made"))
    assert told.answered
    assert told.low < 0.25 < told.high
    texts = [[f"{word} {draw} is said" for draw in rng(word).integers(9, size=120)] for word in ("cat", "dog")]
    told = synthetic_share([*texts[0][80:], *texts[1][100:]], texts[0][:80], texts[1][:100])
    assert told.answered
    assert told.low < 20 / 60 < told.high
    assert told.by == "logistic regression"


def test_rows_that_stand_on_both_sides_are_told():
    real, made, pool = real_rows(80, "a"), made_rows(80, "a"), real_rows(60, "b")
    told = synthetic_share(np.concatenate([pool, real[:7], made[:3]]), real, np.concatenate([made, real[:2]]))
    assert (told.in_real, told.in_generator, told.copied) == (7, 5, 2)
    assert "7 rows of the pool stand among the real rows" in told.summary()
    whole = np.round(real)
    assert synthetic_share(whole[:50], whole, np.round(made)).in_real == 0  # equal by chance


def test_a_shift_of_the_real_part_counts_as_made():
    """The failure that the assumptions name."""
    told = synthetic_share(real_rows(300, "s") + 0.3, real_rows(400, "r"), made_rows(400, "m"))
    assert told.value > 0.15
    assert "shifted counts as more made rows" in told.summary()


def test_the_same_seed_gives_the_same_bytes():
    given = real_rows(60, "x"), real_rows(60, "y"), made_rows(60, "z")
    one, same, other = (synthetic_share(*given, seed=seed).json() for seed in (0, 0, 1))
    assert one == same
    assert one != other


@pytest.mark.parametrize(
    ("given", "asked", "where"),
    [
        ((np.ones((39, 2)), np.ones((50, 2)), np.ones((50, 2))), {}, "pool"),
        ((np.ones((50, 3)), np.ones((50, 2)), np.ones((50, 2))), {}, "pool"),
        ((np.ones((50, 2)), np.ones((50, 2)), ["a"] * 50), {}, "generator_sample"),
        ((np.ones((50, 2)),) * 3, {"level": 1.0}, "level"),
    ],
)
def test_what_cannot_be_asked_is_refused(given, asked, where):
    with pytest.raises(Problem) as caught:
        synthetic_share(*given, **asked)
    assert caught.value.where == where


def test_rows_that_do_not_vary_are_an_answer():
    told = synthetic_share(*(np.ones((50, 2)),) * 3)
    assert row_count(np.ones((50, 2))) == told.pool == 50
    assert not told.answered


# the command


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pool = np.concatenate([real_rows(60, "pool"), made_rows(40, "pool")])
    for name, rows in (("pool", pool), ("real", real_rows(120)), ("made", made_rows(120)), ("like", real_rows(90, 2))):
        pd.DataFrame(rows, columns=["a", "b"]).to_csv(f"{name}.csv", index=False)
    return tmp_path


def test_the_command_answers_with_its_exit_code(here, capsys):
    words = ["share", "pool.csv", "--real", "real.csv", "--generator"]
    assert run_command([*words, "made.csv", "--json", "-"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["schema"] == "synthetic-share/1"
    assert said["low"] < 0.4 < said["high"]
    assert run_command([*words, "made.csv", "--quiet", "--out", "s.html"]) == 0
    assert capsys.readouterr().out.count("\n") == 1
    assert (here / "s.html").read_text().startswith("<!doctype html>")
    assert run_command([*words, "like.csv"]) == 3
    assert "cannot be told" in capsys.readouterr().out
    assert run_command([*words, "nothing.csv"]) == 2
    assert "nothing.csv: no such file" in capsys.readouterr().err
    assert run_command([*words, "made.csv", "--drop", "a", "--level", "0.9"]) in (0, 3)


def test_the_command_names_the_file_of_unlike_columns(here, capsys):
    pd.DataFrame({"a": range(50)}).to_csv(here / "one.csv", index=False)
    assert run_command(["share", "one.csv", "--real", "real.csv", "--generator", "made.csv"]) == 2
    assert "pool (one.csv)" in capsys.readouterr().err


def test_help_has_an_example(capsys):
    assert run_command(["share", "--help"]) == 0
    assert "Example: genloss share pool.csv --real real.csv --generator made.csv --quiet" in capsys.readouterr().out
