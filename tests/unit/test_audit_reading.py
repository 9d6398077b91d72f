"""Do the same rows come out of every format, shard and order, and are generations what a user means by their paths?"""

import gzip
import json
import re
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sklearn.mixture import GaussianMixture

import genloss
from genloss import Problem
from genloss.audit.reading import opened, says_nothing, sources
from genloss.audit.sketch import sketch
from genloss.doors import COMMAND
from genloss.streams import stream

FORMATS = ("csv", "csv.gz", "tsv", "jsonl", "jsonl.gz", "json", "parquet", "arrow", "npz")


def written(table, path):
    kind = path.name.split(".", 1)[1]
    if kind.startswith(("csv", "tsv")):
        table.to_csv(path, index=False, sep="\t" if kind == "tsv" else ",")
    elif kind.startswith("json"):
        table.to_json(path, orient="records", lines=kind != "json", date_format="iso", double_precision=15)
    elif kind == "parquet":
        table.to_parquet(path, index=False, row_group_size=7)
    elif kind == "arrow":
        table.to_feather(path)
    else:
        np.savez(path, **{n: c.to_numpy(str if n == "color" else None) for n, c in table.items()})
    return path


def rows_of(source, size=1 << 16):
    found = Counter()
    for chunk in source.chunks(size):
        numbers = [tuple("nan" if x != x else float(x) for x in row) for row in chunk.numbers]
        found.update((*a, *b) for a, b in zip(numbers, map(tuple, chunk.kinds), strict=True))
    return found


ENTRIES = st.tuples(
    st.integers(-20, 20),
    st.sampled_from([0.5, -1.25, 3.0, 1e-7, 123456.75]),
    st.sampled_from(["red", "blue", "green light"]),
    st.booleans(),
)


@settings(deadline=None, max_examples=8, phases=[Phase.generate])
@given(entries=st.lists(ENTRIES, min_size=1, max_size=40), data=st.data())
def test_every_format_shard_and_order_gives_the_same_rows(tmp_path_factory, entries, data):
    folder = tmp_path_factory.mktemp("formats")
    table = pd.DataFrame(entries, columns=["whole", "part", "color", "open"])
    first = rows_of(opened(written(table, folder / "a.csv")))
    assert sum(first.values()) == len(table)
    for kind in FORMATS:
        whole = opened(written(table, folder / f"b.{kind}"))
        assert rows_of(whole, data.draw(st.integers(1, 9))) == first
    kind = data.draw(st.sampled_from(["csv", "jsonl", "parquet", "npz"]))
    (shards := folder / "shards").mkdir()
    cut = sorted(data.draw(st.lists(st.integers(1, len(table)), max_size=3)))
    order = data.draw(st.permutations(range(len(table))))
    mixed = table.iloc[list(order)]
    for number, (low, high) in enumerate(zip([0, *cut], [*cut, len(table)], strict=True)):
        if high > low:
            written(mixed.iloc[low:high].reset_index(drop=True), shards / f"part{number}x.{kind}")
    reference = opened(folder / "a.csv")
    assert rows_of(opened(shards, like=reference)) == first
    assert sketch(opened(shards, like=reference).chunks(3), 1, 5).hashes.tolist() == (
        sketch(reference.chunks(), 1, 5).hashes.tolist()
    )


@pytest.fixture
def table():
    rng = stream(1, "reading")
    return pd.DataFrame({"x": rng.normal(size=60), "y": rng.normal(size=60), "color": rng.choice(["a", "b"], 60)})


def test_columns_are_taken_by_name_and_more_are_told(tmp_path, table):
    real = opened(written(table, tmp_path / "real.csv"))
    other = table[["color", "y", "x"]].assign(extra=1)
    found = opened(written(other, tmp_path / "gen.parquet"), like=real)
    assert rows_of(found) == rows_of(real)
    assert [note.words for note in found.notes] == [f"columns that {tmp_path / 'real.csv'} has not are left out: extra"]


def test_an_index_of_pandas_is_left_out_wherever_it_stands(tmp_path, table):
    real = opened(written(table.reset_index(names="Unnamed: 0"), tmp_path / "real.csv"))
    assert [str(note) for note in real.notes] == ["column 'Unnamed: 0': left out: it is the index of a data frame"]
    assert rows_of(opened(written(table, tmp_path / "gen.csv"), like=real)) == rows_of(real)
    other = opened(tmp_path / "real.csv", like=opened(tmp_path / "gen.csv"))
    assert rows_of(other) == rows_of(real)


