"""Which rows are drawn, when, and from whom? One rule of a workflow's `emit` list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

from genloss.errors import Problem
from genloss.workflows import checks

Rows = int | tuple[int, ...] | tuple[str, int, float]
"""A number; one per generation, the last continuing; or ("ratio", start, ratio)."""

_ROWS_MEANING = "a whole number from 1 on, a list with one per generation, or {start = 100, ratio = 1.1}"
_SHARE_MEANING = "a share of the rows from 0 to 1, or a list with one per generation from 1 on"


@dataclass(frozen=True, slots=True)
class Share:
    """Rows that take the place of others: this share of the rows that there are when they are drawn.

    shares: one per generation from 1 on, the last continuing. decay: the factor of every share per generation.
    """

    shares: tuple[float, ...]
    decay: float = 1.0

    def at(self, generation: int) -> float:
        """Return the share that is replaced at a generation.

        >>> [Share((0.5, 0.1), 0.5).at(g) for g in (0, 1, 2, 3)]
        [0.0, 0.5, 0.05, 0.025]
        """
        if generation < 1:
            return 0.0
        return self.shares[min(generation, len(self.shares)) - 1] * self.decay ** (generation - 1)

    def to_dict(self) -> dict[str, Any]:
        """Return the share as it stands in a file."""
        return {"share": self.shares[0] if len(self.shares) == 1 else list(self.shares), "decay": self.decay}


@dataclass(frozen=True, slots=True)
class Mix:
    """Shares of the law that rows are drawn from: q_g = model * fit(g-1) + previous * q_(g-1) + truth * truth."""

    model: float
    previous: float
    truth: float


@dataclass(frozen=True, slots=True)
class Sampler:
    """How rows are drawn from a model, where not honestly; None means honest.

    gain, shift, variance_scale: the labels become gain * f(x) + shift, their noise variance times
    variance_scale. sampling_bias: variance_scale under its name in the literature. temperature,
    top_p, top_k, guidance, schedule (of guidance), best_of: for models that have them.
    """

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    sampling_bias: float | None = None
    guidance: float | None = None
    schedule: str | None = None
    best_of: int | None = None
    reward: str | None = None
    gain: float | None = None
    shift: float | None = None
    variance_scale: float | None = None

    def given(self) -> dict[str, Any]:
        """Return what is set."""
        return {
            field.name: getattr(self, field.name) for field in fields(self) if getattr(self, field.name) is not None
        }


@dataclass(frozen=True, slots=True)
class Emission:
    """One rule: rows with a tag, from the truth, from models, or from a mixed law.

    source: "real" | "model" | "mix". of: "last" draws from the fit of generation g - lag, "each"
    splits the rows evenly over all earlier models (and the truth, with include_truth), one more
    for the oldest where they do not divide. at: "start", "every", or the generations. rows: how many,
    or a `Share`: they then take the place of as many rows, in proportion out of every batch that there is.
    """

    tag: str
    source: str
    rows: Rows | Share
    at: str | tuple[int, ...]
    of: str = "last"
    lag: int = 1
    include_truth: bool = False
    mix: Mix | None = None
    sampler: Sampler | None = None

    @property
    def first(self) -> int:
        """The first generation whose origin exists."""
        if self.source == "model":
            return self.lag if self.of == "last" else int(not self.include_truth)
        return 0

    def due(self, generation: int, restart: int) -> bool:
        """Say whether rows are drawn for this generation; `restart` is where training last began."""
        if generation - restart < self.first:
            return False
        if isinstance(self.at, tuple):
            return generation in self.at
        return self.at == "every" or generation == 0

    def rows_at(self, generation: int, first: int) -> int:
        """Rows drawn for a generation; a ratio counts from this rule's first batch, drawn at `first`, rounded down."""
        if isinstance(self.rows, Share):
            raise Problem("workflow.emit.rows", "a share of other rows is no number", "compile the workflow")
        if isinstance(self.rows, int):
            return self.rows
        if self.rows[0] == "ratio":
            _, start, ratio = self.rows
            return grown(int(start), float(ratio), generation - first)
        return int(self.rows[min(generation, len(self.rows) - 1)])

    def to_dict(self) -> dict[str, Any]:
        """Return the long form of this rule."""
        form: dict[str, Any] = {"tag": self.tag, "from": self.source}
        if self.source == "model":
            form |= {"of": self.of} | (
                {"lag": self.lag} if self.of == "last" else {"include_truth": self.include_truth}
            )
        if self.mix is not None:
            form["mix"] = {"model": self.mix.model, "previous": self.mix.previous, "truth": self.mix.truth}
        form |= {"rows": rows_form(self.rows), "at": self.at if isinstance(self.at, str) else list(self.at)}
        if self.sampler is not None:
            form["sampler"] = self.sampler.given()
        return form


