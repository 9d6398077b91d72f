"""Does a chain of a model of transformers survive kills? And does its own `generate` draw among 50 tokens?

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 nice -n 10 \
        .venv/bin/python verification/transformers_in_a_chain.py > verification/transformers_in_a_chain.txt

A GPT-2 of one layer and a tokenizer of 1,000 words are made here, with random weights; nothing is downloaded. A chain
of three generations runs whole, then is killed (SIGKILL) in its course and goes on until it ends: all rows and
values must be the same bytes. It needs torch and transformers; about two minutes of CPU, most of it for loading them.
"""

import datetime
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

KILLS = (3, 9, 14)
"""With how many files of generations a chain is killed; a whole one leaves 20."""
WORDS = [f"w{place}" for place in range(1000)]


def texts():
    """Return 200 texts of 4 to 12 words."""
    draw = np.random.default_rng(1)
    return [" ".join(draw.choice(WORDS, draw.integers(4, 13))) for _ in range(200)]


def run(folder: str, out: str) -> None:
    """Run the chain; `begun` says when it has loaded everything."""
    import genloss
    from genloss.models.neural.of_transformers import CausalLM

    model = CausalLM(folder, longest=12, budget={"steps": 30}, rate=1e-2)
    model.fit(texts()[:20], None, np.random.default_rng(0))
    print("begun", flush=True)
    genloss.chain(
        model,
        texts(),
        "replace",
        generations=3,
        seeds=2,
        start="previous",
        metrics=["tail_loss", "words_left"],
        out=out,
    )
    print("ended", flush=True)


def begin(folder: Path, out: Path):
    """Start the chain in a process of its own, and wait until it has loaded everything."""
    asked = [sys.executable, __file__, "run", str(folder), str(out)]
    process = subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if process.stdout is None or process.stdout.readline().strip() != "begun":
        sys.exit("the chain did not begin")
    return process


def kept(out: Path):
    """Return all that a chain left of its generations, by name."""
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("generation-*"))}


def kinds_of_generate(folder: Path) -> list[int]:
    """Return how many different first tokens `generate` draws of 3,000, as it is and with top_k=0."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder, local_files_only=True)
    print(f"  its settings say top_k: {model.generation_config.top_k}")
    found = []
    for more in ({}, {"top_k": 0}):
        torch.manual_seed(0)
        begin = torch.full((3000, 1), 1)
        made = model.generate(
            begin, attention_mask=torch.ones_like(begin), do_sample=True, max_new_tokens=1, pad_token_id=0, **more
        )
        found.append(len(set(made[:, 1].tolist())))
    return found


def main() -> None:
    """Print what was found; exit with 1 where bytes differ."""
    from helpers_language_model import small_language_model

    import genloss.models.neural.of_transformers as adapter

    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        small_language_model(home / "model", texts())
        model = adapter.CausalLM(home / "model", longest=12)
        print(f"{datetime.date.today()}  {platform.machine()}, python {platform.python_version()}, ", end="")
        print(", ".join(f"{name} {value}" for name, value in model.made_with().items()))
        print("different first tokens of 3,000, of 1,004 that are nearly alike:")
        alone, all_of_them = kinds_of_generate(home / "model")
        ours = adapter.CausalLM(home / "model", longest=1, budget={"steps": 1}, rate=1e-9)
        fit = ours.fit([text.split()[0] for text in texts()], None, np.random.default_rng(0))
        drawn = len(set(fit.sample(3000, np.random.default_rng(0))))
        print(f"  generate as it is: {alone}; generate with top_k=0: {all_of_them}; CausalLM: {drawn}")
        start = time.monotonic()
        whole = begin(home / "model", home / "whole")
        began = time.monotonic()
        whole.wait()
        length, killed = time.monotonic() - began, 0
        print(f"a chain took {length:.1f} s after {began - start:.1f} s of loading")
        for files in KILLS:
            process = begin(home / "model", home / "parts")
            while process.poll() is None and len(kept(home / "parts")) < files:
                time.sleep(0.002)
            killed += process.poll() is None
            process.kill()
            process.wait()
            print(f"  killed with {len(kept(home / 'parts'))} files of generations", flush=True)
        begin(home / "model", home / "parts").wait()
        same = kept(home / "whole") == kept(home / "parts")
        print(f"killed {killed} times, then to the end: {len(kept(home / 'parts'))} files, the same bytes: {same}")
    sys.exit(not same)


if __name__ == "__main__":
    run(*sys.argv[2:]) if sys.argv[1:2] == ["run"] else main()
