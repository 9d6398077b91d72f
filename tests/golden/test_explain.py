"""Did an explanation change? Look at the difference, then store it with --update-golden."""

import pytest
import tomli_w
from helpers import tiny

from genloss.cli.main import run_command

EMIT = [
    {"tag": "real", "from": "real", "rows": {"start": 40, "ratio": 1.5}, "at": [0, 2]},
    {"tag": "synth", "from": "model", "lag": 1, "rows": 60, "sampler": {"gain": 0.9}},
    {"tag": "mix", "from": "mix", "mix": {"model": 0.5, "previous": 0.25, "truth": 0.25}, "rows": 20},
]
TRAIN = {
    "default": [
        {"select": {"tag": "real"}, "weight": 0.5},
        {"select": {"tag": "synth", "last": 2}, "filter": {"keep_good": 0.9, "keep_bad": 0.1}},
        {"select": {"tag": "mix"}, "take": 10},
    ],
    "0": [{"select": {"tag": "real"}}],
}
MADE = {"tag": "made", "from": "model", "rows": 40}
FILTERS = {
    "default": [
        {"select": {"tag": "real"}, "filter": {"kind": "distance", "within": 1.5, "verifier": "fit 0", "tag": "real"}},
        {"select": {"tag": "made", "last": 1}, "filter": {"kind": "top_share", "keep_share": 0.5}},
    ],
    "0": [{}],
    "3": [{"select": {"last": 1}, "filter": {"kind": "likelihood", "at_least": -2, "verifier": "previous", "lag": 2}}],
}
FILTERS["default"][0]["filter"]["own_rows"] = "allow"
WORKFLOWS = {
    "accumulate": {"kind": "augment", "rows": 50, "synthetic_rows": 100},
    "forget": {"kind": "forget", "rows": 50, "decay": 0.5},
    "filters": {"emit": [{"tag": "real", "from": "real", "rows": 40, "at": "start"}, MADE], "train": FILTERS},
    "own-rules": {"emit": EMIT, "train": TRAIN, "reset": 4},
}


@pytest.mark.parametrize("name", WORKFLOWS)
def test_explanations(name, golden, tmp_path, capsys):
    path = tmp_path / "study.toml"
    path.write_text(tomli_w.dumps(tiny(workflow=None, generations=5) | {"workflow": WORKFLOWS[name]}))
    picture = tmp_path / "picture.png"
    assert run_command(["explain", str(path), "--picture", str(picture)]) == 0
    golden(f"explain-{name}.txt", capsys.readouterr().out)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_picture_of_another_kind_is_refused(tmp_path, capsys):
    path = tmp_path / "study.toml"
    path.write_text(tomli_w.dumps(tiny()))
    assert run_command(["explain", str(path), "--picture", str(tmp_path / "x.bmp")]) == 2
    assert "end the name in .png or .svg" in capsys.readouterr().err