@pytest.mark.parametrize(
    ("change", "found", "mend"),
    [
        (
            lambda t: t.rename(columns={"color": "colour"}),
            "no column 'color'",
            r"did you mean colour\?; or .*--ignore color",
        ),
        (
            lambda t: t.assign(x="high"),
            "column 'x' holds words .*'high' in row 1.* and numbers in the real",
            "--ignore x",
        ),
        (lambda t: t.assign(color=3.5), None, None),
        (lambda t: t.assign(x=t.x.astype(str).where(t.index != 4, "n.v.")), "'n.v.' in row 5", "--ignore x"),
        (lambda t: t.assign(x="2026-01-0" + (t.index % 9 + 1).astype(str)), "column 'x' holds words", "--ignore x"),
    ],
)
def test_other_columns_are_refused_with_a_way_out(tmp_path, table, change, found, mend):
    real = opened(written(table, tmp_path / "real.csv"))
    made = written(change(table), tmp_path / "gen.csv")
    if found is None:
        assert rows_of(opened(made, like=real))
        return
    with pytest.raises(Problem, match=found) as told:
        rows_of(opened(made, like=real))
    assert re.search(mend, told.value.at(COMMAND).mend)


def test_typed_numbers_are_no_words(tmp_path, table):
    real = opened(written(table, tmp_path / "real.parquet"))
    made = written(table.assign(color=np.arange(60)), tmp_path / "gen.parquet")
    with pytest.raises(Problem, match="'color' holds numbers, and words in the real rows"):
        rows_of(opened(made, like=real))


def test_truth_values_are_numbers_where_the_real_ones_are(tmp_path, table):
    real = opened(written(table.assign(yes=table.index % 2), tmp_path / "real.csv"))
    assert rows_of(opened(written(table.assign(yes=table.index % 2 == 1), tmp_path / "a.parquet"), like=real)) == (
        rows_of(real)
    )


def test_words_after_numbers_are_read_again(tmp_path):
    lines = [*(str(n % 5) for n in range(20_000)), *("abc"[n % 3] for n in range(20_000))]
    (tmp_path / "a.csv").write_text("code,x\n" + "\n".join(f"{word},{n}.5" for n, word in enumerate(lines)) + "\n")
    source, found = opened(tmp_path / "a.csv").sketched(1)
    assert source.columns == {"code": "words", "x": "numbers"}
    assert Counter(found.columns.kinds[:, 0]) == Counter(lines)


def test_dates_are_days_in_every_format(tmp_path):
    days = pd.DataFrame(
        {"when": pd.to_datetime(["2026-01-01 00:00", "2026-01-02 12:00", "1969-12-31 00:00"]), "x": [1.0, 2, 3]}
    )
    for kind in ("csv", "parquet", "jsonl"):
        source = opened(written(days, tmp_path / f"a.{kind}"))
        assert source.columns["when"] == "days"
        assert sorted(row[0] for row in rows_of(source)) == [-1.0, 20454.0, 20455.5]


def test_gaps_are_read_as_gaps_in_every_format(tmp_path, table):
    gappy = table.assign(x=table.x.where(table.index % 3 > 0), color=table.color.where(table.index % 5 > 0))
    gappy.loc[1, "y"] = np.inf
    for kind in ("csv", "parquet", "arrow"):
        _, real = opened(written(gappy, tmp_path / f"a.{kind}")).sketched(1)
        assert np.isnan(real.columns.numbers).sum(axis=0).tolist() == [20, 1]
        assert Counter(real.columns.kinds[:, 0])["(no entry)"] == 12


def test_columns_that_say_nothing_of_rows_are_named(tmp_path, table):
    named = table.assign(row=np.arange(60) + 7, key=[f"k{n:x}" for n in range(60)], empty=np.nan, body="word " * 20)
    named["body"] += named.key
    source, seen = opened(written(named.sample(frac=1, random_state=1), tmp_path / "a.csv")).sketched(1)
    assert [str(note) for note in source.notes] == ["column 'empty': left out: nothing stands in it"]
    assert says_nothing(seen.columns) == {
        "row": "left out: it numbers the rows",
        "key": "left out: almost every row has another word in it",
        "body": "left out: it holds texts",
    }
    assert list(says_nothing(seen.columns, keep=["row", "key"])) == ["body"]
    _, some = opened(tmp_path / "a.csv").sketched(1, 30)
    assert "row" in says_nothing(some.columns, some.rows_seen)


def test_arrays_are_rows_of_their_first_axis(tmp_path):
    images = stream(2, "images").normal(size=(30, 4, 5))
    np.save(tmp_path / "a.npy", images)
    np.savez(tmp_path / "b.npz", X=images, labels=np.arange(30))
    np.savez(tmp_path / "c.npz", images)
    np.save(tmp_path / "d.npy", np.asfortranarray(images.astype("float32")))
    first = opened(tmp_path / "a.npy")
    assert len(first.names) == 20
    assert rows_of(first) == Counter(map(tuple, images.reshape(30, -1).tolist()))
    assert rows_of(opened(tmp_path / "b.npz", like=first)) == rows_of(opened(tmp_path / "c.npz")) == rows_of(first)
    assert "left out: labels" in opened(tmp_path / "b.npz").notes[0].words
    assert opened(tmp_path / "d.npy", like=first).rows == 30
    named = pd.DataFrame(images.reshape(30, -1)).add_prefix("f")
    assert rows_of(opened(first.where, like=opened(written(named, tmp_path / "e.csv")))) == rows_of(first)
    with pytest.raises(Problem, match=r"20 columns, and .* has 3"):
        opened(tmp_path / "a.npy", like=opened(_saved(tmp_path / "f.npy", np.zeros((4, 3)))))


