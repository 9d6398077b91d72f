"""The examples of pages of docs/howto run as they stand, each alone, in an empty folder."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest

PAGES = [
    Path(__file__).parents[2] / "docs" / "howto" / f"{name}.md"
    for name in ("your-own-model", "networks", "language-models")
]
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
