"""What a study can be about: regression, families of laws, categories, texts."""
