"""How much real, how much synthetic, which penalty: one quantity is left open, and solved for a target."""
