"""The examples of pages of docs/howto run as they stand, each alone, in an empty folder; so do the studies in them."""

import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import genloss
from genloss.cli.main import run_command
from genloss.streams import stream

HOWTO = Path(__file__).parents[2] / "docs" / "howto"
PAGES = [HOWTO / f"{name}.md" for name in ("your-own-model", "networks", "language-models")]
BLOCKS = [
    pytest.param(block, id=f"{page.stem}-{place}")
    for page in PAGES
    for place, block in enumerate(re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.S))
]
NEED_TORCH = ("Perceptron", "VAE", "Diffusion", "Transformer")


@pytest.mark.filterwarnings("ignore:We strongly recommend saving the metadata")
@pytest.mark.parametrize("block", BLOCKS)
def test_an_example_runs_as_it_stands(block, tmp_path, monkeypatch, capsys):
    for package in re.findall(r"^(?:from|import) (\w+)", block, re.M):
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    if find_spec("torch") is None and any(f"import {name}" in block for name in NEED_TORCH):
        pytest.skip("torch is not installed: pip install torch==2.13.0")
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "an example of the docs", "exec"), {"__name__": "example"})
    assert "generations: 0, 1, 2" in capsys.readouterr().out


STUDIES = [
    pytest.param(block, id=f"{page}-{place}")
    for page in ("commands-and-studies", "networks", "language-models")
    for place, (kind, block) in enumerate(
        re.findall(r"^```(\w*)\n(.*?)^```", (HOWTO / f"{page}.md").read_text(encoding="utf-8"), re.S | re.M)
    )
    if kind in ("", "toml") and re.search(r"^\[(generator|population)\]", block, re.M)
]
RESAMPLED = """class Again:
    def fit(self, data, weights, rng, *, start=None):
        return Fit(data)


class Fit:
    def __init__(self, data):
        self.data = data

    def sample(self, count, rng):
        places = rng.integers(len(self.data[1] if isinstance(self.data, tuple) else self.data), size=count)
        if isinstance(self.data, tuple):
            return self.data[0].iloc[places], self.data[1][places]
        return self.data.iloc[places]


def make(depth=3):
    return Again()
"""
COMMAND = """import csv, random, sys
head, *rows = csv.reader(open(sys.argv[1]))
drawn = random.Random(sys.argv[4]).choices(rows, k=int(sys.argv[3]))
csv.writer(open(sys.argv[2], "w", newline="")).writerows([head, *drawn])
"""


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """Put beside a study what the studies of the docs name."""
    rng = stream(33, "docs")
    rows = {
        "age": rng.integers(18, 80, 90),
        "income": rng.normal(30, 9, 90).round(2),
        "city": rng.choice(["a", "b"], 90),
    }
    pd.DataFrame(rows | {"y": rng.normal(size=90).round(3), "id": np.arange(90)}).to_csv(
        tmp_path / "my.csv", index=False
    )
    (tmp_path / "model.py").write_text(RESAMPLED)
    (tmp_path / "gen.py").write_text(COMMAND)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("block", STUDIES)
def test_a_study_of_the_docs_runs(block, beside):
    """A whole study as it stands; a table in the place of that of the whole one, as its page says."""
    if re.search('network = "(Transformer|Perceptron|VAE|Diffusion)"|kind = "transformers"', block):
        pytest.importorskip("torch", reason="torch is not installed: pip install torch==2.13.0")
        if 'kind = "transformers"' in block:
            pytest.skip("the folder of a language model is the user's own")
    if "[workflow]" in block:
        (beside / "study.toml").write_text(block)
        assert run_command(["run", "study.toml", "--out", "mine", "--quiet"]) == 0
        return
    page = (HOWTO / "commands-and-studies.md").read_text(encoding="utf-8")
    whole, given = tomllib.loads(re.search(r"```\n(question.*?)```", page, re.S)[1]), tomllib.loads(block)
    if "population" in given:  # with words among its columns
        whole["generator"] = {"kind": "python", "entry": "model.py:make"}
    if given.get("generator", {}).get("kind") == "network":
        whole["population"] = {"kind": "rows", "data": "digits", "target": "class"}
        whole["metrics"] = ["held_out_error"]
    study = genloss.Study.from_dict(whole | given, folder=beside)
    found = genloss.simulate(study, trust=True)
    assert {row.generation for row in found.rows} == {0, 1, 2}
    assert not [gap for gap in found.gaps if "left out" in gap]


def test_the_records_of_the_ledgers_page_are_read(tmp_path):
    page = (HOWTO / "ledger.md").read_text(encoding="utf-8")
    toml, lines = re.search(r"```toml\n(.*?)```", page, re.S)[1], re.search(r"```csv\n(.*?)```", page, re.S)[1]
    (tmp_path / "tickets.csv").write_text("text\n" + "why?\n" * 20)
    (tmp_path / "ledger.toml").write_text(toml)
    found = genloss.ledger.read(tmp_path, max_synthetic=0.5).chains[0]
    assert [each.rows for each in found.generations] == [20, 5020]
    (tmp_path / "ledger.toml").unlink()
    (tmp_path / "ledger.csv").write_text(lines)
    assert genloss.ledger.read(tmp_path).chains[0].workflow.words == "accumulate(rows=12000, synthetic_rows=8000)"
