"""Which columns look like something else than inputs? Counts of equal rows, exposures, names of what rows are of.

A name alone is not enough: what the column holds must fit it, and names with other meanings must fit it better.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.doors import Advice, Part, Setting
from genloss.populations.draw import Array
from genloss.populations.entities import numbered


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_COUNTS = _names(
    "n count counts freq freqs frequency frequencies weights fweight fweights cnt nobs n_obs n_rows "
    "multiplicity fnlwgt finalwt perwt hhwt pweight wgt sampling_weight survey_weight frequency_weight"
)
_COUNTS_AT_TIMES = _names(
    "weight wt w num number total people persons cases observations obs size households replicates"
)
_EXPOSURES = _names(
    "exposure exposures months years days hours weeks minutes seconds time duration at_risk atrisk person_years "
    "personyears person_time persontime pyears pyrs py person_months person_days population pop followup follow_up "
    "followup_time follow_up_time time_at_risk observation_time insured policy_years car_years vehicle_years "
    "earned_exposure miles km kilometers service holders trials bed_days patient_days device_days"
)
_ENTITIES = _names(
    "id uid firm company subject patient person individual participant respondent worker employee customer client "
    "user household ticker gvkey permno cusip"
)
_ENTITIES_IN_RUNS = _names(
    "country state region county city district province school class classroom teacher hospital clinic center centre "
    "site store shop plant farm village team group cluster stock unit entity panel station sensor device machine "
    "department branch cow tree plot student child batch lot name pid nr player member family animal mouse rat "
    "litter"
)
_FEW_LEVELS = 12  # of every other column of a table of counts
_FEWEST_ENTITIES, _FEWEST_ROWS_OF_EACH = 5, 2.0

WORDS = {
    "weights": "how many equal rows each row is",
    "exposure": "the exposure of each count",
    "id": "what each row is of",
}


@dataclass(frozen=True, slots=True)
class Look:
    """A column, and the role that it looks like (`reading.ROLES`)."""

    column: str
    role: str


@dataclass(frozen=True, slots=True, eq=False)
class Entries:
    """A column: its name and entries, (rows,), and whether these are numbers, not codes of words."""

    name: str
    values: NDArray[np.generic]
    numbers: bool = True

    @property
    def whole(self) -> bool:
        """Whether all are whole numbers."""
        if not self.numbers:
            return False
        values = self.values.astype(float)
        return bool(np.isfinite(values).all() and (values == np.round(values)).all())


def looks(columns: Sequence[Entries], target: Array, roles: Collection[str]) -> tuple[Look, ...]:
    """Return the columns that look like a role of `roles`, at most one role each. target: (rows,)."""
    found = []
    for place, column in enumerate(columns):
        others = [*columns[:place], *columns[place + 1 :], Entries("", target)]
        role = next((role for role in roles if _FITS[role](column, others)), "")
        found += [Look(column.name, role)] if role else []
    return tuple(found)


def looking(seen: Sequence[Look]) -> str:
    """Say of all what they look like, in the words of no door.

    >>> looking([Look("n", "weights"), Look("pid", "id")])
    'n looks like weights (how many equal rows each row is), pid like id (what each row is of)'
    """
    each = [f"{look.column} like {look.role} ({WORDS[look.role]})" for look in seen]
    return ", ".join(each).replace(" like ", " looks like ", 1)


def question(seen: Sequence[Look]) -> Advice:
    """Ask about all of them in one sentence.

    >>> print(question([Look("n", "weights")]))
    columns that look like something else than inputs: n (how many equal rows each row is? then weights="n"); they are \
inputs as long as you do not say so
    """
    each: list[Part] = []
    for look in seen:
        each += [
            ", " if each else "",
            f"{look.column} ({WORDS[look.role]}? then ",
            Setting(look.role, look.column),
            ")",
        ]
    begin, end = "columns that look like something else than inputs: ", "; they are inputs as long as you do not say so"
    return Advice(begin, *each, end)


def names_entities(name: str) -> bool:
    """Whether a column of this name says what its rows are of.

    >>> [names_entities(name) for name in ("firm", "PatientID", "acid")]
    [True, True, False]
    """
    plain = _plain(name)
    return plain in _ENTITIES or plain.endswith("_id") or plain in {f"{each}id" for each in _ENTITIES}


def _plain(name: str) -> str:
    """Return a name in lower case with underscores between its words: PatientID, "patient id" are patient_id."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[^0-9a-z]+", "_", apart.lower()).strip("_")


def _counts(column: Entries, others: Sequence[Entries]) -> bool:
    """Whole numbers that differ; under a name that may mean another thing, in a table of few levels."""
    name = _plain(column.name)
    if not (name in _COUNTS or name in _COUNTS_AT_TIMES) or not column.whole:
        return False
    if not (column.values.min() >= 0 and column.values.max() > 1 and np.ptp(column.values) > 0):
        return False
    return name in _COUNTS or _grouped([numbered(each.values) for each in others])


def _grouped(others: Sequence[NDArray[np.int64]]) -> bool:
    """Whether columns have few levels, and each combination of them stands once."""
    few = max(int(each.max()) + 1 for each in others) <= _FEW_LEVELS
    return few and len(np.unique(np.column_stack(others), axis=0)) == others[0].size


def _exposure(column: Entries, others: Sequence[Entries]) -> bool:
    """Positive numbers of many values, beside a target of counts, which is last."""
    if _plain(column.name) not in _EXPOSURES or not column.numbers:
        return False
    many = np.unique(column.values).size > min(_FEW_LEVELS, column.values.size / 2)
    return bool(column.values.min() > 0 and many and others[-1].whole and others[-1].values.min() >= 0)


def _entity(column: Entries, others: Sequence[Entries]) -> bool:
    """Several rows each; under a name that may mean another thing, rows in runs."""
    del others
    sure, name = names_entities(column.name), _plain(column.name)
    if not (sure or name in _ENTITIES_IN_RUNS) or (column.numbers and not column.whole):
        return False
    codes = numbered(column.values)
    count = int(codes.max()) + 1
    if count < _FEWEST_ENTITIES or codes.size < _FEWEST_ROWS_OF_EACH * count:
        return False
    return sure or 1 + int((np.diff(codes) != 0).sum()) <= 1.1 * count


_FITS = {"weights": _counts, "exposure": _exposure, "id": _entity}
