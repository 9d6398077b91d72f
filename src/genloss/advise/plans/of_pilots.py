"""Pilot runs of a user's own model as what is planned: a law is fitted to them, and says how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Integral
from pathlib import Path
from typing import Any

import numpy as np

from genloss.advise.assumption import Assumption
from genloss.advise.plans.pilots.again import Again, chain_again, how_to_check, runs_of
from genloss.advise.plans.pilots.checked import Moving, moving, refuse_near, refuse_without_loss
from genloss.advise.plans.pilots.held_out import HeldOut, held_out
from genloss.advise.plans.pilots.law import NAMES, Array, Floor, Sizes
from genloss.advise.plans.pilots.posterior import DRAWS, Fitted, fitted
from genloss.advise.plans.pilots.predicted import Beyond, Missed, judged, means, single_runs
from genloss.advise.plans.pilots.reading import Pilots, read_pilots
from genloss.advise.plans.pilots.runs import Pilot
from genloss.advise.plans.protocol import Judged
from genloss.advise.plans.settings import batches_of
from genloss.doors import Advice, Setting
from genloss.errors import Problem, refuse_uncalled, shown
from genloss.results.result import Result
from genloss.streams import stream

REACH, REACH_GENERATIONS = 30.0, 3.0
"""How many times the largest pilot, and its last generation, a law may be asked about; below the smallest alike."""

_BESIDE = 1.2  # what is a row worth? is asked of sizes a little beyond, too
_TRUTHS, _RUNS = 60, 40  # draws of the law of which single runs are drawn, and how many of each


@dataclass(frozen=True, eq=False)
class PlannedPilots:
    """Pilot runs of one workflow.

    settings: real_rows and synthetic_rows as they are where they are not open; default those of the largest pilot.
    generations: the last one. run_at: runs the user's model at a setting with new seeds, None where nobody can, at most
    check_runs of them.
    """

    pilots: Pilots
    moves: Moving
    settings: Mapping[str, float | None]
    generations: int
    seed: int = 0
    run_at: Again | None = None
    check_runs: int = 60
    draws: int = DRAWS
    floor: float | None = None
    more_is_better: bool = False
    signed: bool = False
    fine: float = 0.01

    @property
    def metric(self) -> str:
        """What is planned for."""
        return self.pilots.metric

    @property
    def unit(self) -> str:
        """Of the metric."""
        return self.pilots.unit

    @cached_property
    def opens(self) -> Sequence[str]:
        """What may be left open: sizes that move among the pilots."""
        alone = self.moves.by_synthetic and not self.moves.together
        share = alone and self.settings["real_rows"] is not None
        return [
            *(["real_rows"] if self.moves.by_real else []),
            *(["synthetic_rows"] if alone else []),
            *(["synthetic_share"] if share else []),
            "generations",
            "replicates",
        ]

    @cached_property
    def batches(self) -> tuple[int, int]:
        """How often real and synthetic rows are drawn; once, and in every later generation, where nothing is known."""
        if self.pilots.workflow:
            return batches_of(self.pilots.workflow, self.generations)
        return 1, self.generations

    @cached_property
    def _last(self) -> float:
        return float(max(pilot.generations[-1] for pilot in self.pilots.pilots))

    @cached_property
    def _ends(self) -> Mapping[str, tuple[float, float]]:
        """The smallest and the largest number of rows that was run, by kind."""
        found = {}
        for name, i in (("real_rows", 0), ("synthetic_rows", 1)):
            rows = [pilot.size[i] for pilot in self.pilots.pilots]
            known = [each for each in rows if each is not None]
            if len(known) == len(rows):
                found[name] = (min(known), max(known))
        return found

    def domain(self, name: str) -> tuple[float, float]:
        """Return between which values one may look."""
        if name == "generations":
            return 1, float(int(REACH_GENERATIONS * self._last))
        if name == "synthetic_share":
            real = self.settings["real_rows"] or 1.0
            low, high = self.domain("synthetic_rows")
            return low / (low + real), high / (high + real)
        low, high = self._ends[name]
        return float(np.ceil(max(1.0, low / REACH))), float(int(high * REACH))

    def judge(
        self, settings: Sequence[Mapping[str, float]], *, runs: bool = False, generations: int | None = None
    ) -> list[Judged]:
        """Say what the law says at each of the settings; single runs are of several draws of what is not known."""
        last = self.generations if generations is None else generations
        return [self._judged(self._sizes(setting), last, runs=runs) for setting in settings]

    def check(self, setting: Mapping[str, float], replicates: int) -> Array:
        """Run the model itself with new seeds. Errors: `Problem` where there is no model, with how to run it."""
        real, synthetic = self._sizes(setting)
        last = int(setting.get("generations", self.generations))
        if self.run_at is None:
            found = "numbers alone cannot be run again, so that nobody has checked this answer"
            raise Problem("pilots", found, how_to_check(self.pilots, real, synthetic, last))
        at = {name: each for name, each in (("real_rows", real), ("synthetic_rows", synthetic)) if each is not None}
        return runs_of(
            self.run_at, {**at, "generations": last}, self.metric, min(replicates, self.check_runs), self.seed
        )

    def assumptions(self) -> Sequence[Assumption]:
        """Say what the law rests on."""
        pilots = self.pilots.pilots
        counts = [pilot.count for pilot in pilots]
        few, known = min(counts), "the spread of runs is known"
        spread = Assumption(known, "unknown" if few < 3 else "checked", f"{few} runs or more of each size")
        if max(counts) == 1:
            spread = Assumption(known, "failed", "one run of each size: bands are as wide as runs may vary")
        floor = Assumption("enough rows take all loss away", "unknown", "floor=0 was given")
        return [
            *([] if self.floor is None else [floor]),
            Assumption(
                "the law of the pilots goes on", "unknown", f"extrapolated beyond {self._range_words()} by a fitted law"
            ),
            *(each.assumption for each in self.tests),
            self._growth(),
            spread,
        ]

    def words(self) -> Sequence[tuple[str, str]]:
        """Echo the pilots."""
        told = [("pilots", f"{self._range_words()}, {sum(p.count for p in self.pilots.pilots)} runs")]
        if self.pilots.workflow:
            told.append(("workflow", str(self.pilots.workflow.get("kind", "own rules"))))
        if self.moves.together and self.moves.real and self.moves.synthetic:
            ratio = self.moves.synthetic / self.moves.real
            told.append(("moves", f"synthetic rows move with the real ones, {ratio:.3g} for each, as in the pilots"))
        if self.run_at is not None:
            told.append(("check", f"up to {self.check_runs} runs of the model itself at the answer"))
        return [*told, ("seed", str(self.seed))]

    def _growth(self) -> Assumption:
        """Tell growth that is faster than in proportion: it may compound, of which no power of the generation knows."""
        low, middle = np.quantile(self.fit.draws[:, NAMES.index("kappa")], [0.025, 0.5])
        state = "failed" if low > 1 else "checked" if middle <= 1 else "unknown"
        found = f"a generation adds as its number to the power {middle - 1:.1f}"
        found += "; what compounds goes beyond these bands" if state == "failed" else ""
        return Assumption("growth does not compound", state, found)

    @property
    def _floor(self) -> Floor:
        if self.floor is not None:
            return "none"
        return "any" if self.pilots.whole is not None else "above"

    @cached_property
    def fit(self) -> Fitted:
        """The law of all pilots."""
        pilots = self.pilots.pilots
        places = [self.moves.place(*pilot.size) for pilot in pilots]
        return fitted(pilots, places, stream(self.seed, "plan", "pilots"), floor=self._floor, draws=self.draws)

    @cached_property
    def tests(self) -> tuple[HeldOut, ...]:
        """What the law of the other pilots says of the largest size, and of the last generations."""
        return held_out(self.pilots.pilots, self.moves, self.seed, floor=self._floor, draws=self.draws // 2)

    @cached_property
    def _missed(self) -> Missed:
        by = {each.what: each.missed for each in self.tests}
        return Missed(by.get("rows", 0.0), by.get("generations", 0.0))

    @cached_property
    def _luck(self) -> Array:
        return stream(self.seed, "plan", "misfit").standard_normal((len(self.fit.draws), 4))

    def _sizes(self, setting: Mapping[str, float]) -> tuple[float | None, float | None]:
        real = setting.get("real_rows", self.settings["real_rows"])
        synthetic = setting.get("synthetic_rows", self.settings["synthetic_rows"])
        if "synthetic_share" in setting:
            share = setting["synthetic_share"]
            synthetic = max(1.0, float(round((real or 1.0) * share / (1 - share))))
        if self.moves.together and self.moves.real and self.moves.synthetic and real is not None:
            synthetic = float(round(real * self.moves.synthetic / self.moves.real))
        return real, synthetic

    def _judged(self, size: tuple[float | None, float | None], last: int, *, runs: bool) -> Judged:
        self._refuse_far(size, last)
        generations, at = np.arange(last + 1.0), self.moves.place(*size)
        beyond = self._beyond(size, generations)
        losses = means(self.fit, at, generations, beyond, self._missed, self._luck)
        found = judged(losses, self.pilots.whole)
        if not runs:
            return found
        some = np.arange(0, len(losses), max(1, len(losses) // _TRUTHS))[:_TRUTHS]
        drawn = single_runs(
            self.fit, some, losses[some], at, generations, _RUNS, stream(self.seed, "plan", "runs"),
            positive=self._positive,
        )  # fmt: skip
        return replace(found, runs=drawn if self.pilots.whole is None else self.pilots.whole - drawn)

    @cached_property
    def _positive(self) -> bool:
        """Whether runs are log-normal: none of them is at or below 0, or by far not where only means are known."""
        return all(pilot.positive for pilot in self.pilots.pilots)

    def _beyond(self, size: tuple[float | None, float | None], generations: Array) -> Beyond:
        rows = 0.0
        for name, each in zip(("real_rows", "synthetic_rows"), size, strict=True):
            if each is not None and name in self._ends:
                low, high = self._ends[name]
                rows = max(rows, float(np.log2(max(each / high, low / max(each, 0.5), 1.0))))
        return Beyond(rows, np.log2(np.maximum((1 + generations) / (1 + self._last), 1.0)))

    def _refuse_far(self, size: tuple[float | None, float | None], last: int) -> None:
        for name, each in zip(("real_rows", "synthetic_rows"), size, strict=True):
            if each is not None and name in self._ends:
                low, high = self._ends[name]
                if not low / REACH <= _BESIDE * each <= _BESIDE**2 * high * REACH:
                    kind = name.replace("_", " ")
                    found = f"{each:,.0f} {kind} are too far from pilots that were run from {low:,.0f} to {high:,.0f}"
                    nearer = round(each / REACH * 3 if each > high else each * REACH / 3)
                    mend = (
                        f"curves are trusted up to {REACH:.0f} times these sizes: run a pilot at {nearer:,} {kind} too"
                    )
                    raise Problem(name, found, mend)
        if last > REACH_GENERATIONS * self._last:
            found = f"{last} is too far from pilots that were run to generation {self._last:.0f}"
            nearer = int(np.ceil(last / REACH_GENERATIONS * 1.5))
            mend = f"curves are trusted up to {REACH_GENERATIONS:.0f} times that: run the pilots to generation {nearer}"
            raise Problem("generations", found, mend)

    def _range_words(self) -> str:
        ends = [f"{a:,.0f} to {b:,.0f} {name.replace('_', ' ')}" for name, (a, b) in self._ends.items() if a < b]
        return f"{' and '.join(ends)}, generations 0 to {self._last:.0f}"


def is_pilots(what: Any) -> bool:
    """Whether something is pilot runs, and no study: a Result, a data frame, a table or a folder of a chain, a list.

    >>> is_pilots("pilots.csv"), is_pilots("study.toml"), is_pilots({"generations": 3})
    (True, False, False)
    """
    if isinstance(what, str | Path):
        return Path(what).suffix.lower() != ".toml" and (_is_chain(Path(what)) or Path(what).suffix != "")
    return isinstance(what, Result | list | tuple) or hasattr(what, "columns")


def _is_chain(path: Path) -> bool:
    return (path / "generations").is_dir()


def planned_from_pilots(
    pilots: Any,
    *,
    metric: str | None = None,
    workflow: str | None = None,
    real_rows: float | None = None,
    synthetic_rows: float | None = None,
    generations: int | None = None,
    run_at: Callable[..., Any] | None = None,
    model: Any = None,
    data: Any = None,
    check_runs: int = 60,
    draws: int = DRAWS,
    floor: float | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> PlannedPilots:
    """Return pilot runs as what is planned.

    pilots: Results of `genloss.chain`, folders that it left (`out=`), tables in files or data frames with columns
    real_rows and synthetic_rows (or rows), generation, value, seed, and metric and workflow where there are several;
    one of these or a list. metric: default the first. workflow: its kind, where the pilots have several. real_rows,
    synthetic_rows: as they are where they are not open; default those of the largest pilot. generations: the last one;
    default that of the pilots. run_at: a function (settings, seeds) -> Result or array (runs, generations + 1), which
    runs the model at the answer with so many new seeds; settings has real_rows, synthetic_rows, generations, seed.
    model, data: what genloss.chain was given, instead of run_at. progress: told how many of these runs are done.
    check_runs: how many runs check an answer at most, as each is a run of the model. draws: of the law, for its bands.
    floor: 0 where enough rows take all loss away; None: not known.
    Errors: `Problem` for pilots of which no law can be told, with the run that is missing.
    """
    if floor not in (None, 0):
        mend = "give 0 if enough rows would remove all loss; if a part always stays, subtract it from the values first"
        raise Problem("floor", shown(floor, 40), mend)
    refuse_uncalled("run_at", run_at)
    refuse_uncalled("progress", progress)
    found = read_pilots(pilots, metric=metric, workflow=workflow)
    if run_at is None and (model is not None or data is not None):
        run_at = chain_again(found, model, data, progress)
    moves = moving(found.pilots)
    refuse_near(found.pilots, moves)
    refuse_without_loss(found.pilots, found.metric, whole=found.whole)
    largest = found.pilots[-1]
    last = int(max(pilot.generations[-1] for pilot in found.pilots)) if generations is None else generations
    if isinstance(last, bool) or not isinstance(last, Integral) or last < 1:
        raise Problem("generations", shown(last), "give the last generation, from 1 on")
    settings: dict[str, float | None] = {}
    for i, (name, given) in enumerate((("real_rows", real_rows), ("synthetic_rows", synthetic_rows))):
        settings[name] = largest.size[i] if given is None else _rows(name, given, found.pilots, i)
    if moves.together and real_rows is None and synthetic_rows is not None and moves.real and moves.synthetic:
        settings["real_rows"] = float(round(synthetic_rows * moves.real / moves.synthetic))
    made = PlannedPilots(
        found,
        moves,
        settings,
        int(last),
        seed,
        run_at,
        int(check_runs),
        draws,
        floor,
        more_is_better=found.whole is not None,
    )
    made._refuse_far((settings["real_rows"], settings["synthetic_rows"]), int(last))
    return made


def _rows(name: str, given: Any, pilots: Sequence[Pilot], place: int) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 1 <= given < 1e15:
        raise Problem(name, shown(given), "give a number of rows, from 1 on")
    known = {pilot.size[place] for pilot in pilots}
    if len(known) == 1 and float(given) not in known:
        (only,) = known
        said = "no pilot says how many there were" if only is None else f"all pilots have {only:g}"
        mend = Advice("run pilots at three values of it, or leave it out (", Setting(name), ")")
        raise Problem(name, f"{given:g}, and {said}", mend)
    return float(given)


__all__ = ["PlannedPilots", "Sizes", "is_pilots", "planned_from_pilots"]
