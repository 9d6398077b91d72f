"""Studies of categories."""
