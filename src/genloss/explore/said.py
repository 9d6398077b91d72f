"""How is an answer of the page written as JSON, a problem among them?"""

from __future__ import annotations

import json
from typing import Any

from genloss.doors import PYTHON
from genloss.errors import Problem


def body_of(data: Any) -> bytes:
    """Write plain data as JSON. Errors: `ValueError` for what is no finite number, which no JSON holds."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def problem_body(problem: str, mend: str) -> bytes:
    """Write what was found, and how it is mended."""
    return body_of({"problem": problem, "mend": mend})


def body_of_problem(problem: Problem) -> bytes:
    """Write a problem as the page shows it: two sentences, without the place in a file that nobody wrote."""
    shown = problem.at(PYTHON)
    where = str(shown.where).removeprefix("study: ")
    return problem_body(f"{where}: {shown.found}", str(shown.mend))
