"""Generated tables of what the runtimes are."""
