"""One file, one rendering of a report."""
