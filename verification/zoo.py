"""What do real generators lose, fitted again and again to rows of their own? Prints a dated table; writes a CSV.

Run, in an environment with torch for CPU, then `pip install -e . sdv==2.0.0 copulas markovify statsmodels`:

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python verification/zoo.py run FOLDER     # resumable; --only WORD
    python verification/zoo.py table FOLDER > verification/zoo.txt                     # and zoo.csv, and docs/zoo.md

Sizes were fixed before anything was looked at. Every generator is given as its library has it; the chains, with the
rows of all generations, stand in FOLDER.
"""

from __future__ import annotations

import csv
import datetime
import json
import logging
import math
import platform
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

import genloss
from genloss import Problem

HERE = Path(__file__).parent
WORKFLOWS = ("replace", "accumulate", "fixed_real")
GENERATIONS = 10
SEEDS = 10
SEEDS_OF_NETWORKS = 5
Z = 4.5  # standard errors
PACKAGES = ("numpy", "pandas", "scikit-learn", "copulas", "sdv", "ctgan", "torch", "markovify", "pillow", "statsmodels")


# Real rows


@dataclass(frozen=True)
class Data:
    """Real rows. what: in words. batch: rows that a generation makes, and real rows that generation 0 is fitted to.

    metrics: that are asked for. control: rows of a batch of the control, for which there must be eleven batches.
    """

    what: str
    rows: Callable[[], Any]
    batch: int
    metrics: tuple[str, ...]
    control: int | None = None


NUMBERS = ("energy_distance", "variance_left", "least_direction_left", "tail_left", "correlation_distance")
KINDS = ("kinds_left", "rare_kinds_left", "kind_distance")
TEXTS = ("words_left", "pairs_left", "text_length", "unseen_mass", "repeated_texts")
LABELS = ("held_out_error", "kind_distance")


def _standardized(table: Any) -> Any:
    return (table - table.mean()) / table.std()


def cancer() -> Any:
    """Return 30 measures of cell nuclei, each with mean 0 and deviation 1."""
    from sklearn.datasets import load_breast_cancer

    return _standardized(load_breast_cancer(as_frame=True).data)


def diabetes() -> Any:
    """Return ten measures of patients and the progress of their illness, each with mean 0 and deviation 1."""
    from sklearn.datasets import load_diabetes

    return _standardized(load_diabetes(as_frame=True, scaled=False).frame)


def survey() -> Any:
    """Return three numbers and three columns of kinds, some of them rare, of Fair's survey."""
    from statsmodels.datasets import fair

    table = fair.load_pandas().data
    kinds = {name: table[name].map("k{:.0f}".format) for name in ("rate_marriage", "occupation", "occupation_husb")}
    return table[["age", "yrs_married", "affairs"]].assign(**kinds)


def digits() -> Any:
    """Return pictures of 8 by 8 pixels from 0 to 16."""
    from sklearn.datasets import load_digits

    return load_digits().images


def photographs() -> Any:
    """Return two photographs in gray, cut into tiles of 16 by 16 pixels."""
    from sklearn.datasets import load_sample_images

    gray = np.stack(load_sample_images().images).mean(axis=3)[:, :416, :640]
    return gray.reshape(2, 26, 16, 40, 16).swapaxes(2, 3).reshape(-1, 16, 16)


def labeled_digits() -> Any:
    """Return pixels and, as words, which digit they are."""
    from sklearn.datasets import load_digits

    pixels, which = load_digits(return_X_y=True)
    return pixels, np.array([f"digit {each}" for each in which])


def labeled_cells() -> Any:
    """Return measures of cell nuclei and whether they are malignant."""
    from sklearn.datasets import load_breast_cancer

    found = load_breast_cancer()
    return found.data, found.target_names[found.target]


def progress() -> Any:
    """Return measures of patients and the progress of their illness, in its own unit."""
    from sklearn.datasets import load_diabetes

    return load_diabetes(return_X_y=True)


