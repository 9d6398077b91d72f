"""How does a machine that runs tests read an audit? As JUnit XML: a test case for each generation."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from genloss.audit.answer import Audit, named, said, strongest
from genloss.audit.verdicts import COLLAPSING, SHIFTED, STABLE
from genloss.audit.wording_of_lines import MEANING, called, effect_said


def as_junit(found: Audit) -> str:
    """Return JUnit XML: collapsing and shifted fail, what is not decided is skipped.

    >>> import numpy as np
    >>> from genloss.audit import audit
    >>> rng = np.random.default_rng(0)
    >>> text = as_junit(audit(rng.normal(size=(400, 2)), [rng.normal(size=(400, 2)) / 2]))
    >>> "collapsing" in text and 'failures="1"' in text
    True
    """
    failed = sum(each.word in (COLLAPSING, SHIFTED) for each in found.generations)
    open_ = sum(each.word not in (COLLAPSING, SHIFTED, STABLE) for each in found.generations)
    counts = {"tests": len(found.generations), "failures": failed, "skipped": open_, "errors": 0}
    suite = Element("testsuite", {"name": "genloss audit"} | {key: str(count) for key, count in counts.items()})
    for each in found.generations:
        case = SubElement(suite, "testcase", classname="genloss.audit", name=named(each), time="0")
        told = f"{said(each.word)}: {MEANING[each.word]}"
        if each.word in (COLLAPSING, SHIFTED):
            failure = SubElement(case, "failure", type=each.word, message=told)
            failure.text = "\n".join(f"{called(line)}: {effect_said(line)}" for line in strongest(each))
        elif each.word != STABLE:
            SubElement(case, "skipped", message=told)
    root = Element("testsuites")
    root.append(suite)
    indent(root)
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"
