"""The zoo's rule of when a loss is told from chance, and its page beside its numbers."""

import csv
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from genloss.streams import stream

HOME = Path(__file__).parents[2]
sys.path.insert(0, str(HOME / "verification"))
import zoo  # noqa: E402

NOISE = stream(41, "zoo").normal(size=(10, 11))


def line(values, floor=(0.0, 0.1)):
    return zoo.Line("data", "generator", "replace", "metric", values, floor)


@pytest.mark.parametrize(
    ("shift", "since"),
    [
        (np.zeros(11), None),
        (np.where(np.arange(11) >= 3, 9.0, 0.0), 3),
        (np.where(np.arange(11) == 3, 9.0, 0.0), None),  # it is not there at the end
        (np.where(np.isin(np.arange(11), [2, 10]), -9.0, 0.0), 10),  # it was not there between
        (np.where(np.arange(11) >= 1, -9.0, 0.0), 1),
    ],
)
def test_a_loss_is_told_from_the_generation_on_that_stays_beyond_the_seeds(shift, since):
    assert line(NOISE + shift).since == since


def test_a_loss_is_told_seed_by_seed():
    """Seeds that differ more from one another than the chain moves each of them hide nothing."""
    apart = 100 * np.arange(10)[:, None] + np.where(np.arange(11) >= 4, 1.0, 0.0)
    assert line(apart + 0.01 * NOISE).since == 4
    shuffled = apart + 100 * stream(42, "zoo").permuted(np.tile(np.arange(10.0), (11, 1)), axis=1).T
    assert line(shuffled).since is None  # control: not paired, not seen


def test_a_first_fit_is_off_where_it_is_beyond_the_floor():
    assert not line(NOISE).first_is_off
    assert line(NOISE + 9).first_is_off
    assert not line(NOISE + 9, floor=(9.0, 0.1)).first_is_off
    assert not line(NOISE + 9, floor=(np.nan, np.nan)).first_is_off  # no floor is known


def test_the_page_says_what_was_measured():
    text = (HOME / "docs" / "zoo.md").read_text(encoding="utf-8")
    measured = list(csv.DictReader((HOME / "verification" / "zoo.csv").read_text(encoding="utf-8").splitlines()))
    compared, names = 0, {zoo.words(each["metric"]): each["metric"] for each in measured}
    for data in zoo.DATA:
        block = text.partition(f"<!-- {data} -->")[2].partition(f"<!-- end of {data} -->")[0]
        generator = ""
        for row in (each.strip("|").split("|") for each in block.splitlines() if each.startswith("|")):
            generator, metric, _first, *cells = (row[0].strip() or generator, *(cell.strip() for cell in row[1:]))
            for workflow, cell in zip(zoo.WORKFLOWS, cells, strict=True):
                place = (data, generator, workflow, names.get(metric))
                (found,) = [
                    each
                    for each in measured
                    if (each["data"], each["generator"], each["workflow"], each["metric"]) == place
                ] or [None]
                if found is None:
                    continue
                compared += 1
                value, error = (float(part) for part in re.findall(r"-?[\d.]+(?:e-?\d+)?", cell.replace(",", ""))[:2])
                assert value == pytest.approx(float(found["value_10"]), rel=0.01, abs=0.06 * error)
                since = re.search(r"from (\d+)", cell)
                assert (since[1] if since else "") == found["beyond_from"]
                assert cell.startswith("**") == bool(since)
    assert compared > 100


def test_the_page_is_written_for_readers():
    """Metrics in words, and no powers of ten."""
    text = (HOME / "docs" / "zoo.md").read_text(encoding="utf-8")
    tables = [each for each in text.splitlines() if each.startswith("|") and "refused" not in each]
    assert len(tables) > 200
    assert not [each for each in tables if re.search(r"\de[-+]?\d", each)]
    measured = csv.DictReader((HOME / "verification" / "zoo.csv").read_text(encoding="utf-8").splitlines())
    named = {each["metric"] for each in measured}
    assert not [name for name in named - {""} if "_" in name and re.search(rf"(?<!\w){name}(?!\w)", text)]


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        (6.951e-06, 3.5e-06, "0.0000070 ± 0.0000035"),
        (4966.1, 1753.2, "4,966 ± 1,753"),
        (2e-12, 1e-12, "below 0.000000001"),
        (0.0003, 0.00002, "0.000300 ± 0.000020"),
        (np.nan, 0.1, "none"),
        (1.0, 0.0, "1 ± 0"),
    ],
)
def test_numbers_are_written_out(value, error, said):
    assert zoo.with_error(value, error) == said
