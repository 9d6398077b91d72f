"""Studies of regression."""
