"""Which keys may a study file hold? Pages of all keys, written from the tables by which studies are checked."""

from __future__ import annotations

import tomli_w
from defaults import CLAIM as OF_CLAIM
from defaults import FOLLOWS
from defaults import STUDY as OF_STUDY
from measures import EXAMPLES

from genloss.metrics import METRICS
from genloss.study.claims.claim import CLAIM
from genloss.study.claims.measures import MEASURES
from genloss.study.language.checks import accepted
from genloss.study.language.key import MISSING, Key
from genloss.study.spec.kinds import KINDS
from genloss.study.spec.tables import STUDY, TABLES
from genloss.workflows.filters import KEYS as OF_FILTERS
from genloss.workflows.filters import MEANINGS as OF_FILTER_KEYS

FOLDER = "reference/study"

_SEVERAL = {
    "list": "`[1, 2]`",
    "each": "`{each = [...]}`",
    "none": "no",
    "whole": "no",
}
_TITLES = {
    "population": "Where real rows come from: `[population]`",
    "workflow": "What a generation trains on: `[workflow]`",
    "lineages": "Several models that read each other: `[lineages]`",
    "generator": "What is refitted and makes rows: `[generator]`",
    "predictor": "What is judged in its place: `[predictor]`",
}
_READ = """
**How to read a line.** *May be* says which values are taken. *Unless said* is what stands there when you write
nothing; *needed* means that the study is refused without it.
"""
_READ_SEVERAL = f"""{_READ.rstrip()} *Several* says how to give a list of values: the study
is then computed for each of them, e.g. `penalty = [0.01, 0.1]` for two penalties, and `no` means that all share one
value.
"""


def pages() -> dict[str, str]:
    """Return the pages: keys before the first table, a page for each table, claims, and metrics."""
    made = {f"{FOLDER}/index.md": _first()}
    made |= {f"{FOLDER}/{name}.md": _of_table(name) for name in TABLES} | {f"{FOLDER}/filters.md": _filters()}
    return made | {f"{FOLDER}/claims.md": _claims(), f"{FOLDER}/metrics.md": _metrics()}


def _first() -> str:
    listed = "\n".join(f"- [{_TITLES[name]}]({name}.md)" for name in TABLES)
    return f"""# Keys of a study file

A study is a text file in TOML. Keys before its first table say how large the study is; tables, such as `[population]`,
say what is studied. The file `studies/doubling.toml` has all parts: [read it](../../../studies/doubling.toml).

{listed}
- [Which rows of a term of a workflow stay: `filter`](filters.md)
- [A sentence that is checked: `[[claim]]`](claims.md)
- [What is measured: `metrics = [...]`](metrics.md)

A study may compare cases. Each `[[case]]` has a `name`, and tables or single keys of tables that differ from those of
the study, e.g. `generator = {{penalty = 0.3}}`. `simulate = false` in a case means that theory alone computes it.

## Before the first table
{_READ}
{_lines(OF_STUDY, STUDY)}
"""


def _of_table(name: str) -> str:
    parts = [f"# {_TITLES[name]}\n\nIts key `kind` says which other keys it has.\n{_READ_SEVERAL}"]
    for kind, keys in TABLES[name].items():
        parts.append(f'## `kind = "{kind}"`\n\n{_belongs(name, kind)}{_lines(name, keys)}')
    if name == "workflow":
        parts.append("A term of `train` may send rows away: [its `filter`](filters.md).\n")
    return "\n".join(parts)


def _filters() -> str:
    """Keys of the filter of a term, which stands inside a list of the kind custom."""
    lines = [
        f"| `{key}` | {cell(meaning)} | {cell(', '.join(kinds) or 'all')} |"
        for key, meaning in OF_FILTER_KEYS.items()
        for kinds in [[kind for kind, keys in OF_FILTERS.items() if key in keys]]
    ]
    listed = "\n".join(lines)
    return f"""# Which rows of a term stay: `filter`

A term of `train` may have a filter, e.g. `{{select = {{last = 1}}, filter = {{kind = "distance", within = 1}}}}`.
[How to check synthetic rows](../../howto/check-synthetic-rows.md).

| key | meaning | in filters of kind |
|---|---|---|
{listed}
"""


