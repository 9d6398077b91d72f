"""Are the compiled formulas there already? One process makes them, while the others answer."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event, Thread

from genloss.errors import Problem
from genloss.explore.workers import Busy, Crew, Left

_LONGEST = 600.0  # seconds after which compiling is given up; it takes about twenty of one core
_LOOK = 0.05
_SAID = "preparing compiled formulas (once per installation, about 20 s); the page can be used meanwhile\n"


@dataclass
class Prepared:
    """Whether a crew may be asked what needs compiled formulas; until it is begun, everything may be asked."""

    there: Event = field(default_factory=Event)
    begun: bool = False

    def begin(self, crew: Crew, say: Callable[[str], object] = sys.stderr.write) -> None:
        """Let one worker of a crew prepare the formulas, while the others answer. say: told where it takes long."""
        self.begun = True
        Thread(target=self._run, args=(crew, say), daemon=True).start()

    def wait(self, until: float, left: Event | None) -> None:
        """Wait for the formulas. until: on the monotonic clock. Errors: `Left`, `Problem` where they are not there."""
        while self.begun and not self.there.wait(_LOOK):
            if left is not None and left.is_set():
                raise Left
            if time.monotonic() > until:
                raise Problem(
                    "position",
                    "its formulas are still being compiled, which happens once per installation",
                    "ask again in half a minute; workflows that use rows once need no compiling",
                )

    def _run(self, crew: Crew, say: Callable[[str], object]) -> None:
        try:
            for kept in crew.asked("prepare", seconds=_LONGEST):
                if not kept:
                    say(_SAID)
        except (Busy, Problem, RuntimeError, OSError):  # whoever asks for them compiles them then, or is told why not
            pass
        finally:
            self.there.set()
