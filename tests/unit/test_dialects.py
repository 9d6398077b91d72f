"""Are numbers read however they are written, and refused with the setting that reads them where they say two things?"""

import re
import shlex

import numpy as np
import pyarrow as pa
import pytest
from click.testing import CliRunner

from genloss import Problem
from genloss.cli.commands import Commands
from genloss.doors import COMMAND, Door
from genloss.populations.tables import Reading, moments_of_table, read_rows
from genloss.populations.tables.dialects import Dialect, recognized
from genloss.populations.tables.entries import read_entries, tidy
from genloss.populations.tables.numerals import Asked, Fault

AMOUNTS = np.round(np.random.default_rng(4).uniform(1, 9e6, 70), 2) * np.where(np.arange(70) % 9 == 4, -1, 1)


def grouped(amount, comma, point):
    return f"{amount:,.2f}".translate({ord(","): comma, ord("."): point})


def indian(amount):
    whole, cents = f"{abs(amount):.2f}".split(".")
    head, tail = whole[:-3], whole[-3:]
    head = re.sub(r"(?<=\d)(?=(\d\d)+$)", ",", head)
    return f"{'-' if amount < 0 else ''}{head}{',' if head else ''}{tail}.{cents}"


WRITTEN = {
    "commas": lambda a: grouped(a, ",", "."),
    "points": lambda a: grouped(a, ".", ","),
    "blanks": lambda a: grouped(a, " ", "."),
    "narrow blanks": lambda a: grouped(a, "\u202f", ","),
    "no-break blanks": lambda a: grouped(a, "\u00a0", ","),
    "apostrophes": lambda a: grouped(a, "'", "."),
    "typographic": lambda a: grouped(a, "\u2019", "."),
    "India": indian,
    "decimal commas": lambda a: f"{a:.2f}".replace(".", ","),
    "dollars": lambda a: f"-${-a:,.2f}" if a < 0 else f"${a:,.2f}",
    "minus behind the sign": lambda a: f"${a:,.2f}",
    "rupees": lambda a: f"\u20b9 {indian(a)}",
    "euros": lambda a: f"{grouped(a, '.', ',')} \u20ac",
    "code": lambda a: f"USD {a:,.2f}",
    "code behind": lambda a: f"{a:.2f} CHF",
    "accounts": lambda a: f"({-a:,.2f})" if a < 0 else f"{a:,.2f}",
    "dollar accounts": lambda a: f"(${-a:,.2f})" if a < 0 else f"${a:,.2f}",
    "minus behind": lambda a: f"{-a:,.2f}-" if a < 0 else f"{a:,.2f}",
    "typographic minus": lambda a: f"{a:.2f}".replace("-", "\u2212"),
    "percent": lambda a: f"{a:.2f}%",
    "percent apart": lambda a: f"{a:.2f} %".replace(".", ","),
    "per mille": lambda a: f"{a:.2f}\u2030",
    "unit": lambda a: f"{a:.2f} kg",
    "unit close": lambda a: f"{a:.2f}cm",
    "rate": lambda a: f"{a:,.2f} km/h",
    "some word": lambda a: f"{a:.2f} bottles",
    "some words": lambda a: f"{a:.2f} sq ft of floor",
    "a sign in front": lambda a: f"%{a:.2f}".replace("%-", "-%"),
    "all about": lambda a: f"~{abs(a):.2f}" if a > 0 else f"-~{-a:.2f}",
    "won": lambda a: f"{a:.2f}원",
    "en dash": lambda a: f"{a:.2f}".replace("-", "\u2013"),
    "hyphen behind": lambda a: f"{-a:,.2f}\u2010" if a < 0 else f"{a:,.2f}",
    "full-width minus": lambda a: f"{a:.2f}".replace("-", "\uff0d"),
    "en dash before dollars": lambda a: f"\u2013${-a:.2f}" if a < 0 else f"${a:.2f}",
    "dollar before accounts": lambda a: f"$({-a:,.2f})" if a < 0 else f"${a:,.2f}",
    "dollar apart from accounts": lambda a: f"$ ({-a:,.2f})" if a < 0 else f"$ {a:,.2f}",
    "euro behind accounts": lambda a: f"({-a:,.2f}) \u20ac" if a < 0 else f"{a:,.2f} \u20ac",
    "percent in accounts": lambda a: f"({-a:.2f}%)" if a < 0 else f"{a:.2f}%",
    "percent behind accounts": lambda a: f"({-a:.2f})%" if a < 0 else f"{a:.2f}%",
    "wide accounts": lambda a: f"\uff08{-a:.2f}\uff09" if a < 0 else f"{a:.2f}",
    "underscores": lambda a: f"{a:_.2f}",
    "marks of direction": lambda a: f"\u200e{a:,.2f}\u200f",
    "millions of euros": lambda a: f"{a:.2f} Mio. \u20ac",
    "minus before the unit": lambda a: f"{abs(a):.2f}{'-' if a < 0 else ''} €",
    "no cents": lambda a: f"{grouped(a, '.', ',')[:-3]},-",
    "thousands of": lambda a: f"{a:.2f}k",
    "powers": lambda a: f"{a:.8e}".replace(".", ","),
    "rates with numbers": lambda a: f"{a:.2f} per 100,000",
    "text of spreadsheets": lambda a: f'=""{a:.2f}""',
    "Arabic digits": lambda a: f"{a:.2f}".translate({48 + d: 0x660 + d for d in range(10)} | {46: "\u066b"}),
    "wide digits": lambda a: f"{a:.2f}".translate({48 + d: 0xFF10 + d for d in range(10)}),
}