def _belongs(table: str, kind: str) -> str:
    """Say to which subjects a population or a generator belongs."""
    where = {"population": "populations", "generator": "generators"}.get(table)
    found = [name for name, each in KINDS.items() if where and kind in getattr(each, where)]
    return f"In studies of {' and of '.join(found)}.\n\n" if found else ""


def _claims() -> str:
    measures = "\n".join(f"| `{name}` | {cell(_says(name))} | {cell(EXAMPLES[name])} |" for name in MEASURES)
    return f"""# A sentence that is checked: `[[claim]]`

A claim is a sentence that somebody published, with the number that decides it. [How verdicts are
found](../../theory/claims.md).
{_READ}
{_lines(OF_CLAIM, CLAIM)}

Values of a list in a claim choose where it is checked, e.g. `generation = [1, 5]`: it must hold in all of them. The
keys before the first table and those of a claim are no axes: the study has one value of each.

## Measures

A measure turns the values of a metric, along the axis that `along` names, into one number. In the examples the excess
risk at the penalties 0.01, 0.1 and 1 is 4, 2 and 3, unless they say otherwise.

| `measure` | the number is | for example |
|---|---|---|
{measures}
"""


def _metrics() -> str:
    head = "# What is measured: `metrics`\n\nA study takes the metrics of its subject, by name.\n\n"
    lines = [
        f"| `{name}` | {cell(metric.meaning)} | {metric.unit} | {', '.join(sorted(metric.subjects))} |"
        for name, metric in METRICS.items()
    ]
    return head + "| name | what it is | unit | subjects |\n|---|---|---|---|\n" + "\n".join(lines) + "\n"


def _says(name: str) -> str:
    """What a measure is, with the words of a claim in its places."""
    return MEASURES[name].says.format(value="metric", x="place on the axis", there="versus")


def _lines(table: str, keys: dict[str, Key]) -> str:
    """A line for each key; only keys of tables can have several values, each a cell of the study's grid."""
    if not keys:
        return "It has no other key.\n"
    axes = table not in (OF_STUDY, OF_CLAIM)
    lines = [
        f"| `{name}` | {cell(key.meaning)} | {cell(accepted(key.check))} | {default(table, name, key)} |"
        + (f" {_SEVERAL[key.axis]} |" if axes else "")
        for name, key in keys.items()
    ]
    head = "| key | meaning | may be | unless said |" + (" several |" if axes else "")
    return f"{head}\n|{'---|' * (5 if axes else 4)}\n" + "\n".join(lines) + "\n"


def default(table: str, name: str, key: Key) -> str:
    """What is used where the key is not given: as it would stand in a study file, or in words."""
    if key.default is MISSING:
        return "it is filled in" if "fill" in key.meaning else FOLLOWS.get((table, name), "needed")
    if key.default is None:
        return cell(FOLLOWS.get((table, name), "nothing"))
    return code(in_toml(key.default))


def in_toml(value: object) -> str:
    """A value as it would stand behind the sign of equality."""
    if isinstance(value, dict):
        inner = ", ".join(f"{key} = {in_toml(each)}" for key, each in value.items())
        return f"{{{inner}}}"
    return tomli_w.dumps({"x": value})[4:].strip()


def cell(text: str) -> str:
    """Text that ends no cell of a table, and is no markup; braces at the end of a cell would be its attributes."""
    return "".join(f"&#{ord(letter)};" if letter in "|*_<>[]`{}" else letter for letter in text)


def code(text: str) -> str:
    """Text as it would be typed."""
    return f"<code>{cell(text)}</code>"
