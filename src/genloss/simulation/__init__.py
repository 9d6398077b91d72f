"""What happens when it is run? `reference` is the definition; the fast engines match it."""

from genloss.simulation.engines import ENGINES, choose, draws

__all__ = ["ENGINES", "choose", "draws"]