def table(tmp_path, entries, name="x", ending="csv", more=""):
    rows = [f'"{entry}";{i * i % 7};{i * i % 11 + i}' for i, entry in enumerate(entries)]
    path = tmp_path / f"t.{ending}"
    path.write_text("\n".join([f"{name};z;y", *rows, *more]) + "\n", encoding="utf-8")
    return path


def refused(tmp_path, entries, **asked):
    with pytest.raises(Problem) as caught:
        read_rows(table(tmp_path, entries), Reading("y", **asked))
    return str(caught.value).split("t.csv: ")[1]


@pytest.mark.parametrize("way", WRITTEN)
@pytest.mark.parametrize("count", [70, 12])
def test_every_way_of_writing_numbers_gives_the_numbers(way, count, tmp_path):
    path = table(tmp_path, [WRITTEN[way](amount) for amount in AMOUNTS[:count]])
    rows = read_rows(path, Reading("y"))
    assert rows.names == ("x", "z")
    right = (
        np.array([float(f"{amount:,.2f}"[:-3].replace(",", "")) for amount in AMOUNTS]) if "cents" in way else AMOUNTS
    )
    np.testing.assert_allclose(rows.inputs[:, 0], right[:count], rtol=1e-12)
    (said,) = [str(note) for note in rows.notes if note.column == "x"]
    assert re.match(r"column 'x': read as numbers: .* in \d+ of \d+ entries$", said)
    assert moments_of_table(path, Reading("y")).names == ("x", "z")


@pytest.mark.parametrize("way", WRITTEN)
@pytest.mark.parametrize("count", [70, 12])
def test_a_target_is_read_in_every_way_too(way, count, tmp_path):
    if "cents" in way:
        return
    rows = [f'"{WRITTEN[way](amount)}";{i * i % 7 + i}' for i, amount in enumerate(AMOUNTS[:count])]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["y;x", *rows]), encoding="utf-8")
    np.testing.assert_allclose(read_rows(path, Reading("y")).target, AMOUNTS[:count], rtol=1e-12)


@pytest.mark.parametrize("count", [8, 70])
def test_fractions_of_one_character_become_decimals(count, tmp_path):
    quarters = ["", "\u00bc", "\u00bd", "\u00be"]
    for gap in ("", " "):
        entries = [f"{i // 4 or ''}{gap}{quarters[i % 4]}".strip() or "0" for i in range(count)]
        rows = read_rows(table(tmp_path, entries), Reading("y"))
        assert rows.inputs[:, 0].tolist() == [i / 4 for i in range(count)]
        assert "fractions such as '\u00bc' became decimals" in str([note for note in rows.notes if note.column == "x"])
    thirds = read_rows(table(tmp_path, ["-1\u2153", "\u2154 cm", "7"] * 4, name="x"), Reading("y", strip="cm"))
    np.testing.assert_allclose(thirds.inputs[:3, 0], [-4 / 3, 2 / 3, 7], rtol=1e-11)


