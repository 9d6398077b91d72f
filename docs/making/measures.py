"""What does each measure of a claim give on numbers that can be checked by hand?"""

from __future__ import annotations

EXAMPLES = {
    "value": "at penalty 0.1: 2",
    "smallest": "2",
    "largest": "4",
    "argmin": "0.1, the penalty where the risk is 2",
    "argmax": "0.01, the penalty where the risk is 4",
    "valley": "values 4, 1 and 2 in generations 0, 1 and 2 lie on a parabola that is lowest at generation 1.25, "
    "between two that were reported",
    "slope": "values 1, 3 and 5 in generations 0, 1 and 2: 2 more with each generation",
    "exponent": "values 1, 4 and 16 at 100, 200 and 400 rows: 2, as twice the rows make it 2² = 4 times as large",
    "bend": "values 0, 1, 2, 5 and 8 in generations 0 to 4: (8 - 2) / 2 = 3 in the upper half over (2 - 0) / 2 = 1 in "
    "the lower: 3; a straight line has 1",
    "regret": "if at versus (say, generation 0) penalty 1 is best: 3 / 2 = 1.5, what it costs to choose the penalty "
    "there",
}
"""By measure; the excess risk at the penalties 0.01, 0.1 and 1 is 4, 2 and 3, unless an example says otherwise."""
