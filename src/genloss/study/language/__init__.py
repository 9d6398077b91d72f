"""The language of study files: keys, single values, and where each stands in the file."""