def test_two_signs_are_no_words(tmp_path):
    assert "holds numbers with two signs ('-(5)' in row 2)" in refused(tmp_path, ["4", "-(5)", "7"] * 4)


def test_what_was_done_is_said(tmp_path):
    for way, said in {
        "dollars": "'$' and commas between thousands were taken off in 70 of 70 entries",
        "euros": "'€' and points between thousands were taken off, decimal commas became points in 70 of 70 entries",
        "decimal commas": "decimal commas became points in 70 of 70 entries",
        "minus behind": "commas between thousands were taken off in 70 of 70 entries",
        "unit": "'kg' was taken off in 70 of 70 entries",
        "typographic minus": "another minus, a minus behind or in parentheses, or other digits were written plainly "
        f"in {sum(AMOUNTS < 0)} of 70 entries",
    }.items():
        notes = read_rows(table(tmp_path, map(WRITTEN[way], AMOUNTS)), Reading("y")).notes
        assert f"column 'x': read as numbers: {said}" in map(str, notes)


REFUSED = {
    "commas that may be either": (["1,234", "5,678"], "may part thousands or be decimals", 'thousands=","'),
    "points, beside millions": (["1.234", "1,234"], "may part thousands or be decimals", 'decimal="'),
    "two ways": (["1,234.5", "1.234,5"], "mixes ways of writing numbers ('1,234.5', '1.234,5' in row 2)", "one way"),
    "two ways of decimals": (["1.5", "2,75"], "mixes ways of writing numbers ('1.5', '2,75' in row 2)", "one way"),
    "a price of three decimals": (["€1.200", "€3.500"], "points in numbers ('€1.200' in row 1), which", 'decimal="."'),
    "feet and inches": (["5'11", "6'02"], "fractions or pairs of numbers", "a column for each number"),
    "hours and minutes": (["1h 20m", "2h 5m"], "fractions or pairs of numbers", "a column for each number"),
    "two currencies": (["$5", "€6"], "several units: '$', '€' ('€6' in row 2)", 'strip=["$", "€"]'),
    "two units": (["12 kg", "5 lb"], "several units: 'kg', 'lb' ('5 lb' in row 2)", 'categories=["x"]'),
    "k and M": (["10k", "1.2M"], "several units: 'k', 'M' ('1.2M' in row 2)", "one unit"),
    "a unit here and there": (["12%", "0.3"], "numbers with '%' and without ('0.3' in row 2)", 'strip=["%"]'),
    "bounds": (["0.5", "<0.1"], "bounds among numbers ('<0.1' in row 2)", 'strip=["<"]'),
    "two bounds": (["0.5", "<0.1", ">9"], "bounds among numbers ('<0.1' in row 2)", 'strip=["<", ">"]'),
    "marks": (["5*", "6", "7\u2020"], "numbers with marks: '*', '\u2020' ('5*' in row 1)", 'strip=["*", "\u2020"]'),
    "flags": (["5.2 p", "6.1", "7.3 e"], "numbers with marks: 'p', 'e' ('5.2 p' in row 1)", 'strip=["p", "e"]'),
    "notes": (["5[1]", "6", "7 (b)"], "numbers with marks: '[1]', '(b)'", 'strip=["[1]", "(b)"]'),
    "debits": (["5.00 CR", "6.00 DR"], "several units: 'CR', 'DR'", "write a minus"),
    "millions here and there": (["1.5M", "300"], "numbers with 'M' and without", "1.5M and 20K as 1500000 and 20000"),
    "years at work": (["10+ years", "< 1 year", "2 years"], "bounds among numbers", 'categories=["x"]'),
    "fractions": (["1/2", "3/4"], "fractions or pairs of numbers", "write decimals"),
    "pressures": (["120/80", "130/85"], "fractions or pairs of numbers", "a column for each number"),
    "hemispheres": (["48.25°N", "16.5°S"], "several units: '°N', '°S'", "write a minus instead of"),
    "degrees and minutes": (["48°12'N", "16°22'S"], "fractions or pairs of numbers", "a column for each number"),
    "intervals": (["4.5 (3.1-5.2)", "5.5 (4.1-6.2)"], "fractions or pairs of numbers", "a column for each number"),
    "hexadecimal": (["0x1F", "0x2A"], "hexadecimal numbers", "write them as decimal numbers"),
    "times": (["12:30", "13:45"], "dates or times", "drop"),
    "a word among amounts": (["$5", "$6", "free"], "not numeric ('free' in row 3, among numbers)", "categories"),
    "a sign for a gap": (["1,5", "2,5", "?"], "not numeric ('?' in row 3, among numbers)", 'missing_words=["?"]'),
}