def _saved(path, array, **more):
    np.save(path, array, **more)
    return path


def test_what_cannot_be_read_is_refused(tmp_path):
    _saved(tmp_path / "a.npy", np.array([{}, []], dtype=object), allow_pickle=True)
    (tmp_path / "b.csv").write_text("")
    (tmp_path / "c.csv").write_text("x,y\n")
    with pytest.raises(Problem, match="pickled objects, which are never read"):
        opened(tmp_path / "a.npy")
    with pytest.raises(Problem, match="empty"):
        opened(tmp_path / "b.csv")
    with pytest.raises(Problem, match="no such file"):
        opened(tmp_path / "z.csv")
    with pytest.raises(Problem, match="no rows"):
        opened(tmp_path / "c.csv").sketched(1)


def test_lists_of_one_length_are_columns(tmp_path):
    vectors = stream(3, "vectors").normal(size=(12, 3))
    pd.DataFrame({"emb": list(vectors), "k": list("ab" * 6)}).to_parquet(tmp_path / "a.parquet")
    found = opened(tmp_path / "a.parquet")
    assert found.names == ("emb_0", "emb_1", "emb_2", "k")
    assert {row[:3] for row in rows_of(found)} == set(map(tuple, vectors))
    pd.DataFrame({"emb": [[1.0], [1.0, 2.0]]}).to_parquet(tmp_path / "b.parquet")
    with pytest.raises(Problem, match="lists of lengths 1, 2"):
        opened(tmp_path / "b.parquet")


def test_documents(tmp_path):
    texts = [f"document {n}\nhas lines, and more" for n in range(9)]
    (tmp_path / "docs").mkdir()
    for number, each in enumerate(texts):
        (tmp_path / "docs" / f"{number}.txt").write_text(each)
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"text": each}) + "\n" for each in texts))
    pd.DataFrame({"q": texts, "n": range(9)}).to_parquet(tmp_path / "b.parquet")
    for source in (opened(tmp_path / "docs"), opened(tmp_path / "a.jsonl"), opened(tmp_path / "b.parquet", text="q")):
        assert sorted(text for chunk in source.chunks(4) for text in chunk) == texts


def test_samples_of_the_harness_count_each_document_once(tmp_path):
    lines = [
        {"doc_id": n, "doc": {"q": "a"}, "target": "7", "arguments": {}, "resps": [[f"{n} is"]], "filter": name,
         "filtered_resps": [str(n)], "exact_match": float(n % 2)}
        for n in range(10) for name in ("strict-match", "flexible-extract")
    ]  # fmt: skip
    path = tmp_path / "samples_gsm8k_2026-01-01.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    found = opened(path)
    assert sum(rows_of(found).values()) == 10
    assert found.columns["exact_match"] == "numbers"
    assert "'flexible-extract' alone: 'strict-match' score" in found.notes[0].words
    assert sorted(text for chunk in opened(path, text="resps").chunks() for text in chunk) == [
        f"{n} is" for n in range(10)
    ]


def test_a_saved_data_set_is_read_by_split(tmp_path, table):
    (tmp_path / "ds").mkdir()
    table.to_feather(tmp_path / "ds" / "data-00000-of-00001.arrow")
    (tmp_path / "ds" / "state.json").write_text(
        json.dumps({"_data_files": [{"filename": "data-00000-of-00001.arrow"}]})
    )
    assert rows_of(opened(tmp_path / "ds")) == rows_of(opened(written(table, tmp_path / "a.parquet")))
    (tmp_path / "splits" / "train").mkdir(parents=True)
    (tmp_path / "splits" / "dataset_dict.json").write_text(json.dumps({"splits": ["train", "test"]}))
    with pytest.raises(Problem, match="2 splits: train, test") as told:
        opened(tmp_path / "splits")
    assert str(tmp_path / "splits" / "train") in told.value.mend


def names_in(found):
    return [each.name for each in found.generations]


