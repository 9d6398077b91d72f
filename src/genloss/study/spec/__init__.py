"""What may stand in a study file, and what it resolves to: keys, rules, data, the grid of cells."""