def grown(start: int, ratio: float, steps: int) -> int:
    """Return start * ratio^steps rounded down, the ratio read as the decimal it was written as.

    >>> grown(100, 1.1, 2), grown(10, 0.5, 2)
    (121, 2)
    """
    estimate = start * ratio**steps if ratio < 1 or steps * (ratio - 1) < 700 else float("inf")
    if estimate > 2 * checks.LARGEST or estimate < 0.5:
        return 0 if estimate < 0.5 else 2 * checks.LARGEST
    return int(start * Fraction(repr(ratio)) ** steps)


def rows_form(rows: Rows | Share) -> Any:
    """Return rows as they stand in a file."""
    if isinstance(rows, Share):
        return rows.to_dict()
    if isinstance(rows, int):
        return rows
    return {"start": rows[1], "ratio": rows[2]} if rows[0] == "ratio" else list(rows)


def parse_rows(value: Any, where: str) -> Rows | Share:
    """Read a number of rows in any of its three forms, or the share of other rows that they replace."""
    if isinstance(value, Mapping) and "share" in value:
        return _parse_share(value, where)
    if isinstance(value, Mapping):
        form = checks.table(value, where, ("start", "ratio"), "{start = 100, ratio = 1.1}")
        for key in ("start", "ratio"):
            if key not in form:
                raise Problem(f"{where}.{key}", "missing", f"give {_ROWS_MEANING}")
        start = checks.whole(form["start"], f"{where}.start", lowest=1, meaning="the rows of the first batch")
        ratio = checks.number(form["ratio"], f"{where}.ratio", lowest=0, above=True, meaning="a growth ratio above 0")
        return ("ratio", start, ratio)
    if isinstance(value, list | tuple):
        items = checks.listing(value, where, _ROWS_MEANING)
        return tuple(checks.whole(item, where, lowest=1, meaning=_ROWS_MEANING) for item in items)
    return checks.whole(value, where, lowest=1, meaning=_ROWS_MEANING)


def _parse_share(value: Mapping[str, Any], where: str) -> Share:
    form = checks.table(value, where, ("share", "decay"), "{share = 0.1, decay = 1.0}")
    given = form["share"] if isinstance(form["share"], list | tuple) else [form["share"]]
    items = checks.listing(given, f"{where}.share", _SHARE_MEANING)
    shares = [checks.number(item, f"{where}.share", lowest=0, highest=1, meaning=_SHARE_MEANING) for item in items]
    decay = 1.0 if form.get("decay") is None else form["decay"]
    meaning = "the factor of the share per generation, from 0 to 1"
    return Share(tuple(shares), checks.number(decay, f"{where}.decay", lowest=0, highest=1, meaning=meaning))


