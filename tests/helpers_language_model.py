"""A small GPT-2 with a tokenizer of words, in a folder; whoever asks for it is skipped where transformers is absent."""

from importlib.util import find_spec

import pytest

WHY = "transformers is not installed: pip install torch==2.13.0 transformers tokenizers safetensors"


def tokenizer_of(texts, **special):
    """A tokenizer that parts words at blanks. special: its tokens by name; default those of pads, begin and end."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    names = {"pad_token": "<pad>", "bos_token": "<bos>", "eos_token": "<eos>"} | special
    given = {name: token for name, token in names.items() if token is not None}
    made = Tokenizer(models.WordLevel(unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokens = list(dict.fromkeys([*given.values(), "<unk>"]))
    made.train_from_iterator(texts, trainers.WordLevelTrainer(special_tokens=tokens, show_progress=False))
    return PreTrainedTokenizerFast(tokenizer_object=made, unk_token="<unk>", **given)


def small_language_model(folder, texts, *, vocabulary=None, seed=0, **special):
    """Write a model with random weights and its tokenizer; return both."""
    if find_spec("torch") is None or find_spec("transformers") is None:
        pytest.skip(WHY)
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel
    from transformers.utils import logging

    logging.disable_progress_bar()
    tokenizer = tokenizer_of(texts, **special)
    sizes = {"n_positions": 16, "n_embd": 16, "n_layer": 1, "n_head": 2, "vocab_size": vocabulary or len(tokenizer)}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = GPT2LMHeadModel(GPT2Config(**sizes, bos_token_id=1, eos_token_id=2, pad_token_id=0))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return model, tokenizer