def months() -> Any:
    """Return the temperature of the sea, a row a year of twelve months (El Nino, 1950 to 2010)."""
    from statsmodels.datasets import elnino

    table = elnino.load_pandas().data
    return np.asarray(table.iloc[:, 1:], dtype=float)


def help_texts() -> Any:
    """Return paragraphs of Python's help topics."""
    from pydoc_data.topics import topics

    parts = (" ".join(part.split()) for name in sorted(topics) for part in topics[name].split("\n\n"))
    return [part for part in parts if 40 < len(part) < 400]


def verses() -> Any:
    """Return every sixteenth verse of the King James Bible."""
    from genloss.populations.places import Places
    from genloss.populations.text import find_bible

    found = find_bible(Places())
    if found is None:
        raise Problem("bible", "not here", "apt-get install bible-kjv bible-kjv-text")
    lines = found.contents[0].decode("ascii").splitlines()
    return [line.partition(" ")[2] for line in lines][::16]


DATA = {
    "cancer": Data("breast cancer, 569 rows of 30 measures", cancer, 200, NUMBERS),
    "diabetes": Data("diabetes, 442 rows of 11 measures", diabetes, 200, NUMBERS),
    "survey": Data("Fair's survey, 6,366 rows of 3 numbers and 3 kinds", survey, 200, (*NUMBERS, *KINDS), 200),
    "digits": Data("handwritten digits, 1,797 pictures of 8 by 8", digits, 400, NUMBERS, 120),
    "photographs": Data("two photographs, 2,080 tiles of 16 by 16", photographs, 400, NUMBERS, 140),
    "cells, labeled": Data("breast cancer, label malignant or benign", labeled_cells, 200, LABELS),
    "digits, labeled": Data("handwritten digits, ten labels", labeled_digits, 400, LABELS, 120),
    "progress, labeled": Data("diabetes, label a number", progress, 200, ("held_out_error", "variance_left")),
    "sea": Data("El Nino, 61 years of 12 months", months, 40, NUMBERS),
    "help": Data("paragraphs of Python's help", help_texts, 400, TEXTS, 110),
    "bible": Data("every sixteenth verse of the King James Bible, 1,944", verses, 200, TEXTS, 130),
}


@cache
def rows_of(name: str) -> Any:
    """Return the rows of a data set."""
    return DATA[name].rows()


# Generators


@dataclass(frozen=True)
class Entry:
    """A generator on a data set. name: as it stands in the table. model: makes it, given the rows.

    workflows: under which it is run. more: metrics beside those of the data set.
    """

    data: str
    name: str
    model: Callable[[Any], Any]
    seeds: int = SEEDS
    more: tuple[str, ...] = ()
    workflows: tuple[str, ...] = WORKFLOWS

    @property
    def folder(self) -> str:
        """A name for its files."""
        return "".join(letter if letter.isalnum() else "-" for letter in f"{self.data}--{self.name}")


@dataclass(frozen=True)
class Redraws:
    """Draws rows again that it was fitted to: what resampling alone loses, beside which a generator is to be read."""

    def fit(self, data: Any, weights: Any, rng: np.random.Generator, *, start: Any = None) -> Redrawn:
        """Keep the rows."""
        del weights, rng, start
        return Redrawn(data)


@dataclass(frozen=True, eq=False)
class Redrawn:
    """Rows, to be drawn again."""

    data: Any

    def sample(self, count: int, rng: np.random.Generator) -> Any:
        """Draw rows, with replacement."""
        from genloss.populations.own_rows import take

        return take(self.data, rng.integers(len(self.data), size=count))


def _sdv(kind: str, **settings: Any) -> Callable[[Any], Any]:
    def made(rows: Any) -> Any:
        import sdv.single_table
        from sdv.metadata import Metadata

        return getattr(sdv.single_table, kind)(Metadata.detect_from_dataframes({"table": rows}), **settings)

    return made


