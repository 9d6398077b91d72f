"""A desk whose views take hours where data are noisy; here, so that a process of its own finds it."""

import time
from dataclasses import dataclass

from genloss.explore.desk import Desk


@dataclass(frozen=True)
class SlowDesk(Desk):
    """As `Desk`, but slow where `population.noise` is moved."""

    def view(self, state):
        """Return a view, or sleep."""
        if dict(state.moves).get("population.noise"):
            time.sleep(36_000)
        return super().view(state)