@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.parametrize("times", [4, 1])
def test_what_says_two_things_is_refused_with_what_to_say(case, times, tmp_path):
    entries, found, mend = REFUSED[case]
    said = refused(tmp_path, entries * times * 2)
    assert found in said.splitlines()[0]
    assert mend in said.splitlines()[1]


def test_more_than_fifty_different_amounts_are_refused_alike(tmp_path):
    ambiguous = [f"{1 + i},{100 + i}" for i in range(80)]
    assert "may part thousands or be decimals" in refused(tmp_path, ambiguous)
    assert "bounds among numbers" in refused(tmp_path, [f"{i}.5" for i in range(80)] + ["<0.1"])
    assert "'free' in row 81, among numbers" in refused(tmp_path, [f"${i}.50" for i in range(80)] + ["free"])
    assert "more than 50 different words" in refused(tmp_path, [f"user{i}" for i in range(80)])


PASTED = {
    "commas": lambda i: f"{1 + i},{100 + i}",
    "marks": lambda i: f"{i}.5{'*' * (i % 3)}",
    "bounds": lambda i: f"{['', '<', '>'][i % 3]}{i}.5",
    "a unit here and there": lambda i: f"{i}.5{'%' * (i % 2)}",
    "one unit": lambda i: f"{i}.5 {['kg', 'KG'][i % 2]}",
    "one word": lambda i: f"{i}.5" if i % 9 else "?",
    "a dash": lambda i: f"${i}.50" if i % 9 else "$ -",
}
ELSE = {
    "currencies": lambda i: "$\u20ac"[i % 2] + str(12 + i),
    "units": lambda i: f"{3 + i} {['kg', 'lb'][i % 2]}",
    "k and M": lambda i: f"{i}.5{'KM'[i % 2]}",
    "hexadecimal": lambda i: f"0x{10 + i:X}",
    "fractions": lambda i: f"{i}/7",
    "debits": lambda i: f"{i}.50 {['CR', 'DR'][i % 2]}",
}


def paste(tmp_path, write, count, name):
    """What is refused of a column under that name, and the command to paste, "" where there is none."""
    other = "y" if name == "x" else "x"
    rows = [f'"{write(i)}",{i * i % 11 + i}' for i in range(count)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join([f"{name},{other}", *rows]), encoding="utf-8")
    words = ("genloss", "forecast", str(path), "--target", "y")
    with pytest.raises(Problem) as caught:
        read_rows(path, Reading("y"))
    told = caught.value.at(Door("command", words))
    return path, told.mend, told.mend.partition("genloss forecast ")[2]


@pytest.mark.parametrize("count", [12, 80])
@pytest.mark.parametrize("name", ["x", "y"])
@pytest.mark.parametrize("case", PASTED)
def test_a_pasted_command_reads_numbers(case, name, count, tmp_path):
    path, _, command = paste(tmp_path, PASTED[case], count, name)
    words = shlex.split(command)[3:]
    asked = {}
    for option, value in zip(words[::2], words[1::2], strict=True):
        asked.setdefault(option[2:].replace("-", "_"), []).append(value)
    alone = {key: value[0] for key, value in asked.items() if key in ("decimal", "thousands")}
    rows = read_rows(path, Reading("y", **(asked | alone | {"missing": "drop"})))
    assert rows.names == ("x",)
    assert not rows.classes


