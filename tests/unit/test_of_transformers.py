"""Language models of `transformers` in a chain: from a folder, offline, with the same bytes; each trap by its name."""

import json
from itertools import product

import numpy as np
import pytest
from helpers_language_model import small_language_model

import genloss
from genloss import Problem
from genloss.models import check
from genloss.models.adapters import adapted
from genloss.models.neural import CausalLM
from genloss.models.neural.model_folder import folder_hash
from genloss.streams import stream
from genloss.study.subjects.own.files import SeedFolder

WORDS = ["the", "sun", "and", "rain", "wind", "of", "fog", "with", "ice", "on", "hills", "sets"]
DRAW = stream(9, "texts")
TEXTS = [" ".join(DRAW.choice(WORDS, DRAW.integers(3, 10))) for _ in range(80)]
SHORT = ["a", "a b", "b b", "a", "b a", "a a", "a", "a b"] * 4
SETTINGS = {"budget": {"steps": 10}, "batch": 8, "rate": 1e-2}
Z = 4.5


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("model")
    small_language_model(made, TEXTS)
    return made


def test_a_model_keeps_the_contract(folder):
    checked = check(CausalLM(folder, longest=12, **SETTINGS), TEXTS)
    assert checked.well, str(checked)


def test_texts_are_drawn_as_often_as_their_chances_say(tmp_path):
    """By the library's cache of keys and values, which log_prob does not use; a wrong position would be seen."""
    small_language_model(tmp_path, SHORT)
    fit, count = CausalLM(tmp_path, longest=2, budget={"steps": 30}, rate=1e-2).fit(SHORT, None, rng()), 3000
    drawn = fit.sample(count, rng(1))
    seen = {text: np.mean([each == text for each in drawn]) for text in ("", "a", "b")}
    chances = dict(zip(seen, np.exp(fit.log_prob(["", "a", "b"])), strict=True))
    for both in map(" ".join, product("ab", repeat=2)):  # cut there, whether it has ended or not
        words, logs = fit.word_log_prob([both])[0]
        assert words == [*both.split(), ""]
        chances[both], seen[both] = np.exp(sum(logs[:2])), np.mean([each == both for each in drawn])
    for text, chance in chances.items():
        assert abs(seen[text] - chance) < Z * (chance * (1 - chance) / count) ** 0.5 + 1e-4
    assert 0.5 < sum(chances.values()) <= 1 + 1e-5
    assert max(chances.values()) > 0.12  # control: they are not all alike


