"""Code that a study names and genloss did not write: what it is, and how it is executed once a user trusts it."""
