"""Which controls does a position have, and what does the study become when they are moved?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from genloss.errors import Problem, nearest
from genloss.explore.forms import FORMS, Tables, first_rows, form_key, form_of, leaves, with_leaf
from genloss.explore.ranges import CHOICES, GROUPS, NO_SLIDER, OWN_DATA, RANGES, WORDS, Range
from genloss.explore.state import GENERATIONS, number_of, number_text
from genloss.study.language.checks import choices_of, flag, is_whole
from genloss.study.language.key import MISSING, Key
from genloss.study.spec.kinds import KINDS, subject_name
from genloss.study.spec.tables import STUDY, TABLES

Value = float | int | str


@dataclass(frozen=True, slots=True)
class Control:
    """One control: its name in addresses, what it is in words, where it stands, and how far it can be moved.

    kind: "number" | "whole" | "choice". choices: value and label of each. preset: where it stands as the study has it.
    """

    key: str
    label: str
    group: str
    says: str
    kind: str
    value: Value
    preset: Value
    low: float = 0.0
    high: float = 0.0
    scale: str = "linear"
    step: float = 0.0
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def moved(self) -> bool:
        """Whether it stands elsewhere than the study has it."""
        return self.value != self.preset

    @property
    def text(self) -> str:
        """The value as an address writes it."""
        return self.value if isinstance(self.value, str) else number_text(self.value)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, as /api/view has it."""
        choices = [{"value": value, "label": label} for value, label in self.choices] or None
        numbers = {"from": self.low, "to": self.high, "scale": self.scale, "step": self.step}
        names = {name: getattr(self, name) for name in ("key", "label", "group", "says", "kind", "value")}
        return names | (numbers if choices is None else {}) | {"choices": choices, "moved": self.moved}


@dataclass(frozen=True, slots=True)
class Fixed:
    """What of a study no control moves, and why."""

    key: str
    why: str


@dataclass(slots=True)
class Panel:
    """Controls as they are made, one after the other. tables: the case, as far as the controls have moved it.

    moves: texts by key. seen: the numbers that the study itself has for each control, over all of its grid.
    fits: whether other tables can stand in the study.
    """

    tables: dict[str, dict[str, Any]]
    generations: int
    moves: Mapping[str, str]
    seen: Mapping[str, Sequence[float]]
    fits: Callable[[Tables], bool]
    controls: list[Control] = field(default_factory=list)
    fixed: list[Fixed] = field(default_factory=list)

    def built(self) -> Panel:
        """Make all controls: first what kinds there are, then how keys are written, then their numbers."""
        for table in ("workflow", "lineages", "generator", "predictor"):
            if table in self.tables:
                self._kind(table)
        self._generations()
        for table in ("population", "generator", "predictor", "workflow", "lineages"):
            for key, spec in self._keys(table).items():
                self._key(table, key, spec)
        self._refuse_unknown()
        return self

    def _keys(self, table: str) -> Mapping[str, Key]:
        return TABLES[table][self.tables[table]["kind"]] if table in self.tables else {}

    def _generations(self) -> None:
        control = self.number(GENERATIONS, RANGES[GENERATIONS], self.generations, STUDY[GENERATIONS])
        self.generations = int(control.value)

    def _kind(self, table: str) -> None:
        """Let the kind of a table be chosen, among those that fit the rest of the study."""
        now = self.tables[table]["kind"]
        others = {kind: of_kind(self.tables, table, kind) for kind in kinds_of(self.tables, table)}
        key = f"{table}.kind"
        fitting = [kind for kind, changed in others.items() if kind == now or self.fits(changed)]
        if len(fitting) > 1:
            chosen = self.choice(key, fitting, now)
            if chosen != now:
                self.tables = {name: dict(keys) for name, keys in others[chosen].items()}

    def _key(self, table: str, key: str, spec: Key) -> None:
        name, value = f"{table}.{key}", self.tables[table].get(key)
        forms = FORMS.get(name, {})
        if forms and not (value is None and key != "penalty"):
            value = self._form(table, key, value)
        elif words := words_of(spec):
            if value is not None:
                self._word(table, key, words, value)
            return
        shown = derived(self.tables, name) if value is None else value
        numbers = leaves(shown)
        for leaf, number in numbers.items():
            full = f"{name}.{leaf}" if leaf else name
            ranged = (
                RANGES.get(f"{table}.{self.tables[table]['kind']}.{key}", RANGES.get(full))
                if not leaf
                else (RANGES.get(full))
            )
            if ranged is None or (name in NO_SLIDER and name != "population.categories"):
                if value is None:  # it follows another key, whose control moves it
                    continue
                self.fixed.append(Fixed(full, NO_SLIDER.get(name, OWN_DATA)))
                continue
            control = self.number(full, ranged, number, spec, leaf)
            if control.moved:
                shown = with_leaf(shown, leaf, number_in(control))
                self.tables[table][key] = shown
        if not numbers and value is not None and form_key(table, key) not in [each.key for each in self.controls]:
            self.fixed.append(Fixed(name, NO_SLIDER.get(name, _LISTED if isinstance(value, list) else OWN_DATA)))

    def _form(self, table: str, key: str, value: Any) -> Any:
        """Let the way in which a key is written be chosen; return what stands there then."""
        forms, now = FORMS[f"{table}.{key}"], form_of(value)
        names = list(forms) if now in forms else [now, *forms]
        if len(names) < 2:
            return value
        chosen = self.choice(form_key(table, key), names, now)
        if chosen != now:
            value = forms[chosen](self.tables, table, key)
            self.tables[table][key] = value
        return value

    def _word(self, table: str, key: str, words: Sequence[str], value: Any) -> None:
        now = str(value).lower() if isinstance(value, bool) else str(value)
        chosen = self.choice(f"{table}.{key}", words if now in words else [now, *words], now)
        if chosen != now:
            self.tables[table][key] = {"true": True, "false": False}.get(chosen, chosen)

    def choice(self, key: str, names: Sequence[str], now: str) -> str:
        """Let one of some words be chosen; return the one."""
        asked = self.moves.get(key, now)
        label, says = CHOICES.get(key, (key.rsplit(".", 1)[-1].replace("_", " "), ""))
        if asked not in names:
            raise Problem(label, f"{asked!r} is not one of its choices", nearest(asked, list(names)))
        choices = tuple((name, WORDS.get(name, name.replace("_", " "))) for name in names)
        group = GROUPS[key.split(".")[0]]
        self.controls.append(Control(key, label, group, says, "choice", asked, now, choices=choices))
        return asked

    def number(self, key: str, ranged: Range, now: float, spec: Key, leaf: str = "") -> Control:
        """Let a number be moved; return its control."""
        whole = is_whole(spec.check) if leaf == "" else leaf == "start"
        low, high = self._ends(key, ranged, now)
        scale = "linear" if low <= 0 else ranged.scale
        value = self._moved(key, ranged.label, now, whole=whole, low=low, high=high)
        step = 1.0 if whole else ranged.step
        kind = "whole" if whole else "number"
        group = GROUPS[key.split(".")[0] if "." in key else ""]
        control = Control(key, ranged.label, group, ranged.says, kind, value, now, low, high, scale, step)
        self.controls.append(control)
        return control

    def _ends(self, key: str, ranged: Range, now: float) -> tuple[float, float]:
        """The ends of a range, with all that the study itself has inside."""
        seen = [*self.seen.get(key, ()), now]
        above = [number for number in seen if number > 0] if ranged.low > 0 else seen
        return min([ranged.low, *above]), max(ranged.high, *seen)

    def _moved(self, key: str, label: str, now: float, *, whole: bool, low: float, high: float) -> float:
        if key not in self.moves:
            return now
        value = number_of(self.moves[key], label)
        if whole and value != int(value):
            raise Problem(label, f"{number_text(value)} is not a whole number", "give a whole number")
        if not (low <= value <= high or value == now):
            mend = f"give a number from {number_text(low)} to {number_text(high)}"
            raise Problem(label, f"{number_text(value)} is beyond the ends of this control", mend)
        return int(value) if whole else value

    def _refuse_unknown(self) -> None:
        """Refuse a move of what is no control at all; one that this position does not have is left out."""
        known = [*RANGES, *CHOICES]
        for key in self.moves:
            if key not in known:
                why = NO_SLIDER.get(key)
                near = get_close_matches(key, known, 1)
                mend = f"did you mean {near[0]}?" if near else "open the page without it"
                raise Problem(key, why or "no control has this name", mend)


