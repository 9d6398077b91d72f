"""Which rows of a term stay? A verifier's rule: by what is right, by distance, by likelihood, the best share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from genloss.code.named import FORMS, parts
from genloss.errors import Problem
from genloss.workflows import checks

KINDS = ("oracle", "distance", "likelihood", "top_share", "function")
VERIFIERS = ("truth", "fit 0", "previous")
OWN_ROWS = ("refuse", "allow")
_VERIFIER = ("verifier", "lag", "verifier_error", "own_rows")
KEYS: Mapping[str, tuple[str, ...]] = {
    "oracle": ("keep_good", "keep_bad", "good_within", "wrong", "keep"),
    "distance": ("within", *_VERIFIER),
    "likelihood": ("at_least", "piece", *_VERIFIER),
    "top_share": ("keep_share", "piece", "function", "sha256", *_VERIFIER),
    "function": ("function", "sha256"),
}
"""The keys of each kind, beside kind and tag."""
MEANINGS: Mapping[str, str] = {
    "kind": f"what is looked at, one of {', '.join(KINDS)}; left out: function where one is given, else oracle",
    "tag": "the rows it acts on; left out: synthetic rows",
    "keep_good": "the probability with which a good row stays, 0 to 1",
    "keep_bad": "the probability with which a bad row stays, 0 to 1",
    "good_within": "the distance from the truth up to which a label is good; left out: one standard deviation",
    "wrong": "the numbers of the wrong categories, from 1 on, e.g. [3, 4]",
    "keep": "the probability with which each category's rows stay, e.g. [1, 0.5, 0.5]",
    "within": "the distance from the verifier's guess up to which rows stay, in standard deviations, above 0",
    "at_least": "the least natural logarithm of a row's likelihood, e.g. -3",
    "keep_share": "the share of each batch's rows that stays, the best ones, above 0, at most 1",
    "function": "a function of your own, e.g. keep.py:keep",
    "sha256": "the hash of its code, which is filled in",
    "piece": "how many tokens of a text are judged together; left out: 1",
    "verifier": f"who judges, one of {', '.join(VERIFIERS)}; left out: truth",
    "lag": "of previous: how many generations before the fit that trains; left out: 1",
    "verifier_error": "how far the truth's guess is off, in standard deviations of a row; left out: 0",
    "own_rows": "refuse, or allow a verifier that has trained on the rows that it judges; left out: refuse",
}
"""What each key of a filter is, in words."""
_FIRST = {"within": "distance", "at_least": "likelihood", "keep_share": "top_share"}
_EXAMPLE = '{kind = "distance", within = 1}'


@dataclass(frozen=True, slots=True)
class Filter:
    """Which rows stay. The verdict on a row is given once, when a fit first trains on it, and stored with the row.

    kind: "oracle" knows which rows are good: a good row stays with probability keep_good, a bad one with keep_bad. A
    label is good within good_within of the truth (None: one standard deviation of the label noise), a category unless
    it is among `wrong` (numbered from 1); or keep: each category's probability to stay.
    "distance": rows within `within` standard deviations of the verifier's guess. "likelihood": rows whose natural log
    of the likelihood under the verifier is at_least so much. "top_share": the keep_share of each batch's rows with the
    best likelihood under the verifier, or the best score by `function`. "function": what a user's function says.
    verifier: "truth" (off by verifier_error standard deviations of a row), "fit 0" (the first since a reset) or
    "previous" (the fit `lag` generations before the one that trains; the first where there are fewer).
    own_rows: "refuse" or "allow" a verifier that has trained on the rows that it verifies. piece: how many tokens of a
    text are judged together. tag: the rows it acts on; None: synthetic rows only.
    function: "file.py:name" or "module:name"; sha256: of its code.
    """

    keep_good: float = 1.0
    keep_bad: float = 0.0
    good_within: float | None = None
    function: str | None = None
    tag: str | None = None
    sha256: str | None = None
    kind: str = "oracle"
    wrong: tuple[int, ...] = ()
    keep: tuple[float, ...] = ()
    within: float | None = None
    at_least: float | None = None
    keep_share: float | None = None
    piece: int = 1
    verifier: str = "truth"
    lag: int = 1
    verifier_error: float = 0.0
    own_rows: str = "refuse"

    @property
    def asks_a_fit(self) -> bool:
        """Whether an earlier fit is the verifier."""
        scored = self.kind in ("distance", "likelihood") or (self.kind == "top_share" and self.function is None)
        return scored and self.verifier != "truth"

    def fit_at(self, generation: int, restart: int) -> int | None:
        """Return the generation of the fit that verifies rows for a generation; None: no fit does."""
        if not self.asks_a_fit:
            return None
        return restart if self.verifier == "fit 0" else max(restart, generation - self.lag)

    def to_dict(self) -> dict[str, Any]:
        """Return the form that stands in a file."""
        form: dict[str, Any] = {"tag": self.tag}
        if self.kind == "function":
            return form | {"function": self.function} | ({} if self.sha256 is None else {"sha256": self.sha256})
        if self.kind == "oracle":
            return form | self._oracle()
        form["kind"] = self.kind
        for key in KEYS[self.kind]:
            value = getattr(self, key)
            if value is not None and not (key == "lag" and self.verifier != "previous"):
                form[key] = value
        return form

    def _oracle(self) -> dict[str, Any]:
        if self.keep:
            return {"keep": list(self.keep)}
        form = {"keep_good": self.keep_good, "keep_bad": self.keep_bad, "good_within": self.good_within}
        return form | ({"wrong": list(self.wrong)} if self.wrong else {})

    @property
    def words(self) -> str:
        """Say which rows stay."""
        who = _who(self)
        if self.kind == "oracle":
            return _oracle_words(self)
        if self.kind == "distance":
            return f"rows within {_deviations(self.within)} of the guess of {who} stay"
        if self.kind == "likelihood":
            return f"rows with a log likelihood of at least {self.at_least:g} under {who} stay"
        if self.kind == "top_share":
            by = f"score by {self.function}" if self.function is not None else f"likelihood under {who}"
            return f"the {100 * (self.keep_share or 0):.3g} % of rows with the best {by} stay"
        return f"rows that {self.function} keeps stay"


def _oracle_words(one: Filter) -> str:
    if one.keep:
        return "each category's rows stay with its own probability"
    return f"good rows stay with probability {one.keep_good:g}, bad ones with {one.keep_bad:g}"


def _deviations(count: float | None) -> str:
    return f"{count:g} standard deviation{'' if count == 1 else 's'}"


def _who(one: Filter) -> str:
    if one.verifier == "truth":
        off = f", off by {_deviations(one.verifier_error)}," if one.verifier_error else ""
        return f"the truth{off}"
    known = ", though it may have trained on them," if one.own_rows == "allow" else ""
    if one.verifier == "fit 0":
        return f"fit 0{known}"
    return f"the fit before{known}" if one.lag == 1 else f"the fit {one.lag} generations before{known}"


def parse_filter(value: Any, where: str) -> Filter | None:
    """Read the filter of a term."""
    if value is None:
        return None
    if isinstance(value, str) or callable(value):
        value = {"function": value}
    known = ("kind", "tag", *dict.fromkeys(key for keys in KEYS.values() for key in keys))
    given = checks.table(value, where, known, _EXAMPLE)
    form = {key: item for key, item in given.items() if item is not None}
    kind = _kind(form, where)
    _refuse_idle(form, kind, where)
    tag = checks.text(form["tag"], f"{where}.tag", "a tag of the emit list") if "tag" in form else None
    return Filter(kind=kind, tag=tag, **_PARSERS[kind](form, where))


def _kind(form: Mapping[str, Any], where: str) -> str:
    """Return the kind: where none is given, a function or the oracle."""
    if "kind" in form:
        if form["kind"] not in KINDS:
            raise Problem(f"{where}.kind", f"{form['kind']!r} is not a filter", f"give one of {', '.join(KINDS)}")
        return str(form["kind"])
    meant = next((_FIRST[key] for key in form if key in _FIRST), None)
    if meant is not None:
        raise Problem(f"{where}.kind", "missing", f'give kind = "{meant}"')
    return "function" if "function" in form else "oracle"


def _refuse_idle(form: Mapping[str, Any], kind: str, where: str) -> None:
    """Refuse keys that would change nothing."""
    idle = next((key for key in form if key not in ("kind", "tag", *KEYS[kind])), None)
    if idle is None:
        return
    if kind == "function" and idle in KEYS["oracle"]:
        raise Problem(f"{where}.{idle}", "is given together with function", "give one or the other")
    if idle == "sha256":
        raise Problem(f"{where}.{idle}", "has no meaning without function", "leave it out")
    raise Problem(f"{where}.{idle}", f"has no meaning in a filter of kind {kind!r}", f"remove {idle}")


def _function(form: Mapping[str, Any], where: str) -> dict[str, Any]:
    if callable(form.get("function")):
        raise _not_named(form["function"], f"{where}.function")
    name = checks.text(form.get("function"), f"{where}.function", f"a function, as {FORMS}")
    parts(name, f"{where}.function")
    sha256 = form.get("sha256")
    given = None if sha256 is None else checks.text(sha256, f"{where}.sha256", "the SHA-256 of the code")
    return {"function": name, "sha256": given}


def _not_named(function: Any, where: str) -> Problem:
    """Say that a function of Python is to be named, as no file of a study can hold it."""
    name = getattr(function, "__name__", "function")
    mend = f'give its file and name, "file.py:{name}", and trust it: genloss run STUDY --trust, or trust=True'
    return Problem(where, f"{name} is a function itself, and a filter names one", mend)


def _oracle(form: Mapping[str, Any], where: str) -> dict[str, Any]:
    if "keep" in form:
        _alone("keep", form, where)
        each = [_probability(item, f"{where}.keep") for item in _list(form["keep"], f"{where}.keep", "0.5")]
        return {"keep": tuple(each)}
    keep = {
        key: _probability(_given(form, key, where, "{keep_good = 0.9, keep_bad = 0.2}"), f"{where}.{key}")
        for key in ("keep_good", "keep_bad")
    }
    if "wrong" in form and "good_within" in form:
        raise Problem(f"{where}.wrong", "is given together with good_within", "give one or the other")
    wrong = _list(form["wrong"], f"{where}.wrong", "3") if "wrong" in form else []
    meaning = "the numbers of the wrong categories, from 1 on"
    numbers = tuple(sorted({checks.whole(item, f"{where}.wrong", lowest=1, meaning=meaning) for item in wrong}))
    within = form.get("good_within")
    if within is not None:
        within = checks.number(within, f"{where}.good_within", lowest=0, meaning="a distance >= 0")
    return {**keep, "good_within": within, "wrong": numbers}


def _alone(key: str, form: Mapping[str, Any], where: str) -> None:
    beside = next((other for other in form if other not in ("kind", "tag", key)), None)
    if beside is not None:
        raise Problem(f"{where}.{beside}", f"is given together with {key}", "give one or the other")


def _distance(form: Mapping[str, Any], where: str) -> dict[str, Any]:
    within = _above(_given(form, "within", where, "within = 1"), f"{where}.within", "standard deviations, above 0")
    return {"within": within, **_verifier(form, where)}


def _likelihood(form: Mapping[str, Any], where: str) -> dict[str, Any]:
    meaning = "a natural logarithm of a likelihood, e.g. -3"
    given = _given(form, "at_least", where, "at_least = -3")
    least = checks.number(given, f"{where}.at_least", lowest=-1e300, meaning=meaning)
    return {"at_least": least, **_pieces(form, where), **_verifier(form, where)}


def _top_share(form: Mapping[str, Any], where: str) -> dict[str, Any]:
    given = _given(form, "keep_share", where, "keep_share = 0.5")
    share = _above(given, f"{where}.keep_share", "a share of the rows above 0, at most 1", highest=1.0)
    made = {"keep_share": share, **_pieces(form, where)}
    if "function" not in form:
        if "sha256" in form:
            raise Problem(f"{where}.sha256", "has no meaning without function", "leave it out")
        return made | _verifier(form, where)
    idle = next((key for key in _VERIFIER if key in form and form[key] != getattr(Filter(), key)), None)
    if idle is not None:
        raise Problem(f"{where}.{idle}", "is given together with function", "give one or the other")
    return made | _function(form, where)


def _verifier(form: Mapping[str, Any], where: str) -> dict[str, Any]:
    who = form.get("verifier", "truth")
    if who not in VERIFIERS:
        raise Problem(f"{where}.verifier", f"{who!r} is not a verifier", f"give one of {', '.join(VERIFIERS)}")
    own = form.get("own_rows", "refuse")
    if own not in OWN_ROWS:
        raise Problem(f"{where}.own_rows", f"{own!r} is not known", f"give one of {', '.join(OWN_ROWS)}")
    if "lag" in form and who != "previous":
        raise Problem(f"{where}.lag", f"has no meaning with verifier = {who!r}", 'give verifier = "previous"')
    lag = checks.whole(form.get("lag", 1), f"{where}.lag", lowest=1, meaning="a number of generations from 1 on")
    meaning = "the size of the verifier's error, in standard deviations of a row, >= 0"
    error = checks.number(form.get("verifier_error", 0.0), f"{where}.verifier_error", lowest=0, meaning=meaning)
    if error and who != "truth":
        found = f"has no meaning with verifier = {who!r}, whose error is its own"
        raise Problem(f"{where}.verifier_error", found, 'give verifier = "truth"')
    return {"verifier": who, "lag": lag, "verifier_error": error, "own_rows": own}


def _pieces(form: Mapping[str, Any], where: str) -> dict[str, Any]:
    return {"piece": checks.whole(form.get("piece", 1), f"{where}.piece", lowest=1, meaning="a number of tokens")}


def _probability(value: Any, where: str) -> float:
    return checks.number(value, where, lowest=0, highest=1, meaning="a probability")


def _above(value: Any, where: str, meaning: str, highest: float = float("inf")) -> float:
    return checks.number(value, where, lowest=0, highest=highest, above=True, meaning=meaning)


def _list(value: Any, where: str, example: str) -> Sequence[Any]:
    return checks.listing(value, where, f"a list, e.g. [{example}]")


def _given(form: Mapping[str, Any], key: str, where: str, example: str) -> Any:
    if key not in form:
        raise Problem(f"{where}.{key}", "missing", f"give {example}")
    return form[key]


_PARSERS = {
    "oracle": _oracle,
    "distance": _distance,
    "likelihood": _likelihood,
    "top_share": _top_share,
    "function": _function,
}
