"""Whatever the workflows and the model: does a chain use the rows that its workflow says, and leave the same bytes?

Chains of random workflows, models and forms of rows, asked twice: in another order, and by two workers. Every file of
a generation has the same bytes, and its manifest the rows, shares and parents that the workflow's rules count by hand.
Blind spot: processes instead of threads, which tests/laws/test_faults.py looks at.
"""

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

import genloss
from genloss.models import WordChain
from genloss.streams import stream

pytestmark = pytest.mark.usefixtures("without_pictures")

ROWS = stream(51, "chains").standard_normal((48, 2))
WORDS = np.array(["sun", "rain", "wind", "snow"])
TEXTS = [" ".join(WORDS[row]) for row in stream(52, "chains").integers(0, 4, size=(48, 3))]
MODELS = {
    "mixture": (GaussianMixture(1), ROWS, "variance_left"),
    "kernels": (KernelDensity(bandwidth=0.3), ROWS, "variance_left"),
    "words": (WordChain(2), TEXTS, "words_left"),
}
# Which batches, by the generation of their birth (0: real), generation g of each workflow trains on.
BATCHES = {
    "replace": lambda g: [g],
    "accumulate": lambda g: range(g + 1),
    "fixed_real": lambda g: {0, g},
    "window keep=2": lambda g: range(max(0, g - 1), g + 1),
    "synthetic_only": lambda g: [0] if g == 0 else range(1, g + 1),
}


def manifests(folder):
    """What was said of every generation, by the name of the workflow, the seed and the generation."""
    return {
        (path.parents[1].name.rpartition("-")[0], path.parent.name, int(path.stem[-4:])): json.loads(path.read_text())
        for path in folder.glob("generations/*/*/generation-????.json")
    }


def made(folder):
    """The bytes of all rows that were made, by place."""
    found = (path for path in folder.glob("generations/*/*/*-synth*") if path.suffix != ".sha256")
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@settings(max_examples=8, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
@given(
    chosen=st.permutations(sorted(BATCHES)).flatmap(lambda names: st.integers(1, 3).map(lambda n: names[:n])),
    model=st.sampled_from(sorted(MODELS)),
    rows=st.integers(4, 12),
    last=st.integers(1, 3),
    seed=st.integers(0, 2**32),
)
def test_rows_shares_and_parents_are_those_of_the_workflow(chosen, model, rows, last, seed):
    own, data, metric = MODELS[model]
    asked = {"generations": last, "seeds": 2, "metrics": [metric], "rows": rows, "seed": seed}
    with tempfile.TemporaryDirectory() as place:
        one, other = Path(place) / "one", Path(place) / "other"
        first = genloss.chain(own, data, chosen, **asked, out=one)
        again = genloss.chain(own, data, chosen[::-1], **asked, out=other, workers=2)
        said, bytes_of = manifests(one), made(one)
        assert bytes_of
        assert bytes_of == made(other)
        assert said == manifests(other)
    values = {(row.case, row.generation): row.value for row in first.rows}
    assert values == {(row.case, row.generation): row.value for row in again.rows}
    assert len(said) == len(chosen) * 2 * (last + 1)
    for (name, _, g), manifest in said.items():
        (kind,) = (each for each in chosen if each.replace(" ", "-").replace("=", "-") == name or each == name)
        parts = manifest["trained_on"]
        births = sorted(BATCHES[kind](g))
        assert [part["born"] for part in parts] == births
        assert [(part["rows"], part["used"]) for part in parts] == [(rows, rows)] * len(births)
        np.testing.assert_allclose([part["share"] for part in parts], 1 / len(births), rtol=1e-9)
        parents = ["real" if born == 0 else f"generation {born - 1}" for born in births]
        assert [part["made_by"] for part in parts] == [[{"who": who, "share": 1.0}] for who in parents]


def test_another_seed_leaves_other_bytes(tmp_path):
    """The control of the sameness above."""
    for seed in (1, 2):
        genloss.chain(GaussianMixture(1), ROWS, "replace", generations=1, seeds=2, seed=seed, out=tmp_path / str(seed))
    one, other = made(tmp_path / "1"), made(tmp_path / "2")
    assert set(one.values()).isdisjoint(other.values())
