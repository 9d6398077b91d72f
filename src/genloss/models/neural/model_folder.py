"""What is in a folder of a language model of `transformers`? Looked at and hashed without the library, and nothing run.

A folder is one that `save_pretrained` of a model and of its tokenizer has written. Nothing is downloaded, weights that
are pickled are never read, and code that a folder brings is never run.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from genloss.errors import Problem
from genloss.ordinary import ordinary

_CONFIG, _WEIGHTS = "config.json", "*.safetensors"
_TOKENIZER = ("tokenizer.json", "vocab.json", "vocab.txt", "tokenizer.model", "spiece.model")
_PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.h5", "*.msgpack")
_READ = ("*.json", "*.txt", "*.model", "*.jinja", _WEIGHTS)
_PART = 2**22


def check_folder(folder: Path, *, weights: bool, where: str = "generator.folder") -> None:
    """Refuse a folder that is not here or not whole. weights: whether they are read from it."""
    if not folder.is_dir():
        mend = "give the path of a folder that save_pretrained wrote; nothing is downloaded"
        raise Problem(where, f"{str(folder)!r} is not a folder here", mend)
    if not (folder / _CONFIG).is_file():
        raise Problem(where, f"{folder} has no {_CONFIG}", "write it by model.save_pretrained(folder)")
    if not any((folder / name).is_file() for name in _TOKENIZER):
        raise Problem(where, f"{folder} has no tokenizer", "write it by tokenizer.save_pretrained(folder)")
    if weights and not any(folder.glob(_WEIGHTS)):
        pickled = sorted(path.name for pattern in _PICKLED for path in folder.glob(pattern))
        if pickled:
            found = f"the weights in {pickled[0]} are pickled, or of another library, and are never read"
            raise Problem(where, found, "write them as model.safetensors, by model.save_pretrained(folder)")
        mend = 'write them by model.save_pretrained(folder), or give weights="random"'
        raise Problem(where, f"{folder} has no weights, model.safetensors", mend)


def folder_hash(folder: Path, *, weights: bool = True) -> str:
    """Return one SHA-256 of the names and contents of what is read of a folder. weights: whether they are."""
    whole = hashlib.sha256()
    for path in sorted({path for pattern in _READ for path in folder.glob(pattern)}):
        if not weights and path.match(_WEIGHTS):
            continue
        content = hashlib.sha256()
        with ordinary(path).open("rb") as file:
            while part := file.read(_PART):
                content.update(part)
        whole.update(f"{path.name} {content.hexdigest()}\n".encode())
    return whole.hexdigest()


def most_positions(folder: Path) -> int | None:
    """Return how many tokens the network can tell apart by place; None: its settings do not say."""
    said: Any = json.loads(ordinary(folder / _CONFIG).read_text(encoding="utf-8"))
    found = next((said[name] for name in ("max_position_embeddings", "n_positions") if name in said), None)
    return found if isinstance(found, int) else None
