"""The named workflows, made: `accumulate(rows=200)` is the workflow that the name stands for."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import ParamSpec

from genloss.workflows import forms
from genloss.workflows.workflow import Workflow

P = ParamSpec("P")


def _named(form: Callable[P, forms.Long]) -> Callable[P, Workflow]:
    """Return the function that makes the workflow, with the parameters and the words of its form."""

    @wraps(form)
    def made(*args: P.args, **kwargs: P.kwargs) -> Workflow:
        return Workflow.from_dict(form(*args, **kwargs))

    made.__module__ = __name__
    made.__annotations__ = {**form.__annotations__, "return": Workflow}
    made.__signature__ = signature(form).replace(return_annotation=Workflow)  # type: ignore[attr-defined]
    return made


replace = _named(forms.replace)
accumulate = _named(forms.accumulate)
accumulate_subsample = _named(forms.accumulate_subsample)
fixed_real = _named(forms.fixed_real)
golden = _named(forms.golden)
fresh_real = _named(forms.fresh_real)
window = _named(forms.window)
forget = _named(forms.forget)
reset = _named(forms.reset)
regenerate = _named(forms.regenerate)
synthetic_only = _named(forms.synthetic_only)
edit = _named(forms.edit)
accumulate_fresh = _named(forms.accumulate_fresh)

NAMED: dict[str, Callable[..., Workflow]] = {
    made.__name__: made
    for made in (
        replace,
        accumulate,
        accumulate_subsample,
        fixed_real,
        golden,
        fresh_real,
        window,
        forget,
        reset,
        regenerate,
        synthetic_only,
        edit,
        accumulate_fresh,
    )
}
"""Every named workflow; a new one is one function in forms.py and one entry here."""