def _mixtures() -> dict[str, Callable[[Any], Any]]:
    from sklearn.decomposition import PCA
    from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
    from sklearn.neighbors import KernelDensity
    from sklearn.pipeline import make_pipeline

    return {
        "GaussianMixture(1)": lambda _: GaussianMixture(1),
        "GaussianMixture(5)": lambda _: GaussianMixture(5),
        "BayesianGaussianMixture(10)": lambda _: BayesianGaussianMixture(n_components=10, max_iter=500),
        "KernelDensity(0.3)": lambda _: KernelDensity(bandwidth=0.3),
        'KernelDensity("scott")': lambda _: KernelDensity(bandwidth="scott"),
        "PCA(5) + GaussianMixture(5)": lambda _: make_pipeline(PCA(5), GaussianMixture(5)),
    }


def _pictures() -> dict[str, Callable[[Any], Any]]:
    from sklearn.decomposition import PCA
    from sklearn.mixture import BayesianGaussianMixture, GaussianMixture
    from sklearn.neighbors import KernelDensity
    from sklearn.pipeline import make_pipeline

    return {
        "PCA(16) + GaussianMixture(10)": lambda _: make_pipeline(PCA(16), GaussianMixture(10, reg_covar=0.01)),
        "PCA(16) + BayesianGaussianMixture(10)": lambda _: make_pipeline(
            PCA(16), BayesianGaussianMixture(n_components=10, reg_covar=0.01, max_iter=500)
        ),
        "PCA(16) + KernelDensity(2.0)": lambda _: make_pipeline(PCA(16), KernelDensity(bandwidth=2.0)),
    }


def _codecs(highest: float) -> dict[str, Callable[[Any], Any]]:
    from genloss.models import Codec

    return {
        "Codec JPEG 50": lambda _: Codec("JPEG", 50, highest=highest),
        "Codec JPEG 50, moved": lambda _: Codec("JPEG", 50, shift=1, highest=highest),
        "Codec WebP 30-70, moved": lambda _: Codec("WebP", (30, 70), shift=1, highest=highest),
    }


def _labelers() -> dict[str, Callable[[Any], Any]]:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from genloss.models.adapters.scikit_learn import Labeler

    return {
        "LogisticRegression": lambda _: make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
        "LogisticRegression, hard labels": lambda _: Labeler(
            make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)), "hard"
        ),
        "RandomForestClassifier(50)": lambda _: RandomForestClassifier(50),
    }


def _regressors() -> dict[str, Callable[[Any], Any]]:
    from sklearn.ensemble import RandomForestRegressor
    from sklearn.linear_model import LinearRegression

    return {
        "LinearRegression": lambda _: LinearRegression(),
        "RandomForestRegressor(50)": lambda _: RandomForestRegressor(50),
    }


def _words() -> dict[str, Callable[[Any], Any]]:
    import markovify

    from genloss.models import WordChain
    from genloss.models.adapters.of_markovify import Sentences

    return {
        "WordChain(1)": lambda _: WordChain(1),
        "WordChain(2)": lambda _: WordChain(2),
        "WordChain(3)": lambda _: WordChain(3),
        "markovify.Text, state_size=1": lambda _: markovify.Text("One. Two.", state_size=1),
        "markovify.Text, state_size=2": lambda _: markovify.Text("One. Two.", state_size=2),
        "markovify.Text, state_size=1, its own test of overlap": lambda _: Sentences(markovify.Text, 1, True),
    }


def _copulas() -> dict[str, Callable[[Any], Any]]:
    from copulas.multivariate import GaussianMultivariate
    from copulas.univariate import GaussianKDE, GaussianUnivariate

    return {
        "copulas GaussianMultivariate, normal margins": lambda _: GaussianMultivariate(distribution=GaussianUnivariate),
        "copulas GaussianMultivariate, KDE margins": lambda _: GaussianMultivariate(distribution=GaussianKDE),
    }


SMALL = {"generator_dim": (64, 64), "discriminator_dim": (64, 64), "embedding_dim": 32}
NETWORKS = {
    "SDV TVAESynthesizer, 50 epochs": _sdv("TVAESynthesizer", epochs=50, batch_size=100),
    "SDV CTGANSynthesizer, 50 epochs": _sdv("CTGANSynthesizer", epochs=50, batch_size=100, **SMALL),
}