def test_probabilities_are_those_of_the_network_itself(folder):
    """Its weights are put in at each call, those of the output too, which are the embedding once more."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    places = AutoTokenizer.from_pretrained(folder, local_files_only=True).get_vocab()
    fit = CausalLM(folder, longest=12, budget={"steps": 30}, rate=1e-2).fit(TEXTS, None, rng())
    network = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True).eval()
    network.load_state_dict({name: torch.tensor(array) for name, array in fit.state().items()}, strict=False)
    network.tie_weights()
    for words, logs in fit.word_log_prob(TEXTS[:5]):
        tokens = [places[word] for word in ("<bos>", *words[:-1], "<eos>")]
        with torch.no_grad():
            said = network(torch.tensor([tokens[:-1]])).logits[0]
        said[:, :2] = -torch.inf  # pads and what stands before the first word
        wanted = torch.log_softmax(said, dim=1)[range(len(words)), tokens[1:]]
        assert logs == pytest.approx(wanted.tolist(), abs=1e-4)


def test_two_fits_with_one_key_are_the_same_bytes_and_leave_random_states_alone(folder):
    import torch

    before = torch.get_rng_state()
    model = CausalLM(folder, longest=12, weights="random", **SETTINGS)
    one, other, third = (model.fit(TEXTS, None, rng(seed)) for seed in (3, 3, 4))
    assert torch.equal(before, torch.get_rng_state())
    for name, array in one.state().items():
        assert array.tobytes() == other.state()[name].tobytes()
    assert any(array.tobytes() != third.state()[name].tobytes() for name, array in one.state().items())
    again = model.from_state(one.state())
    assert again.sample(20, rng(1)) == one.sample(20, rng(1))
    assert one.sample(40, rng(1)) != third.sample(40, rng(1))


def test_a_chain_that_was_interrupted_goes_on_with_the_same_bytes(folder, tmp_path, monkeypatch):
    model = CausalLM(folder, longest=12, **SETTINGS)
    asked = {"generations": 3, "seeds": 2, "rows": 20, "start": "previous", "metrics": ["tail_loss"]}
    whole = genloss.chain(model, TEXTS, "replace", out=tmp_path / "whole", **asked)
    write, left = SeedFolder.write, [2]

    def until_interrupted(self, batch, rows):
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return write(self, batch, rows)

    with monkeypatch.context() as patch:
        patch.setattr(SeedFolder, "write", until_interrupted)
        with pytest.raises((KeyboardInterrupt, Problem)):
            genloss.chain(model, TEXTS, "replace", out=tmp_path / "parts", **asked)
    kept = len(sorted((tmp_path / "parts").rglob("generation-*.jsonl")))
    assert 0 < kept < 6
    parts = genloss.chain(model, TEXTS, "replace", out=tmp_path / "parts", **asked)
    files = [sorted(home.rglob("generation-*.jsonl")) for home in (tmp_path / "whole", tmp_path / "parts")]
    assert [path.read_bytes() for path in files[0]] == [path.read_bytes() for path in files[1]]
    assert len(files[0]) == 6
    assert [row.value for row in whole.rows] == [row.value for row in parts.rows]
    (said, *_) = (tmp_path / "whole").rglob("generation-0001.json")
    assert {"transformers", "tokenizers", "safetensors", "torch"} <= json.loads(said.read_text())["made_with"].keys()


def test_all_tokens_are_drawn_unless_top_k_says_otherwise(tmp_path):
    """Trap: `generate` of transformers 5.24 draws among 50, which its settings do not show."""
    many = [" ".join(f"w{place}" for place in range(first, first + 8)) for first in range(0, 96, 8)]
    small_language_model(tmp_path, many)
    fit = CausalLM(tmp_path, longest=8, budget={"steps": 1}, rate=1e-9).fit(many, None, rng())  # all but alike
    kinds = [
        len({word for text in fit.sample(200, rng(), **how) for word in text.split()}) for how in ({}, {"top_k": 5})
    ]
    assert kinds[0] > 80
    first = {text.split()[0] for text in fit.sample(200, rng(), top_k=5) if text}
    assert len(first) <= 5
    with pytest.raises(Problem, match="guidance"):
        fit.sample(1, rng(), guidance=2.0)
    for text, said in (("w1 <eos> w2", "<eos>"), ("w1 <pad>", "<pad>"), ("w1 " * 9, "9 tokens")):
        with pytest.raises(Problem, match=said):
            fit.log_prob([text])


@pytest.mark.parametrize(
    ("special", "said"),
    [
        ({"pad_token": "<eos>"}, "pads with the token for the end"),
        ({"pad_token": None}, "has no pad token"),
        ({"eos_token": None}, "no token for the end"),
    ],
)
def test_an_end_that_is_never_learned_is_refused_with_a_way_out_that_works(special, said, tmp_path):
    model, tokenizer = small_language_model(tmp_path, TEXTS, **special)
    lacking = CausalLM(tmp_path, longest=12, **SETTINGS)
    with pytest.raises(Problem, match=said) as raised:
        lacking.fit(TEXTS, None, rng())
    calls = [part for part in raised.value.mend.split(", ") if part.startswith(("tokenizer.", "model."))]
    assert len(calls) == 2
    for call in calls:
        eval(call, {"tokenizer": tokenizer, "model": model})
    model.save_pretrained(tmp_path)
    tokenizer.save_pretrained(tmp_path)
    assert len(CausalLM(tmp_path, longest=12, **SETTINGS).fit(TEXTS, None, rng()).sample(3, rng())) == 3


def test_a_tokenizer_with_more_tokens_than_the_network_and_weights_that_lack_some_are_refused(tmp_path):
    small_language_model(tmp_path / "few", TEXTS, vocabulary=9)
    with pytest.raises(Problem, match="and the network knows 9"):
        CausalLM(tmp_path / "few", longest=12).fit(TEXTS, None, rng())
    from safetensors.numpy import load_file, save_file

    small_language_model(tmp_path / "part", TEXTS)
    held = load_file(tmp_path / "part" / "model.safetensors")
    gone = sorted(held)[0]
    save_file({name: array for name, array in held.items() if name != gone}, tmp_path / "part" / "model.safetensors")
    with pytest.raises(Problem, match="the weights lack"):
        CausalLM(tmp_path / "part", longest=12).fit(TEXTS, None, rng())


def test_a_model_without_its_tokenizer_is_refused(tmp_path):
    model, _ = small_language_model(tmp_path, TEXTS)
    with pytest.raises(Problem, match="neither reads nor writes") as raised:
        adapted(model)
    assert "save_pretrained" in raised.value.mend


def test_a_study_file_names_a_folder_and_is_refused_on_another(tmp_path):
    small_language_model(tmp_path / "model", TEXTS)
    (tmp_path / "texts.txt").write_text("\n".join(TEXTS))
    study = {
        "replicates": 2,
        "generations": 1,
        "metrics": ["word_loss", "words_left"],
        "population": {"kind": "rows", "file": "texts.txt"},
        "generator": {"kind": "transformers", "folder": "model", "budget": {"steps": 5}, "options": {"longest": 12}},
        "workflow": {"kind": "replace", "rows": 30},
    }
    asked = genloss.Study.from_dict(study, folder=tmp_path)
    assert asked.resolved["generator"]["sha256"] == folder_hash(tmp_path / "model")
    assert len(genloss.simulate(asked).rows) == 4
    small_language_model(tmp_path / "model", TEXTS, seed=1)
    filled = {**study, "generator": dict(asked.resolved["generator"])}
    with pytest.raises(Problem, match="SHA-256"):
        genloss.Study.from_dict(filled, folder=tmp_path)
    wrong = {**study, "generator": {**study["generator"], "options": {"longst": 12}}}
    with pytest.raises(Problem, match="longst"):
        genloss.simulate(genloss.Study.from_dict(wrong, folder=tmp_path))


# What is refused before any library is loaded.


def bare(home, *names, config=None):
    home.mkdir(exist_ok=True)
    (home / "config.json").write_text(json.dumps({"n_positions": 16} if config is None else config))
    for name in names:
        (home / name).write_bytes(b"{}")
    return home


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "model.ckpt"])
def test_pickled_weights_are_refused_by_name(name, tmp_path):
    with pytest.raises(Problem, match=rf"{name} are pickled") as raised:
        CausalLM(bare(tmp_path, "tokenizer.json", name), longest=8)
    assert "save_pretrained" in raised.value.mend


def test_a_folder_that_is_not_whole_is_refused_by_what_it_lacks(tmp_path):
    with pytest.raises(Problem, match="is not a folder here") as raised:
        CausalLM("gpt2")
    assert "nothing is downloaded" in raised.value.mend
    with pytest.raises(Problem, match="no tokenizer"):
        CausalLM(bare(tmp_path), longest=8)
    with pytest.raises(Problem, match="no weights") as raised:
        CausalLM(bare(tmp_path, "tokenizer.json"), longest=8)
    assert 'weights="random"' in raised.value.mend
    assert CausalLM(tmp_path, longest=8, weights="random").sha256
    with pytest.raises(Problem, match="longest") as raised:
        CausalLM(tmp_path, weights="random")
    assert CausalLM(tmp_path, weights="random", longest=int(raised.value.mend.split("=")[1])).longest == 15
    with pytest.raises(Problem, match=r"config\.json"):
        CausalLM(_empty(tmp_path / "empty"))


def _empty(home):
    home.mkdir()
    return home


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"weights": "pretrained"}, "weights"),
        ({"top_k": -1}, "top_k"),
        ({"top_p": 0.0}, "top_p"),
        ({"longest": 0}, "longest"),
        ({"sha256": "0" * 64}, "sha256"),
        ({"budget": {}}, "budget"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(options, where, tmp_path):
    home = bare(tmp_path, "tokenizer.json", "model.safetensors")
    with pytest.raises(Problem, match=where):
        CausalLM(home, **({"longest": 8} | options))
