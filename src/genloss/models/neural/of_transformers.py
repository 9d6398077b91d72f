"""Language models of the library `transformers` that lie in a folder, as models that keep the contract; rows are texts.

What is right here where a guess is wrong (transformers 5.24): `generate` draws among the 50 most probable tokens unless
told otherwise, which a config shows as None; here texts are drawn by a loop of genloss, from all tokens unless top_k
says otherwise. Where the end of a text is also the pad token, a training that leaves pads out never learns to end, so
such a tokenizer is refused. Weights that a folder lacks are drawn anew with a warning only, so they are refused.
Dropout draws from the state of the whole process, so one thread at a time fits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import lru_cache
from importlib import import_module
from importlib.metadata import version
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem, nearest
from genloss.models.adapters.seeding import seeded, states_kept
from genloss.models.neural.batches import batches
from genloss.models.neural.budget import Budget
from genloss.models.neural.checks import check_count, check_training
from genloss.models.neural.draws import Draws, chunks
from genloss.models.neural.library import made_with, one_thread, torch
from genloss.models.neural.model_folder import check_folder, folder_hash, most_positions
from genloss.models.neural.sampling import check_sampler
from genloss.models.neural.training import State, Weights, on_device, trained
from genloss.models.neural.transformer import picked
from genloss.models.neural.vocabulary import END, texts_of

Array = NDArray[np.float64]
_STEPS = Budget(steps=100)
_NO_LABEL = -100
MEND = "pip install torch==2.13.0 transformers tokenizers safetensors"


def adapt(model: Any) -> Any:
    """Refuse a model without its tokenizer, and say how both are given; None for other objects of the library."""
    if not any(kind.__name__ in ("PreTrainedModel", "PreTrainedTokenizerBase") for kind in type(model).__mro__):
        return None
    mend = 'save it and its tokenizer by save_pretrained("folder"), and give genloss.models.neural.CausalLM("folder")'
    raise Problem("generator", f"a {type(model).__name__} alone neither reads nor writes texts", mend)


@dataclass(frozen=True)
class CausalLM:
    """A causal language model with its tokenizer, in a folder that save_pretrained has written. Rows are texts.

    weights: "folder", a fit from scratch begins from those of the folder, as of a pretrained model; "random", from new
    ones. longest: tokens that a text has at the most; a text that has not ended there is cut. temperature, top_p,
    top_k: how texts are drawn; 0 is no top_k. The emission of a workflow may set them too, as its sampler. budget,
    batch, rate, decay: how it is trained, by AdamW, the rate falling to 0 in a straight line. clip: how long a step's
    slopes are at the most; None: as long as they are. chunk: texts that are drawn at once.
    sha256: of what is read of the folder; it is filled in, and where it is given another folder is refused.
    Needs torch and transformers.
    """

    folder: str
    weights: str = "folder"
    longest: int = 64
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    budget: Budget = _STEPS
    batch: int = 24
    rate: float = 1e-3
    decay: float = 0.01
    clip: float | None = 1.0
    chunk: int = 250
    sha256: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "folder", str(self.folder))
        object.__setattr__(self, "budget", Budget.of(self.budget))
        if self.weights not in ("folder", "random"):
            raise Problem("generator.weights", f"{self.weights!r}", 'give "folder" or "random"')
        check_training(self.batch, self.rate, self.decay, self.clip)
        for name in ("longest", "chunk"):
            check_count(name, getattr(self, name))
        check_sampler("generator", temperature=self.temperature, top_p=self.top_p, top_k=self.top_k)
        read = self.weights == "folder"
        check_folder(Path(self.folder), weights=read)
        most = most_positions(Path(self.folder))
        if most is not None and self.longest >= most:
            found = f"{self.longest} tokens and the one before them are more than the {most} places of the network"
            raise Problem("generator.longest", found, f"give longest={most - 1}")
        found = folder_hash(Path(self.folder), weights=read)
        if self.sha256 not in ("", found):
            raise Problem("generator.sha256", f"the folder has {found}", "give the folder that the study was made for")
        object.__setattr__(self, "sha256", found)

    def made_with(self) -> dict[str, str]:
        """Say with which torch, device, instructions and libraries."""
        return made_with() | {name: version(name) for name in ("transformers", "tokenizers", "safetensors")}

    def fit(self, data: Any, weights: Array | None, rng: np.random.Generator, *, start: Any = None) -> CausalLMFit:
        """Fit texts, from the weights that the settings name or on from an earlier fit."""
        draws = Draws.of(rng)
        with seeded(draws.numpy("library")):
            network, tokenizer = _parts(self)
            rows = _Tokens.of(tokenizer).read(data, self.longest)
            begin = _begun(start, self) if start is not None else _first(self, network)
            tokens, lengths = on_device(rows), (rows != _NO_LABEL).sum(axis=1)
            steps = self.budget.steps_for(rows=len(rows), batch=self.batch)
            network.train()

            def loss(held: Weights, places: Any, _step: int) -> Any:
                return -_logs(network, held, tokens[places, : lengths[places].max()], tokenizer).mean()

            turns = batches(len(rows), self.batch, steps, draws.numpy("batches"), weights)
            found = trained(begin, loss, turns, rate=self.rate, decay=self.decay, falls_over=steps, clip=self.clip)
        return CausalLMFit(self, found)

    def from_state(self, state: Mapping[str, NDArray[Any]]) -> CausalLMFit:
        """Return the fit whose `state()` this is."""
        return CausalLMFit(self, dict(state))


def causal_lm(folder: Path, budget: Mapping[str, Any], sha256: str, options: Mapping[str, Any]) -> CausalLM:
    """Return the model of a study file. Errors: `Problem` for options that it does not have."""
    known = sorted(each.name for each in fields(CausalLM) if each.name not in ("folder", "budget", "sha256"))
    for option in options:
        if option not in known:
            raise Problem("generator.options", f"CausalLM has no {option!r}", nearest(str(option), known))
    return CausalLM(str(folder), budget=Budget.of(budget), sha256=sha256, **options)


@dataclass(frozen=True, eq=False)
class CausalLMFit:
    """A fitted language model. arrays: its weights by name."""

    model: CausalLM
    arrays: State

    def sample(self, count: int, rng: np.random.Generator, **sampler: Any) -> list[str]:
        """Draw texts. sampler: temperature, top_p and top_k, where they are not to be those of the model."""
        model, draws, found = self.model, Draws.of(rng), list[str]()
        own = {"temperature": model.temperature, "top_p": model.top_p, "top_k": model.top_k}
        how = check_sampler("sampler", **(own | sampler))
        with self._at_work() as (network, tokenizer, held):
            tokens = _Tokens.of(tokenizer)
            for number, size in chunks(count, model.chunk):
                uniforms = draws.numpy("sample", number).random((model.longest, size))
                found += tokens.written(_written(network, held, uniforms, tokens, how))
        return found

    def log_prob(self, texts: Any) -> Array:
        """Return the logarithm of the probability of each text as fitted, whatever the sampler; its end counts."""
        return np.array([sum(logs) for _, logs in self.word_log_prob(texts)], dtype=float)

    def word_log_prob(self, texts: Any) -> list[tuple[list[str], list[float]]]:
        """Return of each text its tokens, its end as "", and log p of each given those before."""
        found: list[tuple[list[str], list[float]]] = []
        with self._at_work() as (network, tokenizer, held):
            rows = _Tokens.of(tokenizer).read(texts, self.model.longest)
            for number, size in chunks(len(rows), self.model.chunk):
                mine = rows[number * self.model.chunk :][:size]
                logs = iter(_logs(network, held, on_device(mine), tokenizer).double().cpu().tolist())
                for row in mine:
                    named = [*tokenizer.convert_ids_to_tokens(row[row != _NO_LABEL][:-1].tolist()), END]
                    found.append((named, [next(logs) for _ in named]))
        return found

    def state(self) -> dict[str, Any]:
        """Return all that it holds as plain arrays."""
        return dict(self.arrays)

    @contextmanager
    def _at_work(self) -> Iterator[tuple[Any, Any, Weights]]:
        with seeded(np.random.default_rng(0)), one_thread() as t:  # for its lock: one network serves all threads
            network, tokenizer = _parts(self.model)
            network.eval()
            with t.no_grad():
                yield network, tokenizer, {name: on_device(array) for name, array in self.arrays.items()}


@dataclass(frozen=True)
class _Tokens:
    """How texts are tokens. before: the token before the first, or the end where there is none. end: that of an end."""

    tokenizer: Any
    before: int
    end: int

    @classmethod
    def of(cls, tokenizer: Any) -> _Tokens:
        begin = tokenizer.bos_token_id
        return cls(tokenizer, tokenizer.eos_token_id if begin is None else begin, tokenizer.eos_token_id)

    def read(self, texts: Any, longest: int) -> NDArray[np.int64]:
        """Return the tokens of texts and of their ends, then `_NO_LABEL`, (texts, tokens of the longest + 1)."""
        given = texts_of(texts)
        rows = self.tokenizer(given, add_special_tokens=False)["input_ids"] if given else []
        for number, row in enumerate(rows, start=1):
            if len(row) > longest:
                found = f"text {number} has {len(row)} tokens, and {longest} are read at the most"
                raise Problem("population", found, f"give longest={len(row)}, or cut such texts")
            for token in {self.before, self.end, self.tokenizer.pad_token_id}.intersection(row):
                found = f"text {number} holds {self.tokenizer.convert_ids_to_tokens(token)!r}, which stands in no text"
                raise Problem("population", found, "leave it out of the text: ends are put there when it is read")
        read = np.full((len(rows), max(map(len, rows), default=0) + 1), _NO_LABEL, dtype=np.int64)
        for line, row in zip(read, rows, strict=True):
            line[: len(row)], line[len(row)] = row, self.end
        return read

    def written(self, rows: NDArray[np.int64]) -> list[str]:
        """Return texts, given tokens up to their ends. What stands for unknown words is written as it is."""
        found = []
        for row in rows.tolist():
            until = row[: row.index(self.end)] if self.end in row else row
            found.append(self.tokenizer.decode(until, clean_up_tokenization_spaces=False))
        return found

    def never(self, device: Any) -> Any:
        """Return the tokens that stand in no text and at no end: pads, and what stands before the first."""
        places = sorted({self.before, self.tokenizer.pad_token_id} - {self.end})
        return torch().tensor(places, device=device)


def _logs(network: Any, held: Weights, labels: Any, tokenizer: Any) -> Any:
    """Return the logarithms of the probabilities of all labels that there are, row after row, in one dimension."""
    t, there = torch(), labels != _NO_LABEL
    given = t.nn.functional.pad(labels[:, :-1], (1, 0), value=_Tokens.of(tokenizer).before)
    given = t.where(given == _NO_LABEL, tokenizer.pad_token_id, given)  # left out by the mask, and by the labels
    asked = {"input_ids": given, "attention_mask": there.long(), "use_cache": False}
    said = t.func.functional_call(network, held, kwargs=asked).logits[there].float()
    said = said.index_fill(1, _Tokens.of(tokenizer).never(said.device), -np.inf)
    return -t.nn.functional.cross_entropy(said, labels[there], reduction="none")


def _written(network: Any, held: Weights, uniforms: Array, tokens: _Tokens, how: Mapping[str, Any]) -> Any:
    """Draw tokens, (texts, tokens), the end from their ends on. uniforms: (tokens, texts)."""
    t = torch()
    where = next(iter(held.values())).device
    name = "cache" if "cache" in signature(network.forward).parameters else "past_key_values"  # from 5.24 on, before
    drawn = t.full((uniforms.shape[1], 1), tokens.before, dtype=t.int64, device=where)
    going, cache = t.ones(len(drawn), dtype=t.bool, device=where), None
    for uniform in t.tensor(uniforms, device=where):
        asked = {"input_ids": drawn if cache is None else drawn[:, -1:], "use_cache": True}
        asked |= {"attention_mask": t.ones_like(drawn)} | ({} if cache is None else {name: cache})
        said = t.func.functional_call(network, held, kwargs=asked)
        cache = said.get(name)
        logits = said.logits[:, -1].float().index_fill(1, tokens.never(where), -np.inf)
        token = t.where(going, picked(t, logits, uniform, **how), tokens.end)
        going = going & (token != tokens.end)
        drawn = t.cat([drawn, token[:, None]], dim=1)
        if not going.any():
            break
    return drawn[:, 1:].cpu().numpy()


def _first(model: CausalLM, network: Any) -> State:
    """Return the weights from which a fit from scratch begins, as plain arrays; random ones are drawn here."""
    if model.weights == "random":
        network = _library().AutoModelForCausalLM.from_config(network.config)
    return {name: held.detach().float().cpu().numpy().copy() for name, held in network.named_parameters()}


def _begun(start: Any, model: CausalLM) -> State:
    if not isinstance(start, CausalLMFit):
        raise Problem("generator.start", "a CausalLM cannot begin from this", "give a fit of a CausalLM")
    if start.model.sha256 != model.sha256:
        raise Problem("generator.start", "the earlier fit is of another folder", "give a fit of the same model")
    return start.arrays


def _parts(model: CausalLM) -> tuple[Any, Any]:
    """Return network, whose weights are put in at each call, and tokenizer. Only under the lock of `seeded`."""
    found: tuple[Any, Any] = _loaded(model.folder, model.sha256, model.weights == "folder")
    return found


@lru_cache(maxsize=4)
def _loaded(folder: str, sha256: str, weights: bool) -> tuple[Any, Any]:
    del sha256  # another content of the folder is another entry
    library = _library()
    with states_kept(), _quiet():
        tokenizer = _asked(library.AutoTokenizer, folder)
        if weights:
            network, info = _asked(library.AutoModelForCausalLM, folder, use_safetensors=True, output_loading_info=True)
            lacking = sorted([*info["missing_keys"], *(str(each) for each in info["mismatched_keys"])])
            if lacking:
                found = f"the weights lack {lacking[0]}{f' and {len(lacking) - 1} more' * (len(lacking) > 1)}"
                raise Problem("generator.folder", found, 'save the whole model, or give weights="random"')
        else:
            config = _asked(library.AutoConfig, folder)
            network = library.AutoModelForCausalLM.from_config(config)
    _check_tokenizer(tokenizer, network)
    return network.to(torch().float32).to(on_device(np.zeros(1)).device), tokenizer


def _asked(kind: Any, folder: str, **more: Any) -> Any:
    """Read from the folder alone: no network, no code of others, no pickle."""
    try:
        return kind.from_pretrained(folder, local_files_only=True, trust_remote_code=False, **more)
    except (OSError, ValueError, KeyError, ImportError) as error:
        found = f"transformers cannot read {folder}: {' '.join(str(error).split())[:200]}"
        raise Problem("generator.folder", found, "give a causal language model that it knows itself") from error


def _check_tokenizer(tokenizer: Any, network: Any) -> None:
    """Refuse a tokenizer without an end of its own, or with more tokens than the network has."""
    where, grown = "generator.folder", "model.resize_token_embeddings(len(tokenizer))"
    again = f"{grown}, and save both again by save_pretrained(folder)"
    if tokenizer.eos_token_id is None:
        mend = f'tokenizer.add_special_tokens({{"eos_token": "<eos>"}}), {again}'
        raise Problem(where, "the tokenizer has no token for the end of a text", mend)
    if tokenizer.pad_token_id is None or tokenizer.pad_token_id == tokenizer.eos_token_id:
        said = "has no pad token" if tokenizer.pad_token_id is None else "pads with the token for the end of a text"
        mend = f'tokenizer.add_special_tokens({{"pad_token": "<pad>"}}), {again}'
        raise Problem(where, f"the tokenizer {said}", mend)
    known = network.get_input_embeddings().weight.shape[0]
    if len(tokenizer) > known:
        found = f"the tokenizer has {len(tokenizer):,} tokens, and the network knows {known:,}"
        raise Problem(where, found, again)


@contextmanager
def _quiet() -> Iterator[None]:
    """Let the library draw no bars of progress; put it back at the end."""
    logging = import_module("transformers.utils.logging")
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _library() -> Any:
    torch()
    try:
        return import_module("transformers")
    except ModuleNotFoundError as error:
        if error.name != "transformers":
            raise
        raise Problem("generator", "a CausalLM needs transformers, which is not installed", MEND) from error