def zoo() -> Iterator[Entry]:
    """Yield all entries, those first that take the least time; those that are refused are asked all the same."""
    for data in DATA:
        if "labeled" not in data and data != "bible":
            yield Entry(data, "rows drawn again", lambda _: Redraws())
    yield from _entries("help", _words())
    yield from _entries("cancer", _mixtures())
    yield from _entries("diabetes", _mixtures())
    yield from _entries("digits", _pictures())
    yield from _entries("survey", {"GaussianMixture(5)": _mixtures()["GaussianMixture(5)"]} | _copulas())
    for data in ("diabetes", "cancer"):
        yield from _entries(data, {name: model for name, model in _copulas().items() if "normal" in name})
    yield from _entries("survey", {"SDV GaussianCopulaSynthesizer": _sdv("GaussianCopulaSynthesizer")})
    yield from _labeled("cells, labeled", forest=False)
    yield from _entries("survey", NETWORKS)
    yield from _entries("progress, labeled", _regressors())
    yield Entry("bible", "rows drawn again", lambda _: Redraws())
    yield from _entries("bible", _words())
    yield from _entries("photographs", _codecs(255.0))
    yield from _entries("diabetes", {"SDV GaussianCopulaSynthesizer": _sdv("GaussianCopulaSynthesizer")})
    yield from _labeled("cells, labeled", forest=True)
    yield from _entries("digits", _codecs(16.0))
    yield from _labeled("digits, labeled", forest=False)
    yield from _entries("sea", {"statsmodels ARIMA(1, 0, 0)": _arima})
    yield from _entries("diabetes", {name: model for name, model in _copulas().items() if "KDE" in name})
    yield from _labeled("digits, labeled", forest=True)


_LOG_PROB = ("GaussianMixture", "BayesianGaussianMixture", "KernelDensity", "WordChain", "statsmodels")
"""How the names of generators begin whose fits have log_prob."""


def _labeled(data: str, *, forest: bool) -> Iterator[Entry]:
    yield from _entries(data, {name: model for name, model in _labelers().items() if forest == ("Forest" in name)})


def _entries(data: str, models: dict[str, Callable[[Any], Any]]) -> Iterator[Entry]:
    for name, model in models.items():
        more = ("held_out_loss",) if name.startswith(_LOG_PROB) and data != "survey" else ()
        workflows = ("replace", "fixed_real") if "CTGAN" in name else WORKFLOWS
        yield Entry(data, name, model, SEEDS_OF_NETWORKS if name in NETWORKS else SEEDS, more, workflows)


def _arima(rows: Any) -> Any:
    from statsmodels.tsa.arima.model import ARIMA

    return ARIMA(rows[0], order=(1, 0, 0))


# Running


