"""Wrong studies and wrong tables, drawn by a seed, and what the package answers to them."""

import contextlib
import copy
import itertools
import math
import signal
import tomllib
import traceback
import warnings
from pathlib import Path

import tomli_w
from helpers import tiny

import genloss
from genloss.errors import Damaged, Problem

STUDIES = sorted((Path(__file__).parents[1] / "studies").glob("*.toml"))
LONG = "n" * 5000
WORDS = (
    *("", " ", "x", "replace", "accumulate", "ridge", "window rows=50 keep=2", "../../etc/passwd", "nan", "1e5", LONG),
    *("\x1b[31m", "\u202eabc", "a\0b", "=1+1", "\u200b", "é", "\ud7ff", "a\nb", "{}", "%s%n", "$(x)", "\ufeff"),
)
NUMBERS = (
    *(0, 1, -1, 2, 3, 7, 10, 100, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 2**64, 10**18, 10**100, 10**400, -(10**400)),
    *(0.0, -0.0, 0.1, 0.5, 1.0, 1.5, 1e-9, 1e-100, 5e-324, 1e-300, 1e100, 1e300, 1.7976931348623157e308),
    *(math.nan, math.inf, -math.inf, True, False),
)
MARKS = ("[", "]]", '"', "=", "[[case]]\n", "'''", "0x", "1_0", "#", ",", ",,,,", "\t", ";", "\r", "NaN", "null", "-")
KINDS = (
    *("linear_gaussian", "categorical", "gaussian", "digits", "file", "replace", "accumulate", "fixed_real", "window"),
    *("mixture", "custom", "ridge", "least_squares", "kernel", "ngram", "zipf", "poisson", "bernoulli", "exponential"),
    *("logistic", "filter", "doubling", "pool", "text", "uniform", "power", "isotropic", "own", "word", "counts"),
    *("rows", "sklearn", "python", "command", "object", "GaussianMixture", "KernelDensity", "LogisticRegression"),
)
_FLOWERS = {"replicates": 2, "generations": 2, "population": {"kind": "rows", "data": "iris", "drop": ["target"]}}
_LABELED = _FLOWERS | {"population": {"kind": "rows", "data": "iris", "target": "target", "held_out": 0.3}}
OWN_STUDIES = (
    _FLOWERS
    | {
        "workflow": {"kind": "accumulate", "rows": 30},
        "generator": {"kind": "sklearn", "estimator": "GaussianMixture", "options": {"n_components": 2, "tol": 0.01}},
    },
    _FLOWERS
    | {
        "metrics": ["energy_distance", "variance_left"],
        "workflow": {"kind": "replace", "rows": 40},
        "generator": {"kind": "sklearn", "estimator": "KernelDensity", "options": {"bandwidth": [0.1, 1.0]}},
    },
    _LABELED
    | {
        "workflow": {"kind": "fixed_real", "rows": 20, "real_weight": 0.5},
        "generator": {"kind": "sklearn", "estimator": "LogisticRegression", "start": "scratch"},
    },
    _FLOWERS
    | {
        "workflow": {"kind": "replace", "rows": 20},
        "generator": {"kind": "python", "entry": "model.py:make", "options": {"width": 3}, "start": "previous"},
    },
    _FLOWERS
    | {
        "workflow": {"kind": "window", "rows": 20, "keep": 2},
        "generator": {"kind": "command", "command": "gen {train} {out} {rows}", "format": "npz", "timeout": 9.0},
    },
)
"""Studies of own rows and own models; code and commands are not trusted, and so never executed."""


def plain_studies():
    """The studies of the repository, as plain mappings."""
    return [tomllib.loads(path.read_text()) for path in STUDIES]


