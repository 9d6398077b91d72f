"""What do closed forms and recursions predict? Status and source with each; `coverage` lists them all."""