def run(folder: Path, only: str) -> None:
    """Run what has not ended; a model that fails or refuses leaves its reason."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    for control in (False, True):
        for entry in zoo():
            place = folder / (entry.folder + ("--control" if control else ""))
            wanted = not control or (DATA[entry.data].control and entry.name not in NETWORKS)
            if only not in entry.folder or not wanted or (place / "ended.json").exists():
                continue
            place.mkdir(parents=True, exist_ok=True)
            start = time.process_time()
            said = asked(entry, place, control=control)
            said |= {"seconds": round(time.process_time() - start, 1), "day": str(datetime.date.today())}
            (place / "ended.json").write_text(json.dumps(said | {"versions": versions()}, indent=1))
            print(f"{said['seconds']:>7} s  {place.name}  {said['refused'] or 'ended'}", flush=True)


def asked(entry: Entry, place: Path, *, control: bool) -> dict[str, Any]:
    """Run a chain; return its floors, what it found out, and the reason where it was refused."""
    data, rows = DATA[entry.data], rows_of(entry.data)
    workflows: Any = nothing_lost(data.control) if control and data.control else list(entry.workflows)
    metrics = [*data.metrics, *entry.more]
    try:
        found = genloss.chain(
            entry.model(rows),
            rows,
            workflows,
            generations=GENERATIONS,
            seeds=entry.seeds,
            rows=None if control else data.batch,
            metrics=metrics,
            out=place / "chain",
        )
    except Problem as problem:
        return {"refused": f"{problem.where}: {problem.found}", "floors": {}, "gaps": []}
    floors = {row.metric: [row.value, row.standard_error] for row in found.beside if row.method == "floor"}
    return {"refused": "", "floors": floors, "gaps": list(found.gaps)}


def nothing_lost(rows: int) -> Any:
    """Return the control: each generation is fitted to new real rows alone, so that what is found is chance."""
    newest = {"tag": "real", "from": "real", "rows": rows, "at": "every"}
    return genloss.workflows.Workflow.from_dict({"emit": [newest], "train": [{"select": {"last": 1}}]})


def versions() -> dict[str, str]:
    """Return the versions of what is here."""
    found = {"python": platform.python_version(), "genloss": genloss.__version__}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


# Reading


@dataclass(frozen=True)
class Line:
    """One metric of one workflow. values: (seeds, generations); floor: real beside real rows and its standard error."""

    data: str
    generator: str
    workflow: str
    metric: str
    values: Any
    floor: tuple[float, float]

    @property
    def means(self) -> Any:
        """Mean over seeds by generation."""
        return self.values.mean(axis=0)

    @property
    def errors(self) -> Any:
        """Standard error of the mean by generation."""
        return _error(self.values)

    @property
    def since(self) -> int | None:
        """The first generation from which on all differ from generation 0 by more than Z standard errors, paired."""
        apart = self.values - self.values[:, :1]
        beyond = np.abs(apart.mean(axis=0)) > Z * _error(apart)
        if not beyond[-1]:
            return None
        return int(len(beyond) - np.argmin(beyond[::-1])) if not beyond.all() else 0

    @property
    def first_is_off(self) -> bool:
        """Whether the first fit itself differs from the floor by more than Z standard errors."""
        return bool(abs(self.means[0] - self.floor[0]) > Z * np.hypot(self.errors[0], self.floor[1]))


def _error(values: Any) -> Any:
    return values.std(axis=0, ddof=1) / np.sqrt(len(values))


def ended(folder: Path, entry: Entry, *, control: bool = False) -> dict[str, Any] | None:
    """Return what a chain left behind; None where it has not ended."""
    path = folder / (entry.folder + ("--control" if control else "")) / "ended.json"
    return json.loads(path.read_text()) if path.exists() else None


def lines_of(folder: Path, entry: Entry, *, control: bool = False) -> Iterator[Line]:
    """Read what was measured, seed by seed; seeds in which the model failed are left out."""
    said = ended(folder, entry, control=control)
    place = folder / (entry.folder + ("--control" if control else "")) / "chain" / "generations"
    if said is None or said["refused"]:
        return
    for workflow in ("own rules",) if control else entry.workflows:
        (home,) = place.glob(f"{workflow.replace(' ', '-')}-*")
        seeds = [_measured(seed) for seed in sorted(home.iterdir())]
        whole = [each for each in seeds if len(each) == GENERATIONS + 1]
        for metric in (*DATA[entry.data].metrics, *entry.more):
            values = np.array([[float(each[metric]) for each in seed] for seed in whole])
            floor = tuple(said["floors"].get(metric, (np.nan, np.nan)))
            yield Line(entry.data, entry.name, workflow, metric, values, floor)


def _measured(seed: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text())["values"] for path in sorted(seed.glob("generation-????.json"))]


# Tables


_DECIMALS = 9  # of the smallest number that is written out


def with_error(value: float, error: float) -> str:
    """Write a mean and its standard error, without powers of ten."""
    from genloss.report.numbers import with_error as written

    if not np.isfinite(value):
        return "none"
    if not max(abs(value), error) < 1e-4 or not error > 0:
        return written(float(value), float(error))
    places = 1 - math.floor(math.log10(error))
    if places > _DECIMALS:
        return f"below {10.0**-_DECIMALS:.{_DECIMALS}f}"
    return f"{value:.{places}f} ± {error:.{places}f}"


def words(metric: str) -> str:
    """Name a metric as pages of the package do."""
    from genloss.results.row import metric_words

    return metric_words(metric)


def cell(line: Line) -> str:
    """Write the last generation, and since when it is beyond the spread of seeds."""
    value = with_error(line.means[-1], line.errors[-1])
    return value if line.since is None else f"**{value}** (from {line.since})"


def table(folder: Path, data: str, metrics: tuple[str, ...]) -> Iterator[str]:
    """Write the table of a data set as Markdown."""
    yield f"| generator | metric | first fit | {' | '.join(WORKFLOWS)} |"
    yield "|---|---|---|" + "---|" * len(WORKFLOWS)
    for entry in (each for each in zoo() if each.data == data):
        said = ended(folder, entry)
        if said is None or said["refused"]:
            yield f"| {entry.name} | {'refused: ' + said['refused'] if said else 'not run'} | | | | |"
            continue
        named = entry.name
        lines = list(lines_of(folder, entry))
        for metric in metrics:
            found = [line for line in lines if line.metric == metric]
            if not found or np.isnan(found[0].values).all():
                continue
            first = with_error(found[0].means[0], found[0].errors[0]) + (" †" if found[0].first_is_off else "")
            cells = {line.workflow: cell(line) for line in found}
            yield f"| {named} | {words(metric)} | {first} | {' | '.join(cells.get(w, 'not run') for w in WORKFLOWS)} |"
            named = ""


def floors(folder: Path, data: str) -> str:
    """Say what real rows beside real rows have."""
    said = [said for entry in zoo() if entry.data == data and (said := ended(folder, entry)) and said["floors"]]
    return "; ".join(f"{words(name)} {with_error(*found)}" for name, found in said[0]["floors"].items()) if said else ""


def notes(folder: Path) -> list[str]:
    """Return what fits said of themselves, and seeds that failed."""
    told = ((entry, gap) for entry in zoo() for gap in (ended(folder, entry) or {"gaps": []})["gaps"])
    said = [f"- {entry.data}, {entry.name}: {gap}" for entry, gap in told if not gap.startswith("no theory")]
    return said or ["No fit had anything to say, and no seed failed."]


def chance(folder: Path) -> str:
    """Say in how many of the control's looks something was found, where nothing is lost."""
    lines = [
        line
        for entry in zoo()
        if DATA[entry.data].control and entry.name not in NETWORKS
        for line in lines_of(folder, entry, control=True)
        if np.isfinite(line.values).all()
    ]
    found = [line for line in lines if line.since is not None]
    looks = sum(
        int((np.abs(apart.mean(axis=0)) > Z * _error(apart))[1:].sum())
        for apart in (line.values - line.values[:, :1] for line in lines)
    )
    named = "; ".join(f"{line.data}, {line.generator}, {words(line.metric)}" for line in found)
    return (
        f"{len(found)} of {len(lines)} lines of the control are beyond at the last generation ({named or 'none'}), "
        f"and {looks} of {GENERATIONS * len(lines)} single looks"
    )