def _places(value, path=()):
    """Every place in a nested mapping, outermost first."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from _places(each, (*path, key))


def _at(value, path):
    for key in path:
        value = value[key]
    return value


def _value(rng, pool, depth=0):
    """Some value: a number, a word, a list, a table, or a part of another study."""
    kind = rng.random() if depth < 3 else 0.55 * rng.random()
    if kind < 0.4:
        return rng.choice(NUMBERS)
    if kind < 0.55:
        return rng.choice((*WORDS, *KINDS))
    if kind < 0.7:
        return [_value(rng, pool, depth + 1) for _ in range(rng.choice((0, 1, 2, 3, 40)))]
    if kind < 0.8:
        names = rng.sample((*KINDS, "kind", "rows", "name", *WORDS), rng.choice((0, 1, 3)))
        return {name: _value(rng, pool, depth + 1) for name in names}
    other = rng.choice(pool)
    return copy.deepcopy(_at(other, rng.choice(list(_places(other)))))


def _near(rng, value):
    """A value beside the one that is there."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + rng.choice((-1, -1, 1, 1, 2, -value, value, 10**6, -2 * value, 0.5 if abs(value) < 2**53 else 7))
    if isinstance(value, float):
        return value * rng.choice((-1, 0, 0.5, 0.9, 1.1, 2, 1e10, 1e-10, 1e200, 1e-200, math.nan, math.inf))
    if isinstance(value, str):
        return rng.choice((value.upper(), value + rng.choice(WORDS), value[: len(value) // 2], [value], value[::-1]))
    if isinstance(value, list):
        return rng.choice((value * 2, value[:1], value[::-1], [value], [], value[0] if value else 1))
    return rng.choice(([value], {}, str(value)[:50], {"kind": value}))


def mutated_study(rng, pool):
    """A study with one to six changes of keys, values, tables and nesting."""
    study = copy.deepcopy(rng.choice(pool))
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        places = [path for path in _places(study) if path]
        if not places:
            break
        path = rng.choice(places)
        holder, key = _at(study, path[:-1]), path[-1]
        way = rng.random()
        if way < 0.18:
            holder[key] = _value(rng, pool)
        elif way < 0.6:
            holder[key] = _near(rng, holder[key])
        elif way < 0.7:
            del holder[key]
        elif way < 0.8 and isinstance(holder, dict):
            holder[rng.choice((*WORDS, *KINDS, str(key) + "s", str(key)[:-1]))] = holder.pop(key)
        elif way < 0.86 and isinstance(holder, dict):
            donor = rng.choice(pool)
            table = rng.choice(list(donor))
            (study if rng.random() < 0.7 else holder)[table] = copy.deepcopy(donor[table])
        elif way < 0.93 and isinstance(holder, dict):
            tables = [name for name, each in study.items() if isinstance(each, dict | list)]
            if len(tables) > 1:
                one, other = rng.sample(tables, 2)
                study[one], study[other] = study[other], study[one]
        elif isinstance(study.get("case"), list) or rng.random() < 0.3:
            cases = study["case"] if isinstance(study.get("case"), list) and study["case"] else [{"name": "a"}]
            study["case"] = [copy.deepcopy(rng.choice(cases)) for _ in range(rng.choice((1, 2, 9, 60)))]
            if rng.random() < 0.7:
                for number, case in enumerate(study["case"]):
                    if isinstance(case, dict):
                        case["name"] = f"c{number}"
    return study


def damaged_text(rng, text):
    """A text with some characters or lines cut, doubled, swapped or replaced."""
    for _ in range(rng.choice((1, 2, 5))):
        at, size = rng.randrange(len(text) + 1), rng.choice((1, 1, 5, 40))
        before, some, behind = text[:at], text[at : at + size], text[at + size :]
        lines, between = text.split("\n"), rng.choice((*WORDS, *MARKS))
        mixed = "\n".join(rng.sample(lines, len(lines)))
        text = rng.choice(
            (before + behind, before + between + some + behind, before + some * 30 + behind, mixed, before)
        )
    return text


def answered(work):
    """What some work comes to: "answered", "Problem", or a finding: a traceback, a warning, a number that is none."""
    with warnings.catch_warnings(record=True) as leaked:
        warnings.simplefilter("always")
        try:
            with limited(20):
                found = work()
            said = "answered" if found is None else found
        except Problem as problem:
            said = "Problem"
            text = str(problem)
            if len(text) > 25_000:
                said = f"a message of {len(text)} characters, {text[:80]!r}"
            elif "mend: " not in text or any(ord(c) < 32 and c not in "\n\t" for c in text):
                said = f"a message that is none: {text[:80]!r}"
        except Exception as error:
            frames = [f for f in traceback.extract_tb(error.__traceback__) if "genloss" in f.filename]
            last = frames[-1] if frames else traceback.extract_tb(error.__traceback__)[-1]
            said = f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno} {last.name}: {error!s:.80}"
    for warning in leaked:
        if not issubclass(warning.category, Damaged | DeprecationWarning):
            place = Path(warning.filename).name
            return f"a warning: {warning.category.__name__} in {place}:{warning.lineno}: {warning.message!s:.80}"
    return said


def not_finite(result):
    """Name rows whose value or error is no number; None where all are."""
    for row in (*result.rows, *result.beside):
        for name in ("value", "standard_error", "allowance"):
            number = getattr(row, name, None)
            if number is not None and not math.isfinite(number):
                return f"silent: {name} of {row.metric} by {row.method} is {number}"
    return None


LONGEST_TOLD = 30
"""Generations; the words for 1000 of them take seconds."""
SMALL = {"cells": 12, "generations": 12, "rows": 200, "replicates": 8}


def is_small(study):
    """Whether a study can be predicted and simulated in an instant."""
    sizes = study.resolved
    return (
        sum(1 for _ in itertools.islice(study.cells(), SMALL["cells"] + 1)) <= SMALL["cells"]
        and _largest(sizes) <= SMALL["rows"]
        and sizes["replicates"] <= SMALL["replicates"]
        and sizes["generations"] <= SMALL["generations"]
    )


def _largest(value):
    """The largest whole number in a study that may be a size."""
    if isinstance(value, dict):
        inner = (each for key, each in value.items() if key not in ("seed", "question", "claim"))
        return max(map(_largest, inner), default=0)
    if isinstance(value, list):
        return max(map(_largest, value), default=0)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def small_studies():
    """The studies of the repository and the tiny one, made so small that they are simulated in an instant."""
    return [_shrunk(study) for study in (*plain_studies(), tiny(), *OWN_STUDIES)]


def _shrunk(value, key=""):
    if isinstance(value, dict):
        small = {name: _shrunk(inner, name) for name, inner in value.items() if name != "claim"}
        return small | {"replicates": 3, "generations": 3} if key == "" else small
    if isinstance(value, list):
        return [_shrunk(each, key or "x") for each in value[:3]]
    if isinstance(value, int) and not isinstance(value, bool) and key != "seed":
        return min(value, 30)
    return value


def toml_bytes(study):
    """A study as a file; None where TOML has no form for it."""
    try:
        return tomli_w.dumps(study).encode()
    except (TypeError, ValueError, UnicodeEncodeError):
        return None


def asked_of(study):
    """Everything that is asked of a study: load or make it, tell it, and of a small one predict and simulate."""
    made = study if isinstance(study, genloss.Study) else genloss.Study.from_dict(study)
    assert repr(made)
    assert made.toml()
    assert made.id
    small = is_small(made)
    if not small and made.resolved["generations"] > LONGEST_TOLD:
        return "made"
    explained = genloss.explain(made)
    if not small:
        return "told"
    wrong = None if explained.json() else "no JSON"
    for work in (genloss.predict, lambda asked: genloss.simulate(asked, workers=1)):
        found = work(made)
        wrong = wrong or not_finite(found)
        found.summary()
    return wrong or "computed"


def ask_study(rng, pool, folder):
    """Draw a wrong study and ask everything of it; return what it comes to and the study."""
    drawn = mutated_study(rng, pool)
    way = rng.random()
    if way < 0.5:
        return answered(lambda: asked_of(drawn)), drawn
    content = toml_bytes(drawn) or toml_bytes(rng.choice(pool))
    if way > 0.75:
        content = damaged_text(rng, content.decode()).encode(errors="surrogatepass")
    path = folder / "study.toml"
    path.write_bytes(content)
    return answered(lambda: asked_of(genloss.Study.load(path))), content


@contextlib.contextmanager
def limited(seconds):
    """Raise in whatever takes longer."""

    def end(_signal, _frame):
        raise TimeLimit(f"over {seconds} s")

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class TimeLimit(Exception):
    """Some work has taken too long."""
