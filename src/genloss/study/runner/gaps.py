"""Where is theory silent, and why? Cases and metrics with the same reason share a line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from genloss.grouping import grouped


def gaps(missing: Mapping[tuple[str, str], Iterable[str]], cases: int) -> list[str]:
    """Return a line for every reason. missing: the cases without theory, by (metric, reason); cases: how many all are.

    >>> gaps({("entropy", "none is known"): ["a", "b"], ("distinct", "none is known"): ["a", "b"]}, 3)
    ['no theory for entropy and distinct in a and b, because none is known']
    """
    alike = grouped(missing.items(), lambda item: (item[0][1], tuple(item[1])))
    lines = []
    for (reason, named), items in alike.items():
        metrics = listed([metric for (metric, _), _ in items])
        everywhere = len(named) == cases and cases > 1
        where = "" if everywhere or not any(named) else f" in {listed(named)}"
        lines.append(f"no theory for {metrics}{where}, because {reason}")
    return lines


def listed(words: Sequence[str]) -> str:
    """Join words as a sentence does.

    >>> listed(["a"]), listed(["a", "b", "c"])
    ('a', 'a, b and c')
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
