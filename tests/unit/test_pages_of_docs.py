"""The examples of docs/howto/your-own-model.md run as they stand, each alone, in an empty folder."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "your-own-model.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)


@pytest.mark.filterwarnings("ignore:We strongly recommend saving the metadata")
@pytest.mark.parametrize("block", BLOCKS)
def test_an_example_runs_as_it_stands(block, tmp_path, monkeypatch, capsys):
    for package in re.findall(r"^(?:from|import) (\w+)", block, re.M):
        if find_spec(package) is None:
            pytest.skip(f"{package} is not installed")
    monkeypatch.chdir(tmp_path)
    exec(compile(block, str(PAGE), "exec"), {"__name__": "example"})
    assert "generations: 0, 1, 2" in capsys.readouterr().out