@pytest.mark.parametrize("count", [12, 80])
@pytest.mark.parametrize("name", ["x", "y"])
@pytest.mark.parametrize("case", ELSE)
def test_what_no_setting_reads_has_no_command_to_paste(case, name, count, tmp_path):
    _, mend, command = paste(tmp_path, ELSE[case], count, name)
    assert command == ""
    assert name == "y" or "leave it out (--drop x)" in mend


@pytest.mark.parametrize("name", ["x", "y"])
def test_many_words_among_many_numbers_are_no_groups(name, tmp_path):
    _, mend, command = paste(tmp_path, lambda i: f"{i}.5" if i % 4 else f"w{i}", 80, name)
    assert command == ""
    assert "categories" not in mend


def test_of_two_settings_the_one_is_pasted_that_the_table_speaks_for(tmp_path):
    def pasted(separator, others):
        lines = [f'"{13 + i},{100 + i}"{separator}"{others(i)}"{separator}{i * i % 11}' for i in range(60)]
        path = tmp_path / "t.csv"
        path.write_text("\n".join([separator.join("xzy"), *lines]))
        with pytest.raises(Problem) as caught:
            read_rows(path, Reading("y"))
        return caught.value.at(Door("command", ("genloss", "forecast"))).mend.splitlines()[-1].split()[-2:]

    assert pasted(",", str) == ["--thousands", ","]
    assert pasted(";", str) == ["--decimal", ","]
    assert pasted(";", lambda i: f"{i}.25") == ["--thousands", ","]
    assert pasted(",", lambda i: f"{i},2") == ["--decimal", ","]


def test_a_setting_that_another_column_contradicts_is_not_answered_by_its_contrary(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["x,z,y", *(f"{1 + i}.{100 + i},{i}.5,{i * i % 11}" for i in range(60))]))
    with pytest.raises(Problem) as caught:
        read_rows(path, Reading("y", thousands="."))
    mend = caught.value.at(COMMAND).mend
    assert "holds for every column" in mend
    assert "--decimal" not in mend


@pytest.mark.parametrize("count", [8, 80])
@pytest.mark.parametrize("name", ["x", "y"])
def test_points_that_may_part_thousands_are_told(count, name, tmp_path):
    entries = [str(900 + i) if i % 4 == 0 else f"{1 + i}.{i * 37 % 1000:03d}" for i in range(count)]
    other = "y" if name == "x" else "x"
    path = tmp_path / "t.csv"

    def notes(more):
        lines = [f"{entry},{i * i % 7 + i},{more(i)}" for i, entry in enumerate(entries)]
        path.write_text("\n".join([f"{name},{other},z", *lines]))
        return [note.at(COMMAND) for note in read_rows(path, Reading("y")).notes if note.column == name]

    told = f"column '{name}': points are read as decimal signs ('2.037'); if they part thousands, "
    assert notes(lambda i: i * i % 5) == [told + "say --thousands ."]
    assert notes(lambda i: f"{i}.5") == [told + "write it without them"]
    entries[3] = "4.25"
    assert notes(lambda i: i * i % 5) == []


