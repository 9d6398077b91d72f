"""Every named workflow with a few rows a batch, and a mixed law, for tests that go through them all."""

from genloss.workflows import (
    Workflow,
    accumulate,
    accumulate_fresh,
    accumulate_subsample,
    edit,
    fixed_real,
    forget,
    fresh_real,
    golden,
    regenerate,
    replace,
    reset,
    synthetic_only,
    window,
)

ROWS = 8


def mixed(rows):
    """Rows of a mixed law, the first generation too."""
    shares = {"model": 0.6, "previous": 0.3, "truth": 0.1}
    rule = {"tag": "rows", "from": "mix", "mix": shares, "rows": rows, "at": "every"}
    return Workflow.from_dict({"emit": [rule], "train": [{"select": {"tag": "*", "fresh": True}}]})


def whole(rows):
    """Workflows that train on whole batches."""
    return [
        replace(rows),
        accumulate(rows, rows * 5 // 8),
        fixed_real(rows),
        fixed_real(rows, real_weight=0.7),
        fresh_real(rows),
        golden(rows, rows // 2),
        window(rows, 2),
        forget(rows, 0.6),
        reset(rows, 3),
        regenerate(rows),
        synthetic_only(rows),
        edit(rows, 0.3, 0.9),
        accumulate_fresh(rows, rows * 5 // 8),
    ]


def subsampled(rows):
    """Workflows that train on subsamples."""
    return [accumulate_subsample(rows), accumulate_subsample(rows, with_replacement=True)]


MIX = mixed(ROWS)
WHOLE = [*whole(ROWS), MIX]
SUBSAMPLED = subsampled(ROWS)
