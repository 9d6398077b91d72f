"""Does a ledger count descent as a plain recursion does, name the workflow, and refuse what is no record?"""

import json
import os
import shutil
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import genloss
from genloss import Problem
from genloss.cli.main import run_command
from genloss.errors import Damaged
from genloss.identity import identity
from genloss.ledger import as_croissant, read
from genloss.workflows import workflow_of

ROWS, LAST = 8, 5
GOLDEN = (np.sqrt(12) - 2) / 2  # of 8 real and 4 made rows: k = 2


class Again:
    """Draws again from the rows that it was fitted to; any weights will do."""

    def fit(self, data, weights, rng, *, start=None):
        del rng, start
        made = Again()
        made.rows = data
        made.chances = None if weights is None else np.asarray(weights) / np.sum(weights)
        return made

    def sample(self, count, rng):
        return self.rows[rng.choice(len(self.rows), size=count, p=self.chances)]

    def __repr__(self):
        return "Again()"


def everything(g):
    return [(ROWS, 1.0, None), *((ROWS, 1.0, k) for k in range(g))]


def regenerated(g):
    origins = [None, *range(g)]
    each, more = divmod(ROWS, len(origins))
    return [(each + (i < more), 1.0, who) for i, who in enumerate(origins)]


PLAIN = {
    "replace rows=8": lambda g: [(8, 1.0, g - 1 if g else None)],
    "accumulate rows=8 synthetic_rows=5": lambda g: [(8, 1.0, None), *((5, 1.0, k) for k in range(g))],
    "accumulate_subsample rows=8": lambda g: [(8 / (g + 1), 1.0, who) for _, _, who in everything(g)],
    "fixed_real rows=8 real_weight=0.7": lambda g: [(8, 0.7 / 8, None), (8, 0.3 / 8, g - 1)] if g else [(8, 1.0, None)],
    "golden rows=8 synthetic_rows=4": lambda g: (
        [(8, GOLDEN / 8, None), (4, (1 - GOLDEN) / 4, g - 1)] if g else [(8, 1.0, None)]
    ),
    "fresh_real rows=8 synthetic_rows=3": lambda g: [(8, 1.0, None), *([(3, 1.0, g - 1)] if g else [])],
    "window rows=8 keep=2": lambda g: everything(g)[-2:],
    "forget rows=8 decay=0.6": lambda g: [(8, 0.6 ** (g - i), who) for i, (_, _, who) in enumerate(everything(g))],
    "reset rows=8 every=3": lambda g: [(8, 1.0, g - 1 if g % 3 else None)],
    "regenerate rows=8": regenerated,
    "synthetic_only rows=8": lambda g: everything(g)[1:] if g else everything(0),
}
"""Rows, weight of a row, and the model that made them (None: nobody), by generation: written by hand."""


