"""Studies of several models that read each other's output, the lineages, whatever each of them is."""