def test_settings_decide(tmp_path):
    def read(entries, **asked):
        return read_rows(table(tmp_path, entries * 3), Reading("y", **asked)).inputs[:3, 0].tolist()

    either = ["1,234", "5,678", "7"]
    assert read(either, thousands=",") == [1234, 5678, 7]
    assert read(either, decimal=",") == [1.234, 5.678, 7]
    assert read(either, decimal=".") == [1234, 5678, 7]
    assert read(["1.234", "5.678", "7"]) == [1.234, 5.678, 7]  # as it is written everywhere
    assert read(["1.234", "5.678", "7"], decimal=",") == [1234, 5678, 7]
    assert read(["1.234", "5.678", "7"], thousands=".") == [1234, 5678, 7]
    assert read(["1 234", "5\u00a0678,5", "7"], thousands="space", decimal=",") == [1234, 5678.5, 7]
    assert read(["1'234", "5'678", "7"], thousands="apostrophe") == [1234, 5678, 7]
    assert read(["12 kg", "5 lb", "7"], strip=["kg", "lb"]) == [12, 5, 7]
    assert read(["<0.1", "0.5", "7"], strip="<") == [0.1, 0.5, 7]
    assert read(["CHF 1'200.-", "CHF 5.50", "CHF 7.–"]) == [1200, 5.5, 7]  # no cents, and no minus
    assert read(["1.200,-", "7.500,-", "9,-"]) == [1200, 7500, 9]  # the sign of no cents is the decimal sign
    assert read(["1.200 kg", "3.500 kg", "7 kg"]) == [1.2, 3.5, 7]
    assert read(["1.200,- kr", "5,50 kr", "0,- kr"]) == [1200, 5.5, 0]
    assert read(["1.200,- pr", "5,50", "0,- pr"], strip=[",- pr"]) == [1200, 5.5, 0]
    assert read(["2,484E+03", "1,5e2", "7,123E-01"]) == [2484, 150, 0.7123]  # no groups before an exponent
    assert read(["€1.200", "€3.500", "€7"], decimal=".") == [1.2, 3.5, 7]
    assert read(["€1.200", "€3.500", "€7"], thousands=".") == [1200, 3500, 7]
    assert read(["$5", "6", "$7"]) == [5, 6, 7]  # a currency may be left out, a zero needs no unit
    assert read(["5 kg", "0", "7 kg"]) == [5, 0, 7]
    assert read(["ab 5 cd", "6 cd", "7"], strip=["ab", "cd"]) == [5, 6, 7]
    said = refused(tmp_path, ["12.5", "7", "8,5"], decimal=",")
    assert "is not written with decimal=\",\" ('12.5' in row 1)" in said
    for asked, where in (
        ({"decimal": ";"}, "decimal"),
        ({"thousands": ";"}, "thousands"),
        ({"thousands": ",", "decimal": ","}, "thousands"),
    ):
        with pytest.raises(Problem, match=f"^{where}: "):
            Reading("y", **asked)


def test_words_stay_words(tmp_path):
    for words in (
        ["yes", "no", "yes"],
        ["Q1", "Q2", "Q3"],
        ["18-24", "25-34", "65+"],
        ["1st", "2nd", "3rd"],
        ["3a", "4a", "5b"],
        ["5-08", "6-08", "7-08"],
        ["A1", "A2", "A3"],
        ["Level 1", "Level 2", "Level 3"],
        ["<=50K", ">50K", ">50K"],
        ["1.2.3", "1.2.4", "2.0.0"],
        ["10.0.0.1", "192.168.1.1", "10.0.0.2"],
        ["555-1234", "555-2345", "555-3456"],
        ["12 Oak Lane", "13 Elm Road", "12 Oak Lane"],
    ):
        rows = read_rows(table(tmp_path, words * 5), Reading("y"))
        assert all(name == "z" or name.startswith("x=") for name in rows.names), words
        assert len(rows.names) == len(set(words))


def test_gaps_stay_gaps_among_numbers_of_any_dialect(tmp_path):
    for entries in (["None", "$1,234", "$2,345.5"], ["NA", "1,5", "2,5"], ["", "5 kg", "7 kg"], ["null", "1", "2"]):
        with pytest.raises(Problem, match=r"missing entries in 4 of 12 rows: 'x' \(4\)"):
            read_rows(table(tmp_path, entries * 4), Reading("y"))
        rows = read_rows(table(tmp_path, entries * 4), Reading("y", missing="drop"))
        assert rows.names == ("x", "z")
    marked = read_rows(table(tmp_path, ["?", "1", "2"] * 4), Reading("y", missing_words="?", missing="drop"))
    assert set(marked.inputs[:, 0]) == {1.0, 2.0}