def test_generations_of_folders_come_in_their_order(tmp_path, table):
    real = written(table, tmp_path / "truth.csv")
    (folder := tmp_path / "made").mkdir()
    for number in (10, 2, 1):
        written(table, folder / f"gen_{number}.csv")
    (deep := tmp_path / "deep").mkdir()
    for number in (2, 1):
        (deep / f"generation={number}").mkdir()
        for part in "ab":
            written(table, deep / f"generation={number}" / f"{part}.parquet")
    assert names_in(sources(real, [folder])) == ["gen_1", "gen_2", "gen_10"]
    assert names_in(sources(real, [folder / "gen_*.csv"])) == ["gen_1", "gen_2", "gen_10"]
    found = sources(real, [deep, folder / "gen_10.csv"])
    assert names_in(found) == ["generation 1", "generation 2", "gen_10"]
    assert sum(rows_of(found.generations[0].source).values()) == 120
    written(table, folder / "real.csv")
    assert names_in(sources(None, [folder])) == ["gen_1", "gen_2", "gen_10"]
    written(table, folder / "notes.csv")
    with pytest.raises(Problem, match=r"others that are of none: notes\.csv"):
        sources(real, [folder])


def test_a_file_is_given_once(tmp_path, table):
    real, made = written(table, tmp_path / "real.csv"), written(table, tmp_path / "made.csv")
    with pytest.raises(Problem, match="given as generation 1 and as the real rows"):
        sources(real, [tmp_path / "." / "real.csv"])
    with pytest.raises(Problem, match="given as generation 2 and as generation 1"):
        sources(real, [made, made])
    with pytest.raises(Problem, match="generations: none"):
        sources(real, [])


def test_entries_of_a_column_are_generations(tmp_path, table):
    every = pd.concat([table.assign(g=name) for name in ("real", "gen10", "gen2")]).sample(frac=1, random_state=0)
    for kind in ("csv", "parquet"):
        found = sources(None, [written(every, tmp_path / f"all.{kind}")], by="g")
        assert names_in(found) == ["gen2", "gen10"]
        assert rows_of(found.real) == rows_of(found.generations[1].source) == rows_of(opened(_csv(tmp_path, table)))
    numbered = written(every.assign(g=every.g.map({"real": 0, "gen10": 10, "gen2": 9})), tmp_path / "n.parquet")
    assert names_in(sources(None, [numbered], by="g")) == ["9", "10"]
    assert names_in(sources(_csv(tmp_path, table), [numbered], by="g")) == ["0", "9", "10"]
    with pytest.raises(Problem, match="did you mean color"):
        sources(None, [numbered], by="colr")
    with pytest.raises(Problem, match="no entry is real or 0, for the real rows: a, b"):
        sources(None, [numbered], by="color")


def _csv(folder, table):
    return written(table, folder / "alone.csv")


def test_a_chain_and_a_ledger_name_their_generations(tmp_path, table):
    real = written(table, tmp_path / "truth.csv")
    for name in ("one", "two", "zero"):
        written(table, tmp_path / f"{name}.csv")
    (tmp_path / "ledger.csv").write_text(
        "generation,data,made_by,rows,file\nm0,t,real,60,truth.csv\nm1,a,m0,60,zero.csv\nm2,b,m1,60,one.csv\n"
    )
    found = sources(real, [tmp_path / "ledger.csv"])
    assert names_in(found) == ["m0", "m1"]
    assert [each.source.where for each in found.generations] == [str(tmp_path / f"{n}.csv") for n in ("zero", "one")]
    rows = stream(8, "chain").normal(size=(80, 2))
    genloss.chain(GaussianMixture(1), rows, "replace", generations=2, seeds=2, out=tmp_path / "run")
    np.save(tmp_path / "fresh.npy", rows)
    with pytest.raises(Problem, match=r"2 chains: .*seed-000"):
        sources(tmp_path / "fresh.npy", [tmp_path / "run"])
    (seed,) = (tmp_path / "run" / "generations").glob("*/seed-001")
    found = sources(tmp_path / "fresh.npy", [seed])
    assert names_in(found) == ["generation 1", "generation 2"]
    assert [sum(rows_of(each.source).values()) for each in found.generations] == [60, 60]
    (seed / "generation-0002-synth.npz").write_bytes(b"x")
    with pytest.raises(Problem, match="was damaged or edited"):
        sources(tmp_path / "fresh.npy", [seed])


def test_roles_must_be_columns(tmp_path, table):
    real, made = written(table, tmp_path / "real.csv"), written(table, tmp_path / "made.csv")
    assert sources(real, [made], id="color", loss="x").id == "color"
    for role in ("id", "slices", "loss"):
        with pytest.raises(Problem, match="there is no column 'colr'") as told:
            sources(real, [made], **{role: "colr"})
        assert f"--{role}" in told.value.at(COMMAND).where


def test_gzip_is_told_by_its_bytes(tmp_path, table):
    path = tmp_path / "a.csv"
    path.write_bytes(gzip.compress(table.to_csv(index=False).encode()))
    assert sum(rows_of(opened(path)).values()) == 60
