"""Is the work of loading a study linear in its cases? Calls are counted, no clock is read."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from genloss.study import Study
from genloss.study.language.source import Source

_HEAD = """generations = 1
replicates = 2
[population]
kind = "linear_gaussian"
dim = 4
noise = 0.1
[workflow]
kind = "replace"
rows = 9
[generator]
kind = "ridge"
penalty = [0.1, 0.2]
"""


def _written(n: int) -> str:
    return _HEAD + "".join(f'[[case]]\nname = "c{i}"\ngenerator.penalty = {i}.5\n' for i in range(n))


def _calls(work: Callable[[], object]) -> int:
    """Count the calls of Python and C functions."""
    count = 0

    def seen(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def test_four_times_the_cases_are_four_times_the_calls(tmp_path: Path):
    path = tmp_path / "study.toml"

    def loaded(n: int) -> int:
        path.write_text(_written(n), encoding="utf-8")
        return _calls(lambda: Study.load(path).id)

    loaded(10)  # what is imported and remembered once
    few, many = loaded(25), loaded(100)
    assert few > 25 * 20
    assert many < 4.4 * few


def test_a_quadratic_count_is_told_from_a_linear_one():
    texts = [_written(n) for n in (50, 200)]
    few, many = (
        _calls(lambda text=text: [line.strip() for _ in range(text.count("[[case]]")) for line in text.split("\n")])
        for text in texts
    )
    assert many > 4.4 * few


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("generations",), 1),
        (("population",), 3),
        (("population", "dim"), 5),
        (("case c1", "generator", "penalty"), 12),
        (("generator", "kind"), 11),
        (("predictor", "rows"), 9),  # nowhere: where a key of this name stands first
        (("population", "nowhere"), None),
        (("workflow", "real_weight"), 18),
        (("claim 2", "along"), 22),
        (("claim 1", "within"), 19),  # the header, where the key is missing
        (("claim 3", "along"), None),
    ],
)
def test_a_place_has_its_line(path: tuple[str, ...], line: int | None):
    text = _HEAD + '[[case]]\nname = "c0"\n[[case]]\nname = "c1"\n[case.workflow]\nx = {rows = 3, real_weight = 1}\n'
    text = text.replace("x = {", "y = {") + "[[claim]]\n[[claim]]\nsentence = 's'\nalong = 'x'\n"
    place = Source("a.toml", text).at(*path)
    assert place == f"a.toml{f', line {line}' if line else ''}: {'.'.join(path)}"
