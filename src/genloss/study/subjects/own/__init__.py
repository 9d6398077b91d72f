"""Studies of a user's own model: its rows, one seed of one workflow, the files of its generations, the subject."""