def test_none_is_a_word_among_words(tmp_path):
    entries = ["None", "One", "Two", "None"] * 15
    rows = read_rows(table(tmp_path, entries), Reading("y"))
    assert rows.names == ("x=One", "x=Two", "z")
    assert len(rows.target) == 60
    said = [note.at(COMMAND) for note in rows.notes]
    assert "column 'x': 30 entries None are kept as a word; --missing-words None makes them gaps" in said
    gaps = read_rows(table(tmp_path, entries), Reading("y", missing="drop", missing_words=["None"]))
    assert len(gaps.target) == 30
    assert refused(tmp_path, ["NA", "red", "blue"] * 4) == (
        "missing entries in 4 of 12 rows: 'x' (4)\n  mend: fill them in; or say missing=\"drop\" to leave such rows "
        'out, missing="mean" to fill in means, missing_words=[""] to keep \'NA\' as a word'
    )
    dropped = read_rows(table(tmp_path, ["NA", "red", "blue"] * 4), Reading("y", missing="drop"))
    said = "column 'x': entries 'NA' are read as gaps; missing_words=[\"\"] keeps them as a word"
    assert said in map(str, dropped.notes)
    kept = read_rows(table(tmp_path, ["NA", "red", "blue"] * 4), Reading("y", missing_words=[""]))
    assert kept.names == ("x=blue", "x=red", "z")  # NA, the first of the most frequent, is 0 in both
    codes = read_rows(table(tmp_path, ["None", "1", "2"] * 4), Reading("y", categories="x"))
    assert codes.names == ("x=2", "x=None", "z")
    first = read_rows(table(tmp_path, ["None"] * 20000 + ["One", "Two", "None"] * 4), Reading("y", missing="drop"))
    assert len(first.target) == 8  # nothing but None in the first piece: gaps, and so are later ones


def test_codes_that_begin_with_zeros_are_asked_about(tmp_path):
    rows = read_rows(table(tmp_path, ["00123", "04567", "90210"] * 4, name="zip"), Reading("y"))
    (said,) = [note.at(COMMAND) for note in rows.notes if note.column == "zip"]
    assert said == (
        "column 'zip': entries such as '00123', which begin with 0, are read as numbers; if they are codes, say "
        "--categories zip"
    )
    named = read_rows(table(tmp_path, ["00123", "04567", "90210"] * 4, name="zip"), Reading("y", categories=["zip"]))
    assert named.names == ("zip=04567", "zip=90210", "z")
    assert not [note for note in read_rows(table(tmp_path, ["0.5", "0", "10"] * 4), Reading("y")).notes if note.column]


def test_few_whole_numbers_called_codes_are_asked_about(tmp_path):
    def told(entries, name, **asked):
        rows = read_rows(table(tmp_path, entries, name=name), Reading("y", **asked))
        return [note.at(COMMAND) for note in rows.notes if note.column == name]

    codes = ["101", "205", "309", "990"] * 3
    asked = (
        "column 'region_code': its whole numbers are read as amounts; if they are codes, say --categories region_code"
    )
    assert told(codes, "region_code") == [asked]
    assert told(codes, "income") == told(["101.5", *codes], "region_code") == told(["0", "1"] * 6, "class") == []
    assert asked not in told(codes, "region_code", categories="region_code")


def test_points_beside_decimal_commas_are_asked_about(tmp_path):
    rows = [f"{i},5;{1 + i}.{100 + i};{i * i % 11}" for i in range(12)]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(["a;b;y", *rows]))
    with pytest.raises(Problem, match=r"column 'b' has points in numbers \('1.100'\), 'a' has decimal commas"):
        read_rows(path, Reading("y"))
    read = read_rows(path, Reading("y", decimal=","))
    assert read.inputs[0].tolist() == [0.5, 1100.0]


def test_the_dialect_may_show_late(tmp_path):
    plain = [f"{i % 900}.5" for i in range(20000)]
    rows = read_rows(table(tmp_path, [*plain, "1,234.5", "-7,000"]), Reading("y"))
    assert rows.inputs[-2:, 0].tolist() == [1234.5, -7000.0]
    signed = read_rows(table(tmp_path, [f"${entry}" for entry in plain] + ["$1,234.5"]), Reading("y"))
    assert signed.inputs[-1, 0] == 1234.5
    points = [f"{1 + i % 900}.{100 + i % 800}" for i in range(20000)]
    late = read_rows(table(tmp_path, ["1.234,5", *points]), Reading("y"))
    assert late.inputs[-1, 0] == 1000 * (1 + 19999 % 900) + 100 + 19999 % 800
    whole = [str(i % 900) for i in range(20000)]
    assert "may part thousands or be decimals" in refused(tmp_path, [*whole, "1,234"])
    assert "'1,234' in row 20001" in refused(tmp_path, [*whole, "1,234"])
    assert read_rows(table(tmp_path, [*whole, "1,234"]), Reading("y", thousands=",")).inputs[-1, 0] == 1234
    said = refused(tmp_path, [*whole, "1,5"])
    assert "written in another way than in the rows before ('1,5' in row 20001)" in said
    assert 'decimal=","' in said
    assert read_rows(table(tmp_path, [*whole, "1,5"]), Reading("y", decimal=",")).inputs[-1, 0] == 1.5
    said = refused(tmp_path, [f"1{entry}".replace(".", ",") for entry in plain] + ["1,234.5"])
    assert "'1,234.5' in row 20001" in said
    assert "'oops' in row 20001" in refused(tmp_path, [*plain, "oops"])


