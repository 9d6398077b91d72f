"""Damaged records of who made what, drawn by a seed, of one's own and of a chain; what is answered to them."""

import contextlib
import copy
import io
import json
import shutil

import numpy as np
import tomli_w
from helpers_faults import NUMBERS, WORDS, _at, _places, damaged_text
from sklearn.mixture import GaussianMixture

import genloss
import genloss.ledger
from genloss.cli.main import run_command
from genloss.identity import identity

OWN = {
    "name": "bots",
    "outside": ["big"],
    "data": {
        "tickets": {"made_by": "real", "rows": 1000},
        "bought": {"made_by": {"real": 0.3, "big": 0.7}, "rows": 50, "file": "bought.csv"},
        "answers": {"made_by": "bot-0", "rows": 1000, "sampler": {"temperature": 0.8}},
        "more": {"made_by": {"real": 0.5, "bot-0": 0.25, "bot-1": 0.25}, "rows": 10},
    },
    "generation": [
        {"name": "bot-0", "trained_on": ["tickets"]},
        {"name": "bot-1", "trained_on": [{"data": "tickets", "weight": 0.6}, {"data": "answers", "weight": 0.4}]},
        {"name": "bot-2", "trained_on": ["tickets", {"data": "answers", "rows": 5}, "more", "bought"]},
    ],
}
LINES = """generation,data,made_by,rows,weight,outside
bot-0,tickets,real,1000,,
bot-1,tickets,real,1000,0.6,
bot-1,answers,bot-0,500,0.4,
bot-2,answers,bot-0,500,,big
bot-2,bought,big,70,,
"""
DEEP = "[" * 5000
ODD = (*NUMBERS, *WORDS, None, [], {}, [[]], {"real": 2}, {"real": float("nan")}, ["bot-0"], "bot-2", "tickets")


def changed(rng, table, names):
    """A nested mapping with one to four of its values replaced, removed, doubled or exchanged."""
    table = copy.deepcopy(table)
    for _ in range(rng.choice((1, 1, 2, 4))):
        path = rng.choice([path for path in _places(table) if path] or [None])
        if path is None:
            break
        holder, key, way = _at(table, path[:-1]), path[-1], rng.random()
        if way < 0.55:
            holder[key] = rng.choice((*ODD, *names))
        elif way < 0.7:
            del holder[key]
        elif way < 0.8 and isinstance(holder, dict):
            holder[rng.choice((*WORDS, *names))] = holder.pop(key)
        elif way < 0.9 and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[key]))
        else:
            holder[key] = copy.deepcopy(_at(table, rng.choice(list(_places(table)))))
    return table


def _toml(rng):
    table = changed(rng, OWN, ("bot-0", "bot-1", "bot-2", "tickets", "answers", "big", "real", "rows", "weight"))
    with contextlib.suppress(TypeError, ValueError, AttributeError):
        return tomli_w.dumps(table)
    return tomli_w.dumps(OWN)


def _lines(rng):
    rows = [line.split(",") for line in LINES.splitlines()]
    for _ in range(rng.choice((1, 1, 3))):
        row = rng.choice(rows)
        row[rng.randrange(len(row))] = str(rng.choice((*ODD[:20], *WORDS, "bot-2", "bot-0", "real", "0x1", DEEP)))
        if rng.random() < 0.2:
            rows.append(list(rng.choice(rows)))
    return "\n".join(",".join(row) for row in rows)


def own_record(rng, folder):
    """Write a damaged record of one's own."""
    name, text = ("ledger.toml", _toml(rng)) if rng.random() < 0.6 else ("ledger.csv", _lines(rng))
    if rng.random() < 0.3:
        text = damaged_text(rng, text)
    (folder / name).write_bytes(text.encode(rng.choice(("utf-8", "utf-8", "utf-16")), "surrogatepass"))
    (folder / "bought.csv").write_text("x\n" + "1\n" * 50)


def kept_record(rng, folder):
    """Damage one or two JSON files of a seed of a chain: as text, or as a value within."""
    for path in rng.sample(sorted(folder.rglob("*.json")), 2 if rng.random() < 0.3 else 1):
        text = path.read_text()
        if rng.random() < 0.3:
            text = rng.choice((damaged_text(rng, text), DEEP, "", "null", "1e999", text.replace("0", "NaN", 1)))
        else:
            names = ("fit", "real", "rows", "name", "generation", "0", "1", "model", "truth")
            text = signed(changed(rng, json.loads(text), names), text)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))


def signed(table, text):
    """A manifest as JSON, its identity made anew; the text it was made from where that holds what has none."""
    with contextlib.suppress(ValueError, TypeError, AttributeError):
        table = {name: value for name, value in table.items() if name != "identity"}
        return json.dumps({**table, "identity": identity(table)})
    return text


def kept_seed(folder):
    """Let a chain keep its generations; return the folder of a seed."""
    data = np.random.default_rng(0).normal(size=(30, 2))
    genloss.chain(GaussianMixture(1), data, "accumulate", generations=2, seeds=2, out=folder)
    return next(iter(sorted(folder.rglob("seed-*"))))


def damaged(rng, seed, folder):
    """Make a folder with a damaged record, of one's own or of this seed of a chain."""
    if rng.random() < 0.5:
        folder.mkdir()
        own_record(rng, folder)
    else:
        shutil.copytree(seed, folder)
        kept_record(rng, folder)


def ask_ledger(folder):
    """Read a record, and say it in every form; shares are numbers from 0 to 1."""
    found = genloss.ledger.read(folder)
    found.summary()
    json.loads(found.json(), parse_constant=lambda name: (_ for _ in ()).throw(AssertionError(f"{name} in JSON")))
    json.dumps(genloss.ledger.as_croissant(found), allow_nan=False, default=str)
    for chain in found.chains:
        for generation in chain.generations:
            for shares in (generation.by_rows, generation.by_loss):
                if shares is not None and not all(0 <= share <= 1 + 1e-9 for share in shares):
                    return f"silent: shares {shares}"
    return "read"


def ask_command(folder):
    """Read a record as the command does."""
    said, errors = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(errors):
        code = run_command(["ledger", str(folder), "--json", "-", "--quiet"])
    if (code == 2 and "mend: " in errors.getvalue() and len(errors.getvalue()) < 8000) or code in (0, 1):
        return "Problem" if code == 2 else "read"
    return f"exit code {code}: {errors.getvalue()[-300:]}"