def shares(folder: Path) -> str:
    """Say in how many lines something is told from chance at the last generation, by workflow."""
    lines = [line for entry in zoo() if entry.name != "rows drawn again" for line in lines_of(folder, entry)]
    lines = [line for line in lines if np.isfinite(line.values).all()]
    told = []
    for workflow in WORKFLOWS:
        mine = [line for line in lines if line.workflow == workflow]
        told.append(f"{sum(line.since is not None for line in mine)} of {len(mine)} under `{workflow}`")
    return f"Lines of a metric that are told from generation 0: {', '.join(told[:-1])} and {told[-1]}."


def write_csv(folder: Path, path: Path) -> None:
    """Write a line for each metric of each workflow, and for each refusal."""
    labels = ["data", "generator", "workflow", "metric", "seeds", "rows", "floor", "floor_error", "beyond_from"]
    each = range(GENERATIONS + 1)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*labels, "refused", *(f"value_{g}" for g in each), *(f"error_{g}" for g in each)])
        for entry in zoo():
            said = ended(folder, entry)
            if said is None or said["refused"]:
                why = said["refused"] if said else "not run"
                writer.writerow([entry.data, entry.name, "", "", "", DATA[entry.data].batch, "", "", "", why])
            for line in lines_of(folder, entry):
                place = [line.data, line.generator, line.workflow, line.metric, len(line.values)]
                since = "" if line.since is None else line.since
                numbers = [f"{number:.5g}" for number in (*line.means, *line.errors)]
                writer.writerow([*place, DATA[line.data].batch, *(f"{f:.5g}" for f in line.floor), since, "", *numbers])


