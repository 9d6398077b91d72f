"""How a study is answered: units of work, workers, the store, what is done and what is missing."""
