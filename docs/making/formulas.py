"""How does a formula reach the site? As MathML, which browsers draw by themselves: no script, and no other host."""

from __future__ import annotations

import re

from latex2mathml.converter import convert

_DIRECTIVE = re.compile(r"^\.\. math::[ \t]*(?P<first>[^\n]*)\n?(?P<more>(?:[ \t]+\S[^\n]*\n?|\n(?=[ \t]+\S))*)", re.M)
_DOLLARS = re.compile(r"^\$\$(?P<formula>.+?)\$\$[ \t]*$", re.S | re.M)


def in_docstring(text: str) -> str:
    """Return a docstring whose formulas, `.. math:: ...`, are MathML."""
    return _DIRECTIVE.sub(lambda match: _drawn(f"{match['first']} {match['more']}"), text)


def in_page(text: str) -> str:
    """Return a page whose formulas, `$$ ... $$`, are MathML; code hosts draw these by themselves."""
    return _DOLLARS.sub(lambda match: _drawn(match["formula"]), text)


def _drawn(formula: str) -> str:
    return f'\n<div class="formula">{convert(" ".join(formula.split()), display="block")}</div>\n\n'