def test_amounts_as_target_and_in_other_formats(tmp_path):
    path = tmp_path / "t.jsonl"
    path.write_text(
        "".join(f'{{"x": "{i},5 €", "y": "${1 + i * i % 7},000.00"}}\n' for i in range(12)), encoding="utf-8"
    )
    rows = read_rows(path, Reading("y"))
    assert rows.names == ("x",)
    assert rows.target.tolist() == [1000.0 * (1 + i * i % 7) for i in range(12)]
    assert [note.column for note in rows.notes] == ["x", "y"]


@pytest.mark.parametrize(
    ("line", "right"),
    [
        ("M;2.041;-1.639;28.284", False),
        ("2.041;M;28.284", False),
        ("M;2.5", False),
        ("$5;1,5;x", False),
        ("M;1;5;20", False),
        ("country;1990;1995;2010", True),
        ("y;0;1;2;3", True),
        ("n;1;x", True),
        ("a;b;c;9;7", True),
    ],
)
def test_a_first_line_of_data_is_refused(line, right, tmp_path):
    names = line.split(";")
    path = tmp_path / "t.csv"
    path.write_text(
        "\n".join([line, *(";".join(str(i * (k + 2) % 7 + i) for k in range(len(names))) for i in range(9))])
    )
    if right:
        assert read_rows(path, Reading(names[0])).target.size == 9
    else:
        with pytest.raises(Problem, match=r"most names of the first line are numbers .*\n  mend: add a first line"):
            read_rows(path, Reading(names[0]))


def test_recognizing_and_reading_agree_on_random_entries():
    """What is recognized is read whole, to what Python makes of the same digits; blind to faults that both share."""
    rng = np.random.default_rng(7)
    pieces = ["1", "23", "456", "789", ",", ".", "'", " ", "-", "$", "%", "(", ")", " kg", "€", "e5"]
    known = 0
    for _ in range(4000):
        entries = ["".join(rng.choice(pieces, rng.integers(1, 6))) for _ in range(rng.integers(1, 3))]
        entries = [entry.strip() for entry in entries if entry.strip()]
        found = recognized(entries, Asked()) if entries else None
        if isinstance(found, Dialect):
            numbers = read_entries(tidy(pa.array(entries)), found)
            for entry, number in zip(entries, numbers, strict=True):
                digits = re.sub(r"[^0-9e" + re.escape(found.decimal) + "]", "", entry.replace("€", ""))
                if not np.isnan(number):
                    known += 1
                    assert abs(number) == float(digits.replace(found.decimal, ".")), entries
        else:
            assert found is None or isinstance(found, Fault)
    assert known > 400


def test_the_command_line_has_every_setting(tmp_path):
    path = table(tmp_path, [f"{entry} kg" for entry in ("1,234", "5,678", "7", "?")] * 5)
    asked = f"forecast {shlex.quote(str(path))} --target y --generations 1 --replicates 50 --quiet"
    options = "--thousands , --strip kg --missing-words '? kg' --missing-words '?' --missing drop --levels 60"
    done = CliRunner().invoke(Commands(name="genloss"), shlex.split(f"{asked} {options}"))
    assert done.exit_code == 0, done.output
    worded = CliRunner().invoke(Commands(name="genloss"), shlex.split(f"{asked} --categories x"))
    assert worded.exit_code == 0, worded.output
    assert worded.output != done.output
