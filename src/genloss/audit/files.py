"""How does an audit go from files? The reference and each generation in turn, read in chunks, and onto a state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from genloss.audit.options import FIRST, MOST_ROWS, Options
from genloss.audit.reading import Named, Source, sources
from genloss.audit.reading.aside import aside_of, without_what_says_nothing
from genloss.audit.reading.generations import opened_like
from genloss.audit.reading.raw import Batch, Raw
from genloss.audit.shown import Shown
from genloss.audit.sketch import Sketched
from genloss.audit.state import State, begun, key_of
from genloss.doors import Advice, Mention
from genloss.errors import Problem
from genloss.populations.tables.notes import Note

Told = Callable[[int, int], None]


def _nobody(done: int, whole: int) -> None:
    """Tell nobody."""
    del done, whole


def of_files(
    real: str | Path | None, generations: Sequence[str | Path], options: Options, *, by: str | None = None,
    text: str | None = None, tell: Told = _nobody,
) -> tuple[State, Shown, tuple[Note, ...]]:  # fmt: skip
    """Audit files. tell: is told how many bodies of rows were read, and of how many.

    Returns the state with all generations, what only those may see who may see rows, and notes on what was read.
    Errors: `Problem`.
    """
    found = sources(
        real, generations, by=by, ignore=options.ignore, id=options.entity, slices=options.slices, loss=options.loss,
        text=text,
    )  # fmt: skip
    reference, made = Named(Path(found.real.where).stem, found.real), list(found.generations)
    if options.against == FIRST:
        if len(made) < 2:
            raise Problem("generations", "one, which the others are compared with", "give two generations or more")
        reference = made.pop(0)
    whole = len(made) + 1
    source, rows = _sketched(reference.source, options, 0)
    aside = aside_of(options, rows)
    options = without_what_says_nothing(options, rows)
    state = begun(reference.name, rows, options, columns=source.columns, unnamed=source.raw.unnamed, text=source.text)
    notes = [*found.notes, *source.notes, *(Note(name, why) for name, why in aside.items())]
    names = state.names(rows)
    tell(1, whole)
    for number, each in enumerate(made, 1):
        like = replace(each.source, columns=source.columns)
        state, new, more = _then(state, Named(each.name, like))
        notes, names = [*notes, *more], names | new
        tell(1 + number, whole)
    return state, Shown(names, rows), tuple(_once(notes))


def onto(
    state: State, generations: Sequence[str | Path], *, tell: Told = _nobody
) -> tuple[State, Shown, tuple[Note, ...]]:  # fmt: skip
    """Audit more generations onto a state. Errors: `Problem` for rows of other columns."""
    try:
        return _onto(state, generations, tell)
    except Problem as problem:
        if isinstance(problem.mend, Advice) and any(each.name == "ignore" for each in problem.mend.settings()):
            raise Problem(problem.where, problem.found, _no_leaving_out(problem.mend)) from problem
        raise


def _no_leaving_out(mend: Advice) -> Advice:
    """Return a way out where columns were fixed: a column cannot be left out any more."""
    leave = (Mention(each) for each in mend.settings() if each.name == "ignore")
    return Advice(
        "write these rows as the real ones are written; or begin again with the real rows and all generations in place "
        "of the state, and leave it out (", *leave, ")",
    )  # fmt: skip


def _onto(state: State, generations: Sequence[str | Path], tell: Told) -> tuple[State, Shown, tuple[Note, ...]]:
    made, names, notes = opened_like(_as_source(state), generations), dict[int, str](), list[Note]()
    for number, each in enumerate(made, 1):
        state, new, more = _then(state, each)
        notes, names = [*notes, *more], names | new
        tell(number, len(made))
    return state, Shown(names), tuple(_once(notes))


def _as_source(state: State) -> Source:
    """Return the real rows as far as they are known without them: their columns."""

    def read(places: tuple[int, ...]) -> Iterator[Batch]:
        raise Problem(state.name, f"columns {places} are not kept in this state file", "give the real rows")

    names = tuple(state.columns)
    raw = Raw(state.name, names, state.rows, read, unnamed=state.unnamed)
    return Source(state.name, state.columns, state.rows, raw, {}, state.text)


def _then(state: State, each: Named) -> tuple[State, dict[int, str], tuple[Note, ...]]:
    source, rows = _sketched(each.source, state.options, len(state.generations) + 1)
    return state.then(each.name, rows), state.names(rows), source.notes


def _sketched(source: Source, options: Options, side: int) -> tuple[Source, Sketched]:
    return source.sketched(key_of(options.seed, "rows", side), MOST_ROWS, options.entity)


def _once(notes: Sequence[Note]) -> Iterator[Note]:
    """Yield notes, each once."""
    yield from dict.fromkeys(notes)
