"""Did a message or a resolved study change? Look at the difference, then store it with --update-golden."""

import re
from pathlib import Path

import pytest
import tomli_w
from helpers import tiny

from genloss import Problem, Study
from genloss.study.page.words import describe

STUDIES = Path(__file__).parents[2] / "studies"


def _moving(found):
    """What another machine has other digits of."""
    return re.sub(r"(?<=[ (])[0-9a-f]+", "...", found[0])


MISTAKES = {
    "unknown key": tiny(predictor={"penaltty": 1.0}),
    "unknown table": tiny(predicter={"kind": "ridge"}),
    "key of the study in a table": tiny(predictor={"metrics": ["excess_risk"]}),
    "missing key": {**tiny(), "population": {"kind": "linear_gaussian", "dim": 6}},
    "misspelt key": tiny(workflow={"kind": "replace", "row": 3}),
    "a billion generations": tiny(generations=10**9),
    "no such file": tiny(population={"spectrum": {"file": "none.npy"}}),
    "negative rows": tiny(workflow={"rows": -12}),
    "wrong type": tiny(population={"noise": "large"}),
    "unknown kind": tiny(generator={"kind": "ridgee"}),
    "spectrum": tiny(population={"spectrum": {"powerlaw": 2.0}}),
    "penalty rule": tiny(predictor={"penalty": {"power": -0.5}}),
    "case": tiny(case=[{"name": "a"}, {"name": "a"}]),
}


@pytest.mark.parametrize("name", sorted(path.stem for path in STUDIES.glob("*.toml")))
def test_shipped_studies_resolve_to_what_they_did(name, golden):
    study = Study.load(STUDIES / f"{name}.toml")
    moves = any("pydoc" in (case["population"]["kind"], case["population"].get("data")) for case in study.cases)
    if not moves and not study.codes:  # another text in every Python, and a program that is hashed
        golden(f"{name}.resolved.toml", f"# id {study.id}\n{study.toml()}")
    words = re.sub(r"SHA-256 [0-9a-f]{16}|pydoc \(\d+ of them", _moving, "\n".join(describe(study)))
    golden(f"{name}.words.txt", f"{words}\n")


def test_messages(golden, tmp_path):
    said = []
    for name, mistake in MISTAKES.items():
        path = tmp_path / "study.toml"
        path.write_text(tomli_w.dumps(mistake))
        with pytest.raises(Problem) as caught:
            Study.load(path)
        said.append(f"## {name}\n{caught.value}\n".replace(f"{tmp_path}/", ""))
    for name, content in {"broken TOML": b"seed = = 1", "not text": b"seed = \xff"}.items():
        path.write_bytes(content)
        with pytest.raises(Problem) as caught:
            Study.load(path)
        said.append(f"## {name}\n{caught.value}\n".replace(f"{tmp_path}/", ""))
    golden("messages.txt", "\n".join(said))
