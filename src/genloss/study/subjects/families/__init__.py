"""Studies of exponential families."""