def number_in(control: Control) -> float:
    """Return where a control of numbers stands."""
    return int(control.value) if control.kind == "whole" else float(control.value)


_LISTED = "It is a list of numbers, or follows a rule: no one slider moves it."


def kinds_of(tables: Tables, table: str) -> list[str]:
    """Return the kinds that a table may have beside such a population, the present one first of all."""
    now = str(tables[table]["kind"])
    if table == "workflow":
        known = [kind for kind in TABLES[table] if kind != "custom"]
    elif table == "generator":
        known = sorted(KINDS[subject_name(tables["population"]["kind"])].generators)
    else:
        known = [kind for kind in TABLES[table] if kind != "exchange"]
    return known if now in known else [now, *known]


def of_kind(tables: Tables, table: str, kind: str) -> dict[str, dict[str, Any]]:
    """Return the tables with another kind of one of them: what both kinds know is kept, the rest is made up."""
    known, old = TABLES[table][kind], tables[table]
    if old["kind"] == kind:
        return {name: dict(keys) for name, keys in tables.items()}
    made = {key: old[key] for key, spec in known.items() if key in old and not _other(key, spec, old[key])}
    defaults = {
        "keep": 4,
        "decay": 0.8,
        "every": 10,
        "rows": first_rows(tables),
        "penalty": 0.1,
        "count": 2,
        "migration": 0.01,
    }
    for key, spec in known.items():
        if key not in made:
            made[key] = defaults.get(key) if spec.default is MISSING else spec.default
    shift = {"shift": {"norm": 0.5}} if kind == "shifted_truth" else {}
    return {name: dict(keys) for name, keys in tables.items()} | {table: {"kind": kind, **made, **shift}}


def _other(key: str, spec: Key, value: Any) -> bool:
    """Whether another kind cannot take over a value."""
    return (value is not None and spec.check(value) is not None) or (key == "penalty" and value == 0)


def words_of(spec: Key) -> tuple[str, ...]:
    """Return the words that may stand for a key; none where it takes other things.

    >>> words_of(TABLES["generator"]["ridge"]["design"])
    ('fresh', 'same')
    """
    return ("false", "true") if spec.check is flag else choices_of(spec.check)


def derived(tables: Tables, name: str) -> Any:
    """Return what a key without a value stands for, where that is a number; else None."""
    workflow, population = tables["workflow"], tables["population"]
    rows = workflow.get("rows")
    if name in ("workflow.synthetic_rows", "workflow.take"):
        return rows if isinstance(rows, int) else None
    if name == "workflow.real_weight":
        synthetic = workflow.get("synthetic_rows") or rows
        if not isinstance(rows, int) or not isinstance(synthetic, int):
            return None
        return round(rows / (rows + synthetic), 6)
    if name in ("generator.noise", "predictor.noise"):
        return population.get("noise")
    return population.get("dim") if name == "predictor.features" else None
