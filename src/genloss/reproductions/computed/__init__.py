"""Published figures that are no study: each is a function that says which parts are drawn and what theory has."""