def said_whole(folder: Path) -> Iterator[str]:
    """Yield the lines of the dated output."""
    done = [said for entry in zoo() if (said := ended(folder, entry))]
    yield f"{max(each['day'] for each in done)}  " + ", ".join(f"{k} {v}" for k, v in done[-1]["versions"].items())
    yield (
        f"{len(done)} generators on data sets, {GENERATIONS} generations, {SEEDS} seeds ({SEEDS_OF_NETWORKS} of "
        f"networks), {sum(each['seconds'] for each in done):,.0f} s of one processor since they were last started"
    )
    yield f"control: {chance(folder)}"
    for data, about in DATA.items():
        yield f"\n{data}: {about.what}; {about.batch} rows a batch"
        yield f"real rows beside real rows: {floors(folder, data)}\n"
        yield from table(folder, data, (*about.metrics, "held_out_loss"))
    yield "\nWhat fits said of themselves:"
    yield from notes(folder)


# The page


PAGE = HERE.parent / "docs" / "zoo.md"
PICTURED = ("energy_distance", "variance_left", "least_direction_left", "correlation_distance")
SHOWN = {
    NUMBERS: ("variance_left", "least_direction_left", "tail_left", "correlation_distance", "held_out_loss"),
    (*NUMBERS, *KINDS): ("variance_left", "tail_left", "correlation_distance", "kinds_left", "rare_kinds_left"),
    TEXTS: ("words_left", "pairs_left", "text_length", "unseen_mass", "held_out_loss"),
}
"""Which metrics the page shows; zoo.txt and zoo.csv have all."""


def write_page(folder: Path) -> None:
    """Put tables between the marks of the page; the words around them are written by hand."""
    shows = {data: SHOWN.get(about.metrics, about.metrics) for data, about in DATA.items()}
    shows |= {"digits": PICTURED, "photographs": PICTURED}
    text = PAGE.read_text(encoding="utf-8")
    done = [said for entry in zoo() if (said := ended(folder, entry))]
    blocks = {"control": f"Control: each generation fitted to new real rows, where nothing is lost. {chance(folder)}."}
    blocks |= {"shares": shares(folder)}
    blocks |= {"versions": ", ".join(f"{name} {said}" for name, said in done[-1]["versions"].items())}
    blocks |= {"notes": "\n".join(notes(folder))}
    for data, about in DATA.items():
        shown = "\n".join(table(folder, data, shows[data]))
        floor = floors(folder, data)
        said = f" Real rows beside real rows: {floor}." if floor else ""
        blocks[data] = f"{about.what}; {about.batch} rows a batch.{said}\n\n{shown}"
    for name, block in blocks.items():
        before, begin, rest = text.partition(f"<!-- {name} -->")
        _, end, after = rest.partition(f"<!-- end of {name} -->")
        around = "\n" if name != "shares" else ""
        text = f"{before}{begin}{around}{block}{around}{end}{after}"
    PAGE.write_text(text, encoding="utf-8")


def main() -> None:
    """Run, or print the dated output and write the CSV and the page."""
    what, folder = sys.argv[1], Path(sys.argv[2])
    if what == "run":
        run(folder, sys.argv[4] if "--only" in sys.argv else "")
        return
    print("\n".join(said_whole(folder)))
    write_csv(folder, HERE / "zoo.csv")
    if PAGE.exists():
        write_page(folder)


if __name__ == "__main__":
    main()
