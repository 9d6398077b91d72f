"""Every named workflow with a few rows a batch, and a mixed law, for tests that go through them all."""

from genloss.workflows import (
    Workflow,
    accumulate,
    accumulate_subsample,
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
MIX = Workflow.from_dict(
    {
        "emit": [
            {
                "tag": "rows",
                "from": "mix",
                "mix": {"model": 0.6, "previous": 0.3, "truth": 0.1},
                "rows": ROWS,
                "at": "every",
            }
        ],
        "train": [{"select": {"tag": "*", "fresh": True}}],
    }
)
WHOLE = [
    replace(ROWS),
    accumulate(ROWS, 5),
    fixed_real(ROWS),
    fixed_real(ROWS, real_weight=0.7),
    fresh_real(ROWS),
    golden(ROWS, 4),
    window(ROWS, 2),
    forget(ROWS, 0.6),
    reset(ROWS, 3),
    regenerate(ROWS),
    synthetic_only(ROWS),
    MIX,
]
SUBSAMPLED = [accumulate_subsample(ROWS), accumulate_subsample(ROWS, with_replacement=True)]
