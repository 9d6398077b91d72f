"""Studies and records that stand on pages of docs/howto run as they stand. (Their examples: tests/docs.)"""

import re
import tomllib
from pathlib import Path

import pytest
from docs_files import COMMAND, RESAMPLED, my_rows

import genloss
from genloss.cli.main import run_command

HOWTO = Path(__file__).parents[2] / "docs" / "howto"
STUDIES = [
    pytest.param(block, id=f"{page}-{place}")
    for page in ("commands-and-studies", "networks", "language-models")
    for place, (kind, block) in enumerate(
        re.findall(r"^```(\w*)\n(.*?)^```", (HOWTO / f"{page}.md").read_text(encoding="utf-8"), re.S | re.M)
    )
    if kind == "toml" and re.search(r"^\[(generator|population)\]", block, re.M)
]


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """Put beside a study what the studies of the docs name."""
    my_rows(tmp_path / "my.csv")
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
    whole, given = tomllib.loads(re.search(r"```toml\n(question.*?)```", page, re.S)[1]), tomllib.loads(block)
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