def parse_emission(value: Any, where: str) -> Emission:
    """Read one rule of the `emit` list."""
    known = ("tag", "from", "of", "lag", "include_truth", "mix", "rows", "at", "sampler")
    example = '{tag = "real", from = "real", rows = 1000, at = "start"}'
    form = checks.table(value, where, known, example)
    if form.get("mix") is not None:
        form.setdefault("from", "mix")
    for key in ("tag", "from", "rows"):
        if form.get(key) is None:
            raise Problem(f"{where}.{key}", "missing", f"write {example}")
    tag = checks.text(form["tag"], f"{where}.tag", 'a name for these rows, e.g. "synth"')
    if tag == "*":
        raise Problem(f"{where}.tag", '"*" means every tag', 'give a name, e.g. "synth"')
    source = "mix" if form.get("mix") is not None and form["from"] == "model" else form["from"]
    if source not in ("real", "model", "mix"):
        raise Problem(f"{where}.from", f"{source!r} is not a source", 'give "real", "model" or "mix"')
    _refuse_idle(form, source, where)
    of = form.get("of") or "last"
    if of not in ("last", "each"):
        raise Problem(f"{where}.of", f"{of!r} is not known", 'give "last" or "each"')
    lag = (
        1 if form.get("lag") is None else checks.whole(form["lag"], f"{where}.lag", lowest=1, meaning="a lag from 1 on")
    )
    truth = form.get("include_truth")
    if form.get("at") == "start" and source == "model" and not (of == "each" and truth is True):
        raise Problem(f"{where}.at", "no model exists at the start, so nothing is ever drawn", 'give at = "every"')
    return Emission(
        tag,
        source,
        parse_rows(form["rows"], f"{where}.rows"),
        _parse_at(form.get("at"), f"{where}.at"),
        of,
        lag if of == "last" else 1,
        False if truth is None else checks.flag(truth, f"{where}.include_truth"),
        _parse_mix(form.get("mix"), f"{where}.mix") if source == "mix" else None,
        _parse_sampler(form.get("sampler"), f"{where}.sampler"),
    )


def _refuse_idle(form: Mapping[str, Any], source: str, where: str) -> None:
    """Refuse keys that would change nothing."""
    idle = {"real": ("of", "lag", "include_truth", "mix", "sampler"), "mix": ("of", "lag", "include_truth")}.get(
        source, ()
    )
    if source == "model":
        idle = ("lag", "mix") if form.get("of") == "each" else ("include_truth", "mix")
    for key in idle:
        if form.get(key) not in (None, False):
            raise Problem(f"{where}.{key}", f'has no meaning in a rule from "{source}"', f"remove {key}")
    if source == "mix" and form.get("mix") is None:
        raise Problem(f"{where}.mix", "missing", "give {model = 0.6, previous = 0.3, truth = 0.1}")


def _parse_at(value: Any, where: str) -> str | tuple[int, ...]:
    if value is None:
        return "every"
    if isinstance(value, str):
        if value not in ("start", "every"):
            raise Problem(where, f"{value!r} is not a time", 'give "start", "every" or a list of generations')
        return value
    items = checks.listing(value, where, '"start", "every" or a list of generations')
    return tuple(sorted({checks.whole(item, where, lowest=0, meaning="generations from 0 on") for item in items}))


def _parse_mix(value: Any, where: str) -> Mix:
    form = checks.table(value, where, ("model", "previous", "truth"), "{model = 0.6, previous = 0.3, truth = 0.1}")
    shares = [
        checks.number(form.get(key, 0.0), f"{where}.{key}", lowest=0, highest=1, meaning="a share from 0 to 1")
        for key in ("model", "previous", "truth")
    ]
    if abs(sum(shares) - 1) > 1e-9:
        raise Problem(where, f"the shares sum to {sum(shares):g}", "give shares that sum to 1")
    return Mix(*shares)


def _parse_sampler(value: Any, where: str) -> Sampler | None:
    if value is None:
        return None
    known = tuple(field.name for field in fields(Sampler))
    form = {k: v for k, v in checks.table(value, where, known, "{temperature = 0.8}").items() if v is not None}
    lowest = {"temperature": 0.0, "top_p": 0.0, "sampling_bias": 0.0, "variance_scale": 0.0}
    highest = {"top_p": 1.0, "sampling_bias": 1.0}
    read: dict[str, Any] = {}
    for key, item in form.items():
        place = f"{where}.{key}"
        if key in ("top_k", "best_of"):
            read[key] = checks.whole(item, place, lowest=1, meaning="a whole number from 1 on")
        elif key in ("reward", "schedule"):
            example = 'a function, as "module:function"' if key == "reward" else '"constant" or "decreasing"'
            read[key] = checks.text(item, place, example)
        else:
            limits = {"lowest": lowest.get(key, -checks.LARGEST), "highest": highest.get(key, float("inf"))}
            read[key] = checks.number(item, place, **limits, above=key in ("temperature", "top_p"), meaning="a number")
    if ("best_of" in read) != ("reward" in read):
        raise Problem(where, "best_of and reward belong together", 'give both, e.g. {best_of = 4, reward = "m:f"}')
    return Sampler(**read) if read else None