def share(plain, g, models, *, loss):
    """The share of what generation g was trained on that passed through so many models: the definition."""
    parts = [(rows * (weight if loss else 1.0), who) for rows, weight, who in plain(g)]
    total = sum(size for size, _ in parts)
    found = 0.0
    for size, who in parts:
        if who is None:
            found += size / total * (models == 0)
        elif models:
            found += size / total * share(plain, who, models - 1, loss=loss)
    return found


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run of all named workflows, two seeds each."""
    out = tmp_path_factory.mktemp("ledger") / "run"
    rows = np.random.default_rng(0).normal(size=(100, 2))
    asked = {"generations": LAST, "seeds": 2, "metrics": ["variance_left"]}
    genloss.chain(Again(), rows, list(PLAIN), out=out, **asked)
    return out


@pytest.fixture(scope="module")
def found(run):
    return read(run)


@pytest.fixture
def copied(run, tmp_path):
    """The first seed of accumulate, to be spoiled."""
    seed = next((run / "generations").glob("accumulate-rows-8*")) / "seed-000"
    return shutil.copytree(seed, tmp_path / "seed")


def alone(tmp_path):
    """A folder in the folder of this test, which `refused` looks at: the one above is that of all tests."""
    folder = tmp_path / "alone"
    folder.mkdir()
    return folder


def own(tmp_path, text, name="ledger.toml"):
    (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("name", PLAIN)
def test_descent_is_the_plain_count(name, found):
    chains = [chain for chain in found.chains if chain.name == name]
    assert [chain.seed for chain in chains] == [0, 1]
    for chain in chains:
        assert [each.name for each in chain.generations] == [f"generation {g}" for g in range(LAST + 1)]
        for g, each in enumerate(chain.generations):
            for loss, seen in ((False, each.by_rows), (True, each.by_loss)):
                right = [share(PLAIN[name], g, models, loss=loss) for models in range(g + 1)]
                assert [*seen, *[0.0] * (g + 1 - len(seen))] == pytest.approx(right, abs=1e-9)
            assert each.synthetic == pytest.approx(1 - share(PLAIN[name], g, 0, loss=False), abs=1e-9)
            assert each.rows == pytest.approx(sum(rows for rows, _, _ in PLAIN[name](g)))
    last = chains[0].generations[-1]
    later = [share(PLAIN[name], LAST - 1, models, loss=False) for models in range(len(last.by_rows))]
    if not name.startswith(("fresh_real", "fixed_real", "golden")):  # those stay near where they are
        assert max(abs(np.subtract(last.by_rows, later))) > 1e-3, "one generation beside would be seen"


@pytest.mark.parametrize("name", PLAIN)
def test_every_named_workflow_is_found(name, found):
    for chain in (each for each in found.chains if each.name == name):
        assert chain.workflow.departs is None
        assert workflow_of(_as_words(chain.workflow.words)) == workflow_of(name)


def _as_words(call):
    kind, inner = call.rstrip(")").split("(")
    return " ".join([kind, *(each.strip() for each in inner.split(","))]).replace(" = ", "=")


@pytest.mark.parametrize(
    "name", [name for name in PLAIN if not any(word in name for word in ("weight", "golden", "decay"))]
)
def test_a_record_of_ones_own_without_weights_names_it_too(name, tmp_path):
    """Every batch is named by the generation that it was made for and by its maker."""
    kind = name.split()[0]
    lines = ["generation,data,made_by,rows,used"]
    for g in range(LAST + 1):
        for rows, _, who in PLAIN[name](g):
            born = g if who is None and kind in ("fresh_real", "regenerate") else 0 if who is None else who + 1
            born = g if kind == "regenerate" else born
            whole = 8 if kind == "accumulate_subsample" else rows
            maker = "real" if who is None else f"bot-{who}"
            lines.append(f"bot-{g},{maker} for {born},{maker},{whole},{max(1, round(rows))}")
    chain = read(own(tmp_path, "\n".join(lines), "ledger.csv")).chains[0]
    assert (chain.workflow.name, chain.workflow.departs) == (kind, None), chain.workflow
    alone = [len(each.parts) == 1 for each in chain.generations]  # then all of the loss is theirs
    assert [each.by_loss is not None for each in chain.generations] == [all(alone[: g + 1]) for g in range(LAST + 1)]


def test_a_chain_that_departs_is_told_where_and_how(tmp_path):
    lines = ["generation,data,made_by,rows,weight"]
    for g in range(6):
        parts = ["real,real", *(f"synth-{k},bot-{k}" for k in range(g) if (g, k) != (4, 1))]
        lines += [f"bot-{g},{part},100," for part in parts]
    chain = read(own(tmp_path, "\n".join(lines), "ledger.csv")).chains[0]
    assert (chain.workflow.name, chain.workflow.departs) == ("accumulate", 4)
    assert chain.workflow.how == (
        "generation 'bot-4' leaves out 100 rows that generation 'bot-1' made for generation 'bot-2'"
    )
    assert "nearest to accumulate(rows=100), but" in read(tmp_path).summary()


def test_other_numbers_are_a_departure_too(tmp_path):
    half = "a,r,real,10,1\nb,r,real,10,0.5\nb,s,a,10,0.5\nc,r,real,10,0.5\nc,t,b,10,0.5\n"
    text = f"generation,data,made_by,rows,weight\n{half}d,r,real,10,0.8\nd,u,c,10,0.2\n"
    workflow = read(own(tmp_path, text, "ledger.csv")).chains[0].workflow
    assert (workflow.words, workflow.departs) == ("fixed_real(rows=10)", 3)
    assert workflow.how == (
        "generation 'd' gives 80 % of the loss to 10 real rows of the first generation where fixed_real gives 50 % and "
        "gives 20 % of the loss to 10 rows that generation 'c' made for generation 'd' where fixed_real gives 50 %"
    )
    more = read(
        own(
            tmp_path, text.replace("0.8", "0.5").replace("0.2", "0.5") + "e,r,real,10,0.5\ne,v,d,70,0.5\n", "ledger.csv"
        )
    )
    assert more.chains[0].workflow.departs is None  # made rows of any number: the weights are halves


WEIGHED = "generation,data,made_by,rows,weight\na,r,real,10,\nb,r,real,10,{real}\nb,s,a,10,{made}\n"


@pytest.mark.parametrize(("real", "made"), [(0.01, 0.99), (0.3, 0.7), (0.9, 0.1)])
def test_weights_are_part_of_what_is_compared(real, made, tmp_path):
    """No rule that draws rows at random, each with the same weight, names a record that weighs them."""
    workflow = read(own(tmp_path, WEIGHED.format(real=real, made=made), "ledger.csv")).chains[0].workflow
    assert (workflow.words, workflow.departs) == (f"fixed_real(rows=10, real_weight={real})", None)
    even = read(own(tmp_path, WEIGHED.format(real=0.5, made=0.5), "ledger.csv")).chains[0].workflow
    assert (even.words, even.departs) == ("accumulate(rows=10)", None)


@pytest.mark.parametrize(
    ("used", "weights", "is_it"),
    [((7, 3), (0.7, 0.3), True), ((7, 3), ("", ""), True), ((7, 3), (0.3, 0.7), False), ((7, 13), ("", ""), False)],
)
def test_a_subsample_takes_so_many_rows_and_weighs_each_alike(used, weights, is_it, tmp_path):
    lines = "generation,data,made_by,rows,used,weight\na,r,real,10,10,\n"
    for name, maker, count, weight in zip(("r", "s"), ("real", "a"), used, weights, strict=True):
        lines += f"b,{name},{maker},{max(10, count)},{count},{weight}\n"
    workflow = read(own(tmp_path, lines, "ledger.csv")).chains[0].workflow
    assert (workflow.name == "accumulate_subsample" and workflow.departs is None) == is_it, workflow


def test_a_cap_that_is_kept_says_the_share_of_the_loss_beside_it(tmp_path, capsys):
    own(tmp_path, WEIGHED.format(real=0.01, made=0.99), "ledger.csv")
    assert run_command(["ledger", str(tmp_path), "--max-synthetic", "0.5"]) == 0
    said = capsys.readouterr()
    assert "the cap does not judge, up to 99 % is on such rows (generation 'b' of" in said.out
    assert "with 99 % of the loss on rows that models made" in said.out
    assert "note: The cap is on rows; rows that models made have more than 50 % of the loss" in said.err
    own(tmp_path, WEIGHED.format(real=0.6, made=0.4), "ledger.csv")
    assert run_command(["ledger", str(tmp_path), "--max-synthetic", "0.5"]) == 0
    said = capsys.readouterr()
    assert "up to 40 % is on such rows" in said.out
    assert "within it too" in said.out
    assert "The cap is on rows" not in said.err
    own(tmp_path, WEIGHED.format(real=0.5, made=0.5), "ledger.csv")
    assert "of the loss" not in read(tmp_path, max_synthetic=0.5).summary()


def test_rows_drawn_with_replacement_may_be_more_than_there_are(tmp_path):
    text = "generation,data,made_by,rows,used,with_replacement\na,r,real,10,20,true\n"
    assert read(own(tmp_path, text, "ledger.csv")).chains[0].generations[0].rows == 20
    (tmp_path / "ledger.csv").unlink()
    part = '[{ data = "tickets", rows = 200, with_replacement = true }]'
    assert read(own(tmp_path, OWN.replace('["tickets"]', part))).chains[0].generations[0].rows == 200


def test_the_rows_of_a_file_that_nobody_used_change_no_name(tmp_path):
    text = OWN.replace('["tickets", "answers"]', '[{ data = "tickets" }, { data = "answers", rows = 50 }]')
    workflow = read(own(tmp_path, text)).chains[0].workflow
    assert (workflow.words, workflow.departs) == ("accumulate(rows=100, synthetic_rows=50)", None)


def test_a_seed_a_case_and_a_run_say_the_same(run, found):
    for chain in found.chains[:3]:
        folder = run / os.path.dirname(next(data.file for data in chain.data if data.file))
        [alone] = read(folder).chains
        assert (alone.name, alone.seed, alone.generations) == (chain.name, chain.seed, chain.generations)
        assert len(read(folder.parent).chains) == 2
    assert read(run / "generations").chains[0].generations == found.chains[0].generations
    assert all(data.state in ("as said", "no file") for chain in found.chains for data in chain.data)
    assert found.kept


@st.composite
def schedules(draw):
    """Generations that train on real rows, and on rows of any before: (rows, weight, makers)."""
    made = []
    for g in range(draw(st.integers(1, 5))):
        parts = [
            (draw(st.integers(1, 40)), draw(st.integers(1, 9)), draw(st.lists(st.integers(-1, g - 1), min_size=1)))
            for _ in range(draw(st.integers(1, 3)))
        ]
        made.append(parts)
    return made


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(schedules())
def test_shares_add_to_one_and_are_those_of_a_plain_recursion(tmp_path, made):
    lines = ['name = "drawn"']
    for g, parts in enumerate(made):
        total = sum(weight for _, weight, _ in parts)
        for i, (rows, _, makers) in enumerate(parts):
            of = {who: makers.count(who) / len(makers) for who in makers}
            names = ", ".join(f"{'real' if who < 0 else f'm{who}'} = {chance!r}" for who, chance in of.items())
            lines += [f"[data.d{g}-{i}]", f"made_by = {{ {names} }}", f"rows = {rows}"]
        uses = ", ".join(f'{{ data = "d{g}-{i}", weight = {part[1] / total!r} }}' for i, part in enumerate(parts))
        lines += ["[[generation]]", f'name = "m{g}"', f"trained_on = [{uses}]"]
    chain = read(own(tmp_path, "\n".join(lines))).chains[0]

    def exact(g, models, loss):
        sizes = [part[1 if loss else 0] for part in made[g]]
        return sum(
            Fraction(size, sum(sizes) * len(makers))
            * (models == 0 if who < 0 else models and exact(who, models - 1, loss))
            for size, (_, _, makers) in zip(sizes, made[g], strict=True)
            for who in makers
        )

    for g, each in enumerate(chain.generations):
        for loss, seen in ((False, each.by_rows), (True, each.by_loss)):
            assert sum(seen) == pytest.approx(1, abs=1e-9)
            assert min(seen) >= 0
            assert list(seen) == pytest.approx([float(exact(g, m, loss)) for m in range(len(seen))], abs=1e-9)
        assert each.mean_models == pytest.approx(sum(m * float(exact(g, m, False)) for m in range(g + 2)), abs=1e-9)


OWN = """
[data.tickets]
made_by = "real"
rows = 100
[data.answers]
made_by = "bot-0"
rows = 300
[[generation]]
name = "bot-0"
trained_on = ["tickets"]
[[generation]]
name = "bot-1"
trained_on = ["tickets", "answers"]
"""


def test_the_cap_is_kept_or_the_generation_is_named(tmp_path, capsys):
    own(tmp_path, OWN)
    for cap, code in ((0.75, 0), (1, 0), (0.74, 1), (0, 1)):
        assert run_command(["ledger", str(tmp_path), "--max-synthetic", str(cap)]) == code
        said = capsys.readouterr().out
        assert ("The cap is not kept: generation 'bot-1'" in said.splitlines()[0]) == bool(code)
        assert ("The cap is kept" in said) == (not code)
    assert read(tmp_path, max_synthetic=0.5).broken[0].startswith("generation 'bot-1' of")
    with pytest.raises(Problem, match="max_synthetic: nan is not between 0 and 1"):
        read(tmp_path, max_synthetic=float("nan"))


def test_a_model_from_outside_is_one_model_at_least(tmp_path):
    text = OWN.replace('made_by = "bot-0"', "made_by = { real = 0.5, big = 0.5 }")
    own(tmp_path, f'outside = ["big"]\n{text}')
    last = read(tmp_path).chains[0].generations[1]
    assert (last.by_rows, last.unknown, last.mean_models) == ((0.625,), 0.375, 0.375)
    assert sum(last.by_rows) + last.unknown == 1
    assert "unknown" in read(tmp_path).to_frame().columns


def test_files_are_counted_and_compared(tmp_path, capsys):
    (tmp_path / "t.csv").write_text("x\n" + "1\n" * 100)
    (tmp_path / "a.jsonl").write_text('{"text": "a"}\n' * 300)
    text = OWN.replace("rows = 100", 'file = "t.csv"').replace("rows = 300", 'file = "a.jsonl"')
    data = read(own(tmp_path, text)).chains[0].data
    assert [(each.rows, each.state, len(each.sha256)) for each in data] == [
        (100, "no checksum said", 64),
        (300, "no checksum said", 64),
    ]
    right = data[1].sha256
    text = text.replace('file = "a.jsonl"', f'file = "a.jsonl"\nsha256 = "{right}"')
    assert read(own(tmp_path, text)).chains[0].data[1].state == "as said"
    (tmp_path / "a.jsonl").write_text('{"text": "b"}\n' * 300)
    assert read(tmp_path).differing == ("a.jsonl has other content than is said of it",)
    assert run_command(["ledger", str(tmp_path)]) == 1
    assert capsys.readouterr().out.startswith("Files are not what is said of them: a.jsonl has other content")
    assert run_command(["ledger", str(tmp_path), "--no-files"]) == 0
    own(tmp_path, text.replace('file = "t.csv"', 'file = "t.csv"\nrows = 99'))
    assert read(tmp_path).chains[0].data[0].state == "other number of rows"


def test_an_edited_file_of_a_chain_is_seen(copied, capsys):
    assert read(copied).kept
    file = copied / "generation-0002-synth.npz"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    assert read(copied).differing == ("generation-0002-synth.npz has other content than is said of it",)
    assert run_command(["ledger", str(copied), "--quiet"]) == 1
    assert "generation-0002-synth.npz" in capsys.readouterr().out.splitlines()[0]


def test_rows_that_stand_twice_are_told(tmp_path):
    for name in ("t.csv", "u.csv"):
        (tmp_path / name).write_text("x\n1\n2\n")
    text = OWN.replace("rows = 100", 'file = "t.csv"').replace("rows = 300", 'file = "u.csv"')
    assert read(own(tmp_path, text)).chains[0].duplicates == ("tickets, answers hold the same bytes",)
    same = read(own(tmp_path, text.replace("u.csv", "./t.csv"))).chains[0]
    assert same.duplicates == ("tickets, answers name one file",)
    again = read(own(tmp_path, OWN.replace('["tickets", "answers"]', '["tickets", "answers", "tickets"]'))).chains[0]
    assert again.duplicates == ("bot-1 was trained on tickets 2 times",)
    assert again.generations[1].synthetic == pytest.approx(300 / 500)
    assert read(own(tmp_path, OWN)).chains[0].duplicates == ()


BAD = {
    "missing parent": (OWN.replace('"bot-0"\nrows', '"bot0"\nrows'), "of which nothing is said", "did you mean bot-0?"),
    "circle": (
        OWN.replace('trained_on = ["tickets"]', 'trained_on = ["more"]').replace(
            "[[gen", '[data.more]\nmade_by = "bot-1"\nrows = 9\n[[gen', 1
        ),
        "a circle: 'bot-0' was trained on rows of 'bot-1', 'bot-1' was trained on rows of 'bot-0'",
        "who made it",
    ),
    "own rows": (
        OWN.replace('made_by = "bot-0"', 'made_by = "bot-1"'),
        "'bot-1' was trained on rows of 'bot-1'",
        "who",
    ),
    "no file": (OWN.replace("rows = 100", 'file = "gone.csv"'), "gone.csv is not there", "the number of rows instead"),
    "no file beside rows": (
        OWN.replace("rows = 100", 'rows = 9\nfile = "gone.csv"'),
        "gone.csv: is not there",
        "--no-files",
    ),
    "share above 1": (OWN.replace('"bot-0"\nrows', "{ real = 1.5 }\nrows"), "1.5 is not between 0 and 1", "a share"),
    "shares of half": (OWN.replace('"bot-0"\nrows', "{ real = 0.5 }\nrows"), "the shares sum to 0.5", "sum to 1"),
    "weight above 1": (
        OWN.replace('["tickets"]', '[{ data = "tickets", weight = 2 }]'),
        "generation[0].trained_on[0].weight: 2 is not between 0 and 1",
        "a share",
    ),
    "half of the weights": (
        OWN.replace('["tickets", ', '[{ data = "tickets", weight = 1 }, '),
        "1 of 2 parts have a weight",
        "leave out all shares",
    ),
    "negative rows": (
        OWN.replace("rows = 100", "rows = -3"),
        "data.tickets.rows: -3 is not a number of rows",
        "from 1 on",
    ),
    "rows in words": (OWN.replace("rows = 100", 'rows = "9"'), "'9' is not a number of rows", "from 1 on"),
    "two of one name": (
        OWN.replace('name = "bot-1"', 'name = "bot-0"'),
        "generation[1].name: two generations are called 'bot-0'",
        '"bot-0-1"',
    ),
    "called real": (OWN.replace('name = "bot-1"', 'name = "real"'), "'real' is the maker of real rows", "another name"),
    "unknown key": (OWN.replace("made_by", "mad_by", 1), "data.tickets: mad_by: unknown key", "did you mean made_by?"),
    "unknown key on top": (f"nam = 3\n{OWN}", ": nam: unknown key", "did you mean name?"),
    "unknown data": (
        OWN.replace('"answers"]', '"anwsers"]'),
        "'anwsers' is not among the data",
        "did you mean answers?",
    ),
    "no TOML": (OWN.replace("[data.answers]", "[data.answers"), "is not TOML", "correct that line"),
    "nothing": ("", "generation: is missing", "[[generation]]"),
    "trained on nothing": (OWN.replace('["tickets"]', "[]"), "was trained on nothing", "on which rows"),
    "a sampler that is not a number": (
        OWN.replace("rows = 100", "rows = 9\nsampler = { temperature = nan }"),
        "data.tickets.sampler.temperature: nan is not a setting",
        "temperature = 0.8",
    ),
    "a sampler that is a date": (
        OWN.replace("rows = 100", "rows = 9\nsampler = { top_p = 1979-05-27 }"),
        "is not a setting",
        "0.8",
    ),
    "more used than there are": (
        OWN.replace('["tickets"]', '[{ data = "tickets", rows = 101 }]'),
        "generation[0].trained_on[0].rows: 101 rows were used, and 'tickets' has 100",
        "with_replacement = true",
    ),
    "replacement in words": (
        OWN.replace('["tickets"]', '[{ data = "tickets", with_replacement = "yes" }]'),
        "with_replacement: 'yes' is neither true nor false",
        "with_replacement = true",
    ),
    "no SHA-256": (OWN.replace("rows = 100", 'rows = 9\nsha256 = "abc"'), "'abc' is not a SHA-256", "64 digits"),
}


def refused(folder, capsys, *words):
    """What the command says where it refuses; nothing is written."""
    before = set(folder.parent.rglob("*"))
    assert (
        run_command(
            [
                "ledger",
                str(folder),
                *words,
                "--json",
                f"{folder.parent}/x.json",
                "--croissant",
                f"{folder.parent}/c.json",
            ]
        )
        == 2
    )
    said = capsys.readouterr()
    assert not said.out
    assert set(folder.parent.rglob("*")) == before
    assert "Traceback" not in said.err
    return said.err


@pytest.mark.parametrize("name", BAD)
def test_bad_records_are_refused_with_a_way_out(name, tmp_path, capsys):
    text, found, mend = BAD[name]
    folder = own(alone(tmp_path), text)
    said = refused(folder, capsys)
    assert found in said, said
    assert mend in said.split("mend: ")[1], said
    with pytest.raises(Problem):
        read(folder)


LINES = "generation,data,made_by,rows\na,r,real,10\nb,s,a,10\n"
BAD_LINES = {
    "unknown column": (LINES.replace("made_by", "maker"), "maker: unknown column", "made_by"),
    "no column": (LINES.replace("data,", "file,"), "data: no such column", "generation,data,made_by,rows"),
    "a cell too many": (
        f"{LINES}c,t,b,10,9\n",
        "line 4: 5 cells under 4 columns",
        "as many entries as there are columns",
    ),
    "two makers": (f"{LINES}c,s,real,10\n", "line 4: made_by: 'real', and an earlier line says 'a' of 's'", "same"),
    "apart": (f"{LINES}a,s,a,10\n", "line 4: generation: two generations are called 'a'", "below one another"),
    "no number": (LINES.replace("a,10", "a,ten"), "line 3: rows: 'ten' is not a number", "1000"),
    "rows nan": ("generation,data,made_by,rows\na,r,real,nan\n", "line 2: rows: 'nan' is not a number", "1000"),
    **{
        f"{column} {value}": (
            f"generation,data,made_by,rows,{column}\na,r,real,10,{value}\n",
            f"line 2: {column}: '{value.split('=')[-1]}' is not a number",
            "1000 or 0.5",
        )
        for column, value in (("used", "nan"), ("used", "inf"), ("weight", "-inf"), ("sampler", "heat=nan"))
    },
    "share nan": (LINES.replace("b,s,a", "b,s,real=nan; a=1"), "line 3: made_by: 'nan' is not a number", "0.5"),
    "more used than there are": (
        LINES.replace(",rows", ",rows,used").replace("10\n", "10,20\n", 1).replace("a,10\n", "a,10,\n"),
        "used: 20 rows were used, and 'r' has 10",
        "true under with_replacement",
    ),
    "no maker": (LINES.replace("real", ""), "data.r.made_by: is missing", '"real"'),
}


@pytest.mark.parametrize("name", BAD_LINES)
def test_bad_lines_are_refused_with_a_way_out(name, tmp_path, capsys):
    text, found, mend = BAD_LINES[name]
    said = refused(own(alone(tmp_path), text, "ledger.csv"), capsys)
    assert found in said, said
    assert mend in said.split("mend: ")[1], said


def edited(folder, generation, change):
    """Change a manifest, and give it the identity of what it says now."""
    path = folder / f"generation-{generation:04d}.json"
    whole = json.loads(path.read_text())
    whole.pop("identity")
    change(whole)
    path.write_text(json.dumps(whole | {"identity": identity(whole)}))


def spoil(folder, how):
    if how == "a manifest is gone":
        (folder / "generation-0002.json").unlink()
    elif how == "cut":
        path = folder / "generation-0002.json"
        path.write_text(path.read_text()[:200])
    elif how == "edited":
        path = folder / "generation-0002.json"
        path.write_text(path.read_text().replace('"born": 2', '"born": 3'))
    elif how == "rows are gone":
        (folder / "generation-0002-synth.npz").unlink()
    elif how == "negative":
        edited(folder, 2, lambda whole: whole["trained_on"][0].update(rows=-8, born=7))
    elif how == "share":
        edited(folder, 2, lambda whole: whole["trained_on"][0].update(share=1.8))
    elif how == "empty":
        edited(folder, 2, lambda whole: whole.pop("trained_on"))
    elif how == "another generation":
        shutil.copy(folder / "generation-0001.json", folder / "generation-0002.json")
    elif how == "circle":
        maker = [{"who": "generation 2", "share": 1.0}]
        edited(folder, 1, lambda whole: whole["trained_on"][1].update(made_by=maker, born=9))


@pytest.mark.parametrize(
    ("how", "found"),
    [
        ("a manifest is gone", "generation-0002.json: is not there, and generation 3 was trained on rows of it"),
        ("cut", "generation-0002.json: is not JSON"),
        ("edited", "generation-0002.json: was damaged or edited"),
        ("rows are gone", "generation-0002-synth.npz: is not there, and"),
        ("negative", "rows: -8 is not a number of rows"),
        ("share", "share: 1.8 is not between 0 and 1"),
        ("empty", "does not say what a manifest says"),
        ("another generation", "is the manifest of generation 1"),
        ("circle", "a circle: 'generation 1' was trained on rows of 'generation 2'"),
    ],
)
def test_a_damaged_chain_is_refused(how, found, copied, capsys):
    spoil(copied, how)
    assert found in refused(copied, capsys)


def test_the_way_out_of_lost_rows_can_be_pasted(copied, capsys):
    spoil(copied, "rows are gone")
    assert run_command(["ledger", str(copied)]) == 2
    paste = capsys.readouterr().err.splitlines()[-1].split()
    assert paste[-1] == "--no-files"
    assert run_command(paste[1:]) == 0
    assert "none was read" in capsys.readouterr().out
    with pytest.raises(Problem, match="files=False"):
        read(copied)


@pytest.mark.parametrize("how", ["a manifest is gone", "cut", "edited", "rows are gone"])
def test_the_way_out_of_a_damaged_chain_works(how, tmp_path):
    rows = np.random.default_rng(1).normal(size=(40, 1))

    def chain():
        genloss.chain(Again(), rows, "replace", generations=3, seeds=2, metrics=["variance_left"], out=tmp_path / "r")

    chain()
    before = read(tmp_path / "r")
    seed = next((tmp_path / "r" / "generations").glob("*/seed-000"))
    spoil(seed, how)
    with pytest.raises(Problem, match="cells" if how != "rows are gone" else "put it back"):
        read(tmp_path / "r")
    shutil.rmtree(tmp_path / "r" / "cells")
    with pytest.warns(Damaged, match="generation-0002.*computed again"):
        chain()
    assert read(tmp_path / "r") == before


def test_folders_that_hold_no_record(tmp_path, capsys):
    inner = tmp_path / "inner"
    inner.mkdir()
    assert "is empty" in refused(inner, capsys)
    assert "genloss.chain(model, data, out=FOLDER)" in refused(inner, capsys)
    (inner / "notes.txt").write_text("a")
    assert "holds no generations, and no ledger.toml or ledger.csv" in refused(inner, capsys)
    assert "is a file, and a ledger is read from a folder" in refused(inner / "notes.txt", capsys)
    assert f"give the folder that it lies in: {inner}" in refused(inner / "notes.txt", capsys)
    (inner / "study.toml").write_text("")
    assert "the folder of a run that keeps no generations" in refused(inner, capsys)
    assert "is not there" in refused(inner / "gone", capsys)
    (inner / "ledger.toml").write_text(OWN)
    (inner / "ledger.csv").write_text(LINES)
    assert "holds both ledger.toml and ledger.csv" in refused(inner, capsys)


def test_manifests_of_older_versions_say_the_same(run, found, tmp_path):
    """They said neither rows used, nor versions, nor the population."""
    old = shutil.copytree(run, tmp_path / "run")
    for path in (old / "generations").glob("*/*/generation-*.json"):

        def older(whole):
            whole.pop("made_with")
            whole.pop("population")
            for part in whole["trained_on"]:
                part.pop("used")

        edited(path.parent, int(path.stem[-4:]), older)
    assert read(old) == found


def test_manifests_say_enough(run):
    path = next((run / "generations").glob("accumulate_subsample*/seed-000/generation-0003.json"))
    whole = json.loads(path.read_text())
    assert {"python", "numpy"} <= set(whole["made_with"])
    assert set(whole["population"]) >= {"rows", "sha256", "columns", "held_out"}
    assert [part["used"] for part in whole["trained_on"]] == [2.0] * 4


def test_croissant_is_valid(run, found, tmp_path):
    whole = json.loads(as_croissant(found))
    assert len(whole["distribution"]) == len({file["contentUrl"] for file in whole["distribution"]}) > 50
    made = {node["@id"] for node in whole["genloss:provenance"]}
    used = {each["@id"] for node in whole["genloss:provenance"] for each in node.get("prov:used", ())}
    by = {each["@id"] for node in whole["genloss:provenance"] for each in node.get("prov:wasGeneratedBy", ())}
    assert used | by <= made
    assert all(len(file["sha256"]) == 64 for file in whole["distribution"])
    pytest.importorskip("mlcroissant", reason="mlcroissant is not installed: pip install genloss[provenance]")
    (tmp_path / "ledger.toml").write_text(OWN)
    for folder in (run, tmp_path):
        assert run_command(["ledger", str(folder), "--croissant", str(tmp_path / "c.json"), "--force", "--quiet"]) == 0
        assert not _faults(tmp_path / "c.json")
    broken = json.loads(as_croissant(found))
    broken["distribution"][0].pop("contentUrl")
    (tmp_path / "broken.json").write_text(json.dumps(broken))
    assert _faults(tmp_path / "broken.json"), "the look would see a fault"


def _faults(path):
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import mlcroissant

        try:
            return list(mlcroissant.Dataset(jsonld=path).metadata.ctx.issues.errors)
        except mlcroissant.ValidationError as error:
            return [str(error)]


def test_json_and_page_say_it(tmp_path, capsys):
    own(tmp_path, OWN)
    assert run_command(["ledger", str(tmp_path), "--json", "-"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["schema"] == "ledger/1"
    assert told["chains"][0]["generations"][1]["by_rows"] == [0.25, 0.75]
    for name in ("a.html", "a.md", "a.csv", "a.json", "a.svg"):
        assert run_command(["ledger", str(tmp_path), "--out", str(tmp_path / name), "--quiet"]) == 0
    assert "through 1 model" in (tmp_path / "a.html").read_text()
    assert genloss.ledger.Ledger.load(tmp_path / "a.json") == read(tmp_path)
    assert "models_1" in (tmp_path / "a.csv").read_text().splitlines()[0]
    capsys.readouterr()
    assert run_command(["ledger", str(tmp_path)]) == 0
    first, *later = capsys.readouterr().out.splitlines()
    assert first == (
        "Generation 'bot-1' was trained on 400 rows, 25 % real, 75 % made by models (through 0.75 on average); "
        "it is accumulate(rows=100, synthetic_rows=300)."
    )
    assert any(line.split()[:4] == ["generation", "name", "rows", "real"] for line in later)
