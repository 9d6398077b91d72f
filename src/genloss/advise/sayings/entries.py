"""Which numbers circulate? One visible table: what is told, where it is right, where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from genloss.errors import Problem, nearest, shown

STUDIES = Path(__file__).parent / "studies"
"""Their studies; they travel with the package."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A number as people tell it, and two settings. The study of its name has the cases "right" and "wrong".

    number: in a few words. told: the sentence. right, wrong: where it is right, and where it is wrong, in whole
    sentences. The first claim of the study is the number in the case "right", the second the same in the case "wrong";
    those after them say what is true. ask: the command that answers the question behind it for rows of one's own; "":
    none does.
    """

    number: str
    told: str
    right: str
    wrong: str
    ask: str = ""


_OWN = "data.csv --target y"


FOLKLORE: Mapping[str, Entry] = {
    "golden-weight": Entry(
        "61.8 % real",
        "Keep 61.8 % of the data real.",
        "It is a weight, not a share of the rows: in every generation as many synthetic rows as new real ones, a model "
        "without a penalty, and the real rows carry 61.8 % of the loss. (What is measured is the lowest point of a "
        "parabola, which lies a little higher.)",
        "There are four synthetic rows for each new real one. Another ratio has another best weight; and where one "
        "real set is kept for ever, no weight below 1 is best.",
        f"genloss plan {_OWN} --workflow fresh_real --open real_weight",
    ),
    "half-and-half": Entry(
        "50/50",
        "A mix of half real and half synthetic rows is safe.",
        "Every generation has as many new real rows as generation 0 had, and as many synthetic ones beside them.",
        "The real rows of generation 0 are kept, with as many synthetic ones beside them, which then only add noise.",
        f"genloss plan {_OWN} --workflow fixed_real --open synthetic_rows --keep-within 5%",
    ),
    "thirty-percent-synthetic": Entry(
        "30 % synthetic",
        "Up to 30 % of synthetic rows is safe.",
        "A model of the same kind, fitted to as many real rows, made the synthetic labels: its errors are random.",
        "The synthetic labels come from a model whose coefficients are wrong: its error is 4 % of the variance of the "
        "labels. It is the same in every row, so more rows do not average it out.",
        f"genloss plan {_OWN} --workflow fresh_real --open synthetic_share --keep-within 5%",
    ),
    "tenth-real": Entry(
        "10 % real",
        "It is enough if a tenth of the rows are real.",
        "Generation 0 had 100 real rows and nothing else; they are kept, and every later generation also has 900 "
        "synthetic rows.",
        "Generation 0 had 1,000 real rows; every later one has 100 new real rows and 900 synthetic ones.",
        f"genloss plan {_OWN} --workflow fresh_real --open synthetic_share --keep-within 100%",
    ),
    "one-in-a-thousand": Entry(
        "1 in 1,000",
        "One synthetic row in a thousand already makes a model collapse.",
        "There are a billion rows, and the labels of the synthetic ones are all wrong in the same way, by half of "
        "their variance. With real rows alone the loss would be far below the floor that the synthetic ones set.",
        "There are ten thousand rows: the floor lies far below the loss that the noise of the labels causes anyway.",
    ),
    "pi-squared-over-six": Entry(
        "π²/6",
        "If all rows are kept, at most 1.645 times as much is lost as with real rows alone.",
        "Every generation adds as many rows as there were real ones, and the model has no penalty.",
        "Every generation adds a quarter as many rows as there were real ones. Many small batches lose more than "
        "a few large ones: up to twice the loss of generation 0.",
        f"genloss plan {_OWN} --workflow accumulate --open synthetic_rows --keep-within 25%",
    ),
    "accumulation-is-safe": Entry(
        "no collapse",
        "If all rows are kept, there is no model collapse.",
        "The model is fitted by least squares, without a penalty.",
        "The model has a penalty that is chosen once and kept. Every generation shrinks the fit again, and the loss "
        "goes on growing as a slow power of the generation.",
        f"genloss forecast {_OWN} --model ridge --penalty 0.3 --workflow accumulate",
    ),
    "replace-collapses": Entry(
        "always",
        "A model that trains on its own rows alone always collapses.",
        "Every generation has as many rows as the one before. The loss grows by that of generation 0 each time.",
        "Every generation has half as many rows again as the one before. Each adds a smaller error than the "
        "one before, and their sum stays finite.",
        f"genloss plan {_OWN} --workflow replace --open generations --keep-within 400%",
    ),
    "every-synthetic-row-hurts": Entry(
        "the fewer the better",
        "Synthetic rows only make a model worse, so the fewer the better.",
        "The real rows were collected once; ten synthetic rows for each tell nothing new.",
        "The real rows are new in every generation; the synthetic ones pass on what earlier real rows told.",
        f"genloss plan {_OWN} --workflow fresh_real --open synthetic_rows --keep-within 5%",
    ),
    "variance-vanishes": Entry(
        "half gone",
        "A model that trains on its own rows shrinks to a point: after as many generations as rows half of the "
        "variance is gone.",
        "A Gaussian is fitted to the newest 50 rows alone, by maximum likelihood: each time a fiftieth of the variance "
        "goes.",
        "A Gaussian is fitted to all rows so far, 50 more in every generation.",
    ),
    "more-rows-wash-it-out": Entry(
        "ten times the rows",
        "With enough rows in every generation the loss goes away.",
        "The model is fitted by least squares: ten times as many rows leave a tenth of the loss, after six fits as "
        "after one.",
        "The model has a penalty that does not fall with the rows. Each of the six fits shrinks the coefficients, and "
        "no number of rows brings them back.",
        f"genloss forecast {_OWN} --model ridge --penalty 0.1 --workflow replace",
    ),
    "tuned-once": Entry(
        "tuned once",
        "A penalty that was tuned on real data stays the right one.",
        "The 20 models before this one had 100,000 rows each: what they add to the labels is little.",
        "The 20 models before this one had 600 rows each: their noise adds up, and a larger penalty is needed.",
    ),
}
"""Every number; a new one is a line here and a study of its name. The table expects each to be right in the first
setting and wrong in the second, whatever is computed."""


def entry_of(name: str) -> Entry:
    """Return the entry of this name, or say which one is probably meant.

    >>> entry_of("half-and-half").number
    '50/50'
    """
    if not isinstance(name, str) or name not in FOLKLORE:
        raise Problem(shown(name), "is not in the list of rules", nearest(str(name), list(FOLKLORE)))
    return FOLKLORE[name]


def study_file(name: str) -> Path:
    """Return the study of a number."""
    return STUDIES / f"{name}.toml"
