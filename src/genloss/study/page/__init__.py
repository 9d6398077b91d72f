"""What a reader sees of a study: words, figures, tables, the page."""
